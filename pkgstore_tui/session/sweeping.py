"""The background sweeper of this program: off, waiting for its next sweep, or sweeping. Each sweep is a job.

The thread that waits is the library's own; what a sweep does is what the command ``sweep`` does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pkgstore.journal import Actor
from pkgstore.operations.events import Event, Noticed
from pkgstore.operations.sweep import SweepRule, plan_sweep, run_sweep
from pkgstore.operations.sweeper import EvictionSweeper, sweep_interval
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.jobs import Factory, Job
from pkgstore_tui.settings import Place

TITLE: Final = "sweep"
STOP_WITHIN: Final = 5.0
"""Seconds that closing waits for a sweep to stop between two packages."""

_NAMED: Final = 20
"""How many of the configs that could not be read are named."""


@dataclass(eq=False)
class Sweeping:
    """The sweeper and its rule; written on the loop, and by its own thread when it sweeps.

    `run` starts a job, `told` is called when something about it changed, `clock` gives seconds since 1970.
    """

    place: Place
    run: Callable[[str, Factory, str], Job]
    told: Callable[[], None]
    clock: Callable[[], float]
    rule: SweepRule | None = None
    command: str = ""
    next_at: float | None = None
    last: Job | None = None
    _sweeper: EvictionSweeper | None = field(default=None, repr=False)

    @property
    def is_on(self) -> bool:
        """Whether it waits or sweeps."""
        return self.rule is not None

    @property
    def is_sweeping(self) -> bool:
        """Whether it sweeps just now."""
        return self.is_on and self.last is not None and self.last.is_running

    @property
    def interval(self) -> float:
        """Seconds between two sweeps."""
        return sweep_interval(self.rule.retention) if self.rule else 0.0

    def start(self, rule: SweepRule, command: str) -> None:
        """Begin; the first sweep comes after one interval. One that is on already is stopped before.

        Args:
            rule: How it sweeps, with a retention above 0.
            command: The command line that does the same.
        """
        self.stop(0)
        self.rule, self.command = rule, command
        self.next_at = self.clock() + self.interval
        self._sweeper = EvictionSweeper(self._sweep, self.interval).start()
        self.told()

    def stop(self, timeout: float = STOP_WITHIN) -> None:
        """End it; a sweep that runs ends between two packages. Waits up to `timeout` seconds for that."""
        sweeper, self._sweeper = self._sweeper, None
        self.rule, self.next_at = None, None
        if sweeper is None:
            return
        if self.last is not None:
            self.last.cancel.set()
        sweeper.stop(timeout)
        self.told()

    def wake(self) -> None:
        """Sweep now."""
        if self._sweeper is not None:
            self._sweeper.wake()

    def _sweep(self, cancel: Cancel) -> None:
        """In the sweeper's thread: one sweep, as a job."""
        rule, command = self.rule, self.command
        if rule is None or cancel.is_set():
            return
        self.next_at = None

        def sweep(own: Cancel, progress: Progress) -> Iterator[Event]:
            return sweep_events(self.place, rule, self.clock(), Actor.present(command), own, progress)

        self.last = job = self.run(TITLE, sweep, command)
        if cancel.is_set():  # stopped between the question and the start
            job.cancel.set()
        if job.thread is not None:
            job.thread.join()
        if not cancel.is_set():
            self.next_at = self.clock() + self.interval
        self.told()


def sweep_events(
    place: Place, rule: SweepRule, now: float, actor: Actor, cancel: Cancel, progress: Progress
) -> Iterator[Event]:
    """Plan a sweep as of `now` (seconds since 1970), and do it."""
    planned = plan_sweep(place.root, place.apps, rule, now=now)
    cancel.check()
    yield from (Noticed("", f"{item.path}: {item.why}") for item in planned.damage[:_NAMED])
    yield from run_sweep(planned, rule, actor, cancel=cancel, progress=progress)
