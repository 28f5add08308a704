"""What the tests of the interface share: one time zone, one terminal, a lively store."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scenarios import lively_store

from builders import StoreBuilder


@pytest.fixture(autouse=True)
def _somewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are shown in local time, here UTC everywhere; and every terminal has a clipboard."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("PKGSTORE_ROOT", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def lively(tmp_path: Path) -> StoreBuilder:
    """A store with a bit of everything."""
    return lively_store(tmp_path / "bundles" / ".pkg-store")
