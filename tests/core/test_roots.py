"""What must not be lost: who holds what, what is lacking, what could not be read."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from builders import PLATFORM, StoreBuilder, config_hash, ref, source_hash
from pkgstore.keys import PINS, AppKey, ConfigKey, SourceKey, WorkerKey, WorkKey
from pkgstore.model import (
    AppRecord,
    ConfigRecord,
    Damage,
    LockfileRecord,
    ManifestRecord,
    Pin,
    PinsRecord,
    SourceRecord,
    Tier,
    WorkerRecord,
    WorkRecord,
)
from pkgstore.roots import Root, Roots, roots_of
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Key, Record, Snapshot

SF = {"sf": ref("sf", "1.0")}
OTHER = "4.4-x86_64-pc-linux-gnu"


def key(package: str = "sf", version: str = "1.0", platform: str = PLATFORM) -> ConfigKey:
    return ConfigKey(platform, package, source_hash(package, version), config_hash({}))


def of(store: StoreBuilder) -> Roots:
    return roots_of(read_snapshot(str(store.root), apps=str(store.root.parent)))


def owners(found: tuple[Root, ...]) -> list[str]:
    return [root.owner for root in found]


def source(package: str, *versions: str, tree: bool = True, platform: str = PLATFORM) -> list[SourceRecord]:
    """Sources with one config each."""
    keys = [key(package, version, platform) for version in versions]
    return [SourceRecord(k.source, (ConfigRecord(k, listed=True, has_tree=tree),)) for k in keys]


def worker(name: str, manifest: dict[str, str] | None, *damage: Damage) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), manifest, 1.0, damage)


def app(name: str, *damage: Damage, **manifests: dict[str, str] | None) -> AppRecord:
    found = tuple(ManifestRecord(Tier(t), f"/apps/{name}/{t}", m, 2.0) for t, m in manifests.items())
    return AppRecord(AppKey(name), f"/apps/{name}", found, damage=damage)


def pin(name: str, reason: str, until: float | None = None, manifest: dict[str, str] = SF) -> Pin:
    return Pin(name, "sf 1.0", reason, "alice", 3.0, manifest, until)


def pins(*found: Pin) -> PinsRecord:
    return PinsRecord("/store/pins.json", found)


def snapshot(*records: Record | Damage) -> Snapshot:
    return Snapshot("/store").with_records(records)


class TestWhoHolds:
    def test_every_tier_the_strongest_first(self, store: StoreBuilder) -> None:
        store.package("sf").source().config()
        store.app("shop", SF, prev=SF, build=SF)
        store.app("team/maps", SF)
        store.app(".transfers/t1", SF)
        store.work("b1", SF)
        store.work("s1", SF, staging=True)
        store.worker("maps-5d0c91f2", SF)
        store.worker("new")
        roots = of(store)
        assert owners(roots.holders(key())) == [
            "build b1 (in progress)",
            "staging s1 (in progress)",
            "worker maps-5d0c91f2",
            ".transfers/t1 (current)",
            "shop (current)",
            "team/maps (current)",
            "shop (rollback: .prev)",
            "shop (rollback: as first deployed)",
        ]
        assert [root.tier for root in roots.roots] == [Tier.WORKER] * 3 + [Tier.CURRENT] * 3 + [
            Tier.PREV,
            Tier.BUILD,
        ]
        assert roots.roots == roots.holders(key())
        assert (roots.is_rooted(key()), roots.holder_count(key())) == (True, 8)
        assert (roots.damage, roots.is_complete) == ((), True)
        assert all(roots.dangling(root) == () for root in roots.roots)

    def test_a_root_says_where_it_is_from(self, store: StoreBuilder) -> None:
        path = store.worker("w1", SF) / ".packages.json"
        (root,) = of(store).roots
        assert root == Root(Tier.WORKER, "worker w1", str(path), SF, path.stat().st_mtime, WorkerKey("w1"))
        assert root.name == "w1"

    def test_a_ref_counts_on_every_platform_that_has_it(self) -> None:
        roots = roots_of(snapshot(*source("sf", "1.0"), *source("sf", "1.0", platform=OTHER), worker("w1", SF)))
        assert owners(roots.holders(key())) == owners(roots.holders(key(platform=OTHER))) == ["worker w1"]

    def test_another_config_is_nobodys(self) -> None:
        roots = roots_of(snapshot(*source("sf", "1.0", "1.1"), worker("w1", SF)))
        assert (roots.holders(key(version="1.1")), roots.is_rooted(key(version="1.1"))) == ((), False)
        assert roots.holder_count(key("R6")) == 0

    def test_pins_are_the_weakest(self) -> None:
        kept = pins(pin("p2", "demo"), pin("p1", "audit"))
        roots = roots_of(snapshot(worker("w1", SF), kept))
        assert owners(roots.holders(key())) == ["worker w1", "pin p1: sf 1.0 (audit)", "pin p2: sf 1.0 (demo)"]
        later = roots.after(snapshot(kept), [WorkerKey("w1")])
        assert owners(later.holders(key())) == ["pin p1: sf 1.0 (audit)", "pin p2: sf 1.0 (demo)"]
        assert later.roots[0].name == "pin p1: sf 1.0 (audit)"

    def test_a_pin_holds_until_its_end(self) -> None:
        now = snapshot(pins(pin("p1", "audit", until=100.0), pin("p2", "demo")))
        assert len(roots_of(now, 99.9).roots) == 2
        assert [root.owner for root in roots_of(now, 100.0).roots] == ["pin p2: sf 1.0 (demo)"]
        roots = roots_of(now, 50.0)
        assert len(roots.after(now, [WorkerKey("w1")], 200.0).roots) == 2, "the pins were not read again"
        later = roots.after(now, [PINS], 200.0)
        assert owners(later.holders(key())) == ["pin p2: sf 1.0 (demo)"]

    def test_pins_that_cannot_be_read_leave_open_what_must_be_kept(self) -> None:
        broken = PinsRecord("/store/pins.json", damage=(Damage("/store/pins.json", "torn"),))
        roots = roots_of(snapshot(worker("w1", SF)))
        assert roots.is_complete
        torn = roots.after(snapshot(worker("w1", SF), broken), [PINS])
        assert (torn.damage, torn.is_complete) == (broken.damage, False)
        assert roots_of(snapshot(broken)).damage == snapshot(broken).damage == broken.damage


class TestWhatIsLacking:
    def test_by_package(self) -> None:
        manifest = {"sf": ref("sf", "1.0"), "b": ref("b", "2.0"), "a": ref("a", "1.0")}
        roots = roots_of(snapshot(*source("sf", "1.0"), *source("b", "1.0"), worker("w1", manifest)))
        assert roots.dangling(roots.roots[0]) == (("a", ref("a", "1.0")), ("b", ref("b", "2.0")))

    def test_a_phantom_is_lacking(self) -> None:
        roots = roots_of(snapshot(*source("sf", "1.0", tree=False), worker("w1", SF)))
        assert roots.dangling(roots.roots[0]) == tuple(SF.items())

    def test_a_tree_on_any_platform_is_enough(self) -> None:
        records = [*source("sf", "1.0", tree=False), *source("sf", "1.0", platform=OTHER), worker("w1", SF)]
        roots = roots_of(snapshot(*records))
        assert roots.dangling(roots.roots[0]) == ()


class TestFailingClosed:
    @pytest.mark.parametrize(
        "record",
        [
            worker("w1", None, Damage("/store/.workers/w1/.packages.json", "torn")),
            app("shop", Damage("/apps/shop/current", "torn"), current=None, prev=SF),
            app("shop", Damage("/apps/shop", "cannot list")),
            WorkRecord(WorkKey(".builds", "b1"), "/store/.builds/b1", 1.0, damage=(Damage("/store/x", "torn"),)),
            Damage("/store/.workers", "cannot list"),
            Damage("/store/.workers/link", "is a symbolic link where a folder is expected"),
        ],
    )
    def test_what_could_not_be_read_is_told(self, record: Record | Damage) -> None:
        roots = roots_of(snapshot(worker("w9", SF), record))
        assert roots.damage == ((record,) if isinstance(record, Damage) else record.damage)  # type: ignore[union-attr]
        assert not roots.is_complete

    def test_a_manifest_without_contents_is_damage_even_if_nobody_said_so(self) -> None:
        roots = roots_of(snapshot(app("shop", current=None)))
        assert [damage.path for damage in roots.damage] == ["/apps/shop/current"]

    def test_what_is_no_root_does_not_count(self) -> None:
        torn = Damage("/apps/shop/pak.lock", "cannot be read")
        shop = replace(app("shop", torn, current=SF), lockfile=LockfileRecord(torn.path, 0.0, refused=torn.why))
        broken = [replace(record, damage=(Damage("/store/p/sf", "torn"),)) for record in source("sf", "1.0")]
        roots = roots_of(snapshot(shop, *broken, worker("new", None), Damage("/store/platform/x", "is a file")))
        assert roots.is_complete

    @pytest.mark.parametrize(
        ("package", "said"),
        [
            ("sf", "abc"),
            ("sf", "/"),
            ("sf", f"../{'0' * 64}"),
            ("sf", "a/b/c"),
            ("sf", f"{'0' * 64}/configs"),
            ("..", ref("sf", "1.0")),
            ("a/b", ref("sf", "1.0")),
            (".x", ref("sf", "1.0")),
            ("", ref("sf", "1.0")),
            ("store-manifest.json", ref("sf", "1.0")),
        ],
    )
    def test_a_malformed_entry_is_damage_of_each_root_that_has_it(self, package: str, said: str) -> None:
        bad = {package: said, **({} if package == "sf" else SF)}
        roots = roots_of(snapshot(worker("w1", bad), worker("w2", SF), app("shop", prev=bad)))
        assert [damage.path for damage in roots.damage] == ["/store/.workers/w1/.packages.json", "/apps/shop/prev"]
        assert not roots.is_complete

    @pytest.mark.parametrize("package", ["sf", "data.table", "R6", "[foo] [bold", "a\nb", "caf\udce9", "x_y"])
    def test_a_strange_name_is_none(self, package: str) -> None:
        roots = roots_of(snapshot(worker("w1", {package: ref("sf", "1.0")})))
        assert roots.is_complete


def told(roots: Roots) -> tuple[object, ...]:
    """All that there is to know, but for the order of those that hold one pair."""
    held = {pair: sorted(holders) for pair, holders in roots.held.items()}
    return (
        roots.roots,
        held,
        roots.lacking,
        sorted((damage.path, damage.why) for damage in roots.damage),
        dict(roots.malformed),
        [roots.dangling(root) for root in roots.roots],
    )


def others(now: Snapshot) -> list[WorkerRecord | AppRecord | WorkRecord | PinsRecord]:
    return [*now.workers.values(), *now.apps.values(), *now.work.values(), now.pins]


def a_change(chance: random.Random) -> tuple[Key, Record | None]:
    """Something that comes, goes or becomes another thing."""

    def manifest() -> dict[str, str]:
        found = {p: ref(p, chance.choice("123")) for p in chance.sample("abcdef", 3)}
        return {**found, "bad": "x"} if chance.random() < 0.2 else found

    name, torn = chance.choice("wxyz"), [Damage("w", "torn")] if chance.random() < 0.2 else []
    kinds: list[Callable[[], WorkerRecord | AppRecord | WorkRecord | PinsRecord | SourceRecord]] = [
        lambda: worker(name, None if torn else manifest(), *torn),
        lambda: app(name, current=manifest(), prev=manifest()),
        lambda: WorkRecord(WorkKey(".builds", name), f"/store/.builds/{name}", 1.0, manifest()),
        lambda: pins(pin(name, "why", manifest=manifest())),
        lambda: source(chance.choice("abcdef"), chance.choice("123"), tree=chance.random() < 0.8)[0],
    ]
    made = chance.choice(kinds)()
    return made.key, None if chance.random() < 0.25 else made


class TestOneChangeAfterAnother:
    def test_says_what_a_new_look_says(self) -> None:
        chance = random.Random(7)
        now = snapshot()
        roots = roots_of(now)
        for step in range(400):
            changes: dict[Key, Record | None] = {}
            for _ in range(chance.randrange(1, 4)):
                changed, record = a_change(chance)
                known = {*now.sources, *(found.key for found in others(now))}
                if record is not None or changed in known:
                    changes[changed] = record
            now = now.apply(changes)
            roots = roots.after(now, changes)
            if step % 3:  # what was never asked for is worked out from nothing
                assert told(roots) == told(roots_of(now))

    def test_looks_at_nothing_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = snapshot(*source("sf", "1.0"), *(worker(f"w{number}", SF) for number in range(50)))
        roots = roots_of(now)
        assert not roots.lacking
        later = now.apply({WorkerKey("w1"): worker("w1", {**SF, "R6": ref("R6", "1.0")})})
        monkeypatch.setattr(Snapshot, "configs", lambda self: pytest.fail("all configs were looked at"))
        before = roots.held[("sf", SF["sf"])]
        new = roots.after(later, [WorkerKey("w1")])
        assert new.held[("sf", SF["sf"])] is before
        assert new.lacking == {("R6", ref("R6", "1.0"))}
        assert roots.lacking == frozenset()
        assert roots.after(now, []).held is roots.held

    def test_a_tree_that_comes_fills_a_gap_and_one_that_goes_leaves_one(self) -> None:
        empty = snapshot(worker("w1", SF))
        roots = roots_of(empty)
        assert roots.lacking == set(SF.items())
        (record,) = source("sf", "1.0")
        full = empty.apply({record.key: record})
        filled = roots.after(full, [record.key])
        assert filled.lacking == frozenset()
        gone = full.apply({record.key: None})
        assert filled.after(gone, [SourceKey(PLATFORM, "sf", record.key.source_hash)]).lacking == set(SF.items())
