"""The fields of rows that are configs. Pure; a part of `fields`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan
from operator import attrgetter
from typing import Any, Final, TypeVar

from pkgstore._field_context import CONFIG_STATES, NONE, Context, Measure, MeasureAll, r_versions
from pkgstore._field_holders import Words
from pkgstore.model import ConfigRecord
from pkgstore.query import Field, Kind

Row = TypeVar("Row")
Column = Callable[[Sequence[ConfigRecord]], list[Any]]
"""The values of many configs."""

_count: Final = attrgetter("count")
_built: Final = attrgetter("built")
_linking: Final = attrgetter("linking_to_keys")
_listed: Final = attrgetter("listed")
_has_tree: Final = attrgetter("has_tree")
_last_used: Final = attrgetter("last_used")


def config_fields(context: Context) -> dict[str, Field[ConfigRecord]]:
    """The fields of rows that are configs."""
    of, all_apps, all_workers = context.holding.of, context.holding.all_apps, context.holding.all_workers
    links, dates = _Links(), context.dates

    def own(attribute: str, kind: Kind, help: str, example: str) -> Field[ConfigRecord]:
        value = attrgetter(attribute)
        return Field(kind, value, help, example, column=lambda configs: list(map(value, configs)))

    return {
        "name": own("key.package", Kind.NAME, "the package's name", "sf"),
        "version": Field(Kind.TEXT, context.version, "its version", "version:1.0*", column=context.all_versions),
        "idle": own("last_used", Kind.AGE, "not used for longer than this", "idle>30d"),
        "age": Field(
            Kind.AGE,
            lambda c: told(when_made(context, c)),
            "made longer ago than this",
            "age<2h",
            column=None if dates is None else lambda configs: dates(context.lists.keys(configs)),
        ),
        "size": Field(
            Kind.SIZE,
            _measured(context.size),
            "bytes on disk, once measured",
            "size>50M",
            column=_all_measured(context, context.sizes),
        ),
        "own": Field(
            Kind.SIZE,
            _measured(context.own),
            "bytes that would go with it, once measured",
            "own>1G",
            column=_all_measured(context, context.owns),
        ),
        "state": Field(
            Kind.STATE,
            context.states,
            states_help(CONFIG_STATES),
            "state:orphan|idle",
            CONFIG_STATES,
            column=context.all_states,
        ),
        "users": Field(
            Kind.COUNT,
            lambda c: of(c).count,
            "how many apps, workers and builds hold it",
            "users>10",
            column=lambda configs: list(map(_count, context.holding.of_all(configs))),
        ),
        "app": Field(Kind.SET, lambda c: of(c).apps, "held by this app", "app:shop", column=all_apps),
        "worker": worker_field(lambda c: of(c).workers, all_workers),
        "links": Field(Kind.SET, links.of, "compiled against this package", "links:Rcpp", column=links.of_all),
        "built": Field(
            Kind.SET,
            lambda c: r_versions(c.built),
            "built by this R",
            "built:4.4",
            column=lambda configs: _each_once(r_versions, map(_built, configs)),
        ),
        "platform": own("key.platform", Kind.TEXT, "for this platform", "platform:4.5-*"),
        "ref": Field(Kind.TEXT, lambda c: c.key.ref, "the beginning of its ref", "ref:7d865e95", prefix=True),
    }


def _each_once(work: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
    """The work for each of many values, of which few are different."""
    listed = list(values)
    found = {value: work(value) for value in set(listed)}
    return list(map(found.__getitem__, listed))


def states_help(words: tuple[str, ...]) -> str:
    """The help for a field of states."""
    return f"any of {', '.join(words)}"


def worker_field(
    value: Callable[[Row], Words], column: Callable[[Sequence[Row]], list[Any]] | None = None
) -> Field[Row]:
    """Workers' ids; nobody types a whole one."""
    return Field(Kind.SET, value, "held by a worker whose id begins so", "worker:3f2a", prefix=True, column=column)


def _measured(measure: Measure) -> Callable[[ConfigRecord], int | None]:
    """Bytes of a config; one without a tree has none."""
    return lambda config: measure(config.key) if config.has_tree else 0


def _all_measured(context: Context, measure: MeasureAll | None) -> Column | None:
    """The same for many configs."""
    if measure is None:
        return None

    def column(configs: Sequence[ConfigRecord]) -> list[int | None]:
        found = measure(context.lists.keys(configs))
        if all(map(_has_tree, configs)):
            return found
        return [size if config.has_tree else 0 for config, size in zip(configs, found, strict=True)]

    return column


def when_made(context: Context, config: ConfigRecord) -> float | None:
    """When a config was made; None while nobody has read its sidecar, NaN where none tells."""
    return nan if config.last_used is None else context.created(config.key)


def when_all_made(context: Context) -> Column | None:
    """The same for many configs."""
    dates = context.dates
    if dates is None:
        return None

    def column(configs: Sequence[ConfigRecord]) -> list[float | None]:
        found = dates(context.lists.keys(configs))
        used = list(map(_last_used, configs))
        return (
            [nan if last is None else when for last, when in zip(used, found, strict=True)]
            if None in used
            else found
        )

    return column


def told(when: float | None) -> float | None:
    """A time, None where it is not known, for whatever reason."""
    return when if when == when else None


class _Links:
    """The names of the packages that configs were compiled against; equal sets are one object, to save memory."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Words] = {}

    def of(self, config: ConfigRecord) -> Words | None:
        """None where configs.json does not have the config, and so does not tell."""
        links = config.linking_to_keys
        if not links:
            return NONE if config.listed else None
        return self._named(links)

    def of_all(self, configs: Sequence[ConfigRecord]) -> list[Words | None]:
        """The same of many configs: most were built against just what others were, and share it."""
        links = list(map(_linking, configs))
        ids = list(map(id, links))
        by_id = {number: self._named(found) for number, found in dict(zip(ids, links, strict=True)).items()}
        values: list[Words | None] = list(map(by_id.__getitem__, ids))
        if all(map(_listed, configs)):
            return values
        return [value if value or config.listed else None for value, config in zip(values, configs, strict=True)]

    def _named(self, links: Mapping[str, str]) -> Words:
        names = tuple(links)
        found = self._known.get(names)
        if found is None:
            found = self._known[names] = frozenset(names)
        return found
