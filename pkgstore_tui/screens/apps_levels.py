"""The first level of the apps view: every app, and all that is known of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from pkgstore.coldstart import Stock
from pkgstore.model import AppRecord, Tier
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.format import counted
from pkgstore_tui.screens.apps_packages import AppLevel
from pkgstore_tui.screens.apps_rows import TIERS, Fits
from pkgstore_tui.screens.apps_starts import after_restart, cold_start_facts, lost_of, missing_of
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look, damage_text
from pkgstore_tui.screens.rehearsed_gaps import stock_now
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

WORKERS_NAMED: Final = 20
"""How many workers the details name before they only count."""

_NONE: Final = Part("–", "muted")


@dataclass(frozen=True, eq=False, slots=True)
class AppRow:
    """An app, the packages of its current manifest that no platform has, and the workers that fit it best.

    `lost` is how many packages of a rollback target no platform has, by its tier. `after_restart` is how many
    packages would be missing after a restart, where that takes another platform than the one in use.
    """

    record: AppRecord
    missing: tuple[str, ...]
    workers: tuple[str, ...]
    lost: Mapping[Tier, int] = field(default_factory=dict)
    after_restart: int = 0

    @property
    def name(self) -> str:
        """Its name."""
        return self.record.key.name

    @property
    def lockfile(self) -> str:
        """The path of its pak.lock; empty where there is none."""
        return self.record.lockfile.path if self.record.lockfile else ""

    @property
    def changed(self) -> float | None:
        """When one of its files changed last, in seconds since 1970."""
        times = [manifest.changed for manifest in self.record.manifests]
        times += [self.record.lockfile.changed] if self.record.lockfile else []
        return max(times, default=None)


class AppsLevel(Level[AppRow]):
    """Every app beside the store."""

    crumb = ""
    empty = "there is no app beside this store (--apps names their folder)"
    problems = "state:broken"
    order = "name"

    def __init__(self, *, reads_disk: bool = True) -> None:
        """The level; `reads_disk` is false of a saved scan."""
        self._fits = Fits()
        self._reads_disk = reads_disk

    def columns(self, look: Look) -> Sequence[Column[AppRow]]:
        """What an admin asks of an app."""
        return (
            Column("APP", lambda row: row.name, 12, grow=3, most=40, field="name"),
            Column("PACKAGES", partial(_count, Tier.CURRENT), 8, 2, right=True, field="packages"),
            Column("PREV", partial(_count, Tier.PREV), 5, 5, right=True),
            Column("BUILD", partial(_count, Tier.BUILD), 5, 6, right=True),
            Column("LOCK", _lock_cell, 7, 4, right=True),
            Column("MISSING", _missing_cell, 7, 1, right=True, field="missing"),
            Column(
                "WORKERS",
                lambda row: f"{len(row.workers):,}" if row.workers else _NONE,
                7,
                3,
                right=True,
                field="workers",
            ),
            Column("CHANGED", lambda row: look.age(row.changed), 7, 2, right=True, field="age"),
            Column("PROBLEM", _problem_cell, 9, 7, grow=2, most=50),
        )

    def rows(self, look: Look) -> Sequence[AppRow]:
        """The apps by name."""
        snapshot = look.reading.snapshot
        workers = self._fits.workers_of(snapshot.apps, snapshot.workers)
        stock = stock_now(look.reading, reads_disk=self._reads_disk)
        return [
            AppRow(
                record,
                missing_of(look.reading, record),
                workers.get(name, ()),
                lost_of(look.reading, record),
                after_restart(stock, record) if look.reading.complete else 0,
            )
            for name, record in sorted(snapshot.apps.items(), key=lambda item: (item[0].casefold(), item[0]))
        ]

    def key(self, row: AppRow) -> object:
        """Its key."""
        return row.record.key

    def fields(self, look: Look) -> Mapping[str, Field[AppRow]]:
        """Its columns."""
        return {
            **super().fields(look),
            "packages": Field(Kind.COUNT, _packages, "packages of the current manifest", "packages>40"),
            "missing": Field(Kind.COUNT, lambda row: len(row.missing), "packages that are not stored", "missing>0"),
            "workers": Field(Kind.COUNT, lambda row: len(row.workers), "workers that fit it best", "workers>0"),
            "worker": Field(Kind.SET, lambda row: frozenset(row.workers), "a worker that fits it", prefix=True),
            "lost": Field(Kind.COUNT, _lost, "packages of rollback targets that are not stored", "lost>0"),
            "restart": Field(
                Kind.COUNT, lambda row: row.after_restart, "packages missing after a restart", "restart>0"
            ),
            "age": Field(Kind.AGE, lambda row: row.changed, "time since a file of it changed", "age>30d"),
            "state": Field(Kind.STATE, _states, "broken or whole", "state:broken", ("broken", "whole")),
        }

    def into(self, row: AppRow) -> "AppLevel":
        """Its packages."""
        return AppLevel(row.name)

    def summary(self, rows: Sequence[AppRow]) -> str:
        """How many there are, and how many of them would not start whole."""
        broken = sum(bool(row.missing) for row in rows)
        return counted(len(rows), "app") + (f" · {broken:,} incomplete" if broken else "")

    def facts(self, look: Look, row: AppRow) -> Sequence[Fact]:
        """Its files, a rehearsal of its cold start, and its workers."""
        return tuple(app_facts(look, row, stock_now(look.reading, reads_disk=self._reads_disk)))

    def records(self, row: AppRow) -> Sequence[Key]:
        """Itself."""
        return (row.record.key,)


def _packages(row: AppRow) -> int | None:
    manifest = row.record.manifest(Tier.CURRENT)
    return None if manifest is None else len(manifest)


def _states(row: AppRow) -> frozenset[str]:
    refused = row.record.lockfile is not None and bool(row.record.lockfile.refused)
    return frozenset({"broken" if row.missing or row.record.damage or refused else "whole"})


def _count(tier: Tier, row: AppRow) -> Cell:
    """How many packages a manifest has."""
    found = next((manifest for manifest in row.record.manifests if manifest.tier is tier), None)
    if found is None:
        return _NONE
    if found.manifest is None:
        return Part("!", "bad")
    return Part(f"{len(found.manifest):,}!", "bad") if row.lost.get(tier) else f"{len(found.manifest):,}"


def _lost(row: AppRow) -> int:
    return sum(row.lost.values())


def _lock_cell(row: AppRow) -> Cell:
    lockfile = row.record.lockfile
    if lockfile is None:
        return _NONE
    return Part("refused", "warn") if lockfile.refused else f"{len(lockfile.names):,}"


def _missing_cell(row: AppRow) -> Cell:
    return Part(f"{len(row.missing):,}", "bad") if row.missing else _NONE


def _problem_cell(row: AppRow) -> Cell:
    if row.record.damage:
        return Part(damage_text(row.record.damage[0]), "bad")
    lockfile = row.record.lockfile
    if lockfile and lockfile.refused:
        return Part(lockfile.refused, "warn")
    if row.lost:
        return Part(f"rollback {' and '.join(tier.value for tier in row.lost)} lacks {_lost(row):,}", "warn")
    return Part(f"restart: {row.after_restart:,} missing", "warn") if row.after_restart else ""


# --- an app's details ---------------------------------------------------------------------------------------------


def app_facts(look: Look, row: AppRow, stock: Stock) -> Iterator[Fact]:
    """All that is known of an app."""
    record = row.record
    yield Fact(row.name)
    yield Fact("folder", record.path)
    for tier in TIERS:
        yield _manifest_fact(look, record, tier)
    lockfile = record.lockfile
    if lockfile is None:
        yield Fact("pak.lock", "there is none", "muted")
    else:
        when = look.when_fact("pak.lock", lockfile.changed).value
        yield Fact("pak.lock", f"{counted(len(lockfile.names), 'package')}, {when}")
        if lockfile.refused:
            yield Fact("", lockfile.refused, "warn")
    yield from cold_start_facts(look.reading, record, stock)
    yield from _worker_facts(row)
    yield from (Fact("! damage", damage_text(item), "bad") for item in record.damage)


def _manifest_fact(look: Look, record: AppRecord, tier: Tier) -> Fact:
    found = next((manifest for manifest in record.manifests if manifest.tier is tier), None)
    if found is None:
        return Fact(tier.value, "there is none", "muted")
    if found.manifest is None:
        return Fact(tier.value, "cannot be read", "bad")
    when = look.when_fact("", found.changed).value
    is_pinned = bool(found.manifest) and found.manifest.items() <= look.reading.pinned
    return Fact(tier.value, f"{counted(len(found.manifest), 'package')}, {when}{', pinned' if is_pinned else ''}")


def _worker_facts(row: AppRow) -> Iterator[Fact]:
    yield Fact("Workers that fit it best")
    if not row.workers:
        yield Fact("", "none just now", "muted")
    yield from (Fact("", worker) for worker in row.workers[:WORKERS_NAMED])
    if len(row.workers) > WORKERS_NAMED:
        yield Fact("", f"and {len(row.workers) - WORKERS_NAMED:,} more", "muted")
