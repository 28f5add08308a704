"""What is remembered between two readings: it saves reading, and is never believed against the disk."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder
from pkgstore import sources
from pkgstore.cache import cache_file, decode_line, encode_line
from pkgstore.model import StoreConfigs
from pkgstore.progress import Cancel
from pkgstore.scan import Wanted, read_snapshot, scan
from pkgstore.snapshot import Snapshot
from pkgstore.sources import SourceMemo, TreeMemo


@pytest.fixture
def old(store: StoreBuilder) -> StoreBuilder:
    """A store whose small files were written some time ago."""
    store.package("sf").source("1.0").config({"Rcpp": "1.0"}, used="40d").config({"Rcpp": "1.1"}, used="2d")
    store.package("sf").source("1.1").config()
    store.package("Rcpp").source("1.0").config(used="1d")
    store.on("4.4-x").package("cli").source("3.0").config()
    age(store.root)
    return store


def age(root: Path) -> None:
    """Let everything but the sidecars be an hour old, so that it counts as settled."""
    for path in root.rglob("*"):
        if path.name in {"DESCRIPTION", "configs.json"}:
            os.utime(path, (1_700_000_000, 1_700_000_000))


def same(one: Snapshot, other: Snapshot) -> bool:
    return one.sources == other.sources and list(one.sources) == list(other.sources) and one.damage == other.damage


class Counter:
    """Counts the small files that are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        really = sources._read_at_once

        def counted(folder: int, way: str) -> tuple[bytes, sources.Stamp]:
            self.read.append(os.path.basename(way))
            return really(folder, way)

        monkeypatch.setattr(sources, "_read_at_once", counted)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


def test_a_second_reading_opens_nothing_and_finds_the_same(
    old: StoreBuilder, tmp_path: Path, counter: Counter
) -> None:
    cache = str(tmp_path / "cache" / "x")
    first = read_snapshot(str(old.root), cache=cache)
    assert sorted(counter.read) == ["DESCRIPTION"] * 5 + ["configs.json"] * 4
    counter.read.clear()
    written = os.stat(cache)
    second = read_snapshot(str(old.root), cache=cache)
    assert counter.read == []
    assert same(first, second)
    assert os.stat(cache) == written  # nothing new to remember: not even written again
    assert os.listdir(tmp_path / "cache") == ["x"]
    assert os.stat(cache).st_mode & 0o777 == 0o600


def _touch(old: StoreBuilder) -> None:
    sidecar = next((old.root / PLATFORM / "sf").rglob("????????????*.json"))
    os.utime(sidecar, (1_800_000_000, 1_800_000_000))


def _edit_description(old: StoreBuilder) -> None:
    path = next((old.root / PLATFORM / "Rcpp").rglob("DESCRIPTION"))
    status = path.stat()
    path.write_text(path.read_text().replace("1.0", "9.9"))  # in place, the same size
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _replace_configs(old: StoreBuilder) -> None:
    path = next((old.root / PLATFORM / "sf").rglob("configs.json"))
    other = path.with_name("other.tmp")
    other.write_text('{"source_compiled": false, "linkingto": null, "configs": {}}')
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))  # another inode, the same time
    other.rename(path)


def _remove_description(old: StoreBuilder) -> None:
    next((old.root / PLATFORM / "sf").rglob("DESCRIPTION")).unlink()


def _add(old: StoreBuilder) -> None:
    old.package("Aaa").source().config()
    old.package("zzz").source().config()
    old.package("sf").source("1.0").config({"Rcpp": "1.2"})


def _remove(old: StoreBuilder) -> None:
    (old.root / PLATFORM / "Rcpp").rename(old.root / "gone")
    (old.root / "4.4-x").rename(old.root / ".away")


def _hurt(old: StoreBuilder) -> None:
    next((old.root / PLATFORM / "sf").rglob("configs.json")).write_text("[")


@pytest.mark.parametrize(
    "change", [_touch, _edit_description, _replace_configs, _remove_description, _add, _remove, _hurt]
)
def test_whatever_changed_is_seen(
    old: StoreBuilder, tmp_path: Path, change: Callable[[StoreBuilder], None]
) -> None:
    cache = str(tmp_path / "cache")
    before = read_snapshot(str(old.root), cache=cache)
    change(old)
    fresh = read_snapshot(str(old.root))
    assert not same(before, fresh)
    for _ in range(3):  # with the old cache, the mended one, and the one that needs no mending
        assert same(read_snapshot(str(old.root), cache=cache), fresh)


