"""What a made-up store holds, worked out in memory from a seed; touches no disk.

Versions of the packages that others link to ("hubs", as Rcpp is) move together, in epochs: a source that links to
hubs has one config for each epoch it was compiled in. So an app of one epoch finds all its packages built alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Final

from pkgstore.keys import EMPTY_CONFIG_HASH, config_hash, store_key
from pkgstore.model import LockfileEntry, LockfileMetadata, Tier

R_VERSION: Final = "4.5"
TRIPLE: Final = "x86_64-pc-linux-gnu"
PLATFORM: Final = f"{R_VERSION}-{TRIPLE}"

_HUBS: Final = ("Rcpp", "RcppArmadillo", "BH", "cpp11", "RcppEigen", "RcppParallel", "StanHeaders", "s2", "sf")
_FIRST: Final = "data geo gene time tidy spatial graph survey bayes text flow image stat model price risk"
_LAST: Final = "r plot table fit kit base net tools stan lab map grid test io ml sim"
_LARGEST_EPOCHS: Final = 16
_LARGEST_HUBS: Final = 25

Manifest = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Size:
    """How much a store shall hold. `worker_packages` is met as far as there are so many packages."""

    packages: int = 20
    sources: int = 50
    configs: int = 100
    workers: int = 3
    worker_packages: int = 10
    apps: int = 2
    linked_workers: int = 0
    damage: int = 0


SMALL: Final = Size()
BIG: Final = Size(20_000, 60_000, 200_000, 1_000, 300, 200)


@dataclass(slots=True, eq=False)
class Source:
    """One source of a package: `links` are the hubs in its LinkingTo, `epochs` those it was compiled in."""

    entry: LockfileEntry
    key: str
    links: tuple[str, ...] = ()
    epochs: range = field(default=range(1))

    @property
    def package(self) -> str:
        """The package's name."""
        return self.entry.package


@dataclass(slots=True, eq=False)
class App:
    """One app: its manifests by tier, and the sources that its pak.lock names."""

    name: str
    manifests: dict[Tier, Manifest]
    sources: list[Source]
    epoch: int


@dataclass(slots=True, eq=False)
class Shape:
    """A whole store: sources by package, apps, and each worker's manifest."""

    packages: dict[str, list[Source]]
    hubs: dict[str, list[Source]]
    apps: list[App] = field(default_factory=list)
    workers: dict[str, Manifest] = field(default_factory=dict)
    damaged: dict[tuple[str, str], str] = field(default_factory=dict)
    _hashes: dict[tuple[tuple[str, ...], int], str] = field(default_factory=dict)

    def linking(self, links: tuple[str, ...], epoch: int) -> dict[str, str]:
        """The store keys of linked hubs in an epoch."""
        return {hub: self.hubs[hub][epoch].key for hub in links}

    def hash(self, links: tuple[str, ...], epoch: int) -> str:
        """The config hash for linked hubs in an epoch."""
        if not links:
            return EMPTY_CONFIG_HASH
        found = self._hashes.get((links, epoch))
        if found is None:
            found = self._hashes[links, epoch] = config_hash(self.linking(links, epoch))
        return found

    def ref(self, source: Source, epoch: int) -> str:
        """The store ref of a source's config of an epoch."""
        return f"{source.key}/{self.hash(source.links, epoch)}"


