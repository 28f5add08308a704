"""The dialog of a content check: what it would read, what has a baseline, what would be written down."""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType

from pkgstore.digests import baseline_keys
from pkgstore.errors import StoreError
from pkgstore.fields import Keys
from pkgstore.keys import ConfigKey
from pkgstore.operations.verify_plan import VerifyPlan, plan_verify
from pkgstore_tui.format import counted, human_bytes
from pkgstore_tui.screens.dialog import dialog_bindings
from pkgstore_tui.screens.evict_form import Subject
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal
from pkgstore_tui.screens.verify_form import (
    ANEW,
    LIBRARIES,
    ON,
    PART_HINT,
    SPEED_HINT,
    STORE,
    TIME_HINT,
    TREES,
    VerifyWish,
    command_of,
    scopes_for,
    title_of,
    wish_of,
)
from pkgstore_tui.session import Session
from pkgstore_tui.session.verifying import where_stopped
from pkgstore_tui.verify_words import goes_on_text
from pkgstore_tui.widgets.choices import Option
from pkgstore_tui.widgets.facts import Fact

LOCKED = "nothing, as the store is locked: no baseline is taken down, and where it stops is known till you quit"
UNLOCKED = "the baselines that are missing, and where it stops; nothing of the packages is changed"


class VerifyDialog(PlanDialog):
    """Compare files with what they were. It reads; where the store is locked it does nothing else."""

    HEADING: ClassVar[str] = "Verify contents"
    VERB: ClassVar[str] = "Verify"
    MORE_SCOPES: ClassVar[tuple[str, ...]] = ("choice",)
    BINDINGS: ClassVar[list[BindingType]] = dialog_bindings("dialog")

    def __init__(self, session: Session, subject: Subject, *, whole: bool = False) -> None:
        """Plan nothing yet.

        Args:
            session: The store.
            subject: What was chosen in a view.
            whole: Whether one begins with the whole store all the same.
        """
        super().__init__(session)
        self.subject, self._first = subject, STORE if whole else ""

    @property
    def fields(self) -> Sequence[Field]:
        """What is looked at, how much of it, how fast."""
        scopes = scopes_for(self.subject, self.session.reading.snapshot.platforms)
        return (
            Field("scope", "look at", "", self._first, options=_options(*scopes)),
            Field("part", "part", PART_HINT, optional=True),
            Field("time", "for", TIME_HINT, optional=True),
            Field("rate", "throttle", SPEED_HINT, optional=True),
            Field("libraries", "and", "", options=_options((TREES, "no more"), (LIBRARIES, "workers' libraries"))),
            Field("begin", "begin", "", options=_options((ON, "where the last one stopped"), (ANEW, "anew"))),
        )

    def focus_first(self) -> None:
        """All is said: begin on Cancel."""
        self.query_one("#no").focus()

    @property
    def is_allowed(self) -> bool:
        """To look is allowed always; the session sees to it that nothing is written while it is locked."""
        return True

    # --- planning -----------------------------------------------------------------------------------------------

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan it."""
        session = self.session
        record = session.unlocked
        wish = wish_of(values, record=record)
        after, trouble = self._where(wish)
        plan = plan_verify(
            session.reading.snapshot,
            platform=wish.platform,
            keys=self.subject.keys if wish.is_these else None,
            subset=wish.subset,
            libraries=wish.libraries,
            after=after,
        )
        baselines = {key for key, _ in baseline_keys(session.layout, wish.platform)}
        facts = (
            Fact("would read", self._amount(plan.keys), "warn" if plan.keys else "good"),
            *(trouble or _goes_on(wish, plan)),
            *_baselines(plan.keys, baselines, record=record),
            *([Fact("libraries", counted(len(plan.workers), "worker"))] if wish.libraries else []),
            Fact("writes", UNLOCKED if record else LOCKED, "" if record else "good"),
        )
        if not plan.keys and not plan.workers:
            return Proposal(facts)
        return Proposal(
            facts,
            title=title_of(wish, self.subject, len(plan.keys)),
            factory=session.checking(plan, wish.rules),
            command=command_of(wish, values, self.subject, session.place.root),
        )

    def _where(self, wish: VerifyWish) -> tuple[ConfigKey | None, list[Fact]]:
        """Where to go on, and why that is not known."""
        session = self.session
        if not wish.resume:
            return None, []
        try:
            return where_stopped(session.contents, session.layout, wish.platform, wish.subset), []
        except StoreError as error:
            return None, [Fact("", f"from the beginning: where the last one stopped is not known: {error}", "warn")]

    def _amount(self, keys: Sequence[ConfigKey]) -> str:
        """How many, and how big they are as far as they are measured."""
        known = [size for size in self.session.sizes.all_apparent(Keys(keys)) if size is not None]
        if not keys or not known:
            return counted(len(keys), "config") + (", not measured" if keys else "")
        if len(known) == len(keys):
            return f"{counted(len(keys), 'config')}, {human_bytes(sum(known))}"
        return f"{counted(len(keys), 'config')}, {human_bytes(sum(known))} in the {len(known):,} that are measured"


def _goes_on(wish: VerifyWish, plan: VerifyPlan) -> list[Fact]:
    if plan.passed:
        return [Fact("", goes_on_text(plan.passed))]
    return [Fact("", "from the beginning: none of this kind was stopped", "muted")] if wish.resume else []


def _baselines(keys: Sequence[ConfigKey], known: Collection[ConfigKey], *, record: bool) -> list[Fact]:
    """How many can be compared with something; of the others a check proves nothing."""
    there = sum(key in known for key in keys)
    facts = [Fact("baselines", f"{there:,} of them have one", "good" if there else "muted")] if keys else []
    if lacking := len(keys) - there:
        then = "it is taken down now, and the next check compares" if record else "nobody knows what they were"
        facts.append(Fact("", f"{lacking:,} have none: {then}", "warn"))
    return facts


def _options(*words: tuple[str, str]) -> tuple[Option, ...]:
    return tuple(Option(*each) for each in words)
