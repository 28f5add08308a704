"""What the command why does: reads the store and the lockfile, explains, and prints it in the wanted form."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import click

from pkgstore.errors import InputError
from pkgstore.explain.linking import graph_of, part_of
from pkgstore.explain.question import read_question, with_libraries
from pkgstore.explain.report import Explained, Report, explain
from pkgstore.layout import Layout
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.model import AppRecord, LockfileRecord
from pkgstore_tui.cli.conflict import loaded_packages, run_conflict
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.cli.reading import Look, Where, say_missing
from pkgstore_tui.explanation.document import document
from pkgstore_tui.explanation.graphs import dot_lines, tree_lines
from pkgstore_tui.explanation.history import evicted_before
from pkgstore_tui.explanation.markdown import markdown_lines
from pkgstore_tui.explanation.text import (
    HEADINGS,
    cause_lines,
    compiled,
    first_lines,
    package_lines,
    table_rows,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the lockfile and the libraries."""

    lockfile: str
    app: str
    library: str
    reference_library: str
    runtime: bool
    worker: str = ""
    """A worker's id, whose library is the reference library."""


def run_loaded(where: Where, asked: Asked, loaded: str, *, as_json: bool) -> ExitCode:
    """Say whether a live install needs a new worker: `loaded` are the names of what is loaded, with commas."""
    path = asked.lockfile or _lockfile(_app(where.read(sources=False), asked.app)).path
    return run_conflict(where, asked.worker, path, loaded_packages(loaded), as_json=as_json)


def run_why(where: Where, asked: Asked, packages: Sequence[str], form: str) -> ExitCode:
    """Explain, and print it.

    Args:
        where: Where to look.
        asked: What is asked.
        packages: Those that are explained in full; all as a table, if there are none.
        form: ``text``, ``json``, ``markdown``, ``dot`` or ``tree``.
    """
    root, apps = where.root()
    where = replace(where, store=root, apps=apps)
    question = read_question(asked.lockfile) if asked.lockfile else None  # before the long reading of the store
    look = where.read()
    app = _app(look, asked.app) if asked.app else None
    if app is not None:
        question = read_question(_lockfile(app).path)
    assert question is not None
    layout = Layout(look.snapshot.root)
    reference = _library_of(look, layout, asked.worker) if asked.worker else asked.reference_library
    question = with_libraries(question, layout, asked.library, reference, runtime=asked.runtime)
    record = read_lockfile_record(question.lockfile.path)
    named = Look(look.snapshot, (*((record,) if record else ()), *look.lockfiles))
    journal = evicted_before(layout, question.platform, look.now)
    report = explain(question, look.snapshot, named.names, look.roots, journal, app=app)
    rows = [row for row in report.rows if not packages or row.package in packages]
    _print(report, rows, packages, form)
    missing = say_missing(question.lockfile.path, "", set(packages) - report.by_package.keys())
    return max(missing, _code(report, rows))


def _app(look: Look, name: str) -> AppRecord:
    app = look.snapshot.apps.get(name)
    if app is None:
        apps = ", ".join(sorted(look.snapshot.apps)) or "none"
        raise InputError(f"has no app {name} beside it; there are: {apps}", path=look.snapshot.root)
    return app


def _library_of(look: Look, layout: Layout, worker: str) -> str:
    if worker not in look.snapshot.workers:
        raise InputError(f"has no worker {worker}", path=layout.root, advice="look at `pkgstore workers`")
    return layout.worker(worker)


def _lockfile(app: AppRecord) -> LockfileRecord:
    if app.lockfile is None:
        raise InputError("this app has no pak.lock", path=app.path, advice="give --lockfile")
    return app.lockfile


def _code(report: Report, rows: Iterable[Explained]) -> ExitCode:
    if report.question.refused:
        return ExitCode.UNREADABLE
    disagrees = report.agreement is not None and report.agreement.agrees is False
    return ExitCode.FINDINGS if disagrees or compiled(rows) else ExitCode.DONE


# --- printing ----------------------------------------------------------------------------------------------


def _print(report: Report, rows: Sequence[Explained], packages: Sequence[str], form: str) -> None:
    if form == "json":
        print_json(document(report, rows))
        return
    match form:
        case "markdown":
            lines = markdown_lines(report, rows, whole=not packages)
        case "dot":
            lines = dot_lines(report, part_of(graph_of(report), packages))
        case "tree":
            lines = tree_lines(report, part_of(graph_of(report), packages))
        case _:
            _print_text(report, rows, packages)
            return
    for line in lines:
        click.echo(line)


def _print_text(report: Report, rows: Sequence[Explained], packages: Sequence[str]) -> None:
    for notice in report.question.notices:
        say(f"pkgstore: {notice.text}")
    for line in first_lines(report):
        click.echo(line)
    if not packages:
        print_table(HEADINGS, table_rows(report))
        click.echo()
        for line in cause_lines(report):
            click.echo(line)
        return
    for number, row in enumerate(rows):
        if number:
            click.echo()
        for line in package_lines(report, row):
            click.echo(line)
