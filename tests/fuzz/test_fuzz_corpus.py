"""Every input of the corpus, what was found among them, goes through its target as a plain test."""

from pathlib import Path

import pytest

from fuzz import scratch
from fuzz.attempt import LONGEST, Target, attempt
from fuzz.targets import CORPUS, TARGETS, seeds

MOST = 300_000
"""Bytes of the whole corpus: it is in the repository."""


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What parsers read lies in the test's own folder."""
    monkeypatch.setattr(scratch, "folder", lambda: str(tmp_path))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_nothing_of_the_corpus_breaks_its_target(target: Target) -> None:
    inputs = seeds(target)
    assert any(path.name.startswith("seed-") for path in inputs)
    for path in inputs:
        try:
            attempt(target, path.read_bytes())
        except Exception as error:
            error.add_note(f"with {path}")
            raise


def test_each_folder_of_the_corpus_is_of_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)


def test_the_corpus_is_small() -> None:
    sizes = [path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(sizes) < MOST
    assert max(sizes) <= LONGEST
