"""The levels below a group of what content checks found: its configs, the files of one, or libraries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.format import counted, human_time, short_hash
from pkgstore_tui.screens.contents_files import (
    ChangedFile,
    ChangedFilesLevel,
    Digests,
    file_facts,
    owners_of,
    record_of,
    served_facts,
)
from pkgstore_tui.screens.contents_rows import ContentsRow, row_of
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.contents import LibraryTold, Told
from pkgstore_tui.verify_words import change_text, drift_lines, library_name, path_text, some
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

FEW = 20
"""How many files the details of a config show."""


def level_of(digests: Digests, row: ContentsRow) -> Level[Any]:
    """What a group goes into."""
    kind = LibrariesLevel if row.libraries else VerifiedLevel
    return kind(digests, row.code)


def contents_facts(look: Look, row: ContentsRow) -> Sequence[Fact]:
    """What a group means, what to do about it, and the first that are in it."""
    firsts = [f"{look.reading.config_name(told.key)}: {found_text(told)}" for told in row.told[:FEW]]
    firsts += [f"{library_name(told.key)}: {_library_text(told)}" for told in row.libraries[:FEW]]
    times = [*(told.at for told in row.told), *(told.at for told in row.libraries)]
    return (
        Fact(row.code),
        *([Fact("severity", row.severity.value, row.tone)] if row.severity else []),
        Fact("count", f"{row.count:,}"),
        Fact("means", row.meaning),
        *([Fact("repair", row.group.repair)] if row.group.repair else []),
        look.when_fact("looked at", min(times)),
        *([look.when_fact("till", max(times))] if max(times) > min(times) else []),
        Fact("Where"),
        *(Fact("", text) for text in firsts),
    )


def found_text(told: Told) -> str:
    """What a check found of a config, in one line."""
    changes = told.event.changes
    if not changes:
        return told.event.note or told.outcome.value
    first = f"{path_text(changes[0])}: {change_text(changes[0])}"
    return f"{first}, and {counted(len(changes) - 1, 'more file')}" if changes[1:] else first


@dataclass(frozen=True)
class _InGroup(Level[Any]):
    digests: Digests
    code: str
    empty: str = field(default="none of this kind is left", init=False)

    @property
    def crumb(self) -> str:
        """The group."""
        return self.code

    @property
    def group(self) -> ContentsRow | None:
        """The group as it is now; None once there is nothing in it."""
        digest = self.digests()
        return row_of(digest.contents, self.code) if digest else None

    def key(self, row: Any) -> object:
        """The config, or the worker."""
        return row.key


class VerifiedLevel(_InGroup):
    """The configs of a group."""

    can_go = True

    def columns(self, look: Look) -> Sequence[Column[Told]]:
        """Which, what is so there, and who is served it."""
        return (
            Column("WHAT", lambda row: look.reading.config_name(row.key), 12, grow=2, most=40, field="name"),
            Column("CONFIG", lambda row: Part(short_hash(row.key.config_hash), "muted"), 8, 2),
            Column("PLATFORM", lambda row: Part(row.key.platform, "muted"), 24, 5, field="platform"),
            Column("FINDING", lambda row: Part(found_text(row)), 24, 1, grow=3, most=80, field="finding"),
            Column("SERVED TO", lambda row: _served_cell(look, row), 14, 3, grow=1, most=40, field="served"),
            Column("LOOKED AT", lambda row: look.age(row.at), 9, 4, right=True, field="looked"),
        )

    def rows(self, look: Look) -> Sequence[Told]:  # noqa: ARG002
        """By name."""
        group = self.group
        return group.told if group else ()

    def fields(self, look: Look) -> Mapping[str, Field[Told]]:
        """Its columns."""
        return {
            "name": Field(Kind.NAME, lambda row: look.reading.config_name(row.key), "what it is", "sf"),
            "platform": Field(Kind.TEXT, lambda row: row.key.platform, "its platform", "platform:4.5*"),
            "finding": Field(Kind.NAME, found_text, "what is so there"),
            "served": Field(Kind.NAME, lambda row: " ".join(owners_of(look, row.key)), "who is served it"),
            "looked": Field(Kind.AGE, lambda row: row.at, "time since it was looked at", "looked>1h"),
        }

    def into(self, row: Told) -> "ChangedFilesLevel | None":
        """Its files, where some are not what they were."""
        if not row.event.changes:
            return None
        digest = self.digests()
        name = digest.reading.config_name(row.key) if digest else row.key.package
        return ChangedFilesLevel(self.digests, row.key, name)

    def summary(self, rows: Sequence[Told]) -> str:
        """How many."""
        return counted(len(rows), "config")

    def facts(self, look: Look, row: Told) -> Sequence[Fact]:
        """What the check told, file by file, and who is served it."""
        event = row.event
        made = "none" if event.made is None else human_time(event.made)
        changes = event.changes
        more = [Fact("", f"and {counted(len(changes) - FEW, 'more file')}", "muted")] if changes[FEW:] else []
        return (
            Fact(look.reading.config_name(row.key)),
            Fact("found", row.outcome.value),
            *([Fact("note", event.note)] if event.note else []),
            look.when_fact("looked at", row.at),
            Fact("baseline", made + (" (written now)" if event.recorded else "")),
            Fact("MD5 file", "checked too" if event.has_md5 else "the package has none", "muted"),
            *served_facts(look, row.key),
            *([Fact("Files")] if changes else []),
            *(fact for change in changes[:FEW] for fact in file_facts(ChangedFile(row, change))),
            *more,
            Fact("Config"),
            Fact("platform", row.key.platform),
            Fact("ref", row.key.ref),
        )

    def configs(self, row: Told) -> Sequence[ConfigRecord]:
        """Itself, if the store has it still."""
        digest = self.digests()
        record = record_of(digest.reading, row.key) if digest else None
        return (record,) if record else ()

    def records(self, row: Told) -> Sequence[Key]:
        """Its source."""
        return (row.key.source,)

    def trees(self, row: Told) -> Sequence[ConfigKey]:
        """Its own."""
        return (row.key,)

    def platform(self, row: Told | None) -> str:
        """Its platform."""
        return row.key.platform if row else ""


def _served_cell(look: Look, row: Told) -> Cell:
    owners = owners_of(look, row.key)
    return Part(some(owners)) if owners else Part("–", "muted")


class LibrariesLevel(_InGroup):
    """The libraries of a group."""

    def columns(self, look: Look) -> Sequence[Column[LibraryTold]]:
        """Whose, and what is so there."""
        return (
            Column("LIBRARY", lambda row: library_name(row.key), 16, grow=1, most=40, field="name"),
            Column("PACKAGES", lambda row: f"{row.event.packages:,}", 8, 2, right=True),
            Column("FINDING", _library_text, 28, 1, grow=3, most=100),
            Column("LOOKED AT", lambda row: look.age(row.at), 9, 3, right=True),
        )

    def rows(self, look: Look) -> Sequence[LibraryTold]:  # noqa: ARG002
        """By name."""
        group = self.group
        return group.libraries if group else ()

    def called(self, row: LibraryTold) -> str:
        """Its name."""
        return library_name(row.key)

    def summary(self, rows: Sequence[LibraryTold]) -> str:
        """How many."""
        return counted(len(rows), "library", "libraries")

    def facts(self, look: Look, row: LibraryTold) -> Sequence[Fact]:
        """Every file that is told of."""
        return (
            Fact(library_name(row.key)),
            look.when_fact("looked at", row.at),
            Fact("packages", f"{row.event.packages:,}"),
            *([Fact("problem", row.event.problem, "warn")] if row.event.problem else []),
            *([Fact("Files")] if row.event.drifts else []),
            *(Fact("", text) for text in drift_lines(row.event)),
        )

    def records(self, row: LibraryTold) -> Sequence[Key]:
        """The worker."""
        return (row.key,)


def _library_text(row: LibraryTold) -> str:
    lines = list(drift_lines(row.event, 1))
    return row.event.problem or (f"{lines[0]} …" if lines[1:] else "".join(lines))
