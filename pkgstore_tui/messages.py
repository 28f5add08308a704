"""What the session tells the screens. Each goes to one node and does not bubble."""

from dataclasses import dataclass

from textual.message import Message

from pkgstore.keys import OursKey
from pkgstore.snapshot import Key


@dataclass
class SnapshotChanged(Message, bubble=False):
    """There is a newer snapshot; `keys` is what was read again, None for all of it."""

    keys: frozenset[Key] | None = None


@dataclass
class SizesMeasured(Message, bubble=False):
    """More trees have been measured, or more sidecars read."""


@dataclass
class OursChanged(Message, bubble=False):
    """Pins, journal or trash may have changed on disk, by us or by another process; `keys` says which."""

    keys: frozenset[OursKey]


@dataclass
class StatusChanged(Message, bubble=False):
    """Reading, watching, the lock or the jobs are in another state."""


@dataclass
class JobEnded(Message, bubble=False):
    """A job is over."""

    job_id: int


@dataclass
class Trouble(Message, bubble=False):
    """Something went wrong in the background; `text` is one clear sentence."""

    text: str


@dataclass
class CopyAsked(Message):
    """A screen asks the program to copy a text; `what` says what it is."""

    text: str
    what: str
