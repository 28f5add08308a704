"""Plan a repair: every finding is mended by an item, or stays with the reason. Changes nothing."""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from pkgstore._finding import Finding, Severity
from pkgstore.findings import platform_in_use, worst_first
from pkgstore.keys import ConfigKey, LocksKey, SourceKey, WorkerKey, WorkKey
from pkgstore.layout import PACKAGE_MANIFEST, Layout
from pkgstore.names import HASH_SHOWN
from pkgstore.operations.clean import left_overs, lock_name, plan_clean, work_kind
from pkgstore.operations.repair_keys import KeyFinder
from pkgstore.operations.repair_left import BUSY, GONE_APP, GONE_PIN, GONE_WORKER, LATER, Reason, never
from pkgstore.operations.repair_needs import Needs, Trash, empty_folders, manifest_of
from pkgstore.operations.repair_plan import (
    CleanUp,
    FromTrash,
    Phase,
    Reading,
    RemoveFolder,
    RepairItem,
    RepairPlan,
    Stays,
    Step,
    WriteManifest,
)
from pkgstore.operations.repair_sources import SourceWork, config_of, plan_source
from pkgstore.scan import platform_folders

LEFT_OVER = frozenset({"STALE-LOCK", "STALE-BUILD", "STALE-STAGING", "ORPHAN-WORKER"})
LACKING = frozenset({"DANGLING-ROOT", "BROKEN-INSTALL"})
OF_SOURCES = frozenset(
    {"BAD-META", "ORPHAN-TREE", "ORPHAN-SIDECAR", "PHANTOM", "BAD-CONFIG-HASH", "WRONG-PACKAGE", "MIXED-PLATFORM"}
)


def plan_repair(
    reading: Reading,
    findings: Iterable[Finding],
    *,
    codes: Collection[str] | None = None,
    chosen: Callable[[Finding], bool] | None = None,
) -> RepairPlan:
    """What a repair would do, and what it leaves. Looks at the disk; changes nothing.

    Args:
        reading: What was checked.
        findings: All that was found in it.
        codes: Mend only these; all, if None.
        chosen: Mend only findings for which it is true.
    """
    planner = _Planner(reading, tuple(findings))
    for finding in planner.findings:
        if (codes is None or finding.code in codes) and (chosen is None or chosen(finding)):
            planner.take(finding)
    return planner.plan()


