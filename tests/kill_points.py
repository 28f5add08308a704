"""Worlds in which an operation is cut short at any call that changes the disk, by SIGKILL or by a fault.

A `Case` lays a world out, does one operation in it through the library, and says what must hold of the world
afterwards, however the operation ended. The calls are those of `files.py`; nothing else changes the disk.
"""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, write_lockfile
from pkgstore import Store, files, read_lockfile
from pkgstore.check.run import Checked, check
from pkgstore.digests import baseline_keys, read_baseline
from pkgstore.errors import StoreError
from pkgstore.findings import Severity
from pkgstore.journal import Actor, Journal, read_journal
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.locks import break_stale, list_locks
from pkgstore.model import Pin
from pkgstore.operations.clean import apply_clean, left_overs, plan_clean
from pkgstore.operations.empty import apply_empty, plan_empty
from pkgstore.operations.events import Event, Failed
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.operations.ingest import apply_ingest, plan_ingest
from pkgstore.operations.pinning import add_pin, remove_pins
from pkgstore.operations.quarantine import plan_quarantine
from pkgstore.operations.recording import recorded
from pkgstore.operations.restore import apply_restore, plan_restore
from pkgstore.operations.verify import VerifyRules, apply_verify
from pkgstore.operations.verify_events import NotRecorded, Outcome, Verified
from pkgstore.operations.verify_plan import plan_verify, resume_after
from pkgstore.pins import read_pins
from pkgstore.scan import read_snapshot
from pkgstore.trash import list_items, list_trash

CALLS = (
    "mkdir", "rmdir", "rename", "unlink", "link", "symlink", "utime", "chmod", "fchmod", "fchown", "write", "fsync",
    "ftruncate",
)  # fmt: skip
FAULTS = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EXDEV, errno.EMLINK, errno.EIO)
DAY = 86400.0
OPERATION = "20261126T191500-evict-3f2a"
KEPT = {"Rcpp": "0.9"}
"""What the config links to that no operation touches."""

Action = Callable[[], list[Event]]


# --- cutting short ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """The n-th changing call; `how` is before, after, or half (of a write)."""

    number: int
    name: str
    how: str

    def __str__(self) -> str:
        return f"{self.how}-{self.name}-{self.number}"


