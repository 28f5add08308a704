"""What the store's journal says was evicted, in the words that an explanation gives for it. Reads the journal."""

from pkgstore.explain.past import Evicted
from pkgstore.journal import read_evicted
from pkgstore.layout import Layout
from pkgstore_tui.format import human_age


def evicted_before(layout: Layout, platform: str, now: float) -> Evicted:
    """Why each (package, ref) is known to have been on a platform: evicted when, by whom, in which operation.

    Args:
        layout: The store's paths; a journal that cannot be read tells nothing.
        platform: The platform folder that the lockfile names.
        now: Seconds since 1970.
    """
    told = {}
    for (where, package, ref), found in read_evicted(layout).items():
        if where == platform:
            who = f" by {found.who}" if found.who else ""
            age = human_age(max(0.0, now - found.at))
            ago = age if age == "now" else f"{age} ago"
            told[package, ref] = f"evicted {ago}{who} ({found.operation})"
    return told
