"""The eviction dialog's question and answer: a plan, and the picture of what a retention takes. For a thread."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pkgstore.errors import StoreError
from pkgstore.forecast import Forecast, forecast
from pkgstore.keys import ConfigKey
from pkgstore.operations.guard import checked
from pkgstore.operations.planned import EvictWish, Planned, plan_wish, with_sizes
from pkgstore.progress import Cancel
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot
from pkgstore_tui.screens.evict_form import THESE, Form, Subject, command_of, wish_of
from pkgstore_tui.screens.evict_sizes import Measured, trees_of
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cutoff_chart import Ages
from pkgstore_tui.widgets.facts import Fact


@dataclass(frozen=True, eq=False)
class Ask:
    """What is asked: number it, so that a late answer is known. `now` is in seconds since 1970."""

    number: int
    form: Form
    subject: Subject
    reading: Reading
    root: str
    apps: str
    measured: Measured
    now: float
    cancel: Cancel = field(default_factory=Cancel)


@dataclass(frozen=True, eq=False)
class Answer:
    """What is answered: a plan, or why there is none.

    `problem` is said as it is. `of` says how many configs there are where it looked. `lacks` are the trees whose
    size is not known; where it `waits` they have to be measured before there is a plan. `summary`, `follows` and
    `days` are what is said of it.
    """

    ask: Ask
    planned: Planned | None = None
    problem: str = ""
    is_fault: bool = False
    of: int = 0
    lacks: tuple[ConfigKey, ...] = ()
    waits: bool = False
    ages: Ages | None = None
    forecast: Forecast | None = None
    command: str = ""
    summary: tuple[Fact, ...] = ()
    follows: tuple[Fact, ...] = ()
    days: tuple[Fact, ...] = ()


class Planner:
    """Answers; keeps the ages for as long as the reading is the same. One thread at a time."""

    def __init__(self) -> None:
        self._ages: tuple[Snapshot, tuple[str, ...], Ages] | None = None

    def answer(self, ask: Ask) -> Answer:
        """Plan; never raises."""
        try:
            return self._answer(ask)
        except StoreError as error:
            return Answer(ask, problem=str(error), is_fault=True)
        except Exception as error:  # a fault of ours: said, not swallowed
            return Answer(ask, problem=f"cannot be planned: {type(error).__name__}: {error}", is_fault=True)

    def _answer(self, ask: Ask) -> Answer:
        form, reading = ask.form, ask.reading
        if not reading.complete:
            return Answer(ask, problem="the store is still being read …")
        if form.lacks:
            return Answer(ask, problem=f"fill in {form.lacks}")
        wish = wish_of(form, ask.subject, tuple(reading.index.by_package))
        roots = reading.roots if form.ignore_roots else checked(reading.roots)
        begun = self._picture(ask, wish, roots)
        if form.keeps_all:
            return replace(begun, problem="a retention of 0 keeps everything; there is nothing to evict")
        if wish.rule.needs_sizes and (lacks := ask.measured.lacks(trees_of(reading.snapshot))):
            text = "every tree has to be measured first"
            return replace(begun, problem=text, lacks=tuple(lacks), waits=True)
        ask.cancel.check()
        inventory = ask.measured.inventory(reading.snapshot)
        sizes = inventory if wish.rule.needs_sizes else None
        planned = plan_wish(reading.snapshot, roots, wish, apps=ask.apps, now=ask.now, inventory=sizes, pin=False)
        ask.cancel.check()
        if sizes is None:
            planned = with_sizes(planned, inventory)
        _ = planned.consequences  # here, not while it is drawn
        lacks = ask.measured.lacks(planned.trees)
        return replace(begun, planned=planned, of=_count(reading, wish), lacks=tuple(lacks))

    def _picture(self, ask: Ask, wish: EvictWish, roots: Roots) -> Answer:
        """The command line, the ages, and what a retention takes when."""
        form, snapshot = ask.form, ask.reading.snapshot
        there = tuple(_same_refs(snapshot, ask.subject)) if form.rule == THESE else ()
        begun = Answer(ask, command=command_of(form, ask.subject, ask.root, there))
        if form.rule == THESE:
            return begun
        if self._ages is None or self._ages[:2] != (snapshot, wish.platforms):
            self._ages = snapshot, wish.platforms, _ages(snapshot, wish.platforms, roots, ask.now)
        found = forecast(roots, wish.platforms, form.cutoff or 0.0, now=ask.now)
        return replace(begun, ages=self._ages[2], forecast=found)


def _count(reading: Reading, wish: EvictWish) -> int:
    return sum(
        len(record.configs) for key, record in reading.snapshot.sources.items() if key.platform in wish.platforms
    )


def _ages(snapshot: Snapshot, platforms: tuple[str, ...], roots: Roots, now: float) -> Ages:
    return Ages.of(
        (now - config.last_used, roots.is_rooted(config.key))
        for config in snapshot.configs()
        if config.last_used is not None and config.key.platform in platforms
    )


def _same_refs(snapshot: Snapshot, subject: Subject) -> Iterator[ConfigKey]:
    """Every config that has one of the chosen refs, on whatever platform."""
    refs = {key.ref for key in subject.keys}
    return (config.key for config in snapshot.configs() if config.key.ref in refs)
