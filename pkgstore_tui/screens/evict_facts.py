"""A plan of an eviction in words: what goes, what stays and for whom, what follows, what a retention takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pkgstore.forecast import Forecast
from pkgstore.keys import ConfigKey
from pkgstore.operations.eviction import EvictItem
from pkgstore.operations.planned import Planned
from pkgstore_tui.eviction_words import break_text, freed_lines, owners_text
from pkgstore_tui.format import UNKNOWN, counted, human_bytes, short_hash
from pkgstore_tui.screens.evict_answer import Answer
from pkgstore_tui.screens.evict_form import FREE, SIZE
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

DAY: Final = 86400.0
_NAMED: Final = 50
"""Roots that are named among those that break."""
_DAYS: Final = 14
"""Days of a forecast that are told one by one."""

VersionOf = Callable[[ConfigKey], str]


def in_words(answer: Answer) -> Answer:
    """The answer with all that is said of it; slow where there are hundreds of thousands of configs."""
    version_of = version_in(answer.ask.reading)
    return replace(
        answer,
        summary=tuple(summary_facts(answer)),
        follows=tuple(consequence_facts(answer, version_of)),
        days=tuple(forecast_facts(answer.forecast)),
    )


def version_in(reading: Reading) -> VersionOf:
    """Says a config's version, as a reading tells it; unknown where nothing does."""
    return lambda key: reading.version(key.source)


def summary_facts(answer: Answer) -> Iterator[Fact]:
    """The plan in a few lines."""
    planned = answer.planned
    if planned is None:
        tone = "warn" if answer.is_fault else "muted"
        yield Fact("", answer.problem, tone)  # type: ignore[arg-type]
        return
    plan = planned.plan
    if not plan.items:
        yield Fact("would go", "nothing", "good")
    else:
        packages = len({item.key.package for item in plan.items})
        of = f" of {counted(answer.of, 'config')}" if answer.of != len(plan.items) else counted(answer.of, "config")
        text = f"{len(plan.items):,}{of}" if of.startswith(" ") else f"all {of}"
        yield Fact("would go", f"{text}, of {counted(packages, 'package')}", "warn")
        yield Fact("frees", _freed(answer))
        yield _breaks(planned)
    yield from _kept(planned)
    if not plan.enough:
        what = {FREE: "free that many bytes", SIZE: "come down to that size"}[answer.ask.form.rule]
        yield Fact("not enough", f"all that nobody needs does not {what}", "bad")
    if plan.missing:
        yield Fact("gone", f"{counted(len(plan.missing), 'of them', 'of them')} not in the store any more", "muted")


def _freed(answer: Answer) -> str:
    assert answer.planned is not None
    if answer.lacks:
        return "not measured yet"
    freed = answer.planned.consequences.freed
    parts = [f"{human_bytes(freed.now.disk)} when the trash is emptied"]
    parts += [f"{human_bytes(freed.later.disk)} when workers have gone"] if freed.later.disk else []
    rest = freed.kept.disk + freed.outside.disk + freed.unknown.disk
    parts += [f"{human_bytes(rest)} not"] if rest else []
    return "; ".join(parts)


def _breaks(planned: Planned) -> Fact:
    breaks = planned.consequences.breaks
    if not breaks:
        return Fact("breaks", "nothing that anybody needs", "good")
    names = owners_text([item.root for item in breaks])
    return Fact("breaks", names, "bad")


def _kept(planned: Planned) -> Iterator[Fact]:
    plan = planned.plan
    if plan.ignores_roots:
        yield Fact("ROOTS", "IGNORED: what somebody needs goes too", "bad")
    elif plan.kept:
        owners = {root.id: root for _, holders in plan.kept for root in holders}
        yield Fact(
            "stays", f"{counted(len(plan.kept), 'config')} needed by {owners_text([*owners.values()])}", "good"
        )


# --- what follows ----------------------------------------------------------------------------------------


