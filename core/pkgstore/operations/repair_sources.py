"""Plan the repair of one source: its small files by its trees, and what is better gone into the trash."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pkgstore._finding import Finding
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import CONFIGS_FILE, SIDECAR_SUFFIX, Layout
from pkgstore.names import HASH_SHOWN, Names
from pkgstore.operations.repair_keys import KeyFinder
from pkgstore.operations.repair_left import EVICT, INGEST
from pkgstore.operations.repair_look import SeenConfig, SeenSource, State, look
from pkgstore.operations.repair_mend import Aspect, Doubt, Mended, Wish, mend
from pkgstore.operations.repair_needs import Needs
from pkgstore.operations.repair_plan import Phase, RepairItem, Stays, Step, ToTrash

BETTER_GONE = frozenset({"WRONG-PACKAGE", "MIXED-PLATFORM"})
"""Codes of trees that no small file puts right."""

_ASPECTS: Mapping[str, tuple[Aspect, ...]] = {
    "ORPHAN-TREE": (Aspect.ENTRY, Aspect.SIDECAR),
    "ORPHAN-SIDECAR": (Aspect.SIDECAR,),
    "PHANTOM": (Aspect.PHANTOM,),
    "BAD-CONFIG-HASH": (Aspect.KEYS, Aspect.PHANTOM),
    "ABI-BLIND": (Aspect.ENTRY,),
}


@dataclass(slots=True)
class SourceWork:
    """What was found of one source: each finding with the config that it is about (empty: all of them).

    `mixed` are the configs that were built for another platform, whether that is to be mended or not; `restored`
    those that come back out of the trash.
    """

    key: SourceKey
    found: list[tuple[Finding, str]] = field(default_factory=list)
    mixed: frozenset[str] = frozenset()
    restored: frozenset[str] = frozenset()

    def aspects(self, seen: SeenSource) -> dict[Aspect, frozenset[str]]:
        """What is to be mended, of which configs."""
        wanted: dict[Aspect, set[str]] = {}
        for finding, config in self.found:
            names = {config} if config else {each.name for each in seen.configs}
            for aspect in aspects_of(finding):
                wanted.setdefault(aspect, set()).update(names)
        return {aspect: frozenset(names) for aspect, names in wanted.items()}


def aspects_of(finding: Finding) -> tuple[Aspect, ...]:
    """What a finding is about, of those that small files can put right."""
    if finding.code != "BAD-META":
        return _ASPECTS.get(finding.code, ())
    if os.path.basename(finding.path) == CONFIGS_FILE:
        return (Aspect.FACTS,) if isinstance(finding.subject, ConfigKey) else (Aspect.ENTRY,)
    return (Aspect.SIDECAR,) if finding.path.endswith(SIDECAR_SUFFIX) else ()


def config_of(finding: Finding) -> str:
    """The config that a finding about a source is about; empty where it is about all of them."""
    if isinstance(finding.subject, ConfigKey):
        return finding.subject.config_hash
    name = os.path.basename(finding.path)
    return "" if name == CONFIGS_FILE else name.removesuffix(SIDECAR_SUFFIX)


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What is done with a source and what stays; `can_restore` tells whether its configs.json takes entries."""

    items: tuple[RepairItem, ...]
    left: tuple[Stays, ...]
    can_restore: bool


def plan_source(layout: Layout, work: SourceWork, names: Names, finder: KeyFinder, needs: Needs) -> SourcePlan:
    """Plan one source; looks at it anew."""
    return _Source(layout, work, names, finder, needs, look(layout, work.key)).plan()


