"""Every command that looks, on a store in which every name is hostile: it ends well and does no harm."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_helpers import Ran, Runner, process

from hostile import BAD, MARKUP, TEXT, Hostile, hostile_store, longest, unsafe
from pkgstore_tui.cli.diagnostics import ExitCode

KEY = "good", "1.0", {"Rcpp": "1.0.12"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """One store for all tests of this module: none of them changes it."""
    folder = tmp_path_factory.mktemp("hostile")
    yield hostile_store(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def saved(hostile: Hostile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved scan of it."""
    path = tmp_path_factory.mktemp("saved") / f"scan{BAD}.json"
    ran = process("scan", "--store", hostile.root, "-o", path)
    assert (ran.code, ran.out) == (ExitCode.FINDINGS, "")
    harmless(ran)
    return path


def harmless(ran: Ran) -> None:
    """It ended as documented, without a traceback, and nothing that came out can do harm to a terminal."""
    assert ran.code in set(ExitCode)
    assert "Traceback" not in ran.err
    assert (unsafe(ran.out), unsafe(ran.err)) == ([], [])


def lines_of(hostile: Hostile) -> dict[str, tuple[str, ...]]:
    """Command lines that look, by what they name; each is also run with ``--json``."""
    ok = hostile.refs["good"]
    a, b = f"{hostile.package}@{hostile.source}/{hostile.config}", f"good@{ok}"
    worker, app = f"worker:{hostile.worker}", f"app:{hostile.app}"
    nothing = f"no{BAD}"
    lockfile = str(hostile.lockfile)
    return {
        "ls": ("ls",),
        "ls size": ("ls", "--size", "--sort", "idle", "--reverse"),
        "ls package": ("ls", "[bold"),
        "ls words": ("ls", f"'{hostile.package}'"),
        "ls bad": ("ls", f"size>{BAD}"),
        "ls terms": ("ls", f"app:{hostile.app.split()[0]}", "state:orphan"),
        "ls platform": ("ls", "--platform", hostile.platform),
        "ls no platform": ("ls", "--platform", nothing),
        "ls sort": ("ls", "--sort", BAD),
        "show": ("show", "good"),
        "show package": ("show", hostile.package),
        "show ref": ("show", hostile.package, f"{hostile.source}/{hostile.config}"),
        "show source": ("show", hostile.package, "s"),
        "show no ref": ("show", hostile.package, nothing),
        "show long": ("show", longest()),
        "show worker": ("show", worker),
        "show broken worker": ("show", f"worker:broken{BAD}"),
        "show app": ("show", app),
        "show deep app": ("show", f"app:{hostile.deep_app}"),
        "show broken app": ("show", f"app:broken{BAD}"),
        "show nothing": ("show", nothing),
        "show no worker": ("show", f"worker:{nothing}"),
        "show no app": ("show", f"app:{nothing}"),
        "roots": ("roots",),
        "roots package": ("roots", hostile.package, "good", nothing),
        "coldstart": ("coldstart",),
        "coldstart app": ("coldstart", hostile.app, hostile.deep_app, f"broken{BAD}", nothing),
        "coldstart platform": ("coldstart", "--platform", hostile.platform),
        "coldstart no platform": ("coldstart", "--platform", nothing),
        "df": ("df",),
        "df package": ("df", "--by", "package", "--libraries"),
        "df app": ("df", "--by", "app"),
        "df worker": ("df", "--by", "worker"),
        "df platform": ("df", "--platform", hostile.platform),
        "df no platform": ("df", "--platform", nothing),
        "workers": ("workers",),
        "workers named": ("workers", hostile.worker, f"broken{BAD}", longest()),
        "workers nothing": ("workers", nothing),
        "locks": ("locks",),
        "key": ("key", "--lockfile", lockfile),
        "key shown": ("key", "--lockfile", lockfile, "--show-input", f"q{BAD}".replace("\udcff", "\ufffd")),
        "key nothing": ("key", "--lockfile", lockfile, nothing),
        "key broken": ("key", "--lockfile", f"{hostile.apps}/broken{BAD}/pak.lock"),
        "key typed": ("key", "--lockfile", f"{hostile.apps}/typed{BAD}/pak.lock"),
        "diff configs": ("diff", a, b),
        "diff trees": ("diff", a, f"{hostile.package}@{hostile.source}/orphan"),
        "diff workers": ("diff", worker, f"worker:{longest()}"),
        "diff broken workers": ("diff", worker, f"worker:broken{BAD}"),
        "diff apps": ("diff", app, f"app:{hostile.deep_app}:build"),
        "diff app and worker": ("diff", app, worker),
        "diff lockfiles": ("diff", lockfile, str(hostile.root / ".builds" / hostile.build / "pak.lock")),
        "diff manifests": ("diff", str(hostile.manifest), f"{hostile.manifest}.prev"),
        "diff broken": ("diff", str(hostile.manifest), f"{hostile.apps}/broken{BAD}/store-manifest.json"),
        "diff stores": ("diff", str(hostile.root), str(hostile.root)),
        "diff nothing": ("diff", nothing, hostile.package),
        "scan": ("scan",),
        "why": ("why", "--lockfile", lockfile),
        "why app": ("why", "--app", hostile.app, "--lib", str(hostile.root / ".workers" / hostile.worker)),
        "why packages": ("why", "good", f"q{BAD}".replace("\udcff", "\ufffd"), nothing, "--lockfile", lockfile),
        "why reference": ("why", "--lockfile", lockfile, "--reference-lib", f"{hostile.root}/.workers/broken{BAD}"),
        "why no app": ("why", "--app", nothing),
        "why broken": ("why", "--lockfile", f"{hostile.apps}/broken{BAD}/pak.lock"),
        "why typed": ("why", "--lockfile", f"{hostile.apps}/typed{BAD}/pak.lock"),
        "whatif lock": ("whatif", "--lock", lockfile),
        "whatif apps": ("whatif", "--lock", lockfile, "--all"),
        "whatif broken": ("whatif", "--lock", f"{hostile.apps}/broken{BAD}/pak.lock"),
        "whatif bump": ("whatif", "--bump", "Rcpp"),
        "whatif hostile bump": ("whatif", "--bump", f"{hostile.package.replace('=', '')}={TEXT}"),
        "whatif app": ("whatif", "--bump", "Rcpp=1.0", "--app", hostile.deep_app),
        "whatif no app": ("whatif", "--bump", "Rcpp=1.0", "--app", nothing),
        "whatif reverse": ("whatif", "--reverse", "Rcpp", "--lock", lockfile),
        "whatif hostile reverse": ("whatif", "--reverse", hostile.linked),
        "abi": ("abi", "--deep"),
        "abi worker": ("abi", "--worker", hostile.worker, "--worker", f"broken{BAD}"),
        "abi app": ("abi", "--app", hostile.app),
        "check": ("check",),
        "check deep": ("check", "--deep", "-v"),
        "check platform": ("check", "--platform", hostile.platform),
        "check no platform": ("check", "--platform", nothing),
        "check code": ("check", "--fail-on", BAD),
        "abi nothing": ("abi", "--worker", nothing, "--app", nothing),
        "verify": ("verify", "--no-record", "-v"),
        "verify libraries": ("verify", "--no-record", "--libraries", "-v"),
        "verify platform": ("verify", "--no-record", "--platform", hostile.platform),
        "verify no platform": ("verify", "--no-record", "--platform", nothing),
        "verify ref": ("verify", "--no-record", b),
        "verify no ref": ("verify", "--no-record", f"{BAD}@123456"),
    }


