"""What each worker holds that nobody else does: configs, and so bytes. Its library is never walked: it is links."""

from dataclasses import dataclass
from itertools import chain

from pkgstore.keys import ConfigKey, WorkerKey
from pkgstore.roots import Roots

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False, slots=True)
class _State:
    """What was asked about last. A token is like no other, so that an answer tells what it was given for."""

    roots: Roots
    held: object
    stock: object


@dataclass(frozen=True, eq=False, slots=True)
class _Known:
    """An answer, with the tokens of what it follows from: with these themselves every old reading would stay."""

    held: object
    stock: object
    pairs: tuple[Pair, ...]
    keys: tuple[ConfigKey, ...]


class Alone:
    """The configs that one worker alone holds; kept, since they are asked for whenever a row is drawn."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[str, _Known] = {}
        self._state: _State | None = None

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
        state, known = self._state_of(roots), self._known.get(worker)
        if known is None or known.held is not state.held:
            owned = roots.owned.get(WorkerKey(worker), ())
            pairs = tuple(chain.from_iterable(roots.alone.get(root.id, ()) for root in owned))
            same = known is not None and known.stock is state.stock and known.pairs == pairs
            keys = known.keys if known is not None and same else _trees(pairs, roots)
            known = self._known[worker] = _Known(state.held, state.stock, pairs, keys)
        return known.keys

    def _state_of(self, roots: Roots) -> _State:
        """The state that belongs to these roots; with new ones, workers that are gone are forgotten."""
        before = self._state
        if before is not None and before.roots is roots:
            return before
        same = before is not None and before.roots.snapshot.sources is roots.snapshot.sources
        stock = before.stock if before is not None and same else object()
        state = self._state = _State(roots, object(), stock)
        workers = roots.snapshot.workers
        if len(self._known) > len(workers):
            self._known = {worker: known for worker, known in list(self._known.items()) if worker in workers}
        return state


def _trees(pairs: tuple[Pair, ...], roots: Roots) -> tuple[ConfigKey, ...]:
    configs = (roots.snapshot.config_of(*pair) for pair in pairs)
    return tuple(config.key for config in configs if config is not None and config.has_tree)
