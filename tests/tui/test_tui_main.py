"""The program's own command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import StoreBuilder
from pkgstore_tui import __main__ as program
from pkgstore_tui.demo import Demo


def test_without_a_terminal_there_is_an_overview(lively: StoreBuilder, capsys: pytest.CaptureFixture[str]):
    assert program.main([str(lively.root)]) == 0
    out = capsys.readouterr().out
    assert "4.5-x86_64-pc-linux-gnu: 10 packages, 12 sources, 13 configs" in out
    assert "3 workers" in out
    assert "problem: " in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--write", "--read-only"], 2, "exclude each other"),
        (["--demo", "somewhere"], 2, "makes a store of its own"),
        (["--nonsense"], 2, "No such option"),
        (["{here}/none"], 3, "there is no store here"),
        (["{here}/file"], 3, "is a file, not a store"),
        (["--config", "{here}/none.toml"], 3, "read this configuration"),
        ([], 2, "no store was named"),
    ],
)
def test_what_is_wrong_is_one_message_and_a_code(tmp_path, monkeypatch, capsys, arguments, code, said):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert program.main([text.format(here=tmp_path) for text in arguments]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert not captured.out


def test_help_and_version(capsys: pytest.CaptureFixture[str]):
    assert program.main(["--help"]) == 0
    assert "STORE" in capsys.readouterr().out
    assert program.main(["--version"]) == 0


def test_a_fault_of_our_own_is_one_line(lively, monkeypatch, capsys, tmp_path):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("oops\nmore")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(program, "read_snapshot", broken)
    assert program.main([str(lively.root)]) == 70
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "ZeroDivisionError: oops␊more" in err
    details = tmp_path / "state" / "pkgstore-tui" / "fault-pkgstore-tui.txt"
    assert str(details) in err
    assert "Traceback" in details.read_text()
    monkeypatch.setenv("PKGSTORE_DEBUG", "1")
    program.main([str(lively.root)])
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_in_the_interface_is_told_after_it_closed(lively, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    from pkgstore_tui.app import PkgstoreApp

    def run(self):
        self.fault = ZeroDivisionError("oops")

    monkeypatch.setattr(PkgstoreApp, "run", run)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert program.main([str(lively.root)]) == 70
    assert "ZeroDivisionError: oops" in capsys.readouterr().err
    monkeypatch.setattr(PkgstoreApp, "run", lambda self: None)
    assert program.main([str(lively.root), "--write", "--platform", "x"]) == 0


def test_neither_format_nor_settings_import_the_interface():
    code = "import sys, pkgstore_tui.format, pkgstore_tui.settings; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"textual", "rich"} & set(result.stdout.split())


def test_the_demo_makes_a_lively_store_and_leaves_nothing(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with Demo(pause=0.01) as demo:
        root = Path(demo.place.root)
        assert {"4.4-x86_64-pc-linux-gnu", "4.5-x86_64-pc-linux-gnu"} <= set(os.listdir(root))
        for app in ("shop", "maps", "reports"):
            names = set(os.listdir(Path(demo.place.apps) / app))
            assert {
                "pak.lock",
                "store-manifest.json",
                "store-manifest.json.prev",
                "store-manifest.json.build",
            } <= names
        before = set(os.listdir(root / ".workers"))
        assert len(before) >= 3
        from test_tui_session import wait

        wait(lambda: set(os.listdir(root / ".workers")) != before, "workers come and go")
        from pkgstore.scan import read_snapshot

        snapshot = read_snapshot(str(root))
        several = [s for s in snapshot.sources.values() if len(s.configs) > 1]
        assert several, "several configs of one source"
        assert any(c.is_phantom for c in snapshot.configs())
    assert not any(name.startswith("pkgstore-demo") for name in os.listdir(tmp_path))


def test_a_demo_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("pkgstore_tui.demo.run_build", lambda *args: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        Demo().__enter__()
    assert not list(tmp_path.iterdir())
