"""The lockfiles in reach, what is asked about one, and the answers that were worked out. No reading here."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.explain.report import Explained, Report
from pkgstore.explain.verdicts import Verdict
from pkgstore.keys import AppKey
from pkgstore.layout import BUILDS, Layout
from pkgstore.model import LockfileRecord
from pkgstore.snapshot import Key, Snapshot
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted
from pkgstore_tui.screens.goto import Named
from pkgstore_tui.settings import Place
from pkgstore_tui.widgets.cells import Tone

_LAST: Final = (
    Verdict.PHANTOM,
    Verdict.UNLISTED,
    Verdict.ABI_NOT_IN_LOCK,
    Verdict.ABI_REBUILD,
    Verdict.CONFIG_MISS,
    Verdict.PARTIAL_KEY,
    Verdict.SOURCE_MISS,
    Verdict.OTHER_PLATFORM,
    Verdict.EVICTED,
    Verdict.NOT_IN_REFERENCE,
    Verdict.UNSUPPORTED,
)
_ORDER: Final = {
    verdict: _LAST.index(verdict) if verdict in _LAST else len(_LAST) + place
    for place, verdict in enumerate(Verdict)
}

TONES: Final[dict[Verdict, Tone]] = {
    **dict.fromkeys(Verdict, "warn"),
    **dict.fromkeys((Verdict.META_ENTRY, Verdict.IN_LIBRARY, Verdict.REUSED_REF, Verdict.CARRIED), "muted"),
    **dict.fromkeys((Verdict.UNSUPPORTED, Verdict.PHANTOM, Verdict.UNLISTED, Verdict.ABI_NOT_IN_LOCK), "bad"),
    **dict.fromkeys((Verdict.HIT, Verdict.ABI_HIT), "good"),
}
SIGNS: Final = {
    **dict.fromkeys(Verdict, "!"),
    **dict.fromkeys((Verdict.IN_LIBRARY, Verdict.REUSED_REF, Verdict.CARRIED), "="),
    **dict.fromkeys((Verdict.UNSUPPORTED, Verdict.PHANTOM, Verdict.UNLISTED, Verdict.ABI_NOT_IN_LOCK), "✗"),
    **dict.fromkeys((Verdict.HIT, Verdict.ABI_HIT), "✓"),
    Verdict.META_ENTRY: "·",
}


@dataclass(frozen=True, slots=True)
class LockRow:
    """A lockfile that one can ask about; `record` is None where it was named by hand."""

    name: str
    kind: str
    path: str
    record: LockfileRecord | None = None
    key: Key | None = None

    def names(self, wanted: Named) -> bool:
        """Whether it names a package."""
        return self.record is not None and any(
            name.package == wanted.package for name in self.record.names.values()
        )


def lockfiles_of(snapshot: Snapshot, opened: Sequence[str] = ()) -> Iterator[LockRow]:
    """Every lockfile in reach: those named by hand first, then the apps', then those of builds and staging."""
    for path in opened:
        yield LockRow(path, "file", path)
    for name, app in sorted(snapshot.apps.items()):
        if app.lockfile is not None:
            yield LockRow(name, "app", app.lockfile.path, app.lockfile, AppKey(name))
    for key, work in sorted(snapshot.work.items()):
        if work.lockfile is not None:
            kind = "build" if key.folder == BUILDS else "staging"
            yield LockRow(key.name, kind, work.lockfile.path, work.lockfile, key)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: a lockfile, and the worker that a live install would go into; empty for a plain build.

    `app` is the app whose pak.lock it is, empty for another lockfile; `owner` is what people call it.
    """

    path: str
    owner: str
    app: str = ""
    worker: str = ""

    @property
    def crumb(self) -> str:
        """Its place in the breadcrumb."""
        return f"{self.owner} for worker {self.worker}" if self.worker else f"{self.owner} for a build"

    def command(self, place: Place, *packages: str) -> str:
        """The command line that explains the same.

        Args:
            place: The store.
            packages: Those that are explained in full; all as a table, without any.
        """
        root = place.root
        folder = place.apps if os.path.realpath(place.apps) != os.path.realpath(os.path.dirname(root)) else ""
        lockfile = "" if self.app else self.path
        library = Layout(root).worker(self.worker) if self.worker else ""
        words = line(
            "why",
            *packages,
            app=self.app,
            lockfile=lockfile,
            reference_lib=library,
            apps=folder,
            store=root,
        )
        return f"{words} --runtime" if library else words


def asked_of(row: LockRow, worker: str = "") -> Asked:
    """The question about a lockfile in reach."""
    return Asked(row.path, row.name, row.name if row.kind == "app" else "", worker)


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What becomes of a lockfile's packages; `error` says why that is not known."""

    report: Report | None = None
    error: str = ""

    @property
    def rows(self) -> tuple[Explained, ...]:
        """The packages, in the order of the lockfile."""
        return self.report.rows if self.report is not None else ()


Answers = Callable[[Asked], Answer | None]
"""Gives the newest answer to a question, None before there is one."""


def count_text(rows: Iterable[Explained]) -> str:
    """How many packages there are; entries that are none do not count."""
    return counted(sum(row.decision.verdict is not Verdict.META_ENTRY for row in rows), "package")


def worst_first(row: Explained) -> tuple[int, str, int]:
    """Sorts what is missed before what is not."""
    decision = row.decision
    return _ORDER[decision.verdict], decision.package.casefold(), decision.index


def row_key(row: Explained) -> tuple[str, int]:
    """The package; of several entries of one, its place too."""
    return row.package, row.decision.index
