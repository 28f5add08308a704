"""What the tests of the library share."""

import pytest
from watch_helpers import NEVER, refuse_events

from builders import PLATFORM, StoreBuilder
from pkgstore import Store, _watch_lookout


@pytest.fixture
def ours(store: StoreBuilder) -> Store:
    """The library's view of the store that the test builds."""
    return Store(store.root, PLATFORM)


@pytest.fixture(params=["events", "polling"])
def sweep(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds between sweeps: never where events have to do it alone, soon where there are none."""
    if request.param == "events":
        return NEVER
    refuse_events(monkeypatch)
    return 0.02


@pytest.fixture
def exact_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made a moment before the start is not told: so a test can say exactly what is."""
    monkeypatch.setattr(_watch_lookout, "SLACK", 0)
    monkeypatch.setattr(_watch_lookout, "SKEW", 0)
