"""The journal of a store: one line of JSON for each change, added by every process of ours, never written again.

A line is a `begin` (who, when, by what command, what was planned), an `item` (what became of one config) or an
`end` (what it came to). A `begin` without its `end` was cut short. Lines that cannot be read are passed over, and
counted.
"""

import os
import pwd
import secrets
import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from pkgstore import files
from pkgstore.errors import DiskError, InputError
from pkgstore.layout import Layout, is_operation
from pkgstore.reading import read_tail
from pkgstore.text_json import printable

VERSION: Final = 1
LONGEST_LINE: Final = 64 * 1024
"""Bytes of one line; longer texts in it are cut."""

MOST_READ: Final = 32 * 1024 * 1024
"""Bytes: of a journal that is larger, only the last part is read."""

_LONGEST_TEXT: Final = 4096
_TAKEN_OUT: Final = frozenset({"trashed", "deleted"})


# --- writing ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: user, host, process, and the command line (empty where there is none)."""

    user: str
    host: str
    pid: int
    command: str = ""

    @classmethod
    def present(cls, command: str = "") -> "Actor":
        """This process; behind sudo, the user who called it is named too."""
        try:
            user = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            user = str(os.geteuid())
        caller = os.environ.get("SUDO_USER", "")
        if caller and caller != user:
            user = f"{user} (sudo by {caller})"
        return cls(user, socket.gethostname(), os.getpid(), command)


def new_operation(kind: str, now: datetime | None = None) -> str:
    """An id for an operation: sorts by time, says what it is: ``20261126T191500-evict-3f2a``."""
    return f"{now or datetime.now(UTC):%Y%m%dT%H%M%S}-{kind}-{secrets.token_hex(2)}"