TITLES = [
    "ls", "ls size", "ls package", "ls words", "ls bad", "ls terms", "ls platform", "ls no platform", "ls sort",
    "show", "show package", "show ref", "show source", "show no ref", "show long", "show worker",
    "show broken worker", "show app", "show deep app", "show broken app", "show nothing", "show no worker",
    "show no app", "roots", "roots package", "coldstart", "coldstart app", "coldstart platform",
    "coldstart no platform", "df", "df package", "df app", "df worker", "df platform", "df no platform",
    "workers", "workers named", "workers nothing", "locks", "key", "key shown", "key nothing", "key broken",
    "key typed", "diff configs", "diff trees", "diff workers", "diff broken workers", "diff apps",
    "diff app and worker",
    "diff lockfiles", "diff manifests", "diff broken", "diff stores", "diff nothing", "scan",
    "why", "why app", "why packages", "why reference", "why no app", "why broken", "why typed",
    "whatif lock", "whatif apps", "whatif broken", "whatif bump", "whatif hostile bump", "whatif app",
    "whatif no app", "whatif reverse", "whatif hostile reverse", "abi", "abi worker", "abi app", "check",
    "check deep", "check platform", "check no platform", "check code", "abi nothing",
    "verify", "verify libraries", "verify platform", "verify no platform", "verify ref", "verify no ref",
]  # fmt: skip


def test_every_line_has_its_test(hostile: Hostile) -> None:
    assert list(lines_of(hostile)) == TITLES


def at(hostile: Hostile, line: tuple[str, ...]) -> tuple[str, ...]:
    """The same line, on the hostile store."""
    return line if line[0] == "key" else (*line, "--store", str(hostile.root))


