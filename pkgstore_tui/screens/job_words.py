"""What is told of a job beside its events: how fast it is, how long it takes, and how to undo it. Pure."""

from typing import Final

from pkgstore.operations.events import Removed
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted, human_age
from pkgstore_tui.jobs import Job

_SOON: Final = 1.0
"""Seconds before which no rate is told: it would jump."""


def pace(job: Job, now: float) -> str:
    """How many items a second, and how long the rest takes; empty while that is not known.

    Args:
        job: A job that runs.
        now: Seconds since 1970.
    """
    progress, took = job.progress, now - job.started
    done, total = progress.done, progress.total
    if took < _SOON or not done or not total:
        return ""
    rate = done / took
    left = (total - done) / rate
    number = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    return f"{number}/s, {human_age(left)} left" if total > done else f"{number}/s"


def undo_text(job: Job, store: str) -> str:
    """How to put back what a job moved to the trash, also where it was stopped half way; empty where it did not."""
    gone = [event for event in tuple(job.events) if isinstance(event, Removed) and event.operation]
    if not gone:
        return ""
    return f"{counted(len(gone), 'config')} can be put back: {line('restore', gone[0].operation, store=store)}"
