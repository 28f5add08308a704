"""Worlds in which a repair is cut short: see `kill_points`, whose cases are the others.

A repair begins in a store in which something is wrong. However it ended, nothing else may be wrong then than what
was, or what the operations that it consists of leave half done; and every tree is whole, in the store or the trash.
"""

import contextlib
import os
import shutil
from collections.abc import Collection
from pathlib import Path

import kill_points
from builders import PLATFORM, entry, ref, write_lockfile
from kill_points import DAY, KEPT, OPERATION, Case, assert_kept, assert_whole_tree, store_state
from pkgstore import Store
from pkgstore.errors import StoreError
from pkgstore.journal import read_journal
from pkgstore.operations.clean import left_overs
from pkgstore.operations.events import Event
from pkgstore.operations.evict import EvictPlan, apply_evict, plan_evict
from pkgstore.operations.restore import apply_restore, plan_restore
from pkgstore.scan import read_snapshot
from pkgstore.trash import list_trash
from repairing import applied, codes, planned

OTHER = "4.10-x86_64-pc-linux-gnu"


class Repair(Case):
    """A repair of what `hurt` did; `between` is what it may leave half done."""

    between: Collection[str] = ()

    def begin(self) -> None:
        super().begin()
        write_lockfile(self.store.work("b1") / "pak.lock", entry("Rcpp", "1"))
        self.hurt()
        self.wrong = {*codes(self.root), *self.between}
        self.trees = self.whole_trees()
        self.before = store_state(self.root)

    def hurt(self) -> None:
        raise NotImplementedError

    def act(self) -> list[Event]:
        return applied(self.root, planned(self.root))

    def folder(self, package: str) -> Path:
        (found,) = (self.root / PLATFORM / package).iterdir()
        return found

    def whole_trees(self) -> list[tuple[str, str]]:
        """Each tree, in the store or in the trash."""
        found = [(c.key, self.layout.config(c.key)) for c in read_snapshot(str(self.root)).configs() if c.has_tree]
        for folder in list_trash(self.layout):
            found += [(i.key, self.layout.trashed(folder.name, i.key)) for i in folder.items if i.has_tree]
        for key, path in found:
            assert_whole_tree(Path(path), key.package)
        return sorted((key.package, key.config_hash) for key, _ in found)

    def check(self) -> None:
        assert_kept(self.root)
        assert set(codes(self.root)) <= self.wrong
        assert self.whole_trees() == self.trees
        assert read_journal(self.layout).passed_over <= 1

    def done(self) -> None:
        assert codes(self.root) == []
        assert planned(self.root).items == ()


class RepairConfigs(Repair):
    """The old configs.json or the new one."""

    name = "repair-configs"

    def hurt(self) -> None:
        path = self.folder("gone") / "configs.json"
        self.wanted = path.read_bytes()
        path.write_text("{")
        (self.folder("two") / "configs.json").unlink()

    def done(self) -> None:
        super().done()
        assert (self.folder("gone") / "configs.json").read_bytes() == self.wanted


def is_bare(folder: Path) -> bool:
    """Whether it is gone, or no more than empty folders: those stay, as after an eviction, where that was cut."""
    return all(path.is_dir() for path in folder.rglob("*"))


class RepairPhantoms(Repair):
    """Entries go before their sidecars."""

    name = "repair-phantoms"

    def hurt(self) -> None:
        for tree in [*self.folder("two").iterdir(), *self.folder("gone").iterdir()]:
            if tree.is_dir() and (tree.parent.parent.name == "two" or tree.name == ref("", "", KEPT).split("/")[1]):
                shutil.rmtree(tree)

    def done(self) -> None:
        super().done()
        assert is_bare(self.root / PLATFORM / "two")


class RepairSidecars(Repair):
    """A sidecar that is written again keeps its last use; one that is new stands before its entry."""

    name = "repair-sidecars"

    def hurt(self) -> None:
        for path in self.folder("gone").glob("?" * 64 + ".json"):
            self.used = path.stat().st_mtime_ns
            path.write_text("{}")
            os.utime(path, ns=(self.used, self.used))
            self.path = path
        for path in self.folder("two").glob("*.json"):
            path.unlink()

    def check(self) -> None:
        super().check()
        assert self.path.stat().st_mtime_ns == self.used


class RepairTrash(Repair):
    """Whole in the store or whole in the trash; it comes back."""

    name = "repair-trash"
    between = ("ORPHAN-TREE", "ORPHAN-SIDECAR")

    def hurt(self) -> None:
        (path,) = self.folder("two").glob("*/DESCRIPTION")
        path.write_text(path.read_text().replace("Built: R 4.5", "Built: R 4.4"))

    def done(self) -> None:
        super().done()
        assert is_bare(self.root / PLATFORM / "two")
        for folder in list_trash(self.layout):
            with contextlib.suppress(StoreError):
                list(apply_restore(self.layout, plan_restore(self.layout, folder.name)))
        assert store_state(self.root) == self.before, "all of it comes back"


class RepairRestore(Repair):
    """What somebody needs is whole in the trash or whole in the store."""

    name = "repair-restore"
    between = ("ORPHAN-TREE", "ORPHAN-SIDECAR")

    def hurt(self) -> None:
        self.whole = store_state(self.root)
        plan = plan_evict(read_snapshot(str(self.root)), PLATFORM, 45 * DAY, now=self.store.now)
        assert isinstance(plan, EvictPlan)
        list(apply_evict(self.layout, plan, operation=OPERATION))
        self.store.app("shop", {"two": ref("two", "1.0")})

    def done(self) -> None:
        super().done()
        assert store_state(self.root) == self.whole


class RepairManifest(Repair):
    """The old manifest or the new one."""

    name = "repair-manifest"

    def hurt(self) -> None:
        made = Store(self.root, PLATFORM)
        library = Path(made.worker_lib_dir("w1"))
        made.assemble_library(library, {"kept": ref("kept", "1.0", KEPT), "two": ref("two", "1.0")})
        self.path = library / ".packages.json"
        self.wanted = self.path.read_bytes()
        self.path.write_text("{")

    def check(self) -> None:
        super().check()
        assert self.path.read_bytes() in {b"{", self.wanted}

    def done(self) -> None:
        super().done()
        assert self.path.read_bytes() == self.wanted


class RepairLeftOvers(Repair):
    """What a crash left goes, an empty platform too; nothing else does."""

    name = "repair-left-overs"

    def hurt(self) -> None:
        build = self.store.work("old", {})
        (build / "pkg").mkdir()
        for path in (build / "store-manifest.json", build / "pkg", build):
            os.utime(path, (1.6e9, 1.6e9))
        self.store.package("two").source().locked("50m")
        (self.root / OTHER / "sf").mkdir(parents=True)

    def done(self) -> None:
        super().done()
        assert [item.name for item in left_overs(self.layout)] == ["b1"]
        assert not (self.root / OTHER).exists()


CASES: tuple[type[Case], ...] = (
    *kill_points.CASES, RepairConfigs, RepairPhantoms, RepairSidecars, RepairTrash, RepairRestore, RepairManifest,
    RepairLeftOvers,
)  # fmt: skip
"""All cases, those of `kill_points` too."""
