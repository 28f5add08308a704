"""`check` never cries wolf: it says nothing of any store in which all is well, whatever happened to it before."""

import json
import shutil
from pathlib import Path

import pytest

from builders import digest
from healthy import healthy
from pkgstore import Store, parse_dcf, platform_from_lockfile, read_lockfile
from pkgstore.check.run import Checked, check
from real_library import built_for, lockfile_for

STORES = 500
AT_ONCE = 25
REAL = Path("/usr/lib/R/site-library")


@pytest.mark.no_cover
@pytest.mark.parametrize("first", range(0, STORES, AT_ONCE))
def test_random_stores(tmp_path: Path, first: int) -> None:
    found = {}
    for seed in range(first, first + AT_ONCE):
        root = healthy(tmp_path / str(seed) / ".pkg-store", seed)
        if said := list(check(Checked.read(str(root), str(root.parent)))):
            found[seed] = said
    assert found == {}


def test_they_are_not_all_empty(tmp_path: Path) -> None:
    read = [Checked.read(str(healthy(tmp_path / str(seed) / "s", seed))) for seed in range(30)]
    assert sum(len(checked.snapshot.sources) for checked in read) > 100
    assert sum(len(checked.snapshot.workers) for checked in read) > 20


def built_for_another_r(library: Path) -> set[str]:
    """Packages that the distribution built for an older R and never again: the library really is mixed."""
    built = {path.parent.name: parse_dcf(path).get("Built", "") for path in library.glob("*/DESCRIPTION")}
    usual = f"R {built_for(library)[0]}."
    return {name for name, said in built.items() if not said.startswith(usual)}


@pytest.mark.real_r
@pytest.mark.skipif(not any(REAL.glob("*/DESCRIPTION")), reason="no R library on this machine")
@pytest.mark.parametrize("with_digests", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_a_real_library(tmp_path: Path, with_digests: bool, whole: bool) -> None:
    library, root = tmp_path / "lib", tmp_path / ".pkg-store"
    shutil.copytree(REAL, library, symlinks=True)
    others = built_for_another_r(library)
    for package in () if whole else others:
        shutil.rmtree(library / package)
    document = lockfile_for(library)
    packages = document["packages"]
    assert isinstance(packages, list)
    for entry in packages if with_digests else ():
        entry["sha256"] = digest(entry["package"], entry["version"])
    (tmp_path / "pak.lock").write_text(json.dumps(document))
    lockfile = read_lockfile(tmp_path / "pak.lock")
    store = Store(root, platform_from_lockfile(lockfile))
    manifest = store.ingest_packages(lockfile, library)
    store.assemble_library(store.worker_lib_dir("w1"), manifest)
    found = [(each.code, each.subject.package) for each in check(Checked.read(str(root), str(tmp_path)))]  # type: ignore[union-attr]
    assert sorted(found) == [("MIXED-PLATFORM", package) for package in sorted(others if whole else ())]
