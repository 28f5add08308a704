"""Whether workers' files are the store's own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from verifying import check, libraries, result

from builders import PLATFORM, StoreBuilder, ref
from pkgstore import Store

SF = ref("sf", "1.0", {"Rcpp": "1"})


@pytest.fixture
def library(store: StoreBuilder) -> Path:
    """A worker's library as assembly makes it."""
    tree = store.package("sf").source().config({"Rcpp": "1"}).tree
    (tree / "link").symlink_to("DESCRIPTION")
    store.package("dplyr").source().config()
    path = store.root / ".workers" / "w1"
    assert Store(store.root, PLATFORM).assemble_library(path, {"sf": SF, "dplyr": ref("dplyr", "1.0")}) == ()
    return path


def drift(store: StoreBuilder) -> dict[str, str]:
    (found,) = libraries(check(store, libraries=True))
    return {
        f"{package.package}/{path}": change.name.lower()
        for package in found.drifts
        for path, change in package.files
    }


def copied(library: Path) -> None:
    path = library / "sf" / "DESCRIPTION"
    body = path.read_bytes()
    path.unlink()
    path.write_bytes(body)


def link_elsewhere(library: Path) -> None:
    (library / "sf" / "link").unlink()
    (library / "sf" / "link").symlink_to("/etc/passwd")


def folder_for_a_file(library: Path) -> None:
    (library / "sf" / "DESCRIPTION").unlink()
    (library / "sf" / "DESCRIPTION").mkdir()


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (lambda library: None, {}),
        (lambda library: os.utime(library / "sf"), {}),
        (lambda library: (library / "mine").mkdir(), {}),  # what the manifest does not name is the worker's own
        (copied, {"sf/DESCRIPTION": "copied"}),
        (lambda library: (library / "sf" / "new").write_text(""), {"sf/new": "added"}),
        (lambda library: (library / "sf" / "libs" / "sf.so").unlink(), {"sf/libs/sf.so": "gone"}),
        (link_elsewhere, {"sf/link": "target"}),
        (folder_for_a_file, {"sf/DESCRIPTION": "kind"}),
        (lambda library: shutil.rmtree(library / "sf"), {"sf/": "not_here"}),
    ],
)
def test_each_drift_is_found(
    store: StoreBuilder, library: Path, way: Callable[[Path], object], expected: dict[str, str]
) -> None:
    way(library)

    assert drift(store) == expected
    assert result(check(store, libraries=True)).drifted == bool(expected)


def test_libraries_are_looked_at_only_when_asked_for(store: StoreBuilder, library: Path) -> None:
    assert libraries(check(store)) == []


def test_what_is_not_in_the_store_proves_nothing(store: StoreBuilder, library: Path) -> None:
    shutil.rmtree(store.root / PLATFORM / "dplyr")

    found = check(store, libraries=True)

    assert drift(store) == {"dplyr/": "not_stored"}
    assert (result(found).drifted, result(found).unread) == (0, 1)


def test_a_manifest_that_cannot_be_read_or_is_not_there_yet(store: StoreBuilder, library: Path) -> None:
    (library / ".packages.json").write_text("{")
    store.worker("w2")

    found = libraries(check(store, libraries=True))

    assert [bool(event.problem) for event in found] == [True, True]
    assert "no manifest yet" in found[1].problem


def test_hostile_names_in_a_manifest(store: StoreBuilder, library: Path) -> None:
    store.worker("w1", {"..": SF, "a/b": SF, "sf": "../../x", "dplyr": "nonsense", "x": f"{SF}/more"})

    assert set(drift(store).values()) == {"not_stored"}


def test_a_ref_on_two_platforms_counts_where_it_fits(store: StoreBuilder, library: Path) -> None:
    """A manifest does not tell which."""
    store.on("4.4-x86_64-pc-linux-gnu").package("sf").source().config({"Rcpp": "1"})

    assert drift(store) == {}


def test_a_library_that_is_a_link_farm(store: StoreBuilder, library: Path) -> None:
    shutil.rmtree(library / "sf")
    (library / "sf").symlink_to("/etc")

    assert drift(store) == {"sf/": "unread"}
