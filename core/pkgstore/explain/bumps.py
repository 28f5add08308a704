"""Which store keys a package would have after a change of its version. Pure.

A store key is made of an archive's digest or of a commit, which a version alone does not give: what is known is
which sources of that version the store, or a lockfile in reach, has. What nothing tells is an open question.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pkgstore.model import Lockfile
from pkgstore.names import Names
from pkgstore.resolve import key_or_none


@dataclass(frozen=True, slots=True)
class Bump:
    """A package that moves to another version; an empty one stands for some other version."""

    package: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.package} {self.version}" if self.version else f"another version of {self.package}"


@dataclass(frozen=True, slots=True)
class Possible:
    """The store keys that a bumped package may have.

    `keys` are those in reach that it may be, with their versions (empty where unknown); `is_open` is true where it
    may also be one that nothing in reach tells of, and that the store therefore does not have.
    """

    bump: Bump
    keys: Mapping[str, str]
    is_open: bool

    @property
    def certain(self) -> str | None:
        """The key, if there is only one that it can be."""
        return next(iter(self.keys)) if len(self.keys) == 1 and not self.is_open else None

    def beside(self, present: Iterable[str]) -> "Possible | None":
        """What remains for who has these keys now; None where a named version is there already."""
        present = frozenset(present)
        if self.bump.version and present & self.keys.keys():
            return None
        return Possible(self.bump, {k: v for k, v in self.keys.items() if k not in present}, self.is_open)


def possible_keys(names: Names, bump: Bump) -> Possible:
    """What a bump can come to, by all that is in reach.

    Args:
        names: What the store and the lockfiles in reach tell.
        bump: The package, and perhaps its version.

    Returns:
        With a version that is known: the keys that have it. With one that is not: those of which no version is
        known, or one that nobody has. Without a version: any other key.
    """
    known = {key: name.version if name else "" for key, name in names.known(bump.package).items()}
    if bump.version and (named := {key: v for key, v in known.items() if v == bump.version}):
        return Possible(bump, named, is_open=False)
    if bump.version:
        known = {key: version for key, version in known.items() if not version}
    return Possible(bump, known, is_open=True)


def bumped_in(lockfile: Lockfile, possible: Iterable[Possible]) -> dict[str, Possible]:
    """The bumps that change something about a lockfile, by package: it names the package, in another version."""
    found: dict[str, Possible] = {}
    for each in possible:
        present = [key_or_none(entry) for entry in lockfile.real_entries if entry.package == each.bump.package]
        left = each.beside(key for key in present if key is not None)
        if present and left is not None:
            found[each.bump.package] = left
    return found
