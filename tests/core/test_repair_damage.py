"""`repair` mends each damage of the corpus that can be mended, and nothing else; what stays, it says why."""

import itertools
import random
from pathlib import Path

import pytest

from builders import PLATFORM, write_lockfile
from damage import ALONE, ALONE_LINKED, DAMAGES, HUBS, LINKED, PURE, copied, said, strong, whole
from pkgstore import Store, read_lockfile
from repairing import applied, changed_files, codes, files_of, left, planned, result_of

STAYS = (
    "DANGLING-ROOT", "BROKEN-INSTALL", "ABI-MISMATCH", "DRIFT", "PARTIAL-CONFIG", "LOCK-DISAGREES", "WEAK-KEY",
    "DEAD-PLATFORM",
)  # fmt: skip
"""Damages of the corpus that nothing mends without guessing."""

TOUCHED = {
    "DAMAGE": ".pkg-store/.workers/w8/.packages.json",
    "BAD-META": f".pkg-store/{PLATFORM}/meta/",
    "PHANTOM": f".pkg-store/{PLATFORM}/phantom",
    "BAD-CONFIG-HASH": f".pkg-store/{PLATFORM}/hash/",
    "WRONG-PACKAGE": f".pkg-store/{PLATFORM}/wrong",
    "ABI-BLIND": f".pkg-store/{PLATFORM}/blind/",
    "MIXED-PLATFORM": f".pkg-store/{PLATFORM}/mixed",
    "RESTART-HAZARD": ".pkg-store/4.10-x86_64-pc-linux-gnu",
    "ORPHAN-TREE": f".pkg-store/{PLATFORM}/orphan/",
    "ORPHAN-SIDECAR": f".pkg-store/{PLATFORM}/sidecar",
    "STALE-LOCK": ".pkg-store/.locks",
    "STALE-BUILD": ".pkg-store/.builds/6c1f",
    "STALE-STAGING": ".pkg-store/.staging/77aa",
    "ORPHAN-WORKER": ".pkg-store/.workers/w9",
}
"""Damages that are mended, each with what may change."""

OURS = (".pkg-store/.pkgstore", ".pkg-store/.locks")
GONE = {"WRONG-PACKAGE": "wrong", "MIXED-PLATFORM": "mixed", "PHANTOM": "phantom", "ORPHAN-SIDECAR": "sidecar"}
"""Packages that are to be built anew after a damage and its repair."""

PAIRS = list(itertools.combinations(DAMAGES, 2))
SOME = random.Random("pairs of repairs").sample(PAIRS, 14)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which all is well; to be copied."""
    return whole(tmp_path_factory.mktemp("whole"))


def mends(store: Path, folder: Path, *damages: str) -> None:
    """Do some damages to a copy, repair it, and look at all of it."""
    root = copied(store, folder)
    for code in damages:
        DAMAGES[code](root)
    before, found = files_of(root.parent), set(codes(root))
    plan = planned(root)
    assert files_of(root.parent) == before, "a plan changes nothing"
    stays = said(*(code for code in damages if code in STAYS))
    assert sorted(code for code, _ in left(plan)) == stays
    assert all(why for _, why in left(plan))
    assert {code for item in plan.items for code in item.codes} == found - set(stays)

    result = result_of(applied(root, plan))

    assert (result.done, result.skipped, result.failed) == (len(plan.items), 0, 0)
    allowed = tuple(TOUCHED[code] for code in damages if code in TOUCHED)
    changed = changed_files(before, files_of(root.parent))
    assert {path for path in changed if not path.startswith((*allowed, *(OURS if plan.items else ())))} == set()
    assert codes(root) == stays
    assert planned(root).items == ()
    _populates(root, folder / "lib", damages)


def _populates(root: Path, library: Path, damages: tuple[str, ...]) -> None:
    """A build finds every package that is whole."""
    gone = {GONE[code] for code in damages if code in GONE}
    rest = {*HUBS, *PURE, *ALONE, *LINKED, *ALONE_LINKED} - gone - {"weak", "partial"}
    entries = [strong(name) for name in sorted(rest)]
    lockfile = read_lockfile(write_lockfile(library.parent / "all.lock", *entries))
    stats = Store(root, PLATFORM).populate_build(lockfile, library)
    assert (stats.hits, stats.misses) == (len(rest), 0)


def test_each_damage_is_mended_or_stays() -> None:
    assert DAMAGES.keys() == TOUCHED.keys() | set(STAYS)


@pytest.mark.parametrize("code", DAMAGES)
def test_one_damage(store: Path, tmp_path: Path, code: str) -> None:
    mends(store, tmp_path / "copy", code)


@pytest.mark.parametrize("pair", SOME, ids="+".join)
def test_some_pairs(store: Path, tmp_path: Path, pair: tuple[str, str]) -> None:
    mends(store, tmp_path / "copy", *pair)


@pytest.mark.campaign
@pytest.mark.parametrize("first", DAMAGES)
def test_all_pairs(store: Path, tmp_path: Path, first: str) -> None:
    for pair in PAIRS:
        if pair[0] == first:
            mends(store, tmp_path / pair[1], *pair)


def test_all_at_once(store: Path, tmp_path: Path) -> None:
    mends(store, tmp_path / "copy", *DAMAGES)


@pytest.mark.parametrize("code", TOUCHED)
def test_only_one_of_all(store: Path, tmp_path: Path, code: str) -> None:
    root = copied(store, tmp_path / "copy")
    for each in DAMAGES.keys() - ({"DAMAGE", "ABI-BLIND"} - {code}):  # with these, others are not the only ones
        DAMAGES[each](root)
    before = files_of(root.parent)

    result = result_of(applied(root, planned(root, only={code})))

    assert (result.done, result.failed) == (1, 0)
    changed = changed_files(before, files_of(root.parent))
    assert {path for path in changed if not path.startswith((TOUCHED[code], *OURS))} == set()
    assert code not in codes(root)


def test_nothing_is_planned_where_all_is_well(store: Path) -> None:
    before = files_of(store.parent)
    plan = planned(store)
    assert (plan.items, plan.left) == ((), ())
    assert result_of(applied(store, plan)).done == 0
    assert files_of(store.parent) == before
