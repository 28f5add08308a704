"""Every command that only looks, on stores that were hurt at random: it ends well, soon, and changes nothing."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from cli_helpers import Runner

from builders import ref
from escapes import World
from mutations import mutate
from pkgstore_tui.cli.diagnostics import ExitCode

EACH = 5
"""Mutations of one store."""

SAMPLE, CAMPAIGN, PARTS = 250, 10_000, 20
"""Mutations in every run of the tests, and in the campaign, which has so many parts."""

SOON = 20
"""Seconds within which a command ends, on however slow a machine."""

Commands = dict[str, tuple[object, ...]]


def looks(world: World) -> Commands:
    """Every command that only looks."""
    store, lockfile = ("--store", world.root), world.app / "pak.lock"
    worker, manifest = world.root / ".workers" / "w1", world.app / "store-manifest.json"
    return {
        "ls": ("ls", *store),
        "ls all": ("ls", *store, "--size", "--sort", "idle", "state:idle"),
        "ls json": ("ls", *store, "--json"),
        "df": ("df", *store, "--libraries"),
        "df by package": ("df", *store, "--by", "package"),
        "df by app": ("df", *store, "--by", "app", "--json"),
        "roots": ("roots", *store),
        "roots of": ("roots", *store, "kept"),
        "show": ("show", *store, "kept"),
        "show ref": ("show", *store, "gone", ref("gone", "1.0", {"Rcpp": "0.9"})),
        "show worker": ("show", *store, "worker:w1"),
        "show app": ("show", *store, "app:shop", "--json"),
        "key": ("key", "--lockfile", lockfile),
        "why": ("why", *store, "--lockfile", lockfile),
        "why app": ("why", *store, "--app", "shop", "--json"),
        "why live": ("why", *store, "--lockfile", lockfile, "--runtime", "--reference-lib", worker),
        "whatif": ("whatif", *store, "--lock", lockfile),
        "whatif bump": ("whatif", *store, "--bump", "Rcpp=9", "--all"),
        "whatif reverse": ("whatif", *store, "--reverse", "Rcpp"),
        "abi": ("abi", *store, "--all", "--deep"),
        "workers": ("workers", *store),
        "locks": ("locks", *store, "--json"),
        "diff": ("diff", *store, "app:shop", "worker:w1"),
        "diff manifests": ("diff", *store, manifest, f"{manifest}.prev"),
        "scan": ("scan", *store, "-o", "-"),
        "trash": ("trash", "list", *store),
        "forecast": ("forecast", *store, "--retention", "30d"),
        "evict": ("evict", *store, "--retention", "30d", "-n", "-v"),
        "evict bytes": ("evict", *store, "--max-freed", "1G", "--ignore-roots", "-n", "--json"),
        "clean": ("clean", *store, "-n", "--json"),
        "pins": ("pin", "list", *store),
        "check": ("check", *store),
        "repair": ("repair", *store, "-n", "-v"),
        "repair locks": ("repair", *store, "-n", "--json", "--lock", lockfile),
    }


NAMING = frozenset(
    {"show", "show ref", "show worker", "show app", "roots of", "why app", "why live", "diff", "diff manifests"}
)
"""Commands that name what a mutation may have taken away; for them it may be a wrong command line."""

PLATFORMS = frozenset({"why", "why app", "why live", "whatif", "forecast", "evict", "evict bytes", "df by app"})
"""Commands that ask for a platform where a mutation has left none, or made several."""

ROOTS = frozenset({"evict", "evict bytes", "forecast"})
"""Commands that refuse where a root cannot be read."""

GOOD = frozenset({ExitCode.DONE, ExitCode.FINDINGS, ExitCode.UNREADABLE})


def allowed(name: str) -> frozenset[int]:
    """The exit codes of a command that looks."""
    more = {ExitCode.USAGE} if name in NAMING | PLATFORMS else set()
    return frozenset(GOOD | more | ({ExitCode.REFUSED} if name in ROOTS else set()))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world, of which each case has a copy."""
    return World.make(tmp_path_factory.mktemp("template") / "world")


@contextmanager
def soon(seconds: int) -> Iterator[None]:
    """Whatever waits for something for longer is interrupted."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def state(folder: Path) -> dict[str, tuple[int, ...]]:
    """All that a change would change: whoever writes bytes, or gives a mode or a time, changes the ctime too."""
    found = {}
    for parent, folders, names in os.walk(folder):
        for name in (".", *folders, *names):
            path = os.path.join(parent, name)
            s = os.lstat(path)
            found[path] = (s.st_mode, s.st_ino, s.st_nlink, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
    return found


def test_each_command_ends_well_on_a_whole_store(template: World, run: Runner) -> None:
    before = state(template.folder)
    for name, line in looks(template).items():
        assert run(*line).code in {ExitCode.DONE, ExitCode.FINDINGS}, name
    assert state(template.folder) == before


def survives(template: World, folder: Path, run: Runner, seed: str) -> None:
    world = template.copy(folder / "world")
    done = mutate(world.folder / "apps", Random(seed), world.twin, EACH)
    before = state(world.folder)
    for name, line in looks(world).items():
        try:
            with soon(SOON):
                ran = run(*line)
            assert ran.code in allowed(name), ran
            assert "Traceback" not in ran.err
        except BaseException as error:
            error.add_note(f"{name}, after seed {seed}: {done}")
            raise
    assert state(world.folder) == before, f"changed, after seed {seed}: {done}"
    for parent, folders, _ in os.walk(world.folder):
        for name in folders:
            if not os.path.islink(os.path.join(parent, name)):
                os.chmod(os.path.join(parent, name), 0o755)
    shutil.rmtree(world.folder)


@pytest.mark.no_cover
@pytest.mark.parametrize("part", range(5))
def test_mutations(template: World, tmp_path: Path, run: Runner, part: int) -> None:
    for number in range(SAMPLE // EACH // 5):
        survives(template, tmp_path, run, f"sample {part}.{number}")


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(PARTS))
def test_many_mutations(template: World, tmp_path: Path, run: Runner, part: int) -> None:
    for number in range(CAMPAIGN // EACH // PARTS):
        survives(template, tmp_path, run, f"campaign {part}.{number}")
