"""What populate would do with each package of a lockfile, and why: exactly its own steps, none of them done.

Reads; never writes. The steps are those of `pkgstore.operations.steps`, which populate itself does, so that the
verdicts, counted, are always what populate counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pkgstore.explain.misses import Closer, Miss
from pkgstore.explain.past import Past
from pkgstore.explain.question import Question as Question
from pkgstore.explain.question import odd_entry, unusable
from pkgstore.explain.question import read_question as read_question
from pkgstore.explain.verdicts import Verdict as Verdict
from pkgstore.explain.verdicts import stats_of
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.model import LockfileEntry, PopulateStats
from pkgstore.operations.events import Why
from pkgstore.operations.steps import Action, Planner, Step, build_steps, runtime_steps
from pkgstore.progress import Cancel
from pkgstore.resolve import Resolution


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one package.

    `index` is the place of its entry in the lockfile, -1 where that lacks it (at run time: the reference library
    has it); `entry` then has nothing but the name. `source` is what is asked for, None where it has no store key;
    `resolution` is what the store said, where it was asked; `wanted` the config that would fit, None where that is
    not known; `links` the store keys that the lockfile gives for what it links to, and `left_out` what the key
    leaves out, with the reason. `also` is what is true beside the verdict: of an ABI rebuild why the store lacks
    it. `changed` are the linked packages that changed (at run time), `elsewhere` other platforms that have what is
    wanted. `reason` is what else is to be said, often nothing; `not_known` what nobody can tell, with its reason.
    """

    index: int
    entry: LockfileEntry
    verdict: Verdict
    source: SourceKey | None = None
    resolution: Resolution | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    wanted: ConfigKey | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    also: tuple[Verdict, ...] = ()
    changed: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """The package's name."""
        return self.entry.package

    @property
    def is_stored(self) -> bool | None:
        """Whether the store has a tree of the wanted config; None where that is not known."""
        if self.resolution is not None and self.resolution.key is not None:
            return self.resolution.has_tree
        if self.wanted is not None:
            return True
        return False if self.verdict in _ABSENT else None


_ABSENT = frozenset({Verdict.SOURCE_MISS, Verdict.OTHER_PLATFORM, Verdict.EVICTED})


def counts_of(decisions: Iterable[Decision]) -> PopulateStats:
    """What populate would count."""
    return stats_of(decision.verdict for decision in decisions)


def decide(
    layout: Layout, question: Question, past: Past | None = None, *, cancel: Cancel | None = None
) -> Iterator[Decision]:
    """What becomes of each package: the lockfile's in its order, then what only the reference library has, by name.

    Of a package that a live install carries over there is one decision, though it stand twice in the lockfile; so
    it is counted.

    Args:
        layout: The store's paths.
        question: What is asked. Entries that no store can hold are told so, and the rest is worked out as if they
            were not there, though populate would refuse the lockfile (`Question.refused`).
        past: What is known to have been in the store; without, nothing is.
        cancel: Asked between packages; when set, the decisions just end.

    Raises:
        StoreError: The disk refused a look at the store.
    """
    steps = {}
    extra = []
    for step in _steps(layout, question):
        if cancel is not None and cancel.is_set():
            return
        if step.place < 0:
            extra.append(step)
        else:
            steps[step.place] = step
    maker = _Maker(question, Closer(layout, question, past or Past()))
    for place, entry in enumerate(question.lockfile.packages):
        if cancel is not None and cancel.is_set():
            return
        if entry.is_meta:
            yield Decision(place, entry, Verdict.META_ENTRY)
        elif problem := unusable(entry):
            yield Decision(place, entry, Verdict.UNSUPPORTED, reason=problem)
        elif place in steps:
            yield maker.decision(steps[place], entry)
    for step in extra:
        yield maker.decision(step, LockfileEntry(package=step.package))


def _steps(layout: Layout, question: Question) -> Iterator[Step]:
    """Populate's own steps."""
    planner = Planner(layout, question.platform, question.index, question.library)
    entries = [
        (place, entry)
        for place, entry in enumerate(question.lockfile.packages)
        if not entry.is_meta and not unusable(entry)
    ]
    refs = question.ref_manifest or {}
    if question.is_runtime:
        return runtime_steps(planner, entries, question.ref_library, refs)
    return build_steps(planner, entries, refs)


_KEPT = {Why.IN_LIBRARY: Verdict.IN_LIBRARY, Why.REUSED_REF: Verdict.REUSED_REF}


@dataclass(slots=True)
class _Maker:
    """Makes decisions of steps, in their order."""

    question: Question
    closer: Closer
    filled: set[str] = field(default_factory=set)

    def decision(self, step: Step, entry: LockfileEntry) -> Decision:
        """What a step means."""
        found = step.resolution
        names = found.meta.linkingto if found is not None and found.meta is not None else ()
        key = SourceKey(self.question.platform, step.package, step.source_hash)
        miss = self._miss(step, key)
        left_out = self.closer.left_out(names)
        return Decision(
            index=step.place,
            entry=entry,
            verdict=_verdict(step, miss),
            source=key,
            resolution=found,
            links=self.question.index.linking_keys(names or ()),
            reason=self._reason(step, entry, miss),
            wanted=miss.wanted if miss else step.key,
            left_out=left_out,
            also=_also(step, miss, partial=bool(left_out)),
            changed=step.changed,
            elsewhere=miss.elsewhere if miss else (),
            not_known=miss.not_known if miss else (),
        )

    def _miss(self, step: Step, key: SourceKey) -> Miss | None:
        if step.action is Action.MISS and step.resolution is not None:
            return self.closer.look(key, step.resolution)
        return None

    def _reason(self, step: Step, entry: LockfileEntry, miss: Miss | None) -> str:
        if step.action in {Action.LINK, Action.CARRY}:
            self.filled.add(step.package)
        elif step.why is Why.IN_LIBRARY and step.package in self.filled:
            return "an entry before it gives this package already"
        said = [miss.reason if miss else "", odd_entry(entry) if step.place >= 0 else ""]
        checked = step.checked
        if checked is not None and checked.meta is None:
            said.append(f"configs.json {checked.problem.reason if checked.problem else 'is missing'}")
        return "; ".join(filter(None, said))


def _verdict(step: Step, miss: Miss | None) -> Verdict:
    match step.action:
        case Action.KEEP:
            return _KEPT[step.why or Why.IN_LIBRARY]
        case Action.LINK:
            return Verdict.ABI_HIT if step.abi else Verdict.HIT
        case Action.CARRY:
            blind = step.checked is not None and step.checked.meta is None
            return Verdict.ABI_UNCHECKED if blind else Verdict.CARRIED
    if step.abi:
        return Verdict.ABI_NOT_IN_LOCK if step.place < 0 else Verdict.ABI_REBUILD
    return miss.verdict if miss else Verdict.NOT_IN_REFERENCE


def _also(step: Step, miss: Miss | None, *, partial: bool) -> tuple[Verdict, ...]:
    if miss is None:
        return (Verdict.PARTIAL_KEY,) if partial else ()
    return (miss.verdict, *miss.also) if step.abi else miss.also
