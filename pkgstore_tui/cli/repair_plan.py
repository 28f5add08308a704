"""Check a store, and plan its repair as a command line asks for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pkgstore.check.report import rows
from pkgstore.check.run import Checked, check
from pkgstore.errors import DiskError, InputError
from pkgstore.findings import Finding, worst_first
from pkgstore.keys import ConfigKey
from pkgstore.model import LockfileRecord
from pkgstore.names import Names
from pkgstore.operations.repair import RepairPlan, plan_repair
from pkgstore.progress import Cancel, Progress
from pkgstore.reading import read_bytes
from pkgstore.text_json import BadJSON, loads
from pkgstore_tui.cli.running import follow

_PARTS = ("code", *ConfigKey._fields, "path")
"""What a finding is known by in the file that `check --json` printed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a command line asks for: only these codes (all, if None), more lockfiles, only what a file names."""

    codes: frozenset[str] | None = None
    lockfiles: tuple[LockfileRecord, ...] = ()
    from_file: str = ""


@dataclass(frozen=True)
class Planned:
    """A plan, and what was checked for it."""

    checked: Checked
    plan: RepairPlan

    @property
    def versions(self) -> Iterator[tuple[ConfigKey, str]]:
        """The version of each config, for when it is gone."""
        for config in self.checked.snapshot.configs():
            yield config.key, config.version


def make_plan(root: str, apps: str, wish: Wish) -> Planned:
    """Check a store and plan its repair. Changes nothing.

    Raises:
        StoreError: The store, or the file that was named, cannot be read.
    """
    named = _named(wish.from_file) if wish.from_file else None
    cancel, progress = Cancel(), Progress()
    checked = Checked.read(root, apps, cancel=cancel, progress=progress)
    found = list(follow(check(checked, cancel=cancel, progress=progress), cancel, progress))
    return plan_found(checked, found, wish, named)


def plan_found(
    checked: Checked, found: list[Finding], wish: Wish, named: frozenset[tuple[Any, ...]] | None = None
) -> Planned:
    """Plan for what was found already; `named` has the rows that may be mended, all if None."""
    checked = replace(checked, names=Names.of(checked.snapshot, wish.lockfiles))
    chosen = None if named is None else _chooser(checked, named)
    found = sorted(found, key=worst_first)
    return Planned(checked, plan_repair(checked, found, codes=wish.codes, chosen=chosen))


def _chooser(checked: Checked, named: frozenset[tuple[Any, ...]]) -> Callable[[Finding], bool]:
    def is_named(finding: Finding) -> bool:
        return any(tuple(getattr(row, part) for part in _PARTS) in named for row in rows(checked, finding))

    return is_named


def _named(path: str) -> frozenset[tuple[Any, ...]]:
    try:
        return frozenset(
            tuple(map(_text, (row[part] for part in _PARTS))) for row in loads(_read(path))["findings"]
        )
    except (BadJSON, KeyError, TypeError) as cause:
        advice = "give a file that `pkgstore check --json` printed"
        raise InputError("is not what `pkgstore check --json` prints", path=path, advice=advice) from cause


def _read(path: str) -> bytes:
    try:
        return read_bytes(path)
    except FileNotFoundError as cause:
        raise DiskError("read this file", cause, path) from cause


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
