"""Look at the small files of one source, closely enough to mend them: what each is, and what each tree says.

A plan keeps what was seen; under the lock it is seen again, and only where both are the same is anything done.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from pkgstore.codec import read_config_meta
from pkgstore.description import is_compiled, package_list, read_description
from pkgstore.errors import DiskError, StoreError
from pkgstore.fence import status
from pkgstore.keys import ConfigKey, SourceKey, to_bytes
from pkgstore.layout import Layout
from pkgstore.model import StoreConfigs
from pkgstore.resolve import read_meta
from pkgstore.sources import scan_source
from pkgstore.text_json import printable


class State(Enum):
    """What a small file is: only one that is UNUSABLE, a plain file that says nothing of use, may be replaced."""

    MISSING = "missing"
    FINE = "fine"
    UNUSABLE = "unusable"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True)
class Told:
    """What a DESCRIPTION tells; `links` are sorted as configs.json has them."""

    package: str
    links: tuple[str, ...]
    compiled: bool
    built: str


@dataclass(frozen=True, slots=True)
class SeenConfig:
    """One config as it was seen: its tree's inode (0: there is none), what that tells, and its sidecar.

    `told` is None where there is no DESCRIPTION, or, with a `problem`, where it cannot be read.
    """

    name: str
    inode: int
    sidecar: State
    told: Told | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SeenSource:
    """One source as it was seen; `why` says why its configs.json cannot be used."""

    key: SourceKey
    state: State
    meta: StoreConfigs | None = None
    why: str = ""
    configs: tuple[SeenConfig, ...] = ()

    def key_of(self, config: SeenConfig) -> ConfigKey:
        """The whole key of one of its configs."""
        return ConfigKey(*self.key, config.name)


def look(layout: Layout, key: SourceKey) -> SeenSource:
    """A source as it is now; one that is gone has nothing.

    Raises:
        InvalidName: A part of the key may not reach the disk.
    """
    record = scan_source(layout, key)
    if record is None:
        return SeenSource(key, State.MISSING)
    meta, problem = read_meta(layout, key)
    if problem is None:
        state = State.MISSING if meta is None else State.FINE
    else:
        state = _unusable(layout.configs(key), problem)
    configs = tuple(look_at_config(layout, config.key) for config in record.configs)
    return SeenSource(key, state, meta, problem.reason if problem else "", configs)


def look_at_config(layout: Layout, key: ConfigKey) -> SeenConfig:
    """One config as it is now."""
    sidecar = _state_of(layout.sidecar(key), read_config_meta)
    try:
        tree = status(layout.config(key))
    except OSError:
        return SeenConfig(key.config_hash, 0, sidecar)
    if not stat.S_ISDIR(tree.st_mode):
        return SeenConfig(key.config_hash, 0, sidecar)
    try:
        told = _told(os.path.join(layout.config(key), "DESCRIPTION"))
    except StoreError as error:
        return SeenConfig(key.config_hash, tree.st_ino, sidecar, problem=error.reason)
    return SeenConfig(key.config_hash, tree.st_ino, sidecar, told)


def _told(path: str) -> Told | None:
    fields = read_description(path)
    if fields is None:
        return None
    links = package_list(fields.get("LinkingTo", ""))
    if any(name != printable(name) for name in links):
        raise StoreError("its LinkingTo is no UTF-8, so that configs.json cannot say it")
    package, built = printable(fields.get("Package", "")), printable(fields.get("Built", ""))
    return Told(package, tuple(sorted(links, key=to_bytes)), is_compiled(fields), built)


def is_plain(path: str) -> bool:
    """Whether a regular file is there, which no link leads to."""
    try:
        return stat.S_ISREG(status(path).st_mode)
    except OSError:
        return False


def _state_of(path: str, read: Callable[[str], object]) -> State:
    try:
        status(path)
        read(path)
    except FileNotFoundError:
        return State.MISSING
    except OSError:
        return State.STRANGE
    except StoreError as error:
        return _unusable(path, error)
    return State.FINE


def _unusable(path: str, problem: StoreError) -> State:
    """Why a file is of no use: by what is in it, or since nobody knows what that is."""
    if isinstance(problem, DiskError):
        return State.MISSING if problem.is_missing else State.STRANGE
    return State.UNUSABLE if is_plain(path) else State.STRANGE
