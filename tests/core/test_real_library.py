"""A real R library through the whole store: ingested, assembled, compared file by file, checked, evicted."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from verifying import configs, result

from pkgstore import Store, platform_from_lockfile, read_lockfile
from pkgstore.layout import Layout
from pkgstore.operations.events import Done, IngestResult
from pkgstore.operations.tool import read_build_inputs, run_ingest
from pkgstore.operations.verify import apply_verify
from pkgstore.operations.verify_events import Outcome, VerifyEvent
from pkgstore.operations.verify_plan import plan_verify
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


def write_md5(tree: Path) -> None:
    """The MD5 file of a built package, as R's ``tools:::.installMD5sums`` writes it."""
    files = sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())
    sums = (hashlib.md5((tree / name).read_bytes(), usedforsecurity=False).hexdigest() for name in files)
    (tree / "MD5").write_text("".join(f"{digest} *{name}\n" for digest, name in zip(sums, files, strict=True)))


def test_a_real_library_is_what_it_was(tmp_path: Path) -> None:
    library, store_root = tmp_path / "lib", tmp_path / ".pkg-store"
    shutil.copytree(REAL, library, symlinks=True)
    lock = tmp_path / "pak.lock"
    lock.write_text(json.dumps(lockfile_for(library)))
    packages = sorted(path.parent for path in library.glob("*/DESCRIPTION"))
    for tree in packages[::2]:
        if not (tree / "MD5").exists():
            write_md5(tree)
    inputs = read_build_inputs(str(store_root), str(lock), str(library))
    *_, done = run_ingest(inputs, digests=True)
    assert isinstance(done, Done)
    assert isinstance(done.result, IngestResult)
    store = Store(store_root, inputs.platform)
    store.assemble_library(store.worker_lib_dir("w1"), done.result.manifest)

    for _ in range(2):
        found = verified(store_root)
        assert {event.outcome for event in configs(found)} == {Outcome.FINE}, "the first time too"
        assert len(configs(found)) == len(packages)
        assert sum(event.has_md5 for event in configs(found)) >= len(packages[::2])
        assert (result(found).libraries, result(found).drifted, result(found).unread) == (1, 0, 0)
    shutil.rmtree(store_root / ".pkgstore" / "digests")
    assert {event.outcome for event in configs(verified(store_root))} == {Outcome.RECORDED}, "every MD5 file agrees"


def verified(root: Path) -> list[VerifyEvent]:
    plan = plan_verify(read_snapshot(str(root)), libraries=True)
    return list(apply_verify(Layout(str(root)), plan))
