"""What links to a package: the stored sources with their configs, and what lockfiles in reach need of them. Pure.

Only configs.json tells what a package links to: of what is not stored it is not known.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pkgstore.explain._stored import Lack as Lack
from pkgstore.explain._stored import hash_of, lack_of, links_of, tells_links
from pkgstore.keys import SourceKey
from pkgstore.lockfile import platform_from_lockfile
from pkgstore.model import ConfigRecord, Lockfile, SourceRecord
from pkgstore.resolve import LockIndex, key_or_none
from pkgstore.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Built:
    """A stored config, and the store key of the package that it was built against; None where its key lacks it."""

    config: ConfigRecord
    against: str | None


@dataclass(frozen=True, slots=True)
class Linker:
    """A stored source that links to the package, with all of its configs."""

    record: SourceRecord
    built: tuple[Built, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """What a lockfile needs of a package that links to this one: which config, and what the store lacks of it.

    `against` is the store key that the lockfile gives, None where it gives none.
    """

    lockfile: str
    source: SourceKey
    version: str
    config_hash: str
    against: str | None
    lack: Lack


@dataclass(frozen=True, slots=True)
class Reverse:
    """Everything in reach that links to a package.

    `untold` has, by lockfile, the packages of which nothing stored tells what they link to.
    """

    package: str
    linkers: tuple[Linker, ...]
    needs: tuple[Need, ...]
    untold: tuple[tuple[str, tuple[str, ...]], ...]


def reverse(snapshot: Snapshot, package: str, lockfiles: Iterable[tuple[str, Lockfile]]) -> Reverse:
    """Look for everything that links to a package.

    Args:
        snapshot: A reading of the store.
        package: Its name.
        lockfiles: Those in reach, each with what it is called.
    """
    linkers = [
        Linker(record, tuple(Built(config, config.linking_to_keys.get(package)) for config in record.configs))
        for record in snapshot.sources.values()
        if package in record.linkingto
    ]
    needs: list[Need] = []
    untold: list[tuple[str, tuple[str, ...]]] = []
    for name, lockfile in lockfiles:
        found, unknown = _needs(snapshot, package, name, lockfile)
        needs.extend(found)
        if unknown:
            untold.append((name, unknown))
    return Reverse(package, tuple(sorted(linkers, key=lambda each: each.record.key)), tuple(needs), tuple(untold))


def _needs(snapshot: Snapshot, package: str, name: str, lockfile: Lockfile) -> tuple[list[Need], tuple[str, ...]]:
    platform = platform_from_lockfile(lockfile)
    keys = LockIndex.of(lockfile).first_keys
    needs: list[Need] = []
    untold: list[str] = []
    for entry in lockfile.real_entries:
        key = key_or_none(entry)
        record = snapshot.sources.get(SourceKey(platform, entry.package, key)) if key is not None else None
        if record is None or not tells_links(record):
            if entry.package != package:
                untold.append(entry.package)
        elif package in record.linkingto:
            wanted = hash_of(links_of(record.linkingto, keys))
            lack = lack_of(record, wanted)
            needs.append(Need(name, record.key, entry.version, wanted, keys.get(package), lack))
    return needs, tuple(untold)
