"""What can become of a package of a lockfile: the verdicts, and what populate counts each as. Pure."""

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from typing import Final

from pkgstore.model import PopulateStats


class Verdict(Enum):
    """What becomes of a package; the value is its name for people. In the interface's order of precedence.

    Each populate miss gets one of the verdicts from `PHANTOM` to `EVICTED`, the most precise that is known to be
    true: `CONFIG_MISS` gives way to `PARTIAL_KEY` and `EVICTED`, `SOURCE_MISS` to `OTHER_PLATFORM` and `EVICTED`,
    and among those the order here decides. What else is true stands in `Decision.also`; so does `PARTIAL_KEY` of a
    hit, which stays a hit, since populate links it. `NOT_IN_REFERENCE` is a miss that the interface does not name:
    a package that the reference library's manifest lists, and that library lacks.
    """

    META_ENTRY = "meta-entry"
    UNSUPPORTED = "unsupported-source"
    IN_LIBRARY = "in-library"
    REUSED_REF = "reused-ref"
    PHANTOM = "phantom"
    UNLISTED = "unlisted"
    CONFIG_MISS = "config-miss"
    PARTIAL_KEY = "partial-key"
    SOURCE_MISS = "source-miss"
    OTHER_PLATFORM = "other-platform"
    EVICTED = "evicted"
    NOT_IN_REFERENCE = "not-in-reference"
    HIT = "hit"
    CARRIED = "carried"
    ABI_HIT = "abi-hit"
    ABI_REBUILD = "abi-rebuild"
    ABI_UNCHECKED = "abi-unchecked"
    ABI_NOT_IN_LOCK = "abi-not-in-lock"

    @property
    def counts_as(self) -> str:
        """The field of `PopulateStats` that populate counts it in; empty for none."""
        return _COUNTED.get(self, "")

    @property
    def is_miss(self) -> bool:
        """Whether the package has to be compiled, as a miss or as an ABI rebuild."""
        return self.counts_as in {"misses", "abi_rebuilds"}


_MISSES: Final = (
    Verdict.PHANTOM,
    Verdict.UNLISTED,
    Verdict.CONFIG_MISS,
    Verdict.PARTIAL_KEY,
    Verdict.SOURCE_MISS,
    Verdict.OTHER_PLATFORM,
    Verdict.EVICTED,
    Verdict.NOT_IN_REFERENCE,
)
_COUNTED: Final = {
    **dict.fromkeys(_MISSES, "misses"),
    Verdict.HIT: "hits",
    Verdict.ABI_HIT: "abi_hits",
    Verdict.ABI_REBUILD: "abi_rebuilds",
    Verdict.ABI_NOT_IN_LOCK: "abi_rebuilds",
}

MEANINGS: Final = {
    Verdict.META_ENTRY: "no package (deps, local or installed): every operation skips it",
    Verdict.UNSUPPORTED: "its source has no store key, so no store can hold it",
    Verdict.IN_LIBRARY: "the library has it already",
    Verdict.REUSED_REF: "the reference library has this very config",
    Verdict.PHANTOM: "configs.json lists the wanted config, but its tree is gone",
    Verdict.UNLISTED: "the wanted tree is there, but configs.json does not list it, so no build finds it",
    Verdict.CONFIG_MISS: "this source is stored, but not built against what this lockfile has",
    Verdict.PARTIAL_KEY: "a linked package is left out of its key, and no config has just that key",
    Verdict.SOURCE_MISS: "this source is not in the store",
    Verdict.OTHER_PLATFORM: "this source is stored, but under another platform folder",
    Verdict.EVICTED: "it was in the store, and is there no more",
    Verdict.NOT_IN_REFERENCE: "the reference library lacks it, though its manifest lists it",
    Verdict.HIT: "it is taken from the store",
    Verdict.CARRIED: "it did not change, so it is linked from the reference library",
    Verdict.ABI_HIT: "a package that it links to changed, and the store has it built against the new one",
    Verdict.ABI_REBUILD: "a package that it links to changed, and the store lacks it built against the new one",
    Verdict.ABI_UNCHECKED: "linked from the reference library, unchecked: nothing says what it links to",
    Verdict.ABI_NOT_IN_LOCK: "it would have to be rebuilt, but the lockfile lacks it, so nothing rebuilds it",
}
"""Each verdict in one sentence."""


def stats_of(verdicts: Iterable[Verdict]) -> PopulateStats:
    """What populate would count."""
    counted = Counter(verdict.counts_as for verdict in verdicts)
    return PopulateStats(**{name: number for name, number in counted.items() if name})
