"""What the tests of the library share."""

import pytest

from builders import PLATFORM, StoreBuilder
from pkgstore import Store


@pytest.fixture
def ours(store: StoreBuilder) -> Store:
    """The library's view of the store that the test builds."""
    return Store(store.root, PLATFORM)
