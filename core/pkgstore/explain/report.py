"""One explanation of a whole lockfile: every decision with what is nearest, and what they have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pkgstore.explain.agreement import Agreement, agreement_of, app_of
from pkgstore.explain.causes import Changed, Shared, cascade_of, causes_of, counted_verdicts, shared_of
from pkgstore.explain.decisions import Decision, Question, counts_of, decide
from pkgstore.explain.near_sources import NearestSources, nearest_sources
from pkgstore.explain.nearest import Nearest, nearest_configs
from pkgstore.explain.past import Evicted, Past
from pkgstore.explain.verdicts import Verdict
from pkgstore.layout import Layout
from pkgstore.model import AppRecord, PopulateStats
from pkgstore.names import Names
from pkgstore.progress import Cancel
from pkgstore.roots import Roots
from pkgstore.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision, the configs and sources that come nearest, and how many others are compiled for its reason."""

    decision: Decision
    near: Nearest = field(default_factory=Nearest)
    sources: NearestSources = field(default_factory=NearestSources)
    shared: Shared = field(default_factory=lambda: Shared(0, 0))

    @property
    def package(self) -> str:
        """The package's name."""
        return self.decision.package


@dataclass(frozen=True, eq=False)
class Report:
    """Everything about a question; `agreement` is None where the lockfile is no app's."""

    question: Question
    rows: tuple[Explained, ...]
    snapshot: Snapshot
    names: Names
    roots: Roots
    agreement: Agreement | None = None

    @cached_property
    def counts(self) -> PopulateStats:
        """What populate would count."""
        return counts_of(row.decision for row in self.rows)

    @cached_property
    def verdicts(self) -> list[tuple[Verdict, int]]:
        """How often each verdict was given, what is compiled first."""
        return counted_verdicts(row.decision for row in self.rows)

    @cached_property
    def cascade(self) -> list[Changed]:
        """The changed packages at the root of the rebuilds."""
        return cascade_of(((row.decision, row.near) for row in self.rows), self.question.index.first_keys)

    @cached_property
    def by_package(self) -> Mapping[str, tuple[Explained, ...]]:
        """The rows of each package."""
        found: dict[str, list[Explained]] = {}
        for row in self.rows:
            found.setdefault(row.package, []).append(row)
        return {package: tuple(rows) for package, rows in found.items()}


def explain(
    question: Question,
    snapshot: Snapshot,
    names: Names,
    roots: Roots,
    journal: Evicted | None = None,
    *,
    app: AppRecord | None = None,
    cancel: Cancel | None = None,
) -> Report:
    """Explain what populate would do with every package of a lockfile. Executes nothing.

    The decisions are asked of the disk, as populate asks it; what is nearest comes from the snapshot.

    Args:
        question: What is asked.
        snapshot: A reading of the store.
        names: Those of the same reading.
        roots: Those of the same reading.
        journal: Refs that a journal of evictions names (`Evicted`).
        app: Whose lockfile it is; found by its path, if not given.
        cancel: Asked between packages; when set, the report holds what was worked out.

    Raises:
        StoreError: The disk refused a look at the store.
    """
    layout = Layout(snapshot.root)
    decisions = tuple(decide(layout, question, Past(roots, journal or {}), cancel=cancel))
    near = [nearest_configs(snapshot, roots, decision) for decision in decisions]
    sources = [nearest_sources(snapshot, names, decision) for decision in decisions]
    shared = shared_of([causes_of(*row) for row in zip(decisions, near, sources, strict=True)])
    rows = tuple(Explained(*row) for row in zip(decisions, near, sources, shared, strict=True))
    owner = app or app_of(snapshot, question.lockfile.path)
    agreement = agreement_of(snapshot, owner, question.lockfile, question.platform) if owner is not None else None
    return Report(question, rows, snapshot, names, roots, agreement)
