"""What of an explanation is written to a file, and what one is asked before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pkgstore.explain.report import Explained, Report
from pkgstore_tui.explanation.files import FORMATS, encode
from pkgstore_tui.explanation.words import title_of
from pkgstore_tui.format import counted
from pkgstore_tui.screens.export import Tell
from pkgstore_tui.screens.menu import Choice


@dataclass(frozen=True, eq=False)
class Explanation:
    """The explanation of some packages, or (`whole`) of all of a lockfile."""

    heading: ClassVar[str] = "Export this explanation"
    formats: ClassVar[tuple[str, ...]] = tuple(FORMATS)
    name: str
    report: Report
    rows: Sequence[Explained]
    whole: bool

    def told(self, format: str) -> str:
        """How many packages, and as what."""
        return f"{counted(len(self.rows), 'package')} as {FORMATS[format]}"

    def encode(self, format: str, tell: Tell) -> bytes:
        """The file's content; quick enough to be told nothing of."""
        tell(0)
        return encode(self.report, self.rows, format, whole=self.whole)


def export_choices(
    report: Report, row: Explained | None, marked: Sequence[Explained], shown: Sequence[Explained]
) -> list[Choice]:
    """What can be written: one package, those that are marked, those that a filter leaves, all.

    Each gives the packages, and whether these are all.
    """
    choices = []
    if row is not None:
        choices.append(Choice("this package", f"{title_of(report, row)}, in full", ((row,), False)))
    if marked:
        choices.append(
            Choice("those marked", f"{counted(len(marked), 'package')}, in full", (tuple(marked), False))
        )
    if 0 < len(shown) < len(report.rows):
        choices.append(
            Choice("those shown", f"{counted(len(shown), 'package')} of the filter, in full", (tuple(shown), False))
        )
    every = f"{counted(len(report.rows), 'package')} as a table, with the causes"
    return [*choices, Choice("all", every, (report.rows, True))]
