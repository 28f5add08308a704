"""How big a tree is: each file once."""

import os
from pathlib import Path

import pytest

from pkgstore import usage
from pkgstore.progress import Cancel
from pkgstore.usage import TreeSize, measure_tree


def test_counts_bytes_and_blocks_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    (tmp_path / "R" / "deep").mkdir(parents=True)
    (tmp_path / "R" / "deep" / "b").write_bytes(b"y" * 234)
    disk = sum((tmp_path / name).stat().st_blocks * 512 for name in ("a", "R/deep/b"))
    assert measure_tree(str(tmp_path)) == TreeSize(1234, disk, 2)


def test_counts_a_hard_linked_file_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    (tmp_path / "R").mkdir()
    (tmp_path / "R" / "b").hardlink_to(tmp_path / "a")
    assert measure_tree(str(tmp_path)).apparent == 1000
    assert measure_tree(str(tmp_path)).files == 1


def test_counts_a_file_that_is_linked_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a").write_bytes(b"x" * 10)
    (tmp_path / "elsewhere").hardlink_to(tmp_path / "tree" / "a")
    assert measure_tree(str(tmp_path / "tree")).apparent == 10


def test_counts_a_symbolic_link_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "large").write_bytes(b"x" * 5000)
    (tmp_path / "tree" / "file").symlink_to("../large")
    (tmp_path / "tree" / "folder").symlink_to("..")
    size = measure_tree(str(tmp_path / "tree"))
    assert (size.apparent, size.files) == (len("../large") + len(".."), 2)


def test_tells_a_sparse_file_s_two_sizes_apart(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 24)
    size = measure_tree(str(tmp_path))
    assert size.apparent == 1 << 24
    assert size.disk < size.apparent


def test_of_nothing_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "gone", tmp_path / "file"):
        assert measure_tree(str(path)) == TreeSize()


def test_counts_what_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut" / "b").write_bytes(b"y")
    really = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(usage.os, "scandir", refuse)
    assert measure_tree(str(tmp_path)).files == 1


def test_stops_when_asked(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    cancel = Cancel()
    assert measure_tree(str(tmp_path), cancel=cancel).files == 1
    cancel.set()
    assert measure_tree(str(tmp_path), cancel=cancel) == TreeSize()
