"""The one thread that reads the store: asked for keys or for everything, it reads in that order.

One thread, so that a late answer can never put an older state over a newer one.
"""

import os
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Final

from pkgstore.errors import InvalidName, StoreError
from pkgstore.keys import WorkKey
from pkgstore.layout import Layout
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import Gathered, Wanted, scan, scan_key
from pkgstore.snapshot import Key, Record, Snapshot
from pkgstore_tui.session.collector import collector_at_rest

LOOK_EVERY: Final = 2.0
"""Seconds between two looks whether the store is still there."""

_STOP: Final = None
_ALL: Final = frozenset[Key]()


class Reader:
    """Reads again what it is asked for, and tells each new snapshot."""

    def __init__(
        self,
        root: str,
        *,
        wanted: Wanted | None = None,
        on_snapshot: Callable[[Snapshot, frozenset[Key] | None], None],
        on_part: Callable[[Snapshot], None],
        on_trouble: Callable[[str], None],
        due: Callable[[], frozenset[Key]] = frozenset,
        step_aside: Callable[[], object] = lambda: None,
    ) -> None:
        """Nothing is read before `start`. All of these are called in the reader's thread.

        Args:
            root: The store.
            wanted: What is read of it.
            on_snapshot: Gets each snapshot, with the keys that were read again (None for everything).
            on_part: Gets what was read so far of everything.
            on_trouble: Gets why the store cannot be read, empty once it can.
            due: Asked now and then what has to be read again because its time has come.
            step_aside: Called between two records that are read again.
        """
        self.root = root
        self.wanted = wanted or Wanted()
        self.progress: Progress | None = None
        self.trouble = ""
        self._on_snapshot = on_snapshot
        self._on_part = on_part
        self._on_trouble = on_trouble
        self._due = due
        self._step_aside = step_aside
        self._layout = Layout(root)
        self._snapshot = Snapshot(root)
        self._is_complete = False
        self._is_asked_again = False
        self._asked: SimpleQueue[frozenset[Key] | None] = SimpleQueue()
        self._cancel = Cancel()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, with everything."""
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._thread.start()
        self.read_all()

    def read_all(self) -> None:
        """Read everything."""
        self._asked.put(_ALL)

    def read(self, keys: Iterable[Key]) -> None:
        """Read these again."""
        if wanted := frozenset(keys):
            self._asked.put(wanted)

    def stop(self) -> None:
        """End and wait for the thread."""
        self._cancel.set()
        self._asked.put(_STOP)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._cancel.is_set():
            try:
                asked = self._asked.get(timeout=LOOK_EVERY)
            except Empty:
                self._look()
                asked = self._due()
                if not asked:
                    continue
            if asked is _STOP:
                return
            try:
                self._read_keys(asked | self._due()) if asked else self._read_everything()
            except StoreError as error:
                self._lost(str(error))
            except Exception as error:  # whatever it is, the next change must still be read
                self._on_trouble(f"a fault while reading, please report it: {type(error).__name__}: {error}")

    def _look(self) -> None:
        """Notice that the store went, or came back."""
        there = os.path.isdir(self.root)
        if there == bool(self.trouble):
            self.read_all()

    def _lost(self, why: str) -> None:
        self._snapshot, self._is_complete = Snapshot(self.root), False
        if why != self.trouble:
            self.trouble = why
            self._on_trouble(why)
            self._on_snapshot(self._snapshot, None)

    def _read_everything(self) -> None:
        with collector_at_rest(lambda: len(self._snapshot.sources)):  # also while it is worked out what follows
            self.progress = Progress()
            try:
                snapshot, meanwhile = self._scan(self.progress)
            finally:
                self.progress = None
            if self._cancel.is_set():
                return
            if self.trouble:
                self.trouble = ""
                self._on_trouble("")
            self._snapshot, self._is_complete = snapshot, True
            self._on_snapshot(snapshot, None)
        if meanwhile:
            self._read_keys(meanwhile)
        if self._is_asked_again:  # what had been read by then may have changed since
            self._is_asked_again = False
            self.read_all()

    def _scan(self, progress: Progress) -> tuple[Snapshot, frozenset[Key]]:
        """Read everything; what changes meanwhile is told at once, and has to be read once more afterwards."""
        gathered = Gathered(self.root, None if self._is_complete else self._on_part)
        meanwhile: frozenset[Key] = frozenset()
        for record in scan(self.root, self.wanted, cancel=self._cancel, progress=progress):
            gathered.add(record)
            if self._is_complete:
                self._step_aside()
                if not self._asked.empty():
                    meanwhile |= self._answer_meanwhile()
        return gathered.snapshot(), meanwhile

    def _answer_meanwhile(self) -> frozenset[Key]:
        """Read what is asked for while everything is read again."""
        asked = self._asked.get()
        if asked is _STOP:
            self._cancel.set()
        elif asked:
            self._read_keys(asked)
        else:
            self._is_asked_again = True
        return asked or frozenset()

    def _read_keys(self, keys: frozenset[Key]) -> None:
        if not os.path.isdir(self.root):
            self._look()
            return
        tops = {WorkKey(key.folder, ".") for key in keys if isinstance(key, WorkKey)}  # it may be listable again
        changes: dict[Key, Record | None] = {key: self._again(key) for key in keys | tops}
        self._snapshot = self._snapshot.apply(changes)
        self._on_snapshot(self._snapshot, keys)

    def _again(self, key: Key) -> Record | None:
        self._step_aside()
        try:
            return scan_key(self._layout, key, self.wanted.apps)
        except InvalidName:  # nothing of that name can be there
            return None
