"""Watch the workers of a store and say what changes, until ctrl+c."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, NoReturn

import click

from pkgstore.compare import PackageChange, PackagesDifference, compare_manifests
from pkgstore.keys import WorkerKey
from pkgstore.layout import Layout
from pkgstore.model import WorkerRecord
from pkgstore.scan import scan_worker
from pkgstore.snapshot import Key
from pkgstore.watch import StoreWatcher, WatchState
from pkgstore_tui.cli.changes import change_text, changes_json
from pkgstore_tui.cli.diagnostics import say
from pkgstore_tui.cli.output import print_json_line
from pkgstore_tui.cli.reading import Look, Where
from pkgstore_tui.format import counted, human_time, safe_text

_AGAIN_AFTER: Final = 0.05
"""Seconds: whoever writes a manifest in place shows half of it for a moment."""


@dataclass(frozen=True, slots=True)
class WorkerEvent:
    """What happened to a worker: ``new``, ``gone``, ``changed``, or its manifest is ``unreadable``.

    `packages` is how many it has now, None where that is unknown; `difference` tells what a change was.
    """

    kind: str
    worker_id: str
    packages: int | None = None
    difference: PackagesDifference | None = None
    problem: str = ""


class Follower:
    """Knows what each worker had when it was last looked at, and so what a new look tells."""

    def __init__(self, look: Look, wanted: Iterable[str] = ()) -> None:
        self._look = look
        self._layout = Layout(look.snapshot.root)
        self._wanted = frozenset(wanted)
        self._known = {name: record for name, record in look.snapshot.workers.items() if self._is_wanted(name)}

    def __len__(self) -> int:
        return len(self._known)

    def _is_wanted(self, worker_id: str) -> bool:
        return not self._wanted or worker_id in self._wanted

    def look_again(self, keys: Iterable[Key]) -> Iterator[WorkerEvent]:
        """Read what may have changed again, and tell what did."""
        for key in sorted(key for key in keys if isinstance(key, WorkerKey)):
            if self._is_wanted(key.worker_id) and (event := self._event(key)) is not None:
                yield event

    def _read(self, key: WorkerKey) -> WorkerRecord | None:
        found = scan_worker(self._layout, key)
        if found is not None and found.damage:
            time.sleep(_AGAIN_AFTER)
            found = scan_worker(self._layout, key)
        return found

    def _event(self, key: WorkerKey) -> WorkerEvent | None:
        name, old, new = key.worker_id, self._known.get(key.worker_id), self._read(key)
        if new is None:
            return WorkerEvent("gone", name) if self._known.pop(name, None) is not None else None
        if new.damage:
            known_already = old is not None and old.damage == new.damage
            base = old.manifest if old else None
            self._known[name] = WorkerRecord(key, base, new.changed, new.damage)
            return None if known_already else WorkerEvent("unreadable", name, problem=new.damage[0].why)
        self._known[name] = new
        count = None if new.manifest is None else len(new.manifest)
        if old is None:
            return WorkerEvent("new", name, count)
        difference = compare_manifests(old.manifest or {}, new.manifest or {}, self._look)
        return WorkerEvent("changed", name, count, difference) if difference else None


def watch_workers(where: Where, worker_ids: tuple[str, ...], *, as_json: bool) -> NoReturn:
    """Watch until ctrl+c.

    Raises:
        UsageError: A saved scan does not change.
        KeyboardInterrupt: The only way out.
    """
    if where.scan:
        raise click.UsageError("A saved scan does not change: --watch needs a store.")
    root, _ = where.root()
    told: SimpleQueue[frozenset[Key] | WatchState] = SimpleQueue()
    with StoreWatcher(root, told.put, told.put):
        follower = Follower(where.read(sources=False), worker_ids)
        if not as_json:
            say(f"watching {counted(len(follower), 'worker')} of {root}; ctrl+c ends it")
        while True:
            news = told.get()
            if isinstance(news, WatchState):
                _tell_state(news, as_json=as_json)
                continue
            for event in follower.look_again(news):
                _tell(event, as_json=as_json)


def _tell_state(state: WatchState, *, as_json: bool) -> None:
    if as_json:
        print_json_line({"event": "watching", "time": time.time(), "mode": state.mode, "why": state.why or None})
    elif state.mode == "polling":
        say(f"changes are noticed by polling, some seconds late: {state.why}")


def _tell(event: WorkerEvent, *, as_json: bool) -> None:
    now = time.time()
    if as_json:
        print_json_line(_event_json(event, now))
        return
    for said in _said(event):
        click.echo(f"{human_time(now)}  {safe_text(event.worker_id)}  {said}")


def _event_json(event: WorkerEvent, now: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        "event": event.kind,
        "time": now,
        "worker_id": event.worker_id,
        "packages": event.packages,
    }
    if event.difference is not None:
        found["changes"] = changes_json(event.difference.changes)
    if event.problem:
        found["problem"] = event.problem
    return found


def _said(event: WorkerEvent) -> Iterator[str]:
    if event.difference is not None:
        yield from map(_change_line, event.difference.changes)
    elif event.kind == "new":
        yield "new worker, " + ("no manifest yet" if event.packages is None else counted(event.packages, "package"))
    elif event.kind == "gone":
        yield "gone"
    else:
        yield f"its manifest cannot be used: {safe_text(event.problem)}"


def _change_line(change: PackageChange) -> str:
    return change_text(change)
