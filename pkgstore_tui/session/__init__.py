"""The one bridge between the interface and the library: the store, what is known of it, who watches it, the jobs.

Knows no screen: whoever is interested subscribes, and gets messages. What reads the disk runs in threads.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from textual.message import Message

from pkgstore.check.live import Live
from pkgstore.keys import PINS, AppKey, ConfigKey, OursKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.operations.clean import record_of
from pkgstore.operations.events import Emptied, Ingested, Linked, Removed, Restored, Skipped
from pkgstore.operations.verify import VerifyRules
from pkgstore.operations.verify_plan import VerifyPlan
from pkgstore.progress import Progress
from pkgstore.saved import SavedScan
from pkgstore.scan import Wanted
from pkgstore.snapshot import Key, Snapshot
from pkgstore.watch import StoreWatcher, WatchState
from pkgstore_tui.command_lines import line
from pkgstore_tui.jobs import Factory, Job, Jobs
from pkgstore_tui.messages import JobEnded, OursChanged, SizesMeasured, SnapshotChanged, StatusChanged, Trouble
from pkgstore_tui.session.affairs import AffairsBook, NoAffairs
from pkgstore_tui.session.ages import AgeBook, NoAges
from pkgstore_tui.session.contents import Contents
from pkgstore_tui.session.foreground import NEVER, Foreground
from pkgstore_tui.session.reader import Reader
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.session.sizes import Measure, NoSizes, SizeBook, measure_config
from pkgstore_tui.session.sweeping import Sweeping
from pkgstore_tui.session.titles import NoTitles, TitleBook
from pkgstore_tui.session.verifying import Check
from pkgstore_tui.settings import Place

Post = Callable[[Message], object]

PART_EVERY: Final = 0.3
"""Seconds at least between two parts of the first reading."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a store is opened. `shown` is how its path is written, `clock` gives seconds since 1970."""

    platform: str = ""
    write: bool = False
    read_only: bool = False
    shown: str = ""
    clock: Callable[[], float] = time.time
    measure: Measure = field(default=measure_config)
    watch: bool = True
    cache: str = ""
    """The file that remembers what the store's small files said; empty for none."""
    hidden: frozenset[str] = frozenset()
    """Titles of columns that are not shown."""
    saved: SavedScan | None = None
    """A scan that is shown instead of the disk: nothing is read, watched, measured or changed then."""


@dataclass(frozen=True, slots=True)
class Logged:
    """Something that was done here: when, in seconds since 1970, as a command line, and its job, if it has one."""

    at: float
    line: str
    job: Job | None = None
    result: str = ""


