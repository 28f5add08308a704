"""What is mended from the health view: what is marked, the present row, or everything."""

from collections.abc import Iterable, Iterator
from typing import Any

from pkgstore.findings import Finding
from pkgstore_tui.screens.contents_tools import ContentsTools
from pkgstore_tui.screens.health_levels import KindRow
from pkgstore_tui.screens.repair import RepairDialog


class RepairTools(ContentsTools):
    """The part of the health view that repairs."""

    def action_repair(self) -> None:
        """Plan to mend what is marked, or this row: a finding, or all of a kind."""
        self._open(RepairDialog(self.session, self.digest, frozenset(_findings(self.picked))))

    def action_repair_all(self) -> None:
        """Plan to mend all that can be mended."""
        self._open(RepairDialog(self.session, self.digest))


def _findings(rows: Iterable[Any]) -> Iterator[Finding]:
    for row in rows:
        if isinstance(row, Finding):
            yield row
        elif isinstance(row, KindRow):
            yield from row.findings
