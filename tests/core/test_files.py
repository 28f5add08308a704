"""The only module that changes the disk: what it leaves behind when all goes well, and when not."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders import write_tree
from pkgstore import files, rename
from pkgstore.errors import DiskError, StoreError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with all that real R packages have."""
    folder = write_tree(tmp_path / "tree", "sf", "1.0", linkingto="Rcpp")
    (folder / "empty").mkdir()
    (folder / "exec").mkdir()
    (folder / "exec" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "exec" / "run.sh").chmod(0o755)
    (folder / "R" / "x.js").symlink_to("../../../share/javascript/x.js")
    (folder / "R" / "near").symlink_to("sf.rdb")
    (folder / "libs").chmod(0o555)
    for path in (folder / "R", folder / "libs", folder):
        os.utime(path, ns=(10**18, 10**18 + 123456789))
    os.utime(folder / "R" / "x.js", ns=(10**18, 10**18 + 5), follow_symlinks=False)
    return folder


def listing(root: Path) -> dict[str, tuple[int, int]]:
    """Everything below a folder, with its inode and mtime."""
    return {str(p.relative_to(root)): (p.lstat().st_ino, p.lstat().st_mtime_ns) for p in root.rglob("*")}


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


class TestLinkTree:
    def test_links_every_file_and_copies_symbolic_links_as_they_are(self, tree: Path, tmp_path: Path) -> None:
        target = tmp_path / "lib" / "sf"
        count = files.link_tree(str(tree), str(target))
        assert count == sum(not p.is_dir() or p.is_symlink() for p in tree.rglob("*")) == 6
        for path in tree.rglob("*"):
            twin = target / path.relative_to(tree)
            if path.is_symlink():
                assert os.readlink(twin) == os.readlink(path)
                assert twin.lstat().st_mtime_ns == path.lstat().st_mtime_ns
            elif path.is_file():
                assert twin.stat().st_ino == path.stat().st_ino

    def test_keeps_modes_and_times_of_folders(self, tree: Path, tmp_path: Path) -> None:
        target = tmp_path / "lib" / "sf"
        files.link_tree(str(tree), str(target))
        for path in [tree, *(p for p in tree.rglob("*") if p.is_dir() and not p.is_symlink())]:
            twin = (target / path.relative_to(tree)).stat()
            assert (twin.st_mode, twin.st_mtime_ns) == (path.stat().st_mode, path.stat().st_mtime_ns)

    def test_leaves_nothing_beside_the_target(self, tree: Path, tmp_path: Path) -> None:
        files.link_tree(str(tree), str(tmp_path / "lib" / "sf"))
        assert os.listdir(tmp_path / "lib") == ["sf"]

    def test_a_tree_that_is_not_there_is_none(self, tmp_path: Path) -> None:
        assert files.link_tree(str(tmp_path / "no"), str(tmp_path / "lib" / "sf")) is None
        assert not (tmp_path / "lib").exists()

    def test_a_tree_that_goes_meanwhile_is_none_and_leaves_nothing(
        self, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(*_: object, **__: object) -> None:
            raise FileNotFoundError(errno.ENOENT, "gone")

        monkeypatch.setattr(os, "link", gone)
        assert files.link_tree(str(tree), str(tmp_path / "lib" / "sf")) is None
        assert os.listdir(tmp_path / "lib") == []

    def test_a_tree_that_changed_meanwhile_is_none_and_leaves_nothing(self, tree: Path, tmp_path: Path) -> None:
        assert files.link_tree(str(tree), str(tmp_path / "lib" / "sf"), unchanged=lambda _: False) is None
        assert os.listdir(tmp_path / "lib") == []

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            (errno.EXDEV, "one file system"),
            (errno.EMLINK, "no more hard links"),
            (errno.ENOSPC, "disk is full"),
            (errno.EROFS, "read-only"),
            (errno.EACCES, "permissions"),
            (errno.EIO, "fault"),
        ],
    )
    def test_a_refusal_names_both_paths_and_what_to_do(
        self, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        before = listing(tree)
        monkeypatch.setattr(os, "link", refuse)
        with pytest.raises(DiskError) as caught:
            files.link_tree(str(tree), str(tmp_path / "lib" / "sf"))
        assert str(tree) in str(caught.value)
        assert str(tmp_path / "lib") in str(caught.value)
        assert words in str(caught.value)
        assert caught.value.errno == number
        assert os.listdir(tmp_path / "lib") == []
        assert listing(tree) == before

    def test_an_existing_target_is_refused_and_kept(self, tree: Path, tmp_path: Path) -> None:
        target = write_tree(tmp_path / "lib" / "sf", "sf", "0.9")
        with pytest.raises(DiskError, match="File exists"):
            files.link_tree(str(tree), str(target))
        assert "Version: 0.9" in (target / "DESCRIPTION").read_text()
        assert os.listdir(tmp_path / "lib") == ["sf"]

    @pytest.mark.parametrize("kernel_has_it", [True, False])
    def test_an_existing_target_is_exchanged_when_asked(
        self, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel_has_it: bool
    ) -> None:
        if not kernel_has_it:
            monkeypatch.setattr(rename, "_renameat2", lambda: None)
        target = write_tree(tmp_path / "lib" / "sf", "sf", "0.9")
        assert files.link_tree(str(tree), str(target), replace=True) == 6
        assert (target / "DESCRIPTION").samefile(tree / "DESCRIPTION")
        assert os.listdir(tmp_path / "lib") == ["sf"]

    def test_a_symbolic_link_in_place_of_the_tree_is_refused(self, tree: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tree)
        with pytest.raises(DiskError):
            files.link_tree(str(tmp_path / "link"), str(tmp_path / "lib" / "sf"))

    def test_folders_nested_without_end_are_refused(self, tmp_path: Path) -> None:
        folder = tmp_path / "deep"
        folder.mkdir()
        fd = os.open(folder, os.O_RDONLY)
        for _ in range(files.DEEPEST_TREE + 1):
            os.mkdir("d", dir_fd=fd)
            inner = os.open("d", os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = inner
        os.close(fd)
        with pytest.raises(StoreError, match="nested too deeply"):
            files.link_tree(str(folder), str(tmp_path / "lib" / "deep"))


class TestReplaceFile:
    @pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
    @pytest.mark.parametrize("locked", [True, False])
    def test_writes_all_of_it_with_the_modes_of_the_reference(
        self, tmp_path: Path, umask: Callable[[int], int], mask: int, locked: bool
    ) -> None:
        umask(mask)
        path = tmp_path / "configs.json"
        files.replace_file(str(path), b"one", locked=locked)
        files.replace_file(str(path), b"two" * 100_000, locked=locked)
        assert path.read_bytes() == b"two" * 100_000
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        assert os.listdir(tmp_path) == ["configs.json"]

    @pytest.mark.parametrize("call", ["write", "fsync", "rename", "open"])
    def test_a_fault_leaves_the_old_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
        path = tmp_path / "configs.json"
        path.write_bytes(b"old")

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched:
            patched.setattr(os, call, refuse)
            with pytest.raises(DiskError, match="disk is full") as caught:
                files.replace_file(str(path), b"new")
        assert caught.value.path == str(path)
        assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["configs.json"]

    def test_what_a_crash_left_of_a_locked_write_does_not_matter(self, tmp_path: Path) -> None:
        (tmp_path / "configs.json.tmp").write_text("half")
        files.replace_file(str(tmp_path / "configs.json"), b"whole", locked=True)
        assert os.listdir(tmp_path) == ["configs.json"]

    def test_a_symbolic_link_in_place_of_the_helper_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "outside").write_text("precious")
        (tmp_path / "configs.json.tmp").symlink_to(tmp_path / "outside")
        files.replace_file(str(tmp_path / "configs.json"), b"whole", locked=True)
        assert (tmp_path / "outside").read_text() == "precious"


class TestPublishTree:
    def test_moves_a_tree_and_makes_the_folders_above(
        self, tree: Path, tmp_path: Path, umask: Callable[[int], int]
    ) -> None:
        umask(0o077)
        target = tmp_path / "store" / "p" / "sf" / "hash" / "config"
        assert files.publish_tree(str(tree), str(target))
        assert not tree.exists()
        for folder in list(target.parents)[:4]:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o755

    def test_what_is_there_stays(self, tree: Path, tmp_path: Path) -> None:
        (tmp_path / "target").mkdir()
        assert not files.publish_tree(str(tree), str(tmp_path / "target"))
        assert tree.exists()
        assert not any((tmp_path / "target").iterdir())

    def test_a_folder_that_an_eviction_removes_meanwhile_is_made_again(
        self, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target, real, calls = tmp_path / "sf" / "hash" / "config", files.rename_with, []

        def late(source: str, to: str, how: rename.Rename, *folders: int | None) -> bool:
            if not calls:
                target.parent.rmdir()
                target.parent.parent.rmdir()
            calls.append(to)
            return real(source, to, how, *folders)

        monkeypatch.setattr(files, "rename_with", late)
        assert files.publish_tree(str(tree), str(target))
        assert len(calls) == 2
        assert target.is_dir()

    def test_a_missing_tree_is_an_error_that_names_it(self, tmp_path: Path) -> None:
        with pytest.raises(DiskError, match="No such file") as caught:
            files.publish_tree(str(tmp_path / "no"), str(tmp_path / "sf" / "config"))
        assert caught.value.path == str(tmp_path / "no")
        assert caught.value.other == str(tmp_path / "sf" / "config")

    def test_another_file_system_is_an_error_that_names_both(
        self, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> bool:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

        monkeypatch.setattr(files, "rename_with", refuse)
        with pytest.raises(DiskError, match="one file system") as caught:
            files.publish_tree(str(tree), str(tmp_path / "target"))
        assert str(tree) in str(caught.value)
        assert str(tmp_path / "target") in str(caught.value)
        assert tree.exists()


class TestRemoving:
    def test_removes_a_tree_with_read_only_folders_and_tells_what_was_freed(self, tree: Path) -> None:
        expected = sum(p.lstat().st_blocks * 512 for p in tree.rglob("*") if not p.is_dir() or p.is_symlink())
        assert files.remove_tree(str(tree)) == expected > 0
        assert not tree.exists()

    def test_files_with_another_link_free_nothing(self, tree: Path, tmp_path: Path) -> None:
        files.link_tree(str(tree), str(tmp_path / "lib" / "sf"))
        symlinks = sum(p.lstat().st_blocks * 512 for p in tree.rglob("*") if p.is_symlink())
        assert files.remove_tree(str(tree)) == symlinks
        assert (tmp_path / "lib" / "sf" / "DESCRIPTION").exists()

    def test_symbolic_links_are_removed_never_followed(self, tree: Path, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "link").symlink_to(tree)
        files.remove_tree(str(folder))
        (tmp_path / "link").symlink_to(tree)
        files.remove_tree(str(tmp_path / "link"))
        assert (tree / "DESCRIPTION").exists()
        assert not (tmp_path / "link").is_symlink()

    def test_nothing_there_is_fine(self, tmp_path: Path) -> None:
        assert files.remove_tree(str(tmp_path / "no")) == 0
        assert not files.remove_file(str(tmp_path / "no"))
        assert not files.remove_empty_folder(str(tmp_path / "no"))
        assert not files.set_aside(str(tmp_path / "no"), str(tmp_path / "aside"))
        assert not files.touch(str(tmp_path / "no"))

    def test_a_folder_that_is_not_empty_stays(self, tree: Path) -> None:
        assert not files.remove_empty_folder(str(tree))
        assert tree.exists()

    @pytest.mark.parametrize(
        ("call", "do"),
        [
            ("unlink", files.remove_file),
            ("rmdir", files.remove_empty_folder),
            ("utime", files.touch),
            ("stat", files.remove_tree),
            ("rename", lambda path: files.set_aside(path, path + ".aside")),
            ("mkdir", files.make_folder),
            ("mkdir", files.take_folder),
        ],
    )
    def test_a_refusal_names_the_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, do: Callable[[str], object]
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        monkeypatch.setattr(os, call, refuse)
        with pytest.raises(DiskError, match="read-only") as caught:
            do(str(tmp_path / "thing"))
        assert str(tmp_path / "thing") in str(caught.value)


class TestFolders:
    def test_a_file_in_the_way_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(DiskError, match="a file stands where a folder is needed"):
            files.make_folder(str(tmp_path / "file" / "inner"))
        with pytest.raises(DiskError, match="a file stands where a folder is needed"):
            files.make_folder(str(tmp_path / "file"))

    def test_taking_a_folder_is_exclusive(self, tmp_path: Path) -> None:
        path = str(tmp_path / "a" / "b.lock")
        descriptor = files.take_folder(path)
        assert descriptor is not None
        assert files.take_folder(path) is None
        os.close(descriptor)

    def test_put_back_takes_no_name_that_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "theirs").mkdir()
        inode = (tmp_path / "theirs").stat().st_ino
        assert not files.put_back(str(tmp_path / "mine"), str(tmp_path / "theirs"))
        assert (tmp_path / "theirs").stat().st_ino == inode
        assert files.put_back(str(tmp_path / "mine"), str(tmp_path / "free"))


class TestRenameWithoutTheKernelsHelp:
    @pytest.fixture(autouse=True)
    def _old_kernel(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rename, "_renameat2", lambda: None)

    def test_replaces_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        assert not rename.rename_with(str(tmp_path / "a"), str(tmp_path / "b"), rename.Rename.NO_REPLACE)
        assert rename.rename_with(str(tmp_path / "a"), str(tmp_path / "c"), rename.Rename.NO_REPLACE)

    def test_an_exchange_that_fails_half_way_is_undone(self, tmp_path: Path) -> None:
        (tmp_path / "b").mkdir()
        inode = (tmp_path / "b").stat().st_ino
        with pytest.raises(FileNotFoundError):
            rename.rename_with(str(tmp_path / "missing"), str(tmp_path / "b"), rename.Rename.EXCHANGE)
        assert (tmp_path / "b").stat().st_ino == inode
        assert os.listdir(tmp_path) == ["b"]


def test_a_file_system_that_lacks_the_call_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(*_: object) -> int:
        rename.ctypes.set_errno(errno.EINVAL)
        return -1

    monkeypatch.setattr(rename, "_renameat2", lambda: lacks)
    (tmp_path / "a").mkdir()
    assert rename.rename_with(str(tmp_path / "a"), str(tmp_path / "b"), rename.Rename.NO_REPLACE)
    assert (tmp_path / "b").is_dir()