class Session:
    """One store that is open."""

    def __init__(self, place: Place, options: Options | None = None) -> None:
        """Nothing is read before `start`."""
        self.place = place
        self.options = options or Options()
        self.layout = Layout(place.root)
        self.clock = self.options.clock
        self.shown = self.options.shown or place.root
        self.unlocked = self.options.write and not self.options.read_only and self.options.saved is None
        self.log: list[Logged] = []
        self.reading = Reading.of(Snapshot(place.root))
        self.watch_state: WatchState | None = None
        self.jobs = Jobs(self._job_ended, self.clock)
        self.foreground = Foreground()
        self.checks = Live()
        self.contents = Contents(self.layout)
        sizes = SizeBook if self.options.saved is None else NoSizes
        told = lambda: self._tell(SizesMeasured)  # noqa: E731
        self.sizes = sizes(self.layout, told, self.options.measure, self.foreground)
        ages = AgeBook if self.options.saved is None else NoAges
        self.ages = ages(self.layout, told, self.foreground.give_way)
        self.affairs = (AffairsBook if self.options.saved is None else NoAffairs)(self.layout)
        self.sweeping = Sweeping(place, self.run, lambda: self._tell(StatusChanged), self.clock)
        self.titles = (TitleBook if self.options.saved is None else NoTitles)(self.layout)
        self._posts: list[Post] = []
        self._reader = Reader(
            place.root,
            wanted=Wanted(apps=place.apps, cache=self.options.cache),
            on_snapshot=self._absorb,
            on_part=self._absorb_part,
            on_trouble=self._troubled,
            due=self._due,
            step_aside=self.foreground.step_aside,
        )
        self._watcher = StoreWatcher(
            place.root,
            self._changed,
            self._watching,
            apps=place.apps,
            is_busy=lambda: self.foreground.is_busy or self.foreground.is_late,
        )
        self._next_part = 0.0
        self._next_end = NEVER
        self._opener: threading.Thread | None = None

    # --- who listens --------------------------------------------------------------------------------------------

    def subscribe(self, post: Post) -> None:
        """Tell `post` (a node's ``post_message``) from now on."""
        self._posts.append(post)

    def unsubscribe(self, post: Post) -> None:
        """Tell it no more."""
        if post in self._posts:
            self._posts.remove(post)

    def _tell(self, make: Callable[[], Message]) -> None:
        """Each listener gets a message of its own: one that is handled must not be spoilt for the next."""
        for post in tuple(self._posts):
            post(make())

    # --- open and close -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open: the watcher first, then everything is read, so that nothing falls between."""
        if self.options.saved is not None:
            self._absorb(self.options.saved.snapshot, None)
            return
        self._opener = threading.Thread(target=self._open, name="opener", daemon=True)
        self._opener.start()

    def _open(self) -> None:
        if self.options.watch:
            try:
                self._watcher.start()
            except OSError as error:
                self._watching(WatchState("polling", f"cannot watch the store: {error}"))
        self._reader.start()

    def stop(self) -> None:
        """Close; waits for the threads, so keep it off the loop."""
        self.sweeping.stop()
        if self._opener is not None:
            self._opener.join()
            self._watcher.stop()
            self._reader.stop()
        self.sizes.stop()
        self.ages.stop()
        self.jobs.stop()

    # --- what the threads say -------------------------------------------------------------------------------------

    def _absorb(self, snapshot: Snapshot, keys: frozenset[Key] | None) -> None:
        if keys is None:
            names = (AppKey(name) for name in snapshot.apps)
            self._watcher.expect([*snapshot.sources, *names, *snapshot.work])
        gone = list(self._gone(snapshot, keys))
        self.sizes.forget(gone)
        self.ages.forget(gone)
        self.ages.renew(self._touched(snapshot, keys))
        now = self.clock()
        self._next_end = min((p.until for p in snapshot.pins.pins if p.until and not p.is_over(now)), default=NEVER)
        self.reading = self.reading.followed_by(snapshot, keys, now)
        self._tell(lambda: SnapshotChanged(keys))

    def _absorb_part(self, snapshot: Snapshot) -> None:
        """What was read so far; shown now and then only, so that showing never takes longer than reading."""
        began = time.monotonic()
        if self.reading.complete or began < self._next_part:
            return
        self.reading = Reading.of(snapshot)
        self._tell(lambda: SnapshotChanged(None))
        ended = time.monotonic()
        self._next_part = ended + max(PART_EVERY, 10 * (ended - began))

    def _gone(self, snapshot: Snapshot, keys: Iterable[Key] | None) -> Iterator[ConfigKey]:
        """The trees that are no more; one that stands never changes, so its size stays known."""
        before = self.reading.snapshot.sources if self.reading.complete else {}  # of a part nothing is measured
        for key in before if keys is None else keys:
            if not isinstance(key, SourceKey) or (was := before.get(key)) is None:
                continue
            now = snapshot.sources.get(key)
            standing = {config.key for config in now.configs if config.has_tree} if now else set()
            yield from (config.key for config in was.configs if config.key not in standing)

    def _touched(self, snapshot: Snapshot, keys: Iterable[Key] | None) -> Iterator[ConfigKey]:
        """The configs whose sidecars changed; each may have been written anew."""
        before = self.reading.snapshot.sources
        for key in before if keys is None else keys:
            if not isinstance(key, SourceKey) or (now := snapshot.sources.get(key)) is (was := before.get(key)):
                continue
            used = {config.key: config.last_used for config in (was.configs if was else ())}
            yield from (c.key for c in (now.configs if now else ()) if used.get(c.key) != c.last_used)

    def _troubled(self, why: str) -> None:
        if why:
            self._tell(lambda: Trouble(why))
        self._tell(StatusChanged)

    def _changed(self, keys: frozenset[Key]) -> None:
        """The watcher noticed something; of what is ours, all but the pins is read by whoever shows it."""
        ours = frozenset(key for key in keys if isinstance(key, OursKey))
        if ours:
            self._tell(lambda: OursChanged(ours))
        self._reader.read(keys - (ours - {PINS}))

    def _due(self) -> frozenset[Key]:
        """The pins, once the end of one has come: it holds nothing any more, though no file changed."""
        return frozenset({PINS} if self.clock() >= self._next_end else ())

    def _watching(self, state: WatchState) -> None:
        self.watch_state = state
        self._tell(StatusChanged)

    # --- asked by the screens ---------------------------------------------------------------------------------

    @property
    def is_reading(self) -> bool:
        """Whether everything is being read just now."""
        return self._reader.progress is not None or not self.reading.complete

    @property
    def reading_progress(self) -> Progress | None:
        """How far the reading of everything is; None while none is going on."""
        return self._reader.progress

    @property
    def trouble(self) -> str:
        """Why the store cannot be read; empty where it can."""
        return self._reader.trouble

    def rescan(self) -> None:
        """Read everything again."""
        if self.options.saved is None:
            self.log.append(Logged(self.clock(), line("ls", store=self.place.root), result="read again"))
            self._reader.read_all()

    def reread(self, keys: Iterable[Key]) -> None:
        """Read some records again."""
        if self.options.saved is None:
            self._reader.read(keys)

    def attend(self, keys: Iterable[SourceKey]) -> None:
        """Watch these sources, which are in sight, more closely than the others."""
        if self.options.watch and self.options.saved is None:
            self._watcher.attend(keys)

    @property
    def platform(self) -> str:
        """The platform that operations start with: the one named, else the one that was used last."""
        return self.options.platform or self.reading.index.platform_in_use

    def set_lock(self, *, unlocked: bool) -> None:
        """Let changes happen, or no more; the sweeper is stopped with them."""
        self.unlocked = unlocked and not self.options.read_only and self.options.saved is None
        if not self.unlocked:
            self.sweeping.stop(0)
        self._tell(StatusChanged)

    def checking(self, plan: VerifyPlan, rules: VerifyRules) -> Factory:
        """What does a content check, once; where the store is locked it writes nothing, whatever the rules say."""
        may_write = lambda: self.unlocked  # noqa: E731
        return Check(self.layout, plan, rules, self.contents, may_write, lambda: self.reading, self.clock)

    def run(self, title: str, factory: Factory, command: str = "") -> Job:
        """Start an operation; `command` is the command line that does the same."""
        job = self.jobs.start(title, factory, command=command)
        self.log.append(Logged(self.clock(), command or title, job))
        self._tell(StatusChanged)
        return job

    def _job_ended(self, job: Job) -> None:
        changed = [e.key for e in job.events if isinstance(e, Ingested | Linked | Removed | Restored | Skipped)]
        left = [record_of(event.what) for event in job.events if isinstance(event, Emptied)]
        self.reread(
            {*(key.source for key in changed if key is not None), *(key for key in left if key is not None)}
        )
        self._tell(lambda: JobEnded(job.id))
        self._tell(StatusChanged)
