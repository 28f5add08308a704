"""What is known of one package of a lockfile, as details: what is wanted, what comes nearest, what is not known."""

from collections.abc import Iterator
from typing import Final

from pkgstore.compare import Change
from pkgstore.explain.nearest import STATES, LinkPair, NearConfig
from pkgstore.explain.report import Explained, Report
from pkgstore_tui.explanation.sentences import sentence
from pkgstore_tui.explanation.text import SIGNS, first_lines, lock_words, source_lines, unknown_lines, unsure
from pkgstore_tui.explanation.words import class_word, config_words, title_of, users_words, verdict_words
from pkgstore_tui.format import UNKNOWN, counted, short_hash
from pkgstore_tui.screens.why_rows import TONES, Answer
from pkgstore_tui.widgets.cells import Tone
from pkgstore_tui.widgets.facts import Fact

LABEL: Final = 16
"""Cells for a label: names of packages stand there."""

LINK_TONES: Final[dict[Change, Tone]] = {
    Change.SAME: "muted",
    Change.CHANGED: "warn",
    Change.CAME: "warn",
    Change.WENT: "warn",
}

_STATES: Final[dict[bool | None, tuple[str, Tone]]] = {
    True: ("stored", "good"),
    False: ("not stored", "warn"),
    None: ("not known whether it is stored", "muted"),
}


def why_facts(answer: Answer | None, row: Explained) -> Iterator[Fact]:
    """All that is known of one package: what is asked most comes first, hashes in full last."""
    report = answer.report if answer is not None else None
    if report is None:
        return
    verdict = row.decision.verdict
    yield Fact(title_of(report, row))
    yield Fact("verdict", f"{class_word(verdict)} · {verdict_words(row)}", TONES[verdict])
    yield Fact("", sentence(report, row))
    yield from _state_facts(report, row)
    for near in row.near.configs:
        yield from _near_facts(report, near)
    yield from _source_facts(row)
    yield from _last_facts(report, row)
    yield from _whole_facts(report, row)


def _state_facts(report: Report, row: Explained) -> Iterator[Fact]:
    """What is asked for, and whether it is there."""
    decision = row.decision
    if decision.source is None:
        yield Fact("remote", decision.entry.remote_type or UNKNOWN)
        return
    record = report.snapshot.sources.get(decision.source)
    trees = sum(config.has_tree for config in record.configs) if record else 0
    known = f"known, {counted(trees, 'config')}" if record else "not in the store"
    yield Fact("source", f"{short_hash(decision.source.source_hash)}  {known}", "" if record else "warn")
    if decision.wanted is None:
        yield Fact("config wanted", "not known: nothing stored says what it links to", "muted")
        return
    said, tone = _STATES[decision.is_stored]
    yield Fact("config wanted", f"{short_hash(decision.wanted.config_hash)}  {said}", tone)
    if not row.near.configs:  # else it stands there, side by side
        yield from _link_facts(report, row)


def _link_facts(report: Report, row: Explained) -> Iterator[Fact]:
    decision = row.decision
    for name, key in sorted(decision.links.items()):
        yield Fact(f"  {name}", config_words(report, name, key))
    for name, why in sorted(decision.left_out.items()):
        yield Fact(f"  {name}", f"left out of the key: {why}", "warn")
    if not decision.links and not decision.left_out:
        yield Fact("  against", "nothing: it links to no package", "muted")


def _near_facts(report: Report, near: NearConfig) -> Iterator[Fact]:
    short = short_hash(near.config.key.config_hash)
    differ = len(near.differing)
    verb = "differs" if differ == 1 else "differ"
    yield Fact(f"Nearest {short}: {differ:,} of {len(near.links):,} {verb}")
    for pair in near.links:
        yield from _pair_facts(report, pair)
    yield Fact("built against", f"{users_words(near.users)}{unsure(report)}")


def _pair_facts(report: Report, pair: LinkPair) -> Iterator[Fact]:
    """One linked package, the wanted side above the stored one."""
    label, tone = f"{SIGNS[pair.change]} {pair.key}", LINK_TONES[pair.change]
    here, there = (config_words(report, pair.key, key) if key else "–" for key in (pair.before, pair.after))
    if pair.change is Change.SAME:
        yield Fact(label, f"{here}  same", tone)
        return
    yield Fact(label, f"{here}  wanted", tone)
    yield Fact(f"  {STATES[pair.change]}", f"{there}  stored", tone)


def _source_facts(row: Explained) -> Iterator[Fact]:
    found = list(source_lines(row))
    if found:
        yield Fact("Nearest source" if len(found) == 1 else "Nearest sources")
    for text in found:
        yield Fact("", text.removeprefix("nearest source "))


def _last_facts(report: Report, row: Explained) -> Iterator[Fact]:
    unknown = list(unknown_lines(report, row))
    if row.decision.verdict.is_miss or unknown:
        yield Fact("Beside that")
    if row.decision.verdict.is_miss:
        yield Fact("also rebuilt", f"for this reason: {row.shared.same:,} of {row.shared.others:,}")
    for text in unknown:
        yield Fact("not known", text, "muted")


def _whole_facts(report: Report, row: Explained) -> Iterator[Fact]:
    decision = row.decision
    yield Fact("In full")
    yield Fact("lockfile", lock_words(report).removeprefix("lock: "))
    for text in first_lines(report):
        yield Fact("", text, "warn")
    yield Fact("platform", report.question.platform)
    if decision.source is not None:
        yield Fact("source", decision.source.source_hash)
    if decision.wanted is not None:
        yield Fact("config wanted", decision.wanted.config_hash)
