"""Any sequence of operations against a dictionary: whatever an app, a rollback target or a worker needs is there.

Ingest, deploy, refresh, rollback, assemble, the end of a worker, ageing, pinning, eviction (cut short or not),
restore and emptying, in any order; at the end of each sequence every root is assembled. `make test` runs 500
sequences, `make stress` 20,000.
"""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from builders import PLATFORM, entry, ref, write_lockfile
from kill_points import Calls, forget_locks
from pkgstore import Store, read_lockfile
from pkgstore.layout import Layout
from pkgstore.locks import list_locks
from pkgstore.model import Pin
from pkgstore.operations.empty import apply_empty, plan_empty
from pkgstore.operations.events import Done, Failed
from pkgstore.operations.evict import apply_evict
from pkgstore.operations.eviction import EvictRule, pin_down, plan_eviction
from pkgstore.operations.guard import RootGuard, checked
from pkgstore.operations.pinning import add_pin, remove_pins
from pkgstore.operations.restore import apply_restore, plan_restore
from pkgstore.roots import Root, roots_of
from pkgstore.scan import read_snapshot
from pkgstore.trash import list_trash

PACKAGES = ("a", "b", "c")
VERSIONS = ("1", "2")
LINKED = {"b": "a"}
"""b links to a, so it has a config for each version of a."""

APPS = ("shop", "maps")
RETENTION = 1000.0
Manifest = dict[str, str]
bundles = st.lists(st.tuples(st.sampled_from(PACKAGES), st.sampled_from(VERSIONS)), min_size=1, max_size=3)


class Crash(BaseException):
    """The process is gone."""


