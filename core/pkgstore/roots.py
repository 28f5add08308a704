"""What must not be lost: every root that a snapshot tells of, what each holds, and what each lacks. Pure.

A root is a manifest that names configs: a worker's, an app's, a build's, or what people pinned. Manifests carry no
platform, so a ref counts on every platform that has it. A root file that could not be read is damage, and
`Roots.is_complete` is then false: whoever decides what may go has to stop (fail closed). Nothing is ever judged by
its number of hard links.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pkgstore._root import OwnerKey, Pair, order, pinned, problem, record_of, records, roots_in, unread
from pkgstore._root import Root as Root
from pkgstore.keys import PINS, ConfigKey, SourceKey
from pkgstore.layout import BUILDS, STAGING, WORKERS
from pkgstore.model import Damage, SourceRecord
from pkgstore.snapshot import Key, Snapshot


@dataclass(frozen=True, eq=False, repr=False)
class Roots:
    """The roots of one snapshot; make it with `roots_of`, and the next one with `after`.

    `owned` has the roots of each record by its key, the pins' without a key; `held` the ids of the roots that name
    a (package, ref). What else there is to know is worked out when it is first asked for.
    """

    snapshot: Snapshot
    owned: Mapping[OwnerKey | None, tuple[Root, ...]]
    held: Mapping[Pair, Sequence[str]]

    @cached_property
    def roots(self) -> tuple[Root, ...]:
        """Every root, the strongest first, then by owner."""
        return tuple(sorted((root for group in self.owned.values() for root in group), key=order))

    @cached_property
    def _by_id(self) -> Mapping[str, Root]:
        return {root.id: root for group in self.owned.values() for root in group}

    @cached_property
    def damage(self) -> tuple[Damage, ...]:
        """Every root file that could not be read, and every malformed entry of those that could."""
        helpers = tuple(os.path.join(self.snapshot.root, name) for name in (WORKERS, BUILDS, STAGING))
        found = [item for item in self.snapshot.unlisted_damage if _is_below(item.path, helpers)]
        found.extend(self.snapshot.pins.damage)
        found.extend(item for record in records(self.snapshot) for item in unread(record))
        for pair, why in self.malformed.items():
            found.extend(Damage(self._by_id[root].path, why) for root in self.held[pair])
        return tuple(found)

    @cached_property
    def malformed(self) -> Mapping[Pair, str]:
        """Every (package, ref) that cannot be one of a config, and why."""
        return {pair: why for pair in self.held if (why := problem(*pair))}

    @cached_property
    def named(self) -> Mapping[str, tuple[str, ...]]:
        """The refs that any root names, by package, whether the store has them or not."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for package, ref in self.held:
            found[package].append(ref)
        return {package: tuple(refs) for package, refs in found.items()}

    @property
    def is_complete(self) -> bool:
        """Whether every root file could be read; if not, nothing may be taken for unneeded."""
        return not self.damage

    def is_rooted(self, config: ConfigKey) -> bool:
        """Whether any root holds a config."""
        return (config.package, config.ref) in self.held

    def holder_count(self, config: ConfigKey) -> int:
        """How many roots hold a config."""
        return len(self.held.get((config.package, config.ref), ()))

    def holders(self, config: ConfigKey) -> tuple[Root, ...]:
        """The roots that hold a config, the strongest first, then by owner."""
        return self.holders_of(config.package, config.ref)

    def holders_of(self, package: str, ref: str) -> tuple[Root, ...]:
        """The roots that name a package's ref, whether the store has it or not; in the order of `holders`."""
        return tuple(sorted((self._by_id[root] for root in self.held.get((package, ref), ())), key=order))

    @cached_property
    def lacking(self) -> frozenset[Pair]:
        """Every (package, ref) that a root names and no platform has a tree of."""
        lacking = set(self.held)
        for config in self.snapshot.configs():
            if config.has_tree:
                lacking.discard((config.key.package, config.key.ref))
        return frozenset(lacking)

    @cached_property
    def alone(self) -> Mapping[str, tuple[Pair, ...]]:
        """What only one root names, by the id of that one; a root that has nothing of the kind is left out."""
        found: defaultdict[str, list[Pair]] = defaultdict(list)
        for pair, ids in self.held.items():
            if len(ids) == 1:
                found[next(iter(ids))].append(pair)
        return {root: tuple(pairs) for root, pairs in found.items()}

    def dangling(self, root: Root) -> tuple[Pair, ...]:
        """The (package, ref) that a root names and no platform has a tree of, by package."""
        if not self.lacking:
            return ()
        return tuple(sorted(pair for pair in root.manifest.items() if pair in self.lacking))

    def after(self, snapshot: Snapshot, keys: Iterable[Key], now: float | None = None) -> "Roots":
        """The roots of a snapshot that came from this one's by a change of `keys`; looks at nothing else.

        Args:
            snapshot: What the store holds now.
            keys: What was read again; a pin whose end came goes only when the pins were.
            now: As for `roots_of`.
        """
        keys = frozenset(keys)
        owned = dict(self.owned)
        changed: dict[Pair, list[str]] = {}
        for key in keys:
            if isinstance(key, OwnerKey):
                record = record_of(snapshot, key)
                _replace(owned, key, tuple(roots_in(snapshot.root, record)) if record else (), self.held, changed)
        if PINS in keys:
            _replace(owned, None, tuple(pinned(snapshot.pins, _time(now))), self.held, changed)
        new = Roots(snapshot, owned, _merged(self.held, changed))
        if "lacking" in self.__dict__:
            new.__dict__["lacking"] = self._lacking_after(new, changed, keys)
        if "malformed" in self.__dict__:
            new.__dict__["malformed"] = self._malformed_after(new, changed)
        return new

    def _malformed_after(self, new: "Roots", changed: Iterable[Pair]) -> Mapping[Pair, str]:
        kept = {pair: why for pair, why in self.malformed.items() if pair in new.held}
        return kept | {pair: why for pair in changed if pair in new.held and (why := problem(*pair))}

    def _lacking_after(self, new: "Roots", changed: Iterable[Pair], keys: Iterable[Key]) -> frozenset[Pair]:
        looked = set(changed)
        for key in keys:
            if isinstance(key, SourceKey):
                for snapshot in (self.snapshot, new.snapshot):
                    looked.update(_pairs(snapshot.sources.get(key)))
        if not looked:
            return self.lacking
        return (self.lacking - looked) | frozenset(_lacked(new.snapshot, looked & new.held.keys()))


