"""The plan's numbers against the system's own instruments, statvfs and du, on a filesystem that is nobody else's.

Skipped where this user may mount nothing.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_helpers import Runner
from test_cli_evict_numbers import tangled

from builders import StoreBuilder

NOTES = "*.json*"
"""The small files of the store itself: sidecars, configs.json, manifests, the journal."""


@dataclass(frozen=True)
class Volume:
    """A filesystem of its own. All numbers are bytes."""

    path: Path

    @property
    def free(self) -> int:
        """What statvfs calls free."""
        os.sync()
        found = os.statvfs(self.path)
        return found.f_bfree * found.f_frsize

    def used(self, *options: str) -> int:
        """What du counts; each inode once."""
        os.sync()
        done = subprocess.run(
            ["du", "-s", "--block-size=1", *options, self.path], check=True, capture_output=True, text=True
        )
        return int(done.stdout.split()[0])

    @property
    def folders(self) -> int:
        """What the folders alone take."""
        return sum(os.lstat(parent).st_blocks * 512 for parent, _, _ in os.walk(self.path))

    @property
    def trees(self) -> int:
        """What du counts of files that are no notes of the store."""
        return self.used(f"--exclude={NOTES}") - self.folders


def mount(path: Path, kind: str, image: Path) -> bool:
    """Put a new filesystem of 64 MiB there, if this user may."""
    if os.getuid() != 0:
        return False
    path.mkdir()
    if kind == "tmpfs":
        commands = [["mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", str(path)]]
    else:
        with image.open("wb") as file:
            file.truncate(64 * 1024 * 1024)
        commands = [["mkfs.ext4", "-q", "-F", str(image)], ["mount", "-o", "loop", str(image), str(path)]]
    try:
        return all(subprocess.run(command, capture_output=True).returncode == 0 for command in commands)
    except FileNotFoundError:
        return False


@pytest.fixture(params=["tmpfs", "ext4"])
def volume(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Volume]:
    path = tmp_path / "volume"
    if not mount(path, request.param, tmp_path / "image"):
        pytest.skip(f"this user may not mount a {request.param}")
    try:
        yield Volume(path)
    finally:
        subprocess.run(["umount", str(path)], check=True)


@pytest.fixture
def shared(volume: Volume) -> StoreBuilder:
    """A store whose trees share inodes with each other, with workers, and with a folder outside its root."""
    store = StoreBuilder(volume.path / "bundles" / ".pkg-store")
    tangled(store, seed=0)
    return store


def journal_of(store: StoreBuilder) -> int:
    """Bytes on disk of the journal, which grows while other things go."""
    return (store.root / ".pkgstore" / "journal.jsonl").stat().st_blocks * 512


def test_what_is_said_to_come_free_is_what_statvfs_and_du_see(
    volume: Volume, shared: StoreBuilder, run: Runner
) -> None:
    said = run("evict", "--idle", "30d", "-n", "--libraries", "--json", "--store", shared.root).json["freed"]
    assert said["now_bytes"] > 0
    assert said["outside_bytes"] > 0
    assert said["unknown_bytes"] == 0
    free, used, trees = volume.free, volume.used(), volume.trees

    ran = run("evict", "--idle", "30d", "--yes", "--no-trash", "--json", "--store", shared.root)

    assert ran.code == 0
    assert ran.json["freed_bytes"] == said["now_bytes"] == trees - volume.trees
    assert volume.free - free == used - volume.used(), "statvfs and du do not agree"
    assert volume.free - free >= said["now_bytes"]


def test_what_lies_in_the_trash_comes_free_when_it_is_emptied(
    volume: Volume, shared: StoreBuilder, run: Runner
) -> None:
    said = run("evict", "--idle", "30d", "-n", "--json", "--store", shared.root).json["freed"]["now_bytes"]
    trees = volume.trees
    run("evict", "--idle", "30d", "--yes", "--store", shared.root)
    assert volume.trees == trees, "nothing comes free before"
    free, journal = volume.free, journal_of(shared)

    ran = run("trash", "empty", "--yes", "--json", "--store", shared.root)

    assert trees - volume.trees == said
    grown = journal_of(shared) - journal
    assert volume.free - free + grown >= ran.json["freed_bytes"] >= said


def test_what_is_said_to_come_free_later_does_with_the_workers(
    volume: Volume, shared: StoreBuilder, run: Runner
) -> None:
    said = run("evict", "--idle", "30d", "-n", "--libraries", "--json", "--store", shared.root).json["freed"]
    run("evict", "--idle", "30d", "--yes", "--no-trash", "--store", shared.root)
    free, trees = volume.free, volume.trees

    for name in ("w1", "w2"):
        for path in (shared.root / ".workers" / name).iterdir():
            path.unlink()

    later = sum(part["bytes"] for part in said["later"])
    assert later > 0
    assert trees - volume.trees == later
    assert volume.free - free == later
