"""The parts of README and docs that the programs' own declarations give. ``readme.py`` as a program writes them."""

from pathlib import Path

from pkgstore.findings import CODES
from pkgstore_tui.cli.diagnostics import EXIT_CODE_MEANINGS
from pkgstore_tui.cli.main import COMMANDS as COMMAND_LINE
from pkgstore_tui.commands import COMMANDS

README = Path(__file__).parent.parent / "README.md"
CHECKING = README.parent / "docs" / "checking.md"
WRITTEN = (README, CHECKING)
SCOPES = {
    "job": "in a job's window",
    "jobs": "in the list of jobs",
    "dialog": "in a dialog",
    "help": "in the help",
    "menu": "in a menu",
    "viewer": "while looking at a file",
    "compare": "in a comparison",
    "log": "in the command log",
    "filter": "while typing a filter",
    "sort": "in the list of columns",
    "evict": "in the eviction's dialog",
    "choice": "in a line of choices",
    "users": "in the list of users",
    "pins": "in the list of pins",
    "unpin": "where pins are listed",
}


def keys() -> str:
    """A row for each command that has keys."""
    rows = ["| keys | what they do |", "| --- | --- |"]
    for command in COMMANDS:
        if command.keys:
            where = f" ({SCOPES[command.scope]})" if command.scope in SCOPES else ""
            lock = " — unlocked only" if command.changes_store else ""
            shown = " ".join(f"`{key}`" for key in command.shown_keys.split())
            rows.append(f"| {shown} | {command.help}{where}{lock} |")
    return "\n".join(rows)


def command_line() -> str:
    """A row for each command of the command line, and one for each exit code."""
    rows = ["| command | what it does |", "| --- | --- |"]
    rows += [f"| `pkgstore {name}` | {what} |" for name, (_, what) in sorted(COMMAND_LINE.items())]
    rows += ["", "| exit code | meaning |", "| --- | --- |"]
    rows += [f"| {code:d} | {meaning} |" for code, meaning in EXIT_CODE_MEANINGS.items()]
    return "\n".join(rows)


def codes() -> str:
    """A row for each code of a finding."""
    rows = ["| code | severity | what it means | repair |", "| --- | --- | --- | --- |"]
    rows += [f"| `{c.name}` | {c.severity.value} | {c.meaning} | {c.repair or '–'} |" for c in CODES.values()]
    return "\n".join(rows)


def written(text: str) -> str:
    """The same text with those parts of it that it has as they should be."""
    for name, block in {"keys": keys(), "commands": command_line(), "codes": codes()}.items():
        start, end = f"<!-- {name}: written by `make readme` -->\n", f"<!-- end of {name} -->"
        if start not in text:
            continue
        before, _, rest = text.partition(start)
        after = rest.partition(end)[2]
        text = f"{before}{start}{block}\n{end}{after}"
    return text


if __name__ == "__main__":
    for path in WRITTEN:
        path.write_text(written(path.read_text()))
