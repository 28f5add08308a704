"""Ask why: reads the lockfile and a worker's manifest, and explains. For a thread; knows no widget."""

from dataclasses import dataclass, field

from pkgstore.errors import StoreError
from pkgstore.explain.question import Question, read_question, with_libraries
from pkgstore.explain.report import explain
from pkgstore.layout import Layout
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.names import Names
from pkgstore.progress import Cancel
from pkgstore_tui.explanation.history import evicted_before
from pkgstore_tui.screens.why_rows import Answer, Asked
from pkgstore_tui.session.reading import Reading


@dataclass(frozen=True, eq=False, slots=True)
class Ask:
    """A question about one reading of the store, asked at a time in seconds since 1970.

    `reads_disk` is false of a saved scan.
    """

    asked: Asked
    reading: Reading
    now: float
    reads_disk: bool = True
    cancel: Cancel = field(default_factory=Cancel)

    @property
    def basis(self) -> tuple[object, ...]:
        """What the answer follows from, beside the disk: it need not be asked again while these are the same."""
        return self.asked, self.reading.snapshot.sources, self.reading.roots


def answer_to(ask: Ask) -> Answer:
    """The answer; why there is none is told in it."""
    if not ask.reads_disk:
        return Answer(error="a saved scan has no files to look into: open the store itself")
    try:
        snapshot = ask.reading.snapshot
        layout = Layout(snapshot.root)
        question = _question(ask, layout)
        names = _names(ask)
        journal = evicted_before(layout, question.platform, ask.now)
        report = explain(question, snapshot, names, ask.reading.roots, journal, cancel=ask.cancel)
        _ = report.cascade, report.verdicts, report.by_package  # here, not on the loop when it is first shown
        return Answer(report)
    except StoreError as error:
        return Answer(error=error.reason)


def _question(ask: Ask, layout: Layout) -> Question:
    question = read_question(ask.asked.path)
    if not ask.asked.worker:
        return question
    return with_libraries(question, layout, ref_library=layout.worker(ask.asked.worker), runtime=True)


def _names(ask: Ask) -> Names:
    """The names of the reading, and those of a lockfile that is none of an app's or a build's."""
    if ask.asked.app:
        return ask.reading.names
    record = read_lockfile_record(ask.asked.path)
    return Names.of(ask.reading.snapshot, (record,)) if record is not None else ask.reading.names
