"""What differs between two manifests, lockfiles or configs. Pure: knows no files.

`before` and `after` are the two sides, in the order they were given; they need not be older and newer.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from operator import eq
from typing import Generic, Protocol, TypeVar

from pkgstore.errors import UnsupportedRemoteType
from pkgstore.keys import store_key, to_bytes
from pkgstore.model import Lockfile, LockfileEntry, SourceName
from pkgstore.trees import FileEntry

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Change(Enum):
    """How the two sides of something stand to each other; the value is its name for people."""

    SAME = "same"
    CHANGED = "changed"
    CAME = "came"
    WENT = "went"


@dataclass(frozen=True, slots=True)
class Pair(Generic[_Key, _Value]):
    """Both sides of one thing; None where that side lacks it."""

    key: _Key
    before: _Value | None
    after: _Value | None
    change: Change


def pairs_of(
    before: Mapping[_Key, _Value],
    after: Mapping[_Key, _Value],
    same: Callable[[_Value, _Value], bool] = eq,
) -> tuple[Pair[_Key, _Value], ...]:
    """Both sides of everything in two maps, those that are the same too, unsorted: first what `before` has."""
    found: list[Pair[_Key, _Value]] = []
    for key, old in before.items():
        if key not in after:
            found.append(Pair(key, old, None, Change.WENT))
            continue
        new = after[key]
        found.append(Pair(key, old, new, Change.SAME if same(old, new) else Change.CHANGED))
    found += [Pair(key, None, new, Change.CAME) for key, new in after.items() if key not in before]
    return tuple(found)


def _sorted_pairs(before: Mapping[str, _Value], after: Mapping[str, _Value]) -> tuple[Pair[str, _Value], ...]:
    return tuple(sorted(pairs_of(before, after), key=lambda pair: to_bytes(pair.key)))


def differing(pairs: Iterable[Pair[_Key, _Value]]) -> tuple[Pair[_Key, _Value], ...]:
    """Those that are not the same on both sides."""
    return tuple(pair for pair in pairs if pair.change is not Change.SAME)


# --- manifests and lockfiles -----------------------------------------------------------------------------


class NameBook(Protocol):
    """Knows what store keys stand for (`pkgstore.names.Names`)."""

    def source(self, package: str, source_hash: str) -> SourceName | None:
        """The name of a source, None where nobody knows it."""


@dataclass(frozen=True, slots=True)
class PackageSide:
    """One side of a package: its hashes (the config's is empty in a lockfile), and what the source is called."""

    source_hash: str
    config_hash: str = ""
    name: SourceName | None = None

    @property
    def version(self) -> str:
        """The version, empty where nobody knows it."""
        return self.name.version if self.name else ""


@dataclass(frozen=True, slots=True)
class PackageChange:
    """A package of a manifest or lockfile that is not the same on both sides."""

    package: str
    before: PackageSide | None
    after: PackageSide | None
    change: Change

    @property
    def is_rebuild(self) -> bool:
        """Whether it is the same source on both sides, built against something else."""
        old, new = self.before, self.after
        return old is not None and new is not None and old.source_hash == new.source_hash


@dataclass(frozen=True, slots=True)
class PackagesDifference:
    """What differs between two sets of packages, by package name; `same` is how many do not.

    `settings` are the fields of two lockfiles, other than their packages, that differ.
    """

    changes: tuple[PackageChange, ...] = ()
    same: int = 0
    settings: tuple[Pair[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.settings)

    def of(self, change: Change) -> tuple[PackageChange, ...]:
        """Those that came, went or changed."""
        return tuple(found for found in self.changes if found.change is change)


def compare_packages(before: Mapping[str, PackageSide], after: Mapping[str, PackageSide]) -> PackagesDifference:
    """What came, went and changed between two sets of packages.

    Where one side has no config (a lockfile says none), only the sources are compared.
    """
    return _packages_difference(before, after, _same_side)


def _packages_difference(
    before: Mapping[str, PackageSide],
    after: Mapping[str, PackageSide],
    same: Callable[[PackageSide, PackageSide], bool],
) -> PackagesDifference:
    pairs = sorted(pairs_of(before, after, same), key=lambda pair: to_bytes(pair.key))
    changes = tuple(PackageChange(pair.key, pair.before, pair.after, pair.change) for pair in differing(pairs))
    return PackagesDifference(changes, len(pairs) - len(changes))


def _same_side(before: PackageSide, after: PackageSide) -> bool:
    if before.source_hash != after.source_hash:
        return False
    if not before.source_hash:  # neither has a key
        return before == after
    return before.config_hash == after.config_hash or not (before.config_hash and after.config_hash)


def manifest_sides(manifest: Mapping[str, str], names: NameBook | None = None) -> dict[str, PackageSide]:
    """The packages of a manifest (package to store ref); `names` tells versions, without it all are unknown."""
    found = {}
    for package, ref in manifest.items():
        source, _, config = ref.partition("/")
        found[package] = PackageSide(source, config, names.source(package, source) if names else None)
    return found


def lockfile_sides(lockfile: Lockfile) -> dict[str, PackageSide]:
    """The packages of a lockfile; of one that stands twice, the first entry counts."""
    found: dict[str, PackageSide] = {}
    for entry in lockfile.real_entries:
        found.setdefault(entry.package, _locked_side(entry))
    return found


def compare_manifests(
    before: Mapping[str, str], after: Mapping[str, str], names: NameBook | None = None
) -> PackagesDifference:
    """What came, went and changed between two manifests (package to store ref).

    Args:
        before: One manifest.
        after: The other.
        names: Tells versions; without, all are unknown.
    """
    old = {package: ref for package, ref in before.items() if after.get(package) != ref}
    new = {package: ref for package, ref in after.items() if before.get(package) != ref}
    found = _packages_difference(manifest_sides(old, names), manifest_sides(new, names), lambda _a, _b: False)
    return replace(found, same=len(before) - len(old))


def compare_lockfiles(before: Lockfile, after: Lockfile) -> PackagesDifference:
    """What came, went and changed between two lockfiles' packages, and which of their settings differ.

    Entries are the same where their store keys are.
    """
    found = compare_packages(lockfile_sides(before), lockfile_sides(after))
    return replace(found, settings=differing(_sorted_pairs(_settings(before), _settings(after))))


def _settings(lockfile: Lockfile) -> dict[str, str]:
    return {"r_version": lockfile.r_version, "os": lockfile.os, "platform": lockfile.platform}


def _locked_side(entry: LockfileEntry) -> PackageSide:
    try:
        key = store_key(entry)
    except UnsupportedRemoteType:
        key = ""
    commit = f"@{entry.remote_sha[:8]}" if entry.remote_sha and entry.remote_type != "standard" else ""
    return PackageSide(key, name=SourceName(entry.package, entry.version, f"{entry.remote_type}{commit}"))


# --- configs ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConfigSide:
    """What there is to compare of one config: DESCRIPTION, the keys it was built against, and its files."""

    fields: Mapping[str, str] = field(default_factory=dict)
    linking_to_keys: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """Two configs side by side, each part sorted by name; what is the same stands in `links` alone.

    A file is the same where kind, size and target of a link are; contents are not read.
    """

    fields: tuple[Pair[str, str], ...] = ()
    links: tuple[Pair[str, str], ...] = ()
    files: tuple[Pair[str, FileEntry], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.files or differing(self.links))


def compare_configs(before: ConfigSide, after: ConfigSide) -> ConfigDifference:
    """What differs between two configs."""
    files = pairs_of(before.files, after.files, _same_file)
    return ConfigDifference(
        fields=differing(_sorted_pairs(before.fields, after.fields)),
        links=_sorted_pairs(before.linking_to_keys, after.linking_to_keys),
        files=tuple(sorted(differing(files), key=lambda pair: to_bytes(pair.key))),
    )


def _same_file(before: FileEntry, after: FileEntry) -> bool:
    return (before.size, before.mode, before.target) == (after.size, after.mode, after.target)
