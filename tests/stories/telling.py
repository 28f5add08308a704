"""The text of a story: a template in which commands stand, with what they print put in their place."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

TEMPLATE: Final = Path(__file__).with_name("why.md")
PAGE: Final = Path(__file__).parents[2] / "docs" / "why.md"
_RUN: Final = re.compile(r"^```run\n(?P<line>.+?)\n```$", re.MULTILINE | re.DOTALL)


def ran(line: str, root: Path) -> str:
    """A command line and what it prints, in the store's folder."""
    words = shlex.split(line.replace("\\\n", " "))
    program = Path(sys.executable).with_name(words[0])
    place = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(
        [program, *words[1:]], cwd=root, env=place, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{line}: {done.stderr}")
    printed = (done.stdout + done.stderr).rstrip()
    fence = "````" if "```" in printed else "```"
    return f"{fence}console\n$ {line}\n{printed}\n{fence}".replace(str(root.parent), "/srv/bundles")


def page(template: str, root: Path) -> str:
    """The page, each command run where it stands."""
    return _RUN.sub(lambda found: ran(found["line"], root), template)
