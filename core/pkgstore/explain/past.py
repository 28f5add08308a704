"""What is known to have been in the store: refs that manifests name, or that a journal says were evicted. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pkgstore._root import Pair
from pkgstore.roots import Roots

Evicted = Mapping[Pair, str]
"""Why a (package, ref) is known to have been in the store, by that pair, as words that follow "there no more: ":
``shop (rollback: .prev) names it``, ``evicted 3d ago, by the journal``. The reader of a journal makes one."""


@dataclass(frozen=True, eq=False)
class Past:
    """What was in the store: `journal` says what was evicted, `roots` what manifests name; both may be left out.

    A manifest is only evidence where no platform has what it names, since manifests carry no platform; whoever asks
    has to have looked, and says with `elsewhere` whether another platform has it. The journal goes first.
    """

    roots: Roots | None = None
    journal: Evicted = field(default_factory=dict)

    def why(self, package: str, ref: str, *, elsewhere: bool = False) -> str:
        """Why a ref that the store lacks is known to have been there; empty where it is not."""
        told = self.journal.get((package, ref), "")
        if told or self.roots is None or elsewhere:
            return told
        holders = self.roots.holders_of(package, ref)
        return f"{holders[0].owner} names it" if holders else ""

    def of_source(self, package: str, source_hash: str, *, elsewhere: bool = False) -> tuple[tuple[str, str], ...]:
        """The (config hash, why) of every config of a source that is known to have been there, by config hash."""
        refs = {*self._evicted.get(package, ())}
        if self.roots is not None and not elsewhere:
            refs.update(self.roots.named.get(package, ()))
        return tuple(self._told(package, source_hash, sorted(refs), elsewhere=elsewhere))

    def _told(
        self, package: str, source_hash: str, refs: list[str], *, elsewhere: bool
    ) -> Iterator[tuple[str, str]]:
        for ref in refs:
            source, _, config = ref.partition("/")
            if source == source_hash and config:
                yield config, self.why(package, ref, elsewhere=elsewhere)

    @cached_property
    def _evicted(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for package, ref in self.journal:
            found.setdefault(package, []).append(ref)
        return {package: tuple(refs) for package, refs in found.items()}
