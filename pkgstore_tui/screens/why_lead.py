"""What is said above the packages of the why view: what has to be said first, the verdicts counted, the causes."""

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from pkgstore.explain.report import Report
from pkgstore_tui.explanation.text import cascade_lines, first_lines
from pkgstore_tui.format import safe_text
from pkgstore_tui.screens.why_rows import TONES, Answer
from pkgstore_tui.widgets.bars import Bar, Piece


class Lead(Vertical):
    """Those lines; none where there is nothing to say. What has to be said first may take two lines."""

    def compose(self) -> ComposeResult:
        """A warning and two bars, each hidden while it is empty."""
        self.add_class("-empty")
        yield Static("", id="lead-first", markup=False)
        yield Bar(id="lead-verdicts")
        yield Bar(id="lead-cause")

    def tell(self, answer: Answer | None) -> None:
        """Say something else; nothing without an answer."""
        report = answer.report if answer is not None else None
        self.set_class(report is None, "-empty")
        if report is None:
            return
        warnings = list(warnings_of(report))
        first = self.query_one("#lead-first", Static)
        first.set_class(not warnings, "-empty")
        first.update(Content("! " + " · ".join(warnings)) if warnings else "")
        self.query_one("#lead-verdicts", Bar).set_pieces(list(_verdicts(report)))
        self._tell_causes(list(cascade_lines(report)))

    def _tell_causes(self, causes: Sequence[str]) -> None:
        bar = self.query_one("#lead-cause", Bar)
        bar.set_class(not causes, "-empty")
        more = f"and {len(causes) - 1:,} more" if causes[1:] else ""
        bar.set_pieces([Piece("since ", "muted"), Piece("".join(causes[:1]))], [Piece(more, "muted")])

    @property
    def text(self) -> str:
        """What it shows, for tests and for those who read the screen aloud."""
        if self.has_class("-empty"):
            return ""
        first = self.query_one("#lead-first", Static)
        bars = [bar.text for bar in self.query(Bar) if not bar.has_class("-empty")]
        return "\n".join([*([str(first.content)] if not first.has_class("-empty") else []), *bars])


def _verdicts(report: Report) -> Iterator[Piece]:
    """What is compiled first and the most frequent of that; a click on one filters by it."""
    for place, (verdict, count) in enumerate(report.verdicts):
        yield Piece(", " if place else "", "muted")
        yield Piece(f"{count:,} {verdict.value}", TONES[verdict], f"screen.only('verdict:{verdict.value}')")


def warnings_of(report: Report) -> Iterator[str]:
    """What has to be said before anything else."""
    yield from first_lines(report)
    for notice in report.question.notices:
        yield safe_text(notice.text)
