"""What a command looks at: a store, or a saved scan in its place. Reads; changes nothing."""

import errno
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Final, TypeVar

import click

from pkgstore.codec import created_at
from pkgstore.errors import DiskError, InputError, InvalidName
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.model import ConfigRecord, Damage, LockfileRecord, SourceName
from pkgstore.names import Names
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import check_root, platform_folders, read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.sources import scan_source
from pkgstore.usage import TreeSize, read_tree
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.format import safe_text, short_hash
from pkgstore_tui.settings import find_store

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Where:
    """What the command line says of where to look; everything may be empty."""

    store: str = ""
    config: str = ""
    scan: str = ""
    apps: str = ""
    locks: tuple[str, ...] = ()

    def root(self) -> tuple[str, str]:
        """The store root and the folder of its apps.

        Raises:
            NoStoreNamed: There is nothing to go by.
            NotAStore: There is no folder.
        """
        place = find_store(self.store, config=self.config, apps=self.apps)
        return check_root(place.root), place.apps

    def lockfiles(self) -> tuple[LockfileRecord, ...]:
        """The lockfiles that were named.

        Raises:
            DiskError: One is missing.
            InputError: One is no lockfile, nor anything like it.
        """
        return tuple(map(named_lockfile, self.locks))

    def read(self, *, sources: bool = True) -> "Look":
        """Read the store, or the saved scan.

        Args:
            sources: Whether the packages are read now; if not, single ones are when their names are asked for.
        """
        if self.scan:
            return Look.of_scan(self.scan, self.lockfiles())
        root, apps = self.root()
        snapshot = read_snapshot(root, platforms=None if sources else (), apps=apps)
        return Look(snapshot, self.lockfiles(), has_sources=sources)


def named_lockfile(path: str) -> LockfileRecord:
    """A lockfile that was named, of which at least something could be read.

    Raises:
        DiskError: It is missing.
        InputError: It is nothing like a lockfile.
    """
    found = read_lockfile_record(path)
    if found is None:
        raise DiskError("read this lockfile", FileNotFoundError(errno.ENOENT, ""), path)
    if found.refused and not found.names:
        raise InputError(found.refused, path=path)
    return found


@dataclass(frozen=True)
class Look:
    """A reading of a store, and what can be worked out from it; `taken_at` is None where it is of the present."""

    snapshot: Snapshot
    lockfiles: tuple[LockfileRecord, ...] = ()
    taken_at: float | None = None
    has_sources: bool = True
    _sizes: dict[ConfigKey, tuple[TreeSize, TreeSize]] = field(default_factory=dict)
    _found: dict[tuple[str, str], SourceName] = field(default_factory=dict)

    @classmethod
    def of_scan(cls, path: str, lockfiles: tuple[LockfileRecord, ...] = ()) -> "Look":
        """What a saved scan tells.

        Raises:
            DiskError: It cannot be read.
            InputError: It is no saved scan.
        """
        from pkgstore.saved import read_saved

        saved = read_saved(path)
        return cls(saved.snapshot, lockfiles, saved.taken_at)

    @property
    def is_saved(self) -> bool:
        """Whether the store itself is not at hand."""
        return self.taken_at is not None

    @cached_property
    def now(self) -> float:
        """The time that ages count from, in seconds since 1970: of a saved scan, when it was taken."""
        return time.time() if self.taken_at is None else self.taken_at

    @cached_property
    def names(self) -> Names:
        """What the store keys stand for."""
        return Names.of(self.snapshot, self.lockfiles)

    @cached_property
    def roots(self) -> Roots:
        """What holds configs, pins too: those that were not over when the store was read."""
        return roots_of(self.snapshot, self.now)

    @cached_property
    def pinned(self) -> frozenset[tuple[str, str]]:
        """Every (package, ref) that a pin keeps."""
        return self.snapshot.pins.kept(self.now)

    def source(self, package: str, source_hash: str) -> SourceName:
        """The name of a source; version and remote are empty where unknown."""
        found = self.names.source(package, source_hash) or self._found.get((package, source_hash))
        if found is None and not self.has_sources and (found := self._on_disk(package, source_hash)) is not None:
            self._found[package, source_hash] = found
        return found or SourceName(package)

    def _on_disk(self, package: str, source_hash: str) -> SourceName | None:
        """What the store itself says of a source that was not read."""
        layout = Layout(self.snapshot.root)
        for platform in platform_folders(layout.root):
            try:
                record = scan_source(layout, SourceKey(platform, package, source_hash))
            except InvalidName:
                return None
            if record is not None and record.version:
                return SourceName(package, record.version, record.remote)
        return None

    def path(self, key: ConfigKey) -> str:
        """Where a config's tree is, or was."""
        return Layout(self.snapshot.root).config(key)

    def size(self, key: ConfigKey) -> TreeSize | None:
        """The size of a config's tree, measured once; None where the store is not at hand."""
        return None if self.is_saved else self._measured(key)[0]

    def own(self, key: ConfigKey) -> TreeSize | None:
        """What only that tree holds, as no worker has a link to it; None where the store is not at hand."""
        return None if self.is_saved else self._measured(key)[1]

    def created(self, key: ConfigKey) -> float | None:
        """When a config was made, as its sidecar says; None where it does not, or the store is not at hand."""
        return None if self.is_saved else created_at(Layout(self.snapshot.root).sidecar(key))

    def _measured(self, key: ConfigKey) -> tuple[TreeSize, TreeSize]:
        if key not in self._sizes:
            tree = read_tree(self.path(key))
            self._sizes[key] = tree.size, tree.own
        return self._sizes[key]

    def linking(self, config: ConfigRecord) -> str:
        """What a config was built against, by name, and by version where that is known: ``Rcpp 1.0.12``."""
        shown = []
        for package, key in sorted(config.linking_to_keys.items()):
            shown.append(safe_text(f"{package} {self.source(package, key).version or short_hash(key)}"))
        return ", ".join(shown)


