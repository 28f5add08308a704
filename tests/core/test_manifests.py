"""Both kinds of manifest, written: the bytes, what is kept, what is left alone."""

import errno
from pathlib import Path

import pytest

from pkgstore import update_package_manifest, write_package_manifest, write_store_manifest
from pkgstore.errors import DiskError, ManifestError

MANIFEST = {"sf": "s/c", "R6": "r/<c>"}
BYTES = b'{\n  "R6": "r/\\u003cc\\u003e",\n  "sf": "s/c"\n}'


def test_each_has_its_name(tmp_path: Path) -> None:
    write_store_manifest(tmp_path, MANIFEST)
    write_package_manifest(str(tmp_path), MANIFEST)
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {"store-manifest.json": BYTES, ".packages.json": BYTES}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_a_new_one_takes_the_place_of_the_old(tmp_path: Path) -> None:
    write_package_manifest(tmp_path, MANIFEST)
    with (tmp_path / ".packages.json").open("rb") as reader:
        write_package_manifest(tmp_path, {})
        assert reader.read() == BYTES
    assert (tmp_path / ".packages.json").read_bytes() == b"{}"
    assert [path.name for path in tmp_path.iterdir()] == [".packages.json"]


def test_an_update_adds_and_overwrites(tmp_path: Path) -> None:
    update_package_manifest(tmp_path, {"sf": "old/c"})
    update_package_manifest(tmp_path, {"cli": "k/c", "sf": "s/c"})
    update_package_manifest(tmp_path, {})
    assert (tmp_path / ".packages.json").read_bytes() == b'{\n  "cli": "k/c",\n  "sf": "s/c"\n}'


@pytest.mark.parametrize("content", [b"", b"[]", b'{"sf": 1}', b"<<<<<<< HEAD\n"])
def test_an_update_leaves_alone_what_it_cannot_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".packages.json").write_bytes(content)
    with pytest.raises(ManifestError) as caught:
        update_package_manifest(tmp_path, {"sf": "s/c"})
    assert (caught.value.path, caught.value.advice) == (
        str(tmp_path / ".packages.json"),
        "assemble this library again",
    )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {".packages.json": content}


def test_an_update_does_not_replace_a_folder(tmp_path: Path) -> None:
    (tmp_path / ".packages.json").mkdir()
    with pytest.raises(DiskError) as caught:
        update_package_manifest(tmp_path, {"sf": "s/c"})
    assert caught.value.errno == errno.EISDIR
    assert [path.name for path in tmp_path.iterdir()] == [".packages.json"]


@pytest.mark.parametrize("write", [write_store_manifest, write_package_manifest, update_package_manifest])
def test_a_library_that_is_missing_is_named(tmp_path: Path, write: object) -> None:
    with pytest.raises(DiskError) as caught:
        write(tmp_path / "gone", MANIFEST)  # type: ignore[operator]
    assert caught.value.path.startswith(f"{tmp_path}/gone/")
    assert caught.value.errno == errno.ENOENT
    assert caught.value.advice == "check the path"
    assert list(tmp_path.iterdir()) == []
