"""What nobody foresaw: written down for a report, and said in one line instead of a traceback, by both programs.

The last fault of each program is kept in the user's state folder, for this user alone: it has the command line.
"""

import os
import platform
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pkgstore.files import make_folder, replace_file
from pkgstore_tui.format import safe_text

FAULT: Final = 70
"""The exit code, which is `EX_SOFTWARE` of sysexits.h."""

PRIVATE: Final = 0o600

_ASKED: Final = "PKGSTORE_DEBUG"


def fault_path(program: str) -> str:
    """Where the last fault of a program is written down; it need not be there."""
    from platformdirs import user_state_dir

    return os.path.join(user_state_dir("pkgstore-tui", appauthor=False), f"fault-{program}.txt")


def fault_line(error: BaseException, program: str, arguments: Sequence[str]) -> str:
    """Write a fault down; what to say of it, safe to print. Never fails.

    Args:
        error: What was raised; its traceback goes into the file, and with ``PKGSTORE_DEBUG`` set to stderr too.
        program: ``pkgstore`` or ``pkgstore-tui``.
        arguments: The command line without the program's name.
    """
    said = _said(error)
    try:
        report = _report(error, program, arguments)
        if os.environ.get(_ASKED):
            sys.stderr.write(report)
        where = f"the details are in {_written(report, program)}: please report it with that file"
    except Exception:  # no memory, no home folder, a full disk: there is still the line itself
        where = f"its details could not be written down: please report it with what {_ASKED}=1 shows"
    return safe_text(f"{program}: an unexpected fault of the program itself, {said}; {where}")


def _said(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    name = type(error).__name__
    return f"{name}: {text[:500]}" if text else name


def _report(error: BaseException, program: str, arguments: Sequence[str]) -> str:
    """What somebody who mends it needs, with no character that could do something to their terminal."""
    from importlib.metadata import version

    lines = [
        f"{program} {version('pkgstore-tui')}, Python {platform.python_version()}, {platform.platform()}",
        f"{datetime.now().astimezone().isoformat(timespec='seconds')}",
        f"command line: {[program, *arguments]!r}",
        "",
        *"".join(traceback.format_exception(error)).split("\n"),
    ]
    return "\n".join(map(safe_text, lines))


def _written(report: str, program: str) -> str:
    path = fault_path(program)
    make_folder(os.path.dirname(path))
    replace_file(path, report.encode("utf-8", "replace"), mode=PRIVATE, durable=False)
    return path
