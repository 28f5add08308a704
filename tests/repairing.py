"""Check, plan and repair in one word each; shared by the tests of repairs."""

import json
import os
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from builders import PLATFORM, StoreBuilder, source_hash
from pkgstore.check.run import Checked, check
from pkgstore.findings import Finding
from pkgstore.journal import Actor
from pkgstore.layout import Layout
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.locks import LockRules
from pkgstore.names import Names
from pkgstore.operations.events import Done, Event, RepairResult
from pkgstore.operations.evict import apply_evict, plan_evict
from pkgstore.operations.repair import RepairPlan, plan_repair, run_repair
from pkgstore.scan import read_snapshot

ACTOR = Actor("root", "server", 1, "pkgstore repair")
LINKS = {"Rcpp": "1.0"}
OPERATION = "20261126T191500-evict-3f2a"


def looked(root: Path, *locks: Path, apps: Path | None = None) -> tuple[Checked, list[Finding]]:
    """A reading of a store with its apps beside it, and all that is wrong with it."""
    checked = Checked.read(str(root), str(apps or root.parent))
    records = [found for path in locks if (found := read_lockfile_record(str(path))) is not None]
    return replace(checked, names=Names.of(checked.snapshot, records)), list(check(checked))


def codes(root: Path) -> list[str]:
    """The codes of all findings."""
    return sorted(finding.code for finding in looked(root)[1])


def planned(
    root: Path,
    *locks: Path,
    only: Collection[str] | None = None,
    chosen: Callable[[Finding], bool] | None = None,
) -> RepairPlan:
    """What would be done."""
    return plan_repair(*looked(root, *locks), codes=only, chosen=chosen)


def applied(root: Path, plan: RepairPlan) -> list[Event]:
    """Do it; nobody waits for a lock."""
    return list(run_repair(Layout(str(root)), plan, ACTOR, rules=LockRules(timeout=0.0)))


def result_of(events: list[Event]) -> RepairResult:
    """What it came to."""
    (done,) = [event for event in events if isinstance(event, Done)]
    assert isinstance(done.result, RepairResult)
    return done.result


def repaired(root: Path, *locks: Path, only: Collection[str] | None = None) -> RepairResult:
    """Plan it and do it."""
    return result_of(applied(root, planned(root, *locks, only=only)))


def left(plan: RepairPlan) -> list[tuple[str, str]]:
    """The code of each finding that stays, and why."""
    return [(stays.finding.code, stays.why) for stays in plan.left]


def files_of(folder: Path) -> dict[str, object]:
    """All there is below a folder: of files and links all that can change, of folders that they are there."""
    found: dict[str, object] = {}
    for parent, folders, names in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(parent, name), folder)] = "folder"
        for name in names:
            path = Path(parent, name)
            status = path.lstat()
            body = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            facts = (status.st_mode, status.st_ino, status.st_mtime_ns, body)
            found[os.path.relpath(path, folder)] = facts
    return found


def changed_files(before: dict[str, object], after: dict[str, object]) -> set[str]:
    """What is there no more, or anew, or another thing."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


# --- a store with Rcpp, and sf that was built against it ---------------------------------------------------


def two_packages(root: Path) -> StoreBuilder:
    """That store."""
    made = StoreBuilder(root)
    made.package("Rcpp").source().config()
    made.package("sf").source().config(LINKS)
    return made


def sf(store: StoreBuilder) -> Path:
    return store.root / PLATFORM / "sf" / source_hash("sf", "1.0")


def configs(folder: Path) -> dict:
    return json.loads((folder / "configs.json").read_text())


def in_trash(store: StoreBuilder, package: str) -> None:
    """Somebody evicted a package."""
    layout = Layout(str(store.root))
    plan = plan_evict(read_snapshot(str(store.root)), PLATFORM, 1e-9, now=time.time() + 1)
    plan = type(plan)(
        plan.platform, plan.retention, plan.cutoff, tuple(i for i in plan.items if i.key.package == package)
    )
    list(apply_evict(layout, plan, operation=OPERATION))


def wrong(store: StoreBuilder) -> Path:
    """A tree of another package."""
    made = store.package("bad").source().config()
    path = made.tree / "DESCRIPTION"
    path.write_text(path.read_text().replace("Package: bad", "Package: good"))
    return made.tree
