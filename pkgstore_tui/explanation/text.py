"""An explanation as text for a terminal: one package in full, or a table of all with what they have in common."""

from collections.abc import Iterable, Iterator, Sequence

from pkgstore.compare import Change
from pkgstore.explain.nearest import STATES, NearConfig
from pkgstore.explain.report import Explained, Report
from pkgstore.explain.verdicts import Verdict
from pkgstore_tui.explanation.sentences import sentence, short_config
from pkgstore_tui.explanation.words import (
    agreement_words,
    class_word,
    config_words,
    listed,
    title_of,
    users_words,
    verdict_words,
    version_of,
    version_text,
)
from pkgstore_tui.format import UNKNOWN, counted, result_line, safe_text, short_hash

SIGNS = {Change.SAME: "=", Change.CHANGED: "!", Change.CAME: "+", Change.WENT: "-"}
HEADINGS = ("VERDICT", "PACKAGE", "VERSION", "WHY")


def first_lines(report: Report) -> Iterator[str]:
    """What has to be said before anything else: that the lockfile misleads, or would be refused."""
    agreement = report.agreement
    if agreement is not None and agreement.agrees is not True:
        yield agreement_words(agreement)
    if report.question.refused:
        yield safe_text(f"populate would refuse this lockfile: {report.question.refused}")


# --- one package -----------------------------------------------------------------------------------------------


def package_lines(report: Report, row: Explained) -> Iterator[str]:
    """Everything about one package."""
    verdict = row.decision.verdict
    title = title_of(report, row)
    yield f"{title}   {class_word(verdict)} · {verdict_words(row)}".ljust(48) + f"  {lock_words(report)}"
    yield f"  {sentence(report, row)}"
    yield from (f"  {line}" for line in _state_lines(report, row))
    for near in row.near.configs:
        yield from (f"  {line}" for line in near_lines(report, near))
    yield from (f"  {line}" for line in source_lines(row))
    if verdict.is_miss:
        yield f"  Also rebuilt for this reason: {row.shared.same:,} of {row.shared.others:,}"
    yield from (f"  not known: {line}" for line in unknown_lines(report, row))


def lock_words(report: Report) -> str:
    """Which lockfile it is, and whether it gives its app's manifest."""
    agreement = report.agreement
    lockfile = f"{agreement.app}/pak.lock" if agreement is not None else report.question.lockfile.path
    said = {True: " (agrees with store-manifest.json)", False: " (disagrees with store-manifest.json)"}
    more = said.get(agreement.agrees, "") if agreement is not None and agreement.agrees is not None else ""
    return safe_text(f"lock: {lockfile}{more}")


def _state_lines(report: Report, row: Explained) -> Iterator[str]:
    decision = row.decision
    if decision.source is None:
        return
    record = report.snapshot.sources.get(decision.source)
    trees = sum(config.has_tree for config in record.configs) if record else 0
    known = f"known, {counted(trees, 'config')}" if record else "not in the store"
    stored = {True: "stored", False: "not stored", None: "not known whether it is stored"}[decision.is_stored]
    wanted = (
        f"config wanted {short_config(decision.wanted)}  {stored}" if decision.wanted else "config wanted unknown"
    )
    yield f"source {short_hash(decision.source.source_hash)}  {known}".ljust(38) + f"  {wanted}"


def near_lines(report: Report, near: NearConfig) -> Iterator[str]:
    """One of the nearest configs, its linked packages side by side, and who was built against it."""
    short = short_hash(near.config.key.config_hash)
    differ = len(near.differing)
    verb = "differs" if differ == 1 else "differ"
    yield f"nearest {short}  ({differ:,} of {counted(len(near.links), 'linked package')} {verb})"
    rows = [("package", "", "wanted", "stored", "")]
    for pair in near.links:
        here = config_words(report, pair.key, pair.before) if pair.before else "–"
        there = config_words(report, pair.key, pair.after) if pair.after else "–"
        there = "" if pair.change is Change.SAME else there
        rows.append((safe_text(pair.key), SIGNS[pair.change], here, there, STATES[pair.change]))
    yield from (f"  {line}" for line in aligned(rows))
    yield f"built against {short}: {users_words(near.users)}{unsure(report)}"


def unsure(report: Report) -> str:
    """That more may have been built against a config than is known."""
    return "" if report.roots.is_complete else "; perhaps others, since not every manifest could be read"


def source_lines(row: Explained) -> Iterator[str]:
    """The nearest sources, each with how it differs."""
    for near in row.sources.sources:
        key = near.record.key
        name = safe_text(f"{near.version or UNKNOWN} {near.remote}".rstrip())
        source = f"nearest source {short_hash(key.source_hash)}  {name}"
        yield f"{source}  {safe_text(key.platform)}: {near.difference.value}"


def unknown_lines(report: Report, row: Explained) -> Iterator[str]:
    """What nobody can tell, each with its reason."""
    yield from map(safe_text, row.decision.not_known)
    if not row.decision.verdict.is_miss:
        return
    asked = [pair.key for pair in row.near.differing if pair.before] or list(row.decision.changed)
    if asked:
        keys = report.question.index.first_keys
        names = [f"{name} {version_of(report, name, keys.get(name))}" for name in asked]
        yield f"who asked for {listed(names)} (a lockfile records no reason)"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns, two spaces apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


# --- all packages ------------------------------------------------------------------------------------------------


def table_rows(report: Report, some: Iterable[Explained] | None = None) -> list[tuple[str, str, str, str]]:
    """A row for each package, or for some of them, what is compiled first."""
    order = {verdict: place for place, (verdict, _) in enumerate(report.verdicts)}
    rows = sorted(
        report.rows if some is None else some,
        key=lambda row: (order[row.decision.verdict], row.package, row.decision.index),
    )
    return [
        (
            verdict_words(row),
            safe_text(row.package) or UNKNOWN,
            version_text(report, row),
            sentence(report, row),
        )
        for row in rows
    ]


def cause_lines(report: Report) -> Iterator[str]:
    """The verdicts counted, what populate would count, and the changed packages at the root of the rebuilds."""
    said = ", ".join(f"{count:,} {verdict.value}" for verdict, count in report.verdicts)
    yield f"{counted(len(report.rows), 'package')}: {said}"
    if report.question.refused:
        yield "populate would count nothing: it refuses this lockfile"
    else:
        yield f"populate would count: {result_line(report.counts)}"
    yield from cascade_lines(report)


def cascade_lines(report: Report) -> Iterator[str]:
    """The changed packages at the root of the rebuilds, those that cause most first."""
    for changed in report.cascade:
        now = (
            version_of(report, changed.package, changed.wanted) if changed.wanted else "not in the lockfile's keys"
        )
        before = " or ".join(version_of(report, changed.package, key) for key in changed.stored)
        was = f", stored against {before}" if before else ""
        names = listed(changed.packages)
        yield f"{safe_text(changed.package)} ({now}{was}): {counted(len(changed.packages), 'rebuild')}: {names}"


def compiled(rows: Iterable[Explained]) -> list[Explained]:
    """Those that have to be compiled, and those that no store can hold."""
    return [row for row in rows if row.decision.verdict.is_miss or row.decision.verdict is Verdict.UNSUPPORTED]