@dataclass(slots=True)
class _Source:
    layout: Layout
    work: SourceWork
    names: Names
    finder: KeyFinder
    needs: Needs
    seen: SeenSource
    kept: dict[str, str] = field(default_factory=dict)
    left: list[Stays] = field(default_factory=list)

    def plan(self) -> SourcePlan:
        first = self._mend(frozenset())
        leaving = frozenset(self._leaving(first))
        mended = self._mend(leaving) if leaving else first
        items = [*self._mend_items(mended, leaving), *self._trash_items(leaving, first)]
        self._tell_what_stays(mended, leaving, bool(items))
        is_mended = mended.deed is not None and mended.deed.writes
        return SourcePlan(tuple(items), tuple(self.left), is_mended or self._is_usable())

    def _is_usable(self) -> bool:
        return self.seen.state in {State.FINE, State.MISSING}

    def _mend(self, leaving: frozenset[str]) -> Mended:
        why = "it was built for another platform"
        unlisted = dict.fromkeys(self.work.mixed, why)
        wish = Wish(self.work.aspects(self.seen), unlisted, leaving, self.work.restored)
        return mend(self.layout, self.seen, wish, self.finder)

    # --- what goes ---------------------------------------------------------------------------------------

    def _candidates(self, first: Mended) -> set[str]:
        """The configs that are better gone: nothing puts them right."""
        unknown = {doubt.config for doubt in first.doubts if doubt.aspect is Aspect.KEYS}
        gone = {config for finding, config in self.work.found if finding.code in BETTER_GONE}
        return {config.name for config in self.seen.configs if config.inode and config.name in unknown | gone}

    def _leaving(self, first: Mended) -> Iterator[str]:
        can_forget = self._is_usable() or (first.deed is not None and first.deed.writes)
        for name in sorted(self._candidates(first)):
            why = self.needs.why_kept(ConfigKey(*self.work.key, name))
            if not why and not can_forget:
                why = f"configs.json {self.seen.why}"
            self.kept[name] = why
            if not why:
                yield name

    def _trash_items(self, leaving: frozenset[str], first: Mended) -> Iterator[RepairItem]:
        unknown = {doubt.config: doubt.why for doubt in first.doubts if doubt.aspect is Aspect.KEYS}
        for config in self.seen.configs:
            if config.name not in leaving:
                continue
            found = [finding for finding, name in self.work.found if name == config.name]
            why = [f.message for f in found if f.code in BETTER_GONE] or [unknown.get(config.name, "")]
            key = self.seen.key_of(config)
            deed = ToTrash(key, config, f"repair: {why[0]}", config.name in unknown)
            step = Step(self.layout.config(key), why[0], "moved to the trash; the next build makes it anew")
            codes = _codes(found)
            yield RepairItem(Phase.TRASH, key, self._name(config), codes, (step,), deed)

    # --- what is mended ----------------------------------------------------------------------------------

    def _mend_items(self, mended: Mended, leaving: frozenset[str]) -> Iterator[RepairItem]:
        if mended.deed is None:
            return
        found = [
            finding
            for finding, config in self.work.found
            if config not in leaving and aspects_of(finding) and not self._is_in_doubt(mended, finding, config)
        ]
        name = self.names.text(self.work.key)
        yield RepairItem(Phase.MEND, self.work.key, name, _codes(found), mended.steps, mended.deed)

    def _is_in_doubt(self, mended: Mended, finding: Finding, config: str) -> bool:
        """Whether nothing is done about a finding; about all of a source, some may be done."""
        deed = mended.deed
        if deed is not None and (deed.writes if not config else config in deed.new):
            return False
        return any(_is_about(doubt, finding, config) for doubt in mended.doubts)

    # --- what stays --------------------------------------------------------------------------------------

    def _tell_what_stays(self, mended: Mended, leaving: frozenset[str], does_something: bool) -> None:
        for finding, config in self.work.found:
            if config in leaving or config in self.work.restored:
                continue
            doubts = [doubt for doubt in mended.doubts if _is_about(doubt, finding, config)]
            for why, name in dict.fromkeys(self._whys(finding, config, doubts)):
                advice = EVICT if finding.code in BETTER_GONE or not aspects_of(finding) else INGEST
                self.left.append(Stays(finding, why, advice, name))
            if not does_something and not any(stays.finding is finding for stays in self.left):
                self.left.append(Stays(finding, "it is not so any more", "check again"))

    def _whys(self, finding: Finding, config: str, doubts: Iterable[Doubt]) -> Iterator[tuple[str, str]]:
        key = ConfigKey(*self.work.key, config)
        if finding.code in BETTER_GONE:
            if self.kept.get(config):
                yield self.kept[config], self._key_name(key)
        elif not aspects_of(finding):
            yield "nothing tells what it links to", self._key_name(key)
        for doubt in doubts:
            kept = self.kept.get(doubt.config, "")
            about = self._key_name(ConfigKey(*self.work.key, doubt.config)) if doubt.config else ""
            yield (f"{doubt.why}; {kept}" if doubt.aspect is Aspect.KEYS and kept else doubt.why), about

    def _name(self, config: SeenConfig) -> str:
        return self._key_name(self.seen.key_of(config))

    def _key_name(self, key: ConfigKey) -> str:
        return f"{self.names.text(key)} {key.config_hash[:HASH_SHOWN]}"


def _is_about(doubt: Doubt, finding: Finding, config: str) -> bool:
    return doubt.aspect in aspects_of(finding) and (not config or doubt.config in {"", config})


def _codes(found: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.code for finding in found))
