"""What goes to stderr, and the exit codes: the one place where an error becomes a sentence and a number."""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Final, TextIO

import click

from pkgstore.errors import Cancelled, LockBusy, RootsUnread, StoreError
from pkgstore.model import Damage
from pkgstore_tui.faults import FAULT
from pkgstore_tui.format import safe_text
from pkgstore_tui.settings import NoStoreNamed

if TYPE_CHECKING:
    from pkgstore.model import Damage


class ExitCode(IntEnum):
    """What a command's exit code means."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    UNREADABLE = 3
    LOCK_BUSY = 4
    REFUSED = 5
    PARTLY = 6
    FAULT = FAULT
    CANCELLED = 130


EXIT_CODE_MEANINGS = {
    ExitCode.DONE: "done, or nothing to say",
    ExitCode.FINDINGS: "findings or differences",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.UNREADABLE: "an input, or the store, cannot be read or changed",
    ExitCode.LOCK_BUSY: "somebody else holds a lock",
    ExitCode.REFUSED: "refused: nothing was changed",
    ExitCode.PARTLY: "partly done; stderr says what was not",
    ExitCode.FAULT: "a fault of the program itself; stderr says where the details are",
    ExitCode.CANCELLED: "cancelled; what was done is whole",
}


_SAME_SAID: Final = 10
"""Of so many paths with one and the same thing wrong each is named; a store of another user has thousands."""


def exit_code_of(error: StoreError) -> ExitCode:
    """The exit code that an error ends a command with."""
    match error:
        case NoStoreNamed():
            return ExitCode.USAGE
        case Cancelled():
            return ExitCode.CANCELLED
        case LockBusy():
            return ExitCode.LOCK_BUSY
        case RootsUnread():
            return ExitCode.REFUSED
        case _:
            return ExitCode.UNREADABLE


def say(text: str) -> None:
    """One line of talk; it is no reason to stop when nobody listens any more."""
    try:
        click.echo(safe_text(text), err=True)
    except BrokenPipeError:
        go_silent(sys.stderr)


def go_silent(stream: TextIO) -> None:
    """Send what is still to come on a stream whose reader is gone nowhere, the interpreter's last flush too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def complain(error: StoreError) -> ExitCode:
    """Say what went wrong, in one line (one a file, of several), and give the exit code."""
    say(f"pkgstore: {error}")
    for path, why in error.files[1:] if isinstance(error, RootsUnread) else ():
        say(f"pkgstore: {path}: {why}")
    return exit_code_of(error)


def report_damage(damage: "Iterable[Damage]") -> ExitCode:
    """Say what could not be read, a line each, but few of one reason; the exit code tells whether there was any."""
    found = list(damage)
    seen: Counter[str] = Counter()
    for item in found:
        seen[item.why] += 1
        if seen[item.why] <= _SAME_SAID:
            say(f"pkgstore: {item.path}: {item.why}")
    for why, count in seen.items():
        if count > _SAME_SAID:
            say(f"pkgstore: and {count - _SAME_SAID} more: {why}")
    return ExitCode.FINDINGS if found else ExitCode.DONE
