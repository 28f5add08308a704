"""Every filter and every sort, on many rows: how long the answer takes, the first time and again.

Sizes are made up, since only the time to look them up counts.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bench.measuring import Line, Store, log
from pkgstore.fields import Context, bundle_fields, config_fields
from pkgstore.names import Names
from pkgstore.query import Field, QueryError, Sheet, parse
from pkgstore.roots import roots_of
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

Ask = Callable[[Sheet[Any]], object]

BAR: Final = 100.0
"""Milliseconds."""

FILTERS: Final = (
    "data",
    "!data",
    "idle>30d",
    "age<2h",
    "size>50M",
    "own>1K",
    "configs>1",
    "sources>1",
    "users>10",
    "state:orphan|rooted",
    "state:idle",
    "app:app-0001",
    "worker:w00",
    "links:Rcpp",
    "built:4.5",
    "platform:4.5*",
    "version:1.0*",
    "geo !state:orphan idle>100d links:Rcpp",
)


def measure(store: Store) -> Iterator[Line]:
    """The worst filter and the worst sort for each kind of rows."""
    log("reading the store for filters and sorts")
    snapshot = read_snapshot(store.root, apps=store.apps)
    sizes = {config.key: hash(config.key) % 5_000_000 for config in snapshot.configs()}
    context = Context(snapshot, roots_of(snapshot), Names.of(snapshot), sizes.get, sizes.get)
    configs = list(snapshot.configs())
    fields = config_fields(context)
    gc.collect()
    gc.freeze()
    few = configs[: len(configs) // 10]
    yield from _sheet(f"{len(configs):,} configs", configs, fields)
    yield from _sheet(f"{len(few):,} configs", few, fields)
    packages = _packages(snapshot)
    bundles = bundle_fields(context, lambda row: row[1], lambda row: row[0])
    yield from _sheet(f"{len(packages):,} packages", packages, bundles)


def _packages(snapshot: Snapshot) -> list[tuple[str, tuple[Any, ...]]]:
    found: dict[str, list[Any]] = {}
    for record in snapshot.sources.values():
        found.setdefault(record.key.package, []).extend(record.configs)
    return [(name, tuple(configs)) for name, configs in found.items()]


def _sheet(what: str, rows: Sequence[Any], fields: Mapping[str, Field[Any]]) -> Iterator[Line]:
    """The worst of a sheet: asked for the first time (nothing worked out yet), and again."""
    now = time.time()
    known = [text for text in FILTERS if _parses(text, fields)]
    asks: dict[str, dict[str, Ask]] = {
        "filter": {text: _filter(text, fields) for text in known},
        "sort": {f"{name}{' reversed' * turn}": _sort(name, turn) for name in fields for turn in (0, 1)},
    }
    for kind, named in asks.items():
        first = {name: _timed(ask, Sheet(rows, fields, now)) for name, ask in named.items()}
        sheet = Sheet(rows, fields, now)
        for ask in named.values():
            ask(sheet)
        again = {name: _timed(ask, sheet) for name, ask in named.items()}
        yield _worst(f"any {kind} of {what}, asked for the first time", first)
        yield _worst(f"any {kind} of {what}, asked again", again)


def _parses(text: str, fields: Mapping[str, Field[Any]]) -> bool:
    """Whether rows have the fields that a filter names."""
    try:
        parse(text, fields)
    except QueryError:
        return False
    return True


def _filter(text: str, fields: Mapping[str, Field[Any]]) -> Ask:
    return lambda sheet: sheet.view(parse(text, fields))


def _sort(field: str, reverse: int) -> Ask:
    return lambda sheet: sheet.view(sort=field, reverse=bool(reverse))


def _timed(ask: Ask, sheet: Sheet[Any]) -> float:
    started = time.perf_counter()
    ask(sheet)
    return (time.perf_counter() - started) * 1000


def _worst(what: str, taken: Mapping[str, float]) -> Line:
    name = max(taken, key=lambda key: taken[key])
    return Line(what, taken[name], "ms", BAR, f"worst: `{name}`, of {len(taken)}")
