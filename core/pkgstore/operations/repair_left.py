"""What no repair mends, and what people can do about it, code by code."""

from typing import Final, NamedTuple

from pkgstore._finding import Finding
from pkgstore.keys import WorkerKey


class Reason(NamedTuple):
    """Why something stays, and what to do."""

    why: str
    advice: str


_COMPILED: Final = "only compiling a package again makes it right, and that is a build's work"
_OTHERS: Final = "apps' own files are never changed from here"
_CODE: Final = "other people's code can write into a worker's library: nothing is copied back from there"

BUSY: Final = Reason("it is locked: somebody is at work on it", "check again in a while")
GONE_WORKER: Final = Reason("neither the store nor its trash has it", "restart the worker, or rebuild its app")
GONE_APP: Final = Reason("neither the store nor its trash has it", "build or refresh the app again")
GONE_PIN: Final = Reason("neither the store nor its trash has it", "build what needs it again, or remove the pin")
EVICT: Final = "pkgstore evict takes it out once nobody needs it; the next build makes it anew"
INGEST: Final = "the next ingest of this package writes it again; or give the lockfile it came from with --lock"
LATER: Final = Reason("it changed lately", "pkgstore clean takes it once nothing changed in it for a day")

NEVER: Final = {
    "DRIFT": Reason(_CODE, "restart the worker, so that its library is assembled anew"),
    "ABI-MISMATCH": Reason(_COMPILED, "build or refresh the app again"),
    "ABI-DEPTH": Reason(_COMPILED, "nothing has to be done; to be sure, evict it before the next build"),
    "PARTIAL-CONFIG": Reason("its key was made from a lockfile that leaves something out", _COMPILED),
    "LOCK-DISAGREES": Reason(_OTHERS, "deploy or refresh the app again"),
    "DEAD-PLATFORM": Reason("people decide when a platform is over", "pkgstore evict --platform sweeps it"),
    "WEAK-KEY": Reason("a lockfile without digests gives such keys", "use a repository whose lockfiles have them"),
    "RESTART-HAZARD": Reason("it holds packages", "pkgstore evict --platform empties it, once nobody needs it"),
    "DAMAGE": Reason("nobody knows what was in it", "look what put it there, and mend or remove it by hand"),
}
"""Codes that are not mended, or not here."""


def never(finding: Finding) -> Reason:
    """Why a finding stays whose code no rule mends."""
    if finding.code == "DAMAGE" and isinstance(finding.subject, WorkerKey):
        return Reason(NEVER["DAMAGE"].why, "restart the worker, so that its library is assembled anew")
    return NEVER.get(finding.code, NEVER["DAMAGE"])
