"""A store whose every file and folder may be replaced by a link to its twin outside, and every command that writes.

The twin is a copy of the store beside it: whatever a change looks for, it finds there too, so that a change that
follows a link has every reason to go through.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, source_hash, write_lockfile, write_tree
from outside import Outside
from pkgstore.journal import Actor, Journal
from pkgstore.layout import Layout
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.operations.pinning import add_pin
from pkgstore.operations.recording import recorded
from pkgstore.pins import Pin, read_pins
from pkgstore.scan import read_snapshot

OPERATION = "20261126T191500-evict-3f2a"
LEFT_TRASH = "evict-0123456789ab"
LINKS = {"Rcpp": "0.9"}
_REFS = {"kept": ref("kept", "1.0", LINKS), "gone": ref("gone", "1.0", LINKS)}
_GONE = f"{PLATFORM}/gone/{source_hash('gone', '1.0')}"
_ODD = f"{PLATFORM}/odd/{source_hash('odd', '1.0')}"
_TRASHED = f".pkgstore/trash/{OPERATION}/{PLATFORM}/two/{source_hash('two', '1.0')}"

COMMANDS = (
    "evict", "evict for good", "evict refs", "evict needed", "restore", "trash empty", "clean", "clean worker",
    "pin", "unpin", "sweep", "sweep for good", "populate", "populate anew", "populate live", "ingest", "assemble",
    "assemble again", "repair",
)  # fmt: skip
"""Every command that writes; `World.commands` has what they need."""

PLACES = (
    PLATFORM,
    f"{PLATFORM}/gone",
    f"{PLATFORM}/kept",
    f"{PLATFORM}/two",
    _GONE,
    f"{PLATFORM}/{'gone'}/{_REFS['gone']}",
    f"{PLATFORM}/gone/{_REFS['gone']}.json",
    f"{PLATFORM}/gone/{_REFS['gone']}/DESCRIPTION",
    f"{PLATFORM}/gone/{_REFS['gone']}/R",
    f"{PLATFORM}/kept/{_REFS['kept']}",
    f"{PLATFORM}/odd",
    _ODD,
    f"{_ODD}/{ref('odd', '1.0', LINKS).split('/')[1]}",
    f"{_ODD}/{ref('odd', '1.0', LINKS).split('/')[1]}.json",
    f"{_ODD}/{ref('odd', '1.0', LINKS).split('/')[1]}/DESCRIPTION",
    f"{_ODD}/configs.json",
    f"{_GONE}/configs.json",
    f"{_GONE}/configs.json.tmp",
    ".locks",
    f".locks/{PLATFORM}",
    f".locks/{PLATFORM}/gone",
    f".locks/{_GONE}.lock",
    ".workers",
    ".workers/w1",
    ".workers/w1/.packages.json",
    ".workers/w1/kept",
    ".workers/left",
    ".workers/left/R",
    ".builds",
    ".builds/b1",
    ".builds/b1/new",
    ".builds/b1/new/DESCRIPTION",
    ".builds/b1/new/R",
    ".builds/b1/store-manifest.json",
    ".builds/left",
    ".builds/left/inner",
    ".staging",
    ".staging/s1",
    ".staging/left",
    ".pkgstore",
    ".pkgstore/journal.jsonl",
    ".pkgstore/pins.json",
    ".pkgstore/trash",
    f".pkgstore/trash/{OPERATION}",
    f".pkgstore/trash/{OPERATION}/{PLATFORM}",
    _TRASHED,
    f"{_TRASHED}/{ref('two', '1.0').split('/')[1]}",
    f"{_TRASHED}/{ref('two', '1.0').split('/')[1]}.json",
    f".pkgstore/trash/{LEFT_TRASH}",
    f".pkgstore/trash/{LEFT_TRASH}/inner",
)
"""What may be replaced, by its path in the store."""


def _make(root: Path) -> None:
    store = StoreBuilder(root)
    store.package("kept").source().config(LINKS, used="1d")
    store.package("gone").source().config(LINKS, used="40d").config({"Rcpp": "1"}, used="1d")
    store.package("two").source().config(used="50d")
    (root / _GONE / "configs.json.tmp").write_text("left by a crash")
    _evict(store)
    _leave(store)
    _hurt(store)
    write_tree(store.worker("w1", {"kept": _REFS["kept"]}) / "kept", "kept", "1.0", "Rcpp")
    LibraryBuilder(store.work("b1", {})).package("new", "1.0", "Rcpp").package("gone", "1.0", "Rcpp")
    store.work("s1", staging=True)
    (root / ".pkgstore" / "journal.jsonl").chmod(0o644)
    add_pin(Layout(str(root)), Pin("", "kept 1.0", "a demonstration", "root", store.now, {"kept": _REFS["kept"]}))


def _evict(store: StoreBuilder) -> None:
    layout = Layout(str(store.root))
    plan = plan_evict(read_snapshot(str(store.root)), PLATFORM, 45 * 86400.0)
    journal = Journal(layout, OPERATION, Actor("root", "server", 1))
    list(recorded(journal, "evict", {}, apply_evict(layout, plan, operation=OPERATION)))
    store.package("two").source("2.0").config(used="1d")


def _leave(store: StoreBuilder) -> None:
    """What crashes left, long ago."""
    store.package("gone").source().locked("2h")
    old = [store.root / ".locks" / PLATFORM / "gone" / f"{source_hash('gone', '1.0')}.lock"]
    for folder in (".workers/left", ".builds/left", ".staging/left", f".pkgstore/trash/{LEFT_TRASH}"):
        write_tree(store.root / folder / "inner", "inner", "1")
        (store.root / folder / "R").mkdir()
        old += [*(store.root / folder).rglob("*"), store.root / folder]
    for path in old:
        os.utime(path, (store.now - 20 * 86400,) * 2)


def _hurt(store: StoreBuilder) -> None:
    """What a repair mends: a tree that is not listed, a phantom, another package's tree, a useless sidecar."""
    store.package("odd").source().config({"Rcpp": "1"}).config(LINKS, listed=False)
    store.package("odd").source("2.0").config(tree=False)
    wrong = store.package("odd").source("3.0").config().tree / "DESCRIPTION"
    wrong.write_text(wrong.read_text().replace("Package: odd", "Package: other"))
    store.package("odd").source("4.0").config().sidecar.write_text("{}")


