"""Put a made-up store on the disk, fast: system calls relative to open folders, nothing flushed, nothing renamed.

The bytes of the store's own files are those of `pkgstore.codec`. The trees are R packages only in name: DESCRIPTION
is real, NAMESPACE, the code and the metadata are fillings of a few hundred bytes.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

import orjson

from bench.shape import R_VERSION, TRIPLE, App, Shape, Source
from pkgstore import codec
from pkgstore.model import ConfigMeta, StoreConfigs, Tier

OLDEST: Final = 400 * 86_400.0
"""Seconds: sidecars are at most so old."""

_FILLING: Final = bytes(range(256)) * 16
_SUFFIXES: Final = {Tier.CURRENT: "", Tier.PREV: ".prev", Tier.BUILD: ".build"}


def write_file(path: str, data: bytes, folder: int | None = None, changed: float | None = None) -> None:
    """Write a new file; `folder` is a descriptor that `path` is relative to, `changed` its mtime."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=folder)
    try:
        os.write(fd, data)
        if changed is not None:
            os.utime(fd, (changed, changed))
    finally:
        os.close(fd)


def write_package(whole: Shape, name: str, platform: str, now: float, seed: int) -> int:
    """Write all sources of one package; gives the number of its configs."""
    rng = Random(f"{seed}/{name}")
    package = os.path.join(platform, name)
    os.mkdir(package)
    written = 0
    for source in whole.packages[name]:
        folder = os.path.join(package, source.key)
        os.mkdir(folder)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            written += _write_source(whole, source, fd, now, rng)
        finally:
            os.close(fd)
    return written


def _write_source(whole: Shape, source: Source, folder: int, now: float, rng: Random) -> int:
    configs: dict[str, dict[str, str]] = {}
    for epoch in source.epochs:
        name = whole.hash(source.links, epoch)
        damage = whole.damaged.get((source.key, name), "")
        if damage not in {"unlisted", "orphan-sidecar"}:
            configs[name] = whole.linking(source.links, epoch)
        if damage not in {"phantom", "orphan-sidecar"}:
            write_tree(source, name, folder, rng)
        if damage != "no-sidecar":
            _write_sidecar(name, folder, now, rng)
    if configs:
        meta = StoreConfigs(bool(source.links), source.links or None, configs)
        write_file("configs.json", codec.encode_store_configs(meta), folder)
    return len(source.epochs)


def _write_sidecar(name: str, folder: int, now: float, rng: Random) -> None:
    used = rng.random() ** 2 * OLDEST
    created = datetime.fromtimestamp(int(now - used - rng.random() * OLDEST), UTC)
    write_file(f"{name}.json", codec.encode_config_meta(ConfigMeta(created)), folder, now - used)


def write_tree(source: Source, name: str, folder: int, rng: Random) -> None:
    """Write what R CMD INSTALL leaves of a source as `name`, in an open folder."""
    os.mkdir(name, dir_fd=folder)
    os.mkdir(f"{name}/R", dir_fd=folder)
    os.mkdir(f"{name}/Meta", dir_fd=folder)
    write_file(f"{name}/DESCRIPTION", description(source), folder)
    write_file(f"{name}/NAMESPACE", b'exportPattern("^[[:alpha:]]+")\n', folder)
    write_file(f"{name}/R/{source.package}.rdb", _FILLING[: rng.randint(200, 4000)], folder)
    write_file(f"{name}/Meta/package.rds", _FILLING[:300], folder)


def description(source: Source) -> bytes:
    """The DESCRIPTION of an installed package."""
    entry = source.entry
    lines = [f"Package: {entry.package}", f"Version: {entry.version}", "Title: Made for Measuring"]
    lines.append(f"NeedsCompilation: {'yes' if source.links else 'no'}")
    if source.links:
        lines.append(f"LinkingTo: {', '.join(source.links)}")
    if entry.remote_type == "github":
        lines += ["RemoteType: github", "RemoteUsername: made-up", f"RemoteRepo: {entry.package}"]
    else:
        lines += ["Repository: CRAN", "RemoteType: standard"]
    lines.append(f"RemoteSha: {entry.remote_sha}")
    triple = TRIPLE if source.links else ""
    lines.append(f"Built: R 4.5.2; {triple}; 2026-01-02 03:04:05 UTC; unix")
    return "\n".join([*lines, ""]).encode()


def write_app(app: App, folder: str, now: float, rng: Random) -> None:
    """Write an app's manifests and its pak.lock."""
    os.mkdir(folder)
    age = rng.random() * 30 * 86_400
    for number, (tier, manifest) in enumerate(app.manifests.items()):
        path = os.path.join(folder, f"store-manifest.json{_SUFFIXES[tier]}")
        write_file(path, codec.encode_manifest(manifest), changed=now - (1 + number) * age)
    write_file(os.path.join(folder, "pak.lock"), lockfile(app.sources), changed=now - age)


def lockfile(sources: Iterable[Source]) -> bytes:
    """The pak lockfile that names these sources."""
    document = {
        "lockfile_version": 1,
        "os": "Ubuntu 24.04.2 LTS",
        "r_version": "R version 4.5.2 (2025-10-31)",
        "platform": TRIPLE,
        "packages": [_entry(source) for source in sorted(sources, key=lambda source: source.package)],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _entry(source: Source) -> dict[str, Any]:
    entry = source.entry
    metadata = {"RemoteType": entry.remote_type, "RemoteSha": entry.remote_sha}
    if entry.remote_type == "github":
        metadata |= {"RemoteUsername": "made-up", "RemoteRepo": entry.package}
    return {
        "ref": entry.package,
        "package": entry.package,
        "version": entry.version,
        "type": entry.type,
        "needscompilation": bool(source.links),
        "metadata": metadata,
        "sha256": entry.sha256,
        "platform": TRIPLE,
        "rversion": R_VERSION,
    }


def write_worker(whole: Shape, worker: str, root: str, platform: str | None, now: float, age: float) -> None:
    """Write a worker's library: a folder for each package and, last, the manifest.

    Args:
        whole: The store.
        worker: The worker's id.
        root: The store root.
        platform: The platform folder whose trees are hard-linked; None leaves the packages' folders empty.
        now: The present, in seconds since 1970.
        age: How long ago the manifest was written, in seconds.
    """
    library = os.path.join(root, ".workers", worker)
    os.mkdir(library)
    manifest = whole.workers[worker]
    for package, ref in manifest.items():
        folder = os.path.join(library, package)
        os.mkdir(folder)
        if platform is not None:
            _link_tree(os.path.join(platform, package, ref), folder)
    write_file(os.path.join(library, ".packages.json"), codec.encode_manifest(manifest), changed=now - age)


def _link_tree(source: str, target: str) -> None:
    """Hard-link the files below `source`, if it is there, into folders made below `target`."""
    if not os.path.isdir(source):  # damaged on purpose
        return
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                os.mkdir(os.path.join(target, entry.name))
                _link_tree(entry.path, os.path.join(target, entry.name))
            else:
                os.link(entry.path, os.path.join(target, entry.name))
