"""How a row of the activity view stands, in a few words, and all that is known of it (of the trash: on disk)."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from pkgstore.findings import LEFT_OVER_AFTER
from pkgstore.layout import Layout
from pkgstore.model import STALE_AFTER, LockRecord, WorkRecord
from pkgstore.operations.clean import LeftOver
from pkgstore.trash import KEEP, list_items
from pkgstore.usage import TreeSize
from pkgstore_tui.format import UNKNOWN, counted, human_age, human_bytes, human_time
from pkgstore_tui.jobs import Job, JobState
from pkgstore_tui.screens.activity_rows import NOTHING, Doing, Older
from pkgstore_tui.screens.deeds import UNKNOWN_WHO, deed_result, troubles
from pkgstore_tui.screens.job import outcome, pace_text
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.affairs import Deed, Trashed
from pkgstore_tui.session.sweeping import Sweeping
from pkgstore_tui.widgets.cells import Cell, Part, parts_of
from pkgstore_tui.widgets.facts import Fact

_NAMED: Final = 12
"""How many configs in the trash the details name."""

STALE: Final = Part("left by a crash", "warn")


def state_cell(now: float, row: Doing) -> Cell:
    """How it stands now."""
    thing = row.thing
    match thing:
        case LockRecord():
            left = STALE_AFTER - thing.age(now)
            return STALE if left < 0 else Part(f"may be broken in {human_age(left)}", "muted")
        case WorkRecord():
            return STALE if now - (row.since or now) > LEFT_OVER_AFTER else Part("in progress", "muted")
        case LeftOver():
            return Part("complete; may still run", "muted") if thing.has_manifest else STALE
        case Sweeping():
            return sweeper_cell(now, thing)
        case Job():
            return job_cell(thing)
        case Trashed():
            return _trash_cell(now, thing)
        case Deed():
            return Part(_by(thing, deed_result(thing).text), deed_result(thing).tone or "muted")
        case Older():
            said = next(troubles(thing.affairs), "")
            return Part(said, "warn") if said else Part("enter shows them", "muted")
    return Part(NOTHING.get(row.kind, ""), "muted")


def _by(deed: Deed, text: str) -> str:
    return f"{text} · {deed.who}" if deed.who else text


def _trash_cell(now: float, trashed: Trashed) -> Part:
    if not trashed.is_operation:
        return Part("deleted by the next eviction", "muted")
    who = trashed.deed.who if trashed.deed else ""
    left = trashed.began + KEEP - now
    kept = f"kept {human_age(left)} more" if left > 0 else "goes when swept"
    return Part(f"{kept} · {who}" if who else kept, "muted")


def sweeper_cell(now: float, sweeping: Sweeping) -> Part:
    """Whether it is on, when it sweeps next, and what the last time came to."""
    last = sweeping.last
    if sweeping.is_sweeping:
        return Part("sweeping …", "accent")
    said = f"last: {outcome(last)[0]}" if last is not None and not last.is_running else ""
    if sweeping.next_at is None:
        return Part(said, "muted")
    when = f"next run in {human_age(max(0.0, sweeping.next_at - now))}"
    return Part(f"{when}; {said}" if said else when, "accent")


def job_cell(job: Job) -> Part:
    """How far it is and how fast, or what it came to."""
    if job.state is not JobState.RUNNING:
        return Part(*outcome(job))
    fraction, pace = job.progress.fraction, pace_text(job)
    said = "running …" if fraction is None else f"running, {fraction:.0%}"
    return Part(f"{said}, {pace}" if pace else said, "accent")


# --- details ---------------------------------------------------------------------------------------------


def doing_facts(look: Look, row: Doing, size: TreeSize | None) -> Iterator[Fact]:
    """All that is known of a row."""
    yield Fact(row.name if row.thing else row.kind)
    if row.thing is None:
        yield Fact("", f"none; {NOTHING[row.kind]}" if row.kind in NOTHING else "none", "muted")
        return
    yield Fact("kind", row.kind)
    if row.since is not None:
        yield look.when_fact("since", row.since)
    (state,) = parts_of(state_cell(look.clock(), row))
    yield Fact("state", state.text, state.tone)
    yield from _what_facts(look, row)
    if row.path:
        yield Fact("path", row.path)
    if size is not None:
        yield Fact("size", f"{human_bytes(size.apparent)} in {counted(size.files, 'file')}")


def _what_facts(look: Look, row: Doing) -> Iterator[Fact]:
    thing = row.thing
    match thing:
        case LockRecord():
            yield Fact("blocks", f"ingest, eviction and restore of {row.name}, until it is let go or broken")
            yield Fact("source hash", thing.key.source_hash)
            yield Fact("platform", thing.key.platform)
        case WorkRecord():
            yield Fact("what it is", _WORK[row.kind])
            yield from _work_facts(thing)
        case LeftOver():
            yield Fact("what it is", _COMPLETE if thing.has_manifest else _PARTIAL)
        case Sweeping():
            yield from _sweeper_facts(thing)
        case Trashed():
            yield from _trash_facts(look, thing)
        case Deed():
            yield from deed_facts(thing)
        case Older():
            yield from (Fact("! damage", text, "warn") for text in troubles(thing.affairs))


_WORK: Final = {
    "build": "the library of a build; the server removes it when the build is over",
    "staging": "a library that is being put together; it is renamed to its place when it is whole",
}
_PARTIAL: Final = "a worker's library without a manifest: its start was cut short"
_COMPLETE: Final = "a worker's whole library; nothing in the store tells whether the worker still runs"


def _work_facts(work: WorkRecord) -> Iterator[Fact]:
    if work.manifest is None:
        yield Fact("manifest", "there is none yet", "muted")
    else:
        yield Fact("manifest", f"names {counted(len(work.manifest), 'package')}")
    if work.lockfile is not None:
        yield Fact("pak.lock", f"names {counted(len(work.lockfile.names), 'package')}; enter explains it")
    yield from (Fact("! damage", f"{item.path}: {item.why}", "bad") for item in work.damage)


def _sweeper_facts(sweeping: Sweeping) -> Iterator[Fact]:
    if sweeping.rule is not None:
        yield Fact("platforms", ", ".join(sweeping.rule.platforms))
        yield Fact("retention", human_age(sweeping.rule.retention))
        yield Fact("runs every", human_age(sweeping.interval))
        yield Fact("keeps trash", human_age(sweeping.rule.keep_trash))
    if sweeping.next_at is not None:
        yield Fact("next run", human_time(sweeping.next_at))
    if sweeping.last is not None:
        yield Fact("last run", f"{human_time(sweeping.last.started)}: {outcome(sweeping.last)[0] or 'runs'}")


def _trash_facts(look: Look, trashed: Trashed) -> Iterator[Fact]:
    if not trashed.is_operation:
        return
    yield Fact("operation", trashed.name)
    yield Fact("kept until", human_time(trashed.began + KEEP))
    if trashed.deed is not None:
        yield from deed_facts(trashed.deed)
    else:
        yield Fact("by", "the journal does not tell", "muted")
    items = islice(list_items(Layout(look.reading.snapshot.root), trashed.name), _NAMED)
    names = [f"{item.key.package} {item.version or UNKNOWN}" for item in items]
    more = f" and {len(trashed.keys) - _NAMED:,} more" if len(trashed.keys) > _NAMED else ""
    yield Fact("holds", ", ".join(names) + more)


def deed_facts(deed: Deed) -> Iterator[Fact]:
    """What the journal says of an operation."""
    yield Fact("by", deed.who or UNKNOWN_WHO, "" if deed.who else "muted")
    if deed.command:
        yield Fact("command", deed.command)
    result = deed_result(deed)
    yield Fact("result", result.text, result.tone)
    if deed.ended is not None and deed.ended - deed.began >= 1:
        yield Fact("took", human_age(deed.ended - deed.began))
    yield Fact("id", deed.operation)