def age(then: float | None, now: float) -> float | None:
    """Seconds from `then` to `now`; None where that is unknown."""
    return None if then is None else max(0.0, now - then)


_LOCK_HELP: Final = "A lockfile that tells what hashes stand for; may be given several times."


def look_options(function: _Function) -> _Function:
    """``--store``, ``--config``, ``--from``, ``--apps`` and ``--lock``, given to the command as one `where`."""
    return looking(_LOCK_HELP)(function)


def looking(lock_help: str) -> Callable[[_Function], _Function]:
    """The `look_options`, for a command to which ``--lock`` means more than names."""

    def decorate(function: _Function) -> _Function:
        return _look_options(function, lock_help)

    return decorate


def _look_options(function: _Function, lock_help: str) -> _Function:

    @wraps(function)
    def command(
        *args: Any, store: str, config: str, scan_file: str, apps: str, locks: tuple[str, ...], **kwargs: Any
    ) -> Any:
        if scan_file and (store or config or apps):
            raise click.UsageError("--from takes the place of --store, --config and --apps; give one or the other.")
        return function(*args, where=Where(store, config, scan_file, apps, locks), **kwargs)

    options = (
        _path("--store", "store", "The store (else PKGSTORE_ROOT, or here)."),
        _path("--config", "config", "The server's TOML file, which names the store."),
        _path("--from", "scan_file", "A saved scan (`pkgstore scan -o FILE`) in place of a store."),
        _path("--apps", "apps", "The folder of the apps (else the store's parent)."),
        click.option(
            "--lock",
            "locks",
            type=click.Path(),
            multiple=True,
            help=lock_help,
        ),
    )
    decorated: Any = command
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def _path(name: str, parameter: str, help: str) -> Callable[[Any], Any]:
    return click.option(name, parameter, type=click.Path(), default="", help=help)


def damage_json(found: Iterable[Damage]) -> list[dict[str, str]]:
    """What could not be read."""
    return [{"path": damage.path, "why": damage.why} for damage in found]


def say_missing(where: str, what: str, missing: Iterable[str]) -> ExitCode:
    """Say which of the wanted names a store lacks; the exit code tells whether there are any."""
    names = sorted(set(missing))
    if names:
        say(f"pkgstore: {where}: has no {what}{', '.join(names)}")
    return ExitCode.FINDINGS if names else ExitCode.DONE


def inside(path: str, folder: str) -> bool:
    """Whether a file would be in a folder, wherever links lead."""
    above = os.path.realpath(folder)
    return os.path.commonpath([above, os.path.realpath(path)]) == above
