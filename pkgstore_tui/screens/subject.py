"""What a row of any view is about: its name, how it is addressed, and which files belong to it. Pure."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from pkgstore.errors import StoreError
from pkgstore.keys import AppKey, ConfigKey, SourceKey, WorkerKey, WorkKey, named_parts
from pkgstore.layout import CONFIGS_FILE, PACKAGE_MANIFEST, STORE_MANIFEST, Layout
from pkgstore.text_json import harmless_json, printable
from pkgstore_tui.command_lines import line, ls_line, show_line
from pkgstore_tui.format import config_name

LOCKFILE: Final = "pak.lock"
Keyed = ConfigKey | SourceKey | WorkerKey | AppKey | WorkKey
"""What leads to a name and files."""

APP_FILES: Final = (STORE_MANIFEST, f"{STORE_MANIFEST}.prev", f"{STORE_MANIFEST}.build", LOCKFILE)
ABOUT: Final[Mapping[str, str]] = {
    "DESCRIPTION": "what the package says of itself",
    CONFIGS_FILE: "the configs of this source, and what each was built against",
    "sidecar": "when it was made; its mtime is the last use",
    "manifest": "what this worker has now",
    STORE_MANIFEST: "what its workers are assembled from now",
    f"{STORE_MANIFEST}.prev": "before the last refresh, to go back to",
    f"{STORE_MANIFEST}.build": "as first deployed, to go back to",
    LOCKFILE: "the lockfile of the last build or refresh",
}
"""What the files are, by their labels."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row is about; parts that it has not are empty.

    `ref` is what a manifest names, `key` the whole way through the store, `command` the command line that shows it,
    `files` are a label and a path each, `names` what tells it from others.
    """

    name: str
    ref: str = ""
    path: str = ""
    key: str = ""
    command: str = ""
    files: tuple[tuple[str, str], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def short(self) -> tuple[str, str]:
        """What `y` copies: the text, and what it is."""
        if self.ref:
            return self.ref, "the ref"
        return (self.key, "the name") if self.key else (self.path, "the path")


def own_keys(key: object, row: object) -> tuple[Keyed, ...]:
    """The keys that a row is itself about, the most telling one first: its own, or those of its parts."""
    parts = (key, *(getattr(row, name, None) for name in ("subject", "source", "key")))
    return tuple(part for part in parts if isinstance(part, Keyed))


def named_ref(row: object) -> tuple[str, str]:
    """The package and ref that a manifest's row names; empty for other rows."""
    package, ref = getattr(row, "package", ""), getattr(row, "ref", "")
    if not (isinstance(package, str) and isinstance(ref, str) and package and ref):
        return "", ""
    return package, ref


def file_subject(path: str) -> Subject:
    """A row that is about a file."""
    name = os.path.basename(path)
    return Subject(name, path=path, files=((name, path),))


def subject_of(
    layout: Layout,
    keys: Sequence[object],
    name: object = "",
    apps: str = "",
    name_of: Callable[[ConfigKey], str] = config_name,
) -> Subject | None:
    """The subject that some keys lead to; None where there is none, or more than one.

    Args:
        layout: The store's paths.
        keys: What the row is about, the most telling first; or the sources that it stands for.
        name: The key of a row that stands for several sources: a platform's name or a package's.
        apps: The folder of the apps.
        name_of: What a config is called.
    """
    first = keys[0] if keys else None
    try:
        match first:
            case ConfigKey():
                return replace(_config(layout, first), name=name_of(first))
            case SourceKey():
                sources = [key for key in keys if isinstance(key, SourceKey)]
                return _bundle(layout, name, sources) if isinstance(name, str) and name else _source(layout, first)
            case WorkerKey():
                return _worker(layout, first)
            case WorkKey():
                return _work(layout, first)
            case AppKey():
                return _app(apps or os.path.dirname(layout.root), first, layout.root)
    except StoreError:  # a name that may not reach the disk has no path
        return None
    return None


def _config(layout: Layout, key: ConfigKey) -> Subject:
    tree = layout.config(key)
    files = (
        ("DESCRIPTION", os.path.join(tree, "DESCRIPTION")),
        (CONFIGS_FILE, layout.configs(key.source)),
        ("sidecar", layout.sidecar(key)),
    )
    way = "/".join((key.platform, key.package, key.ref))
    command = show_line(key, layout.root)
    return Subject(key.package, key.ref, tree, way, command, files, named_parts(key))


def _source(layout: Layout, key: SourceKey) -> Subject:
    way = "/".join((key.platform, key.package, key.source_hash))
    command = line("show", key.package, key.source_hash, platform=key.platform, store=layout.root)
    files = ((CONFIGS_FILE, layout.configs(key)),)
    name = f"{key.package} {key.source_hash[:8]}"
    return Subject(name, key.source_hash, layout.source(key), way, command, files, named_parts(key))


def _bundle(layout: Layout, own: str, keys: Sequence[SourceKey]) -> Subject | None:
    """A row that stands for some sources: a platform (`own` is its name), or a package of one."""
    platforms, packages = ({getattr(key, part) for key in keys} for part in ("platform", "package"))
    if len(platforms) > 1:
        return None
    (platform,) = platforms
    if len(packages) > 1 or own == platform:
        command = ls_line((), layout.root, platform=platform)
        return Subject(platform, "", layout.platform(platform), platform, command, (), {"platform": platform})
    (package,) = packages
    names = {"platform": platform, "package": package}
    path, command = layout.package(platform, package), ls_line([package], layout.root, platform=platform)
    return Subject(package, "", path, package, command, (), names)


def _worker(layout: Layout, key: WorkerKey) -> Subject:
    path = layout.worker(key.worker_id)
    files = (("manifest", os.path.join(path, PACKAGE_MANIFEST)),)
    command = line("workers", key.worker_id, store=layout.root)
    return Subject(key.worker_id, "", path, key.worker_id, command, files, named_parts(key))


def _work(layout: Layout, key: WorkKey) -> Subject:
    path = os.path.join(layout.root, key.folder, key.name)
    names = (PACKAGE_MANIFEST, STORE_MANIFEST, LOCKFILE)
    return Subject(key.name, "", path, f"{key.folder}/{key.name}", "", _files(path, names), named_parts(key))


def _app(apps: str, key: AppKey, root: str) -> Subject:
    path = os.path.join(apps, key.name)
    command = line("roots", store=root)
    return Subject(key.name, "", path, key.name, command, _files(path, APP_FILES), {"app": key.name})


def _files(folder: str, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, os.path.join(folder, name)) for name in names)


MANY: Final = 100


def described(subject: Subject) -> str:
    """A subject as one JSON document on one line."""
    texts = {"name": subject.name, **subject.names, "ref": subject.ref, "path": subject.path}
    document = {name: printable(text) for name, text in texts.items() if text}
    return harmless_json(orjson.dumps(document)).decode()
