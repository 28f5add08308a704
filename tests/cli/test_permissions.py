"""Modes of what is made, whatever the umask is; and what somebody else's store answers."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_helpers import Runner

from builders import PLATFORM, StoreBuilder, entry, ref, write_lockfile
from escapes import COMMANDS, World
from pkgstore_tui.cli import main
from pkgstore_tui.cli.diagnostics import ExitCode

NOBODY = 65534
not_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes(root: Path) -> dict[str, str]:
    """What below a folder has other modes than the reference gives."""
    found = {}
    for parent, folders, names in os.walk(root):
        for name in (*folders, *names):
            status = os.lstat(os.path.join(parent, name))
            right = 0o755 if stat.S_ISDIR(status.st_mode) else 0o644
            if stat.S_IMODE(status.st_mode) != right:
                found[os.path.relpath(os.path.join(parent, name), root)] = oct(status.st_mode)
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world, of which each case has a copy."""
    with umask(0o022):
        return World.make(tmp_path_factory.mktemp("template") / "world")


@pytest.mark.parametrize("mask", [0o077, 0o000, 0o027])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_made_has_the_modes_of_the_reference(
    template: World, tmp_path: Path, run: Runner, name: str, mask: int
) -> None:
    with umask(0o022):
        world = template.copy(tmp_path / "world")
    assert modes(world.root) == {}
    with umask(mask):
        ran = run(*world.commands()[name])
    assert ran.code in {ExitCode.DONE, ExitCode.FINDINGS}
    assert modes(world.root) == {}


@pytest.mark.parametrize("mask", [0o077, 0o000])
def test_a_lock_has_them_while_it_is_held(store: StoreBuilder, mask: int) -> None:
    from pkgstore.keys import SourceKey
    from pkgstore.layout import Layout
    from pkgstore.locks import hold

    key = SourceKey(PLATFORM, "sf", "a" * 64)
    with umask(mask), hold(Layout(str(store.root)), key):
        assert modes(store.root) == {}


def test_a_journal_that_others_may_write_is_closed_to_them(template: World, tmp_path: Path, run: Runner) -> None:
    world = template.copy(tmp_path / "world")
    (world.root / ".pkgstore" / "journal.jsonl").chmod(0o666)
    assert run(*world.commands()["evict"]).code == ExitCode.DONE
    assert modes(world.root) == {}


# --- somebody else's store ---------------------------------------------------------------------------------


def as_nobody(do: Callable[[], int], told: Path) -> tuple[int, list[str]]:
    """Do something as another user, in a process of its own; its exit code, and what it said on stderr."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
            os.dup2(2, 1)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            import sys

            sys.stderr = sys.stdout = open(2, "w", closefd=False)  # noqa: SIM115
            code = do()
            sys.stderr.flush()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), told.read_text().splitlines()


@pytest.fixture
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreBuilder]:
    """A store of root's with many old configs, in a folder that everybody may enter."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="pkgstore-theirs-"))
    folder.chmod(0o755)
    with umask(0o022):
        store = StoreBuilder(folder / ".pkg-store")
        for number in range(40):
            store.package(f"p{number}").source().config(used="90d")
            store.work(f"b{number}")
            os.utime(store.root / ".builds" / f"b{number}", (0, 0))
        write_lockfile(folder / "app" / "pak.lock", entry("p0"), entry("new"))
    yield store
    shutil.rmtree(folder)


@not_root
@pytest.mark.parametrize(
    "line",
    [
        ("evict", "--retention", "30d", "--yes"),
        ("evict", "--retention", "30d", "--no-trash", "--yes"),
        ("clean", "--yes"),
        ("sweep", "--once", "--retention", "30d"),
        ("pin", "--yes", f"p0@{ref('p0', '1.0')}", "--reason", "x"),
    ],
    ids=["evict", "no-trash", "clean", "sweep", "pin"],
)
def test_somebody_elses_store_is_one_clear_message(
    theirs: StoreBuilder, tmp_path: Path, line: tuple[str, ...]
) -> None:
    code, said = as_nobody(lambda: main([line[0], "--store", str(theirs.root), *line[1:]]), tmp_path / "told")

    refusals = [text for text in said if "ermission" in text]
    assert len(refusals) == 1, said
    assert str(theirs.root) in refusals[0]
    assert "run as the user who owns the store" in refusals[0]
    assert code == ExitCode.UNREADABLE
    assert not (theirs.root / ".pkgstore").exists()


@not_root
def test_it_may_be_looked_at_all_the_same(theirs: StoreBuilder, tmp_path: Path) -> None:
    code, said = as_nobody(lambda: main(["ls", "--store", str(theirs.root)]), tmp_path / "told")
    assert code == ExitCode.DONE
    assert sum(line.startswith("p") for line in said) == 40


@not_root
def test_one_that_may_not_be_read_is_a_few_lines(theirs: StoreBuilder, tmp_path: Path) -> None:
    for folder in (theirs.root / PLATFORM).iterdir():
        folder.chmod(0o700)
    code, said = as_nobody(lambda: main(["ls", "--store", str(theirs.root)]), tmp_path / "told")
    assert code == ExitCode.FINDINGS
    assert sum("Permission denied" in line for line in said) == 11
    assert any(
        line.startswith("pkgstore: and 30 more: cannot list this folder: Permission denied") for line in said
    )
