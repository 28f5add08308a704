"""What is wrong with a store while it changes: remembers what it found, and looks again at what changed.

The first findings follow from readings alone. `look_deeper` adds what only the packages' own small files tell; from
then on that is kept up too, by reading the files of the sources that changed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from pkgstore._finding import Finding
from pkgstore.check.configs import Usual, recorded_findings
from pkgstore.check.drift import drift_findings
from pkgstore.check.libraries import Libraries
from pkgstore.check.small_files import empty_platform_findings, file_findings
from pkgstore.findings import at_work, other_findings, platform_findings, record_findings
from pkgstore.keys import SourceKey
from pkgstore.model import SourceRecord, WorkerRecord
from pkgstore.names import Names
from pkgstore.progress import Cancel, Progress
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot

Found = tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Files:
    """What the small files of each source said, and the libraries of each worker, with the records of that time."""

    sources: Mapping[SourceKey, tuple[SourceRecord, Found]]
    workers: Mapping[str, tuple[WorkerRecord, Found]]


class Live:
    """The findings of one store. Safe between threads; `look_deeper` keeps nobody waiting."""

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._lock = Lock()
        self._usual = Usual()
        self._sources: Mapping[SourceKey, SourceRecord] = {}
        self._records: dict[SourceKey, tuple[SourceRecord, bool, Found]] = {}
        self._libraries = Libraries()
        self._knows_libraries = False
        self._files: _Files | None = None

    @property
    def is_deep(self) -> bool:
        """Whether the packages' own small files were looked at."""
        return self._files is not None

    @property
    def knows_libraries(self) -> bool:
        """Whether the libraries were looked through before, so that what is new in them is soon told."""
        return self._knows_libraries

    def findings(
        self,
        snapshot: Snapshot,
        roots: Roots,
        names: Names,
        now: float,
        *,
        libraries: bool = True,
        before_each: Callable[[], object] = lambda: None,
        cancel: Cancel | None = None,
    ) -> Found:
        """Everything that is wrong, as far as it was looked.

        Args:
            snapshot: A reading of the store.
            roots: Those of the same reading.
            names: What its hashes stand for.
            now: Seconds since 1970.
            libraries: Whether they are looked through, too: seconds for a thousand workers, the first time.
            before_each: Called before each library that is looked through.
            cancel: Asked between sources and workers whose files are looked at.

        Raises:
            Cancelled: `cancel` was set.
        """
        with self._lock:
            found = [*platform_findings(snapshot), *self._of_sources(snapshot, at_work(snapshot, now))]
            if libraries:
                found.extend(self._libraries.findings(snapshot, names, before_each))
                self._knows_libraries = True
            found.extend(other_findings(snapshot, roots, now))
            if self._files is not None:
                self._files = _kept_up(snapshot, self._files, now, cancel)
                found.extend(_in_files(snapshot, self._files))
        return tuple(found)

    def _of_sources(self, snapshot: Snapshot, busy: Collection[SourceKey]) -> Iterator[Finding]:
        root, known = snapshot.root, self._records
        if snapshot.sources is not self._sources:
            usual = Usual.of(snapshot)
            known = known if usual.made == self._usual.made and usual.is_weak == self._usual.is_weak else {}
            self._usual, self._sources = usual, snapshot.sources
        now: dict[SourceKey, tuple[SourceRecord, bool, Found]] = {}
        for key, record in snapshot.sources.items():
            is_busy, before = key in busy, known.get(key)
            if before is None or before[0] is not record or before[1] is not is_busy:
                found = record_findings(root, record, busy=is_busy)
                before = record, is_busy, (*found, *recorded_findings(root, record, self._usual))
            now[key] = before
            yield from before[2]
        self._records = now

    def look_deeper(
        self, snapshot: Snapshot, now: float, *, cancel: Cancel | None = None, progress: Progress | None = None
    ) -> None:
        """Look at the small files of all packages, and of all workers' libraries. Slow: reads the disk.

        Args:
            snapshot: The newest reading.
            now: Seconds since 1970.
            cancel: Asked between sources and workers.
            progress: Counts both.

        Raises:
            Cancelled: `cancel` was set; what was known before stays.
        """
        cancel, progress = cancel or Cancel(), progress or Progress()
        progress.start(len(snapshot.sources) + len(snapshot.workers), "checking the packages' own files")
        files = _kept_up(snapshot, _Files({}, {}), now, cancel, progress)
        with self._lock:
            self._files = files


def _kept_up(
    snapshot: Snapshot, files: _Files, now: float, cancel: Cancel | None = None, progress: Progress | None = None
) -> _Files:
    """The same for a newer reading: looks at the files of what changed only."""
    cancel, progress = cancel or Cancel(), progress or Progress()
    sources: dict[SourceKey, tuple[SourceRecord, Found]] = {}
    for key, record in snapshot.sources.items():
        cancel.check()
        known = files.sources.get(key)
        is_known = known is not None and known[0] is record
        sources[key] = known if known and is_known else (record, tuple(file_findings(snapshot.root, record)))
        progress.step(key.package)
    workers: dict[str, tuple[WorkerRecord, Found]] = {}
    for name, worker in snapshot.workers.items():
        cancel.check()
        seen = files.workers.get(name)
        is_known = seen is not None and seen[0] is worker
        workers[name] = seen if seen and is_known else (worker, tuple(drift_findings(snapshot, worker, now)))
        progress.step(name)
    return _Files(sources, workers)


def _in_files(snapshot: Snapshot, files: _Files) -> Iterable[Finding]:
    for _, found in files.sources.values():
        yield from found
    for _, found in files.workers.values():
        yield from found
    yield from empty_platform_findings(snapshot)
