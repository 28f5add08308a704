"""A level: one table that a view can be in, what its rows are, and what one goes into. Knows no widget's state."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.query import Field, Kind, Sheet
from pkgstore.snapshot import Key
from pkgstore_tui.format import human_bytes
from pkgstore_tui.screens.look import Look
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

Row = TypeVar("Row")


class Level(ABC, Generic[Row]):
    """What a table shows. `rows`, `fields`, `summary`, `facts` and `trees` are called in threads."""

    empty = "nothing here"
    goes_deeper = True
    problems = ""
    """The filter that leaves the rows with problems; empty where no row can have one."""
    has_ages = False
    """Whether the field `age` says when the configs of a row were made, which their sidecars tell."""
    can_go = False
    """Whether its rows stand for configs that are evicted where one evicts the row."""
    order = ""
    """The field that the rows are sorted by as they come; empty where they are by none."""

    @property
    @abstractmethod
    def crumb(self) -> str:
        """Its place in the breadcrumb; empty for the first level."""

    @abstractmethod
    def columns(self, look: Look) -> Sequence[Column[Row]]:
        """Its columns."""

    @abstractmethod
    def rows(self, look: Look) -> Sequence[Row]:
        """Its rows."""

    def basis(self, look: Look) -> object:
        """What the rows follow from: they need not be made again while it is the same object."""
        return look.reading

    @abstractmethod
    def key(self, row: Row) -> object:
        """What stays the same about a row while its contents change."""

    def called(self, row: Row) -> str:
        """What a row is called, for filters that are plain words."""
        key = self.key(row)
        return key if isinstance(key, str) else str(getattr(row, "name", ""))

    def fields(self, look: Look) -> Mapping[str, Field[Row]]:  # noqa: ARG002
        """What its rows can be filtered and sorted by."""
        return {"name": Field(Kind.NAME, self.called, "the name has this in it", "sf")}

    def sheet(self, look: Look) -> Sheet[Row]:
        """Its rows, to be filtered and sorted by what they can be."""
        return Sheet(tuple(self.rows(look)), self.fields(look), look.clock())

    def prepare(self, look: Look, rows: Sequence[Row]) -> None:
        """Work out what the cells of these rows need and what is too slow to do while drawing."""

    def into(self, row: Row) -> "Level[Any] | None":  # noqa: ARG002
        """The level that a row goes into; None where there is none."""
        return None

    def file_of(self, row: Row) -> str:  # noqa: ARG002
        """The path of the file that a row is, and that entering it shows; empty where it is none."""
        return ""

    def summary(self, rows: Sequence[Row]) -> str:
        """How much there is, for the end of the breadcrumb."""
        return f"{len(rows):,}"

    def summary_of_marked(self, look: Look, rows: Sequence[Row]) -> str:
        """How many are marked, and how big they are together."""
        keys = [key for row in rows for key in self.trees(row)]
        total = look.sizes.total(keys) if keys else None
        size = "" if not keys else " · …" if total is None else f" · {human_bytes(total)}"
        return f"{len(rows):,} marked{size}"

    @abstractmethod
    def facts(self, look: Look, row: Row) -> Sequence[Fact]:
        """A row's details."""

    def trees(self, row: Row) -> Sequence[ConfigKey]:  # noqa: ARG002
        """The trees whose size a row shows."""
        return ()

    def looked_at(self, rows: Sequence[Row]) -> Sequence[ConfigKey]:  # noqa: ARG002
        """The trees whose small files some rows in sight show."""
        return ()

    def configs(self, row: Row) -> Sequence[ConfigRecord]:  # noqa: ARG002
        """The configs that a row stands for."""
        return ()

    @abstractmethod
    def records(self, row: Row) -> Sequence[Key]:
        """What has to be read again to refresh a row."""

    @property
    def on_platform(self) -> str:
        """The platform that all its rows are on; empty where there is not one."""
        return ""

    def platform(self, row: Row | None) -> str:  # noqa: ARG002
        """The platform that a row is about; empty where it is about none."""
        return self.on_platform