@dataclass(frozen=True)
class World:
    """A folder with the store, its apps and its twin."""

    folder: Path

    @property
    def root(self) -> Path:
        """The store."""
        return self.folder / "apps" / ".pkg-store"

    @property
    def twin(self) -> Path:
        """A copy of the store, outside."""
        return self.folder / "outside"

    @property
    def app(self) -> Path:
        """An app beside the store."""
        return self.folder / "apps" / "shop"

    @property
    def inputs(self) -> Path:
        """Where files stand that are named on command lines."""
        return self.folder / "inputs"

    @classmethod
    def make(cls, folder: Path) -> "World":
        """A world, laid out in an empty folder."""
        world = cls(folder)
        _make(world.root)
        shutil.copytree(world.root, world.twin, symlinks=True)
        StoreBuilder(world.root).app("shop", _REFS, prev=_REFS | {"two": ref("two", "1.0")})
        entries = (entry("kept"), entry("gone"), entry("Rcpp", "0.9"), entry("new"), entry("two"))
        write_lockfile(world.app / "pak.lock", *entries)
        return world

    def copy(self, folder: Path) -> "World":
        """Another one, the same."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return World(folder)

    def swap(self, place: str) -> None:
        """Put a link to the twin in the place of something; nothing where it is gone already, or not yet there."""
        path = self.root / place
        try:
            os.rename(path, self.folder / f"aside-{time.monotonic_ns()}")
        except FileNotFoundError:
            if not (self.twin / place).exists() or not path.parent.is_dir():
                return
        path.symlink_to(self.twin / place)

    def commands(self) -> dict[str, tuple[object, ...]]:
        """Every command that writes, with all that it needs."""
        store, build = ("--store", self.root), ("--lockfile", self.app / "pak.lock", "--store", self.root)
        soon, old = ("--lock-timeout", "0s"), ("--retention", "30d")
        manifest = self.app / "store-manifest.json"
        return {
            "evict": ("evict", *store, *old, *soon, "--drop-root", "current:shop", "--ignore-roots", "--yes"),
            "evict for good": ("evict", *store, *old, *soon, "--ignore-roots", "--no-trash", "--yes"),
            "evict refs": ("evict", *store, *soon, f"gone@{_REFS['gone']}", "--ignore-roots", "--yes"),
            "evict needed": ("evict", *store, *old, *soon, "--yes"),
            "restore": ("restore", "--yes", *store, *soon, OPERATION),
            "trash empty": ("trash", "empty", *store, "--yes"),
            "clean": ("clean", *store, "--yes"),
            "clean worker": ("clean", *store, "worker:left", "build:left", "staging:left", "--yes"),
            "pin": ("pin", "--yes", *store, f"gone@{_REFS['gone']}", "--reason", "why not"),
            "unpin": ("pin", "--yes", *store, "--remove", self.pin),
            "sweep": ("sweep", *store, *old, *soon, "--once", "--ignore-roots", "--keep-trash", "1d"),
            "sweep for good": ("sweep", *store, *old, *soon, "--once", "--ignore-roots", "--no-trash"),
            "populate": ("populate", *build, "--lib", self.root / ".builds" / "b2"),
            "populate anew": ("populate", *build, "--lib", self.root / ".builds" / "b1"),
            "populate live": (
                "populate", *build, "--runtime", "--reference-lib", self.root / ".workers" / "w1",
                "--lib", self.root / ".staging" / "s1",
            ),
            "repair": ("repair", *store, *soon, "--lock", self.app / "pak.lock", "--yes"),
            "ingest": ("ingest", *build, *soon, "--lib", self.root / ".builds" / "b1"),
            "assemble": ("assemble", *store, "--manifest", manifest, "--lib", self.root / ".workers" / "w2"),
            "assemble again": ("assemble", *store, "--manifest", manifest, "--lib", self.root / ".workers" / "w1"),
        }  # fmt: skip

    @property
    def pin(self) -> str:
        """The id of the pin."""
        return read_pins(Layout(str(self.twin)))[0].id

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """The block changes nothing outside the store."""
        with Outside([self.twin, self.app]).unchanged():
            yield
