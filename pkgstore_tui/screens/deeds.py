"""Operations of the journal in words: what was done, what came of it, what is wrong with the journal. Pure."""

from collections.abc import Iterator

from pkgstore_tui.format import counted
from pkgstore_tui.session.affairs import Affairs, Deed
from pkgstore_tui.widgets.cells import Part, Tone

UNKNOWN_WHO = "unknown"

_TONES: dict[str, Tone] = {"done": "good", "partly": "warn", "cancelled": "warn", "failed": "bad"}
_THINGS = {"empty": "operation", "clean": "thing", "pin": "pin", "unpin": "pin"}
"""What an operation's items are, where they are no configs."""


def deed_name(deed: Deed) -> str:
    """What was done: ``evict of 3 configs``."""
    return deed.what if deed.planned is None else f"{deed.what} of {counted(deed.planned, _noun(deed))}"


def _noun(deed: Deed) -> str:
    return _THINGS.get(deed.what, "config")


def deed_result(deed: Deed) -> Part:
    """What came of it: ``3 trashed, 1 skipped``."""
    counts = ", ".join(f"{count:,} {result}" for result, count in deed.counts.items())
    if not deed.outcome:
        return Part(_joined(counts, "no end is written: it runs, or was cut short"), "warn")
    if deed.outcome == "done":
        return Part(counts or "done", "")
    return Part(_joined(deed.outcome, deed.why, counts), _TONES.get(deed.outcome, "warn"))


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def troubles(affairs: Affairs) -> Iterator[str]:
    """What is wrong with the journal and the trash, a sentence each."""
    yield from affairs.trouble
    if affairs.passed_over:
        yield f"{counted(affairs.passed_over, 'line')} of the journal cannot be read"
    if affairs.is_cut:
        yield "of this long journal only the latest part is read"
