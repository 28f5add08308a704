"""What every command that changes a store does: show the plan, ask, run it, write it into the journal."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from pkgstore.errors import StoreError
from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.operations.events import Result
from pkgstore.operations.recording import recorded
from pkgstore.sources import scan_source
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.running import Operation, lock_was_busy, run_operation
from pkgstore_tui.command_lines import quoted
from pkgstore_tui.format import UNKNOWN, config_name, safe_text, short_ref

_Result = TypeVar("_Result", bound=Result)


def actor() -> Actor:
    """This process and its command line."""
    context = click.get_current_context(silent=True)
    words = context.find_root().obj if context is not None else None
    return Actor.present(" ".join(map(quoted, ("pkgstore", *(words or ())))))


def agreed(question: str, refusal: str) -> bool:
    """Whether to go on: asks on a terminal; without one it says the refusal, and how to do it all the same."""
    if not sys.stdin.isatty():
        say(f"pkgstore: {refusal}; nothing was changed; give --yes to do it")
        return False
    if click.confirm(safe_text(question), default=False, err=True):
        return True
    say("nothing was changed")
    return False


def run_recorded(
    layout: Layout,
    kind: str,
    plan: Mapping[str, Any],
    operation: Operation,
    result: type[_Result],
    *,
    name: str = "",
    verbose: bool = False,
    late: bool = False,
    namer: Callable[[ConfigKey], str] = config_name,
) -> tuple[_Result, list[StoreError]]:
    """Run an operation and write it into the journal.

    Args:
        layout: The store's paths.
        kind: What it is called.
        plan: What was planned, in short.
        operation: Gives the events.
        result: The class of its result.
        name: Its id; a new one, if empty.
        verbose: Whether every event is said.
        late: Whether nothing is written before something was changed; see `recorded`.
        namer: Says a config's name.

    Returns:
        The result, and what failed on the way; a journal that could not be written is among it.

    Raises:
        StoreError: As the operation.
    """
    journal = Journal(layout, name or new_operation(kind), actor())
    return run_operation(
        lambda cancel, progress: recorded(journal, kind, plan, operation(cancel, progress), late=late),
        result,
        verbose=verbose,
        namer=namer,
    )


def code_of(done: int, failures: list[StoreError]) -> ExitCode:
    """The exit code of an operation that did `done` items and failed at others."""
    if not failures:
        return ExitCode.DONE
    return ExitCode.LOCK_BUSY if not done and lock_was_busy(failures) else ExitCode.PARTLY


class Namer:
    """Names configs by what the store says of them: ``sf 1.0-16 (7d865e95/b5bb9d80)``."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[ConfigKey, str] = {}
        self._of_source: dict[SourceKey, str] = {}

    def know(self, versions: Iterable[tuple[ConfigKey, str]]) -> None:
        """Remember versions, of what may be gone when it is named."""
        self._known.update((key, version) for key, version in versions if version)

    def __call__(self, key: ConfigKey) -> str:
        """The name of a config."""
        return safe_text(f"{key.package} {self.version(key)} ({short_ref(key)})")

    def version(self, key: ConfigKey) -> str:
        """Its version; unknown where nothing tells."""
        if key not in self._known:
            self._known[key] = self._version_of(key.source)
        return self._known[key]

    def _version_of(self, key: SourceKey) -> str:
        """A source's version; read once, since its configs are mostly named one after another."""
        if key not in self._of_source:
            source = scan_source(self._layout, key)
            self._of_source[key] = source.version if source is not None and source.version else UNKNOWN
        return self._of_source[key]
