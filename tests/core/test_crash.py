"""A crash before every call that changes the disk: nothing is lost, nothing is half there, a re-run completes.

The crash is a `BaseException`, so no handler of ours can turn it into something else.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, write_lockfile
from pkgstore import Store, files, read_lockfile
from pkgstore.layout import Layout
from pkgstore.locks import break_stale, list_locks
from pkgstore.scan import read_snapshot

CHANGING = ("mkdir", "rmdir", "rename", "unlink", "link", "symlink", "utime", "chmod", "fchmod", "write", "fsync")
DAY = 86400.0


class Crash(BaseException):
    """The process is gone."""


class Countdown:
    """Lets so many changing calls through, then crashes at each."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.crashed = False

    def wrap(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            if self.left == 0:
                self.crashed = True
                raise Crash
            self.left -= 1
            return real(*args, **options)

        return call


def every_crash(
    tmp_path: Path, lay_out: Callable[[Path], Callable[[], object]]
) -> Iterator[tuple[Path, Callable[[], object]]]:
    """For each n: a world where the action crashed at its n-th changing call, until it needs no more calls."""
    for number in range(1000):
        world = tmp_path / str(number)
        world.mkdir()
        action = lay_out(world)
        countdown = Countdown(number)
        with pytest.MonkeyPatch.context() as patched:
            for name in CHANGING:
                patched.setattr(os, name, countdown.wrap(getattr(os, name)))
            patched.setattr(files, "rename_with", countdown.wrap(files.rename_with))
            with contextlib.suppress(Crash):
                action()
        yield world, action
        if not countdown.crashed:
            assert number > 5
            return
    raise AssertionError("it never ends")


def forget_locks(root: Path) -> None:
    """Half an hour later: locks that the crash left are stale."""
    for lock in list_locks(Layout(str(root))):
        os.utime(lock.path, (0, 0))
        assert break_stale(lock.path)


def assert_harmless(root: Path) -> None:
    """No half tree counts as present, and no configs.json is broken."""
    for config in read_snapshot(str(root)).configs():
        tree = Path(Layout(str(root)).config(config.key))
        if config.has_tree:
            assert (tree / "DESCRIPTION").exists()
            assert (tree / "R" / f"{config.key.package}.rdb").exists()
    assert read_snapshot(str(root)).damage == ()


def test_ingest(tmp_path: Path) -> None:
    def lay_out(world: Path) -> Callable[[], object]:
        store = StoreBuilder(world / "store")
        store.package("sf").source().config({"Rcpp": "0.9"}, used="1d")
        library = LibraryBuilder(world / "lib").package("sf", linkingto="Rcpp").package("Rcpp")
        lockfile = read_lockfile(write_lockfile(world / "pak.lock", entry("Rcpp"), entry("sf")))
        return lambda: Store(store.root, PLATFORM).ingest_packages(lockfile, library.path)

    points = 0
    for world, again in every_crash(tmp_path, lay_out):
        points += 1
        root = world / "store"
        assert_harmless(root)
        forget_locks(root)
        for name in ("sf", "Rcpp"):  # a tree is in the library or in the store, whole
            in_store = list((root / PLATFORM).glob(f"{name}/*/*/DESCRIPTION"))
            wanted = 2 if name == "sf" else 1
            assert len(in_store) + (world / "lib" / name / "DESCRIPTION").exists() == wanted
        for name, links in (("sf", "Rcpp"), ("Rcpp", "")):  # the next build installs what was moved
            if not (world / "lib" / name).exists():
                LibraryBuilder(world / "lib").package(name, linkingto=links)
        manifest = again()
        assert manifest == {"sf": ref("sf", "1.0", {"Rcpp": "1.0"}), "Rcpp": ref("Rcpp", "1.0")}
        states = [config.listed and config.has_tree for config in read_snapshot(str(root)).configs()]
        assert states == [True] * 3
        assert all(config.last_used for config in read_snapshot(str(root)).configs())
        assert list_locks(Layout(str(root))) == []
    assert points > 15


def test_evict(tmp_path: Path) -> None:
    def lay_out(world: Path) -> Callable[[], object]:
        store = StoreBuilder(world / "store")
        store.package("sf").source().config({"Rcpp": "0.9"}, used="1d").config(used="40d")
        store.package("s2").source().config(used="40d")
        return lambda: Store(store.root, PLATFORM).evict_stale(30 * DAY)

    points = 0
    for world, again in every_crash(tmp_path, lay_out):
        points += 1
        root = world / "store"
        assert_harmless(root)
        kept = [config for config in read_snapshot(str(root)).configs() if config.linking_to_keys]
        assert [(config.listed, config.has_tree) for config in kept] == [(True, True)]
        forget_locks(root)
        again()
        # what lost its sidecar before its tree was moved may not happen: then it would never be swept
        assert len(list(read_snapshot(str(root)).configs())) == 1
    assert points > 15


def test_assemble(tmp_path: Path) -> None:
    def lay_out(world: Path) -> Callable[[], object]:
        store = StoreBuilder(world / "store")
        manifest = {
            "sf": store.package("sf").source().config({"Rcpp": "1"}).ref,
            "s2": store.package("s2").source("2.0").config().ref,
        }
        library = LibraryBuilder(world / "lib").package("s2", "1.0").manifest({"s2": ref("s2", "1.0")})
        return lambda: Store(store.root, PLATFORM).assemble_library(library.path, manifest)

    points = 0
    for world, again in every_crash(tmp_path, lay_out):
        points += 1
        library = world / "lib"
        manifest = json.loads((library / ".packages.json").read_text())
        assert set(manifest) in ({"s2"}, {"s2", "sf"})
        for package in library.iterdir():
            if not package.name.startswith("."):
                assert (package / "DESCRIPTION").exists()
                assert (package / "R" / f"{package.name}.rdb").exists()
        assert again() == ()
        assert "Version: 2.0" in (library / "s2" / "DESCRIPTION").read_text()
        assert sorted(json.loads((library / ".packages.json").read_text())) == ["s2", "sf"]
    assert points > 20
