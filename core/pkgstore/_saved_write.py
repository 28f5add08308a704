"""Snapshot to a JSON document of columns: every text stands once, in one list, and is named by its place there."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import chain, count
from typing import Any

from pkgstore.model import (
    AppRecord,
    ConfigRecord,
    Damage,
    LockfileRecord,
    ManifestRecord,
    Pin,
    PinsRecord,
    SourceRecord,
    WorkerRecord,
    WorkRecord,
)
from pkgstore.snapshot import Snapshot

LISTED, HAS_TREE = 1, 2
"""The bits of a config's flags."""

NOT_SPLIT = -1
"""Stands for a ref's second part where the ref has no slash."""


class Writer:
    """Builds the document of one snapshot."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = defaultdict(count().__next__)
        self._maps: dict[Hashable, int] = defaultdict(count().__next__)
        self._lists: dict[tuple[str, ...], int] = defaultdict(count().__next__)
        self._text: Callable[[str], int] = self._texts.__getitem__
        """The place of a text, which is put in where it is not there yet."""

    def document(self, snapshot: Snapshot) -> dict[str, Any]:
        """Everything that a snapshot holds, as values that JSON has."""
        found = {
            "root": self._text(snapshot.root),
            "sources": self._sources(snapshot.sources.values()),
            "configs": self._configs([c for record in snapshot.sources.values() for c in record.configs]),
            "workers": [self._worker(record) for record in snapshot.workers.values()],
            "apps": [self._app(record) for record in snapshot.apps.values()],
            "work": [self._work(record) for record in snapshot.work.values()],
            "locks": [
                [*map(self._text, (x.key.platform, x.key.package, x.key.source_hash, x.path)), x.changed]
                for x in snapshot.locks
            ],
            "pins": self._pins(snapshot.pins),
            "damage": self._damage(snapshot.unlisted_damage),
        }
        lists = [list(map(self._text, names)) for names in self._lists]
        maps = list(self._maps)
        return {**found, "maps": maps, "lists": lists, "texts": [_plain(text) for text in self._texts]}

    def _map(self, keys: Mapping[str, str]) -> int:
        return self._maps[tuple(map(self._text, chain.from_iterable(keys.items())))]

    def _damage(self, damage: Iterable[Damage]) -> list[int]:
        return [number for found in damage for number in (self._text(found.path), self._text(found.why))]

    def _column(self, texts: Iterable[str]) -> list[int]:
        return list(map(self._text, texts))

    def _sources(self, records: Iterable[SourceRecord]) -> dict[str, Any]:
        rows = list(records)
        return {
            "platform": self._column(row.key.platform for row in rows),
            "package": self._column(row.key.package for row in rows),
            "source_hash": self._column(row.key.source_hash for row in rows),
            "configs": [len(row.configs) for row in rows],
            "linkingto": [self._lists[row.linkingto] for row in rows],
            "compiled": [int(row.source_compiled) for row in rows],
            "remote": self._column(row.remote for row in rows),
            "damage": {str(place): self._damage(row.damage) for place, row in enumerate(rows) if row.damage},
        }

    def _configs(self, rows: list[ConfigRecord]) -> dict[str, Any]:
        return {
            "config_hash": self._column(row.key.config_hash for row in rows),
            "flags": [LISTED * row.listed | HAS_TREE * row.has_tree for row in rows],
            "last_used": [row.last_used for row in rows],
            "linking_to_keys": [self._map(row.linking_to_keys) for row in rows],
            "version": self._column(row.version for row in rows),
            "built": self._column(row.built for row in rows),
        }

    def _manifest(self, manifest: Mapping[str, str] | None) -> list[int] | None:
        if manifest is None:
            return None
        parts = [ref.partition("/") for ref in manifest.values()]
        flat = [0] * (3 * len(manifest))
        flat[::3] = map(self._text, manifest)
        flat[1::3] = [self._text(source) for source, _, _ in parts]
        flat[2::3] = [self._text(config) if slash else NOT_SPLIT for _, slash, config in parts]
        return flat

    def _worker(self, record: WorkerRecord) -> list[Any]:
        manifest = self._manifest(record.manifest)
        return [self._text(record.key.worker_id), manifest, record.changed, self._damage(record.damage)]

    def _app(self, record: AppRecord) -> list[Any]:
        return [
            self._text(record.key.name),
            self._text(record.path),
            [self._app_manifest(found) for found in record.manifests],
            self._lockfile(record.lockfile),
            self._damage(record.damage),
        ]

    def _app_manifest(self, found: ManifestRecord) -> list[Any]:
        return [found.tier.value, self._text(found.path), self._manifest(found.manifest), found.changed]

    def _work(self, record: WorkRecord) -> list[Any]:
        return [
            *map(self._text, (record.key.folder, record.key.name, record.path)),
            record.changed,
            self._manifest(record.manifest),
            self._lockfile(record.lockfile),
            self._damage(record.damage),
        ]

    def _pins(self, record: PinsRecord) -> dict[str, Any] | None:
        if record == PinsRecord():
            return None
        rows = [self._pin(pin) for pin in record.pins]
        return {"path": self._text(record.path), "rows": rows, "damage": self._damage(record.damage)}

    def _pin(self, pin: Pin) -> list[Any]:
        texts = map(self._text, (pin.id, pin.what, pin.reason, pin.by))
        return [*texts, pin.at, pin.until, self._manifest(pin.manifest)]

    def _lockfile(self, record: LockfileRecord | None) -> list[Any] | None:
        if record is None:
            return None
        names = [
            number
            for key, name in record.names.items()
            for number in map(self._text, (key, name.package, name.version, name.remote))
        ]
        said = map(self._text, (record.path, record.platform, record.refused))
        return [*said, record.changed, names]


def _plain(text: str) -> str | list[int]:
    """The text itself, or, where JSON cannot hold it (bytes that are no UTF-8), its code points."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return list(map(ord, text))
    return text
