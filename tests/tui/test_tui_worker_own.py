"""What one worker alone holds is kept while it is true, and nothing else of a reading that is over."""

import gc
import shutil
import weakref

from scenarios import MAPS, SHOP, write_worker

from builders import StoreBuilder
from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot
from pkgstore_tui.screens.worker_own import Alone


def read(store: StoreBuilder) -> Roots:
    return roots_of(read_snapshot(str(store.root)))


def packages(keys: tuple[ConfigKey, ...] | None) -> list[str]:
    return sorted(key.package for key in keys or ())


def test_it_follows_the_workers(lively: StoreBuilder) -> None:
    alone = Alone()
    shutil.rmtree(lively.root.parent / "maps")
    assert "sf" in packages(alone.of("maps-5d0c91f2", read(lively)))
    write_worker(lively, "maps-6666", MAPS)
    roots = read(lively)
    assert packages(alone.of("maps-5d0c91f2", roots)) == packages(alone.of("maps-6666", roots)) == []
    shutil.rmtree(lively.root / ".workers" / "maps-6666")
    assert "sf" in packages(alone.of("maps-5d0c91f2", read(lively)))


def test_a_tree_that_is_gone_is_not_held(lively: StoreBuilder) -> None:
    alone = Alone()
    assert "BH" in packages(alone.of("shop-3f2a77c1", read(lively)))
    shutil.rmtree(next((lively.root).glob("*/BH")))
    assert "BH" not in packages(alone.of("shop-3f2a77c1", read(lively)))


def test_readings_that_are_over_are_thrown_away_whoever_was_asked_about(lively: StoreBuilder) -> None:
    alone, over = Alone(), []
    for worker in ("maps-5d0c91f2", "shop-3f2a77c1"):
        roots = read(lively)
        over.append(weakref.ref(roots))
        alone.of(worker, roots)
    alone.of("shop-9b41e0aa", read(lively))
    del roots
    gc.collect()
    assert [kept() for kept in over] == [None, None]


def test_a_worker_that_is_gone_is_forgotten(lively: StoreBuilder) -> None:
    alone, roots = Alone(), read(lively)
    for key in roots.owned:
        if isinstance(key, WorkerKey):
            alone.of(key.worker_id, roots)
    shutil.rmtree(lively.root / ".workers" / "maps-5d0c91f2")
    write_worker(lively, "shop-1111", SHOP)
    for worker in ("shop-3f2a77c1", "shop-1111"):
        alone.of(worker, read(lively))
    shutil.rmtree(lively.root / ".workers" / "shop-1111")
    alone.of("shop-3f2a77c1", read(lively))
    assert alone.known("maps-5d0c91f2") is None
