"""What each worker holds that nobody else does: configs, and so bytes. Its library is never walked: it is links."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from pkgstore.keys import ConfigKey, SourceKey, WorkerKey
from pkgstore.model import SourceRecord
from pkgstore.roots import Roots

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False, slots=True)
class _Known:
    roots: Roots
    sources: Mapping[SourceKey, SourceRecord]
    pairs: tuple[Pair, ...]
    keys: tuple[ConfigKey, ...]


class Alone:
    """The configs that one worker alone holds; kept, since they are asked for whenever a row is drawn."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[str, _Known] = {}

    def known(self, worker: str) -> tuple[ConfigKey, ...] | None:
        """What was found out last, None where nobody asked; takes no time."""
        found = self._known.get(worker)
        return None if found is None else found.keys

    def of(self, worker: str, roots: Roots) -> tuple[ConfigKey, ...]:
        """The configs that have a tree and that only one root holds, which is this worker.

        Args:
            worker: Its id.
            roots: All that is held, by the worker's manifest too.
        """
        known, key = self._known.get(worker), WorkerKey(worker)
        if known is None or known.roots is not roots:
            pairs = tuple(chain.from_iterable(roots.alone.get(root.id, ()) for root in roots.owned.get(key, ())))
            sources = roots.snapshot.sources
            same = known is not None and known.sources is sources and known.pairs == pairs
            keys = known.keys if known is not None and same else _trees(pairs, roots)
            known = self._known[worker] = _Known(roots, sources, pairs, keys)
        return known.keys


def _trees(pairs: tuple[Pair, ...], roots: Roots) -> tuple[ConfigKey, ...]:
    configs = (roots.snapshot.config_of(*pair) for pair in pairs)
    return tuple(config.key for config in configs if config is not None and config.has_tree)
