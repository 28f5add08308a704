"""The background sweeper: when it sweeps, what it tells, how it stops."""

import os
import threading
from pathlib import Path

import pytest

from builders import (
    HASHES,
    PLATFORM,
    StoreBuilder,
)
from pkgstore import Store, spawn_eviction_sweeper
from pkgstore.errors import (
    NotAStore,
    StoreError,
)
from pkgstore.operations.sweeper import sweep_interval

PATIENCE = 30
"""Seconds to wait for a fact before a test gives up."""


class TestTheSweeper:
    @pytest.mark.parametrize(
        ("retention", "interval"),
        [(30 * 86400, 86400), (86400, 86400), (86399, 43199.5), (7200, 3600), (0, 0), (-1, -0.5)],
    )
    def test_sweeps_once_a_day_or_twice_a_retention(self, retention: float, interval: float) -> None:
        assert sweep_interval(retention) == interval

    def test_evicts_until_it_is_stopped(self, store: StoreBuilder) -> None:
        swept, removed = threading.Event(), []

        class Watched(Store):
            def evict_stale(self, *arguments: object, **named: object) -> int:
                removed.append(super().evict_stale(*arguments, **named))  # type: ignore[arg-type]
                swept.set()
                return removed[-1]

        built = store.package("sf").source().config(used="40d")
        sweeper = spawn_eviction_sweeper(Watched(store.root, PLATFORM), 0.02)
        assert swept.wait(PATIENCE)
        sweeper.stop(PATIENCE)
        assert not sweeper.is_running
        assert removed[0] == 1
        assert not built.path.exists()
        os.stat(store.root / PLATFORM)

    def test_tells_of_a_sweep_that_failed_and_goes_on(self, tmp_path: Path) -> None:
        told: list[StoreError] = []
        twice = threading.Event()

        def tell(error: StoreError) -> None:
            told.append(error)
            if len(told) == 2:
                twice.set()

        sweeper = spawn_eviction_sweeper(Store(tmp_path / "gone", PLATFORM), 0.02, on_error=tell)
        assert twice.wait(PATIENCE)
        sweeper.stop(PATIENCE)
        assert isinstance(told[0], NotAStore)
        assert told[0].path == str(tmp_path / "gone")

    def test_tells_of_a_source_that_failed(self, store: StoreBuilder, ours: Store) -> None:
        store.package("sf").source().config(used="40d").configs_json.write_text("broken")
        told, heard = [], threading.Event()

        def tell(error: StoreError) -> None:
            told.append(error.path)
            heard.set()

        sweeper = spawn_eviction_sweeper(ours, 0.02, on_error=tell)
        assert heard.wait(PATIENCE)
        sweeper.stop(PATIENCE)
        assert told[0] == ours.configs_path(*HASHES[:2])

    @pytest.mark.parametrize("retention", [0, -5])
    def test_does_not_start_without_a_retention(self, ours: Store, retention: float) -> None:
        sweeper = spawn_eviction_sweeper(ours, retention)
        assert not sweeper.is_running
        sweeper.stop()

    def test_stops_at_once_while_it_waits_for_its_day(self, ours: Store) -> None:
        sweeper = spawn_eviction_sweeper(ours, 30 * 86400)
        assert sweeper.is_running
        sweeper.stop(PATIENCE)
        assert not sweeper.is_running
