"""One folder as it stands, and the beginning of a file."""

import os
import stat
from pathlib import Path

import pytest

from pkgstore.errors import Cancelled, DiskError, InputError
from pkgstore.progress import Cancel
from pkgstore.reading import read_head
from pkgstore.trees import list_folder


def test_what_stands_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("hello")
    os.link(tmp_path / "b", tmp_path / "again")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner").touch()
    os.symlink("../away", tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    os.utime(tmp_path / "b", (5, 5))
    found = {entry.name: entry for entry in list_folder(str(tmp_path))}
    assert list(found) == ["again", "b", "link", "pipe", "sub"]
    assert (found["b"].size, found["b"].links, found["b"].changed) == (5, 2, 5.0)
    assert found["link"].target == "../away"
    assert stat.S_ISFIFO(found["pipe"].mode)
    assert [name for name, entry in found.items() if entry.is_folder] == ["sub"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    open(os.fsencode(tmp_path) + b"/\xff\n", "w").close()
    (entry,) = list_folder(str(tmp_path))
    assert entry.name == "\udcff\n"


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.symlink(tmp_path, tmp_path / "link")
    for name in ("file", "link", "none"):
        with pytest.raises(DiskError, match="cannot list this folder"):
            list_folder(str(tmp_path / name))


def test_cancelled(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        list_folder(str(tmp_path), cancel=cancel)


def test_the_beginning_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert read_head(path, 4) == (b"0123", 10)
    assert read_head(path, 100) == (b"0123456789", 10)
    assert read_head(path, 0) == (b"", 10)
    os.symlink(path, tmp_path / "link")
    assert read_head(tmp_path / "link", 2) == (b"01", 10)
    with pytest.raises(InputError, match="symbolic link"):
        read_head(tmp_path / "link", 2, follow=False)
    with pytest.raises(FileNotFoundError):
        read_head(tmp_path / "none", 2)
    with pytest.raises(DiskError, match="Is a directory"):
        read_head(tmp_path, 2)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no regular file"):
        read_head(tmp_path / "pipe", 2)
