"""The interface in a real process on a pseudo-terminal, with the hooks of `bench.hooks` in it."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from types import TracebackType
from typing import Any, Final, Self

from bench.measuring import PROJECT, Store

_SIZE: Final = (50, 160)
_TAIL: Final = 8000
_ESCAPES: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_PATIENCE: Final = 900.0
"""Seconds: the interface has hung if it takes longer."""


class Terminal:
    """A running interface: nobody types, what it draws is read and thrown away, as a terminal would take it."""

    def __init__(self, store: Store, script: str) -> None:
        """Nothing runs before the ``with`` block.

        Args:
            store: What is opened.
            script: What the hooks do: the name of a function of `bench.scripts`.
        """
        self._store = store
        self._script = script
        self._home = tempfile.TemporaryDirectory(dir=store.scratch)
        self._out = os.path.join(self._home.name, "result.json")
        self._tail = b""

    def __enter__(self) -> Self:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL", "PKGSTORE"))}
        home = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), self._home.name)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.hooks", self._script, self._out, self._store.root, self._store.apps],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,  # where the interface draws
            cwd=PROJECT,
            env={**kept, **home, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, args=(ours,), daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        self._home.cleanup()

    def _read(self, terminal: int) -> None:
        """Take what is drawn, until the program has gone."""
        try:
            while data := os.read(terminal, 1 << 16):
                self._tail = (self._tail + data)[-_TAIL:]
        except OSError:
            pass
        finally:
            os.close(terminal)

    def wait_until_ready(self) -> None:
        """Wait until the script says that it can be gone on with."""
        end = time.monotonic() + _PATIENCE
        while not os.path.exists(f"{self._out}.ready"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise self._fault("ended before it was ready" if self.process.poll() is not None else "hung")
            time.sleep(0.05)

    def ask_for_the_end(self) -> None:
        """Let the script come to its end."""
        self.process.send_signal(signal.SIGUSR1)

    def result(self) -> dict[str, Any]:
        """What the script found; waits for its end."""
        try:
            code = self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            raise self._fault("hung") from None
        if code or not os.path.exists(self._out):
            raise self._fault(f"ended with {code}")
        with open(self._out) as file:
            found: dict[str, Any] = json.load(file)
        if "fault" in found:
            raise RuntimeError(f"the script {self._script} failed:\n{found['fault']}")
        return found

    def _fault(self, what: str) -> RuntimeError:
        said = _ESCAPES.sub("", self._tail.decode(errors="replace"))
        return RuntimeError(f"the interface {what}; the last it said:\n{''.join(filter(_is_text, said))}")


def _is_text(character: str) -> bool:
    return character.isprintable() or character == "\n"
