"""Check the contents of one config against its baseline. Reads; what it found out may be written down by others."""

import errno
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pkgstore.content import Reader, open_below
from pkgstore.digests import Baseline, Identity, identity_of, read_baseline
from pkgstore.errors import DiskError, InputError, InvalidName
from pkgstore.fence import status
from pkgstore.keys import ConfigKey
from pkgstore.layout import Layout
from pkgstore.md5_sums import read_md5
from pkgstore.operations.baselines import now_written
from pkgstore.operations.verify_events import Outcome, Verified
from pkgstore.pace import Pace
from pkgstore.progress import Cancel
from pkgstore.sharing import InodeKey, sharers
from pkgstore.tree_changes import Change, Comparison, FileChange

_NO_FOLDER = {errno.ELOOP, errno.ENOTDIR}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one config came to, and what is to be written down of it, if anything."""

    event: Verified
    baseline: Baseline | None = None


def check_config(layout: Layout, key: ConfigKey, *, cancel: Cancel, pace: Pace, accept: bool = False) -> Checked:
    """Read a config's tree and compare it.

    Args:
        layout: The store's paths.
        key: The config.
        cancel: Asked between pieces of files.
        pace: Holds the reading back.
        accept: Take what is there for good, whatever a baseline or the package's own MD5 file says.

    Raises:
        Cancelled: A stop was asked for.
    """
    try:
        layout.config(key)
        tree = open_below(layout.root, *key)
    except InvalidName as error:
        return Checked(Verified(key, Outcome.UNREAD, note=error.what))
    except FileNotFoundError:
        return Checked(Verified(key, Outcome.GONE))
    except OSError as cause:
        if cause.errno in _NO_FOLDER:
            changes = (FileChange("", (Change.KIND,)),)
            return Checked(
                Verified(key, Outcome.CHANGED, changes, note="a link or file stands in the tree's place")
            )
        return Checked(Verified(key, Outcome.UNREAD, note=os.strerror(cause.errno or 0)))
    try:
        return _Check(layout, key, tree, cancel, pace).run(_known(layout, key), accept=accept)
    except DiskError as error:
        return Checked(Verified(key, Outcome.UNREAD, note=f"its baseline: {error.what}"))
    finally:
        os.close(tree)


@dataclass(frozen=True, slots=True)
class _Known:
    """The baseline of a config, of whichever tree; `damage` says why it cannot be used."""

    baseline: Baseline | None = None
    damage: str = ""


def _known(layout: Layout, key: ConfigKey) -> _Known:
    try:
        return _Known(read_baseline(layout, key))
    except InputError as error:
        return _Known(None, error.what)


def _outcome(known: _Known, before: Baseline | None, changes: list[FileChange]) -> Outcome:
    if any(change.is_proof for change in changes):
        return Outcome.CHANGED
    if changes:
        return Outcome.UNREAD
    if known.damage:
        return Outcome.DAMAGED
    return Outcome.UNKNOWN if before is None else Outcome.FINE


class _Check:
    """One tree while it is looked at."""

    def __init__(self, layout: Layout, key: ConfigKey, tree: int, cancel: Cancel, pace: Pace) -> None:
        self._layout, self._key, self._tree = layout, key, tree
        self._cancel, self._pace = cancel, pace
        self._who = identity_of(layout, key, tree)
        self._read_before = pace.bytes

    def run(self, known: _Known, *, accept: bool) -> Checked:
        """Read and compare; to accept is to know of no baseline, and of no MD5 file."""
        known = _Known() if accept else known
        before = known.baseline
        if before is not None and not before.tree.is_same_tree(self._who):
            before = None
        try:
            sums = read_md5(self._tree) if before is None and not accept else None
            comparison = Comparison(before.files if before else None, sums, (before and before.bad_md5) or ())
            reader = Reader(self._cancel, self._pace, comparison.wanted, frozenset(sums or ()))
            changes = [change for entry in reader.read(self._tree) if (change := comparison.add(entry))]
            changes.extend(comparison.missing())
        except OSError as cause:
            return Checked(self._unless_gone(Outcome.UNREAD, note=os.strerror(cause.errno or 0)))
        except InputError as error:  # beyond every limit: it was not so when its baseline was made
            return Checked(self._unless_gone(Outcome.CHANGED if before else Outcome.UNREAD, note=error.what))
        if not self._is_still_there():
            return Checked(Verified(self._key, Outcome.GONE))
        bad = None if sums is None else frozenset(comparison.bad_md5)
        event = replace(
            self._event(_outcome(known, before, changes), changes, note=self._note(known, before)),
            files=reader.files,
            has_md5=bad is not None or (before is not None and before.bad_md5 is not None),
            made=before.made if before else None,
        )
        return Checked(event, self._to_write(before, event, Baseline(self._who, "", "", comparison.files, bad)))

    def _unless_gone(self, outcome: Outcome, note: str) -> Verified:
        return self._event(outcome, note=note) if self._is_still_there() else Verified(self._key, Outcome.GONE)

    def _note(self, known: _Known, before: Baseline | None) -> str:
        if known.damage:
            return f"its baseline {known.damage}"
        if known.baseline is not None and before is None:
            return "the package was ingested anew since its baseline was made"
        if before is not None and _is_another(before.tree, self._who):
            return "its tree is not the one that was ingested: it was put there by something else"
        return ""

    def _to_write(self, before: Baseline | None, event: Verified, found: Baseline) -> Baseline | None:
        """The first baseline, or the old one with what the tree is called now."""
        if any(Change.UNREAD in change.changes for change in event.changes):
            return None
        if before is None:
            return replace(found, made_at=now_written(), by="verify")
        if event.outcome is Outcome.FINE and before.tree != self._who:
            return replace(before, tree=self._who)
        return None

    def _is_still_there(self) -> bool:
        """Whether nobody took the tree out, or ingested it, while it was read: then nothing was changed in it."""
        try:
            now = status(self._layout.config(self._key))
        except OSError:
            return False
        return now.st_ino == self._who.inode and identity_of(self._layout, self._key, self._tree) == self._who

    def _event(self, outcome: Outcome, changes: list[FileChange] | None = None, *, note: str = "") -> Verified:
        found = sorted(changes or (), key=lambda change: os.fsencode(change.path))
        count = self._pace.bytes - self._read_before
        event = Verified(self._key, outcome, tuple(found), note=note, inode=self._who.inode, bytes=count)
        return _with_sharers(self._layout, event, self._cancel)


def _is_another(before: Identity, now: Identity) -> bool:
    return before.inode != now.inode or (bool(before.born) and bool(now.born) and before.born != now.born)


def _with_sharers(layout: Layout, event: Verified, cancel: Cancel) -> Verified:
    """The event with who has a link to each changed file."""
    linked: dict[str, InodeKey] = {}
    links: dict[str, int] = {}
    for change in event.changes:
        if change.found is not None and change.found.links > 1 and stat.S_ISREG(change.found.content.mode):
            linked[change.path] = (change.found.device, change.found.inode)
            links[change.path] = change.found.links
    if not linked:
        return event
    found = sharers(layout, event.key.package, frozenset(linked.values()), cancel=cancel)
    elsewhere = _elsewhere(linked, links, found)
    return replace(
        event,
        sharers={path: tuple(dict.fromkeys(found[inode])) for path, inode in linked.items()},
        elsewhere=elsewhere,
    )


def _elsewhere(
    linked: Mapping[str, InodeKey], links: Mapping[str, int], found: Mapping[InodeKey, Sequence[object]]
) -> dict[str, int]:
    """How many links to each file are neither in the tree nor in a library."""
    own: dict[InodeKey, int] = {}
    for inode in linked.values():
        own[inode] = own.get(inode, 0) + 1
    counts = {path: links[path] - own[inode] - len(found[inode]) for path, inode in linked.items()}
    return {path: count for path, count in counts.items() if count > 0}
