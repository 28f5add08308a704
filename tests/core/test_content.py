"""Reading what the files of a tree hold: from hostile trees too, without blocking, following or growing."""

import errno
import hashlib
import os
import shutil
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pkgstore import content
from pkgstore.content import Found, Reader, open_below
from pkgstore.errors import Cancelled, InputError
from pkgstore.pace import Pace
from pkgstore.progress import Cancel


def read(tree: Path, reader: Reader | None = None) -> dict[str, Found]:
    opened = open_below(str(tree.parent), tree.name)
    try:
        return {found.path: found for found in (reader or Reader()).read(opened)}
    finally:
        os.close(opened)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "R").mkdir(parents=True)
    (folder / "R" / "code").write_bytes(b"some code")
    (folder / "empty").write_bytes(b"")
    return folder


def test_everything_in_order_with_its_digest(tree: Path) -> None:
    (tree / "link").symlink_to("R/code")
    found = read(tree)

    assert list(found) == ["", "R", "R/code", "empty", "link"]
    assert found["R/code"].content.digest == hashlib.sha256(b"some code").hexdigest()
    assert found["empty"].content.digest == hashlib.sha256(b"").hexdigest()
    assert (found["link"].content.target, found["link"].content.digest) == ("R/code", "")
    assert (found["R"].content.size, found["link"].content.size, found["R/code"].content.size) == (0, 0, 9)
    assert found["R/code"].inode == (tree / "R" / "code").stat().st_ino


@pytest.mark.parametrize("size", [content.PIECE - 1, content.PIECE, content.PIECE + 1, 3 * content.PIECE])
def test_files_larger_than_a_piece(tree: Path, size: int) -> None:
    body = os.urandom(size)
    (tree / "large").write_bytes(body)

    found = read(tree, Reader(md5={"large"}))["large"]

    assert found.content.digest == hashlib.sha256(body).hexdigest()
    assert found.md5 == hashlib.md5(body, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    "name",
    [b"\xff\xfe not utf-8", b"a" * 255, b"new\nline", b"\x1b[2J", "ü".encode(), b" ", b"%41", b"back\\slash"],
    ids=lambda name: repr(name[:12]),
)
def test_names_of_any_bytes(tree: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tree), name)
    with open(path, "wb") as file:
        file.write(b"x")

    assert read(tree)[os.fsdecode(name)].content.digest


