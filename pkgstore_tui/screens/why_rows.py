"""The lockfiles in reach, which of them name a package, and the answers that were worked out. No reading here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.explain.decisions import Decision, Question, Verdict
from pkgstore.explain.verdicts import MEANINGS as MEANINGS
from pkgstore.keys import AppKey
from pkgstore.layout import BUILDS
from pkgstore.model import LockfileRecord
from pkgstore.snapshot import Key, Snapshot
from pkgstore_tui.format import counted
from pkgstore_tui.screens.goto import Named
from pkgstore_tui.widgets.cells import Tone

ORDER: Final = {verdict: place for place, verdict in enumerate(Verdict)}
_LAST: Final = (*(verdict for verdict in Verdict if verdict.is_miss), Verdict.UNSUPPORTED)

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


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What becomes of a lockfile's packages; `error` says why that is not known."""

    question: Question | None = None
    decisions: tuple[Decision, ...] = ()
    error: str = ""


Answers = Callable[[str], Answer | None]
"""Gives the newest answer about a lockfile, None before there is one."""


def causes(decisions: Iterable[Decision]) -> list[tuple[Verdict, int]]:
    """How often each verdict was given, the most frequent miss first, what is no miss after."""
    counts = Counter(decision.verdict for decision in decisions)
    return sorted(counts.items(), key=lambda item: (item[0] not in _LAST, -item[1], ORDER[item[0]]))


def causes_text(decisions: Sequence[Decision]) -> str:
    """``47 packages: 5 config-miss, 2 source-miss, 40 hit``."""
    real = sum(decision.verdict is not Verdict.META_ENTRY for decision in decisions)
    said = ", ".join(f"{count:,} {verdict.value}" for verdict, count in causes(decisions))
    return f"{counted(real, 'package')}: {said}" if said else counted(real, "package")


def worst_first(decision: Decision) -> tuple[int, str, int]:
    """Sorts what is missed before what is not."""
    verdict = decision.verdict
    place = _LAST.index(verdict) if verdict in _LAST else len(_LAST) + ORDER[verdict]
    return place, decision.entry.package.casefold(), decision.index
