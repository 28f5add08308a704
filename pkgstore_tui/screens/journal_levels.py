"""The levels below the activity view: the whole journal, one operation of it, and what one left in the trash."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.errors import StoreError
from pkgstore.journal import Line
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.events import Why
from pkgstore.operations.restore import why_not
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore.trash import TrashItem, list_items
from pkgstore_tui.format import UNKNOWN, counted, human_bytes, short_hash, short_ref
from pkgstore_tui.screens.activity_states import deed_facts
from pkgstore_tui.screens.deeds import UNKNOWN_WHO, deed_name, deed_result, troubles
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.affairs import Affairs, Deed, lines_of
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact


class JournalLevel(Level[Deed]):
    """Every operation that the journal tells of, newest first."""

    crumb = "journal"
    empty = "nothing was changed yet"

    def __init__(self, affairs: Callable[[], Affairs], layout: Layout) -> None:
        self._affairs, self._layout = affairs, layout

    def columns(self, look: Look) -> Sequence[Column[Deed]]:
        """When, what, what came of it, who, how."""
        return (
            Column("AGE", lambda deed: look.age(deed.began), 7, right=True, field="age"),
            Column("WHAT", deed_name, 18, grow=1, most=40, field="name"),
            Column("RESULT", deed_result, 16, 1, grow=2, most=60),
            Column("WHO", lambda deed: deed.who or Part(UNKNOWN_WHO, "muted"), 12, 2, grow=1, most=30, field="who"),
            Column("COMMAND", lambda deed: Part(deed.command, "muted"), 30, 3, grow=2, most=90, field="command"),
        )

    def rows(self, look: Look) -> Sequence[Deed]:  # noqa: ARG002
        """The operations."""
        return self._affairs().deeds

    def basis(self, look: Look) -> object:  # noqa: ARG002
        """They follow from the journal alone."""
        return self._affairs()

    def fields(self, look: Look) -> Mapping[str, Field[Deed]]:
        """Its columns."""
        return {
            **super().fields(look),
            "who": Field(Kind.NAME, lambda deed: deed.who, "who did it", "who:root"),
            "command": Field(Kind.NAME, lambda deed: deed.command, "the command line", "command:sweep"),
            "outcome": Field(
                Kind.TEXT,
                lambda deed: deed.outcome or "cut short",
                "done, partly, failed, cancelled",
                "outcome:failed",
            ),
            "age": Field(Kind.AGE, lambda deed: deed.began, "time since it began", "age<2d"),
        }

    def key(self, row: Deed) -> object:
        """Its id."""
        return row.operation

    def called(self, row: Deed) -> str:
        """What was done."""
        return deed_name(row)

    def into(self, row: Deed) -> Level[Line]:
        """What became of each item."""
        return OperationLevel(self._layout, row)

    def summary(self, rows: Sequence[Deed]) -> str:
        """How many, and what is wrong with the journal."""
        return " · ".join([*troubles(self._affairs()), counted(len(rows), "operation")])

    def facts(self, look: Look, row: Deed) -> Sequence[Fact]:
        """All that is known of one."""
        return (Fact(deed_name(row)), look.when_fact("began", row.began), *deed_facts(row))

    def records(self, row: Deed) -> Sequence[Key]:  # noqa: ARG002
        """Nothing of the store."""
        return ()


_TONES: Final[Mapping[str, Tone]] = {"failed": "bad", "skipped": "muted", "noticed": "warn"}


class OperationLevel(Level[Line]):
    """What became of each item of one operation."""

    empty = "the journal says nothing of single items"
    goes_deeper = False

    def __init__(self, layout: Layout, deed: Deed) -> None:
        self._layout, self.deed = layout, deed
        self._versions: dict[ConfigKey, str] = {}
        self.operation = deed.operation if deed.evicts else ""

    @property
    def crumb(self) -> str:
        """What was done."""
        return deed_name(self.deed)

    def columns(self, look: Look) -> Sequence[Column[Line]]:
        """What it is, what became of it, and why."""
        return (
            Column("ITEM", lambda line: self._item_cell(look, line), 18, grow=2, most=60, field="name"),
            Column("RESULT", _result_cell, 9, field="result"),
            Column(
                "WHY", lambda line: Part(line.text("why") or line.text("reason"), "muted"), 14, 1, grow=3, most=90
            ),
            Column("SIZE", _bytes_cell, 10, 2, right=True, field="size"),
        )

    def rows(self, look: Look) -> Sequence[Line]:  # noqa: ARG002
        """The journal's lines; the trash knows the versions of what is out of the store."""
        try:
            if self.operation:
                self._versions = {item.key: item.version for item in list_items(self._layout, self.operation)}
            return lines_of(self._layout, self.deed.operation)
        except StoreError:
            return ()

    def _item_cell(self, look: Look, line: Line) -> Cell:
        key = key_of(line)
        if key is None:
            return line.text("what") or line.text("package") or Part(UNKNOWN, "muted")
        if version := self._versions.get(key):
            return (Part(f"{key.package} {version} "), Part(short_ref(key), "muted"))
        name = look.reading.config_name(key)
        return name if name.endswith(")") else (Part(f"{name} "), Part(short_ref(key), "muted"))

    def fields(self, look: Look) -> Mapping[str, Field[Line]]:
        """Its columns."""
        return {
            **super().fields(look),
            "result": Field(Kind.TEXT, lambda line: line.text("result"), "what became of it", "result:skipped"),
            "size": Field(Kind.SIZE, _bytes, "bytes", "size>50M"),
        }

    def key(self, row: Line) -> object:
        """What it is about, and when."""
        return row.text("platform"), self.called(row), row.text("ref"), row.at

    def called(self, row: Line) -> str:
        """The package, or whatever it is about."""
        return row.text("package") or row.text("what")

    def summary(self, rows: Sequence[Line]) -> str:
        """How many."""
        return counted(len(rows), "item")

    def facts(self, look: Look, row: Line) -> Sequence[Fact]:
        """All that the journal says of one."""
        said = [Fact(name, str(row.facts[name])) for name in _FIELDS if row.facts.get(name) not in (None, "")]
        return (Fact(self.called(row)), look.when_fact("when", row.at), *said)

    def records(self, row: Line) -> Sequence[Key]:  # noqa: ARG002
        """Nothing of the store."""
        return ()


