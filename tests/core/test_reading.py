"""Small files, read whole: what else may stand in their place."""

import errno
import os
from pathlib import Path

import pytest

from pkgstore import reading
from pkgstore.errors import DiskError, InputError
from pkgstore.reading import read_bytes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.json"
    path.write_bytes(b"\x00{}\xff\n")
    return path


def test_gives_every_byte(file: Path, tmp_path: Path) -> None:
    assert read_bytes(file) == read_bytes(str(file)) == b"\x00{}\xff\n"
    (tmp_path / "long").write_bytes(os.urandom(1) * (3 << 20))
    assert read_bytes(tmp_path / "long") == (tmp_path / "long").read_bytes()
    (tmp_path / "empty").touch()
    assert read_bytes(tmp_path / "empty") == b""


def test_follows_a_symbolic_link_as_the_reference_does(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file.name)
    assert read_bytes(tmp_path / "link") == file.read_bytes()


def test_leaves_it_to_the_caller_that_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "gone")
    (tmp_path / "dangling").symlink_to("gone")
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "dangling")


def refusal(path: Path, number: int) -> DiskError:
    with pytest.raises(DiskError) as caught:
        read_bytes(path)
    assert (caught.value.errno, caught.value.path) == (number, str(path))
    assert str(caught.value).startswith(f"{path}: cannot read this file: {os.strerror(number)}; ")
    return caught.value


def test_names_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path, errno.EISDIR).advice == "a folder stands where a file is needed; move it away"


def test_names_a_file_on_the_way(file: Path) -> None:
    error = refusal(file / "below", errno.ENOTDIR)
    assert error.advice == "a file stands where a folder is needed; move it away"


def test_names_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    error = refusal(tmp_path / "circle", errno.ELOOP)
    assert error.advice == "a symbolic link stands where a real file or folder is needed"


def test_names_a_name_that_is_too_long(tmp_path: Path) -> None:
    assert refusal(tmp_path / ("x" * 300), errno.ENAMETOOLONG).advice.startswith("the name is longer")


def test_names_a_file_that_may_not_be_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(reading.os, "open", refuse)
    assert refusal(file, errno.EACCES).advice == "run as the user who owns the store, or mend the permissions"


def test_names_a_disk_that_fails_halfway(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(reading.os, "read", fail)
    assert "the disk reported a fault" in refusal(file, errno.EIO).advice


def test_does_not_wait_for_a_writer_of_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError) as caught:
        read_bytes(tmp_path / "pipe")
    assert str(caught.value) == f"{tmp_path / 'pipe'}: is no regular file; look what put it there"


def test_does_not_read_an_endless_device() -> None:
    with pytest.raises(InputError, match=r"^/dev/zero: is no regular file"):
        read_bytes("/dev/zero")


def test_refuses_a_file_that_is_too_large_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(reading.LARGEST_FILE + 1)
    with pytest.raises(InputError) as caught:
        read_bytes(tmp_path / "large")
    assert caught.value.path == str(tmp_path / "large")
    assert caught.value.what == "is 67108865 bytes long, more than the 67108864 that are read"


def test_reads_up_to_the_limit_and_no_further(file: Path) -> None:
    assert read_bytes(file, largest=5) == file.read_bytes()
    with pytest.raises(InputError, match="is 5 bytes long, more than the 4"):
        read_bytes(file, largest=4)


def test_refuses_a_file_that_grows_beyond_the_limit_while_it_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a file must never pass for the whole."""
    really = os.read

    def growing(fd: int, count: int) -> bytes:
        with file.open("ab") as more:
            more.write(b"more")
        return really(fd, count)

    monkeypatch.setattr(reading.os, "read", growing)
    with pytest.raises(InputError) as caught:
        read_bytes(file, largest=6)
    assert caught.value.path == str(file)


def test_leaves_no_descriptor_open(file: Path, tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    read_bytes(file)
    for _ in range(3):
        with pytest.raises(DiskError):
            read_bytes(tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before
