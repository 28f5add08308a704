"""What every test may use."""

from pathlib import Path

import pytest
from hypothesis import settings

from builders import StoreBuilder

settings.register_profile("project", deadline=None, database=None)  # machines are shared; nothing is left behind
settings.load_profile("project")


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """An empty store, with room beside it for apps, libraries and lockfiles."""
    return StoreBuilder(tmp_path / ".pkg-store")