class _Planner:
    def __init__(self, reading: Reading, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        self._reading = reading
        self._layout = Layout(reading.snapshot.root)
        self._taken: dict[str, list[Finding]] = {}
        self._items: list[RepairItem] = []
        self._left: list[Stays] = []
        self._works: dict[SourceKey, SourceWork] = {}
        self._restores: dict[ConfigKey, tuple[FromTrash, list[Finding]]] = {}
        self._trash = Trash(self._layout, reading.snapshot)
        mixed = {finding.subject for finding in findings if finding.code == "MIXED-PLATFORM"}
        self._mixed: dict[SourceKey, set[str]] = {}
        for key in mixed:
            if isinstance(key, ConfigKey):
                self._mixed.setdefault(key.source, set()).add(key.config_hash)

    def take(self, finding: Finding) -> None:
        """Note what is to be mended."""
        if finding.code in OF_SOURCES and finding.severity is Severity.ADVICE:
            self._stays(finding, BUSY)
        else:
            self._taken.setdefault(finding.code, []).append(finding)

    def plan(self) -> RepairPlan:
        """The plan for all that was taken."""
        manifests = [deed for finding in self._of("DAMAGE") if (deed := self._manifest(finding)) is not None]
        needs = Needs(self._reading, manifests, frozenset(self._clean()))
        for finding in self._of(*LACKING):
            self._lacking(finding)
        self._sources(needs)
        for finding in self._of("RESTART-HAZARD"):
            self._hazard(finding)
        for code, findings in self._taken.items():
            if code not in LEFT_OVER | LACKING | OF_SOURCES | {"DAMAGE", "RESTART-HAZARD", "ABI-BLIND"}:
                for finding in findings:
                    self._stays(finding, never(finding))
        items = tuple(sorted(self._items, key=lambda item: item.order))
        left = tuple(sorted(self._left, key=lambda stays: worst_first(stays.finding)))
        return RepairPlan(self._reading.snapshot.root, self._reading.apps, items, left)

    def _of(self, *codes: str) -> list[Finding]:
        return [finding for code in sorted(codes) for finding in self._taken.get(code, ())]

    def _stays(self, finding: Finding, reason: Reason, name: str = "") -> None:
        self._left.append(Stays(finding, *reason, name))

    # --- manifests, and what crashes left ----------------------------------------------------------------

    def _manifest(self, finding: Finding) -> WriteManifest | None:
        worker = finding.subject
        if not isinstance(worker, WorkerKey) or os.path.basename(finding.path) != PACKAGE_MANIFEST:
            self._stays(finding, never(finding))
            return None
        found = manifest_of(self._layout, self._reading.snapshot, worker)
        if isinstance(found, str):
            self._stays(finding, Reason(found, never(finding).advice))
            return None
        count = len(found.manifest)
        after = f"written again, with the {count} packages of the library that are the store's own files"
        step = Step(
            finding.path, "the manifest cannot be used", after if count else "written again, empty as it is"
        )
        name = f"worker {worker.worker_id}"
        self._items.append(RepairItem(Phase.MANIFEST, worker, name, ("DAMAGE",), (step,), found))
        return found

    def _clean(self) -> list[WorkKey]:
        """Plan to remove what crashes left; the keys of the work folders that go, since they need nothing then."""
        names = {finding: self._left_over_id(finding) for finding in self._of(*LEFT_OVER)}
        if not names:
            return []
        wanted, now = frozenset(names.values()), self._reading.now
        planned = plan_clean(left_overs(self._layout, now=now, names=wanted), names=wanted, now=now)
        items = {item.id: item for item in planned.items}
        for finding, name in names.items():
            if name not in items:
                self._stays(finding, LATER)
                continue
            step = Step(
                finding.path, finding.message, "broken" if finding.code == "STALE-LOCK" else "removed for good"
            )
            deed = CleanUp(items[name])
            self._items.append(RepairItem(Phase.CLEAN, finding.subject, name, (finding.code,), (step,), deed))
        return [f.subject for f, name in names.items() if name in items and isinstance(f.subject, WorkKey)]

    def _left_over_id(self, finding: Finding) -> str:
        match finding.subject:
            case LocksKey():
                locks = (lock for lock in self._reading.snapshot.locks if lock.path == finding.path)
                return next((f"lock:{lock_name(lock)}" for lock in locks), "")
            case WorkKey() as key:
                return f"{work_kind(key).value}:{key.name}"
            case WorkerKey(name):
                return f"worker:{name}"
        return ""

    # --- what manifests name and the store lacks ---------------------------------------------------------

    def _lacking(self, finding: Finding) -> None:
        for package, ref in self._wanted(finding):
            deed = self._trash.wanted(package, ref)
            if deed is None:
                self._stays(finding, self._gone(finding), self._reading.names.text_of(package, ref.split("/")[0]))
            else:
                self._restores.setdefault(deed.key, (deed, []))[1].append(finding)

    def _wanted(self, finding: Finding) -> list[tuple[str, str]]:
        """Each package and ref that a finding about a manifest is about."""
        roots = self._reading.roots
        found: dict[tuple[str, str], None] = {}
        for root in roots.roots:
            if root.path != finding.path or (root.key or "") != finding.subject:
                continue
            pairs = [(name, root.manifest[name]) for name in finding.packages if name in root.manifest]
            found.update(dict.fromkeys(pair for pair in pairs if root.key is not None or pair in roots.lacking))
        return list(found)

    def _gone(self, finding: Finding) -> Reason:
        if finding.code == "BROKEN-INSTALL":
            return GONE_WORKER
        return GONE_APP if finding.subject else GONE_PIN

    # --- sources -----------------------------------------------------------------------------------------

    def _sources(self, needs: Needs) -> None:
        for finding in self._of(*OF_SOURCES):
            if isinstance(finding.subject, SourceKey | ConfigKey):
                if isinstance(finding.subject, ConfigKey) and self._comes_back(finding, finding.subject, needs):
                    continue
                work = self._work(SourceKey(*finding.subject[:3]))
                work.found.append((finding, config_of(finding)))
        for finding in self._of("ABI-BLIND"):
            self._blind(finding)
        finder = KeyFinder(self._layout, self._reading.names)
        unable: set[SourceKey] = set()
        for key in sorted({*self._works, *(key.source for key in self._restores)}):
            restored = frozenset(config.config_hash for config in self._restores if config.source == key)
            work = replace(self._work(key), mixed=frozenset(self._mixed.get(key, ())), restored=restored)
            plan = plan_source(self._layout, work, self._reading.names, finder, needs)
            self._items.extend(plan.items)
            self._left.extend(plan.left)
            if not plan.can_restore:
                unable.add(key)
        self._plan_restores(unable)

    def _work(self, key: SourceKey) -> SourceWork:
        return self._works.setdefault(key, SourceWork(key))

    def _comes_back(self, finding: Finding, key: ConfigKey, needs: Needs) -> bool:
        """Whether a phantom, or a sidecar alone, is that of a config that somebody needs and the trash has."""
        if finding.code not in {"PHANTOM", "ORPHAN-SIDECAR"}:
            return False
        deed = self._trash.config(key) if needs.holders(key.package, key.ref) else None
        if deed is not None:
            self._restores.setdefault(key, (deed, []))[1].append(finding)
        return deed is not None

    def _blind(self, finding: Finding) -> None:
        """Its packages are blind by their sources, whose configs.json is gone."""
        worker = self._reading.snapshot.workers.get(getattr(finding.subject, "worker_id", ""))
        manifest = (worker.manifest if worker is not None else None) or {}
        for package in finding.packages:
            config = self._reading.snapshot.config_of(package, manifest.get(package, ""))
            if config is not None and config.has_tree:
                self._work(config.key.source).found.append((finding, config.key.config_hash))
            else:
                self._stays(finding, GONE_WORKER, package)

    def _plan_restores(self, unable: set[SourceKey]) -> None:
        for key, (deed, findings) in self._restores.items():
            name = f"{self._reading.names.text(key)} {key.config_hash[:HASH_SHOWN]}"
            if key.source in unable:
                for finding in findings:
                    self._stays(finding, Reason("its configs.json cannot be read", "mend that first"), name)
                continue
            step = Step(self._layout.config(key), f"gone, but in the trash ({deed.operation})", "put back")
            codes = tuple(dict.fromkeys(finding.code for finding in findings))
            self._items.append(RepairItem(Phase.RESTORE, key, name, codes, (step,), deed))

    # --- platforms ---------------------------------------------------------------------------------------

    def _hazard(self, finding: Finding) -> None:
        """Empty folders go, also those that would be first once this one is gone."""
        used = platform_in_use(self._reading.snapshot.sources)
        if finding.subject in self._reading.snapshot.platforms or not used:
            self._stays(finding, never(finding))
            return
        for name in platform_folders(self._layout.root):
            if "-" in name and name < used and name not in self._reading.snapshot.platforms:
                self._folder(finding, name)

    def _folder(self, finding: Finding, name: str) -> None:
        if empty_folders(self._layout, name) is None:
            self._stays(finding, Reason("it is not empty", "look what is in it"), name)
            return
        step = Step(self._layout.platform(name), "empty, and before the platform in use by name", "removed")
        self._items.append(RepairItem(Phase.FOLDER, name, name, (finding.code,), (step,), RemoveFolder(name)))
