"""A real R library through the whole store: ingested, assembled, compared file by file, evicted."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pkgstore import Store, platform_from_lockfile, read_lockfile
from pkgstore.scan import read_snapshot
from real_library import lockfile_for

REAL = Path("/usr/lib/R/site-library")

pytestmark = [
    pytest.mark.real_r,
    pytest.mark.skipif(not any(REAL.glob("*/DESCRIPTION")), reason="no R library on this machine"),
]


def same(one: Path, other: Path) -> str:
    """What diff says of two trees; nothing if they are alike."""
    command = ["diff", "-r", "--no-dereference", one, other]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_ingest_assemble_compare_evict(tmp_path: Path) -> None:
    library, store_root = tmp_path / "lib", tmp_path / ".pkg-store"
    shutil.copytree(REAL, library, symlinks=True)
    lock = tmp_path / "pak.lock"
    lock.write_text(json.dumps(lockfile_for(library)))
    lockfile = read_lockfile(lock)
    store = Store(store_root, platform_from_lockfile(lockfile))

    manifest = store.ingest_packages(lockfile, library)
    assert set(manifest) == {path.parent.name for path in REAL.glob("*/DESCRIPTION")}
    snapshot = read_snapshot(str(store_root))
    assert snapshot.damage == ()
    assert not any(c.is_phantom or c.is_orphan_tree or c.is_orphan_sidecar for c in snapshot.configs())
    linked = {config.key.package for config in snapshot.configs() if config.linking_to_keys}
    assert {"dplyr", "httpuv", "lme4"} & set(manifest) <= linked | {"dplyr"}

    worker = store.worker_lib_dir("w1")
    assert store.assemble_library(worker, manifest) == ()
    (Path(worker) / ".packages.json").rename(tmp_path / "seen.json")
    assert same(REAL, Path(worker)) == ""

    assert store.populate_build(lockfile, tmp_path / "again").hits == len(manifest)
    for config in snapshot.configs():
        os.utime(store.config_meta_path(config.key.package, config.key.source_hash, config.key.config_hash), (0, 0))
    assert store.evict_stale(3600.0) == len(manifest)
    assert os.listdir(store_root / store.platform) == []
    assert same(REAL, Path(worker)) == ""
