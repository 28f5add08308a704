"""Run an operation for a command: its events said, its progress shown on a terminal, its cancel on ctrl+c."""

import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, TypeVar

import click

from pkgstore.errors import LockBusy, StoreError
from pkgstore.operations.events import Done, Event, Failed, Missed, Noticed, Result
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.cli.diagnostics import say
from pkgstore_tui.format import Namer, config_name, event_line

Operation = Callable[[Cancel, Progress], Iterator[Event]]
_Result = TypeVar("_Result", bound=Result)
_Item = TypeVar("_Item")
_SHOWN_EVERY: Final = 100


@contextmanager
def stoppable(cancel: Cancel) -> Iterator[None]:
    """Let SIGINT and SIGTERM ask for a stop between two items; the second one stops at once."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    wanted = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
    before: dict[int, Any] = {number: signal.signal(number, ask) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_operation(
    operation: Operation, kind: type[_Result], *, verbose: bool = False, namer: Namer = config_name
) -> tuple[_Result, list[StoreError]]:
    """Run an operation to its end.

    Args:
        operation: Gives the events.
        kind: The class of its result.
        verbose: Whether every event is said, or only what an admin has to know.
        namer: Says a config's name.

    Returns:
        The result, and what failed on the way.

    Raises:
        StoreError: As the operation.
    """
    cancel, progress = Cancel(), Progress()
    failures: list[StoreError] = []
    with stoppable(cancel), _Bar(progress) as bar:
        for event in operation(cancel, progress):
            bar.update()
            if isinstance(event, Failed):
                failures.append(event.error)
            if isinstance(event, Done) and isinstance(event.result, kind):
                return event.result, failures
            if verbose or isinstance(event, Failed | Missed | Noticed):
                bar.clear()
                say(event_line(event, namer))
    raise StoreError("the operation ended without a result")


def follow(
    items: Iterable[_Item],
    cancel: Cancel,
    progress: Progress,
    *,
    every: int = _SHOWN_EVERY,
    is_said: Callable[[_Item], bool] | None = None,
) -> Iterator[_Item]:
    """Give items on as they come, with `progress` shown on a terminal, and ctrl+c asking to `cancel`.

    Args:
        items: What comes.
        cancel: Set by ctrl+c.
        progress: What is shown, at each so many items (`every`).
        every: As said.
        is_said: Whether text is printed for an item, for which the bar has to make room.
    """
    with stoppable(cancel), _Bar(progress) as bar:
        for number, item in enumerate(items):
            if number % every == 0:
                bar.update()
            if is_said is not None and is_said(item):
                bar.clear()
            yield item


def lock_was_busy(failures: list[StoreError]) -> bool:
    """Whether a lock that others hold is all that went wrong."""
    return bool(failures) and all(isinstance(error, LockBusy) for error in failures)


_ERASE_LINE: Final = "\r\033[K"
_SHOW_CURSOR: Final = "\033[?25h"
"""click's bar hides the cursor, and shows it again only when the bar is full."""


class _Bar:
    """A progress bar on stderr, if that is a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._shown = sys.stderr.isatty()
        self._bar: Any = None

    def __enter__(self) -> "_Bar":
        return self

    def update(self) -> None:
        """Show how far the operation is."""
        total = self._progress.total
        if not self._shown or not total:
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, label=self._progress.doing, file=sys.stderr)
        self._bar.update(self._progress.done - self._bar.pos)

    def clear(self) -> None:
        """Make room for a line of text."""
        if self._bar is not None:
            sys.stderr.write(_ERASE_LINE)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            sys.stderr.write(_ERASE_LINE + _SHOW_CURSOR)
            sys.stderr.flush()
