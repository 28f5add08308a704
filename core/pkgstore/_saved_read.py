"""A saved scan's JSON document back to a snapshot. The document is believed in nothing: every value is checked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, Final, TypeVar

from pkgstore._saved_values import INT, TIMES, a_list, a_number, an_object, check_range, check_types, saved_text
from pkgstore._saved_write import HAS_TREE, LISTED, NOT_SPLIT
from pkgstore.keys import AppKey, ConfigKey, SourceKey, WorkerKey, WorkKey
from pkgstore.model import (
    AppRecord,
    ConfigRecord,
    Damage,
    LockfileRecord,
    LockRecord,
    ManifestRecord,
    Pin,
    PinsRecord,
    SourceName,
    SourceRecord,
    Tier,
    WorkerRecord,
    WorkRecord,
)
from pkgstore.snapshot import Snapshot
from pkgstore.text_json import BadJSON

_Value = TypeVar("_Value")

_TIERS: Final = {tier.value: tier for tier in Tier}
_LARGEST_REFS: Final = 512 * 1024 * 1024
"""Characters: refs are put together from two texts each, so that a short document could ask for very many."""


class Reader:
    """Reads one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._texts = [
            saved_text(value, place) for place, value in enumerate(a_list(document.get("texts"), "texts"))
        ]
        self._lists = [tuple(names) for names in self._table("lists")]
        self._maps = [self._pairs(flat) for flat in self._table("maps")]
        self._refs: dict[tuple[int, int], str] = {}
        self._room = _LARGEST_REFS

    def snapshot(self) -> Snapshot:
        """What was saved.

        Raises:
            BadJSON: A value is not what it should be; says which.
        """
        workers = self._rows("workers", self._worker, 4)
        apps = self._rows("apps", self._app, 5)
        work = self._rows("work", self._work, 7)
        return Snapshot(
            root=self._root(),
            sources={record.key: record for record in self._sources()},
            workers={record.key.worker_id: record for record in workers},
            unlisted_damage=self._damage(self._document.get("damage"), "damage"),
            apps={record.key.name: record for record in apps},
            work={record.key: record for record in work},
            locks=tuple(self._rows("locks", self._lock, 5)),
            pins=self._pins(),
        )

    def _root(self) -> str:
        root = self._one(self._document.get("root"), "root")
        if not root:
            raise BadJSON("root is empty")
        return root

    # --- texts ---------------------------------------------------------------------------------------------

    def _one(self, value: object, where: str) -> str:
        return self._named([value], where)[0]

    def _named(self, value: object, where: str) -> list[str]:
        """The texts that a list of places names."""
        column = self._places(value, len(self._texts), where)
        return list(map(self._texts.__getitem__, column))

    def _places(self, value: object, end: int, where: str, length: int | None = None) -> list[int]:
        column: list[int] = a_list(value, where, length)
        check_types(column, INT, where)
        check_range(column, 0, end, where)
        return column

    def _flat(self, value: object, width: int, where: str) -> Iterator[tuple[str, ...]]:
        """The rows of `width` texts that were written one after another."""
        texts = self._named(value, where)
        if len(texts) % width:
            raise BadJSON(f"{where} has {len(texts)} items, which is no multiple of {width}")
        columns = iter(texts)
        return zip(*[columns] * width, strict=True)

    def _table(self, name: str) -> Iterator[list[str]]:
        for place, value in enumerate(a_list(self._document.get(name), name)):
            yield self._named(value, f"{name}[{place}]")

    @staticmethod
    def _pairs(flat: list[str]) -> dict[str, str]:
        if len(flat) % 2:
            raise BadJSON("maps: a name stands without its value")
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def _damage(self, value: object, where: str) -> tuple[Damage, ...]:
        return tuple(Damage(path, why) for path, why in self._flat(value, 2, where))

    def _manifest(self, value: object, where: str) -> dict[str, str] | None:
        if value is None:
            return None
        flat = a_list(value, where)
        check_types(flat, INT, where)
        if len(flat) % 3:
            raise BadJSON(f"{where} has {len(flat)} items, which is no multiple of 3")
        check_range(flat, NOT_SPLIT, len(self._texts), where)
        packages, sources, configs = flat[::3], flat[1::3], flat[2::3]
        check_range(packages, 0, len(self._texts), where)
        check_range(sources, 0, len(self._texts), where)
        names = map(self._texts.__getitem__, packages)
        return dict(zip(names, map(self._ref, sources, configs), strict=True))

    def _ref(self, source: int, config: int) -> str:
        """The ref of two texts; each is made once, since thousands of workers name it."""
        ref = self._refs.get((source, config))
        if ref is None:
            texts = self._texts
            ref = texts[source] if config == NOT_SPLIT else f"{texts[source]}/{texts[config]}"
            self._refs[source, config] = ref
            self._room -= len(ref)
            if self._room < 0:
                raise BadJSON(f"the refs of its manifests have more than {_LARGEST_REFS} characters")
        return ref

    # --- sources and configs -------------------------------------------------------------------------------

    def _sources(self) -> Iterator[SourceRecord]:
        columns = an_object(self._document.get("sources"), "sources")
        names = self._named(columns.get("platform"), "sources.platform")
        rows = len(names)
        packages = self._text_column(columns, "sources", "package", rows)
        hashes = self._text_column(columns, "sources", "source_hash", rows)
        remotes = self._text_column(columns, "sources", "remote", rows)
        linkingto = self._shared(columns, "sources", "linkingto", self._lists, rows)
        compiled = self._small(columns, "sources", "compiled", 2, rows)
        counts = self._small(columns, "sources", "configs", 1 << 32, rows)
        damage = an_object(columns.get("damage"), "sources.damage")
        keys = list(map(SourceKey, names, packages, hashes))
        configs = self._configs(keys, counts)
        start = 0
        for place, key in enumerate(keys):
            end = start + counts[place]
            found = damage.get(str(place))
            broken = () if found is None else self._damage(found, f"sources.damage.{place}")
            yield SourceRecord(
                key, configs[start:end], linkingto[place], bool(compiled[place]), broken, remotes[place]
            )
            start = end

    def _configs(self, keys: list[SourceKey], counts: list[int]) -> tuple[ConfigRecord, ...]:
        columns = an_object(self._document.get("configs"), "configs")
        rows = sum(counts)
        hashes = self._text_column(columns, "configs", "config_hash", rows)
        flags = self._small(columns, "configs", "flags", LISTED + HAS_TREE + 1, rows)
        times = a_list(columns.get("last_used"), "configs.last_used", rows)
        check_types(times, TIMES, "configs.last_used")
        links = self._shared(columns, "configs", "linking_to_keys", self._maps, rows)
        versions = self._text_column(columns, "configs", "version", rows)
        built = self._text_column(columns, "configs", "built", rows)
        keys_of = map(
            ConfigKey,
            *(_repeated(map(attrgetter(part), keys), counts) for part in ("platform", "package", "source_hash")),
            hashes,
        )
        listed = [bool(flag & LISTED) for flag in flags]
        has_tree = [bool(flag & HAS_TREE) for flag in flags]
        used = [None if time is None else float(time) for time in times]
        return tuple(map(ConfigRecord, keys_of, listed, has_tree, used, links, versions, built))

    def _text_column(self, columns: dict[str, Any], table: str, name: str, rows: int) -> list[str]:
        return self._shared(columns, table, name, self._texts, rows)

    def _shared(
        self, columns: dict[str, Any], table: str, name: str, values: Sequence[_Value], rows: int
    ) -> list[_Value]:
        places = self._places(columns.get(name), len(values), f"{table}.{name}", rows)
        return list(map(values.__getitem__, places))

    def _small(self, columns: dict[str, Any], table: str, name: str, end: int, rows: int) -> list[int]:
        return self._places(columns.get(name), end, f"{table}.{name}", rows)

    # --- workers, apps, work, locks ------------------------------------------------------------------------

    def _pins(self) -> PinsRecord:
        """The pins; none where nobody asked for them, or the scan is an old one."""
        found = self._document.get("pins")
        if found is None:
            return PinsRecord()
        pins = an_object(found, "pins")
        rows = [
            self._pin(a_list(row, f"pins.rows[{place}]", 7), f"pins.rows[{place}]")
            for place, row in enumerate(a_list(pins.get("rows"), "pins.rows"))
        ]
        return PinsRecord(
            self._one(pins.get("path"), "pins.path"), tuple(rows), self._damage(pins.get("damage"), "pins.damage")
        )

    def _pin(self, row: list[Any], where: str) -> Pin:
        name, what, reason, by = self._named(row[:4], where)
        at, until, manifest = row[4:]
        end = None if until is None else a_number(until, where)
        return Pin(name, what, reason, by, a_number(at, where), self._manifest(manifest, where) or {}, end)

    def _rows(self, name: str, read: Callable[[list[Any], str], _Value], length: int) -> Iterator[_Value]:
        for place, value in enumerate(a_list(self._document.get(name), name)):
            where = f"{name}[{place}]"
            yield read(a_list(value, where, length), where)

    def _worker(self, row: list[Any], where: str) -> WorkerRecord:
        name, manifest, changed, damage = row
        return WorkerRecord(
            WorkerKey(self._one(name, where)),
            self._manifest(manifest, where),
            a_number(changed, where),
            self._damage(damage, where),
        )

    def _app(self, row: list[Any], where: str) -> AppRecord:
        name, path, manifests, lockfile, damage = row
        found = [self._app_manifest(a_list(item, where, 4), where) for item in a_list(manifests, where)]
        return AppRecord(
            AppKey(self._one(name, where)),
            self._one(path, where),
            tuple(found),
            self._lockfile(lockfile, where),
            self._damage(damage, where),
        )

    def _app_manifest(self, row: list[Any], where: str) -> ManifestRecord:
        tier, path, manifest, changed = row
        if type(tier) is not str or tier not in _TIERS:
            raise BadJSON(f"{where}: a manifest is of no known tier")
        return ManifestRecord(
            _TIERS[tier], self._one(path, where), self._manifest(manifest, where), a_number(changed, where)
        )

    def _work(self, row: list[Any], where: str) -> WorkRecord:
        folder, name, path = self._named(row[:3], where)
        changed, manifest, lockfile, damage = row[3:]
        return WorkRecord(
            WorkKey(folder, name),
            path,
            a_number(changed, where),
            self._manifest(manifest, where),
            self._lockfile(lockfile, where),
            self._damage(damage, where),
        )

    def _lockfile(self, value: object, where: str) -> LockfileRecord | None:
        if value is None:
            return None
        row = a_list(value, where, 5)
        path, platform, refused = self._named(row[:3], where)
        names = {key: SourceName(*name) for key, *name in self._flat(row[4], 4, where)}
        return LockfileRecord(path, a_number(row[3], where), platform, names, refused)

    def _lock(self, row: list[Any], where: str) -> LockRecord:
        platform, package, source, path = self._named(row[:4], where)
        return LockRecord(SourceKey(platform, package, source), path, a_number(row[4], where))


def _repeated(texts: Iterable[str], counts: Iterable[int]) -> Iterator[str]:
    return chain.from_iterable(map(repeat, texts, counts))
