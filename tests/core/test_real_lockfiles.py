"""Real pak lockfiles, which are other people's and not in this repository.

``PKGSTORE_REAL_LOCKFILES`` names a folder of them with an ``index.tsv`` that says of each what the reference does.
"""

import csv
import os
from pathlib import Path

import pytest

from pkgstore import StoreError, platform_from_lockfile, read_lockfile

FOLDER = Path(os.environ.get("PKGSTORE_REAL_LOCKFILES", "/nowhere"))


def index() -> list[dict[str, str]]:
    if not (FOLDER / "index.tsv").exists():
        return []
    with (FOLDER / "index.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


ROWS = index()


@pytest.mark.skipif(not ROWS, reason="PKGSTORE_REAL_LOCKFILES names no folder with an index.tsv")
def test_each_is_read_or_refused_as_the_reference_does() -> None:
    wrong = [f"{row['file']}: {said}" for row in ROWS if (said := difference(row))]
    assert wrong == []


def difference(row: dict[str, str]) -> str:
    """What ours does otherwise, or nothing."""
    path = FOLDER / row["file"]
    verdict, _, reason = row["reference accepts"].partition(": ")
    try:
        lockfile = read_lockfile(path)
    except StoreError as error:
        said = str(error)
        if verdict == "accept":
            return f"refused: {said}"
        if str(path) not in said:
            return f"the message lacks the path: {said}"
        wanted = "merge-conflict" if reason.startswith("invalid character '<'") else reason.partition(" (")[0]
        return "" if wanted in said else f"want {wanted!r}, said {said!r}"
    if verdict != "accept":
        return "accepted"
    return "" if platform_from_lockfile(lockfile) == row["platform"] else "another platform"
