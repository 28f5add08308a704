"""Run an operation of the library in a thread: its events kept, its progress there to be sampled, cancel, result.

Knows neither Textual nor what an operation does. Whoever shows a job looks at it ten times a second; only its
end is told, so a storm of events never becomes a storm of messages.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Final

from pkgstore.errors import Cancelled, StoreError
from pkgstore.operations.events import Done, Emptied, Event, Removed
from pkgstore.operations.verify_events import VerifyDone, VerifyEvent
from pkgstore.progress import Cancel, Progress

SAMPLE: Final = 0.1
"""Seconds between two looks at a job."""

TOLD_AFTER: Final = 1.0
"""Seconds after which a job's pace says something."""

JobEvent = Event | VerifyEvent
"""What a job may say; the last word of one that was not stopped has its result."""

Factory = Callable[[Cancel, Progress], Iterator[JobEvent]]
"""Makes the generator of events; called in the job's own thread."""


class JobState(Enum):
    """Where a job is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(eq=False)
class Job:
    """One operation; written by its thread, read by any. Times are in seconds since 1970.

    `command` is the command line that does the same; empty where there is none. `bytes` is what it moved or freed
    so far (what it only read is told by its progress), `ticks` the clock that its pace is measured on.
    """

    id: int
    title: str
    factory: Factory
    changes_store: bool = True
    command: str = ""
    started: float = 0.0
    ended: float | None = None
    state: JobState = JobState.RUNNING
    error: str = ""
    events: list[JobEvent] = field(default_factory=list)
    cancel: Cancel = field(default_factory=Cancel)
    progress: Progress = field(default_factory=Progress)
    thread: threading.Thread | None = None
    bytes: int = 0
    ticks: Callable[[], float] = time.monotonic

    @property
    def pace(self) -> "Pace | None":
        """How fast it goes; None while that cannot be told, and once it is over."""
        began = self.progress.began
        if began is None or not self.is_running:
            return None
        return pace(self.progress, self.bytes or self.progress.bytes, self.ticks() - began)

    @property
    def is_running(self) -> bool:
        """Whether it is not over."""
        return self.state is JobState.RUNNING

    @property
    def result(self) -> Done | VerifyDone | None:
        """What it came to, once it is done."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Done | VerifyDone) else None


@dataclass(frozen=True, slots=True)
class Pace:
    """Items and bytes a second, and the seconds that are left (None: nobody knows)."""

    items: float
    bytes: float
    left: float | None


def pace(progress: Progress, count: int, elapsed: float) -> Pace | None:
    """How fast something goes; None before it went for a second, and before anything is done.

    Args:
        progress: How far it is.
        count: Bytes so far.
        elapsed: Seconds so far.
    """
    if elapsed < TOLD_AFTER or not progress.done:
        return None
    items = progress.done / elapsed
    left = None if progress.total is None else max(0, progress.total - progress.done) / items
    return Pace(items, count / elapsed, left)


def bytes_of(event: JobEvent) -> int:
    """The bytes that an event moved to the trash, or freed."""
    match event:
        case Removed():
            return event.held or event.freed
        case Emptied():
            return event.freed
    return 0


class Jobs:
    """The jobs of this session, newest last."""

    def __init__(
        self,
        on_end: Callable[[Job], None],
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing runs yet.

        Args:
            on_end: Called in a job's thread when it is over.
            clock: Seconds since 1970.
            ticks: Seconds on a clock that nobody sets, for paces.
        """
        self.ticks = ticks
        self._on_end = on_end
        self._clock = clock
        self._numbers = count(1)
        self.all: list[Job] = []

    @property
    def running(self) -> list[Job]:
        """The jobs that are not over."""
        return [job for job in self.all if job.is_running]

    def start(self, title: str, factory: Factory, *, changes_store: bool = True, command: str = "") -> Job:
        """Start an operation.

        Args:
            title: What it is called in lists and results.
            factory: Makes its generator of events.
            changes_store: Whether quitting has to ask while it runs.
            command: The command line that does the same.
        """
        job = Job(next(self._numbers), title, factory, changes_store, command, started=self._clock())
        job.ticks, job.progress = self.ticks, Progress(self.ticks)
        self.all.append(job)
        job.thread = threading.Thread(target=self._run, args=(job,), name=f"job-{job.id}", daemon=True)
        job.thread.start()
        return job

    def _run(self, job: Job) -> None:
        state = JobState.FAILED
        try:
            for event in job.factory(job.cancel, job.progress):
                job.events.append(event)
                job.bytes += bytes_of(event)
            state = JobState.DONE
        except Cancelled:
            state = JobState.CANCELLED
        except StoreError as error:
            job.error = str(error)
        except Exception as error:  # a fault of ours must not take the interface down, nor hide
            job.error = f"an unexpected fault, please report it: {type(error).__name__}: {error}"
        job.ended = self._clock()
        job.state = state
        self._on_end(job)

    def stop(self, seconds: float = 10.0) -> bool:
        """Ask every job to stop and wait for it; tells whether all did within `seconds`."""
        deadline = time.monotonic() + seconds
        for job in self.running:
            job.cancel.set()
        for job in self.all:
            if job.thread is not None:
                job.thread.join(max(0.0, deadline - time.monotonic()))
        return not self.running
