"""When configs were made, as their sidecars say: read for what is in sight, for all once somebody asks by it."""

import threading
import time
from collections.abc import Callable, Iterable
from math import nan
from typing import Final

from pkgstore.codec import created_at
from pkgstore.errors import StoreError
from pkgstore.fields import Keys
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.progress import Cancel
from pkgstore_tui.session.backlog import Backlog
from pkgstore_tui.session.sizes import MANY, TELL_EVERY, TELL_MANY_EVERY, known_of

AT_ONCE: Final = 20
"""How many are read in one go: a millisecond or two."""


class AgeBook:
    """Times that are known, in seconds since 1970, and a thread that reads those that are wanted.

    NaN stands for a sidecar that was read and does not tell.
    """

    def __init__(
        self, layout: Layout, on_more: Callable[[], None], give_way: Callable[[], None] = lambda: None
    ) -> None:
        """Nothing is known, and no thread runs before something is wanted.

        Args:
            layout: The store's paths.
            on_more: Called in the thread when it begins, now and then when more is known, and at the end.
            give_way: Called in the thread between two pieces of work: stands still while somebody waits.
        """
        self._layout = layout
        self._on_more = on_more
        self._give_way = give_way
        self._known: dict[ConfigKey, float] = {}
        self._wanted: dict[ConfigKey, None] = {}
        self._later = Backlog()
        self._at_work = 0
        self._changed = threading.Condition()
        self._cancel = Cancel()
        self._thread: threading.Thread | None = None

    def get(self, key: ConfigKey) -> float | None:
        """When a config was made; None where nobody has looked yet."""
        return self._known.get(key)

    def all(self, keys: Keys) -> list[float | None]:
        """The same of many."""
        return known_of(self._known, keys)

    def read(self, key: ConfigKey) -> float | None:
        """The same, from the disk where nobody has looked yet."""
        found = self._known.get(key)
        return self._read(key) if found is None else found

    def _read(self, key: ConfigKey) -> float:
        try:
            found = created_at(self._layout.sidecar(key))
        except StoreError:  # its name may not reach the disk
            found = None
        self._known[key] = nan if found is None else found
        return self._known[key]

    @property
    def waiting(self) -> int:
        """How many are still to be read, as far as is known; never 0 while there may be some."""
        return len(self._wanted) + len(self._later) + self._at_work or int(bool(self._later))

    def want(self, keys: Iterable[ConfigKey]) -> None:
        """Read these, if they are not known; they are asked for in the thread."""
        with self._changed:
            self._later.add(keys)
            self._start()

    def renew(self, keys: Iterable[ConfigKey]) -> None:
        """Read these again, if they are known: their sidecars changed. Until then what was read stands."""
        again = [key for key in keys if key in self._known]
        with self._changed:
            self._wanted.update(dict.fromkeys(again))
            self._start()

    def forget(self, keys: Iterable[ConfigKey]) -> None:
        """These are gone; were they to come back, they are read again when they are wanted."""
        with self._changed:
            for key in keys:
                self._known.pop(key, None)
                self._wanted.pop(key, None)

    def _start(self) -> None:
        if (self._wanted or self._later) and self._thread is None and not self._cancel.is_set():
            self._thread = threading.Thread(target=self._run, name="ages", daemon=True)
            self._thread.start()
        self._changed.notify()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._cancel.set()
        with self._changed:
            self._wanted.clear()
            self._later.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _next(self) -> list[ConfigKey] | None:
        """Some that are to be read, once there are any, or none though there may be more; None at the end."""
        self._give_way()
        with self._changed:
            while not self.waiting and not self._cancel.is_set():
                self._changed.wait()
            if self._cancel.is_set():
                return None
            found = [self._wanted.popitem()[0] for _ in range(min(AT_ONCE, len(self._wanted)))]
            if not found and not self._later.gather():
                found = self._later.take(AT_ONCE, self._known)
            self._at_work = len(found)
            return found

    def _run(self) -> None:
        told, untold = 0.0, 0
        while (keys := self._next()) is not None:
            for key in keys:
                self._read(key)
            self._at_work = 0
            untold += len(keys)
            pause = TELL_EVERY if self.waiting < MANY else TELL_MANY_EVERY
            if time.monotonic() - told >= pause or (untold and not self.waiting):
                told, untold = time.monotonic(), 0
                self._on_more()


class NoAges(AgeBook):
    """Knows nothing and reads nothing: for a saved scan, whose files are elsewhere."""

    def read(self, key: ConfigKey) -> float | None:  # noqa: ARG002
        """Nothing is known."""
        return nan

    def want(self, keys: Iterable[ConfigKey]) -> None:
        """Nothing."""

    def renew(self, keys: Iterable[ConfigKey]) -> None:
        """Nothing."""
