"""--help is complete, and says the exit codes."""

import subprocess
import sys

import click
import pytest
from cli_helpers import Runner, process

from pkgstore_tui.cli.diagnostics import EXIT_CODE_MEANINGS, ExitCode
from pkgstore_tui.cli.main import COMMANDS, load

NAMES = [
    "abi",
    "assemble",
    "check",
    "clean",
    "coldstart",
    "df",
    "diff",
    "evict",
    "forecast",
    "ingest",
    "key",
    "locks",
    "ls",
    "pin",
    "populate",
    "repair",
    "restore",
    "roots",
    "scan",
    "show",
    "sweep",
    "trash",
    "verify",
    "whatif",
    "why",
    "workers",
]
GROUPS = {"trash": ["empty", "list"]}
"""Commands that have commands of their own."""

LEAVES = [
    leaf for name in NAMES for leaf in ([f"{name} {inner}" for inner in GROUPS[name]] if name in GROUPS else [name])
]
BUILD_FLAGS = {"--lockfile", "--lib", "--store", "--reference-lib", "--runtime"}


def options(name: str) -> list[click.Option]:
    found: click.Command = load(name.split()[0])
    for part in name.split()[1:]:
        assert isinstance(found, click.Group)
        found = found.commands[part]
    return [option for option in found.params if isinstance(option, click.Option)]


def test_groups_are_known_with_all_that_is_in_them() -> None:
    loaded = {name: load(name) for name in COMMANDS}
    found = {name: sorted(c.commands) for name, c in loaded.items() if isinstance(c, click.Group)}
    assert found == GROUPS


def test_all_commands_are_there(run: Runner) -> None:
    ran = run("--help")

    assert (ran.code, ran.err) == (0, "")
    assert sorted(COMMANDS) == NAMES
    listed = ran.out.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == NAMES


def test_help_lists_every_exit_code(run: Runner) -> None:
    lines = [line.strip() for line in run("--help").out.split("Exit codes:\n")[1].splitlines()]

    assert lines == [f"{code:d}  {EXIT_CODE_MEANINGS[code]}" for code in ExitCode]
    assert [int(line.split()[0]) for line in lines] == [0, 1, 2, 3, 4, 5, 6, 70, 130]


def test_the_list_of_commands_is_not_cut_off(run: Runner) -> None:
    assert "..." not in run("--help").out.partition("Commands:")[2]


@pytest.mark.parametrize("name", LEAVES)
def test_each_option_has_a_help_text_and_is_shown(run: Runner, name: str) -> None:
    ran = run(*name.split(), "--help")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: pkgstore {name} ")
    for option in options(name):
        assert option.help, option.name
        assert option.help.endswith((".", ")")), option.help
        if not option.hidden:
            assert all(written in ran.out for written in option.opts)
            assert " ".join(option.help.split()[:3]) in " ".join(ran.out.split())
    assert "--json" in ran.out
    assert run(*name.split(), "-h").out == ran.out


@pytest.mark.parametrize("name", ["populate", "ingest"])
def test_the_build_tools_flags(name: str) -> None:
    given = {written for option in options(name) for written in option.opts}

    assert given >= BUILD_FLAGS
    assert {o.opts[0] for o in options(name) if o.required} == {"--lockfile", "--lib", "--store"}


def test_other_commands_flags() -> None:
    assert {o.opts[0] for o in options("assemble") if o.required} == {"--store", "--manifest", "--lib"}
    assert {o.opts[0] for o in options("evict")} >= {"--store", "--platform", "--retention", "--yes"}


@pytest.mark.parametrize(
    "line",
    [
        ("nosuch",),
        ("ls", "--nosuch"),
        ("show",),
        ("populate",),
        ("ingest", "--lib", "x"),
        ("assemble", "--store", "x"),
        ("evict", "--store", "."),
        ("key",),
        ("locks", "extra"),
        ("ls", "--json=yes"),
        ("whatif",),
        ("whatif", "--lock", "x", "--bump", "Rcpp"),
        ("whatif", "--lock", "x", "--lock", "y"),
        ("whatif", "--bump", "Rcpp="),
        ("whatif", "--bump", "=1"),
        ("whatif", "--bump", "Rcpp", "--bump", "Rcpp=1"),
        ("whatif", "--bump", "Rcpp", "--app", "shop", "--all"),
        ("whatif", "--reverse", "Rcpp", "--bump", "Rcpp"),
        ("abi", "--all", "--app", "shop"),
        ("abi", "--worker"),
        ("check", "--fail-on", "NO-SUCH"),
        ("check", "--fail-on", ","),
        ("check", "sf"),
        ("verify", "--subset", "8/7"),
        ("verify", "--subset", "x"),
        ("verify", "--for", "soon"),
        ("verify", "--throttle", "fast"),
        ("verify", "--accept"),
        ("verify", "sf@123456", "--accept", "--quarantine"),
        ("verify", "sf@123456", "--resume"),
        ("verify", "sf@123456", "--subset", "1/7"),
        ("verify", "--no-record", "--resume"),
        ("verify", "--no-record", "--quarantine"),
        ("verify", "sf@123456", "--no-record", "--accept"),
        (),
    ],
    ids=lambda line: " ".join(line) or "nothing",
)
def test_a_wrong_command_line(run: Runner, line: tuple[str, ...]) -> None:
    ran = run(*line)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(("Usage: pkgstore", "Error: "))
    assert "Traceback" not in ran.err


def test_version(run: Runner) -> None:
    ran = run("--version")

    assert ran.code == 0
    assert ran.out.startswith("pkgstore")


@pytest.mark.parametrize(
    ("argument", "modules"), [("--help", set()), ("--version", set()), ("nosuch", set()), ("locks", {"look"})]
)
def test_a_command_that_is_not_named_is_not_loaded(argument: str, modules: set[str]) -> None:
    """Starting costs as much as what is loaded."""
    code = f"import sys\nfrom pkgstore_tui.cli import main\nmain([{argument!r}])\nprint('', *sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(ran.stdout.splitlines()[-1].split())

    assert {module for module, _ in COMMANDS.values() if f"pkgstore_tui.cli.{module}" in loaded} == modules
    assert ("pkgstore.scan" in loaded) == bool(modules)


@pytest.mark.parametrize("name", NAMES)
def test_the_list_says_what_a_command_says_of_itself(name: str) -> None:
    command = load(name)

    assert command.name == name
    assert command.short_help == COMMANDS[name][1]


def test_completion_offers_every_command() -> None:
    ran = process(_PKGSTORE_COMPLETE="bash_complete", COMP_WORDS="pkgstore ", COMP_CWORD="1", script=True)

    assert [line.partition(",")[2] for line in ran.out.splitlines()] == NAMES
