"""What identifies a package in the store: store keys, config hashes, refs. Pure; knows no files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from pkgstore.errors import MalformedRef, UnsupportedRemoteType

GIT_TYPES: Final = frozenset({"github", "gitlab", "bitbucket", "git"})
"""Remote types whose identity is a commit."""

EMPTY_CONFIG_HASH: Final = sha256(b"").hexdigest()
"""The config hash of a package that links to nothing."""


class Identity(Protocol):
    """What a store key is made of; a lockfile entry has all of it."""

    @property
    def package(self) -> str:
        """The package's name."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def sha256(self) -> str:
        """The archive's digest, perhaps empty."""

    @property
    def remote_type(self) -> str:
        """Where it comes from."""

    @property
    def remote_sha(self) -> str:
        """Its commit."""

    @property
    def remote_subdir(self) -> str:
        """Its folder in the repository."""


class SourceKey(NamedTuple):
    """One source of one package on one platform: the unit that is locked.

    A tuple, as `ConfigKey`: big stores have hundreds of thousands of both, and tuples are quick to make and find.
    """

    platform: str
    package: str
    source_hash: str


class ConfigKey(NamedTuple):
    """One installed package tree."""

    platform: str
    package: str
    source_hash: str
    config_hash: str

    @property
    def source(self) -> SourceKey:
        """The source that this config was compiled from."""
        return SourceKey(self.platform, self.package, self.source_hash)

    @property
    def ref(self) -> str:
        """``source_hash/config_hash``, as manifests write it."""
        return store_ref(self.source_hash, self.config_hash)


@dataclass(frozen=True, slots=True, order=True)
class WorkerKey:
    """One worker's library."""

    worker_id: str


@dataclass(frozen=True, slots=True, order=True)
class AppKey:
    """One app beside the store; `name` is its path below the folder of the apps: ``shop``, ``team/shop``."""

    name: str


@dataclass(frozen=True, slots=True, order=True)
class WorkKey:
    """A build or staging folder; `folder` is ``.builds`` or ``.staging``."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class LocksKey:
    """All locks of a store: they are few, and read together."""


@dataclass(frozen=True, slots=True, order=True)
class OursKey:
    """A part of our own folder at the store's root; `name` is the one it has there, as ``pins.json``."""

    name: str


PINS: Final = OursKey("pins.json")
"""What people keep on purpose; the only part of our own that is read together with the store."""


def named_parts(key: object) -> dict[str, str]:
    """The texts in a key by their names: ``{"platform": …, "package": …}``; none where it has no such parts."""
    names: Iterable[str] = getattr(key, "_fields", ())
    if is_dataclass(key):
        names = [part.name for part in fields(key)]
    parts = {name: getattr(key, name) for name in names}
    return {name: text for name, text in parts.items() if isinstance(text, str)}


def to_bytes(text: str) -> bytes:
    """UTF-8, with bytes that were no UTF-8 when they were read given back as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other lone surrogates: no file gives them, but a caller may
        return text.encode("utf-8", "surrogatepass")


def _digest(parts: list[str]) -> str:
    return sha256(b"\0".join(map(to_bytes, parts))).hexdigest()


def key_input(entry: Identity) -> tuple[str, ...]:
    """The fields that are joined by NUL and hashed into the store key of `entry` (spec: Keys).

    Raises:
        UnsupportedRemoteType: The entry's source has no store key.
    """
    remote = entry.remote_type
    if remote == "standard":
        return remote, entry.package, entry.version, entry.sha256
    if remote in GIT_TYPES:
        return remote, entry.package, entry.remote_sha, entry.remote_subdir
    raise UnsupportedRemoteType(entry.package, remote)


def store_key(entry: Identity) -> str:
    """The store key (source hash) of a lockfile entry: 64 lower-case hex digits (spec: Keys).

    Raises:
        UnsupportedRemoteType: The entry's source has no store key.
    """
    return _digest(list(key_input(entry)))


def config_hash(linking_to_keys: Mapping[str, str]) -> str:
    """The hash of what a package was compiled against (spec: Keys).

    Args:
        linking_to_keys: The store key of each ``LinkingTo`` package, by name.

    Returns:
        64 lower-case hex digits; `EMPTY_CONFIG_HASH` for an empty map.
    """
    return _digest(list(config_input(linking_to_keys)))


def config_input(linking_to_keys: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that are joined by NUL and hashed into a config hash: name and key of each, by name."""
    by_bytes = sorted(linking_to_keys.items(), key=lambda pair: to_bytes(pair[0]))
    return tuple(part for pair in by_bytes for part in pair)


def store_ref(source_hash: str, config_hash: str) -> str:
    """``source_hash/config_hash``, the value in both manifests (spec: Words)."""
    return f"{source_hash}/{config_hash}"


def split_store_ref(ref: str, *, package: str = "", where: str = "") -> tuple[str, str]:
    """The source hash and config hash of a ref (spec: Keys).

    Args:
        ref: What a manifest has for a package.
        package: Named in the error, if there is one.
        where: The manifest's path, for the error.

    Raises:
        MalformedRef: There are no two non-empty parts around the first slash.
    """
    source_hash, _, config = ref.partition("/")
    if not source_hash or not config:
        raise MalformedRef(ref, package=package, where=where)
    return source_hash, config
