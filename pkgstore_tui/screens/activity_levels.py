"""The first level of the activity view: everything that is going on, was left over, or was done."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pkgstore.keys import LocksKey
from pkgstore.layout import Layout
from pkgstore.model import LockRecord, WorkRecord
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore.usage import TreeSize
from pkgstore_tui.format import counted, human_bytes
from pkgstore_tui.screens.activity_rows import BUILD, JOB, KINDS, LOCK, TRASH, WORKER, Doing, Older, Present, doings
from pkgstore_tui.screens.activity_states import doing_facts, state_cell
from pkgstore_tui.screens.journal_levels import JournalLevel, OperationLevel, TrashLevel
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.affairs import Deed, Trashed
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


class ActivityLevel(Level[Doing]):
    """What is going on, what was left over, and what was done."""

    crumb = ""

    def __init__(self, layout: Layout, present: Callable[[], Present], sizes: Mapping[str, TreeSize]) -> None:
        """A level.

        Args:
            layout: The store's paths.
            present: Gives what is known beside the snapshot.
            sizes: What was measured, by path.
        """
        self._layout, self._present, self._sizes = layout, present, sizes

    def columns(self, look: Look) -> Sequence[Column[Doing]]:
        """What, since when, and how it stands."""
        return (
            Column("KIND", lambda row: Part(row.kind, "muted"), 7, field="kind"),
            Column("WHAT", _name_cell, 16, grow=2, most=90, field="name"),
            Column(
                "AGE", lambda row: "" if row.since is None else look.age(row.since), 7, 1, right=True, field="age"
            ),
            Column("STATE", lambda row: state_cell(look.clock(), row), 18, 2, grow=3, most=70),
            Column("SIZE", self._size_cell, 10, 3, right=True, field="size"),
        )

    def _size_cell(self, row: Doing) -> Cell:
        if not row.path or isinstance(row.thing, LockRecord):
            return ""
        size = self._sizes.get(row.path)
        return Part("…", "muted") if size is None else human_bytes(size.apparent)

    def rows(self, look: Look) -> Sequence[Doing]:
        """Kind by kind, the oldest first; jobs and the journal the newest first."""
        return tuple(doings(look.reading, self._present()))

    def fields(self, look: Look) -> Mapping[str, Field[Doing]]:
        """Its columns."""
        return {
            **super().fields(look),
            "kind": Field(Kind.TEXT, lambda row: row.kind, ", ".join(KINDS), "kind:lock"),
            "age": Field(Kind.AGE, lambda row: row.since, "time since it began or was changed", "age>1d"),
            "size": Field(Kind.SIZE, self._bytes, "bytes", "size>50M"),
        }

    def _bytes(self, row: Doing) -> int | None:
        size = self._sizes.get(row.path)
        return size.apparent if size else None

    def key(self, row: Doing) -> object:
        """What tells it from the others."""
        return row.key

    def called(self, row: Doing) -> str:
        """What it is called."""
        return row.name

    def into(self, row: Doing) -> Level[object] | None:
        """An operation, the journal, or what lies in the trash."""
        match row.thing:
            case Deed() as deed:
                return OperationLevel(self._layout, deed)  # type: ignore[return-value]
            case Older():
                return JournalLevel(lambda: self._present().affairs, self._layout)  # type: ignore[return-value]
            case Trashed(is_operation=True, name=name):
                return TrashLevel(self._layout, name, row.name)  # type: ignore[return-value]
        return None

    def summary(self, rows: Sequence[Doing]) -> str:
        """How many of each kind there are."""
        counts = Counter(row.kind for row in rows if row.thing is not None)
        found = [counted(counts[kind], kind) for kind in (LOCK, BUILD, WORKER, JOB) if counts[kind]]
        if counts[TRASH]:
            found.append(f"{counts[TRASH]:,} in the trash")
        return " · ".join(found) or "all quiet"

    def facts(self, look: Look, row: Doing) -> Sequence[Fact]:
        """All that is known of it."""
        return tuple(doing_facts(look, row, self._sizes.get(row.path)))

    def records(self, row: Doing) -> Sequence[Key]:
        """What it was read from."""
        match row.thing:
            case LockRecord():
                return (LocksKey(),)
            case WorkRecord():
                return (row.thing.key,)
        return (LocksKey(),) if row.kind == LOCK else ()


def _name_cell(row: Doing) -> Cell:
    return Part(row.name, "" if row.thing else "muted")
