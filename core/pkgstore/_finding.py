"""What a finding is, and every code there is (spec: What the inspector must reveal). Pure; a part of `findings`.

Knows no rule: only what each code means for who runs the store, and what mends it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pkgstore.keys import ConfigKey
from pkgstore.snapshot import Key

NAMED: Final = 3
"""How many packages a message names before it only counts the rest."""


class Severity(Enum):
    """How much a finding matters, the worst first; the value is its name for people."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"

    @property
    def letter(self) -> str:
        """Its sign in tables."""
        return self.value[0].upper()


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: its name, how much it matters at most, and what it means in one sentence.

    `repair` is what `pkgstore repair` does about it, where that needs no guessing; empty where nothing is known
    to: then people have to decide.
    """

    name: str
    severity: Severity
    meaning: str
    repair: str = ""


_E, _W, _A = Severity.ERROR, Severity.WARNING, Severity.ADVICE
_TO_TRASH: Final = "move it to the trash where nobody needs it, so that the next build compiles it again"
_PUT_BACK: Final = "put back what of it lies in the trash"
_CLEAN: Final = "as pkgstore clean --only"

CODES: Final[Mapping[str, Code]] = {
    code.name: code
    for code in (
        Code(
            "DAMAGE",
            _E,
            "could not be read, or is not what its name says, so nobody knows what is in it",
            "write a worker's manifest again, where every package of its library is the store's own",
        ),
        Code(
            "BAD-META",
            _E,
            "what the store says of it cannot be used, or is not what the package says: builds miss it without a "
            "word, or get what was built against something else",
            "write it again from the trees, where these tell it for certain",
        ),
        Code(
            "PHANTOM",
            _E,
            "configs.json lists a config whose tree is gone: a build may compile everything anew",
            "put it back out of the trash, if somebody needs it; else take it out of configs.json",
        ),
        Code(
            "BAD-CONFIG-HASH",
            _E,
            "its keys are not those of its name: a build gets it and should not",
            "write the keys that hash to its name, where they are known; else move it to the trash, where nobody "
            "needs it",
        ),
        Code("WRONG-PACKAGE", _E, "it is another package: a library that gets it cannot load this one", _TO_TRASH),
        Code(
            "DANGLING-ROOT",
            _E,
            "a manifest names configs that are gone: a worker would start incomplete",
            _PUT_BACK,
        ),
        Code(
            "BROKEN-INSTALL",
            _E,
            "a worker has packages that the store has lost: its next live install fails",
            _PUT_BACK,
        ),
        Code(
            "ABI-MISMATCH",
            _E,
            "built against another source of a package it links to than the library has: crashes",
        ),
        Code(
            "DRIFT", _E, "its file is no more the store's: the worker may run something else than its manifest says"
        ),
        Code(
            "ABI-BLIND",
            _W,
            "no configs.json is left, so that a live install skips the check of what it links to",
            "write its configs.json again from its trees, where these tell it for certain",
        ),
        Code(
            "PARTIAL-CONFIG", _W, "its key leaves out a package it links to: a false hit, or the same build twice"
        ),
        Code(
            "MIXED-PLATFORM",
            _W,
            "it was built for another R version or machine than what is beside it: a library gets both",
            _TO_TRASH,
        ),
        Code("LOCK-DISAGREES", _W, "pak.lock does not give the store-manifest: explanations from it would mislead"),
        Code(
            "RESTART-HAZARD",
            _W,
            "after a restart the server takes the first platform by name, not that in use",
            "remove the folder, if it is empty",
        ),
        Code(
            "ORPHAN-TREE",
            _W,
            "a tree without sidecar is never swept, one that is not listed is never found",
            "write its sidecar, and its entry from its DESCRIPTION, where its keys are known for certain",
        ),
        Code(
            "ORPHAN-SIDECAR",
            _W,
            "a sidecar without its tree counts as evictable and frees nothing",
            "remove the sidecar",
        ),
        Code(
            "STALE-LOCK",
            _W,
            "a lock left by a crash: builds of this source wait until it is broken",
            f"break it, {_CLEAN} locks",
        ),
        Code(
            "STALE-BUILD",
            _W,
            "a build folder left by a crash: the server never removes it",
            f"remove it, {_CLEAN} builds",
        ),
        Code(
            "STALE-STAGING",
            _W,
            "a staging folder left by a crash: it only takes space",
            f"remove it, {_CLEAN} staging",
        ),
        Code(
            "ORPHAN-WORKER",
            _W,
            "a library that was never finished: no worker runs from it, and it only takes space",
            f"remove it, {_CLEAN} workers",
        ),
        Code("ABI-DEPTH", _A, "built before a package it links to was built again: the key is only one level deep"),
        Code("WEAK-KEY", _A, "its key is name and version only: the same version built anew is a stale hit"),
        Code("DEAD-PLATFORM", _A, "a platform that is no longer in use: the server never sweeps it"),
    )
}
"""Every code there is, the worst first."""

Subject = Key | ConfigKey | str
"""What a finding is about: a key, or a platform's name; empty where it is about none of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `message` says what is so here; `path` is where to look, if there is one place.

    `packages` are those of a library that it is about; empty where it is about no library. `mendable` is false
    where what mends others of its code cannot mend this one.
    """

    code: str
    severity: Severity
    subject: Subject
    path: str
    message: str
    packages: tuple[str, ...] = ()
    mendable: bool = True

    @property
    def meaning(self) -> str:
        """What its code means."""
        return CODES[self.code].meaning

    @property
    def repair(self) -> str:
        """What mends it without guessing; empty where nothing is known to."""
        return CODES[self.code].repair if self.mendable and self.severity is not Severity.ADVICE else ""


def finding(
    code: str,
    subject: Subject,
    path: str,
    message: str,
    severity: Severity | None = None,
    packages: tuple[str, ...] = (),
    *,
    mendable: bool = True,
) -> Finding:
    """A finding, of the severity of its code where no other is given."""
    return Finding(code, severity or CODES[code].severity, subject, path, message, packages, mendable)


def some_names(packages: Iterable[str]) -> str:
    """Some packages in one line: the first few by name, and how many more there are."""
    names = sorted(packages)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
