"""What a new lockfile or another version would cost: populate's counts, why each is compiled, what nobody knows."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import PLATFORM, StoreBuilder, config_hash, entry, github, ref, source_hash, write_lockfile
from pkgstore.errors import InvalidName
from pkgstore.explain.answer import Answer, Base, Cause, Lack, Outcome, Step
from pkgstore.explain.audit import audit_worker
from pkgstore.explain.bumps import Bump, possible_keys
from pkgstore.explain.whatif import what_if
from pkgstore.layout import Layout
from pkgstore.lockfile import read_lockfile
from pkgstore.model import PopulateStats
from pkgstore.names import Names
from pkgstore.operations.populate import Action, plan_populate
from pkgstore.scan import read_snapshot

LOCAL = {"type": "local", "metadata": {"RemoteType": "local"}}


class World:
    """A store, the app ``shop`` beside it, and questions about both."""

    def __init__(self, store: StoreBuilder) -> None:
        self.store = store
        self.lock = store.root.parent / "new.lock"

    def has(self, package: str, version: str, links: Mapping[str, str] | None = None, **parts: bool) -> None:
        self.store.package(package).source(version).config(links, **parts)

    def app(self, *entries: Mapping[str, object], **refs: str) -> None:
        """The app, with a pak.lock and a manifest."""
        write_lockfile(self.store.app("shop", refs) / "pak.lock", *entries)

    def ask(self, *entries: Mapping[str, object], bumps: tuple[str, ...] = ()) -> Answer:
        """What a lockfile of these entries would find, for the app if there is one; bumps as they are typed."""
        snapshot = read_snapshot(str(self.store.root), apps=str(self.store.root.parent))
        lockfile = read_lockfile(write_lockfile(self.lock, *entries))
        names = Names.of(snapshot)
        possible = [possible_keys(names, Bump(*bump.split("="))) for bump in bumps]
        app = snapshot.apps.get("shop")
        return what_if(snapshot, lockfile, possible, Base.of(app) if app else None)

    def step(self, package: str, *entries: Mapping[str, object], bumps: tuple[str, ...] = ()) -> Step:
        (found,) = (step for step in self.ask(*entries, bumps=bumps).steps if step.package == package)
        return found


@pytest.fixture
def world(store: StoreBuilder) -> World:
    """The store has sf built against Rcpp 1.0.12, and both are what the app has."""
    world = World(store)
    world.has("Rcpp", "1.0.12")
    world.has("sf", "1.0", {"Rcpp": "1.0.12"})
    world.app(
        entry("Rcpp", "1.0.12"),
        entry("sf", "1.0"),
        Rcpp=ref("Rcpp", "1.0.12"),
        sf=ref("sf", "1.0", {"Rcpp": "1.0.12"}),
    )
    return world


class TestLockfile:
    def test_what_the_app_has_is_a_hit(self, world: World) -> None:
        answer = world.ask(entry("Rcpp", "1.0.12"), entry("sf", "1.0"))
        assert answer.stats == PopulateStats(hits=2)
        assert answer.to_compile == ()
        assert [step.cause for step in answer.steps] == [Cause.NONE] * 2

    def test_a_package_that_changed_is_compiled_and_what_links_to_it_is_rebuilt(self, world: World) -> None:
        answer = world.ask(entry("Rcpp", "1.0.13"), entry("sf", "1.0"))
        assert answer.stats == PopulateStats(misses=1, abi_rebuilds=1)
        rcpp, sf = answer.to_compile
        assert (rcpp.cause, rcpp.lack, rcpp.linked) == (Cause.CHANGED, Lack.SOURCE, ())
        assert (sf.cause, sf.lack, sf.linked) == (Cause.LINKED, Lack.CONFIG, ("Rcpp",))
        assert sf.config_hash == config_hash({"Rcpp": "1.0.13"})

    def test_a_stored_config_for_the_changed_package_is_an_abi_hit(self, world: World) -> None:
        world.has("sf", "1.0", {"Rcpp": "1.0.13"})
        world.has("Rcpp", "1.0.13")
        answer = world.ask(entry("Rcpp", "1.0.13"), entry("sf", "1.0"))
        assert answer.stats == PopulateStats(hits=1, abi_hits=1)

    def test_the_cascade_is_one_level_deep(self, world: World) -> None:
        world.has("stars", "1.0", {"sf": "1.0"})
        world.app(Rcpp=ref("Rcpp", "1.0.12"), sf=ref("sf", "1.0"), stars=ref("stars", "1.0", {"sf": "1.0"}))
        answer = world.ask(entry("Rcpp", "1.0.13"), entry("sf", "1.0"), entry("stars", "1.0"))
        assert {step.package: step.outcome for step in answer.steps} == {
            "Rcpp": Outcome.MISS,
            "sf": Outcome.ABI_REBUILD,
            "stars": Outcome.HIT,
        }

    def test_a_package_that_the_app_does_not_have_is_new(self, world: World) -> None:
        step = world.step("units", entry("units", "0.8"))
        assert (step.outcome, step.cause, step.lack) == (Outcome.MISS, Cause.NEW, Lack.SOURCE)
        assert step.config_hash is None, "nothing tells what it links to"

    def test_what_the_store_lost_is_compiled_though_nothing_changed(self, world: World) -> None:
        shutil.rmtree(world.store.root / PLATFORM / "Rcpp")
        step = world.step("Rcpp", entry("Rcpp", "1.0.12"))
        assert (step.outcome, step.cause, step.lack) == (Outcome.MISS, Cause.LOST, Lack.SOURCE)

    def test_a_linked_package_that_left_the_lockfile_changes_the_key(self, world: World) -> None:
        step = world.step("sf", entry("sf", "1.0"))
        assert (step.outcome, step.linked) == (Outcome.ABI_REBUILD, ("Rcpp",))

    @pytest.mark.parametrize(
        ("parts", "lack"),
        [({"tree": False}, Lack.PHANTOM), ({"listed": False}, Lack.SOURCE)],
    )
    def test_what_is_there_by_halves_is_a_miss(self, world: World, parts: dict[str, bool], lack: Lack) -> None:
        world.has("s2", "1.1", **parts)
        step = world.step("s2", entry("s2", "1.1"))
        assert (step.outcome, step.lack) == (Outcome.MISS, lack)

    def test_an_unreadable_configs_json_is_a_miss(self, world: World) -> None:
        world.store.package("s2").source("1.1").config().configs_json.write_text("{")
        step = world.step("s2", entry("s2", "1.1"))
        assert (step.lack, step.config_hash) == (Lack.UNREADABLE, None)

    def test_without_an_app_nothing_is_said_of_why(self, store: StoreBuilder) -> None:
        world = World(store)
        answer = world.ask(entry("Rcpp", "1.0.13"))
        assert answer.stats == PopulateStats(misses=1)
        assert answer.steps[0].cause is Cause.NONE

    def test_without_a_manifest_the_apps_lockfile_tells_what_it_has(self, world: World) -> None:
        (world.store.root.parent / "shop" / "store-manifest.json").unlink()
        assert world.step("sf", entry("Rcpp", "1.0.13"), entry("sf", "1.0")).outcome is Outcome.ABI_REBUILD

    def test_a_name_that_may_not_reach_the_disk_is_an_error(self, world: World) -> None:
        with pytest.raises(InvalidName):
            world.ask(entry("../up"))


class TestBump:
    NOW = (entry("Rcpp", "1.0.12"), entry("sf", "1.0"))

    def test_to_a_version_that_the_store_has(self, world: World) -> None:
        world.has("Rcpp", "1.0.13")
        answer = world.ask(*self.NOW, bumps=("Rcpp=1.0.13",))
        assert answer.stats == PopulateStats(hits=1, abi_rebuilds=1)
        assert answer.steps[0].source_hash == source_hash("Rcpp", "1.0.13")
        assert answer.uncertain == 0

    def test_to_a_version_that_only_a_lockfile_knows(self, world: World) -> None:
        write_lockfile(world.store.app("maps", {}) / "pak.lock", entry("Rcpp", "1.0.13"))
        world.has("sf", "1.0", {"Rcpp": "1.0.13"})
        answer = world.ask(*self.NOW, bumps=("Rcpp=1.0.13",))
        assert answer.stats == PopulateStats(misses=1, abi_hits=1)
        assert answer.uncertain == 0

    def test_to_a_version_that_nobody_knows_rebuilds_for_certain(self, world: World) -> None:
        answer = world.ask(*self.NOW, bumps=("Rcpp=2.0",))
        assert answer.stats == PopulateStats(misses=1, abi_rebuilds=1)
        assert answer.uncertain == 0
        assert [step.source_hash for step in answer.steps] == [None, source_hash("sf", "1.0")]
        assert answer.steps[1].config_hash is None

    def test_unless_a_stored_source_has_no_known_version(self, world: World) -> None:
        unnamed = world.store.package("Rcpp").source("9", key="f" * 64).config()
        (unnamed.tree / "DESCRIPTION").unlink()
        answer = world.ask(*self.NOW, bumps=("Rcpp=2.0",))
        assert answer.uncertain == 1
        assert answer.steps[0].hits_with == (("Rcpp", "f" * 64),)

    def test_without_a_version_it_is_open_where_another_one_would_be_a_hit(self, world: World) -> None:
        world.has("sf", "1.0", {"Rcpp": "1.0.13"})
        world.has("Rcpp", "1.0.13")
        world.has("lme4", "1.1", {"Rcpp": "1.0.12"})
        answer = world.ask(*self.NOW, entry("lme4", "1.1"), bumps=("Rcpp",))
        rcpp, sf, lme4 = answer.steps
        assert answer.stats == PopulateStats(misses=2, abi_rebuilds=1), "lme4 is no part of the app"
        assert answer.uncertain == 2
        newer = (("Rcpp", source_hash("Rcpp", "1.0.13")),)
        assert (sf.certain, sf.hits_with) == (False, newer)
        assert sf.could_be == (ref("sf", "1.0", {"Rcpp": "1.0.13"}),)
        assert (rcpp.certain, rcpp.hits_with, rcpp.version) == (False, newer, "")
        assert lme4.certain, "it was never built against another one"

    def test_to_the_version_that_it_has_changes_nothing(self, world: World) -> None:
        answer = world.ask(*self.NOW, bumps=("Rcpp=1.0.12",))
        assert (answer.bumped, answer.stats) == ((), PopulateStats(hits=2))

    def test_of_a_package_that_the_lockfile_lacks_changes_nothing(self, world: World) -> None:
        answer = world.ask(*self.NOW, bumps=("BH=1.84",))
        assert (answer.bumped, answer.stats) == ((), PopulateStats(hits=2))

    def test_one_of_several_sources_of_a_version(self, world: World) -> None:
        """Two archives of one version: what is a hit with both is one for certain, with one it is open."""
        for key in ("a" * 64, "b" * 64):
            world.store.package("Rcpp").source("1.0.13", key).config()
        answer = world.ask(*self.NOW, bumps=("Rcpp=1.0.13",))
        assert answer.steps[0].outcome is Outcome.HIT
        assert answer.steps[1].outcome is Outcome.ABI_REBUILD
        third = entry("Rcpp", "1.0.13", sha256="c" * 64)
        write_lockfile(world.store.app("maps", {}) / "pak.lock", third)
        step = world.step("Rcpp", *self.NOW, bumps=("Rcpp=1.0.13",))
        assert (step.outcome, step.certain) == (Outcome.MISS, False)
        assert step.hits_with == (("Rcpp", "a" * 64), ("Rcpp", "b" * 64))

    def test_what_links_to_two_bumped_packages(self, world: World) -> None:
        world.has("BH", "1.84")
        world.has("geo", "1.0", {"Rcpp": "1.0.12", "BH": "1.84"})
        world.has("geo", "1.0", {"Rcpp": "1.0.13", "BH": "1.85"})
        world.has("Rcpp", "1.0.13")
        world.has("BH", "1.85")
        entries = entry("Rcpp", "1.0.12"), entry("BH", "1.84"), entry("geo", "1.0")
        certain = world.step("geo", *entries, bumps=("Rcpp=1.0.13", "BH=1.85"))
        assert certain.outcome is Outcome.HIT
        step = world.step("geo", *entries, bumps=("Rcpp", "BH=1.85"))
        assert (step.outcome, step.certain) == (Outcome.MISS, False)
        assert step.hits_with == (("Rcpp", source_hash("Rcpp", "1.0.13")),)

    def test_a_first_entry_that_is_no_package_stays_out_of_the_key(self, world: World) -> None:
        world.has("sf", "1.0", {})
        entries = entry("Rcpp", **LOCAL), entry("Rcpp", "1.0.12"), entry("sf", "1.0")
        before, after = world.step("sf", *entries), world.step("sf", *entries, bumps=("Rcpp=2.0",))
        assert before.config_hash == after.config_hash == config_hash({})

    def test_a_package_from_a_repository_of_sources(self, world: World) -> None:
        answer = world.ask(github("Rcpp", "abc"), entry("sf", "1.0"), bumps=("Rcpp=1.0.12",))
        assert answer.stats == PopulateStats(hits=2)


# --- on random stores, the counts are populate's -----------------------------------------------------------------

NAMES = ("A", "B", "C", "D")
VERSIONS = ("1", "2")

configs = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(VERSIONS),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS), max_size=2),
    st.sampled_from(("whole", "whole", "whole", "tree", "listed", "sidecar", "broken", "linkingto")),
)
locked = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(VERSIONS), st.sampled_from(("std", "std", "std", "local"))
)
STORES = st.lists(configs, max_size=10)
LOCKS = st.lists(locked, min_size=1, max_size=6)


def fill(store: StoreBuilder, found: list[tuple[str, str, dict[str, str], str]]) -> None:
    for package, version, links, damage in found:
        source = store.package(package).source(version)
        tree = source.path / config_hash(links)
        if tree.exists():
            continue
        if damage == "broken":
            source.configs_json.write_text("{")
        elif source.configs_json.exists() and source.configs_json.read_text() == "{":
            continue
        else:
            source.config(links, **{damage: False} if damage in {"tree", "listed", "sidecar"} else {})
            if damage == "linkingto" and source.configs_json.exists():  # at odds with its configs
                said = json.loads(source.configs_json.read_text())
                source.configs_json.write_text(json.dumps({**said, "linkingto": ["A", "methods"]}))


def entries_of(found: list[tuple[str, str, str]]) -> list[dict[str, object]]:
    return [entry(name, version, **(LOCAL if kind == "local" else {})) for name, version, kind in found]


def check(root: Path, lockfile_path: Path, answer: Answer) -> None:
    lockfile = read_lockfile(lockfile_path)
    plan = plan_populate(Layout(str(root)), PLATFORM, lockfile, str(root.parent / "empty"))
    stats = answer.stats
    assert stats.hits + stats.abi_hits == plan.stats.hits
    assert stats.misses + stats.abi_rebuilds == plan.stats.misses
    missed = [step.package for step in plan.steps if step.action is Action.MISS]
    assert [step.package for step in answer.to_compile] == missed


@settings(max_examples=100)
@given(STORES, LOCKS, LOCKS)
def test_the_counts_are_those_of_populate(
    stored: list[tuple[str, str, dict[str, str], str]],
    new: list[tuple[str, str, str]],
    now: list[tuple[str, str, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(StoreBuilder(Path(folder) / ".pkg-store"))
        fill(world.store, stored)
        world.app(*entries_of(now), **{name: ref(name, version) for name, version, _ in now})
        check(world.store.root, world.lock, world.ask(*entries_of(new)))


@settings(max_examples=100)
@given(STORES, LOCKS, st.sampled_from(NAMES), st.sampled_from(VERSIONS))
def test_a_bump_costs_what_populate_says_of_the_lockfile_that_has_it(
    stored: list[tuple[str, str, dict[str, str], str]],
    now: list[tuple[str, str, str]],
    package: str,
    version: str,
) -> None:
    """Of a version of which one key is known; and with any other the certain part holds for each stored version."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(StoreBuilder(Path(folder) / ".pkg-store"))
        fill(world.store, stored)
        write_lockfile(world.store.app("maps", {}) / "pak.lock", entry(package, version))
        certain = world.ask(*entries_of(now), bumps=(f"{package}={version}",))
        some_other = world.ask(*entries_of(now), bumps=(package,))
        had = {v for name, v, kind in now if name == package and kind != "local"}
        moved = [(n, version if n == package and kind != "local" else v, kind) for n, v, kind in now]
        bumped = write_lockfile(world.lock, *entries_of(moved))
        if version not in had:
            check(world.store.root, bumped, certain)
            plan = plan_populate(
                Layout(str(world.store.root)), PLATFORM, read_lockfile(bumped), str(world.store.root / "empty")
            )
            missed = {step.package for step in plan.steps if step.action is Action.MISS}
            assert {step.package for step in some_other.to_compile if step.certain} <= missed
            linked = {step.package for step in plan.steps if step.action is Action.LINK}
            assert {step.package for step in some_other.steps if not step.outcome.is_compiled} <= linked


@settings(max_examples=60)
@given(STORES, st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS), min_size=1))
def test_what_populate_links_from_one_lockfile_fits_together(
    stored: list[tuple[str, str, dict[str, str], str]], now: dict[str, str]
) -> None:
    """The audit never finds a mismatch in a library that was made of one lockfile's hits."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(StoreBuilder(Path(folder) / ".pkg-store"))
        fill(world.store, stored)
        lockfile = read_lockfile(write_lockfile(world.lock, *(entry(*pair) for pair in now.items())))
        plan = plan_populate(Layout(str(world.store.root)), PLATFORM, lockfile, str(world.store.root / "empty"))
        world.store.worker("w1", {step.package: step.key.ref for step in plan.steps if step.action is Action.LINK})
        snapshot = read_snapshot(str(world.store.root))
        audit = audit_worker(snapshot, Names.of(snapshot), snapshot.workers["w1"])
        assert [finding for finding in audit.findings if finding.code in {"ABI-MISMATCH", "ABI-BLIND"}] == []
        assert audit.unknown == ()
