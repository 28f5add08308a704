"""A check beside evictions, restores, builds and workers: nothing that they do is taken for a change."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from evicting import evict_to_trash, restore
from verifying import check, configs

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, write_lockfile
from pkgstore import Store, read_lockfile
from pkgstore.layout import Layout
from pkgstore.operations import baselines
from pkgstore.operations.ingest import apply_ingest, plan_ingest
from pkgstore.operations.verify_events import Outcome

ROUNDS = 60
HARMLESS = {Outcome.FINE, Outcome.GONE, Outcome.RECORDED}


@contextmanager
def beside(act: Callable[[], object]) -> Iterator[None]:
    """Do something again and again in a thread; what goes wrong in it is raised."""
    stop, wrong = threading.Event(), []

    def work() -> None:
        try:
            while not stop.is_set():
                act()
        except BaseException as error:
            wrong.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if wrong:
        raise wrong[0]


def outcomes_of(store: StoreBuilder, rounds: int = ROUNDS) -> set[Outcome]:
    return {event.outcome for _ in range(rounds) for event in configs(check(store))}


def test_evicted_and_put_back(store: StoreBuilder) -> None:
    store.package("sf").source().config({"Rcpp": "1"}, used="90d")
    check(store)

    def churn() -> None:
        evict_to_trash(store)
        restore(store)

    with beside(churn):
        assert outcomes_of(store) <= HARMLESS - {Outcome.RECORDED}
    assert outcomes_of(store, 1) == {Outcome.FINE}


def test_put_back_and_evicted_again_between_two_looks(store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the trash, then in the store while the trash is listed, then in the trash: it keeps its baseline."""
    store.package("sf").source().config({"Rcpp": "1"}, used="90d")
    check(store)
    evict_to_trash(store)
    monkeypatch.setattr(baselines, "list_trash", lambda _layout: ())
    assert baselines.tidy_baselines(Layout(str(store.root))) == 0
    monkeypatch.undo()
    restore(store)
    assert outcomes_of(store, 1) == {Outcome.FINE}


@pytest.mark.parametrize("digests", [True, False], ids=["digests", "none"])
def test_deleted_and_built_anew(store: StoreBuilder, tmp_path: Path, digests: bool) -> None:
    """Each build has other contents."""
    layout = Layout(str(store.root))
    lockfile = read_lockfile(write_lockfile(tmp_path / "pak.lock", entry("sf")))
    numbers = iter(range(1_000_000))

    def churn() -> None:
        lib = LibraryBuilder(tmp_path / f"lib{next(numbers)}").package("sf").path
        (lib / "sf" / "R" / "sf.rdb").write_bytes(os.urandom(100))
        list(apply_ingest(layout, plan_ingest(layout, PLATFORM, lockfile, str(lib)), digests=digests))
        Store(store.root, PLATFORM).evict_stale(0.000001)

    with beside(churn):
        assert outcomes_of(store) <= HARMLESS


def test_workers_come_and_go(store: StoreBuilder) -> None:
    """Hard links to its files move a tree's ctimes on."""
    store.package("sf").source().config({"Rcpp": "1"})
    check(store)
    library = store.root / ".workers" / "w1"

    def churn() -> None:
        Store(store.root, PLATFORM).assemble_library(library, {"sf": ref("sf", "1.0", {"Rcpp": "1"})})
        shutil.rmtree(library)

    with beside(churn):
        assert outcomes_of(store) == {Outcome.FINE}


def test_two_checks_at_once(store: StoreBuilder) -> None:
    for number in range(20):
        store.package(f"p{number}").source().config()
    with beside(lambda: check(store)):
        assert outcomes_of(store, 10) <= {Outcome.FINE, Outcome.RECORDED}
