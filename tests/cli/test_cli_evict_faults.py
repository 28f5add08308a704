"""A fault of the disk at any call of an eviction: clear message, right exit code, a journal that says what went."""

import os
from pathlib import Path

import pytest
from cli_helpers import Runner

from builders import PLATFORM, StoreBuilder
from kill_points import FAULTS, Calls
from pkgstore.journal import operations, read_journal
from pkgstore.layout import Layout

NAMES = ["a", "b", "c"]


def lay_out(world: Path) -> StoreBuilder:
    store = StoreBuilder(world / "store")
    for name in NAMES:
        store.package(name).source().config(used="90d")
    return store


@pytest.mark.parametrize("fault", FAULTS, ids=os.strerror)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
def test_every_fault_is_said_and_told_by_the_exit_code(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int, lasting: bool
) -> None:
    codes = set()
    for number in range(0, 200, 5):
        store = lay_out(tmp_path / f"{number}")
        reached: list[int] = []

        def at(here, name, real, args, number=number, reached=reached):  # type: ignore[no-untyped-def]
            if here == number or (lasting and here > number):
                reached.append(here)
                raise OSError(fault, os.strerror(fault))
            return real()

        with monkeypatch.context() as patched:
            Calls(at).patch(patched)
            ran = run("evict", "--idle", "30d", "--yes", "--json", "--store", store.root, "--lock-timeout", "0")
        if not reached:
            break
        codes.add(ran.code)
        gone = [name for name in NAMES if not list((store.root / PLATFORM).glob(f"{name}/*/*/DESCRIPTION"))]
        assert ran.code in {0, 3, 6}, (number, ran.err)
        assert "Traceback" not in ran.err
        if ran.code:
            assert os.strerror(fault) in ran.err, (number, ran.err)
        assert len(gone) == ran.json["removed"], (number, ran.err)
        check_journal(store, gone, ran.err)
    assert 6 in codes


def check_journal(store: StoreBuilder, gone: list[str], said: str) -> None:
    """Where it could be written, it says what went and what failed."""
    if "failed journal" in said:
        return
    (past,) = operations(read_journal(Layout(str(store.root))))
    results = [(item.text("package") or item.text("what"), item.text("result")) for item in past.items]
    assert [name for name, result in results if result == "trashed"] == gone
    assert past.outcome == ("partly" if "failed" in dict(map(reversed, results)) else "done")
