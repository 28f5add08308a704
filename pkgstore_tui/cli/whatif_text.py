"""The answers of whatif as text: a row an app, a row a build, a row for each config that nothing would hold."""

from collections.abc import Iterator

import click

from pkgstore.explain.answer import Cause, Lack, Step
from pkgstore.explain.bumps import Possible
from pkgstore.explain.moves import Move
from pkgstore.findings import some_names
from pkgstore_tui.cli.diagnostics import say
from pkgstore_tui.cli.output import print_table
from pkgstore_tui.cli.reading import Look
from pkgstore_tui.cli.whatif_asked import Asked
from pkgstore_tui.format import UNKNOWN, counted, result_line, safe_text, short_hash


def print_whatif(asked: Asked) -> None:
    """Print the tables, and on stderr what they come to."""
    for line in (_bump_line(each) for each in asked.bumps):
        say(line)
    if asked.moves:
        print_table(
            ("APP", "HITS", "MISSES", "ABI HITS", "REBUILDS", "NOT KNOWN", "LOST", "REMARK"),
            [_move_row(asked, move) for move in asked.moves],
        )
    if asked.compiled:
        _head(asked)
        rows = [_build_row(asked, step, names) for step, names in asked.compiled.values()]
        headings = ("TO COMPILE", "WHY", "FOR") if asked.moves else ("TO COMPILE", "WHY")
        print_table(headings, [row[: len(headings)] for row in rows])
    if asked.lost:
        click.echo()
        print_table(("NOTHING WOULD HOLD", "CONFIG", "PLATFORM", "FROM WHEN"), _lost_rows(asked))
    _say_all(asked)


def _head(asked: Asked) -> None:
    if asked.moves:
        click.echo()


def _say_all(asked: Asked) -> None:
    if asked.alone is not None:
        say(f"{asked.lockfile}: {result_line(asked.alone.stats)}")
        return
    answers = list(asked.answers)
    to_compile = sum(len(answer.to_compile) for answer in answers)
    unsure = sum(answer.uncertain for answer in answers)
    said = f"{counted(len(asked.moves), 'app')}: {counted(to_compile, 'package')} to compile"
    said += f", {counted(len(_different(asked)), 'different build')}" if to_compile else ""
    said += f"; {unsure:,} of them may be hits after all" if unsure else ""
    say(said)


def _different(asked: Asked) -> set[tuple[object, ...]]:
    return {step.build for step, _ in asked.compiled.values()}


# --- bumps -----------------------------------------------------------------------------------------------


def _bump_line(each: Possible) -> str:
    """What is known of the version that a package would be."""
    package, version, count = each.bump.package, each.bump.version, len(each.keys)
    if version and not each.is_open:
        keys = ", ".join(short_hash(key) for key in each.keys)
        return f"{package} {version}: {'store key' if count == 1 else 'one of the store keys'} {keys}"
    if version:
        why = (
            "nothing in reach has that version, so that its store key is not known, and nothing is built against it"
        )
        also = f"; unless it is one of {counted(count, 'source')} whose version is not known" if count else ""
        return f"{package} {version}: {why}{also}"
    others = f"; {counted(count, 'source')} of it are in reach" if count else ""
    return f"another version of {package}: which one is not known{others}"


# --- rows ------------------------------------------------------------------------------------------------


def _move_row(asked: Asked, move: Move) -> tuple[str, ...]:
    name = safe_text(move.app.key.name)
    if move.answer is None:
        return name, *(UNKNOWN for _ in range(6)), safe_text(move.unknown)
    stats = move.answer.stats
    numbers = (stats.hits, stats.misses, stats.abi_hits, stats.abi_rebuilds, move.answer.uncertain, len(move.lost))
    return name, *(f"{number:,}" for number in numbers), "; ".join(_remarks(asked, move))


def _remarks(asked: Asked, move: Move) -> Iterator[str]:
    """What else is to be said of an app; what would mislead first."""
    if move.agreement.agrees is False:
        yield "its pak.lock does not give its store-manifest"
    if asked.bumps and move.answer is not None and not move.answer.bumped:
        named = any(each.bump.package in move.answer.packages for each in asked.bumps)
        yield "has that version already" if named else "is not concerned"


def _build_row(asked: Asked, step: Step, names: tuple[str, ...]) -> tuple[str, ...]:
    return safe_text(step_name(asked.look, step)), safe_text(_why(asked.look, step)), safe_text(some_names(names))


def step_name(look: Look, step: Step) -> str:
    """The package, its version, and where it comes from, as far as that is known."""
    if step.source_hash is None:
        return f"{step.package} {step.version or 'of another version'}"
    remote = look.source(step.package, step.source_hash).remote
    said = f"{step.package} {step.version or UNKNOWN}"
    return f"{said} ({remote})" if remote else said


def _why(look: Look, step: Step) -> str:
    said = {
        Cause.NEW: "new to the app",
        Cause.CHANGED: "itself changed",
        Cause.LINKED: f"linked: {', '.join(step.linked)} changed",
    }.get(step.cause, step.lack.meaning)
    if step.lack in {Lack.PHANTOM, Lack.UNREADABLE} and said != step.lack.meaning:
        said = f"{said}; {step.lack.meaning}"
    if step.certain:
        return said
    versions = (f"{name} {look.source(name, key).version or short_hash(key)}" for name, key in step.hits_with)
    return f"{said}; not known: it is a hit with {some_names(dict.fromkeys(versions))}"


def _lost_rows(asked: Asked) -> list[tuple[str, ...]]:
    when = {True: "with this refresh", False: "with the refresh after"}
    return [
        (
            safe_text(asked.look.names.text(each.config.key)),
            short_hash(each.config.key.config_hash),
            safe_text(each.config.key.platform),
            when[each.at_once],
        )
        for each in asked.lost
    ]
