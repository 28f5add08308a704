"""What a confirmed plan leads to: the events that do it, written into the journal; or a file that holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.layout import Layout
from pkgstore.operations.events import Event
from pkgstore.operations.plan_file import plan_bytes
from pkgstore.operations.planned import Planned, eviction_events, pinned, told_of
from pkgstore.operations.recording import recorded
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.format import counted
from pkgstore_tui.jobs import Factory
from pkgstore_tui.screens.evict_form import PLAN_FILE


def doing(planned: Planned, command: str) -> Factory:
    """What does a plan, as `pkgstore evict` does it.

    Args:
        planned: The plan.
        command: The command line that does the same, for the journal.
    """

    def run(cancel: Cancel, progress: Progress) -> Iterator[Event]:
        name = new_operation("evict")
        journal = Journal(Layout(planned.root), name, Actor.present(command))
        progress.start(len(planned.plan.items), "looking at each once more")
        events = eviction_events(pinned(planned), name, cancel=cancel, progress=progress)
        return recorded(journal, "evict", told_of(planned, trash=True), events)

    return run


@dataclass(frozen=True, eq=False)
class PlanFile:
    """A plan, to be written to a file that `pkgstore evict --run` does."""

    heading: ClassVar[str] = "Write this plan to a file"
    formats: ClassVar[tuple[str, ...]] = ("json",)
    planned: Planned
    name: str = PLAN_FILE.removesuffix(".json")

    def told(self, format: str) -> str:  # noqa: ARG002
        """How much it is."""
        return f"a plan of {counted(len(self.planned.plan.items), 'config')}, as --plan writes it"

    def encode(self, format: str, tell: object) -> bytes:  # noqa: ARG002
        """The file."""
        return plan_bytes(self.planned.root, pinned(self.planned).plan)