class Machine(RuleBasedStateMachine):
    """The store on disk, and what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.world = Path(
            tempfile.mkdtemp(prefix="machine-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        )
        self.root = self.world / "apps" / ".pkg-store"
        self.root.mkdir(parents=True)
        self.layout = Layout(str(self.root))
        self.apps = str(self.root.parent)
        self.stored: set[tuple[str, str]] = set()
        self.old: set[tuple[str, str]] = set()
        self.manifests: dict[tuple[str, str], Manifest] = {}
        self.workers: dict[str, Manifest] = {}
        self.pins: dict[str, Manifest] = {}
        self.count = 0

    def teardown(self) -> None:
        """Every root is not only said to be whole: it is assembled."""
        try:
            for number, root in enumerate(roots_of(read_snapshot(str(self.root), apps=self.apps)).roots):
                target = self.world / f"rehearsal{number}"
                assert Store(self.root, PLATFORM).assemble_library(target, root.manifest) == (), root.owner
                for package in root.manifest:
                    assert (target / package / "DESCRIPTION").read_text().startswith(f"Package: {package}\n")
        finally:
            shutil.rmtree(self.world)

    # --- builds and apps -------------------------------------------------------------------------------

    def _build(self, bundle: list[tuple[str, str]]) -> Manifest:
        """Install what the store lacks, and ingest it, as a build does."""
        versions = dict(bundle)
        if "b" in versions:
            versions.setdefault("a", "1")
        self.count += 1
        lib = self.world / f"lib{self.count}"
        for name, version in versions.items():
            (lib / name).mkdir(parents=True)
            links = f"LinkingTo: {LINKED[name]}\n" if name in LINKED else ""
            (lib / name / "DESCRIPTION").write_text(f"Package: {name}\nVersion: {version}\n{links}")
        lockfile = write_lockfile(self.world / "pak.lock", *(entry(name, v) for name, v in versions.items()))
        manifest = Store(self.root, PLATFORM).ingest_packages(read_lockfile(lockfile), lib)
        wanted = {
            name: ref(name, version, {LINKED[name]: versions[LINKED[name]]} if name in LINKED else {})
            for name, version in versions.items()
        }
        assert manifest == wanted
        for pair in wanted.items():
            if pair not in self.stored:
                self.old.discard(pair)
        self.stored |= set(wanted.items())
        shutil.rmtree(lib)
        return manifest

    def _write(self, app: str, tier: str, manifest: Manifest) -> None:
        folder = self.root.parent / app
        folder.mkdir(exist_ok=True)
        suffix = "" if tier == "current" else f".{tier}"
        lines = ", ".join(f'"{name}": "{value}"' for name, value in manifest.items())
        (folder / f"store-manifest.json{suffix}").write_text(f"{{{lines}}}")
        self.manifests[app, tier] = manifest

    @rule(app=st.sampled_from(APPS), bundle=bundles)
    def deploy(self, app: str, bundle: list[tuple[str, str]]) -> None:
        manifest = self._build(bundle)
        self._write(app, "current", manifest)
        self._write(app, "build", manifest)

    @rule(app=st.sampled_from(APPS), bundle=bundles)
    def refresh(self, app: str, bundle: list[tuple[str, str]]) -> None:
        if (app, "current") in self.manifests:
            manifest = self._build(bundle)
            self._write(app, "prev", self.manifests[app, "current"])
            self._write(app, "current", manifest)

    @rule(app=st.sampled_from(APPS), tier=st.sampled_from(("prev", "build")))
    def rollback(self, app: str, tier: str) -> None:
        if (app, tier) in self.manifests:
            self._write(app, "current", self.manifests[app, tier])

    @rule(bundle=bundles)
    def build_that_nobody_deploys(self, bundle: list[tuple[str, str]]) -> None:
        self._build(bundle)

    @rule(app=st.sampled_from(APPS))
    def start_worker(self, app: str) -> None:
        if manifest := self.manifests.get((app, "current")):
            self.count += 1
            name = f"w{self.count}"
            missing = Store(self.root, PLATFORM).assemble_library(self.layout.worker(name), manifest)
            assert missing == ()
            self.workers[name] = manifest
            self.old -= set(manifest.items())

    @precondition(lambda self: self.workers)
    @rule()
    def worker_ends(self) -> None:
        name = min(self.workers)
        Store(self.root, PLATFORM).cleanup_worker_lib(name)
        del self.workers[name]

    # --- time ------------------------------------------------------------------------------------------

    @rule()
    def time_goes_by(self) -> None:
        """Nobody uses anything for longer than the retention."""
        for path in (self.root / PLATFORM).glob("*/*/*.json"):
            if path.name != "configs.json":
                os.utime(path, (time.time() - 2 * RETENTION,) * 2)
        self.old |= self.stored

    @precondition(lambda self: self.stored)
    @rule(choice=st.integers(0, 1000))
    def touch(self, choice: int) -> None:
        package, wanted = sorted(self.stored)[choice % len(self.stored)]
        Store(self.root, PLATFORM).touch(package, *wanted.split("/"))
        self.old.discard((package, wanted))

    # --- pins ------------------------------------------------------------------------------------------

    @precondition(lambda self: self.manifests)
    @rule(choice=st.integers(0, 1000))
    def pin(self, choice: int) -> None:
        manifest = self.manifests[sorted(self.manifests)[choice % len(self.manifests)]]
        pin = add_pin(self.layout, Pin("", "a target", "for the audit", "admin", time.time(), manifest))
        self.pins[pin.id] = manifest

    @precondition(lambda self: self.pins)
    @rule()
    def unpin(self) -> None:
        name = min(self.pins)
        remove_pins(self.layout, frozenset({name}))
        del self.pins[name]

    # --- evictions -------------------------------------------------------------------------------------

    def needed(self, dropped: tuple[str, str] | None = None) -> set[tuple[str, str]]:
        found = {pair for key, manifest in self.manifests.items() if key != dropped for pair in manifest.items()}
        kept = (*self.workers.values(), *self.pins.values())
        return found | {pair for manifest in kept for pair in manifest.items()}

    def _evict(self, dropped: tuple[str, str] | None = None) -> None:
        self.count += 1
        operation = f"20261126T{self.count:06d}-evict-0001"
        roots = checked(roots_of(read_snapshot(str(self.root), apps=self.apps)))
        drop: list[Root] = [root for root in roots.roots if dropped == (root.name, root.tier.value)]
        plan = plan_eviction(
            roots.snapshot, roots, EvictRule(idle=RETENTION), (PLATFORM,), now=time.time(), dropped=drop
        )
        plan = pin_down(self.layout, plan)
        guard = RootGuard(str(self.root), self.apps, plan.known)
        for event in apply_evict(self.layout, plan, operation=operation, guard=guard):
            assert not isinstance(event, Failed), event

    @rule()
    def evict(self) -> None:
        self._evict()
        self.stored -= self.old - self.needed()

    @rule(app=st.sampled_from(APPS), tier=st.sampled_from(("prev", "build")))
    def evict_and_let_go(self, app: str, tier: str) -> None:
        """The one way to lose what is needed: by name. The app's file then goes, as an admin would have it."""
        if (app, tier) in self.manifests:
            self._evict((app, tier))
            self.stored -= self.old - self.needed((app, tier))
            (self.root.parent / app / f"store-manifest.json.{tier}").unlink()
            del self.manifests[app, tier]

    @rule(number=st.integers(0, 60))
    def evict_cut_short(self, number: int) -> None:
        """A crash at some call; half an hour later the next sweep does the rest."""

        def at(here: int, _name: str, real, _args):  # type: ignore[no-untyped-def]
            if here >= number:
                raise Crash
            return real()

        with pytest.MonkeyPatch.context() as patched, contextlib.suppress(Crash):
            Calls(at).patch(patched)
            self._evict()
        forget_locks(self.root)
        self._evict()
        self.stored -= self.old - self.needed()

    @rule()
    def restore_the_last(self) -> None:
        folders = [folder for folder in list_trash(self.layout) if folder.is_operation and folder.items]
        if folders:
            last = folders[-1]
            *_, done = apply_restore(self.layout, plan_restore(self.layout, last.name))
            assert isinstance(done, Done)
            for item in last.items:
                pair = (item.key.package, item.key.ref)
                if item.has_tree and pair not in self.stored:
                    self.stored.add(pair)
                    self.old.add(pair)

    @rule()
    def empty_the_trash(self) -> None:
        list(apply_empty(self.layout, plan_empty(self.layout)))

    # --- what always holds -----------------------------------------------------------------------------

    @invariant()
    def the_store_is_what_the_dictionary_says(self) -> None:
        found = read_snapshot(str(self.root), apps=self.apps)
        assert found.damage == ()
        states = {
            (c.key.package, c.key.ref): (c.listed, c.has_tree, c.last_used is not None) for c in found.configs()
        }
        assert set(states) == self.stored
        assert set(states.values()) <= {(True, True, True)}
        assert list_locks(self.layout) == []

    @invariant()
    def every_root_assembles(self) -> None:
        roots = roots_of(read_snapshot(str(self.root), apps=self.apps))
        assert [(root.owner, roots.dangling(root)) for root in roots.roots if roots.dangling(root)] == []
        assert len(roots.roots) == len(self.manifests) + len(self.workers) + len(self.pins)


def sequences(count: int) -> settings:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=count, stateful_step_count=40, deadline=None, suppress_health_check=quiet)


@pytest.mark.no_cover
@pytest.mark.parametrize("part", range(5))
def test_500_sequences_lose_nothing_that_is_needed(part: int) -> None:
    """In five parts, so that they can run side by side; each draws its own examples."""
    run_state_machine_as_test(Machine, settings=sequences(100))


@pytest.mark.campaign
@pytest.mark.stress
@pytest.mark.parametrize("part", range(20))
def test_20_000_sequences_lose_nothing_that_is_needed(part: int) -> None:
    run_state_machine_as_test(Machine, settings=sequences(1000))
