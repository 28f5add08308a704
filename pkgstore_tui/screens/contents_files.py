"""The files of a config that a content check found to be something else: since when, and who shares them."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pkgstore.content import Content
from pkgstore.errors import StoreError
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.model import ConfigRecord
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore.tree_changes import FileChange
from pkgstore_tui.format import counted
from pkgstore_tui.screens.digest import Digest
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.contents import Told
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.verify_words import change_text, library_name, path_text, served_text, sharers_text, since_text
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

Digests = Callable[[], Digest | None]
"""Gives the newest digest, None before there is one."""


def record_of(reading: Reading, key: ConfigKey) -> ConfigRecord | None:
    """What the store says of a config."""
    source = reading.snapshot.sources.get(key.source)
    return next((config for config in source.configs if config.key == key), None) if source else None


def owners_of(look: Look, key: ConfigKey) -> list[str]:
    """Who is served a config, the strongest first."""
    record = record_of(look.reading, key)
    return [root.owner for root in look.holders([record])] if record else []


def served_facts(look: Look, key: ConfigKey) -> list[Fact]:
    """Who is served a config, each by name."""
    owners = owners_of(look, key)
    if not owners:
        return [Fact("served to", served_text(owners), "muted")]
    return [Fact("" if index else "served to", owner) for index, owner in enumerate(owners)]


@dataclass(frozen=True, eq=False, slots=True)
class ChangedFile:
    """A file that is not what it was, of what a check told."""

    told: Told
    change: FileChange

    @property
    def key(self) -> ConfigKey:
        """The config that it is a part of."""
        return self.told.key

    @property
    def name(self) -> str:
        """Its path in the tree."""
        return path_text(self.change)

    @property
    def inode(self) -> int:
        """Its inode; 0 where it is gone."""
        return self.change.found.inode if self.change.found else 0


def file_facts(row: ChangedFile) -> list[Fact]:
    """All that a check told of one file."""
    event, change = row.told.event, row.change
    shared = [library_name(key) for key in event.sharers.get(change.path, ())]
    elsewhere = event.elsewhere.get(change.path, 0)
    since = since_text(event, change)
    return [
        Fact("file", row.name, "bad" if change.is_proof else "warn"),
        Fact("", change_text(change)),
        *([Fact("since", since)] if since else []),
        *([Fact("inode", str(row.inode))] if row.inode else []),
        *(Fact("" if index else "shared with", name) for index, name in enumerate(shared)),
        *([Fact("links", f"{counted(elsewhere, 'link')} elsewhere, that nobody found")] if elsewhere else []),
    ]


@dataclass(frozen=True)
class ChangedFilesLevel(Level[ChangedFile]):
    """The changed files of one config; `name` is what that is called."""

    digests: Digests
    of: ConfigKey
    name: str
    empty: str = field(default="no file of it is known to be changed any more", init=False)

    @property
    def crumb(self) -> str:
        """The config."""
        return self.name

    def columns(self, look: Look) -> Sequence[Column[ChangedFile]]:  # noqa: ARG002
        """Which, what became of it, since when, and who has links to it."""
        return (
            Column("FILE", lambda row: row.name, 14, grow=2, most=50, field="name"),
            Column("WHAT", lambda row: Part(change_text(row.change), _tone(row)), 14, 1, grow=1, most=40),
            Column("SINCE", lambda row: since_text(row.told.event, row.change), 19, 3),
            Column("INODE", _inode_cell, 9, 4, right=True, field="inode"),
            Column("SHARED WITH", _sharers_cell, 14, 2, grow=1, most=50),
        )

    def rows(self, look: Look) -> Sequence[ChangedFile]:  # noqa: ARG002
        """By path."""
        digest = self.digests()
        told = digest.told_of(self.of) if digest else None
        return [ChangedFile(told, change) for change in told.event.changes] if told else []

    def fields(self, look: Look) -> Mapping[str, Field[ChangedFile]]:  # noqa: ARG002
        """Its name and number."""
        return {
            "name": Field(Kind.NAME, lambda row: row.name, "its path", "sf.rdb"),
            "inode": Field(Kind.COUNT, lambda row: row.inode, "its inode", "inode>100000"),
        }

    def key(self, row: ChangedFile) -> object:
        """Its path."""
        return row.change.path

    def file_of(self, row: ChangedFile) -> str:
        """Where it is; nothing where it is gone, or is no file."""
        digest, found = self.digests(), row.change.found
        if digest is None or found is None or not found.content.is_file:
            return ""
        try:
            return os.path.join(Layout(digest.reading.snapshot.root).config(self.of), row.change.path)
        except StoreError:
            return ""

    def summary(self, rows: Sequence[ChangedFile]) -> str:
        """How many."""
        return counted(len(rows), "file")

    def facts(self, look: Look, row: ChangedFile) -> Sequence[Fact]:
        """All of it, and who is served the config."""
        before, found = row.change.before, row.change.found
        return (
            *file_facts(row),
            *([Fact("was", _digest(before))] if before and before.digest else []),
            *([Fact("is", _digest(found.content))] if found and found.content.digest else []),
            *served_facts(look, self.of),
        )

    def records(self, row: ChangedFile) -> Sequence[Key]:
        """The source of its config."""
        return (row.key.source,)

    def platform(self, row: ChangedFile | None) -> str:  # noqa: ARG002
        """That of its config."""
        return self.of.platform


def _digest(content: Content) -> str:
    return f"SHA-256 {content.digest}"


def _tone(row: ChangedFile) -> Tone:
    return "bad" if row.change.is_proof else "warn"


def _inode_cell(row: ChangedFile) -> Cell:
    return str(row.inode) if row.inode else Part("–", "muted")


def _sharers_cell(row: ChangedFile) -> Cell:
    text = sharers_text(row.told.event, row.change)
    return Part(text, "warn") if text else Part("–", "muted")
