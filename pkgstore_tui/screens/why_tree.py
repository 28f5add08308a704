"""What links to what, as a tree: each package that others link to, and below it those that do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pkgstore.explain.linking import graph_of, part_of, tree_of
from pkgstore.explain.report import Explained, Report
from pkgstore.explain.verdicts import Verdict
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.explanation.words import version_text
from pkgstore_tui.format import counted
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.why_facts import why_facts
from pkgstore_tui.screens.why_links import NOT_IN_LOCK, verdict_cell
from pkgstore_tui.screens.why_rows import Answer, Answers, Asked
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A line: `place` counts those of its package; `own` is its row, None where the lockfile lacks it."""

    package: str
    place: int
    depth: int
    repeated: bool
    own: Explained | None


def tree_rows(report: Report, packages: Sequence[str] = ()) -> Iterator[TreeRow]:
    """The tree of what links to what, of all packages or of some and what has to do with them."""
    seen: Counter[str] = Counter()
    for branch in tree_of(part_of(graph_of(report), packages)):
        own = next(iter(report.by_package.get(branch.package, ())), None)
        yield TreeRow(branch.package, seen[branch.package], branch.depth, branch.repeated, own)
        seen[branch.package] += 1


@dataclass(frozen=True, eq=False)
class TreeLevel(Level[TreeRow]):
    """Each package that others link to, and below it those that do."""

    answers: Answers
    asked: Asked
    package: str = ""
    problems = "!verdict:hit|in-library|reused-ref|meta-entry|carried|abi-hit"
    empty = "no package of this lockfile is known to link to another one"

    @property
    def crumb(self) -> str:
        """That it is a tree, and of what."""
        return f"tree of {self.package}" if self.package else "tree of LinkingTo"

    @property
    def answer(self) -> Answer | None:
        """The newest answer."""
        return self.answers(self.asked)

    def columns(self, look: Look) -> Sequence[Column[TreeRow]]:  # noqa: ARG002
        """The tree, and what becomes of each package."""
        return (
            Column("LINKED BY", _branch, 24, grow=3, most=60, field="name"),
            Column("VERSION", self._version, 9, 2, grow=1, most=20),
            Column("VERDICT", lambda row: verdict_cell(row.own), 20, grow=1, most=24, field="verdict"),
        )

    def _version(self, row: TreeRow) -> Cell:
        answer = self.answer
        report = answer.report if answer is not None else None
        return version_text(report, row.own) if report is not None and row.own is not None else Part("–", "muted")

    def rows(self, look: Look) -> Sequence[TreeRow]:  # noqa: ARG002
        """From the packages that others link to, downwards."""
        answer = self.answer
        report = answer.report if answer is not None else None
        return tuple(tree_rows(report, (self.package,) if self.package else ())) if report is not None else ()

    def key(self, row: TreeRow) -> object:
        """The package, and which of its places: it may stand in several."""
        return row.package, row.place

    def called(self, row: TreeRow) -> str:
        """The package."""
        return row.package

    def fields(self, look: Look) -> Mapping[str, Field[TreeRow]]:
        """Names and verdicts."""
        return {
            **super().fields(look),
            "verdict": Field(Kind.TEXT, _tree_verdict, "what becomes of it", "verdict:config-miss"),
        }

    def summary(self, rows: Sequence[TreeRow]) -> str:
        """How many packages have to do with each other, and of how many that is not known."""
        count = counted(len({row.package for row in rows}), "package")
        answer = self.answer
        report = answer.report if answer is not None else None
        unknown = _unknown(report) if report is not None and not self.package else 0
        return f"{count}; of {unknown:,} not known what they link to" if unknown else count

    def facts(self, look: Look, row: TreeRow) -> Sequence[Fact]:  # noqa: ARG002
        """The package's own explanation."""
        if row.own is None:
            return (Fact(row.package), Fact("verdict", NOT_IN_LOCK, "warn"))
        return tuple(why_facts(self.answer, row.own))

    def records(self, row: TreeRow) -> Sequence[Key]:
        """The source that is wanted."""
        source = row.own.decision.source if row.own is not None else None
        return (source,) if source is not None else ()


def _unknown(report: Report) -> int:
    return sum(links is None and package in report.by_package for package, links in graph_of(report).items())


def _branch(row: TreeRow) -> Cell:
    again = "  (as above)" if row.repeated else ""
    sign = "  " * (row.depth - 1) + "└ " if row.depth else ""
    tone: Tone = (
        "muted" if row.repeated or row.own is None or row.own.decision.verdict is Verdict.META_ENTRY else ""
    )
    return (Part(sign, "muted"), Part(row.package, tone), Part(again, "muted"))


def _tree_verdict(row: TreeRow) -> str:
    return row.own.decision.verdict.value if row.own is not None else NOT_IN_LOCK
