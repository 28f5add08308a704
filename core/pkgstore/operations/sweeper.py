"""The background sweeper: an eviction every so often, until it is stopped (spec: SpawnEvictionSweeper)."""

import threading
from collections.abc import Callable
from typing import Final

from pkgstore.errors import Cancelled, StoreError
from pkgstore.progress import Cancel

DAY: Final = 24 * 3600.0


def sweep_interval(retention: float) -> float:
    """Seconds between two sweeps: a day, or half the retention where that is under a day."""
    return DAY if retention >= DAY else retention / 2


class EvictionSweeper:
    """A thread that calls `sweep` every `interval` seconds, first after one interval."""

    def __init__(
        self,
        sweep: Callable[[Cancel], object],
        interval: float,
        on_error: Callable[[StoreError], object] | None = None,
    ) -> None:
        self._sweep = sweep
        self._interval = interval
        self._on_error = on_error
        self._cancel = Cancel()
        self._stopped = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pkgstore-sweeper", daemon=True)

    def start(self) -> "EvictionSweeper":
        """Start the thread; where the interval is 0 or less, sweeping is off and nothing starts."""
        if self._interval > 0:
            self._thread.start()
        return self

    def stop(self, timeout: float | None = None) -> None:
        """Ask it to stop between two items, and wait up to `timeout` seconds (for ever, if None)."""
        self._cancel.set()
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def wake(self) -> None:
        """Sweep now; then it waits for a whole interval again."""
        self._woken.set()

    @property
    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while self._is_due():
            try:
                self._sweep(self._cancel)
            except Cancelled:
                return
            except StoreError as error:
                if self._on_error is not None:
                    self._on_error(error)

    def _is_due(self) -> bool:
        """Wait until it is time; tells whether to go on."""
        self._woken.wait(self._interval)
        self._woken.clear()
        return not self._stopped.is_set()