def test_what_is_neither_file_nor_folder_is_told_and_never_opened(tree: Path, monkeypatch) -> None:
    os.mkfifo(tree / "fifo")
    monkeypatch.chdir(tree)  # the whole path may be longer than a socket's can be
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        if os.geteuid() == 0:
            os.mknod(tree / "device", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero has no end
        opened: list[object] = []
        real = os.open

        def noted(path: object, *args: object, **more: object) -> int:
            opened.append(path)
            return real(path, *args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "open", noted)
        found = read(tree)

    special = {path for path, entry in found.items() if entry.content.is_special}
    assert special == {"fifo", "socket"} | ({"device"} if os.geteuid() == 0 else set())
    assert special.isdisjoint(opened)


def test_links_in_loops_are_links(tree: Path) -> None:
    (tree / "self").symlink_to("self")
    (tree / "R" / "up").symlink_to("..")
    (tree / "root").symlink_to("/")

    found = read(tree)

    assert {path for path, entry in found.items() if entry.content.target} == {"self", "R/up", "root"}
    assert len(found) == 7


def test_folders_that_are_nested_too_deeply(tree: Path) -> None:
    here = os.open(tree, os.O_RDONLY)
    try:
        for _ in range(content.DEEPEST_TREE + 5):
            os.mkdir("d", dir_fd=here)
            inner = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
    finally:
        os.close(here)
    with pytest.raises(InputError, match="nested too deeply"):
        read(tree)
    shutil.rmtree(tree)


def test_too_many_files(tree: Path, monkeypatch) -> None:
    monkeypatch.setattr(content, "MOST_ENTRIES", 3)
    assert len(read(tree)) == 4
    (tree / "more").write_text("")
    with pytest.raises(InputError, match="more than 3 files"):
        read(tree)


def test_a_sparse_terabyte_is_not_read(tree: Path) -> None:
    with (tree / "hole").open("wb") as file:
        file.truncate(1 << 40)

    found = read(tree)["hole"]

    assert (found.content.digest, found.content.size) == ("", 1 << 40)
    assert "larger than" in found.problem


class During(Pace):
    """Does something when the first piece of a file was read."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act: Callable[[], object] | None = act

    def spent(self, count: int) -> None:
        super().spent(count)
        if self._act is not None:
            act, self._act = self._act, None
            act()


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x" * content.PIECE)


def shrink(path: Path) -> None:
    os.truncate(path, 10)


def write_into(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(2 * content.PIECE)
        file.write(b"other")


@pytest.mark.parametrize("act", [grow, shrink, write_into])
def test_a_file_that_is_changed_while_it_is_read(tree: Path, act: Callable[[Path], None]) -> None:
    (tree / "R" / "code").unlink()
    path = tree / "R" / "large"
    path.write_bytes(b"x" * 3 * content.PIECE)
    os.utime(path, (1e9, 1e9))

    found = read(tree, Reader(pace=During(lambda: act(path))))["R/large"]

    assert (found.content.digest, found.problem) == ("", "was changed while it was read")


def test_a_file_that_goes_while_it_is_read_was_still_read(tree: Path) -> None:
    path = tree / "R" / "code"
    found = read(tree, Reader(pace=During(path.unlink)))
    assert found["R/code"].content.digest


def test_what_goes_between_the_look_and_the_use(tree: Path, monkeypatch) -> None:
    real = os.stat

    def gone(path: object, **more: object) -> os.stat_result:
        status = real(path, **more)  # type: ignore[arg-type]
        if path in {"empty", "R"}:
            shutil.rmtree(tree / "R", ignore_errors=True)
            (tree / "empty").unlink(missing_ok=True)
        return status

    monkeypatch.setattr(os, "stat", gone)
    assert list(read(tree)) == [""]


@pytest.mark.parametrize("put", ["link", "fifo", "folder"])
def test_what_is_swapped_between_the_look_and_the_use(tree: Path, monkeypatch, put: str) -> None:
    """No link is followed, and nothing blocks."""
    secret = tree.parent / "secret"
    secret.write_text("secret")
    real = os.stat

    def swap(path: object, **more: object) -> os.stat_result:
        status = real(path, **more)  # type: ignore[arg-type]
        if path == "empty":
            (tree / "empty").unlink()
            {"link": lambda: (tree / "empty").symlink_to(secret), "fifo": lambda: os.mkfifo(tree / "empty"),
             "folder": (tree / "empty").mkdir}[put]()  # fmt: skip
        return status

    monkeypatch.setattr(os, "stat", swap)
    found = read(tree)["empty"]
    assert found.content.digest == ""
    assert found.problem or found.content.is_special or stat.S_ISDIR(found.content.mode)


def test_a_folder_swapped_for_a_link(tree: Path, monkeypatch) -> None:
    real = os.stat

    def swap(path: object, **more: object) -> os.stat_result:
        status = real(path, **more)  # type: ignore[arg-type]
        if path == "R":
            shutil.rmtree(tree / "R")
            (tree / "R").symlink_to("/etc")
        return status

    monkeypatch.setattr(os, "stat", swap)
    found = read(tree)
    assert "R/passwd" not in found
    assert found["R"].problem == f"cannot be read: {os.strerror(errno.ENOTDIR)}"


def test_a_file_that_may_not_be_read(tree: Path, monkeypatch) -> None:
    real = os.open

    def refuse(path: object, flags: int, *args: object, **more: object) -> int:
        if path == "code":
            raise PermissionError(errno.EACCES, "")
        return real(path, flags, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    found = read(tree)
    assert found["R/code"].problem == "cannot be read: Permission denied"
    assert found["empty"].content.digest


def test_somebody_elses_file_is_read_with_its_atime(tree: Path, monkeypatch) -> None:
    real = os.open
    flags_of: list[int] = []

    def refuse(path: object, flags: int, *args: object, **more: object) -> int:
        if path in {"code", "empty"}:
            flags_of.append(flags & os.O_NOATIME)
            if flags & os.O_NOATIME:
                raise PermissionError(errno.EPERM, "")
        return real(path, flags, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    found = read(tree)
    assert found["R/code"].content.digest
    assert found["empty"].content.digest
    assert flags_of == [os.O_NOATIME, 0, 0], "it is tried once"


@pytest.mark.parametrize("place", ["platform", "package", "source", "config"])
def test_no_link_is_followed_on_the_way_to_a_tree(tmp_path: Path, place: str) -> None:
    names = ["platform", "package", "source", "config"]
    real = tmp_path.joinpath("real", *names)
    real.mkdir(parents=True)
    above = tmp_path.joinpath("root", *names[: names.index(place)])
    above.mkdir(parents=True)
    (above / place).symlink_to(tmp_path.joinpath("real", *names[: names.index(place) + 1]))

    with pytest.raises(OSError, match=r".") as caught:
        open_below(str(tmp_path / "root"), *names)
    assert caught.value.errno in {errno.ELOOP, errno.ENOTDIR}


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_stop_in_the_middle_of_a_file(tree: Path) -> None:
    (tree / "R" / "code").write_bytes(b"x" * 2 * content.PIECE)
    cancel = Cancel()
    before = open_files()

    with pytest.raises(Cancelled):
        read(tree, Reader(cancel, During(cancel.set)))

    assert open_files() == before


def test_only_what_is_wanted_is_read(tree: Path) -> None:
    found = read(tree, reader := Reader(wanted=lambda path, known: known.size == 0))
    assert (found["R/code"].content.digest, bool(found["empty"].content.digest)) == ("", True)
    assert (reader.files, reader.pace.bytes) == (2, 0)


# --- pace ------------------------------------------------------------------------------------------------


class Waits(Cancel):
    """A cancel whose waits pass at once, on a clock of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.waited: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self.now += seconds
        return False


def test_no_more_bytes_a_second_than_allowed() -> None:
    waits = Waits()
    pace = Pace(1000, clock=lambda: waits.now, cancel=waits)

    for _ in range(4):
        pace.spent(500)

    assert sum(waits.waited) == pytest.approx(2.0)
    waits.now += 60.0  # a slow stretch gives no right to read more at once
    pace.spent(5000)
    assert waits.waited[-1] == pytest.approx(5.0)
    assert pace.bytes == 7000


def test_a_stop_ends_a_wait() -> None:
    cancel = Cancel()
    threading.Timer(0.05, cancel.set).start()
    Pace(1, cancel=cancel).spent(1_000_000)
    assert cancel.is_set()


def test_as_fast_as_it_goes(monkeypatch) -> None:
    def never(_seconds: float) -> Iterator[None]:
        raise AssertionError

    waits = Waits()
    monkeypatch.setattr(waits, "wait", never)
    Pace(0, cancel=waits).spent(1 << 40)
