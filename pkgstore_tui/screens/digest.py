"""What a whole store comes to: counts, ages, findings, what a sweep would free. Pure, and slow: for a thread."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pkgstore.check.live import Live
from pkgstore.durations import parse_duration
from pkgstore.errors import InputError
from pkgstore.findings import Finding, Severity, worst_first
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord, Tier
from pkgstore.operations.evict import plan_evict
from pkgstore.roots import Roots
from pkgstore_tui.screens.contents_rows import ContentsRow, contents_rows
from pkgstore_tui.session.contents import Contents, Told
from pkgstore_tui.session.foreground import Considerate, Foreground
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.session.sizes import SizeBook
from pkgstore_tui.widgets.age_chart import Bucket, age_buckets


@dataclass(frozen=True, eq=False, slots=True)
class Bytes:
    """Bytes of some trees: as their files say, as the disk gives them, and (of that) of trees that workers have."""

    apparent: int = 0
    disk: int = 0
    shared: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class PlatformDigest:
    """What one platform comes to; `measured` of its `trees` have a size, `bytes` is None until all have.

    `idle` is None where a root file could not be read, or not all was read yet: then nobody knows.
    """

    name: str
    packages: int
    sources: int
    configs: int
    rooted: int
    idle: int | None
    orphan: int
    last_used: float | None
    trees: tuple[ConfigKey, ...]
    measured: int = 0
    bytes: Bytes | None = None


@dataclass(frozen=True, eq=False, slots=True)
class SweepDigest:
    """What a sweep at the configured retention would take now; `why_not` says why none is planned."""

    platform: str = ""
    retention: str = ""
    items: int = 0
    configs: int = 0
    rooted: int = 0
    bytes: int | None = None
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class Digest:
    """What a reading comes to; `partial` where no library was looked through yet."""

    reading: Reading
    at: float
    platforms: tuple[PlatformDigest, ...] = ()
    ages: tuple[Bucket, ...] = ()
    sweep: SweepDigest = field(default_factory=SweepDigest)
    findings: tuple[Finding, ...] = ()
    partial: bool = False
    contents: tuple[ContentsRow, ...] = ()
    """What content checks of this session told, by group."""

    def count(self, severity: Severity) -> int:
        """How many findings are of a severity, those of content checks too."""
        contents = sum(row.count for row in self.contents if row.severity is severity)
        return contents + sum(finding.severity is severity for finding in self.findings)

    @property
    def by_code(self) -> tuple[tuple[str, int], ...]:
        """How many findings each code has, the worst code first."""
        return tuple((code, count) for (code, _), count in self.by_kind)

    @property
    def by_kind(self) -> tuple[tuple[tuple[str, Severity], int], ...]:
        """How many findings each code has, with the worst severity that it has, the worst first."""
        worst = {row.code: row.severity for row in self.contents if row.severity is not None}
        counts = Counter({row.code: row.count for row in self.contents if row.severity is not None})
        for finding in self.findings:
            worst.setdefault(finding.code, finding.severity)
            counts[finding.code] += 1
        rank = list(Severity).index
        return tuple(((code, worst[code]), counts[code]) for code in sorted(counts, key=lambda c: rank(worst[c])))

    def told_of(self, key: ConfigKey) -> Told | None:
        """What a content check told of one config; None where none did."""
        return next((told for row in self.contents for told in row.told if told.key == key), None)


@dataclass(frozen=True, eq=False, slots=True)
class DigestWish:
    """What is to be worked out.

    `sizes` are the trees that have been measured, `checks` knows the findings, `contents` what content checks told,
    `retention` is the server's as a Go
    duration (empty where none is configured), `platform` the one in use, which alone is swept, `now` in seconds
    since 1970. `whole`: also what takes longer, the first time. `foreground` says who goes first.
    """

    reading: Reading
    sizes: SizeBook
    checks: Live
    contents: Contents
    retention: str
    platform: str
    now: float
    whole: bool = True
    foreground: Foreground = field(default_factory=Foreground)


def digest(wish: DigestWish) -> Digest:
    """What a reading comes to."""
    reading, now = wish.reading, wish.now
    snapshot, whole = reading.snapshot, wish.whole or wish.checks.knows_libraries
    return Digest(
        reading,
        now,
        tuple(_platform(reading, wish.sizes, name) for name in snapshot.platforms),
        age_buckets((config.last_used for config in snapshot.configs() if config.has_tree), now),
        _sweep(wish),
        tuple(sorted(_findings(wish, whole), key=worst_first)) if reading.complete else (),
        reading.complete and not whole,
        contents_rows(wish.contents.configs(snapshot), wish.contents.libraries(snapshot)),
    )


def _findings(wish: DigestWish, whole: bool) -> tuple[Finding, ...]:
    reading, foreground = wish.reading, wish.foreground
    return wish.checks.findings(
        reading.snapshot,
        reading.roots,
        reading.names,
        wish.now,
        libraries=whole,
        before_each=foreground.give_way,
        cancel=Considerate(foreground),
    )


# --- platforms ----------------------------------------------------------------------------------------------------


def _platform(reading: Reading, sizes: SizeBook, name: str) -> PlatformDigest:
    snapshot, roots = reading.snapshot, reading.roots
    packages = snapshot.packages[name]
    records = [record for group in packages.values() for record in group]
    configs = [config for record in records for config in record.configs]
    rooted, idle, orphan = _needed(configs, roots, complete=reading.complete)
    used = max((c.last_used for c in configs if c.last_used is not None), default=None)
    trees = tuple(config.key for config in configs if config.has_tree)
    measured, total = _bytes(trees, roots, sizes)
    return PlatformDigest(
        name, len(packages), len(records), len(configs), rooted, idle, orphan, used, trees, measured, total
    )


def _needed(configs: Sequence[ConfigRecord], roots: Roots, *, complete: bool) -> tuple[int, int | None, int]:
    """How many a root holds, how many none does, and how many of all are in pieces; as filters by state count."""
    rooted = sum(roots.is_rooted(config.key) for config in configs)
    orphan = sum(config.is_orphan_tree or config.is_orphan_sidecar for config in configs)
    return rooted, len(configs) - rooted if complete and roots.is_complete else None, orphan


def _bytes(trees: Sequence[ConfigKey], roots: Roots, sizes: SizeBook) -> tuple[int, Bytes | None]:
    apparent = disk = shared = measured = 0
    for key in trees:
        size = sizes.get(key)
        if size is None:
            continue
        measured += 1
        apparent += size.apparent
        disk += size.disk
        if roots.is_rooted(key) and any(root.tier is Tier.WORKER for root in roots.holders(key)):
            shared += size.disk
    return measured, (Bytes(apparent, disk, shared) if measured == len(trees) else None)


# --- the sweep ----------------------------------------------------------------------------------------------------


def _sweep(wish: DigestWish) -> SweepDigest:
    reading, retention, platform = wish.reading, wish.retention, wish.platform
    if not retention:
        return SweepDigest(why_not="no retention is configured (--config names the server's settings)")
    try:
        seconds = parse_duration(retention)
    except InputError as error:
        return SweepDigest(why_not=error.reason)
    if seconds <= 0:
        return SweepDigest(why_not="the server's retention is 0: it never sweeps")
    items = plan_evict(reading.snapshot, platform, seconds, now=wish.now).items
    configs = sum(len(r.configs) for group in reading.snapshot.packages.get(platform, {}).values() for r in group)
    rooted = sum(reading.roots.is_rooted(config.key) for config in items)
    size = wish.sizes.total(config.key for config in items if config.has_tree)
    return SweepDigest(platform, retention, len(items), configs, rooted, size)