class Calls:
    """Counts the changing calls, and does something at one of them."""

    def __init__(self, at: Callable[[int, str, Callable[[], object], tuple[object, ...]], object]) -> None:
        self.names: list[str] = []
        self._at = at

    def patch(self, patched: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            patched.setattr(os, name, self._wrap(name, getattr(os, name)))
        patched.setattr(files, "rename_with", self._wrap("rename_with", files.rename_with))
        patched.setattr(os, "open", self._wrap_open(os.open))

    def _wrap(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            self.names.append(name)
            return self._at(len(self.names) - 1, name, lambda: real(*args, **options), args)

        return call

    def _wrap_open(self, real: Callable[..., int]) -> Callable[..., object]:
        def call(path: object, flags: int, *rest: object, **options: object) -> object:
            if not flags & os.O_CREAT:
                return real(path, flags, *rest, **options)
            self.names.append("open")
            return self._at(len(self.names) - 1, "open", lambda: real(path, flags, *rest, **options), ())

        return call


def calls_of(action: Action) -> list[str]:
    """The changing calls of an action that nobody cuts short; does it in this process."""
    calls = Calls(lambda number, name, real, args: real())
    with pytest.MonkeyPatch.context() as patched:
        calls.patch(patched)
        action()
    return calls.names


def points_of(names: list[str]) -> list[Point]:
    """Every point at which an action can be cut short."""
    return [
        Point(number, name, how)
        for number, name in enumerate(names)
        for how in ("before", "after", *(("half",) if name == "write" else ()))
    ]


def killed(action: Action, point: Point) -> bool:
    """Do an action in a process of its own that is killed at a point; tells whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            _die_at(action, point)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, (point, status)
    return os.WIFSIGNALED(status)


def _die_at(action: Action, point: Point) -> None:
    real_write = os.write

    def at(number: int, name: str, real: Callable[[], object], args: tuple[object, ...]) -> object:
        if number != point.number:
            return real()
        if point.how == "after":
            with contextlib.suppress(OSError):  # a call that fails is a call too
                real()
        if point.how == "half":
            data = bytes(args[1])  # type: ignore[arg-type]
            real_write(args[0], data[: len(data) // 2])  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    with pytest.MonkeyPatch.context() as patched:
        Calls(at).patch(patched)
        action()
    os._exit(0)


def faulted(action: Action, number: int, fault: int, *, lasting: bool) -> list[Event] | StoreError:
    """Do an action in which the n-th changing call fails, and, if `lasting`, all after it; what it came to."""

    def at(here: int, name: str, real: Callable[[], object], args: tuple[object, ...]) -> object:
        if here == number or (lasting and here > number):
            raise OSError(fault, os.strerror(fault))
        return real()

    with pytest.MonkeyPatch.context() as patched:
        Calls(at).patch(patched)
        try:
            return action()
        except StoreError as error:
            return error


# --- what must hold --------------------------------------------------------------------------------------


def store_state(root: Path) -> dict[str, object]:
    """All there is in the platforms: bytes, and the mtimes of old sidecars."""
    found: dict[str, object] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if Path(folder) != root or not name.startswith(".")]
        for name in (*folders, *names):
            path = Path(folder, name)
            body = path.read_bytes() if path.is_file() else None
            found[path.relative_to(root).as_posix()] = body
    return found


def assert_whole_tree(tree: Path, package: str) -> None:
    assert (tree / "DESCRIPTION").read_text().startswith(f"Package: {package}\n")
    assert (tree / "R" / f"{package}.rdb").read_text().startswith(f"{package} ")
    if "LinkingTo" in (tree / "DESCRIPTION").read_text():
        assert (tree / "libs" / f"{package}.so").stat().st_size == 64


def assert_harmless(root: Path) -> None:
    """Nothing that the spec does not call harmless: no phantom, no half tree, no error at all."""
    layout = Layout(str(root))
    errors = [found for found in check(Checked.read(str(root))) if found.severity is Severity.ERROR]
    assert errors == []
    snapshot = read_snapshot(str(root))
    assert snapshot.damage == ()
    for config in snapshot.configs():
        assert not config.is_phantom, config
        if config.has_tree:
            assert_whole_tree(Path(layout.config(config.key)), config.key.package)
    for folder in list_trash(layout):
        for item in folder.items:
            if item.has_tree:
                assert_whole_tree(Path(layout.trashed(folder.name, item.key)), item.key.package)
                assert item.record is not None, "what lies in the trash can be put back"
    for path in root.rglob(".packages.json"):
        json.loads(path.read_text())
    assert read_journal(layout).passed_over <= 1
    read_pins(layout)


def assert_kept(root: Path) -> None:
    """What no operation touches is as it was."""
    kept = [c for c in read_snapshot(str(root)).configs() if c.key.package == "kept"]
    assert [(c.listed, c.has_tree, c.last_used is not None) for c in kept] == [(True, True, True)]


def assert_hits_are_whole(root: Path, scratch: Path) -> None:
    """By the reference's rules (our own populate): what counts as a hit is there, whole."""
    lockfile = read_lockfile(
        write_lockfile(scratch / "pak.lock", entry("kept"), entry("gone"), entry("Rcpp", "0.9"), entry("two"))
    )
    used = {path: path.stat().st_mtime_ns for path in (root / PLATFORM).glob("*/*/*.json")}
    stats = Store(root, PLATFORM).populate_build(lockfile, scratch / "lib")
    for path, mtime in used.items():
        os.utime(path, ns=(mtime, mtime))
    linked = [path for path in (scratch / "lib").iterdir() if not path.name.startswith(".")]
    assert stats.hits == len(linked) >= 1
    for path in linked:
        assert_whole_tree(path, path.name)


def forget_locks(root: Path) -> None:
    """Half an hour later: locks that a crash left are stale."""
    for lock in list_locks(Layout(str(root))):
        os.utime(lock.path, (0, 0))
        assert break_stale(lock.path)


# --- the cases -------------------------------------------------------------------------------------------


def ticking(step: float) -> Callable[[], float]:
    """A clock on which so many seconds pass each time that somebody looks."""
    ticks = itertools.count()
    return lambda: next(ticks) * step


def _store(world: Path) -> StoreBuilder:
    """A config that stays, two of other packages that are old."""
    store = StoreBuilder(world / "store")
    store.package("kept").source().config(KEPT, used="1d")
    store.package("gone").source().config(KEPT, used="40d").config({"Rcpp": "1"}, used="1d")
    store.package("two").source().config(used="50d")
    return store


def _journal(store: StoreBuilder, name: str = OPERATION) -> Journal:
    return Journal(Layout(str(store.root)), name, Actor("root", "server", 1, "pkgstore"))


def _evict(store: StoreBuilder, operation: str, *, trash: bool = True) -> list[Event]:
    layout = Layout(str(store.root))
    plan = plan_evict(read_snapshot(str(store.root)), PLATFORM, 30 * DAY, now=store.now)
    events = apply_evict(layout, plan, operation=operation if trash else "")
    return list(recorded(_journal(store, operation), "evict", {"items": len(plan.items)}, events))


def _old(store: StoreBuilder) -> list[str]:
    """The packages of which an old config is in the store, listed or not."""
    found = read_snapshot(str(store.root)).configs()
    return sorted(c.key.package for c in found if c.has_tree and (c.last_used or store.now) < store.now - 30 * DAY)


class Case:
    """One operation; `begin` lays the world out, `act` does it (again), `check` looks after each ending."""

    name = ""

    def __init__(self, world: Path) -> None:
        self.world = world
        self.root = world / "store"
        self.layout = Layout(str(self.root))
        self.runs = 0
        self.begin()

    def begin(self) -> None:
        self.store = _store(self.world)

    def act(self) -> list[Event]:
        raise NotImplementedError

    def check(self) -> None:
        """What must hold, however it ended."""
        assert_harmless(self.root)
        assert_kept(self.root)

    def done(self) -> None:
        """What must hold after a run to the end."""


class Evict(Case):
    """Into the trash; each old config is whole in the store or whole in the trash at any time."""

    name = "evict"

    def begin(self) -> None:
        super().begin()
        self.before = store_state(self.root)

    def act(self) -> list[Event]:
        self.runs += 1
        return _evict(self.store, f"20261126T19150{self.runs}-evict-3f2a")

    def places(self) -> list[str]:
        in_trash = [
            item.key.package for folder in list_trash(self.layout) for item in folder.items if item.has_tree
        ]
        return sorted([*_old(self.store), *in_trash])

    def check(self) -> None:
        super().check()
        assert self.places() == ["gone", "two"]

    def done(self) -> None:
        assert _old(self.store) == []
        for folder in list_trash(self.layout):
            with contextlib.suppress(StoreError):
                list(apply_restore(self.layout, plan_restore(self.layout, folder.name)))
        assert store_state(self.root) == self.before, "all of it comes back"


class EvictForGood(Case):
    """Deleted at once: whole in the store, or out of it."""

    name = "evict-no-trash"

    def act(self) -> list[Event]:
        return _evict(self.store, OPERATION, trash=False)

    def done(self) -> None:
        assert _old(self.store) == []
        assert len(list(read_snapshot(str(self.root)).configs())) == 2


class Restore(Evict):
    """Out of the trash again."""

    name = "restore"

    def begin(self) -> None:
        super().begin()
        _evict(self.store, OPERATION)

    def act(self) -> list[Event]:
        with contextlib.suppress(StoreError):
            events = apply_restore(self.layout, plan_restore(self.layout, OPERATION))
            return list(recorded(_journal(self.store, "20261126T191600-restore-0001"), "restore", {}, events))
        assert list(list_items(self.layout, OPERATION)) == [], "there is nothing left to do"
        return []

    def done(self) -> None:
        assert store_state(self.root) == self.before
        assert list(list_items(self.layout, OPERATION)) == []


class Empty(Evict):
    """Out of the world: what can still be put back is whole, and all of it or nothing."""

    name = "trash-empty"

    def begin(self) -> None:
        super().begin()
        _evict(self.store, OPERATION)

    def act(self) -> list[Event]:
        events = apply_empty(self.layout, plan_empty(self.layout))
        return list(recorded(_journal(self.store, "20261126T191600-empty-0001"), "empty", {}, events))

    def check(self) -> None:
        Case.check(self)
        assert self.places() in (["gone", "two"], [])

    def done(self) -> None:
        assert not os.path.lexists(self.layout.trash)


class Ingest(Case):
    """Each tree is whole in the library or whole in the store."""

    name = "ingest"
    packages = (("new", "Rcpp"), ("plain", ""))
    again = False

    def begin(self) -> None:
        super().begin()
        self.lockfile = read_lockfile(
            write_lockfile(self.world / "pak.lock", entry("plain"), entry("new"), entry("Rcpp"))
        )
        self._install()

    def _install(self) -> None:
        """What is missing in the library, as a build that runs again installs it."""
        for name, links in self.packages:
            if not (self.world / "lib" / name).exists():
                LibraryBuilder(self.world / "lib").package(name, linkingto=links)

    def act(self) -> list[Event]:
        plan = plan_ingest(self.layout, PLATFORM, self.lockfile, str(self.world / "lib"))
        journal = _journal(self.store, "20261126T191600-ingest-0001")
        return list(recorded(journal, "ingest", {}, apply_ingest(self.layout, plan), late=True))

    def check(self) -> None:
        super().check()
        for name, _ in () if self.again else self.packages:
            in_library = self.world / "lib" / name
            trees = list((self.root / PLATFORM).glob(f"{name}/*/*/DESCRIPTION"))
            assert len(trees) + in_library.exists() == 1
            if in_library.exists():
                assert_whole_tree(in_library, name)
        self.again = True
        self._install()

    def done(self) -> None:
        states = [(c.listed, c.has_tree, bool(c.last_used)) for c in read_snapshot(str(self.root)).configs()]
        assert states == [(True, True, True)] * 6


def assert_baselines_are_whole(root: Path) -> int:
    """Each baseline that is there is whole, and what its tree is; tells how many there are."""
    layout = Layout(str(root))
    for key, _ in baseline_keys(layout):
        found = read_baseline(layout, key)
        assert found is not None
        tree = Path(layout.config(key))
        files = {str(path.relative_to(tree)) for path in tree.rglob("*")}
        assert found.files.keys() - {""} == files
        for path in files:
            if (tree / path).is_file():
                assert found.files[path].digest == hashlib.sha256((tree / path).read_bytes()).hexdigest()
    return len(baseline_keys(layout))


class IngestWithDigests(Ingest):
    """The same; a baseline is whole, or not there."""

    name = "ingest-digests"

    def act(self) -> list[Event]:
        plan = plan_ingest(self.layout, PLATFORM, self.lockfile, str(self.world / "lib"))
        journal = _journal(self.store, "20261126T191600-ingest-0001")
        return list(recorded(journal, "ingest", {}, apply_ingest(self.layout, plan, digests=True), late=True))

    def check(self) -> None:
        super().check()
        assert_baselines_are_whole(self.root)


class Verify(Case):
    """Each baseline is whole, or not there; the next check makes the rest, and forgets what is gone."""

    name = "verify"

    def begin(self) -> None:
        super().begin()
        layout = self.layout
        list(self._check())
        two = next(path for key, path in baseline_keys(layout) if key.package == "two")
        os.unlink(two)
        (self.root / PLATFORM / "gone").rename(self.world / "away")
        self.before = {path: body for path, body in store_state(self.root).items() if body is not None}

    def _check(self) -> Iterator[object]:
        return apply_verify(self.layout, plan_verify(read_snapshot(str(self.root))), clock=ticking(20.0))

    def act(self) -> list[Event]:
        events = list(self._check())
        return [Failed("verify", event.error) for event in events if isinstance(event, NotRecorded)]

    def check(self) -> None:
        assert_harmless(self.root)
        assert {path: body for path, body in store_state(self.root).items() if body is not None} == self.before
        for key, _ in baseline_keys(self.layout):
            assert read_baseline(self.layout, key) is not None

    def done(self) -> None:
        assert assert_baselines_are_whole(self.root) == 2
        assert resume_after(self.layout, "", None) is None
        assert [e.outcome for e in self._check() if isinstance(e, Verified)] == [Outcome.FINE] * 2


class Quarantine(Evict):
    """A changed config is whole in the store, or whole in the trash; it comes back."""

    name = "quarantine"

    def begin(self) -> None:
        super().begin()
        list(apply_verify(self.layout, plan_verify(read_snapshot(str(self.root)))))
        for name in ("gone", "two"):
            for path in (self.root / PLATFORM / name).glob("*/*/R/*"):
                path.write_text(f"{name} changed\n")
        self.before = store_state(self.root)

    def act(self) -> list[Event]:
        self.runs += 1
        operation = f"20261126T19150{self.runs}-quarantine-3f2a"
        found = apply_verify(self.layout, plan_verify(read_snapshot(str(self.root))), VerifyRules(record=False))
        old = self.old()
        plan = plan_quarantine([event for event in found if isinstance(event, Verified) and event.key in old])
        events = apply_evict(self.layout, plan, operation=operation)
        return list(recorded(_journal(self.store, operation), "quarantine", {}, events))

    def old(self) -> set[ConfigKey]:
        """What `Evict` looks for too: the configs that were not used for long."""
        snapshot = read_snapshot(str(self.root))
        return {c.key for c in snapshot.configs() if (c.last_used or self.store.now) < self.store.now - 30 * DAY}


class Assemble(Case):
    """A library never shows half a package, and its manifest is the old or the new one."""

    name = "assemble"

    def begin(self) -> None:
        super().begin()
        self.manifest = {"kept": ref("kept", "1.0", KEPT), "two": ref("two", "1.0")}
        self.lib = (
            LibraryBuilder(self.world / "lib").package("two", "0.9").manifest({"two": ref("two", "0.9")}).path
        )

    def act(self) -> list[Event]:
        assert Store(self.root, PLATFORM).assemble_library(self.lib, self.manifest) == ()
        return []

    def check(self) -> None:
        super().check()
        assert json.loads((self.lib / ".packages.json").read_text()) in ({"two": ref("two", "0.9")}, self.manifest)
        for path in self.lib.iterdir():
            if not path.name.startswith("."):
                assert_whole_tree(path, path.name)

    def done(self) -> None:
        assert json.loads((self.lib / ".packages.json").read_text()) == self.manifest
        assert "Version: 1.0" in (self.lib / "two" / "DESCRIPTION").read_text()


class Populate(Case):
    """A build's library never shows half a package."""

    name = "populate"

    def begin(self) -> None:
        super().begin()
        self.lockfile = read_lockfile(
            write_lockfile(self.world / "pak.lock", entry("kept"), entry("two"), entry("Rcpp", "0.9"))
        )

    def act(self) -> list[Event]:
        Store(self.root, PLATFORM).populate_build(self.lockfile, self.world / "lib")
        return []

    def check(self) -> None:
        super().check()
        for path in (self.world / "lib").iterdir() if (self.world / "lib").exists() else ():
            if not path.name.startswith("."):
                assert_whole_tree(path, path.name)

    def done(self) -> None:
        assert {"kept", "two"} <= {path.name for path in (self.world / "lib").iterdir()}


class PinIt(Case):
    """The old pins or the new ones."""

    name = "pin"

    def begin(self) -> None:
        super().begin()
        self.first = add_pin(self.layout, self._pin("first"))

    def _pin(self, reason: str) -> Pin:
        return Pin("", "two", reason, "alice", 1.8e9, {"two": ref("two", "1.0")})

    def act(self) -> list[Event]:
        if len(read_pins(self.layout)) == 1:
            add_pin(self.layout, self._pin("second"))
        return []

    def check(self) -> None:
        super().check()
        assert [pin.reason for pin in read_pins(self.layout)] in (["first"], ["first", "second"])

    def done(self) -> None:
        assert len(read_pins(self.layout)) == 2


class Unpin(PinIt):
    """The same on the way back."""

    name = "unpin"

    def act(self) -> list[Event]:
        remove_pins(self.layout, frozenset({self.first.id}))
        return []

    def check(self) -> None:
        Case.check(self)
        assert [pin.reason for pin in read_pins(self.layout)] in (["first"], [])

    def done(self) -> None:
        assert read_pins(self.layout) == ()


class Append(Case):
    """Lines that were there stay; a torn one spoils nothing but itself."""

    name = "journal-append"

    def begin(self) -> None:
        super().begin()
        _journal(self.store).begin("first", {})

    def act(self) -> list[Event]:
        journal = _journal(self.store, "20261126T191600-evict-0001")
        journal.begin("evict", {})
        journal.item({"result": "skipped"})
        journal.end("done", {})
        return []

    def check(self) -> None:
        super().check()
        assert read_journal(self.layout).lines[0].text("what") == "first"

    def done(self) -> None:
        lines = [line.event for line in read_journal(self.layout).lines]
        assert lines[-3:] == ["begin", "item", "end"]


class Clean(Case):
    """What is left over goes; nothing else does."""

    name = "clean"

    def begin(self) -> None:
        super().begin()
        build = self.store.work("old", {})
        (build / "pkg").mkdir()
        for path in (build / "store-manifest.json", build / "pkg", build):
            os.utime(path, (1.6e9, 1.6e9))
        self.store.work("new", {})
        self.store.package("two").source().locked("50m")

    def act(self) -> list[Event]:
        events = apply_clean(self.layout, plan_clean(left_overs(self.layout)))
        return list(recorded(_journal(self.store, "20261126T191600-clean-0001"), "clean", {}, events))

    def check(self) -> None:
        super().check()
        assert (self.root / ".builds" / "new" / "store-manifest.json").exists()

    def done(self) -> None:
        assert os.listdir(self.root / ".builds") == ["new"]
        assert list_locks(self.layout) == []


CASES: tuple[type[Case], ...] = (
    Evict, EvictForGood, Restore, Empty, Ingest, Assemble, Populate, PinIt, Unpin, Append, Clean, IngestWithDigests,
    Verify, Quarantine,
)  # fmt: skip


def failures(came_to: list[Event] | StoreError) -> list[StoreError]:
    """What an operation said went wrong."""
    if isinstance(came_to, StoreError):
        return [came_to]
    return [event.error for event in came_to if isinstance(event, Failed)]


def worlds(tmp_path: Path, case: type[Case], count: int) -> Iterator[Case]:
    """So many worlds for a case, each fresh."""
    for number in range(count):
        world = tmp_path / str(number)
        world.mkdir()
        yield case(world)
