"""The table of targets: everything that reads what comes from outside."""

from dataclasses import replace
from pathlib import Path

from fuzz import reads_lock, reads_ours, reads_plans, reads_store, reads_words
from fuzz.attempt import Target

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
"""A folder for each target: what a run begins with, and what once went wrong (``found-…``)."""

DICTIONARIES = HERE / "dictionaries"
"""A file for each target: what its texts are made of, with white space between, escaped as in Python."""


def _words(name: str) -> tuple[str, ...]:
    text = (DICTIONARIES / f"{name}.txt").read_text()
    return tuple(word.encode("latin-1").decode("unicode_escape") for word in text.split())


TARGETS: dict[str, Target] = {
    target.name: replace(target, words=_words(target.name))
    for module in (reads_lock, reads_store, reads_plans, reads_ours, reads_words)
    for target in module.TARGETS
}


def seeds(target: Target) -> list[Path]:
    """The files of a target's corpus, sorted."""
    return sorted((CORPUS / target.name).glob("*"))
