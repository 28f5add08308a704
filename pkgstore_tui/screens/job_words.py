"""What a job said and came to, and how to undo it, in words. Pure."""

from pkgstore.keys import ConfigKey
from pkgstore.operations.events import Removed
from pkgstore.operations.verify_events import (
    LibraryVerified,
    NotRecorded,
    OutOfTime,
    Verified,
    VerifyDone,
)
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import Namer, counted, event_line, result_line, short_ref
from pkgstore_tui.jobs import Job, JobEvent
from pkgstore_tui.verify_words import event_text, result_text


def line_of(event: JobEvent, name: Namer) -> str:
    """One event as one line of plain, harmless text."""
    if isinstance(event, Verified | LibraryVerified | NotRecorded | OutOfTime | VerifyDone):
        return event_text(event, lambda key: f"{name(key).removesuffix(_ref(key))}{_ref(key)}")
    return event_line(event, name)


def _ref(key: ConfigKey) -> str:
    """A check tells of single configs, of which a version may have several."""
    return f" ({short_ref(key)})"


def outcome_text(job: Job) -> str:
    """What a job came to that was not stopped and did not fail."""
    match job.result:
        case None:
            return "done"
        case VerifyDone(result):
            return result_text(result)
        case done:
            return result_line(done.result)


def undo_text(job: Job, store: str) -> str:
    """How to put back what a job moved to the trash, also where it was stopped half way; empty where it did not."""
    gone = [event for event in tuple(job.events) if isinstance(event, Removed) and event.operation]
    if not gone:
        return ""
    command = line("restore", gone[0].operation, store=store)
    return f"{counted(len(gone), 'config')} can be put back: z in a view, or {command}"
