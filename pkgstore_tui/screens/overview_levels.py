"""The rows of the overview: a row a platform, and below them a line for each thing that one asks about a store."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from pkgstore.findings import Severity
from pkgstore.keys import ConfigKey
from pkgstore.layout import BUILDS, STAGING
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key, Snapshot
from pkgstore.watch import WatchState
from pkgstore_tui.format import counted, human_age, human_bytes
from pkgstore_tui.screens.contents_files import Digests
from pkgstore_tui.screens.digest import Digest, PlatformDigest, SweepDigest
from pkgstore_tui.screens.goto import Goto
from pkgstore_tui.screens.health_levels import TONES as SEVERITY_TONES
from pkgstore_tui.screens.health_levels import severity_text
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.package_levels import PackagesLevel
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

UNMEASURED: Final = Part("…", "muted")


class StoreLevel(Level[PlatformDigest]):
    """Every platform, and what it comes to."""

    crumb = ""
    order = "name"

    def __init__(self, digests: Digests) -> None:
        self._digests = digests

    @property
    def empty(self) -> str:  # type: ignore[override]
        """That there is nothing, once that is known."""
        return "looking …" if self._digests() is None else "no packages in this store yet"

    def columns(self, look: Look) -> Sequence[Column[PlatformDigest]]:
        """Counts, bytes, and who needs them."""
        return (
            Column("PLATFORM", lambda row: row.name, 20, grow=3, most=44, field="name"),
            _number("PACKAGES", "packages", 8, 5),
            _number("SOURCES", "sources", 7, 9),
            _number("CONFIGS", "configs", 7, 4),
            Column("ON DISK", lambda row: _bytes(row, "disk"), 10, 3, right=True, field="size"),
            Column("IN WORKERS", lambda row: _bytes(row, "shared"), 10, 10, right=True),
            _number("ROOTED", "rooted", 6, 6),
            _number("IDLE", "idle", 5, 7),
            _number("ORPHAN", "orphan", 6, 8, "warn"),
            Column("LAST USED", lambda row: look.age(row.last_used), 9, 2, right=True, field="idle"),
        )

    def rows(self, look: Look) -> Sequence[PlatformDigest]:  # noqa: ARG002
        """A row a platform."""
        digest = self._digests()
        return digest.platforms if digest else ()

    def key(self, row: PlatformDigest) -> object:
        """Its name."""
        return row.name

    def fields(self, look: Look) -> Mapping[str, Field[PlatformDigest]]:
        """Its columns."""
        return {
            **super().fields(look),
            "packages": Field(Kind.COUNT, lambda row: row.packages, "number of packages"),
            "sources": Field(Kind.COUNT, lambda row: row.sources, "number of sources"),
            "configs": Field(Kind.COUNT, lambda row: row.configs, "number of configs", "configs>1"),
            "rooted": Field(Kind.COUNT, lambda row: row.rooted, "configs that somebody needs"),
            "unneeded": Field(Kind.COUNT, lambda row: row.idle, "configs that nobody needs"),
            "orphan": Field(Kind.COUNT, lambda row: row.orphan, "configs in pieces"),
            "size": Field(Kind.SIZE, lambda row: row.bytes.disk if row.bytes else None, "bytes on disk"),
            "idle": Field(Kind.AGE, lambda row: row.last_used, "time since its last use", "idle>30d"),
        }

    def into(self, row: PlatformDigest) -> None:  # noqa: ARG002
        """Another view shows it."""
        return

    def summary(self, rows: Sequence[PlatformDigest]) -> str:
        """How much there is in all."""
        packages, configs = sum(row.packages for row in rows), sum(row.configs for row in rows)
        return f"{counted(len(rows), 'platform')} · {counted(packages, 'package')} · {counted(configs, 'config')}"

    def facts(self, look: Look, row: PlatformDigest) -> Sequence[Fact]:
        """Counts and bytes, with what they mean."""
        return (
            Fact(row.name),
            Fact("packages", f"{row.packages:,}"),
            Fact("sources", f"{row.sources:,}"),
            Fact("configs", f"{row.configs:,}"),
            Fact("rooted", f"{row.rooted:,}, that an app, a worker, a build or a pin names"),
            Fact(
                "idle", "not known: a root file cannot be read" if row.idle is None else f"{row.idle:,}, the rest"
            ),
            Fact("orphan", f"{row.orphan:,} of all: trees without sidecar or not listed, sidecars without tree"),
            *_byte_facts(look, row),
            look.when_fact("last used", row.last_used),
        )

    def records(self, row: PlatformDigest) -> Sequence[Key]:  # noqa: ARG002
        """Far too many to be asked for whenever the footer is drawn; the screen knows how to read them again."""
        return ()

    def platform(self, row: PlatformDigest | None) -> str:
        """Its name."""
        return row.name if row else ""


def _number(title: str, name: str, width: int, drop: int, tone: Tone = "") -> Column[PlatformDigest]:
    def cell(row: PlatformDigest) -> Cell:
        count = getattr(row, name)
        if count is None:
            return Part("?", "warn")
        return Part(f"{count:,}", tone) if count else Part("–", "muted")

    return Column(title, cell, width, drop, right=True, field="unneeded" if name == "idle" else name)


def _bytes(row: PlatformDigest, name: str) -> Cell:
    return human_bytes(getattr(row.bytes, name)) if row.bytes else UNMEASURED


def _byte_facts(look: Look, row: PlatformDigest) -> Iterator[Fact]:
    if row.bytes is not None:
        yield Fact("apparent", f"{human_bytes(row.bytes.apparent)}, as the files say")
        yield Fact("on disk", f"{human_bytes(row.bytes.disk)}, as the disk gives them")
        yield Fact("in workers", f"{human_bytes(row.bytes.shared)} of that is in trees that workers have")
    elif look.sizes.waiting:
        yield Fact("bytes", f"measuring … {row.measured:,} of {counted(len(row.trees), 'tree')}", "muted")
    else:
        text = f"not measured ({row.measured:,} of {counted(len(row.trees), 'tree')}); m measures"
        yield Fact("bytes", text, "muted")


# --- the lines below ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """Something one asks about a store, what it is like now, and where that is explained."""

    what: str
    cell: Cell
    goto: Callable[[], Goto] | None = None


def overview_lines(digest: Digest, state: WatchState | None, now: float, *, measuring: bool) -> Iterator[Line]:
    """The lines of the overview.

    Args:
        digest: What the store comes to.
        state: How changes are noticed.
        now: Seconds since 1970.
        measuring: Whether trees are being measured.
    """
    snapshot = digest.reading.snapshot
    yield from _problems(digest)
    if not digest.reading.roots.is_complete:
        files = counted(len(digest.reading.roots.damage), "root file")
        text = f"{files} cannot be read, so that nothing may count as unneeded"
        yield Line("roots", Part(text, "bad"), partial(Goto, "health"))
    yield from _sweep_lines(digest.sweep, measuring=measuring)
    yield Line("apps", counted(len(snapshot.apps), "app"), partial(Goto, "apps"))
    yield Line("workers", counted(len(snapshot.workers), "worker"), partial(Goto, "workers"))
    yield Line("locks", _locks_cell(snapshot, now), partial(Goto, "activity"))
    yield Line("builds", _work_cell(snapshot, BUILDS, now), partial(Goto, "activity"))
    yield Line("staging", _work_cell(snapshot, STAGING, now), partial(Goto, "activity"))
    if snapshot.pins.pins:
        yield Line("pins", _pins_cell(snapshot, now))
    yield Line("watching", watch_cell(state))
    yield from _by_code(digest)


def _problems(digest: Digest) -> Iterator[Line]:
    if not digest.reading.complete:
        yield Line("problems", Part("not known before all is read", "muted"))
        return
    if not digest.by_kind:
        yield Line("problems", Part("none, as far as reading alone can tell", "good"), partial(Goto, "health"))
        return
    parts: list[Part] = []
    for severity in Severity:
        if count := digest.count(severity):
            parts += [Part(" · ", "muted")] if parts else []
            parts.append(Part(severity_text(severity, count), SEVERITY_TONES[severity]))
    yield Line("problems", tuple(parts), partial(Goto, "health"))


def _by_code(digest: Digest) -> Iterator[Line]:
    for index, ((code, severity), count) in enumerate(digest.by_kind):
        cell = (Part(f"{severity.letter} {code} ", SEVERITY_TONES[severity]), Part(f"{count:,}"))
        yield Line("" if index else "by code", cell, partial(Goto, "health", (), (code, severity)))


def _sweep_lines(sweep: SweepDigest, *, measuring: bool) -> Iterator[Line]:
    if sweep.why_not:
        yield Line("sweep", Part(sweep.why_not, "muted"))
        return
    goto = partial(Goto, "packages", (PackagesLevel(sweep.platform),)) if sweep.platform else None
    if not sweep.items:
        yield Line("sweep", f"nothing is older than {sweep.retention}", goto)
        return
    size = human_bytes(sweep.bytes) if sweep.bytes is not None else "measuring …" if measuring else "not measured"
    yield Line("sweep", f"takes {sweep.items:,} of {counted(sweep.configs, 'config')}", goto)
    yield Line("", (Part(f"older than {sweep.retention}, "), Part(size, "" if sweep.bytes else "muted")), goto)
    if sweep.rooted:
        yield Line("", Part(f"{sweep.rooted:,} of them needed", "warn"), goto)


def _pins_cell(snapshot: Snapshot, now: float) -> Cell:
    over = sum(pin.is_over(now) for pin in snapshot.pins.pins)
    return counted(len(snapshot.pins.pins), "pin") + (f", {over:,} of them over" if over else "")


def _locks_cell(snapshot: Snapshot, now: float) -> Cell:
    stale = sum(lock.is_stale(now) for lock in snapshot.locks)
    return _with_stale(len(snapshot.locks), "lock", stale, "left by a crash")


def _work_cell(snapshot: Snapshot, folder: str, now: float) -> Cell:
    found = [work for key, work in snapshot.work.items() if key.folder == folder]
    if not found:
        return Part("none", "muted")
    oldest = max(now - work.changed for work in found)
    return f"{counted(len(found), 'folder')}, the oldest {human_age(max(0.0, oldest))} old"


def _with_stale(count: int, noun: str, stale: int, words: str) -> Cell:
    if not count:
        return Part("none", "muted")
    parts = (Part(counted(count, noun)),)
    return (*parts, Part(f", {stale:,} {words}", "warn")) if stale else parts


def watch_cell(state: WatchState | None) -> Cell:
    """How changes are noticed."""
    if state is None:
        return Part("not watching", "muted")
    if state.mode == "events":
        return Part("live, by events", "good")
    return Part(f"polling: {state.why}" if state.why else "polling", "warn")


def all_trees(digest: Digest) -> list[ConfigKey]:
    """Every tree of the store."""
    return [key for platform in digest.platforms for key in platform.trees]
