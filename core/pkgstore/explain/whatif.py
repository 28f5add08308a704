"""What a new lockfile, or another version of some packages, would cost: hits, misses, what is compiled. Pure.

It answers from a snapshot what a build's populate would find with an empty library, and executes nothing: hits and
ABI hits together are populate's hits, misses and ABI rebuilds its misses. The key of a config is one level deep, as
the store has it: C changes, B that links to C is compiled again, A that links to B stays a hit.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pkgstore.explain._possible import Wanted, wanted_of
from pkgstore.explain._stored import Lack, lack_of, links_of, tells_links
from pkgstore.explain.answer import Answer, Base, Cause, Outcome, Step
from pkgstore.explain.bumps import Possible, bumped_in
from pkgstore.keys import SourceKey, store_key
from pkgstore.lockfile import platform_from_lockfile
from pkgstore.model import Lockfile, SourceRecord
from pkgstore.operations.manifests import check_lockfile
from pkgstore.resolve import LockIndex
from pkgstore.snapshot import Snapshot


def what_if(
    snapshot: Snapshot, lockfile: Lockfile, bumps: Iterable[Possible] = (), base: Base | None = None
) -> Answer:
    """What a build of a lockfile would find in the store.

    Args:
        snapshot: A reading of the store.
        lockfile: A valid one.
        bumps: The packages in it that would be another version.
        base: What the app has now; tells what an ABI hit and an ABI rebuild is, and why something is compiled.

    Raises:
        InvalidName: A name in the lockfile may not reach the disk.
        UnsupportedRemoteType: An entry has no store key.
    """
    platform = platform_from_lockfile(lockfile)
    check_lockfile(platform, lockfile)
    bumped = bumped_in(lockfile, bumps)
    asked = _Asked(snapshot, platform, base or Base(), *_keys(lockfile, bumped))
    return Answer(platform, tuple(asked.steps(lockfile, bumped)), tuple(sorted(bumped)))


def _keys(lockfile: Lockfile, bumped: Mapping[str, Possible]) -> tuple[dict[str, str | None], dict[str, Possible]]:
    """The key of the first entry of each name after the bumps, and the names whose key is not certain."""
    keys = dict(LockIndex.of(lockfile).first_keys)
    open_names: dict[str, Possible] = {}
    for name, possible in bumped.items():
        if keys.get(name) is None:  # its first entry is a meta entry, which stays what it is
            continue
        if possible.certain is not None:
            keys[name] = possible.certain
        else:
            open_names[name] = possible
    return keys, open_names


@dataclass(slots=True)
class _Asked:
    """One question; `filled` are the packages that the library would have by now."""

    snapshot: Snapshot
    platform: str
    base: Base
    keys: Mapping[str, str | None]
    open_names: Mapping[str, Possible]
    filled: set[str] = field(default_factory=set)

    def steps(self, lockfile: Lockfile, bumped: Mapping[str, Possible]) -> Iterator[Step]:
        for entry in lockfile.real_entries:
            package = entry.package
            if package in self.filled:  # an entry before it gives this package already
                continue
            possible = bumped.get(package)
            if possible is None:
                step = self._step(package, entry.version, store_key(entry))
            elif possible.certain is not None:
                step = self._step(package, possible.bump.version, possible.certain)
            else:
                step = self._open_step(possible)
            if not step.outcome.is_compiled:
                self.filled.add(package)
            yield step

    def _record(self, package: str, source_hash: str) -> SourceRecord | None:
        return self.snapshot.sources.get(SourceKey(self.platform, package, source_hash))

    def _step(self, package: str, version: str, source_hash: str) -> Step:
        """A package of which the source is known."""
        record = self._record(package, source_hash)
        names = record.linkingto if record is not None else ()
        wanted = wanted_of(record, links_of(names, self.keys), self._open_among(names))
        lack = lack_of(record, wanted.hash) if wanted.hash is not None else Lack.CONFIG
        linked = self._changed_links(names) if self.base.sources.get(package) == source_hash else ()
        hit = lack is Lack.NONE or wanted.always
        return Step(
            package,
            version,
            source_hash,
            wanted.hash if tells_links(record) else None,
            _outcome(hit=hit, linked=linked),
            self._cause(package, source_hash, linked, hit=hit),
            Lack.NONE if hit else lack,
            linked,
            wanted.is_certain,
            wanted.hits_with,
            wanted.refs,
        )

    def _open_among(self, names: Iterable[str]) -> dict[str, Possible]:
        return {name: self.open_names[name] for name in names if name in self.open_names}

    def _changed_links(self, names: Iterable[str]) -> tuple[str, ...]:
        """The linked packages that are another source than the app has now, or came or went."""
        has = self.base.sources
        return tuple(name for name in names if name in self.open_names or self.keys.get(name) != has.get(name))

    def _cause(self, package: str, source_hash: str, linked: tuple[str, ...], *, hit: bool) -> Cause:
        if not self.base.known:
            return Cause.NONE
        has = self.base.sources.get(package)
        if has is None:
            return Cause.NEW
        if has != source_hash:
            return Cause.CHANGED
        if linked:
            return Cause.LINKED
        return Cause.NONE if hit else Cause.LOST

    def _open_step(self, possible: Possible) -> Step:
        """A bumped package of which nobody knows the store key, or several."""
        package = possible.bump.package
        hits: dict[str, Wanted] = {}
        for key in possible.keys:
            record = self._record(package, key)
            if record is not None:
                open_links = self._open_among(record.linkingto)
                wanted = wanted_of(record, links_of(record.linkingto, self.keys), open_links)
                if wanted.refs or (wanted.hash is not None and lack_of(record, wanted.hash) is Lack.NONE):
                    hits[key] = wanted
        always = not possible.is_open and len(hits) == len(possible.keys)
        always = always and all(wanted.is_certain for wanted in hits.values())
        return Step(
            package,
            possible.bump.version,
            None,
            None,
            Outcome.HIT if always else Outcome.MISS,
            Cause.CHANGED,
            Lack.NONE if always else Lack.SOURCE,
            certain=always or not hits,
            hits_with=tuple((package, key) for key in hits),
            could_be=tuple(ref for key, wanted in hits.items() for ref in _refs(key, wanted)),
        )


def _refs(key: str, wanted: Wanted) -> Iterator[str]:
    yield from wanted.refs
    if wanted.hash is not None:
        yield f"{key}/{wanted.hash}"


def _outcome(*, hit: bool, linked: tuple[str, ...]) -> Outcome:
    if hit:
        return Outcome.ABI_HIT if linked else Outcome.HIT
    return Outcome.ABI_REBUILD if linked else Outcome.MISS
