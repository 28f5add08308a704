"""The fence: below a store no link is followed, wherever it stands and whenever it came; elsewhere it is."""

import errno
import os
from pathlib import Path

import pytest

from pkgstore import fence

LOOP = os.strerror(errno.ELOOP)


@pytest.fixture(params=["openat2", "step by step"])
def inside(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with a folder and a file in it, and a secret beside it; with the kernel's help and without."""
    if request.param == "step by step":

        def lacks(*_: object) -> int:
            raise NotImplementedError

        monkeypatch.setattr(fence, "_openat2", lacks)
    monkeypatch.setattr(fence, "_ROOTS", set())
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_text("inside")
    (tmp_path / "outside" / "b").mkdir(parents=True)
    (tmp_path / "outside" / "b" / "file").write_text("secret")
    fence.keep_inside(str(root))
    return root


def contents(path: Path) -> str:
    descriptor = fence.opened(str(path), os.O_RDONLY)
    try:
        return os.read(descriptor, 100).decode()
    finally:
        os.close(descriptor)


def test_what_is_real_is_opened(inside: Path) -> None:
    assert contents(inside / "a" / "b" / "file") == "inside"
    with fence.listing(str(inside / "a")) as entries:
        assert [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries] == [("b", True)]
    assert fence.is_folder(str(inside / "a"))
    assert not fence.is_folder(str(inside / "a" / "b" / "file"))


@pytest.mark.parametrize("place", ["a", "a/b", "a/b/file"])
@pytest.mark.parametrize("relative", [True, False])
def test_a_link_is_refused_wherever_it_stands(inside: Path, place: str, relative: bool) -> None:
    path, secret = inside / place, inside.parent / "outside" / place.removeprefix("a").strip("/")
    path.rename(inside.parent / "aside")
    path.symlink_to(os.path.relpath(secret, path.parent) if relative else secret)
    assert (inside / "a" / "b" / "file").read_text() == "secret", "the link does lead there"

    with pytest.raises(OSError, match=LOOP):
        contents(inside / "a" / "b" / "file")
    if place != "a/b/file":
        with pytest.raises(OSError, match=LOOP), fence.at(str(inside / "a" / "b" / "file")):
            pass
        with pytest.raises(OSError, match=LOOP), fence.listing(str(inside / "a" / "b")):
            pass
        assert not fence.is_there(str(inside / "a" / "b" / "file"))
    assert not fence.is_folder(str(inside / place))


def test_a_link_that_stays_inside_is_refused_too(inside: Path) -> None:
    (inside / "link").symlink_to("a")
    with pytest.raises(OSError, match=LOOP):
        contents(inside / "link" / "b" / "file")


@pytest.mark.parametrize(
    "path", ["a/../../outside/b/file", "./a/./b/file", "a//b/file", "a/b/../b/file", "/a/b/file"]
)
def test_a_detour_is_the_path_that_it_comes_to(inside: Path, path: str) -> None:
    said = "secret" if "outside" in path else "inside"
    assert contents(Path(f"{inside}/{path}")) == said


def test_the_root_itself_may_be_reached_through_a_link(inside: Path) -> None:
    link = inside.parent / "link"
    link.symlink_to("root")
    fence.keep_inside(str(link))
    assert contents(link / "a" / "b" / "file") == "inside"
    (inside / "evil").symlink_to("../outside")
    with pytest.raises(OSError, match=LOOP):
        contents(link / "evil" / "b" / "file")


def test_elsewhere_links_are_their_owners_affair(inside: Path) -> None:
    (inside.parent / "link").symlink_to("outside")
    assert contents(inside.parent / "link" / "b" / "file") == "secret"
    assert fence.leads_to_folder(str(inside.parent / "link"))
    (inside / "link").symlink_to("a")
    assert not fence.leads_to_folder(str(inside / "link"))
    with fence.listing(str(inside.parent / "link")) as entries:
        assert [entry.name for entry in entries] == ["b"]
    with fence.at(str(inside.parent / "link" / "b")) as (folder, name):
        assert (folder, name) == (None, str(inside.parent / "link" / "b"))


def test_a_name_in_a_folder_stays_in_it_when_a_link_takes_its_place(inside: Path) -> None:
    with fence.at(str(inside / "a" / "b" / "file")) as (folder, name):
        (inside / "a" / "b").rename(inside / "a" / "aside")
        (inside / "a" / "b").symlink_to(inside.parent / "outside" / "b")
        os.unlink(name, dir_fd=folder)
    assert (inside.parent / "outside" / "b" / "file").exists()
    assert not (inside / "a" / "aside" / "file").exists()


def test_what_is_missing_and_what_is_in_the_way_is_told(inside: Path) -> None:
    for path, number in (("a/no/file", errno.ENOENT), ("a/b/file/x", errno.ENOTDIR), ("a/b/no", errno.ENOENT)):
        with pytest.raises(OSError, match=os.strerror(number)):
            fence.opened(str(inside / path), os.O_RDONLY)


def test_folders_are_found_level_by_level_and_not_through_links(inside: Path) -> None:
    (inside / "a" / "b" / "deep").mkdir()
    (inside / "link").symlink_to("../outside")
    (inside / "loop").symlink_to(".")
    names = [os.path.relpath(path, inside) for path in fence.folders(str(inside), 2)]
    assert names == ["a", "a/b"]
    assert list(fence.folders(str(inside / "no"), 2)) == []


def test_no_descriptor_stays_open(inside: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    (inside / "link").symlink_to("a")
    before = count()
    for path in ("a/b/file", "link/b/file", "no/b/file", "a/b"):
        for do in (
            contents,
            lambda path: list(fence.folders(str(path), 2)),
            lambda path: fence.is_folder(str(path)),
        ):
            try:
                do(inside / path)
            except OSError:
                continue
    assert count() == before
