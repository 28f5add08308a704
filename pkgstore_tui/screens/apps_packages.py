"""The packages of one app: what each of its files has of them, and what differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from pkgstore.keys import AppKey
from pkgstore.model import Tier
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.apps_rows import AppPackage, Differs, app_packages, differs
from pkgstore_tui.screens.config_rows import config_facts
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

_NONE: Final = Part("–", "muted")


def ref_version(reading: Reading, package: str, ref: str) -> str:
    """The version that a ref, or a source hash alone, stands for; ``unknown`` where nothing tells."""
    name = reading.names.source(package, ref.partition("/")[0])
    return name.version if name and name.version else reading.ref_version(package, ref)


@dataclass(frozen=True)
class AppLevel(Level[AppPackage]):
    """The packages of one app."""

    app: str
    empty: str = field(default="this app is gone, or names no package", init=False)
    goes_deeper = False
    problems = "has:missing"
    order = "name"

    @property
    def crumb(self) -> str:
        """The app."""
        return self.app

    def columns(self, look: Look) -> Sequence[Column[AppPackage]]:
        """Its version now, and what the other files have instead."""
        reading = look.reading
        record = reading.snapshot.apps.get(self.app)
        there = {manifest.tier for manifest in record.manifests} if record else set[Tier]()
        found: list[Column[AppPackage]] = [
            Column("PACKAGE", _package_cell, 12, grow=2, most=30, field="name"),
            Column("VERSION", partial(_version_cell, reading), 8, 1, grow=1, most=20, field="version"),
        ]
        if Tier.PREV in there:
            found.append(Column("SINCE PREV", partial(_since, reading, "prev"), 15, 4, grow=2, most=30))
        if Tier.BUILD in there:
            found.append(Column("SINCE BUILD", partial(_since, reading, "build"), 15, 5, grow=2, most=30))
        if record is not None and record.lockfile is not None:
            found.append(Column("LOCK", partial(_ahead, reading), 15, 3, grow=2, most=30))
        return (*found, Column("PROBLEM", partial(_stored_cell, reading), 10, 2))

    def fields(self, look: Look) -> Mapping[str, Field[AppPackage]]:
        """What can be asked of a package."""
        reading = look.reading
        words = "changed, same, missing; since prev, since build, or to the lockfile"
        return {
            **super().fields(look),
            "version": Field(Kind.TEXT, lambda row: _version_text(reading, row), "its version", "version:1.0*"),
            "has": Field(Kind.SET, partial(_has, reading), words, "has:changed"),
        }

    def rows(self, look: Look) -> Sequence[AppPackage]:
        """Every package that one of its files names."""
        record = look.reading.snapshot.apps.get(self.app)
        return tuple(app_packages(record)) if record else ()

    def key(self, row: AppPackage) -> object:
        """Its name."""
        return row.package

    def summary(self, rows: Sequence[AppPackage]) -> str:
        """How many there are now."""
        return counted(sum(bool(row.current) for row in rows), "package")

    def facts(self, look: Look, row: AppPackage) -> Sequence[Fact]:
        """What each file has of it, then the config that the current one names."""
        return tuple(_package_facts(look, row))

    def records(self, row: AppPackage) -> Sequence[Key]:  # noqa: ARG002
        """The app; its files are read whole."""
        return (AppKey(self.app),)


def _package_cell(row: AppPackage) -> Cell:
    return Part(row.package, "" if row.current else "muted")


def _since(reading: Reading, name: str, row: AppPackage) -> Cell:
    return change_cell(reading, row, row.prev if name == "prev" else row.build)


def _ahead(reading: Reading, row: AppPackage) -> Cell:
    return change_cell(reading, row, row.lock, ahead=True)


def _version_text(reading: Reading, row: AppPackage) -> str | None:
    return ref_version(reading, row.package, row.current) if row.current else None


def _has(reading: Reading, row: AppPackage) -> frozenset[str]:
    """What there is to say of a package, in words that filters know."""
    found = {differs(row.ref, other, partial(ref_version, reading, row.package)) for other in row.others}
    known = found - {Differs.UNKNOWN, Differs.NEITHER}
    said = {"changed"} if known - {Differs.SAME} else {"same"} if known else set[str]()
    return frozenset(said | ({"missing"} if row.current and not _is_stored(reading, row) else set()))


def _is_stored(reading: Reading, row: AppPackage) -> bool:
    config = reading.snapshot.config_of(row.package, row.ref)
    return config is not None and config.has_tree


def _version_cell(reading: Reading, row: AppPackage) -> Cell:
    if not row.current:
        return _NONE
    version = ref_version(reading, row.package, row.current)
    return Part(version, "muted" if version == UNKNOWN else "")


def change_cell(reading: Reading, row: AppPackage, other: str | None, *, ahead: bool = False) -> Cell:
    """What another file has: ``1.0.12 → 1.0.13`` is how it became what it is, or, `ahead`, what it would become."""
    found = differs(row.ref, other, partial(ref_version, reading, row.package))
    if found in {Differs.UNKNOWN, Differs.NEITHER}:
        return _NONE
    if found is Differs.SAME:
        return Part("=", "muted")
    before, after = (row.ref, other or "") if ahead else (other or "", row.ref)
    old, new = (ref_version(reading, row.package, ref) if ref else "" for ref in (before, after))
    if found is Differs.VERSION:
        return Part(f"{old} → {new}", "warn")
    if found in {Differs.CAME, Differs.WENT}:
        return Part(f"+ {new}", "good") if new else Part(f"− {old}", "warn")
    return Part(found.value, "warn")


def _stored_cell(reading: Reading, row: AppPackage) -> Cell:
    if not row.current:
        return "" if row.current is None else Part("not in it", "muted")
    return "" if _is_stored(reading, row) else Part("not stored", "bad")


def _package_facts(look: Look, row: AppPackage) -> Iterator[Fact]:
    config = look.reading.snapshot.config_of(row.package, row.ref)
    if config is not None:
        yield from config_facts(look, config)
    else:
        yield Fact(f"{row.package} {ref_version(look.reading, row.package, row.ref) if row.ref else ''}".strip())
        if row.ref:
            yield Fact("source hash", row.ref.partition("/")[0])
            yield Fact("config hash", row.ref.partition("/")[2])
            yield Fact("problem", "the current manifest names it, but it is not in the store", "bad")
    yield Fact("In the files of the app")
    for label, ref in (("current", row.current), ("prev", row.prev), ("build", row.build), ("pak.lock", row.lock)):
        yield _file_fact(look.reading, row.package, label, ref)


def _file_fact(reading: Reading, package: str, label: str, ref: str | None) -> Fact:
    if not ref:
        return Fact(label, "there is no such file" if ref is None else "does not name it", "muted")
    source, _, config = ref.partition("/")
    hashes = f"{short_hash(source)}/{short_hash(config)}" if config else short_hash(source)
    return Fact(label, f"{ref_version(reading, package, ref)}  {hashes}")
