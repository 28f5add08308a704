"""What the tests of the command line may use."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from cli_helpers import Ran, shop

from builders import StoreBuilder, entry, write_lockfile
from pkgstore_tui.cli import main


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No store is named by the environment, nor by the present folder."""
    monkeypatch.delenv("PKGSTORE_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _faults_fail(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw fails a test as it is, instead of ending in an exit code."""

    def raised(error: BaseException, *_: object) -> str:
        raise error

    if "state_home" not in request.fixturenames:
        monkeypatch.setattr(import_module("pkgstore_tui.cli.main"), "fault_line", raised)


@pytest.fixture
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where faults are written down; a test that asks for it sees what a user sees."""
    home = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    return home / "pkgstore-tui"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command in this process, without a terminal."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def full(store: StoreBuilder) -> StoreBuilder:
    """A store with a few packages and a worker."""
    return shop(store)


@pytest.fixture
def lockfile(tmp_path: Path) -> Path:
    """A lockfile of what `full` has (dplyr apart) and of one package that it lacks."""
    return write_lockfile(
        tmp_path / "app" / "pak.lock", entry("Rcpp", "1.0.12"), entry("sf", "1.0-16"), entry("shiny", "1.9.0")
    )
