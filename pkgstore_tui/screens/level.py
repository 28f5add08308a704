"""A level: one table that a view can be in, what its rows are, and what one goes into. Knows no widget's state."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from pkgstore.keys import ConfigKey
from pkgstore.snapshot import Key
from pkgstore_tui.screens.look import Look
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

Row = TypeVar("Row")


class Level(ABC, Generic[Row]):
    """What a table shows."""

    empty = "nothing here"
    goes_deeper = True

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

    @abstractmethod
    def key(self, row: Row) -> object:
        """What stays the same about a row while its contents change."""

    def into(self, row: Row) -> "Level[Any] | None":  # noqa: ARG002
        """The level that a row goes into; None where there is none."""
        return None

    def summary(self, rows: Sequence[Row]) -> str:
        """How much there is, for the end of the breadcrumb."""
        return f"{len(rows):,}"

    @abstractmethod
    def facts(self, look: Look, row: Row) -> Sequence[Fact]:
        """A row's details."""

    def trees(self, row: Row) -> Sequence[ConfigKey]:  # noqa: ARG002
        """The trees whose size a row shows."""
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
