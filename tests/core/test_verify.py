"""A content check finds each change, and nothing on a store that nobody touched."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from verifying import changes, check, configs, outcomes, result

from builders import PLATFORM, StoreBuilder, config_hash, ref
from pkgstore import content as reading
from pkgstore.digests import read_baseline
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.quarantine import plan_quarantine
from pkgstore.operations.verify_events import NotRecorded, Outcome
from pkgstore.scan import read_snapshot


@pytest.fixture
def sf(store: StoreBuilder) -> Path:
    """The tree of sf, in a store with another package; both have a baseline."""
    tree = store.package("sf").source().config({"Rcpp": "1"}).tree
    (tree / "data").mkdir()
    (tree / "data" / "link").symlink_to("../DESCRIPTION")
    store.package("dplyr").source().config()
    check(store)
    return tree


def key_of(store: StoreBuilder, package: str = "sf") -> ConfigKey:
    return next(c.key for c in read_snapshot(str(store.root)).configs() if c.key.package == package)


def test_what_has_no_baseline_gets_one_and_is_not_fine(store: StoreBuilder) -> None:
    store.package("sf").source().config()

    first, second = check(store), check(store)

    assert outcomes(first) == {"sf": Outcome.RECORDED}
    assert not Outcome.RECORDED.is_proven
    assert result(first).count(Outcome.FINE) == 0
    assert outcomes(second) == {"sf": Outcome.FINE}
    assert (result(second).files, result(second).bytes) == (2, result(first).bytes)


def test_without_recording_nothing_is_written(store: StoreBuilder) -> None:
    store.package("sf").source().config()

    for _ in range(2):
        assert outcomes(check(store, record=False)) == {"sf": Outcome.UNKNOWN}
    assert not (store.root / ".pkgstore").exists()


def content(tree: Path) -> None:
    file = tree / "R" / "sf.rdb"
    size, times = file.stat().st_size, file.stat()
    file.write_bytes(b"x" * size)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # whoever hides it cannot hide the digest


def another_kind(tree: Path) -> None:
    (tree / "R" / "sf.rdb").unlink()
    (tree / "R" / "sf.rdb").symlink_to("/etc/passwd")


def a_link_for_a_folder(tree: Path) -> None:
    shutil.move(tree / "R", tree.parent.parent.parent.parent.parent / "elsewhere")
    (tree / "R").symlink_to(tree.parent.parent.parent.parent.parent / "elsewhere")


def same_file_made_anew(tree: Path) -> None:
    """Another inode of the same content and mode is no change of content."""
    body = (tree / "DESCRIPTION").read_bytes()
    (tree / "DESCRIPTION").unlink()
    (tree / "DESCRIPTION").write_bytes(body)


WAYS: list[tuple[Callable[[Path], object], dict[str, list[str]]]] = [
    (lambda tree: None, {}),
    (lambda tree: os.utime(tree / "DESCRIPTION"), {}),
    (same_file_made_anew, {}),
    (content, {"sf/R/sf.rdb": ["content"]}),
    (lambda tree: (tree / "R" / "sf.rdb").write_text("longer than it was before"), {"sf/R/sf.rdb": ["size"]}),
    (lambda tree: (tree / "R" / "sf.rdb").write_text(""), {"sf/R/sf.rdb": ["size"]}),
    (lambda tree: (tree / "R" / "sf.rdb").chmod(0o4755), {"sf/R/sf.rdb": ["mode"]}),
    (lambda tree: (tree / "R").chmod(0o777), {"sf/R": ["mode"]}),
    (lambda tree: tree.chmod(0o700), {"sf/": ["mode"]}),
    (lambda tree: (tree / "R" / "sf.rdb").unlink(), {"sf/R/sf.rdb": ["gone"]}),
    (lambda tree: shutil.rmtree(tree / "libs"), {"sf/libs": ["gone"], "sf/libs/sf.so": ["gone"]}),
    (lambda tree: (tree / "evil.R").write_text("x"), {"sf/evil.R": ["added"]}),
    (lambda tree: (tree / "empty").mkdir(), {"sf/empty": ["added"]}),
    (lambda tree: os.mkfifo(tree / "fifo"), {"sf/fifo": ["added", "special"]}),
    (another_kind, {"sf/R/sf.rdb": ["kind"]}),
    (a_link_for_a_folder, {"sf/R": ["kind"], "sf/R/sf.rdb": ["gone"]}),
]  # fmt: skip


@pytest.mark.parametrize(("way", "expected"), WAYS, ids=lambda item: getattr(item, "__name__", ""))
def test_each_change_is_found_and_nothing_else(
    store: StoreBuilder, sf: Path, way: Callable[[Path], object], expected: dict[str, list[str]]
) -> None:
    way(sf)

    for _ in range(2):  # what was changed stays changed: it is not recorded as it is now
        found = check(store)
        assert changes(found) == expected
        assert outcomes(found) == {"dplyr": Outcome.FINE, "sf": Outcome.CHANGED if expected else Outcome.FINE}


def test_a_link_that_leads_elsewhere(store: StoreBuilder, sf: Path) -> None:
    link = sf / "data" / "link"
    link.unlink()
    link.symlink_to("../../secret")

    assert changes(check(store)) == {"sf/data/link": ["target"]}


def test_since_when_it_was_changed(store: StoreBuilder, sf: Path) -> None:
    (sf / "R" / "sf.rdb").write_text("changed now, and longer")
    os.utime(sf / "DESCRIPTION", (1e9, 1e9))
    (sf / "DESCRIPTION").write_bytes(b"y" * (sf / "DESCRIPTION").stat().st_size)
    os.utime(sf / "DESCRIPTION", (1e9, 1e9))
    (sf / "libs" / "sf.so").unlink()
    os.utime(sf / "libs", (2e9, 2e9))

    (event,) = [event for event in configs(check(store)) if event.changes]
    since = {change.path: change.since(event.made) for change in event.changes}

    assert event.made is not None
    assert since["R/sf.rdb"] == (sf / "R" / "sf.rdb").stat().st_mtime
    assert since["DESCRIPTION"] == (sf / "DESCRIPTION").stat().st_ctime, "its mtime was set back"
    assert since["libs/sf.so"] == 2e9, "that of its folder"


def test_a_changed_file_names_every_library_that_shares_it(store: StoreBuilder, sf: Path) -> None:
    for place in ("w1/sf", "w2/other"):
        target = store.worker(place.partition("/")[0], {}) / place.partition("/")[2]
        shutil.copytree(sf, target, copy_function=os.link, symlinks=True)
    build, staged = store.work("b1"), store.work("s1", staging=True)
    shutil.copytree(sf, build / "sf", copy_function=os.link, symlinks=True)
    shutil.copytree(sf, staged / "lib" / "sf", copy_function=os.link, symlinks=True)
    (sf / "R" / "sf.rdb").write_text("changed through one of them")
    (sf / "new").write_text("of this tree only")

    (event,) = [event for event in configs(check(store)) if event.changes]

    names = [getattr(key, "worker_id", "") or key.name for key in event.sharers["R/sf.rdb"]]  # type: ignore[union-attr]
    assert names == ["w1", "b1", "s1"]
    assert event.elsewhere == {"R/sf.rdb": 1}, "that of w2 has another name"
    assert "new" not in event.sharers


# --- the package's own MD5 file --------------------------------------------------------------------------


def with_md5(tree: Path, **wrong: str) -> None:
    """The MD5 file as R writes it."""
    lines = []
    for path in sorted(p for p in tree.rglob("*") if p.is_file()):
        name = path.relative_to(tree).as_posix()
        sum_ = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        lines.append(f"{wrong.get(path.name.replace('.', '_'), sum_)} *{name}\n")
    (tree / "MD5").write_text("".join(lines))


def test_an_md5_file_that_agrees(store: StoreBuilder) -> None:
    with_md5(store.package("sf").source().config({"Rcpp": "1"}).tree)

    first, second = check(store), check(store)

    assert outcomes(first) == {"sf": Outcome.RECORDED}
    assert outcomes(second) == {"sf": Outcome.FINE}
    assert [event.has_md5 for event in (*configs(first), *configs(second))] == [True, True]


def test_an_md5_file_that_does_not_agree_is_told_each_time(store: StoreBuilder) -> None:
    tree = store.package("sf").source().config({"Rcpp": "1"}).tree
    with_md5(tree, sf_rdb="0" * 32)
    with (tree / "MD5").open("a") as file:
        file.write(f"{'1' * 32} *R/never.rdb\nno line of it\n")

    for _ in range(2):
        found = check(store)
        assert changes(found) == {"sf/R/never.rdb": ["md5"], "sf/R/sf.rdb": ["md5"]}
        assert outcomes(found) == {"sf": Outcome.CHANGED}
    (tree / "R" / "sf.rdb").unlink()
    assert changes(check(store))["sf/R/sf.rdb"] == ["gone", "md5"]


def test_an_md5_file_that_does_not_agree_can_be_accepted(store: StoreBuilder) -> None:
    """As that of packages whose libraries were stripped."""
    tree = store.package("sf").source().config({"Rcpp": "1"}).tree
    with_md5(tree, sf_so="0" * 32)
    assert outcomes(check(store)) == {"sf": Outcome.CHANGED}

    assert outcomes(check(store, keys=[key_of(store)], accept=True)) == {"sf": Outcome.RECORDED}
    assert outcomes(check(store)) == {"sf": Outcome.FINE}


@pytest.mark.parametrize("known", [True, False])
def test_a_tree_beyond_every_limit(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    tree = store.package("sf").source().config().tree
    if known:
        check(store)
    monkeypatch.setattr(reading, "MOST_ENTRIES", 3)
    (tree / "more").write_text("")

    (found,) = configs(check(store))

    assert found.outcome is (Outcome.CHANGED if known else Outcome.UNREAD)
    assert found.note == "has more than 3 files"
    assert [item.reason for item in plan_quarantine([found]).items] == (
        ["quarantined: its contents were changed: has more than 3 files"] if known else []
    )


def test_what_installers_write_after_r_is_not_held_against_it(store: StoreBuilder) -> None:
    tree = store.package("sf").source().config().tree
    (tree / "Meta").mkdir()
    (tree / "Meta" / "package.rds").write_text("x")
    with_md5(tree, DESCRIPTION="0" * 32, package_rds="0" * 32)

    assert outcomes(check(store)) == {"sf": Outcome.RECORDED}


# --- whose baseline it is --------------------------------------------------------------------------------


def test_a_package_ingested_anew_is_never_compared_with_the_one_before(store: StoreBuilder) -> None:
    source = store.package("sf").source()
    tree = source.config(created="2026-01-02T03:04:05Z").tree
    check(store)
    shutil.rmtree(tree)
    source.config(created="2026-03-04T05:06:07Z")
    (tree / "R" / "sf.rdb").write_text("compiled anew, so it differs")

    (found,) = configs(check(store))

    assert (found.outcome, found.changes, found.recorded) == (Outcome.RECORDED, (), True)
    assert "anew" in found.note
    assert outcomes(check(store)) == {"sf": Outcome.FINE}


def test_a_tree_put_back_from_a_backup_is_compared(store: StoreBuilder, sf: Path) -> None:
    """The sidecar tells that no ingest made it."""
    backup = store.root.parent / "backup"
    shutil.copytree(sf, backup, symlinks=True)
    shutil.rmtree(sf)
    shutil.move(backup, sf)

    first = next(event for event in configs(check(store)) if event.key.package == "sf")
    assert (first.outcome, first.changes) == (Outcome.FINE, ())
    assert "not the one that was ingested" in first.note
    assert next(event for event in configs(check(store)) if event.key.package == "sf").note == "", "said once"

    content(sf)
    assert changes(check(store)) == {"sf/R/sf.rdb": ["content"]}


def test_a_sidecar_written_anew_changes_nothing(store: StoreBuilder, sf: Path) -> None:
    sf.with_suffix(".json").write_text('{"created_at": "2026-09-09T09:09:09Z"}')

    assert outcomes(check(store)) == {"dplyr": Outcome.FINE, "sf": Outcome.FINE}


@pytest.mark.parametrize(
    "damage",
    [b"{", b"[]", b"null", b'{"version": 2}', b"\xff" * 100, b"[" * 100_000],
    ids=lambda body: repr(body[:9]),
)
def test_a_damaged_baseline_is_told_and_made_anew(store: StoreBuilder, sf: Path, damage: bytes) -> None:
    Path(Layout(str(store.root)).digest(key_of(store))).write_bytes(damage)

    found = check(store)

    assert outcomes(found) == {"dplyr": Outcome.FINE, "sf": Outcome.DAMAGED}
    assert outcomes(check(store)) == {"dplyr": Outcome.FINE, "sf": Outcome.FINE}


def test_one_digit_of_a_baseline_is_enough_to_doubt_it(store: StoreBuilder, sf: Path) -> None:
    path = Path(Layout(str(store.root)).digest(key_of(store)))
    body = path.read_bytes()
    digest = hashlib.sha256((sf / "R" / "sf.rdb").read_bytes()).hexdigest().encode()
    assert digest in body
    path.write_bytes(body.replace(digest, b"0" + digest[1:] if digest[:1] != b"0" else b"1" + digest[1:]))

    assert outcomes(check(store))["sf"] is Outcome.DAMAGED, "the tree is not blamed for it"


@pytest.mark.parametrize("size", [0, 200 * 1024 * 1024], ids=["empty", "huge"])
def test_a_baseline_of_an_odd_size(store: StoreBuilder, sf: Path, size: int) -> None:
    os.truncate(Layout(str(store.root)).digest(key_of(store)), size)

    assert outcomes(check(store))["sf"] is (Outcome.DAMAGED if size else Outcome.RECORDED)


def test_a_link_or_fifo_for_a_baseline(store: StoreBuilder, sf: Path) -> None:
    path = Path(Layout(str(store.root)).digest(key_of(store)))
    for make in (lambda: path.symlink_to("/etc/passwd"), lambda: os.mkfifo(path)):
        path.unlink()
        make()
        assert outcomes(check(store, record=False))["sf"] is Outcome.DAMAGED


def test_another_configs_baseline(store: StoreBuilder, sf: Path) -> None:
    layout = Layout(str(store.root))
    shutil.copy(layout.digest(key_of(store, "dplyr")), layout.digest(key_of(store)))

    assert outcomes(check(store))["sf"] is Outcome.DAMAGED


def test_accepting_what_there_is(store: StoreBuilder, sf: Path) -> None:
    content(sf)
    assert outcomes(check(store))["sf"] is Outcome.CHANGED

    assert outcomes(check(store, keys=[key_of(store)], accept=True)) == {"sf": Outcome.RECORDED}
    assert outcomes(check(store))["sf"] is Outcome.FINE


# --- what is written -------------------------------------------------------------------------------------


def test_the_modes_of_what_is_written(store: StoreBuilder, sf: Path) -> None:
    for path in (store.root / ".pkgstore" / "digests").rglob("*"):
        assert path.stat().st_mode & 0o7777 == (0o755 if path.is_dir() else 0o644)


def test_the_trees_and_sidecars_keep_every_time(store: StoreBuilder, sf: Path) -> None:
    def times() -> dict[Path, tuple[int, ...]]:
        paths = [*(store.root / PLATFORM).rglob("*"), store.root / PLATFORM]
        return {
            path: (path.lstat().st_mtime_ns, path.lstat().st_ctime_ns, path.lstat().st_atime_ns) for path in paths
        }

    for path in sf.rglob("*"):
        os.utime(path, ns=(1, path.lstat().st_mtime_ns), follow_symlinks=False)
    shutil.rmtree(store.root / ".pkgstore")
    before = times()
    check(store)
    check(store)
    after = times()

    changed = {p for p in before if before[p][:2] != after[p][:2]}
    assert changed == set()
    files = [path for path in before if path.is_file() and path.parent.name in {"R", "libs"}]
    assert files
    assert all(before[path] == after[path] for path in files), "no atime either: we own them"


def test_nothing_is_written_through_a_link(store: StoreBuilder, tmp_path: Path) -> None:
    store.package("sf").source().config()
    (tmp_path / "outside").mkdir()
    (store.root / ".pkgstore").mkdir()
    (store.root / ".pkgstore" / "digests").symlink_to(tmp_path / "outside")

    found = check(store)

    assert outcomes(found) == {"sf": Outcome.UNKNOWN}
    assert [type(event) for event in found].count(NotRecorded) == 1
    assert os.listdir(tmp_path / "outside") == []


def test_what_cannot_be_written_is_said_once(store: StoreBuilder) -> None:
    for name in ("a", "b", "c"):
        store.package(name).source().config()
    (store.root / ".pkgstore").write_text("a file in the way")

    found = check(store)

    assert set(outcomes(found).values()) == {Outcome.UNKNOWN}
    assert [type(event) for event in found].count(NotRecorded) == 1


def test_baselines_of_what_is_gone_for_good_go_too(store: StoreBuilder, sf: Path) -> None:
    layout = Layout(str(store.root))
    source = sf.parent
    shutil.rmtree(source)
    left = store.root / ".pkgstore" / "digests" / PLATFORM / ".pkgstore-aaaa.tmp"
    left.write_text("half")
    os.utime(left, (1e9, 1e9))

    found = check(store)

    assert result(found).tidied == 1
    keep = key_of(store, "dplyr")
    assert read_baseline(layout, keep) is not None
    assert os.listdir(store.root / ".pkgstore" / "digests" / PLATFORM) == ["dplyr"]


def test_baselines_of_what_lies_in_the_trash_stay(store: StoreBuilder) -> None:
    from evicting import evict_to_trash, restore

    tree = store.package("sf").source().config(used="90d").tree
    check(store)
    evict_to_trash(store)

    assert result(check(store)).tidied == 0
    restore(store)
    assert outcomes(check(store)) == {"sf": Outcome.FINE}
    content(tree)
    assert changes(check(store)) == {"sf/R/sf.rdb": ["content"]}


def test_one_platform_or_some_refs(store: StoreBuilder, sf: Path) -> None:
    store.on("4.4-x86_64-pc-linux-gnu").package("old").source().config()

    assert set(outcomes(check(store, platform="4.4-x86_64-pc-linux-gnu"))) == {"old"}
    assert set(outcomes(check(store, keys=[key_of(store)]))) == {"sf"}
    assert key_of(store).ref == ref("sf", "1.0", {"Rcpp": "1"})
    assert key_of(store).config_hash == config_hash({"Rcpp": "1"})
