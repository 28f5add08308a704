"""Folders that go between being listed and being opened, and names that try to reach the terminal."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Ran, Runner, contents, nothing_changes, process

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile
from intercept import CALLS, before

Vanish = Callable[..., None]


@pytest.fixture
def vanish(monkeypatch: pytest.MonkeyPatch) -> Vanish:
    """Remove a folder the moment before it is opened or listed."""
    genuine = {call: getattr(os, call) for call in CALLS}

    def make(path: Path, call: str) -> None:
        rmtree = shutil.rmtree

        def gone(name: str) -> None:
            if name == str(path) and os.access(path, os.F_OK):
                with pytest.MonkeyPatch.context() as really:
                    for other, call in genuine.items():
                        really.setattr(os, other, call)
                    rmtree(path)

        before(monkeypatch, gone, call)

    return make


@pytest.mark.parametrize(
    "inner", [f"{PLATFORM}/sf/{source_hash('sf', '1.0-16')}", f"{PLATFORM}/sf", PLATFORM, ".workers"]
)
@pytest.mark.parametrize("command", ["ls", "show", "workers"])
def test_a_folder_that_goes_while_a_store_is_read(
    full: StoreBuilder, run: Runner, vanish: Vanish, inner: str, command: str
) -> None:
    vanish(full.root / inner, "scandir")

    ran = run(command, *(["dplyr"] if command == "show" else []), "--store", full.root)

    expected = 1 if inner == PLATFORM and command == "show" else 0
    assert ran.code == expected
    assert "Traceback" not in ran.err
    if command == "ls":
        left = {PLATFORM: [], ".workers": ["Rcpp", "dplyr", "sf"]}.get(inner, ["Rcpp", "dplyr"])
        assert [line.split()[0] for line in ran.out.splitlines()[1:]] == left


def test_a_tree_that_goes_while_its_description_is_read(full: StoreBuilder, run: Runner, vanish: Vanish) -> None:
    tree = full.root / PLATFORM / "dplyr" / ref("dplyr", "1.1.4")

    def gone(name: str) -> None:
        if name == str(tree / "DESCRIPTION") and tree.exists():
            shutil.rmtree(tree)

    with pytest.MonkeyPatch.context() as patch:
        before(patch, gone, "open")
        ran = run("ls", "dplyr", "--store", full.root)

    assert ran.code == 0
    assert ran.out.splitlines()[1].split()[:2] == ["dplyr", "unknown"]


def test_a_lock_that_goes_while_locks_are_listed(full: StoreBuilder, run: Runner, vanish: Vanish) -> None:
    lock = full.package("sf").source("1").locked("5m")
    vanish(lock, "stat")

    ran = run("locks", "--store", full.root, "--json")

    assert (ran.code, ran.json["locks"]) == (0, [])


@pytest.mark.parametrize("command", ["populate", "assemble"])
def test_a_config_that_goes_after_the_plan_is_a_miss(
    full: StoreBuilder, run: Runner, tmp_path: Path, vanish: Vanish, command: str
) -> None:
    refs = {"Rcpp": ref("Rcpp", "1.0.12"), "dplyr": ref("dplyr", "1.1.4")}
    lock = write_lockfile(tmp_path / "pak.lock", entry("Rcpp", "1.0.12"), entry("dplyr", "1.1.4"))
    manifest = full.app("shop", refs) / "store-manifest.json"
    lib = tmp_path / "lib"
    vanish(full.root / PLATFORM / "dplyr" / refs["dplyr"], "open")

    if command == "populate":
        ran = run("populate", "--lockfile", lock, "--lib", lib, "--store", full.root, "--json")
        assert (ran.json["hits"], ran.json["misses"]) == (1, 1)
    else:
        ran = run("assemble", "--store", full.root, "--manifest", manifest, "--lib", lib, "--json")
        assert (ran.json["linked"], ran.json["missing"]) == (1, ["dplyr"])
    assert ran.code == 0
    assert any(line.startswith("missing dplyr: ") for line in ran.said)
    assert [name for name in sorted(os.listdir(lib)) if name != ".packages.json"] == ["Rcpp"]


@pytest.mark.parametrize("command", ["populate", "assemble"])
def test_a_config_that_goes_while_it_is_linked_leaves_no_part(
    full: StoreBuilder, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    refs = {"dplyr": ref("dplyr", "1.1.4")}
    tree = full.root / PLATFORM / "dplyr" / refs["dplyr"]
    lock = write_lockfile(tmp_path / "pak.lock", entry("dplyr", "1.1.4"))
    manifest = full.app("shop", refs) / "store-manifest.json"
    lib = LibraryBuilder(tmp_path / "lib").path
    real = os.link

    def link(*args: object, **more: object) -> None:
        real(*args, **more)  # type: ignore[arg-type]
        shutil.rmtree(tree, ignore_errors=True)

    monkeypatch.setattr(os, "link", link)
    if command == "populate":
        ran = run("populate", "--lockfile", lock, "--lib", lib, "--store", full.root, "--json")
        assert (ran.json["hits"], ran.json["misses"]) == (0, 1)
    else:
        ran = run("assemble", "--store", full.root, "--manifest", manifest, "--lib", lib, "--json")
        assert ran.json["missing"] == ["dplyr"]
    assert ran.code == 0
    assert [name for name in contents(lib) if name != ".packages.json"] == []


def harmless(ran: Ran) -> None:
    """No character that moves a cursor, hides or turns text round came out, lines apart."""
    for text in (ran.out, ran.err):
        assert all(character.isprintable() for character in text.replace("\n", ""))


@pytest.fixture
def hostile(store: StoreBuilder, tmp_path: Path) -> StoreBuilder:
    """A store in which every name and text that may come from outside is hostile."""
    other = store.on("4.5-" + HOSTILE)
    source = other.package(HOSTILE).source(HOSTILE, key="k" + HOSTILE).config(used="40d")
    source.configs_json.write_text("{")
    linked = other.package("good").source("1").config({HOSTILE: "1"}, used="40d")
    (linked.tree / "DESCRIPTION").write_bytes(b"Package: good\nVersion: 1\x1b]0;\x07\xff\nBuilt: \x1b[2J\n")
    source.locked("5m")
    store.worker("w" + HOSTILE, {HOSTILE: f"{HOSTILE}/{HOSTILE}"})
    (store.worker("v" + HOSTILE) / ".packages.json").write_text('{"\\u001b]0;x\\u0007": 3}')
    return store


@pytest.mark.parametrize(
    "line",
    [("ls",), ("show", "good"), ("show", HOSTILE), ("show", "no" + HOSTILE), ("locks",), ("workers",),
     ("workers", "w" + HOSTILE), ("workers", "no" + HOSTILE), ("evict", "--retention", "30d"),
     ("evict", "--retention", "30d", "--yes", "-v", "--lock-timeout", "0")],
    ids=range(10),
)  # fmt: skip
def test_hostile_names_come_out_harmless(hostile: StoreBuilder, line: tuple[str, ...]) -> None:
    ran = process(*line, "--store", hostile.root)

    assert ran.code in {0, 1, 4, 5, 6}
    harmless(ran)
    if line in {("ls",), ("show", HOSTILE), ("locks",)}:
        assert HOSTILE_SHOWN in ran.out


def test_hostile_names_in_a_lockfile(hostile: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry(HOSTILE, HOSTILE), entry(HOSTILE, "2", platform=HOSTILE))
    for line in (
        ("key", "--lockfile", lock, "--show-input"),
        ("key", "--lockfile", lock, HOSTILE + "not"),
        ("populate", "--lockfile", lock, "--lib", tmp_path / "lib", "--store", hostile.root, "-v"),
        ("populate", "--lockfile", str(lock) + HOSTILE, "--lib", tmp_path, "--store", hostile.root),
    ):
        harmless(run(*line))


def test_names_that_are_no_utf_8(store: StoreBuilder, run: Runner) -> None:
    store.package("cafe").source("1").config(used="40d")
    folder = store.root / PLATFORM
    (folder / "cafe").rename(folder / os.fsdecode(b"caf\xe9"))

    with nothing_changes(store.root):
        text, document = run("ls", "--store", store.root), run("ls", "--store", store.root, "--json")

    assert (text.code, document.code) == (0, 0)
    assert text.out.splitlines()[1].startswith("caf\ufffd ")
    assert document.json["configs"][0]["package"] == "caf\ufffd"