def roots_of(snapshot: Snapshot, now: float | None = None) -> Roots:
    """The roots of a snapshot that has its apps, work folders and pins.

    Args:
        snapshot: What was read.
        now: Seconds since 1970, for pins that end; by default the present.
    """
    owned: dict[OwnerKey | None, tuple[Root, ...]] = {}
    for record in records(snapshot):
        if found := tuple(roots_in(snapshot.root, record)):
            owned[record.key] = found
    if pins := tuple(pinned(snapshot.pins, _time(now))):
        owned[None] = pins
    held: defaultdict[Pair, list[str]] = defaultdict(list)
    for root in (root for group in owned.values() for root in group):
        name = root.id
        for pair in root.manifest.items():
            held[pair].append(name)
    return Roots(snapshot, owned, dict(held))


def _time(now: float | None) -> float:
    return time.time() if now is None else now


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


# --- one change after another ----------------------------------------------------------------------------


def _replace(
    owned: dict[OwnerKey | None, tuple[Root, ...]],
    key: OwnerKey | None,
    new: tuple[Root, ...],
    held: Mapping[Pair, Sequence[str]],
    changed: dict[Pair, list[str]],
) -> None:
    """Put an owner's new roots in the place of its old ones; `changed` gets the new holders where they change."""
    before = {root.id: root.manifest for root in owned.pop(key, ())}
    after = {root.id: root.manifest for root in new}
    if new:
        owned[key] = new
    for name in before.keys() | after.keys():
        old, now = before.get(name, {}).items(), after.get(name, {}).items()
        for pair in old - now:
            changed.setdefault(pair, list(held[pair])).remove(name)
        for pair in now - old:
            changed.setdefault(pair, list(held.get(pair, ()))).append(name)


def _merged(held: Mapping[Pair, Sequence[str]], changed: Mapping[Pair, list[str]]) -> Mapping[Pair, Sequence[str]]:
    """The holders of each pair after a change; a pair that nobody holds any more is gone."""
    if not changed:
        return held
    now = {**held, **changed}
    for pair, holders in changed.items():
        if not holders:
            del now[pair]
    return now


# --- what the store lacks --------------------------------------------------------------------------------


def _pairs(record: SourceRecord | None) -> Iterator[Pair]:
    for config in record.configs if record else ():
        yield config.key.package, config.key.ref


def _lacked(snapshot: Snapshot, pairs: Iterable[Pair]) -> Iterator[Pair]:
    for package, ref in pairs:
        source, _, config = ref.partition("/")
        records = (snapshot.sources.get(SourceKey(name, package, source)) for name in snapshot.platforms)
        if not any(_has_tree(record, config) for record in records if record is not None):
            yield package, ref


def _has_tree(record: SourceRecord, config_hash: str) -> bool:
    return any(found.has_tree for found in record.configs if found.key.config_hash == config_hash)