def test_what_changed_a_moment_ago_is_not_remembered(store: StoreBuilder, tmp_path: Path, counter: Counter) -> None:
    store.package("sf").source().config()
    for _ in range(2):
        read_snapshot(str(store.root), cache=str(tmp_path / "cache"))
    assert counter.read == ["configs.json", "DESCRIPTION"] * 2


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _flip(data: bytes) -> bytes:
    return data.replace(b"1.0", b"6.6")


def _garbage(data: bytes) -> bytes:
    return data.splitlines(keepends=True)[0] + b"\xff\x00\n\n[1]\n" + b"x" * 100


@pytest.mark.parametrize("spoil", [_cut, _flip, _garbage, bytes.upper, lambda data: b""])
def test_a_spoilt_cache_is_no_harm(old: StoreBuilder, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    cache = tmp_path / "cache"
    fresh = read_snapshot(str(old.root), cache=str(cache))
    whole = cache.read_bytes()
    cache.write_bytes(spoil(whole))
    assert same(read_snapshot(str(old.root), cache=str(cache)), fresh)
    assert cache.read_bytes() == whole


def test_the_cache_of_another_store_does_not_count(old: StoreBuilder, tmp_path: Path, counter: Counter) -> None:
    cache = str(tmp_path / "cache")
    read_snapshot(str(old.root), cache=cache)
    moved = old.root.rename(tmp_path / "elsewhere")
    counter.read.clear()
    read_snapshot(str(moved), cache=cache)
    assert len(counter.read) == 9
    assert cache_file("/c", str(moved)) != cache_file("/c", str(tmp_path))


def test_a_cache_that_cannot_be_written_is_no_harm(old: StoreBuilder, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert same(read_snapshot(str(old.root), cache=str(tmp_path / "file" / "x")), read_snapshot(str(old.root)))
    (tmp_path / "folder").mkdir()
    assert same(read_snapshot(str(old.root), cache=str(tmp_path / "folder")), read_snapshot(str(old.root)))
    assert os.listdir(tmp_path / "folder") == []


def test_a_scan_that_was_stopped_leaves_the_old_cache(old: StoreBuilder, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    read_snapshot(str(old.root), cache=str(cache))
    whole = cache.read_bytes()
    _add(old)
    cancel = Cancel()
    for _ in scan(str(old.root), Wanted(cache=str(cache)), cancel=cancel):
        cancel.set()
    assert cache.read_bytes() == whole
    scan_left_open = scan(str(old.root), Wanted(cache=str(cache)))
    next(scan_left_open)
    scan_left_open.close()
    assert cache.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("cache")] == ["cache"]


def test_a_reading_of_one_platform_does_not_touch_it(old: StoreBuilder, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    read_snapshot(str(old.root), platforms=["4.4-x"], cache=str(cache))
    assert not cache.exists()


def test_names_that_are_no_utf8_are_read_each_time(store: StoreBuilder, tmp_path: Path) -> None:
    built = store.package("sf").source().config()
    os.rename(os.fsencode(built.path.parent), os.fsencode(built.path.parent.parent) + b"/s\xff")
    age(store.root)
    snapshots = [read_snapshot(str(store.root), cache=str(tmp_path / "cache")) for _ in range(2)]
    assert same(*snapshots)
    assert [key.package for key in snapshots[0].sources] == ["s\udcff"]


def test_a_line_says_what_it_was_given() -> None:
    meta = StoreConfigs(True, ("Rcpp",), {"c1": {"Rcpp": "k"}, "c2": None, "c3": {}})
    memos = {"s1": SourceMemo((1, 2, 3), meta, {"c1": TreeMemo((4, 5, 6), "1.0", "R 4.5", "CRAN")})}
    line = encode_line("p", "sf", memos)
    assert decode_line(line) == (("p", "sf"), memos)
    assert encode_line("p", "s\udcff", memos) == b""
