"""How much is read of a file that somebody made large, deep or endless; and that memory stays bounded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import StoreBuilder, entry, ref, write_lockfile
from pkgstore.codec import (
    LARGEST_CONFIGS,
    LARGEST_MANIFEST,
    LARGEST_SIDECAR,
    MOST_PACKAGES,
    read_config_meta,
    read_package_manifest,
    read_store_configs,
    read_store_manifest,
)
from pkgstore.description import LARGEST_DESCRIPTION, parse_dcf, read_description
from pkgstore.errors import InputError, ManifestError
from pkgstore.journal import MOST_READ, read_journal
from pkgstore.layout import Layout
from pkgstore.lockfile import read_lockfile
from pkgstore.pins import LARGEST as LARGEST_PINS
from pkgstore.pins import read_pins
from pkgstore.reading import LARGEST_FILE

TERABYTE = 1 << 40
MEMORY = 1 << 30
"""Bytes of address space: what a look at a store full of such files may take, the interpreter included."""


def named(count: int) -> str:
    """A manifest of so many packages."""
    return "{" + ",".join(f'"{number}":""' for number in range(count)) + "}"


READERS = [
    (read_store_configs, LARGEST_CONFIGS),
    (read_store_manifest, LARGEST_MANIFEST),
    (lambda path: read_package_manifest(path.parent), LARGEST_MANIFEST),
    (read_config_meta, LARGEST_SIDECAR),
    (read_description, LARGEST_DESCRIPTION),
    (parse_dcf, LARGEST_DESCRIPTION),
    (read_lockfile, LARGEST_FILE),
]


@pytest.mark.parametrize(("read", "largest"), READERS)
def test_a_file_beyond_its_limit_is_refused_by_its_size(tmp_path: Path, read, largest: int) -> None:
    path = tmp_path / ".packages.json"
    for size in (largest + 1, TERABYTE):
        path.touch()
        os.truncate(path, size)
        with pytest.raises(InputError, match=f"is {size} bytes long, more than the {largest} that are read"):
            read(path)


def test_pins_beyond_their_limit_are_refused(store: StoreBuilder) -> None:
    layout = Layout(str(store.root))
    Path(layout.ours).mkdir()
    Path(layout.pins).touch()
    os.truncate(layout.pins, LARGEST_PINS + 1)
    with pytest.raises(InputError, match="more than"):
        read_pins(layout)


def test_of_an_endless_journal_the_end_is_read(store: StoreBuilder) -> None:
    layout = Layout(str(store.root))
    Path(layout.ours).mkdir()
    Path(layout.journal).touch()
    os.truncate(layout.journal, TERABYTE)
    history = read_journal(layout, most=MOST_READ // 32)
    assert (history.lines, history.is_cut) == ((), True)


def test_a_manifest_of_too_many_packages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store-manifest.json"
    path.write_text(named(MOST_PACKAGES))
    assert len(read_store_manifest(path)) == MOST_PACKAGES
    path.write_text(named(MOST_PACKAGES + 1))
    with pytest.raises(ManifestError, match=f"more than the {MOST_PACKAGES} that are read"):
        read_store_manifest(path)


@pytest.mark.campaign
def test_a_manifest_of_a_million_packages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store-manifest.json"
    path.write_text(named(1_000_000))
    with pytest.raises(ManifestError, match="names 1000000 packages"):
        read_store_manifest(path)


@pytest.mark.parametrize(
    "text",
    [b"[" * 1_000_000, b'{"a":' * 1_000_000, b"[" * 10**6 + b"]" * 10**6],
    ids=["lists", "objects", "closed"],
)
def test_no_depth_of_nesting_is_too_much(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / ".packages.json"
    path.write_bytes(text)
    for read, _ in READERS:
        if read not in {read_description, parse_dcf}:
            with pytest.raises(InputError):
                read(path)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> StoreBuilder:
    """A store whose every file is as large as it is read, or larger."""
    store = StoreBuilder(tmp_path_factory.mktemp("large") / ".pkg-store")
    built = store.package("sf").source().config(used="40d")
    wide = store.package("wide").source().config(used="40d")
    many = b'{"linkingto": [' + b"{}," * (LARGEST_CONFIGS // 12) + b"{}]}"
    wide.configs_json.write_bytes(many)
    (wide.tree / "DESCRIPTION").write_bytes(
        b"".join(b"k%d:v\n" % number for number in range(LARGEST_DESCRIPTION // 14))
    )
    for path in (built.tree / "DESCRIPTION", built.configs_json, built.tree / "R" / "sf.rdb"):
        os.truncate(path, TERABYTE)
    worker = store.worker("w1", {"sf": ref("sf", "1.0")})
    os.truncate(worker / ".packages.json", TERABYTE)
    (store.worker("w2") / ".packages.json").write_text(named(1_000_000))
    app = store.app("shop", {"sf": ref("sf", "1.0")}, prev={"sf": ref("sf", "1.0")})
    os.truncate(app / "store-manifest.json.prev", TERABYTE)
    write_lockfile(app / "pak.lock", entry("sf"), entry("wide"))
    ours = store.root / ".pkgstore"
    ours.mkdir()
    (ours / "journal.jsonl").write_bytes(b'{"v":1}\n' * 100_000)
    os.truncate(ours / "journal.jsonl", TERABYTE)
    return store


LINES = [
    ("ls",),
    ("roots",),
    ("workers",),
    ("df", "--libraries"),
    ("why", "--app", "shop"),
    ("trash", "list"),
    ("scan",),
]


def bounded(large: StoreBuilder, line: tuple[str, ...]) -> None:
    code = (
        "import resource, sys; from pkgstore_tui.cli import main;"
        f"resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY})); sys.exit(main(sys.argv[1:]))"
    )
    words = [*line, "--store", str(large.root)]
    ran = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, timeout=120, check=False)
    assert ran.returncode in {0, 1, 3}, ran.stderr.decode()[-2000:]
    assert b"Error" not in ran.stderr


def test_the_memory_of_a_scan_stays_bounded(large: StoreBuilder) -> None:
    bounded(large, LINES[0])


@pytest.mark.campaign
@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_memory_stays_bounded(large: StoreBuilder, line: tuple[str, ...]) -> None:
    bounded(large, line)
