"""How to undo what a job did. Pure."""

from pkgstore.operations.events import Removed
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted
from pkgstore_tui.jobs import Job


def undo_text(job: Job, store: str) -> str:
    """How to put back what a job moved to the trash, also where it was stopped half way; empty where it did not."""
    gone = [event for event in tuple(job.events) if isinstance(event, Removed) and event.operation]
    if not gone:
        return ""
    command = line("restore", gone[0].operation, store=store)
    return f"{counted(len(gone), 'config')} can be put back: z in a view, or {command}"