def shape(size: Size, seed: int = 0) -> Shape:
    """Work out a store.

    Args:
        size: How much of everything.
        seed: Equal seeds give equal stores.

    Raises:
        ValueError: No valid store has these numbers; the words say why.
    """
    if not 1 <= size.packages <= size.sources <= size.configs:
        raise ValueError("a store needs packages >= 1, sources >= packages and configs >= sources")
    rng = Random(seed)
    names = package_names(size.packages)
    hub_count = max(1, min(_LARGEST_HUBS, size.packages // 20))
    epochs = max(1, min(_LARGEST_EPOCHS, (size.sources - size.packages) // (2 * hub_count) + 1))
    counts = dict.fromkeys(names, 1) | dict.fromkeys(names[:hub_count], epochs)
    others = names[hub_count:] or names
    for _ in range(size.sources - sum(counts.values())):
        counts[rng.choice(others)] += 1
    made = {name: [_source(rng, name, number) for number in range(counts[name])] for name in names}
    whole = Shape(made, {name: made[name] for name in names[:hub_count]})
    _link(rng, whole, size, epochs)
    _add_users(rng, whole, size, epochs)
    _damage(rng, whole, size.damage)
    return whole


def package_names(count: int) -> list[str]:
    """Names as packages have them, those that others link to first."""
    words = [a + b for b in _LAST.split() for a in _FIRST.split()]
    numbered = (f"{words[number % len(words)]}{number // len(words) or ''}" for number in range(count))
    return [*_HUBS, *numbered][:count]


def _source(rng: Random, package: str, number: int) -> Source:
    version = f"{1 + number // 10}.{number % 10}.{rng.randrange(20)}"
    if number % 7 == 6:  # now and then a commit between two releases
        sha = f"{rng.getrandbits(160):040x}"
        entry = LockfileEntry(package, version, "github", True, LockfileMetadata("github", sha))
    else:
        archive = sha256(f"{package}_{version}".encode()).hexdigest() if rng.random() < 0.8 else ""
        entry = LockfileEntry(package, version, "standard", True, LockfileMetadata("standard", version), archive)
    return Source(entry, store_key(entry))


def _link(rng: Random, whole: Shape, size: Size, epochs: int) -> None:
    """Say which packages link to which hubs, and in which epochs their sources were compiled."""
    extra = size.configs - size.sources
    names = [name for name in whole.packages if name not in whole.hubs]
    share = min(0.95, max(0.25, 2 * extra / (max(1, epochs - 1) * size.sources)))
    combinations = _combinations(rng, list(whole.hubs))
    linking = [source for name in names if rng.random() < share for source in whole.packages[name]]
    if len(linking) * (epochs - 1) < extra:
        linking = [source for name in names for source in whole.packages[name]]
    if len(linking) * (epochs - 1) < extra:
        raise ValueError(
            f"{size.sources} sources have at most {len(linking) * (epochs - 1) + size.sources} configs"
        )
    chosen = {name: rng.choice(combinations) for name in names}
    counts = [1] * len(linking)
    _spread(rng, counts, extra, epochs)
    for source, count in zip(linking, counts, strict=True):
        start = rng.randrange(epochs - count + 1)
        source.links, source.epochs = chosen[source.package], range(start, start + count)


def _combinations(rng: Random, hubs: list[str]) -> list[tuple[str, ...]]:
    """Which hubs packages link to; the first hub, Rcpp, most often."""
    found = [(hubs[0],)] * 8
    for _ in range(24):
        found.append(tuple(sorted({hubs[0], *rng.sample(hubs, min(len(hubs), rng.randint(1, 2)))})))
    return found


def _spread(rng: Random, counts: list[int], extra: int, most: int) -> None:
    """Add `extra` ones to random counts, none above `most`."""
    room = list(range(len(counts)))
    for _ in range(extra):
        at = rng.randrange(len(room))
        counts[room[at]] += 1
        if counts[room[at]] == most:
            room[at] = room[-1]
            room.pop()


class _Pool:
    """The sources that an app of one epoch can have: packages in a random order, each with a source."""

    def __init__(self, rng: Random, whole: Shape, epoch: int) -> None:
        self.whole, self.epoch, self.rng = whole, epoch, rng
        self.names = list(whole.packages)
        self.fitting: dict[str, list[Source]] = {}

    def fit(self, package: str) -> list[Source]:
        """A package's sources with a config of this epoch."""
        found = self.fitting.get(package)
        if found is None:
            hub = self.whole.hubs.get(package)
            every = [hub[self.epoch]] if hub else self.whole.packages[package]
            found = [source for source in every if not source.links or self.epoch in source.epochs]
            self.fitting[package] = found
        return found

    def take(self, count: int, chosen: dict[str, Source]) -> dict[str, Source]:
        """`chosen` with more packages, and the hubs they link to, until there are `count`, if there are so many."""
        found = dict(chosen)
        for name in self.rng.sample(self.names, min(len(self.names), 2 * count + 40)):
            if len(found) >= count:
                break
            if name not in found and (fitting := self.fit(name)):
                source = self.rng.choice(fitting)
                wanted = [hub for hub in source.links if hub not in found]
                if len(found) + len(wanted) < count:
                    found[name] = source
                    found.update((hub, self.whole.hubs[hub][self.epoch]) for hub in wanted)
        return found

    def manifest(self, chosen: Mapping[str, Source]) -> Manifest:
        """The refs of sources in this epoch."""
        return {name: self.whole.ref(chosen[name], self.epoch) for name in sorted(chosen)}

    def earlier(self, chosen: Mapping[str, Source], share: float) -> dict[str, Source]:
        """The same packages, some of them from another source."""
        changed = {name for name in chosen if self.rng.random() < share}
        return {name: self.rng.choice(self.fit(name)) if name in changed else chosen[name] for name in chosen}


def _add_users(rng: Random, whole: Shape, size: Size, epochs: int) -> None:
    """Apps, most of them of a late epoch, and workers that have an app's packages and a few of their own."""
    pools = {epoch: _Pool(rng, whole, epoch) for epoch in range(epochs)}
    for number in range(size.apps):
        pool = pools[epochs - 1 - min(epochs - 1, int(rng.expovariate(0.5)))]
        chosen = pool.take(rng.randint(size.worker_packages // 2, max(1, size.worker_packages - 2)), {})
        manifests = {Tier.CURRENT: pool.manifest(chosen)}
        manifests |= {Tier.PREV: pool.manifest(pool.earlier(chosen, 0.1))}
        manifests |= {Tier.BUILD: pool.manifest(pool.earlier(chosen, 0.4))}
        whole.apps.append(App(f"app-{number + 1:04}", manifests, list(chosen.values()), pool.epoch))
    for number in range(size.workers):
        app = whole.apps[number % len(whole.apps)] if whole.apps else None
        pool = pools[app.epoch if app else epochs - 1]
        chosen = pool.take(size.worker_packages, {source.package: source for source in app.sources} if app else {})
        whole.workers[f"w{number + 1:04}-{rng.getrandbits(32):08x}"] = pool.manifest(chosen)


def _damage(rng: Random, whole: Shape, count: int) -> None:
    """Choose configs, each of another source, and say what is wrong with them, in turn."""
    kinds = ("phantom", "no-sidecar", "unlisted", "orphan-sidecar")
    sources = [source for sources in whole.packages.values() for source in sources]
    for number, source in enumerate(rng.sample(sources, min(count, len(sources)))):
        whole.damaged[source.key, whole.hash(source.links, source.epochs[0])] = kinds[number % len(kinds)]
