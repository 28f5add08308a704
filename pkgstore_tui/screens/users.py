"""Who holds a row: apps, workers, builds and pins, the strongest first."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pkgstore.model import Tier
from pkgstore.roots import Root
from pkgstore_tui.format import counted
from pkgstore_tui.screens.dialog import DialogScreen, dialog_bindings
from pkgstore_tui.screens.look import Look
from pkgstore_tui.widgets.bars import Bar, KeyBar, Piece
from pkgstore_tui.widgets.cells import Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.row_table import RowTable

_TONES: dict[Tier, Tone] = {Tier.WORKER: "good", Tier.CURRENT: "good"}


class UsersScreen(DialogScreen[Root | None]):
    """The roots that hold something; answers with the one to go to."""

    SCOPE: ClassVar[str] = "users"
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("users")

    def __init__(self, name: str, holders: Sequence[Root], look: Look) -> None:
        """A list.

        Args:
            name: What is held.
            holders: Who holds it.
            look: For the ages.
        """
        super().__init__()
        self._called, self._holders, self._look = name, tuple(holders), look

    def compose(self) -> ComposeResult:
        """One list."""
        look = self._look
        with Vertical(id="frame") as frame:
            frame.border_title = "Used by"
            yield Bar(id="what")
            yield RowTable[Root](
                [
                    Column("WHO", lambda root: root.owner, 16, grow=3, most=60),
                    Column("TIER", lambda root: Part(root.tier.value, _TONES.get(root.tier, "muted")), 7),
                    Column("CHANGED", lambda root: look.age(root.changed or None), 7, 1, right=True),
                    Column("FILE", lambda root: Part(root.path, "muted"), 20, 2, grow=4, most=90),
                ],
                id="holders",
                empty=f"nobody holds {self._called}",
            )
            yield KeyBar()

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one("#what", Bar).set_pieces(
            [Piece(self._called, "accent")], [Piece(f"held by {counted(len(self._holders), 'root')}", "muted")]
        )
        self.table.set_rows(self._holders)
        self.table.focus()

    @property
    def table(self) -> RowTable[Root]:
        """The list."""
        return self.query_one("#holders", RowTable)

    @on(RowTable.RowSelected)
    def action_open(self) -> None:
        """Go there."""
        if self.table.row is not None and self.table.row.key is not None:
            self.dismiss(self.table.row)

    def action_leave(self) -> None:
        """Stay here."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nowhere to go from a pin, or from an empty list."""
        del parameters
        return action != "open" or any(root.key is not None for root in self._holders)
