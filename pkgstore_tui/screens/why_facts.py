"""What is known of one decision about a lockfile's package: what was wanted, and what the store has."""

from collections.abc import Iterator

from pkgstore.explain.decisions import Decision
from pkgstore.keys import SourceKey
from pkgstore.model import ConfigRecord
from pkgstore_tui.format import UNKNOWN, short_hash
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.why_rows import MEANINGS, TONES, Answer
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.facts import Fact


def wanted_links(reading: Reading, row: Decision) -> Iterator[tuple[str, str, str]]:
    """What the package would be built against: name, version, store key; one that the lockfile lacks has no key."""
    meta = row.resolution.meta if row.resolution else None
    for name in (meta.linkingto or ()) if meta else ():
        key = row.links.get(name, "")
        found = reading.names.source(name, key) if key else None
        yield name, (found.version if found and found.version else UNKNOWN if key else "not in the lockfile"), key


def why_facts(look: Look, answer: Answer | None, path: str, row: Decision) -> Iterator[Fact]:
    """All that is known of one decision, hashes in full."""
    yield Fact(f"{row.entry.package} {row.entry.version}".strip() or UNKNOWN)
    yield Fact("verdict", row.verdict.value, TONES[row.verdict])
    yield Fact("", MEANINGS[row.verdict])
    if row.reason:
        yield Fact("", row.reason, "warn")
    yield Fact("lockfile", path)
    if answer and answer.question:
        yield Fact("platform", answer.question.platform)
        if answer.question.refused:
            yield Fact("refused", f"the server would not take this lockfile: {answer.question.refused}", "warn")
    if row.source is None:
        yield Fact("remote", row.entry.remote_type or UNKNOWN)
        return
    yield Fact("source hash", row.source.source_hash)
    yield from _wanted_facts(look.reading, row)
    yield from _stored_facts(look, row.source)


def _wanted_facts(reading: Reading, row: Decision) -> Iterator[Fact]:
    wanted = row.resolution.key if row.resolution else None
    yield Fact("Wanted")
    if wanted is None:
        yield Fact("config hash", "not known: nothing stored says what it links to", "muted")
        return
    here = bool(row.is_stored)
    yield Fact("config hash", wanted.config_hash)
    yield Fact("", "stored" if here else "not stored", "good" if here else "warn")
    links = list(wanted_links(reading, row))
    if not links:
        yield Fact("against", "nothing: it links to no package", "muted")
    for name, version, key in links:
        yield Fact(name, f"{version}  {key}".strip(), "" if key else "muted")


def _stored_facts(look: Look, source: SourceKey) -> Iterator[Fact]:
    record = look.reading.snapshot.sources.get(source)
    yield Fact("Stored configs of this source")
    if record is None or not record.configs:
        yield Fact("", "none", "muted")
        return
    for config in sorted(record.configs, key=lambda found: -(found.last_used or 0.0)):
        yield Fact(short_hash(config.key.config_hash), _config_text(look, config))


def _config_text(look: Look, config: ConfigRecord) -> str:
    links = [f"{name} {version}" for name, version, _ in look.reading.links(config)]
    text = f"against {', '.join(links)}" if links else "against nothing"
    return text if config.has_tree else f"{text}; its tree is gone"
