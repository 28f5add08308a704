"""The wanted config or source beside those that come nearest, for the comparison screen. Pure."""

from collections.abc import Iterator

from pkgstore.compare import Change
from pkgstore.explain.near_sources import NearSource
from pkgstore.explain.nearest import NearConfig
from pkgstore.explain.report import Explained, Report
from pkgstore_tui.explanation.words import config_words, title_of, users_words, version_text
from pkgstore_tui.format import UNKNOWN, safe_text, short_hash
from pkgstore_tui.screens.comparing import Comparison, Line


def can_differ(row: Explained) -> bool:
    """Whether something comes near that it can be compared with."""
    return bool(row.near.configs or row.sources.sources)


def difference(report: Report, row: Explained, command: str) -> Comparison:
    """What is wanted beside all that is nearest, a section each.

    Args:
        report: The explanation.
        row: A package that something comes near to.
        command: The command line that tells the same.
    """
    lines = [line for near in row.near.configs for line in _config_lines(report, row, near)]
    lines += [line for near in row.sources.sources for line in _source_lines(report, row, near)]
    decision = row.decision
    wanted = decision.wanted.config_hash if row.near.configs and decision.wanted else ""
    source = decision.source.source_hash if decision.source else ""
    return Comparison(
        f"wanted {short_hash(wanted or source)}", _stored(row), tuple(lines), command, title_of(report, row)
    )


def _stored(row: Explained) -> str:
    hashes = [near.config.key.config_hash for near in row.near.configs]
    hashes += [near.record.key.source_hash for near in row.sources.sources]
    return f"stored {short_hash(hashes[0])}" if len(hashes) == 1 else f"stored, {len(hashes):,} equally near"


def _config_lines(report: Report, row: Explained, near: NearConfig) -> Iterator[Line]:
    found = near.config.key.config_hash
    yield Line(short_hash(found), "", f"held by {users_words(near.users)}")
    for pair in near.links:
        here, there = (config_words(report, pair.key, key) if key else "" for key in (pair.before, pair.after))
        yield Line(pair.key, here, there, pair.change)
    wanted = row.decision.wanted
    if wanted is not None and not near.differing:
        yield _line("config hash", wanted.config_hash, found)


def _source_lines(report: Report, row: Explained, near: NearSource) -> Iterator[Line]:
    key, entry = near.record.key, row.decision.entry
    yield Line(f"Source ({near.difference.value})")
    wanted = report.names.source(row.package, row.decision.source.source_hash) if row.decision.source else None
    yield _line("version", version_text(report, row), safe_text(near.version) or UNKNOWN)
    yield _line("remote", (wanted.remote if wanted else "") or entry.remote_type or UNKNOWN, near.remote or UNKNOWN)
    yield _line("platform", report.question.platform, key.platform)
    yield _line("source hash", row.decision.source.source_hash if row.decision.source else UNKNOWN, key.source_hash)


def _line(name: str, here: str, there: str) -> Line:
    return Line(name, here, there, Change.SAME if here == there else Change.CHANGED)
