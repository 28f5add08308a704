"""What the screens look at: one snapshot, the news beside it, and what follows from both. Immutable."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Final

from pkgstore.fields import Holding, Lists
from pkgstore.keys import ConfigKey, SourceKey, WorkerKey
from pkgstore.model import ConfigRecord
from pkgstore.names import Names
from pkgstore.roots import Roots, roots_of
from pkgstore.snapshot import Key, Snapshot
from pkgstore_tui.format import UNKNOWN, safe_text, short_ref
from pkgstore_tui.session.index import SourceIndex
from pkgstore_tui.session.news import News
from pkgstore_tui.session.prepared import Prepared, prepare

REMEMBERED: Final = 5_000
"""Versions of sources that are gone; the oldest are forgotten first."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One state of the store as it is shown; `complete` is false while it is still being read.

    Until then `roots` has none: who needs what is only known when everything was read. `remembered` has the
    versions of sources that were seen and are gone, so that they keep their names. `prepared` has the
    tables of all configs and packages, where they were worked out; `lists` is what columns of the same rows share.
    """

    snapshot: Snapshot
    index: SourceIndex
    roots: Roots
    names: Names
    news: News = field(default_factory=News)
    complete: bool = False
    remembered: Mapping[tuple[str, str], str] = field(default_factory=dict)
    prepared: Prepared | None = None
    lists: Lists = field(default_factory=Lists)

    @classmethod
    def of(cls, snapshot: Snapshot, *, complete: bool = False, at: float | None = None) -> "Reading":
        """The first reading, or a part of it; `at` is in seconds since 1970, by default the present."""
        roots = roots_of(snapshot, at) if complete else roots_of(Snapshot(snapshot.root))
        reading = cls(snapshot, SourceIndex.of(snapshot), roots, Names.of(snapshot), complete=complete)
        if complete:  # in the thread that reads, not when it is first shown
            _ = roots.lacking, roots.damage
            reading.holding.prepare()
            reading = reading._with(prepare(snapshot, roots, reading.names, reading.holding, reading.lists))
        return reading

    def _with(self, prepared: Prepared) -> "Reading":
        after = replace(self, prepared=prepared)
        after.__dict__["holding"] = self.holding
        return after

    def followed_by(self, snapshot: Snapshot, keys: Iterable[Key] | None, at: float) -> "Reading":
        """The next reading.

        Args:
            snapshot: What the store holds now.
            keys: What was read again; None for everything.
            at: Seconds since 1970.
        """
        if keys is None:
            return self._all_new(snapshot, at)
        read = tuple(keys)
        workers = {key.worker_id for key in read if isinstance(key, WorkerKey)}
        sources = [key for key in read if isinstance(key, SourceKey)]
        before, now = self.snapshot.workers, snapshot.workers
        after = replace(
            self,
            snapshot=snapshot,
            index=self.index.after(snapshot, sources) if sources else self.index,
            roots=self.roots.after(snapshot, read, at),
            names=self.names.after(snapshot, read),
            news=self.news.after(before, now, workers, at) if workers else self.news,
            remembered=self._remember(snapshot, sources),
            prepared=self.prepared.with_other_holders() if self.prepared and not sources else None,
            lists=Lists() if sources else self.lists,
        )
        if len(sources) == len(read):  # then who holds what is as it was
            after.__dict__["holding"] = self.holding
        return after

    def _all_new(self, snapshot: Snapshot, at: float) -> "Reading":
        before, now = self.snapshot.workers, snapshot.workers
        seen = before.keys() | now.keys() if self.complete else set[str]()
        new = Reading.of(snapshot, complete=True, at=at)
        remembered = self._remember(snapshot, self.snapshot.sources)
        after = replace(new, news=self.news.after(before, now, seen, at), remembered=remembered)
        after.__dict__["holding"] = new.holding
        return after

    def _remember(self, snapshot: Snapshot, read: Iterable[SourceKey]) -> Mapping[tuple[str, str], str]:
        """The versions that would be forgotten with what is gone."""
        gone = {}
        for key in read:
            record = self.snapshot.sources.get(key)
            if key not in snapshot.sources and record is not None and record.version:
                gone[key.package, key.source_hash] = record.version
        if not gone:
            return self.remembered
        kept = {**self.remembered, **gone}
        return dict(islice(kept.items(), max(0, len(kept) - REMEMBERED), None))

    @cached_property
    def holding(self) -> Holding:
        """Who holds what, looked up fast for many configs."""
        return Holding(self.roots)

    @cached_property
    def pinned(self) -> frozenset[tuple[str, str]]:
        """Every (package, ref) that a pin keeps."""
        pins = self.roots.owned.get(None, ())
        return frozenset(pair for root in pins for pair in root.manifest.items())

    # --- names instead of hashes ------------------------------------------------------------------------------

    def version(self, key: SourceKey) -> str:
        """A source's version, ``unknown`` where neither store nor lockfiles tell, nor did so in this session."""
        known = self.snapshot.version_of(key.platform, key.package, key.source_hash)
        return known or self._version_elsewhere(key.package, key.source_hash)

    def _version_elsewhere(self, package: str, source_hash: str) -> str:
        named = self.names.source(package, source_hash)
        return (named.version if named else "") or self.remembered.get((package, source_hash), UNKNOWN)

    def config_name(self, key: ConfigKey) -> str:
        """A config by its package and version; with short hashes where the version is not known."""
        version = self.version(key.source)
        if version != UNKNOWN:
            return safe_text(f"{key.package} {version}")
        return f"{safe_text(key.package)} ({short_ref(key)})"

    def ref_version(self, package: str, ref: str) -> str:
        """The version that a manifest's ref stands for, ``unknown`` where nothing tells."""
        config = self.snapshot.config_of(package, ref)
        if config is not None and config.version:
            return config.version
        return self._version_elsewhere(package, ref.partition("/")[0])

    def links(self, config: ConfigRecord) -> Iterator[tuple[str, str, str]]:
        """What a config was built against: package, version (``unknown`` where the store has it no more), key."""
        for package, key in sorted(config.linking_to_keys.items()):
            yield package, self.version(SourceKey(config.key.platform, package, key)), key

    # --- who needs it -----------------------------------------------------------------------------------------

    def users(self, configs: Iterable[ConfigRecord]) -> tuple[str, ...]:
        """The workers whose manifests name one of the configs, sorted."""
        roots = (root for config in configs for root in self.roots.holders(config.key))
        return tuple(sorted({root.key.worker_id for root in roots if isinstance(root.key, WorkerKey)}))

    def has_tree(self, package: str, ref: str) -> bool:
        """Whether some platform has the tree that a manifest names."""
        config = self.snapshot.config_of(package, ref)
        return config is not None and config.has_tree

    def missing(self, manifest: Mapping[str, str]) -> tuple[str, ...]:
        """The packages of a manifest that no platform has a tree of, sorted."""
        return tuple(sorted(package for package, ref in manifest.items() if not self.has_tree(package, ref)))
