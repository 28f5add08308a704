"""`pkgstore.watch` and our own folder at the store's root: pins, journal, trash."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from watch_helpers import NEVER, replace_file, watched

from builders import StoreBuilder
from pkgstore import files
from pkgstore.keys import OursKey

PINS, JOURNAL, TRASH = OursKey("pins.json"), OursKey("journal.jsonl"), OursKey("trash")
ONE, TWO = "20261126T191500-evict-3f2a", "20261127T191500-evict-3f2b"


pytestmark = pytest.mark.usefixtures("exact_clocks")


@pytest.fixture
def ours(store: StoreBuilder) -> Path:
    """Our folder, with a pin, a line in the journal and one operation in the trash."""
    folder = store.root / ".pkgstore"
    (folder / "trash" / ONE / "p" / "sf").mkdir(parents=True)
    (folder / "pins.json").write_text('{"version": 1, "pins": []}')
    files.append_line(str(folder / "journal.jsonl"), b"{}")
    return folder


CHANGES: dict[str, tuple[Callable[[Path], object], OursKey]] = {
    "a pin is made": (lambda ours: files.replace_file(str(ours / "pins.json"), b"{}"), PINS),
    "the pins are written in place": (lambda ours: (ours / "pins.json").write_text("{ }"), PINS),
    "the pins go": (lambda ours: (ours / "pins.json").unlink(), PINS),
    "the journal grows": (lambda ours: files.append_line(str(ours / "journal.jsonl"), b"{}"), JOURNAL),
    "the journal is moved away": (lambda ours: (ours / "journal.jsonl").rename(ours / "old.jsonl"), JOURNAL),
    "an operation puts something into the trash": (lambda ours: (ours / "trash" / TWO).mkdir(), TRASH),
    "one is begun to be deleted": (
        lambda ours: (ours / "trash" / ONE).rename(ours / "trash" / f"{ONE}.emptying"),
        TRASH,
    ),
    "one is gone": (lambda ours: shutil.rmtree(ours / "trash" / ONE), TRASH),
    "the trash goes": (lambda ours: shutil.rmtree(ours / "trash"), TRASH),
}


@pytest.mark.parametrize(("change", "key"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_what_is_ours_is_told_and_nothing_else(
    store: StoreBuilder, ours: Path, sweep: float, change: Callable[[Path], object], key: OursKey
) -> None:
    with watched(store.root, sweep=sweep) as (ear, _):
        heard = ear.hears(lambda: change(ours), key)
        assert heard == {key} or sweep < NEVER, "polling looks once more at what was made just before it began"


def test_a_folder_that_appears_later_is_watched_from_then_on(store: StoreBuilder, sweep: float) -> None:
    ours = store.root / ".pkgstore"
    with watched(store.root, sweep=sweep) as (ear, _):
        assert ear.told == set()
        ear.hears(lambda: (ours.mkdir(), replace_file(ours / "pins.json")), PINS)
        ear.hears(lambda: replace_file(ours / "pins.json", "[ ]"), PINS)
        ear.hears(lambda: (ours / "trash" / ONE).mkdir(parents=True), TRASH)
        ear.hears(lambda: (ours / "trash" / TWO).mkdir(), TRASH)


def test_a_folder_that_goes_and_comes_back(store: StoreBuilder, ours: Path, sweep: float) -> None:
    away = store.root / ".away"
    with watched(store.root, sweep=sweep) as (ear, _):
        ear.hears(lambda: ours.rename(away), PINS, JOURNAL, TRASH)
        ear.hears(lambda: away.rename(ours), PINS, JOURNAL, TRASH)
        ear.hears(lambda: replace_file(ours / "pins.json", "[ ]"), PINS)


def test_a_folder_behind_a_link_counts_as_it_does_for_who_reads_it(
    store: StoreBuilder, ours: Path, sweep: float
) -> None:
    elsewhere = store.root.parent / "elsewhere"
    ours.rename(elsewhere)
    ours.symlink_to(elsewhere)
    with watched(store.root, sweep=sweep) as (ear, _):
        ear.hears(lambda: replace_file(elsewhere / "pins.json", "[ ]"), PINS)


def test_what_happens_below_the_trash_or_to_other_files_of_ours_is_not_told(
    store: StoreBuilder, ours: Path, sweep: float
) -> None:
    with watched(store.root, sweep=sweep) as (ear, _):
        (ours / "trash" / ONE / "p" / "terra" / "x").mkdir(parents=True)
        (ours / "pins.json.1234.tmp").write_text("")
        (ours / "digests").mkdir()
        ear.hears(lambda: replace_file(ours / "pins.json", "[ ]"), PINS)
        assert ear.told == {PINS} or sweep < NEVER


def test_a_trash_of_many_operations_takes_two_watches(store: StoreBuilder, ours: Path) -> None:
    with watched(store.root) as (_, watcher):
        assert watcher._watch is not None
        guard = watcher._watch.lookout._guard
        assert guard is not None
        before = len(guard._events)
    for number in range(300):
        (ours / "trash" / f"20261126T191500-evict-{number:04x}" / "p").mkdir(parents=True)
    with watched(store.root) as (_, watcher):
        assert watcher._watch is not None
        guard = watcher._watch.lookout._guard
        assert guard is not None
        assert len(guard._events) == before
