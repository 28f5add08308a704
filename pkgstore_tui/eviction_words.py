"""What an eviction leads to, in sentences that both programs say. Pure; knows neither textual nor rich.

Everything that came from outside is harmless text here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pkgstore.accounts import Freed
from pkgstore.consequences import Break
from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.roots import Root
from pkgstore_tui.format import counted, human_bytes, safe_text

_FEW: Final = 3
"""How many owners or packages are named before the rest is counted."""

VersionOf = Callable[[ConfigKey], str]


def owners_text(holders: Sequence[Root]) -> str:
    """Who holds something, the first few by name."""
    more = f" and {len(holders) - _FEW} more" if len(holders) > _FEW else ""
    return safe_text(", ".join(root.owner for root in holders[:_FEW]) + more)


def freed_lines(freed: Freed, *, trash: bool, further: str) -> Iterator[str]:
    """What comes free now, later and never.

    Args:
        freed: The bytes.
        trash: Whether what goes lies in the trash first.
        further: What looks for the links that nobody looked for yet.
    """
    when = "when the trash is emptied" if trash else "now"
    yield f"frees {human_bytes(freed.now.disk)} {when}"
    for libraries, size in sorted(freed.after.items(), key=lambda part: -part[1].disk):
        names = ", ".join(sorted(library_name(key) for key in libraries))
        has = "has" if len(libraries) == 1 else "have"
        yield safe_text(f"frees {human_bytes(size.disk)} later, once {names} {has} gone")
    elsewhere = f"have links elsewhere, in workers most likely, and come free when those go ({further})"
    for size, what in (
        (freed.kept, "stay, since other configs have them too"),
        (freed.outside, "are never freed: they are linked from outside the store"),
        (freed.unknown, elsewhere),
    ):
        if size.disk:
            yield f"{human_bytes(size.disk)} {what}"
    if freed.unmeasured:
        yield f"{counted(freed.unmeasured, 'config')} could not be measured"


def library_name(key: object) -> str:
    """A worker's or build's library."""
    return f"worker {key.worker_id}" if isinstance(key, WorkerKey) else str(getattr(key, "name", key))


def break_text(item: Break, version_of: VersionOf) -> str:
    """Who loses what, and what that leads to."""
    packages = [f"{key.package} {version_of(key)}" for key in item.configs[:_FEW]]
    more = f" and {len(item.configs) - _FEW:,} more" if len(item.configs) > _FEW else ""
    return safe_text(f"{item.root.owner}: {item.effect}: {', '.join(packages)}{more}")
