"""What a retention would take, by day, and which retention takes nothing that is needed."""

import pytest

from builders import PLATFORM, StoreBuilder
from pkgstore.forecast import DAY, forecast
from pkgstore.operations.evict import plan_evict
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot


def roots(store: StoreBuilder) -> Roots:
    return roots_of(read_snapshot(str(store.root), apps=str(store.root.parent)))


@pytest.fixture
def aging(store: StoreBuilder) -> StoreBuilder:
    """Two configs that are due, one tomorrow, one that an app needs in ten days."""
    store.package("a").source().config(used="31d")
    store.package("b").source().config(used="60d")
    store.package("c").source().config(used="29d")
    needed = store.package("d").source().config(used="20d")
    store.app("shop", {"d": needed.ref})
    return store


def test_what_goes_on_which_day(aging: StoreBuilder) -> None:
    found = forecast(roots(aging), (PLATFORM,), 30 * DAY, now=aging.now + 1)
    assert [(s.day, [c.key.package for c in s.configs], s.rooted) for s in found.steps] == [
        (0, ["a", "b"], 0),
        (1, ["c"], 0),
        (10, ["d"], 1),
    ]
    assert [root.owner for root in found.steps[-1].broken] == ["shop (current)"]
    assert not any(step.broken for step in found.steps[:-1])


def test_day_0_is_what_a_sweep_takes_now(aging: StoreBuilder) -> None:
    found = roots(aging)
    due = plan_evict(found.snapshot, PLATFORM, 30 * DAY, now=aging.now).items
    assert forecast(found, (PLATFORM,), 30 * DAY, now=aging.now).steps[0].configs == due


def test_the_smallest_retention_that_loses_nothing_that_is_needed(aging: StoreBuilder) -> None:
    found = roots(aging)
    safe = forecast(found, (PLATFORM,), 30 * DAY, now=aging.now).safe
    assert safe == pytest.approx(20 * DAY, abs=1)
    for retention, lost in ((safe + 1, False), (safe - 1, True)):
        due = plan_evict(found.snapshot, PLATFORM, retention, now=aging.now).items
        assert any(found.is_rooted(config.key) for config in due) is lost


def test_an_app_is_incomplete_from_the_first_loss_on(store: StoreBuilder) -> None:
    refs = {name: store.package(name).source().config(used=used).ref for name, used in (("a", "29d"), ("b", "25d"))}
    store.app("shop", refs, prev={"b": refs["b"]})
    steps = forecast(roots(store), (PLATFORM,), 30 * DAY, now=store.now + 1).steps
    assert [[root.owner for root in step.broken] for step in steps] == [
        ["shop (current)"],
        ["shop (rollback: .prev)"],
    ]


def test_nothing_is_foretold_without_a_retention_and_of_an_empty_store(aging: StoreBuilder) -> None:
    assert forecast(roots(aging), (PLATFORM,), 0.0, now=aging.now).steps == ()
    assert forecast(roots(aging), ("4.4-x",), DAY, now=aging.now).steps == ()
    assert forecast(roots(aging), ("4.4-x",), DAY, now=aging.now).safe == 0.0