def operation_time(operation: str) -> float | None:
    """When an operation began, in seconds since 1970, by its id; None where that tells no time."""
    try:
        return datetime.strptime(operation[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


class Journal:
    """Adds the lines of one operation to the journal."""

    def __init__(self, layout: Layout, operation: str, actor: Actor) -> None:
        self.layout = layout
        self.operation = operation
        self._actor = actor

    def begin(self, what: str, plan: Mapping[str, Any]) -> None:
        """Note what is begun, before anything is changed; waits until the disk has it.

        Raises:
            StoreError: It cannot be written.
        """
        actor = self._actor
        who = {"user": actor.user, "host": actor.host, "pid": actor.pid, "command": actor.command}
        self._add("begin", {"what": what, **who, "plan": plan}, durable=True)

    def item(self, facts: Mapping[str, Any]) -> None:
        """Note what became of one item.

        Raises:
            StoreError: It cannot be written.
        """
        self._add("item", facts)

    def end(self, outcome: str, facts: Mapping[str, Any]) -> None:
        """Note what it came to; waits until the disk has it.

        Raises:
            StoreError: It cannot be written.
        """
        self._add("end", {"outcome": outcome, **facts}, durable=True)

    def _add(self, event: str, facts: Mapping[str, Any], *, durable: bool = False) -> None:
        head = {"v": VERSION, "at": datetime.now(UTC).isoformat(), "op": self.operation, "event": event}
        line = orjson.dumps(_cut({**head, **facts}))
        if len(line) > LONGEST_LINE:
            line = orjson.dumps({**head, "cut": len(line)})
        files.make_folder(self.layout.ours)
        files.append_line(self.layout.journal, line, durable=durable)


def _cut(value: Any) -> Any:
    """The same with texts made valid and not too long."""
    if isinstance(value, str):
        return printable(value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}…")
    if isinstance(value, Mapping):
        return {printable(str(name)): _cut(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(item) for item in value]
    return value


# --- reading ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `at` is in seconds since 1970, `event` one of begin, item and end, `facts` all that it says."""

    operation: str
    at: float
    event: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A text of it; empty where it has none of that name."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class History:
    """What the journal tells, the oldest line first.

    `passed_over` counts lines that could not be read; `is_cut` tells whether older lines were left out.
    """

    lines: tuple[Line, ...] = ()
    passed_over: int = 0
    is_cut: bool = False


def read_journal(layout: Layout, *, most: int = MOST_READ) -> History:
    """What the journal tells; nothing where there is none.

    Args:
        layout: The store's paths.
        most: The most bytes that are read, from its end.

    Raises:
        DiskError: It cannot be read.
        InputError: It is no regular file.
    """
    try:
        data, is_cut = read_tail(layout.journal, most)
    except FileNotFoundError:
        return History()
    rows = [row for row in data.split(b"\n") if row]
    lines = [line for row in rows if (line := _line(row)) is not None]
    return History(tuple(lines), len(rows) - len(lines), is_cut)


def _line(row: bytes) -> Line | None:
    if len(row) > LONGEST_LINE:
        return None
    try:
        found = orjson.loads(row)
        at = datetime.fromisoformat(found["at"]).timestamp()
        operation, event = found["op"], found["event"]
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        return None
    if not (isinstance(operation, str) and is_operation(operation) and event in ("begin", "item", "end")):
        return None
    return Line(sys.intern(operation), at, sys.intern(event), found)


@dataclass(frozen=True, slots=True)
class Past:
    """One operation of the past.

    `began` is in seconds since 1970; `outcome` is empty where it was cut short, or still runs; `why` says why it
    failed.
    """

    operation: str
    what: str
    began: float
    who: str
    command: str
    plan: Mapping[str, Any]
    outcome: str = ""
    items: tuple[Line, ...] = ()
    ended: float | None = None
    why: str = ""


def operations(history: History) -> tuple[Past, ...]:
    """The operations that the journal tells of, the oldest first."""
    groups: dict[str, list[Line]] = {}
    for line in history.lines:
        groups.setdefault(line.operation, []).append(line)
    return tuple(_past(name, lines) for name, lines in groups.items())


def _past(operation: str, lines: list[Line]) -> Past:
    first = next((line for line in lines if line.event == "begin"), None)
    last = next((line for line in reversed(lines) if line.event == "end"), None)
    plan = first.facts.get("plan") if first else None
    return Past(
        operation,
        first.text("what") if first else operation.split("-")[1],
        first.at if first else lines[0].at,
        who_of(first),
        first.text("command") if first else "",
        plan if isinstance(plan, dict) else {},
        last.text("outcome") if last else "",
        tuple(line for line in lines if line.event == "item"),
        last.at if last else None,
        last.text("why") if last else "",
    )


def who_of(line: Line | None) -> str:
    """Who began an operation: ``root@server``; empty where nothing tells."""
    if line is None or not line.text("user"):
        return ""
    return f"{line.text('user')}@{line.text('host')}" if line.text("host") else line.text("user")


@dataclass(frozen=True, slots=True)
class Evicted:
    """When a config was last taken out of the store (seconds since 1970), by which operation, by whom."""

    at: float
    operation: str
    who: str
    reason: str = ""


ConfigName = tuple[str, str, str]
"""Platform, package and ref."""


def evicted(lines: Iterable[Line]) -> Mapping[ConfigName, Evicted]:
    """Every config that was taken out of the store and not put back since, as far as these lines tell."""
    found: dict[ConfigName, Evicted] = {}
    began: dict[str, Line] = {}
    for line in lines:
        if line.event == "begin":
            began[line.operation] = line
        name = line.text("platform"), line.text("package"), line.text("ref")
        if line.event != "item" or not all(name):
            continue
        if line.text("result") in _TAKEN_OUT:
            who = who_of(began.get(line.operation))
            found[name] = Evicted(line.at, line.operation, who, line.text("reason"))
        elif line.text("result") in {"restored", "ingested"}:
            found.pop(name, None)
    return found


def read_evicted(layout: Layout) -> Mapping[ConfigName, Evicted]:
    """As `evicted`, of the journal as it is; nothing where it cannot be read."""
    try:
        return evicted(read_journal(layout).lines)
    except (DiskError, InputError):
        return {}
