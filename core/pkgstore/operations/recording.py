"""Write an operation into the journal while it runs: what is begun, each item's result, what it came to.

A journal that cannot be written stops nothing (a full disk is a reason to evict): it is said once, as a failure.
"""

import errno
import os
import pwd
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pkgstore.errors import Cancelled, DiskError, StoreError
from pkgstore.journal import Journal
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.operations.events import (
    Done,
    Emptied,
    Event,
    Failed,
    Ingested,
    Noticed,
    Removed,
    Repaired,
    Restored,
    Skipped,
)


def recorded(
    journal: Journal, what: str, plan: Mapping[str, Any], events: Iterator[Event], *, late: bool = False
) -> Iterator[Event]:
    """Give an operation's events on, and write them down.

    Args:
        journal: Where to.
        what: What it is called: ``evict``.
        plan: What was planned, in short.
        events: The operation; nothing of it is done before its begin is written.
        late: Begin with the first config that is ingested, and write nothing where there is none: for the build
            tool's ingest, which mostly has nothing to do, and must leave nothing where it could not begin.

    Yields:
        What `events` gives; a `Failed` of no package, once, where the journal cannot be written.

    Raises:
        DiskError: This process's user may not change the store at all; said once, not for each package.
        StoreError: As the operation.
    """
    writer = _Writer(journal)
    has_begun = not late
    if has_begun:
        check_allowed(journal.layout)
        yield from writer.tell(partial(journal.begin, what, plan))
    outcome, why, failed = "interrupted", "", 0
    try:
        for event in events:
            failed += isinstance(event, Failed)
            if not has_begun and isinstance(event, Ingested):
                has_begun = True
                yield from writer.tell(partial(journal.begin, what, plan))
            if not has_begun:
                pass
            elif isinstance(event, Done):
                outcome = ""
                facts = {"result": _result(event)}
                yield from writer.tell(partial(journal.end, "partly" if failed else "done", facts))
            elif (item := item_of(event)) is not None:
                yield from writer.tell(partial(journal.item, item))
            yield event
    except Cancelled:
        outcome = "cancelled"
        raise
    except StoreError as error:
        outcome, why = "failed", str(error)
        raise
    finally:
        if outcome and has_begun:
            list(writer.tell(partial(journal.end, outcome, {"why": why})))


def check_allowed(layout: Layout) -> None:
    """Refuse where the store is another user's, who lets others only look.

    Raises:
        DiskError: With both users' names.
    """
    for path in (layout.root, layout.locks, layout.ours):
        try:
            status = os.stat(path, follow_symlinks=path == layout.root)
        except OSError:  # not there yet, or a fault that the operation itself meets
            continue
        if os.geteuid() in {0, status.st_uid} or os.access(path, os.W_OK | os.X_OK, effective_ids=True):
            continue
        doing = f"change this store as {_user(os.geteuid())}, since it is {_user(status.st_uid)}'s"
        raise DiskError(doing, PermissionError(errno.EACCES, os.strerror(errno.EACCES)), path)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


class _Writer:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._is_broken = False

    def tell(self, write: Callable[[], None]) -> Iterator[Event]:
        """Write, and say the first time that it cannot be done."""
        try:
            write()
        except StoreError as error:
            if not self._is_broken:
                self._is_broken = True
                yield Failed("journal", error)


def _result(done: Done) -> dict[str, Any]:
    result = done.result
    names = ("removed", "restored", "ingested", "repaired", "cleaned", "skipped", "failed", "freed", "held")
    return {name: value for name in names if (value := getattr(result, name, None)) is not None}


def item_of(event: Event) -> dict[str, Any] | None:
    """What the journal says of an event; None where that is nothing."""
    match event:
        case Removed():
            done = "trashed" if event.operation else "deleted"
            return _config(event.key, done, bytes=event.held or event.freed, reason=event.reason)
        case Restored():
            return _config(event.key, "restored", out_of=event.operation)
        case Ingested():
            return _config(event.key, "repaired" if event.repaired else "ingested")
        case Skipped():
            return _config(event.key, "skipped", why=event.why.value)
        case Emptied():
            return {"what": event.what, "result": "emptied", "bytes": event.freed}
        case Repaired():
            return {"what": event.what, "result": "repaired", "did": event.text, "path": event.path}
        case Failed():
            return {"what": event.package, "result": "failed", "why": str(event.error)}
        case Noticed():
            return {"what": event.package, "result": "noticed", "why": event.text}
    return None


def _config(key: ConfigKey, result: str, **more: Any) -> dict[str, Any]:
    return {"platform": key.platform, "package": key.package, "ref": key.ref, "result": result, **more}
