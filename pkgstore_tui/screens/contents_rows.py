"""What content checks found, in groups that stand beside the findings of a check. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.findings import Severity
from pkgstore.operations.verify_events import Outcome
from pkgstore_tui.format import human_time
from pkgstore_tui.session.contents import LibraryTold, Told
from pkgstore_tui.widgets.cells import Tone

_QUARANTINE: Final = "quarantine it, so that the next build makes it anew; or take what is there now for good"


@dataclass(frozen=True, slots=True)
class Group:
    """What a check of contents can come to. `severity` is None where nothing is wrong, or nobody knows.

    `sign` is its letter in tables, `repair` what to do about it.
    """

    code: str
    severity: Severity | None
    sign: str
    tone: Tone
    meaning: str
    repair: str = ""


CHANGED: Final = Group(
    "CHANGED",
    Severity.ERROR,
    "E",
    "bad",
    "its files are not what they were when its baseline was made, for every library that has links to them",
    _QUARANTINE,
)
LIBRARY_DRIFT: Final = Group(
    "LIBRARY-DRIFT",
    Severity.ERROR,
    "E",
    "bad",
    "a worker's files are not the store's own: no check of the store sees them change",
    "let the worker be made anew",
)
DAMAGED: Final = Group(
    "DAMAGED",
    Severity.WARNING,
    "W",
    "warn",
    "its baseline was damaged, which proves nothing of its files: nobody knows what they were",
    "verify it again, unlocked: what is there then is taken down",
)
UNREAD: Final = Group("UNREAD", Severity.WARNING, "W", "warn", "could not be read, which proves nothing")
LIBRARY_UNREAD: Final = Group(
    "LIBRARY-UNREAD", Severity.WARNING, "W", "warn", "a worker's library could not be compared with the store"
)
NO_BASELINE: Final = Group(
    "NO-BASELINE",
    None,
    "?",
    "accent",
    "nobody knows what it was, so it is not fine, nor is it wrong",
    "verify it while the store is unlocked: what it is now is taken down, and the next check compares",
)
NEW_BASELINE: Final = Group(
    "NEW-BASELINE", None, "?", "accent", "its baseline was made now: the next check tells whether it changed"
)
VERIFIED: Final = Group("VERIFIED", None, "=", "good", "every file is what its baseline says")

_OF: Final[Mapping[Outcome, Group]] = {
    Outcome.CHANGED: CHANGED,
    Outcome.DAMAGED: DAMAGED,
    Outcome.UNREAD: UNREAD,
    Outcome.UNKNOWN: NO_BASELINE,
    Outcome.RECORDED: NEW_BASELINE,
    Outcome.FINE: VERIFIED,
}
GROUPS: Final = (CHANGED, LIBRARY_DRIFT, DAMAGED, UNREAD, LIBRARY_UNREAD, NO_BASELINE, NEW_BASELINE, VERIFIED)
"""Every group, in their order."""


@dataclass(frozen=True, eq=False, slots=True)
class ContentsRow:
    """All configs, or libraries, of one group."""

    group: Group
    told: tuple[Told, ...] = ()
    libraries: tuple[LibraryTold, ...] = ()

    @property
    def code(self) -> str:
        """The group's name."""
        return self.group.code

    @property
    def severity(self) -> Severity | None:
        """How bad it is; None where nothing is wrong, or nobody knows."""
        return self.group.severity

    @property
    def sign(self) -> str:
        """The letter in tables."""
        return self.group.sign

    @property
    def tone(self) -> Tone:
        """Its colour."""
        return self.group.tone

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.told) + len(self.libraries)

    @property
    def meaning(self) -> str:
        """What it means, and since when that is known."""
        known = self.group.meaning
        if self.group is not VERIFIED or not self.told:
            return known
        return f"verified since {human_time(min(each.at for each in self.told))}: {known}"


def contents_rows(told: Iterable[Told], libraries: Iterable[LibraryTold]) -> tuple[ContentsRow, ...]:
    """What was told, by group; no group without anything in it, and of libraries only what is not fine."""
    configs: dict[Group, list[Told]] = {}
    for each in told:
        configs.setdefault(_OF[each.outcome], []).append(each)
    workers: dict[Group, list[LibraryTold]] = {}
    for library in libraries:
        if (group := _of_library(library)) is not None:
            workers.setdefault(group, []).append(library)
    rows = (ContentsRow(group, tuple(configs.get(group, ())), tuple(workers.get(group, ()))) for group in GROUPS)
    return tuple(row for row in rows if row.count)


def _of_library(told: LibraryTold) -> Group | None:
    event = told.event
    if any(drift.is_finding for drift in event.drifts):
        return LIBRARY_DRIFT
    return LIBRARY_UNREAD if event.problem or event.drifts else None


def row_of(rows: Sequence[ContentsRow], code: str) -> ContentsRow | None:
    """The row of a group; None where there is nothing in it."""
    return next((row for row in rows if row.code == code), None)
