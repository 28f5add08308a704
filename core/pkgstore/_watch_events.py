"""Events from many folders over one inotify descriptor. Alone in knowing watchdog, and nothing of stores.

One watchdog observer takes a thread for each folder it watches; its own `InotifyFD` takes one thread for all
of them. A folder is named by its path relative to the root that was given, empty for the root itself, or by an
absolute path where it is not below the root.
"""

import errno
import itertools
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

logging.getLogger("watchdog").addHandler(logging.NullHandler())  # else an overflow would be printed

_IN: Final = InotifyConstants
_RENAMED: Final = _IN.IN_MOVED_FROM | _IN.IN_MOVED_TO | _IN.IN_MOVE_SELF


@dataclass(frozen=True, slots=True)
class Interest:
    """What counts in a folder: the events of `mask`, about files of these names (None: any) and maybe any folder.

    What happens to the folder itself counts always; that a file was made does not, before it is written. A name
    that does not count costs a few microseconds, one that does a change of threads, so a storm of names should
    be kept out here.
    """

    mask: Mask
    names: frozenset[bytes] | None = None
    folders: bool = True

    def counts(self, event: InotifyEvent) -> bool:
        """Whether somebody has to hear of `event`."""
        if not event.name or (self.folders and event.is_directory):
            return True
        if event.is_create and not event.is_directory:
            return False
        return self.names is None or event.name in self.names


_FOLDERS: Final = _IN.IN_CREATE | _IN.IN_DELETE | _RENAMED | _IN.IN_ONLYDIR
_FILES: Final = _IN.IN_CLOSE_WRITE | _IN.IN_DELETE | _RENAMED | _IN.IN_ONLYDIR

ENTRIES: Final = Interest(Mask(_FOLDERS), frozenset())
"""The folders that appear in a folder and vanish from it."""

TOUCHED_ENTRIES: Final = Interest(Mask(_FOLDERS | _IN.IN_ATTRIB), frozenset())
"""The same, and changes of their times."""

CONTENTS: Final = Interest(Mask(_FOLDERS | _FILES | _IN.IN_ATTRIB | _IN.IN_DONT_FOLLOW))
"""Whatever appears in a folder, vanishes, is written or touched."""


def files(*names: str, folders: bool = False, follow: bool = False) -> Interest:
    """The files of these names in a folder: written, renamed or deleted. Reading them does not count.

    Args:
        names: The files.
        folders: Whether folders in it count too.
        follow: Whether the folder may be reached through a symbolic link.
    """
    mask = (_FILES | _FOLDERS) if folders else _FILES
    return Interest(
        Mask(mask if follow else mask | _IN.IN_DONT_FOLLOW), frozenset(map(os.fsencode, names)), folders
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """Something happened to `name` in a watched folder; an empty name is the folder itself."""

    watch: int
    name: str
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Overflow:
    """Events came faster than they were read, and some are lost."""


@dataclass(frozen=True, slots=True)
class Died:
    """There will be no more events; `why` is an exception's text."""

    why: str


Hint = Heard | Overflow | Died


class _Reader(InotifyFD):
    """watchdog's reading thread; tells of its death instead of printing it."""

    def __init__(self, on_death: Callable[[str], None]) -> None:
        super().__init__()
        self.name = "pkgstore-events"
        self._on_death = on_death

    def run(self) -> None:
        """Read until stopped."""
        try:
            super().run()
        except Exception as error:
            self._on_death(str(error) or type(error).__name__)


class _Ear:
    """What watchdog calls in its thread for the folders of one interest."""

    def __init__(self, interest: Interest, hear: Callable[[Hint], None]) -> None:
        self._interest = interest
        self._hear = hear

    def on_event(self, event: InotifyEvent) -> None:
        """Something happened in a folder."""
        if self._interest.counts(event):
            self._hear(Heard(event.wd, os.fsdecode(event.name), event.is_directory))

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """A watched folder was deleted."""
        self._hear(Heard(wd, "", is_folder=True))

    def on_queue_overflow(self) -> None:
        """Events were lost."""
        self._hear(Overflow())


class FolderEvents:
    """Non-recursive watches on folders. `hear` gets hints from the reading thread; all else is for one caller."""

    def __init__(self, root: str, hear: Callable[[Hint], None]) -> None:
        """Open the descriptor and start its thread.

        Args:
            root: What folders are relative to.
            hear: Called for each hint; must be quick and must not call back.

        Raises:
            OSError: There is no inotify to be had.
        """
        self._root = root
        self._hear = hear
        self._ids = itertools.count()
        self._ears: dict[Interest, _Ear] = {}
        self._watches: dict[str, WatchDescriptor] = {}
        self._folders: dict[int, tuple[str, CallbackId]] = {}
        self._reader = _Reader(lambda why: hear(Died(why)))
        self._reader.start()

    def __len__(self) -> int:
        """How many folders are watched."""
        return len(self._watches)

    def __contains__(self, folder: str) -> bool:
        """Whether `folder` is watched."""
        return folder in self._watches

    def folder(self, watch: int) -> str | None:
        """The folder that a hint's watch is on now; None where it is on none any more."""
        found = self._folders.get(watch)
        return found and found[0]

    def arm(self, folder: str, interest: Interest) -> bool:
        """Watch what is at `folder` now, also when another folder was there before.

        Args:
            folder: Relative to the root, or absolute.
            interest: What counts in it.

        Returns:
            Whether it is watched; not so where there is no folder, or one that may not be read.

        Raises:
            OSError: The limit of watches is reached.
        """
        own = CallbackId(next(self._ids))  # a number used twice makes watchdog warn, once for each folder
        ear = self._ears.setdefault(interest, _Ear(interest, self._hear))
        path = os.fsencode(os.path.join(self._root, folder))
        try:
            watch = self._reader.add_callback(path, interest.mask, ear, own)
        except OSError as cause:
            self.disarm(folder)
            if cause.errno in {errno.ENOSPC, errno.ENOMEM}:
                raise
            return False
        return self._note(folder, watch, own)

    def _note(self, folder: str, watch: WatchDescriptor, own: CallbackId) -> bool:
        """Take `watch` for `folder`; it is an old one where the folder was watched, maybe under another path."""
        if watch in self._folders:
            other, old = self._folders.pop(watch)
            del self._watches[other]
            self._reader.remove_callbacks([(watch, old)])
        self.disarm(folder)
        if watch == -1:  # watchdog's answer where permission was denied
            self._reader.remove_callbacks([(watch, own)])
            return False
        self._watches[folder] = watch
        self._folders[watch] = folder, own
        return True

    def disarm(self, folder: str) -> None:
        """Watch `folder` no longer, if it is watched."""
        watch = self._watches.pop(folder, None)
        if watch is not None:
            self._reader.remove_callbacks([(watch, self._folders.pop(watch)[1])])

    def close(self) -> None:
        """End all watches and wait for the thread."""
        self._reader.stop()
        self._reader.join()