def consequence_facts(answer: Answer, version_of: VersionOf) -> Iterator[Fact]:
    """All that follows."""
    planned = answer.planned
    if planned is None or not planned.plan.items:
        yield Fact("", "nothing would go, so nothing follows", "muted")
        return
    yield Fact("Bytes")
    if answer.lacks:
        yield Fact("", f"{counted(len(answer.lacks), 'tree')} not measured yet; ctrl+b measures", "muted")
    else:
        lines = freed_lines(planned.consequences.freed, trash=True, further="ctrl+b looks")
        yield from (Fact("", line) for line in lines)
    yield Fact("Breaks")
    breaks = planned.consequences.breaks
    if not breaks:
        yield Fact("", "nothing: every cold start, rollback and live install works as before", "good")
    yield from (Fact("", break_text(item, version_of), "bad") for item in breaks[:_NAMED])
    if len(breaks) > _NAMED:
        yield Fact("", f"and {len(breaks) - _NAMED:,} more", "bad")
    yield Fact("Undo")
    yield Fact("", "all of it lies in the trash until that is emptied; until then it can be put back")


def forecast_facts(found: Forecast | None) -> Iterator[Fact]:
    """What a retention takes on which day, and the smallest one that loses nothing that is needed."""
    if found is None:
        return
    yield safe_fact(found)
    for step in found.steps[:_DAYS]:
        when = "next sweep" if not step.day else f"in {counted(step.day, 'day')}"
        needed = f", {step.rooted:,} of them needed" if step.rooted else ""
        lost = f"; incomplete: {owners_text(step.broken)}" if step.broken else ""
        tone = "bad" if step.broken else ""
        yield Fact(when, f"{counted(len(step.configs), 'config')}{needed}{lost}", tone)  # type: ignore[arg-type]
    if len(found.steps) > _DAYS:
        yield Fact("later", f"{counted(sum(len(step.configs) for step in found.steps[_DAYS:]), 'config')}", "muted")


def safe_fact(found: Forecast) -> Fact:
    """The smallest retention that loses no root, in days and in hours."""
    if not found.safe:
        return Fact("safe from", "any retention: nobody needs any of it", "good")
    days = int(found.safe // DAY) + 1
    text = f"{days}d ({days * 24}h); with less the server's own sweep takes what somebody needs"
    return Fact("safe from", text, "warn" if 0 < found.retention <= found.safe else "good")


# --- tables ----------------------------------------------------------------------------------------------


def item_columns(look: Look, version_of: VersionOf) -> Sequence[Column[EvictItem]]:
    """What goes."""
    return (
        Column("PACKAGE", lambda row: row.key.package, 12, grow=2, most=30),
        Column("VERSION", lambda row: version_cell(version_of(row.key)), 9, 1),
        Column("CONFIG", lambda row: Part(short_hash(row.key.config_hash), "muted"), 8, 3),
        Column("FREES", _frees, 10, 2, right=True),
        Column("LAST USED", lambda row: look.age(row.config.last_used), 9, 0, right=True),
        Column("REASON", lambda row: Part(row.reason, "bad" if row.holders else "muted"), 14, 4, grow=3, most=70),
    )


def _frees(row: EvictItem) -> Cell:
    if not row.config.has_tree:
        return Part("no tree", "muted")
    return Part("…", "muted") if row.disk is None else human_bytes(row.disk)


def kept_columns(look: Look, version_of: VersionOf) -> Sequence[Column]:  # type: ignore[type-arg]
    """What stays, a config and its holders a row."""
    return (
        Column("PACKAGE", lambda row: row[0].key.package, 12, grow=2, most=30),
        Column("VERSION", lambda row: version_cell(version_of(row[0].key)), 9, 1),
        Column("CONFIG", lambda row: Part(short_hash(row[0].key.config_hash), "muted"), 8, 3),
        Column("LAST USED", lambda row: look.age(row[0].last_used), 9, 2, right=True),
        Column("NEEDED BY", lambda row: owners_text(row[1]), 26, 0, grow=3, most=90),
    )


def version_cell(version: str) -> Cell:
    """A version, or that nothing tells it."""
    return Part(version, "muted") if version == UNKNOWN else version


def question_text(planned: Planned, version_of: VersionOf) -> str:
    """What breaks, for the last question."""
    lines = [break_text(item, version_of) for item in planned.consequences.breaks[:6]]
    more = len(planned.consequences.breaks) - 6
    lines += [f"and {more:,} more"] if more > 0 else []
    return "\n".join(lines)