_FIELDS: Final = ("result", "why", "reason", "platform", "package", "ref", "bytes", "out_of")


def key_of(line: Line) -> ConfigKey | None:
    """The config that a line is about; None where it is about none."""
    source, _, config = line.text("ref").partition("/")
    names = line.text("platform"), line.text("package"), source, config
    return ConfigKey(*names) if all(names) else None


def _result_cell(line: Line) -> Cell:
    result = line.text("result")
    return Part(result, _TONES.get(result, "good"))


def _bytes(line: Line) -> int | None:
    found = line.facts.get("bytes")
    return found if isinstance(found, int) else None


def _bytes_cell(line: Line) -> Cell:
    found = _bytes(line)
    return "" if found is None else human_bytes(found)


# --- the trash -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Lying:
    """One config in the trash, and why it would not be put back, if so."""

    item: TrashItem
    why: Why | None = None

    @property
    def key(self) -> ConfigKey:
        """The config."""
        return self.item.key


def lying(layout: Layout, operation: str) -> tuple[Lying, ...]:
    """What an operation left in the trash; looks at the disk."""
    found = []
    for item in list_items(layout, operation):
        try:
            found.append(Lying(item, why_not(layout, item)))
        except StoreError:
            found.append(Lying(item, Why.NO_RECORD))
    return tuple(found)


class TrashLevel(Level[Lying]):
    """The configs that one operation took out, and whether they would come back."""

    empty = "nothing of it is in the trash any more"
    goes_deeper = False

    def __init__(self, layout: Layout, operation: str, name: str) -> None:
        self._layout, self.operation, self._name = layout, operation, name

    @property
    def crumb(self) -> str:
        """What was done."""
        return self._name

    def columns(self, look: Look) -> Sequence[Column[Lying]]:  # noqa: ARG002
        """What it is, and whether it comes back."""
        return (
            Column("PACKAGE", lambda row: row.key.package, 10, grow=1, most=30, field="name"),
            Column("VERSION", lambda row: row.item.version or Part(UNKNOWN, "muted"), 9, 1),
            Column("CONFIG", lambda row: Part(short_hash(row.key.config_hash), "muted"), 8, 3),
            Column("UNDO", restore_cell, 16, grow=2, most=60),
            Column("WHY IT WENT", _reason_cell, 14, 2, grow=2, most=60),
        )

    def rows(self, look: Look) -> Sequence[Lying]:  # noqa: ARG002
        """Read from the disk."""
        return lying(self._layout, self.operation)

    def key(self, row: Lying) -> object:
        """The config."""
        return row.key

    def called(self, row: Lying) -> str:
        """The package."""
        return row.key.package

    def summary(self, rows: Sequence[Lying]) -> str:
        """How many, and how many stay."""
        kept = sum(row.why is not None for row in rows)
        said = f"{kept:,} cannot be put back · " if kept else ""
        return f"{said}{counted(len(rows), 'config')}"

    def facts(self, look: Look, row: Lying) -> Sequence[Fact]:  # noqa: ARG002
        """All that is known of one."""
        record, key = row.item.record, row.key
        cell = restore_cell(row)
        return (
            Fact(f"{key.package} {row.item.version or UNKNOWN}"),
            Fact("undo", cell.text, cell.tone),
            Fact("why it went", record.reason if record and record.reason else UNKNOWN),
            Fact("evicted", record.evicted_at if record else UNKNOWN),
            Fact("platform", key.platform),
            Fact("ref", key.ref),
            Fact("path", self._layout.trashed(self.operation, key)),
        )

    def records(self, row: Lying) -> Sequence[Key]:  # noqa: ARG002
        """Nothing of the store."""
        return ()


def restore_cell(row: Lying) -> Part:
    """Whether it would be put back."""
    if row.why is None:
        return Part("can be put back", "good")
    return Part(row.item.problem or row.why.value, "warn")


def _reason_cell(row: Lying) -> Cell:
    return Part(row.item.record.reason if row.item.record else "", "muted")
