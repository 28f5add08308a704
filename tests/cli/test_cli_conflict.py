"""Whether a live install needs a new worker, as text and as JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Ran, cells, nothing_changes

from builders import LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile
from pkgstore.errors import DiskError, InputError, InvalidName, LockfileError, ManifestError
from pkgstore_tui.cli.conflict import loaded_packages, run_conflict
from pkgstore_tui.cli.reading import Where

HAS = {"Rcpp": ref("Rcpp", "1.0"), "sf": ref("sf", "1.0", {"Rcpp": "1.0"}), "dplyr": ref("dplyr", "1.0")}


@dataclass
class World:
    store: StoreBuilder
    lock: Path
    ask: Callable[..., Ran]


@pytest.fixture
def world(store: StoreBuilder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    store.package("sf").source().config({"Rcpp": "1.0"})
    for name in ("Rcpp", "dplyr"):
        store.package(name).source().config()
    library = LibraryBuilder(store.worker("w1", HAS))
    for name in HAS:
        library.package(name)
    lock = write_lockfile(tmp_path / "new.lock", entry("Rcpp", "2.0"), entry("sf"), entry("dplyr"))

    def ask(loaded: str | tuple[str, ...], worker: str = "w1", *, as_json: bool = False) -> Ran:
        capsys.readouterr()
        names = loaded_packages(loaded) if isinstance(loaded, str) else loaded
        with nothing_changes(tmp_path):
            code = run_conflict(Where(store=str(store.root)), worker, str(lock), names, as_json=as_json)
        out, err = capsys.readouterr()
        return Ran(int(code), out, err)

    return World(store, lock, ask)


def test_what_forces_a_new_worker(world: World) -> None:
    ran = world.ask("dplyr, sf,Rcpp,")

    assert ran.code == 1
    assert cells(ran.out) == [
        ["LOADED", "WHAT HAPPENS", "BEFORE", "AFTER", "BECAUSE OF"],
        ["Rcpp", "another source", "1.0", "2.0", "Rcpp"],
        ["sf", "built again for what it links to", "1.0", "1.0", "Rcpp"],
    ]
    assert ran.err == "worker w1: a new worker is needed because of Rcpp; 1 loaded package stays as it is\n"


def test_nothing_that_is_loaded_changes(world: World) -> None:
    ran = world.ask("dplyr,stats")

    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "worker w1: no new worker is needed; 1 loaded package stays as it is\n"


def test_what_is_not_known_is_no_promise(world: World) -> None:
    write_lockfile(world.lock, entry("glue"), entry("dplyr"))

    ran = world.ask("glue,dplyr")

    assert (ran.code, ran.out) == (1, "")
    assert ran.said == [
        "not known: glue: it is loaded, but not from the worker's own library",
        "worker w1: it is not known; 1 loaded package stays as it is",
    ]


def test_json(world: World) -> None:
    ran = world.ask("sf,dplyr,stats", as_json=True)

    key = source_hash("sf", "1.0")
    assert ran.code == 1
    assert ran.json == {
        "schema_version": 1,
        "root": str(world.store.root),
        "worker": "w1",
        "lockfile": str(world.lock),
        "needs_new_worker": True,
        "causes": ["Rcpp"],
        "forced": [
            {
                "package": "sf",
                "reason": "abi",
                "before": {"source_hash": key, "version": "1.0"},
                "after": {"source_hash": key, "version": "1.0"},
                "because": ["Rcpp"],
            }
        ],
        "kept": ["dplyr"],
        "not_known": [],
        "foreign": ["stats"],
    }


def test_one_version_from_another_archive_is_told_by_its_hash(world: World) -> None:
    write_lockfile(world.lock, entry("dplyr", sha256="ab"))

    assert f"1.0 {source_hash('dplyr', '1.0')[:8]}" in world.ask("dplyr").out


def test_a_saved_scan_has_no_libraries(world: World) -> None:
    with pytest.raises(click.UsageError, match="saved scan"):
        run_conflict(Where(scan="x"), "w1", str(world.lock), ("sf",), as_json=False)


@pytest.mark.parametrize("loaded", ["", " , "])
def test_no_package_is_named(world: World, loaded: str) -> None:
    with pytest.raises(click.UsageError, match="--loaded"):
        world.ask(loaded)


def test_what_cannot_be_used(world: World) -> None:
    with pytest.raises(InputError, match="has no worker w9"):
        world.ask("sf", "w9")
    with pytest.raises(InvalidName):
        world.ask("sf", "../w1")
    (world.store.worker("w2") / "sf").mkdir()
    with pytest.raises(ManifestError, match="no manifest yet"):
        world.ask("sf", "w2")
    world.lock.write_text("{")
    with pytest.raises((LockfileError, InputError)):
        world.ask("sf")
    world.lock.unlink()
    with pytest.raises(DiskError):
        world.ask("sf")


def test_hostile_names_are_shown_harmless(world: World) -> None:
    LibraryBuilder(world.store.worker("w3", {HOSTILE: ref(HOSTILE, "1.0")})).package(HOSTILE)
    write_lockfile(world.lock, entry(HOSTILE, "2.0"))

    text, document = world.ask((HOSTILE,), "w3"), world.ask((HOSTILE,), "w3", as_json=True)

    assert HOSTILE_SHOWN in text.out
    assert HOSTILE_SHOWN in text.err
    assert document.json["causes"] == [HOSTILE]
    assert "\x1b" not in document.out + text.out + text.err


# through the command


@pytest.mark.parametrize("option", ["--lockfile", "--lock"])
def test_why_answers_for_what_is_loaded(world: World, run: Callable[..., Ran], option: str) -> None:
    ran = run(
        "why", "--worker", "w1", option, world.lock, "--loaded", "dplyr,Rcpp", "--json", "--store", world.store.root
    )
    assert ran.code == 1
    assert ran.json["needs_new_worker"] is True
    assert [forced["package"] for forced in ran.json["forced"]] == ["Rcpp"]


def test_the_lockfile_may_be_an_apps(world: World, run: Callable[..., Ran]) -> None:
    world.store.app("shop", HAS)
    world.lock.rename(world.store.root.parent / "shop" / "pak.lock")
    ran = run("why", "--worker", "w1", "--app", "shop", "--loaded", "dplyr", "--store", world.store.root)
    assert (ran.code, ran.err) == (0, "worker w1: no new worker is needed; 1 loaded package stays as it is\n")


def test_a_workers_library_is_carried_over(world: World, run: Callable[..., Ran]) -> None:
    ran = run("why", "--worker", "w1", "--lockfile", world.lock, "--json", "--store", world.store.root)
    named = {found["package"]: found["verdict"] for found in ran.json["packages"]}
    assert named == {"Rcpp": "source-miss", "sf": "abi-rebuild", "dplyr": "carried"}
    library = world.store.root / ".workers" / "w1"
    same = run(
        "why",
        "--reference-lib",
        library,
        "--runtime",
        "--lockfile",
        world.lock,
        "--json",
        "--store",
        world.store.root,
    )
    assert ran.json["counts"] == same.json["counts"] == {"hits": 0, "misses": 1, "abi_hits": 0, "abi_rebuilds": 1}


@pytest.mark.parametrize(
    "options",
    [
        ("--loaded", "sf"),
        ("--worker", "w1", "--reference-lib", "x"),
        ("--worker", "w1", "--loaded", "sf", "--dot"),
        ("--worker", "w1", "--loaded", "sf", "--lib", "x"),
        ("sf", "--worker", "w1", "--loaded", "sf"),
    ],
)
def test_what_does_not_go_together(world: World, run: Callable[..., Ran], options: tuple[str, ...]) -> None:
    assert run("why", *options, "--lockfile", world.lock, "--store", world.store.root).code == 2


def test_no_such_worker(world: World, run: Callable[..., Ran]) -> None:
    ran = run("why", "--worker", "gone", "--lockfile", world.lock, "--store", world.store.root)
    assert ran.code == 3
    assert "has no worker gone" in ran.err
