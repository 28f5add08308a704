"""What the store's rows can be filtered, sorted and grouped by: configs, what holds several of them, and workers.

What is not known is None (see `Kind` for sets and states), so that a filter lets it through neither way. Pure.
"""

from collections.abc import Mapping
from typing import Any, Final

from pkgstore._field_bundles import bundle_fields
from pkgstore._field_configs import config_fields, states_help, told, worker_field
from pkgstore._field_context import CONFIG_STATES, WORKER_STATES, Context
from pkgstore._field_holders import Holding
from pkgstore._field_lists import Keys, Lists
from pkgstore.model import WorkerRecord
from pkgstore.query import Field, Kind

__all__ = [
    "CONFIG_STATES",
    "WORKER_STATES",
    "Context",
    "Holding",
    "Keys",
    "Lists",
    "bundle_fields",
    "config_fields",
    "filter_help",
    "told",
    "worker_fields",
]


def worker_fields(context: Context) -> dict[str, Field[WorkerRecord]]:
    """The fields of rows that are workers."""
    return {
        "name": Field(Kind.NAME, lambda w: w.key.worker_id, "the worker's id", "3f2a"),
        "age": Field(Kind.AGE, lambda w: w.changed, "time since its manifest changed", "age<2h"),
        "packages": Field(Kind.COUNT, _packages, "how many packages it has", "packages>100"),
        "state": Field(
            Kind.STATE, context.worker_states, states_help(WORKER_STATES), "state:broken", WORKER_STATES
        ),
        "has": Field(Kind.SET, _has, "has this package", "has:sf"),
        "worker": worker_field(lambda w: frozenset({w.key.worker_id})),
    }


def _packages(worker: WorkerRecord) -> int | None:
    return None if worker.manifest is None else len(worker.manifest)


def _has(worker: WorkerRecord) -> frozenset[str] | None:
    return None if worker.manifest is None else frozenset(worker.manifest)


_ALWAYS: Final = (
    ("!sf", "! before any term: not so"),
    ("sf|terra", "either; in every term about texts"),
    ('"a b"', "quotes, where there are spaces or signs"),
)


def filter_help(fields: Mapping[str, Field[Any]]) -> list[tuple[str, str]]:
    """An example and its meaning for each field, and for what every filter may have."""
    return [(field.example, field.help) for field in fields.values()] + list(_ALWAYS)
