"""What every test may use."""

from pathlib import Path

import pytest

from builders import StoreBuilder


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """An empty store, with room beside it for apps, libraries and lockfiles."""
    return StoreBuilder(tmp_path / ".pkg-store")
