"""A cold start that was rehearsed, in a few words. Pure; both programs say the same."""

from typing import Final

from pkgstore.coldstart import ColdStart, Gap, Stock
from pkgstore_tui.format import safe_text

NAMED: Final = 3
"""How many missing packages are named in a row."""

WHOLE: Final = "whole"
UNREAD: Final = "its manifest cannot be read"


def when_words(stock: Stock, platform: str) -> str:
    """When somebody starts on a platform: ``now``, ``restart``, both; empty where nobody does."""
    if not platform:
        return ""
    words = ("now",) if platform == stock.in_use else ()
    return " + ".join((*words, "restart") if platform == stock.picked else words)


def start_words(start: ColdStart) -> str:
    """How it starts: ``whole``, or without what."""
    if start.missing:
        names = safe_text(", ".join(start.missing[:NAMED]))
        more = len(start.missing) - NAMED
        return f"without {names}" + (f" and {more:,} more" if more > 0 else "")
    return f"{WHOLE}; {len(start.unlisted):,} compiled again by a build" if start.unlisted else WHOLE


def gap_words(gap: Gap) -> str:
    """Why a package is not there."""
    return safe_text(f"stored on {', '.join(gap.elsewhere)}" if gap.elsewhere else gap.lack.value)


def locked_words(gap: Gap) -> str:
    """Whether a build brings it back, in two words."""
    if gap.is_locked is None:
        return "not known"
    return "next build" if gap.is_locked else "by no build"


def locked_sentence(gap: Gap) -> str:
    """Whether a build brings it back, and why."""
    if gap.is_locked is None:
        return "not known: the app has no pak.lock"
    if gap.is_locked:
        return "by the next build: pak.lock names this source"
    return "by no build: pak.lock names another source, or none"


def hazard_words(stock: Stock) -> str:
    """What a restart changes; empty where that is nothing."""
    if not stock.picked or not stock.in_use or stock.picked == stock.in_use:
        return ""
    return safe_text(
        f"in use is {stock.in_use}; after a restart the server takes {stock.picked}, the first by name, "
        "until the next build"
    )
