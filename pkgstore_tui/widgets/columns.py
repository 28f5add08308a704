"""Columns of a table, and which of them fit a width. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from pkgstore_tui.widgets.cells import Cell

Row = TypeVar("Row")

GAP: Final = 2
"""Cells between two columns."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column.

    `width` is the least that it needs, `grow` its share of what is left over, up to `most` cells in all. The column
    with the highest `drop` goes first when there is too little room; 0 stays always. `field` is what the rows are
    sorted by where this column is sorted; empty where it cannot be.
    """

    title: str
    cell: Callable[[Row], Cell]
    width: int
    drop: int = 0
    grow: int = 0
    most: int = 40
    right: bool = False
    field: str = ""


def _total(columns: Sequence[Column[Row]]) -> int:
    return sum(column.width for column in columns) + GAP * max(0, len(columns) - 1)


def fit(columns: Sequence[Column[Row]], width: int) -> tuple[tuple[Column[Row], int], ...]:
    """The columns that fit into `width`, each with the cells it gets.

    Args:
        columns: All of them, in their order.
        width: Cells of the terminal.
    """
    kept = list(columns)
    while _total(kept) > width:
        goes = max(kept, key=lambda column: column.drop, default=None)
        if goes is None or not goes.drop:
            break
        kept.remove(goes)
    widths = [column.width for column in kept]
    _grow(kept, widths, width - _total(kept))
    _shrink(widths, _total(kept) - width)
    return tuple(zip(kept, widths, strict=True))


def _grow(columns: Sequence[Column[Row]], widths: list[int], spare: int) -> None:
    while spare > 0:
        open_ = [i for i, column in enumerate(columns) if column.grow and widths[i] < column.most]
        if not open_:
            return
        for index in open_:
            step = min(columns[index].grow, spare, columns[index].most - widths[index])
            widths[index] += step
            spare -= step


def _shrink(widths: list[int], over: int) -> None:
    """Take what does not fit from the widest column: those that stay always have to share too little room."""
    while over > 0 and widths and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
        over -= 1
