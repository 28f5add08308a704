"""From a wish to a plan: what both programs go through, and what they leave to whoever shows it."""

from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, ref
from pkgstore.accounts import Inventory
from pkgstore.errors import InputError, RootsUnread
from pkgstore.journal import new_operation
from pkgstore.layout import Layout
from pkgstore.operations.events import Done, Removed
from pkgstore.operations.eviction import EvictRule
from pkgstore.operations.planned import (
    EvictWish,
    eviction_events,
    named_roots,
    needed,
    pinned,
    plan_wish,
    told_of,
    with_sizes,
)
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import read_snapshot
from pkgstore.usage import read_tree

OTHER = "4.4-x86_64-pc-linux-gnu"


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """Two packages on one platform, one of them on another one too; an app needs it."""
    made = StoreBuilder(tmp_path / "bundles" / ".pkg-store")
    made.package("sf").source("1.0").config(used="40d")
    made.package("cpp11").source("0.5").config(used="40d")
    made.on(OTHER).package("cpp11").source("0.5").config(used="40d")
    made.app("shop", {"sf": ref("sf", "1.0")}, build={"sf": ref("sf", "1.0")})
    return made


def plan(store: StoreBuilder, rule: EvictRule, *dropped: str, pin: bool = True, ignore: bool = False):
    apps = str(store.root.parent)
    snapshot = read_snapshot(str(store.root), apps=apps)
    roots = needed(snapshot, ignore_roots=ignore)
    wish = EvictWish(rule, (PLATFORM, OTHER), dropped, ignore)
    return plan_wish(snapshot, roots, wish, apps=apps, now=store.now, pin=pin)


def names(planned) -> list[tuple[str, str]]:
    return [(item.key.platform, item.key.package) for item in planned.plan.items]


def test_a_config_that_is_named_goes_and_its_like_on_another_platform_stays(store: StoreBuilder):
    found = plan(store, EvictRule(refs=(ref("cpp11", "0.5"),)))
    assert names(found) == [(OTHER, "cpp11"), (PLATFORM, "cpp11")]
    one = found.plan.items[1].key
    assert names(plan(store, EvictRule(keys=frozenset({one})))) == [(PLATFORM, "cpp11")]


def test_what_is_named_and_not_there_is_told(store: StoreBuilder):
    found = plan(store, EvictRule(idle=1.0))
    gone = frozenset(item.key for item in found.plan.items)
    for item in found.plan.items:
        Path(Layout(str(store.root)).sidecar(item.key)).unlink()
        tree = Path(Layout(str(store.root)).config(item.key))
        tree.rename(tree.with_name("elsewhere"))
    again = plan(store, EvictRule(keys=gone))
    assert again.plan.items == ()
    assert set(again.plan.missing) == {key.ref for key in gone}


def test_a_root_is_let_go_of_by_its_name(store: StoreBuilder):
    rule = EvictRule(refs=(ref("sf", "1.0"),))
    assert names(plan(store, rule)) == []
    assert names(plan(store, rule, "current:shop")) == [], "the rollback target needs it too"
    found = plan(store, rule, "current:shop", "build:shop")
    assert names(found) == [(PLATFORM, "sf")]
    assert [item.root.tier.value for item in found.consequences.breaks] == ["current", "build"]
    assert told_of(found, trash=True)["let_go_of"] == ["shop (current)", "shop (rollback: as first deployed)"]
    with pytest.raises(InputError, match="There is no root 'prev:shop'; there are current:shop, build:shop"):
        named_roots(["prev:shop"], found.roots)


def test_roots_that_cannot_be_read_stop_a_plan_unless_they_are_ignored(store: StoreBuilder):
    (store.root.parent / "shop" / "store-manifest.json").write_text("{")
    with pytest.raises(RootsUnread):
        plan(store, EvictRule(idle=1.0))
    found = plan(store, EvictRule(idle=1.0), ignore=True)
    assert len(found.plan.items) == 3
    assert found.guard is None


def test_sizes_come_later_and_each_item_says_what_it_frees(store: StoreBuilder):
    found = plan(store, EvictRule(idle=1.0))
    assert [item.disk for item in with_sizes(found, Inventory()).plan.items] == [None, None]
    layout = Layout(str(store.root))
    trees = {key: read_tree(layout.config(key)) for key in found.trees}
    sized = with_sizes(found, Inventory(trees))
    assert [item.disk for item in sized.plan.items] == [trees[key].own.disk for key in found.trees]
    assert sized.consequences.freed.now.disk == sum(tree.own.disk for tree in trees.values())


def test_a_plan_that_was_not_pinned_down_is_so_before_it_is_done(store: StoreBuilder):
    loose = plan(store, EvictRule(idle=1.0), pin=False)
    assert [item.inode for item in loose.plan.items] == [0, 0]
    tight = pinned(loose)
    assert tight.plan.items == plan(store, EvictRule(idle=1.0)).plan.items
    events = list(eviction_events(tight, new_operation("evict"), cancel=Cancel(), progress=Progress()))
    assert [type(event) for event in events] == [Removed, Removed, Done]
    assert not (store.root / PLATFORM / "cpp11").exists()
    assert (store.root / PLATFORM / "sf").exists()
