"""What the small files of a source ought to say, by its trees. Pure but for the keys, which a finder looks up.

Written is only what is certain: that all trees of the source say the same, and that keys hash to the name of their
config. What is not certain is a `Doubt`, and stays as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from pkgstore._finding import some_names
from pkgstore.description import BASE_PACKAGES
from pkgstore.keys import config_hash
from pkgstore.layout import Layout
from pkgstore.model import StoreConfigs
from pkgstore.names import HASH_SHOWN
from pkgstore.operations.repair_keys import KeyFinder, Keys
from pkgstore.operations.repair_look import SeenConfig, SeenSource, State, Told
from pkgstore.operations.repair_plan import MendSource, Step


class Aspect(Enum):
    """What of a config can be wrong in the small files."""

    ENTRY = "entry"
    FACTS = "facts"
    KEYS = "keys"
    PHANTOM = "phantom"
    SIDECAR = "sidecar"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What cannot be mended; `config` is empty where it is about the whole source."""

    aspect: Aspect
    config: str
    why: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be mended: each aspect with the configs it is wanted for.

    `unlisted` are not to be listed, with the reason; `leaving` go to the trash afterwards; `restored` come back.
    """

    aspects: Mapping[Aspect, frozenset[str]]
    unlisted: Mapping[str, str] = field(default_factory=dict)
    leaving: frozenset[str] = frozenset()
    restored: frozenset[str] = frozenset()

    def wants(self, aspect: Aspect, config: str) -> bool:
        """Whether an aspect of a config is to be mended."""
        return config in self.aspects.get(aspect, frozenset())


@dataclass(frozen=True, slots=True)
class Mended:
    """What follows: the deed (None where there is nothing to do), for people, and what is in doubt."""

    deed: MendSource | None
    steps: tuple[Step, ...]
    doubts: tuple[Doubt, ...]


def mend(layout: Layout, seen: SeenSource, wish: Wish, finder: KeyFinder) -> Mended:
    """What would put a source right.

    Args:
        layout: The store's paths.
        seen: The source as it is.
        wish: What is to be mended.
        finder: Finds keys; reads the trash.
    """
    return _Mender(layout, seen, wish, finder).result()


@dataclass(slots=True)
class _Mender:
    layout: Layout
    seen: SeenSource
    wish: Wish
    finder: KeyFinder
    steps: list[Step] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The configs.json."""
        return self.layout.configs(self.seen.key)

    def result(self) -> Mended:
        meta = self._meta()
        new, again, gone = self._sidecars()
        writes = meta is not None and meta != self.seen.meta
        if not (writes or new or again or gone):
            return Mended(None, (), tuple(self.doubts))
        kept = meta if meta is not None and meta.configs else None
        deed = MendSource(self.seen, writes, kept if writes else None, new, again, gone)
        return Mended(deed, tuple(self.steps), tuple(self.doubts))

    # --- configs.json ------------------------------------------------------------------------------------

    def _meta(self) -> StoreConfigs | None:
        """What configs.json is to say; None where it stays as it is, or has to."""
        if self.seen.state is State.STRANGE:
            self._doubt_all(f"configs.json {self.seen.why}")
            return None
        if self.seen.meta is None:
            return self._anew()
        before = self.seen.meta
        configs = dict(before.configs)
        self._put_keys_right(configs)
        self._forget_phantoms(configs)
        meta = self._with_facts(StoreConfigs(before.source_compiled, before.linkingto, configs))
        self._list(meta, configs)
        return meta

    def _doubt_all(self, why: str) -> None:
        for aspect, configs in self.wish.aspects.items():
            if aspect is not Aspect.SIDECAR:
                self.doubts.extend(Doubt(aspect, config, why) for config in sorted(configs) or [""])

    def _anew(self) -> StoreConfigs | None:
        """A configs.json for a source that has none that is of use."""
        if Aspect.ENTRY not in self.wish.aspects:
            return None
        facts = {(told.links, told.compiled) for config in self.seen.configs if (told := self._own(config))}
        if len(facts) > 1:
            self._doubt_all("its trees do not say the same of what the source links to")
            return None
        if not facts:
            why = "no tree of it has a DESCRIPTION of this package that can be read"
            self._doubt_all(why)
            return None
        links, compiled = facts.pop()
        configs: dict[str, Keys | None] = {}
        self._list(StoreConfigs(compiled, links or None, {}), configs)
        if not configs:
            return None
        if self.seen.state is State.UNUSABLE:
            said = f"written again, with {len(configs)} of {self._trees()} configs"
            self.steps.insert(0, Step(self.path, f"configs.json {self.seen.why.partition(';')[0]}", said))
        return StoreConfigs(compiled, links or None, configs)

    def _trees(self) -> int:
        return sum(bool(config.inode) for config in self.seen.configs)

    def _own(self, config: SeenConfig) -> Told | None:
        """What a tree says, if it is one of this package."""
        told = config.told
        return told if told is not None and told.package in {"", self.seen.key.package} else None

    def _list(self, meta: StoreConfigs, configs: dict[str, Keys | None]) -> None:
        """Put in the entries of trees that are not listed."""
        for config in self.seen.configs:
            if not config.inode or config.name in configs or config.name in self.wish.leaving:
                continue
            if not self.wish.wants(Aspect.ENTRY, config.name):
                continue
            why, keys = self._entry(meta, config)
            if keys is None:
                self.doubts.append(Doubt(Aspect.ENTRY, config.name, why))
                continue
            configs[config.name] = keys
            before = f"{config.name[:HASH_SHOWN]} is not in configs.json"
            self.steps.append(Step(self.path, before, f"listed, built against {_said(keys)}"))

    def _entry(self, meta: StoreConfigs, config: SeenConfig) -> tuple[str, Keys | None]:
        """A config's keys, or why they are not certain."""
        if config.name in self.wish.unlisted:
            return self.wish.unlisted[config.name], None
        told = self._own(config)
        if told is None:
            if config.problem:
                return f"its DESCRIPTION {config.problem}", None
            is_other = config.told is not None
            return "its DESCRIPTION is another package's" if is_other else "its tree has no DESCRIPTION", None
        if set(told.links) != set(meta.linkingto or ()) or told.compiled != meta.source_compiled:
            return "configs.json says another thing of the source than its DESCRIPTION", None
        return self._keys(config, told)

    def _keys(self, config: SeenConfig, told: Told) -> tuple[str, Keys | None]:
        keys = self.finder.find(self.seen.key_of(config), told.links)
        if keys is not None:
            return "", keys
        more = "; there are more than are tried" if self.finder.is_too_much(told.links) else ""
        links = some_names(told.links) or "nothing"
        return f"no keys in reach of what it links to ({links}) hash to {config.name[:HASH_SHOWN]}{more}", None

    def _with_facts(self, meta: StoreConfigs) -> StoreConfigs:
        """The same with linkingto and source_compiled as all listed trees say."""
        if Aspect.FACTS not in self.wish.aspects:
            return meta
        listed = [c for c in self.seen.configs if c.name in meta.configs and c.inode]
        told = [self._own(config) for config in listed]
        facts = {(each.links, each.compiled) for each in told if each is not None}
        if None in told or len(facts) != 1:
            return self._in_doubt(meta, "its listed trees do not all say the same")
        links, compiled = facts.pop()
        if set(links) == set(meta.linkingto or ()):
            links = meta.linkingto or ()
        odd = [name for name, keys in meta.configs.items() if not _fit(name, keys or {}, links)]
        if odd:
            return self._in_doubt(
                meta, f"the keys of {odd[0][:HASH_SHOWN]} do not fit what its DESCRIPTION links to"
            )
        if (links, compiled) != (meta.linkingto or (), meta.source_compiled):
            before = f"configs.json says {_facts(meta.linkingto or (), meta.source_compiled)}"
            self.steps.append(Step(self.path, before, f"it says {_facts(links, compiled)}, as its trees do"))
        return StoreConfigs(compiled, links or None, meta.configs)

    def _in_doubt(self, meta: StoreConfigs, why: str) -> StoreConfigs:
        self.doubts.extend(Doubt(Aspect.FACTS, config, why) for config in self.wish.aspects[Aspect.FACTS])
        return meta

    def _put_keys_right(self, configs: dict[str, Keys | None]) -> None:
        for config in self.seen.configs:
            if config.name in self.wish.leaving or config.name not in configs or not config.inode:
                continue
            if not self.wish.wants(Aspect.KEYS, config.name):
                continue
            wrong = config_hash(configs[config.name] or {})
            if wrong == config.name:
                continue
            told = self._own(config)
            why, keys = ("its DESCRIPTION tells nothing", None) if told is None else self._keys(config, told)
            if keys is None:
                self.doubts.append(Doubt(Aspect.KEYS, config.name, why))
                continue
            configs[config.name] = keys
            before = f"the keys of {config.name[:HASH_SHOWN]} hash to {wrong[:HASH_SHOWN]}"
            self.steps.append(Step(self.path, before, f"those that hash to its name: {_said(keys)}"))

    def _forget_phantoms(self, configs: dict[str, Keys | None]) -> None:
        trees = {config.name for config in self.seen.configs if config.inode}
        for name in sorted(configs):
            if name in trees or name in self.wish.restored or not self.wish.wants(Aspect.PHANTOM, name):
                continue
            del configs[name]
            self.steps.append(Step(self.path, f"lists {name[:HASH_SHOWN]}, whose tree is gone", "listed no more"))

    # --- sidecars ----------------------------------------------------------------------------------------

    def _sidecars(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The sidecars to write, to write again, and to remove."""
        new: list[str] = []
        again: list[str] = []
        gone: list[str] = []
        for config in self.seen.configs:
            name, path = config.name, self.layout.sidecar(self.seen.key_of(config))
            if not self.wish.wants(Aspect.SIDECAR, name) or name in self.wish.leaving | self.wish.restored:
                continue
            if config.sidecar is State.STRANGE:
                self.doubts.append(Doubt(Aspect.SIDECAR, name, "what stands there is no file that can be read"))
            elif not config.inode:
                if config.sidecar is not State.MISSING:
                    gone.append(name)
                    self.steps.append(Step(path, "a sidecar whose tree is gone", "removed"))
            elif config.sidecar is State.MISSING:
                new.append(name)
                self.steps.append(Step(path, "there is no sidecar", "a new one: last used now"))
            elif config.sidecar is State.UNUSABLE:
                again.append(name)
                self.steps.append(Step(path, "the sidecar cannot be used", "written again; its last use is kept"))
        return tuple(new), tuple(again), tuple(gone)


def _fit(name: str, keys: Keys, links: Iterable[str]) -> bool:
    """Whether recorded keys are those of a config whose tree links to `links`, base packages aside."""
    linked = set(links)
    return config_hash(keys) == name and linked - BASE_PACKAGES <= keys.keys() <= linked


def _said(keys: Keys) -> str:
    return ", ".join(f"{name} {key[:HASH_SHOWN]}" for name, key in sorted(keys.items())) or "nothing"


def _facts(links: Iterable[str], compiled: bool) -> str:
    return f"that it links to {some_names(links) or 'nothing'}, compiled: {'yes' if compiled else 'no'}"