@pytest.mark.parametrize("title", TITLES)
def test_a_command_that_looks(hostile: Hostile, run: Runner, title: str) -> None:
    line = at(hostile, lines_of(hostile)[title])

    text, document = run(*line), run(*line, "--json")

    for ran in (text, document):
        harmless(ran)
    if document.out:
        assert isinstance(document.json, dict)
    assert text.code == document.code
    assert bool(text.out or text.err)


SHOWN = {
    "ls", "show package", "show worker", "show app", "roots", "coldstart", "df app", "df worker", "workers",
    "locks",
}  # fmt: skip


@pytest.mark.parametrize("title", sorted(SHOWN))
def test_names_are_shown_as_they_are_written(hostile: Hostile, run: Runner, title: str) -> None:
    """Nothing takes them for markup, and what cannot be printed is a sign of its own."""
    out = run(*at(hostile, lines_of(hostile)[title])).out

    assert "[bold [$x][@click=app.quit_now]␛]0;owned␇␛[2J�7m␊␉␍␡" in out or MARKUP in out


@pytest.mark.parametrize("title", ["ls", "show package", "workers", "diff nothing"])
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_a_process(hostile: Hostile, title: str, locale: str) -> None:
    """With the streams that a terminal has, also where the locale is not UTF-8."""
    line = at(hostile, lines_of(hostile)[title])

    for ran in (process(*line, LC_ALL=locale, COLUMNS="60"), process(*line, "--json", LC_ALL=locale)):
        harmless(ran)
    assert json.loads(ran.out or "{}") is not None


@pytest.mark.parametrize("form", ["markdown", "dot", "tree"])
@pytest.mark.parametrize("packages", [(), ("good", f"q{BAD}".replace("\udcff", "\ufffd"))], ids=["all", "some"])
def test_an_explanation_in_each_form(hostile: Hostile, run: Runner, form: str, packages: tuple[str, ...]) -> None:
    ran = run("why", *packages, "--lockfile", hostile.lockfile, "--format", form, "--store", hostile.root)

    harmless(ran)
    assert ran.out


@pytest.mark.parametrize(
    "line", [("ls",), ("show", "good"), ("workers",), ("roots",), ("coldstart",), ("locks",)], ids=" ".join
)
def test_a_saved_scan(hostile: Hostile, run: Runner, saved: Path, line: tuple[str, ...]) -> None:
    for ran in (run(*line, "--from", saved), run(*line, "--from", saved, "--json")):
        harmless(ran)
        assert ran.code in {ExitCode.DONE, ExitCode.FINDINGS}


def test_what_a_saved_scan_writes_is_harmless(saved: Path) -> None:
    text = saved.read_text()

    assert unsafe(text) == []
    assert json.loads(text)


def test_paths_that_are_not_there(hostile: Hostile, run: Runner) -> None:
    gone = f"{hostile.root}/no{BAD}"
    for line in (
        ("ls", "--store", gone),
        ("ls", "--config", gone),
        ("ls", "--from", gone),
        ("ls", "--store", hostile.root, "--apps", gone),
        ("ls", "--store", hostile.root, "--lock", gone),
        ("scan", "--store", hostile.root, "-o", f"{gone}/x"),
        ("key", "--lockfile", gone),
        ("assemble", "--store", hostile.root, "--manifest", gone, "--lib", gone),
        ("populate", "--store", hostile.root, "--lockfile", gone, "--lib", gone),
        ("ingest", "--store", hostile.root, "--lockfile", gone, "--lib", gone),
        ("evict", "--store", gone, "--retention", "30d"),
        (f"no{BAD}",),
        ("ls", f"--no{BAD}"),
        ("df", "--by", BAD),
        ("evict", "--store", gone, "--retention", BAD),
    ):
        ran = run(*line)
        harmless(ran)
        assert ran.err, line


def test_a_change_that_is_refused_or_asked_for(hostile: Hostile, run: Runner) -> None:
    """Nothing is changed here: no platform is named, or nobody agreed."""
    for line in (
        ("evict", "--store", hostile.root, "--retention", "30d"),
        ("evict", "--store", hostile.root, "--retention", "1s", "--platform", hostile.platform),
        ("evict", "--store", hostile.root, "--retention", "1s", "--platform", f"no{BAD}", "--yes"),
    ):
        harmless(run(*line))


def test_a_hostile_error_of_the_system(hostile: Hostile, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(5, BAD, BAD)

    monkeypatch.setattr(os, "scandir", refuse)
    ran = run("ls", "--store", hostile.root)

    harmless(ran)
    assert ran.code == ExitCode.UNREADABLE
