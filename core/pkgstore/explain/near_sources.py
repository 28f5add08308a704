"""The stored sources that come nearest to one the store lacks: what differs, by all that hashes give away. Pure.

A store key cannot be turned back into what it was made of. What differs is known from names (trees and lockfiles),
and proven where the stored key can be computed again from the entry with just that part changed. What neither tells
is not known, and said so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from pkgstore.explain.decisions import Decision
from pkgstore.explain.nearest import records_of, with_tree
from pkgstore.explain.verdicts import Verdict
from pkgstore.keys import GIT_TYPES, store_key
from pkgstore.model import LockfileEntry, LockfileMetadata, SourceRecord
from pkgstore.names import Names
from pkgstore.remotes import SHA_SHOWN
from pkgstore.snapshot import Snapshot


class SourceDifference(Enum):
    """What tells a stored source from the wanted one; the value is a sentence about the stored one."""

    PLATFORM = "the same source, under another platform folder"
    ARCHIVE = "the same version from another archive: the repository rebuilt it"
    NO_DIGEST = "the same version, but only one of the two has a sha256 (WEAK-KEY): the archive may be the same"
    COMMIT = "another commit"
    SUBFOLDER = "the same commit, another subfolder"
    TYPE = "another remote type"
    VERSION = "another version"
    UNKNOWN = "not known how it differs: neither a tree nor a lockfile says what it is"


Distance = tuple[int, int, int, int, int]
"""Remote type, version, sha256 or commit, subfolder, platform: 0 the same, 1 not known, 2 another; left first."""

_SAME, _UNSURE, _OTHER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class NearSource:
    """A stored source that comes near; `version` and `remote` are empty where unknown."""

    record: SourceRecord
    difference: SourceDifference
    distance: Distance
    version: str = ""
    remote: str = ""


@dataclass(frozen=True, slots=True)
class NearestSources:
    """All sources that are equally near; `nothing` says why there is none to compare."""

    sources: tuple[NearSource, ...] = ()
    nothing: str = ""


_ABSENT: Final = frozenset({Verdict.SOURCE_MISS, Verdict.OTHER_PLATFORM, Verdict.EVICTED})


def nearest_sources(snapshot: Snapshot, names: Names, decision: Decision) -> NearestSources:
    """The stored sources that come nearest to one that the store lacks.

    Args:
        snapshot: A reading of the store.
        names: Those of the same reading.
        decision: What `decide` said; only where the source itself is not there is anything compared.
    """
    absent = decision.verdict in _ABSENT or bool(_ABSENT.intersection(decision.also))
    if not absent or decision.source is None or (decision.resolution is not None and decision.resolution.meta):
        return NearestSources()
    found = [_compared(names, decision, record) for record in with_tree(records_of(snapshot, decision.package))]
    if not found:
        return NearestSources(nothing="nothing to compare with: the store has no source of this package")
    least = min(near.distance for near in found)
    ties = [near for near in found if near.distance == least]
    ties.sort(key=lambda near: (near.version, near.record.key))
    return NearestSources(tuple(ties))


def _compared(names: Names, decision: Decision, record: SourceRecord) -> NearSource:
    entry, wanted = decision.entry, decision.source
    assert wanted is not None
    name = names.source(record.key.package, record.key.source_hash)
    version, remote = (name.version, name.remote) if name is not None else ("", "")
    elsewhere = _OTHER if record.key.platform != wanted.platform else _SAME
    if record.key.source_hash == wanted.source_hash:
        return NearSource(record, SourceDifference.PLATFORM, (0, 0, 0, 0, elsewhere), version, remote)
    difference, distance = _difference(entry, record.key.source_hash, version, remote)
    return NearSource(record, difference, (*distance, elsewhere), version, remote)


_Parts = tuple[int, int, int, int]


def _difference(entry: LockfileEntry, stored: str, version: str, remote: str) -> tuple[SourceDifference, _Parts]:
    """What differs, and how far: first what can be proven, then what names tell."""
    proven = _proven(entry, stored, version, remote)
    if proven is not None:
        return proven
    kind = _kind(remote, entry.package, version, stored)
    if not kind:
        return (SourceDifference.UNKNOWN, (_UNSURE, _UNSURE, _UNSURE, _UNSURE))
    same_version = _SAME if version == entry.version else _OTHER if version else _UNSURE
    if kind != entry.remote_type:
        return SourceDifference.TYPE, (_OTHER, same_version, _OTHER, _UNSURE)
    if kind == "standard":
        if same_version != _SAME:
            return SourceDifference.VERSION, (_SAME, same_version, _OTHER, _SAME)
        if not entry.sha256:
            return SourceDifference.NO_DIGEST, (_SAME, _SAME, _UNSURE, _SAME)
        return SourceDifference.ARCHIVE, (_SAME, _SAME, _OTHER, _SAME)
    if entry.remote_sha[:SHA_SHOWN] and remote.rpartition("@")[2] == entry.remote_sha[:SHA_SHOWN]:
        return SourceDifference.SUBFOLDER, (_SAME, same_version, _SAME, _OTHER)
    return SourceDifference.COMMIT, (_SAME, same_version, _OTHER, _UNSURE)


def _proven(entry: LockfileEntry, stored: str, version: str, remote: str) -> tuple[SourceDifference, _Parts] | None:
    """What differs where the stored key is that of the entry with one part changed."""
    if entry.remote_type == "standard":
        if entry.sha256 and store_key(replace(entry, sha256="")) == stored:
            return SourceDifference.NO_DIGEST, (_SAME, _SAME, _UNSURE, _SAME)
        return None
    same_version = _SAME if version == entry.version else _OTHER if version else _UNSURE
    for kind in sorted(GIT_TYPES):
        for subdir in dict.fromkeys((entry.remote_subdir, "", *_subfolders(remote))):
            changed = replace(entry, metadata=LockfileMetadata(kind, entry.remote_sha, subdir))
            if store_key(changed) == stored:
                if kind != entry.remote_type:
                    return SourceDifference.TYPE, (_OTHER, same_version, _SAME, _SAME)
                return SourceDifference.SUBFOLDER, (_SAME, same_version, _SAME, _OTHER)
    return None


def _subfolders(remote: str) -> Iterator[str]:
    """What may be the subfolder in ``github owner/repository/a/folder@1a2b3c4``."""
    parts = remote.partition(" ")[2].rpartition("@")[0].split("/")
    for start in range(1, len(parts)):
        yield "/".join(parts[start:])


def _kind(remote: str, package: str, version: str, stored: str) -> str:
    """The remote type of a stored source; empty where nothing tells."""
    kind = remote.partition(" ")[0]
    if kind in GIT_TYPES:
        return kind
    if remote or (version and store_key(LockfileEntry(package, version, "standard")) == stored):
        return "standard"
    return ""
