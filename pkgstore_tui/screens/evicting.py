"""From the rows of a view to the plan of an eviction: of the marked ones, of this one, or by a rule."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from pkgstore.keys import AppKey
from pkgstore.model import Tier
from pkgstore.roots import Root, Roots
from pkgstore.snapshot import Snapshot
from pkgstore_tui.format import counted, safe_text
from pkgstore_tui.screens.apps_levels import AppRow
from pkgstore_tui.screens.apps_packages import AppLevel
from pkgstore_tui.screens.evict import EvictDialog
from pkgstore_tui.screens.evict_form import Subject
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.menu import Choice, Menu
from pkgstore_tui.screens.row_tools import RowTools

TARGETS: Final = {Tier.PREV: "the state before the last refresh", Tier.BUILD: "the state as first deployed"}
"""What can be let go of: what an app could be rolled back to."""


class Evicting(RowTools):
    """The part of a view that plans evictions."""

    async def action_evict(self) -> None:
        """Plan to evict what the marked rows stand for, or this one; elsewhere what was not used for a while."""
        level, marked, row = self.level, self.marked_rows, self.row
        rows = marked or ((row,) if row is not None else ())
        if level.can_go:
            subject = await asyncio.to_thread(subject_of_rows, level, rows, is_marked=bool(marked))
            self._open_evict(subject)
        elif roots := targets_of(self.reading.roots, level, row):
            self._ask_which(roots)
        else:
            self._open_evict(Subject())

    def action_evict_marked(self) -> None:
        """The same, of the marked rows only."""
        self.run_worker(self.action_evict(), group="evict", exclusive=True)

    def action_evict_by(self, rule: str) -> None:
        """Plan by a rule, whatever the row is."""
        self._open_evict(Subject(), rule)

    def _open_evict(self, subject: Subject, rule: str = "") -> None:
        self._open(EvictDialog(self.session, self.present_platform, subject, rule))

    def _ask_which(self, roots: Sequence[Root]) -> None:
        """An app's rollback targets can be let go of, one at a time."""
        choices = [
            Choice(f"{root.tier.value}:{root.name}", f"let go of {TARGETS[root.tier]}, {_packages(root)}", root)
            for root in roots
        ]
        sweep = Choice("by age", "evict what was not used for a while, and keep all of these", Subject())
        self.app.push_screen(Menu(f"Evict for {roots[0].name}", [*choices, sweep]), self._chosen)

    def _chosen(self, chosen: Root | Subject | None) -> None:
        if isinstance(chosen, Root):
            self._open_evict(subject_of_root(chosen, self.reading.snapshot))
        elif chosen is not None:
            self._open_evict(chosen)
        else:
            self.app.notify("nothing changed", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The marked can only be evicted where some are, and stand for configs."""
        if action == "evict_marked" and not (self.level.can_go and self.place.marks):
            return False
        return super().check_action(action, parameters)


def subject_of_rows(level: Level[Any], rows: Sequence[Any], *, is_marked: bool) -> Subject:
    """What some rows stand for; many have hundreds of thousands of configs."""
    keys = frozenset(config.key for row in rows for config in level.configs(row))
    if is_marked:
        name = f"the {counted(len(rows), 'marked row')}"
        return Subject(name, keys)
    return Subject(safe_text(_called(level, rows[0])) if rows else "", keys)


def _called(level: Level[Any], row: Any) -> str:
    """A row's name; what is of one package has that before it."""
    configs = level.configs(row)
    package = configs[0].key.package if len({config.key.package for config in configs[:50]}) == 1 else ""
    version = configs[0].version if package and len(configs) == 1 else ""
    return f"{package} {version}".strip() if package else level.called(row)


def targets_of(roots: Roots, level: Level[Any], row: Any) -> tuple[Root, ...]:
    """The rollback targets of the app that a row, or the level, is about."""
    app = row.record.key if isinstance(row, AppRow) else AppKey(level.app) if isinstance(level, AppLevel) else None
    owned = roots.owned.get(app, ()) if app is not None else ()
    return tuple(root for root in owned if root.tier in TARGETS)


def subject_of_root(root: Root, snapshot: Snapshot) -> Subject:
    """What one root names, with the root let go of."""
    pairs = set(root.manifest.items())
    keys = frozenset(config.key for config in snapshot.configs() if (config.key.package, config.key.ref) in pairs)
    return Subject(f"what only {root.tier.value}:{root.name} needs", keys, f"{root.tier.value}:{root.name}")


def _packages(root: Root) -> str:
    return counted(len(root.manifest), "package")
