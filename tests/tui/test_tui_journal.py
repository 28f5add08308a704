"""The journal in the activity view: what the command line wrote, each item of it, damaged lines, and a huge one."""

import json
import threading
from pathlib import Path

import pytest
from acting import cli, go_to_row, open_activity, past, shown, view
from scenarios import EVICTED, MAIN, make_app, press, settled, told, until, with_a_past

from builders import StoreBuilder, ref
from pkgstore.layout import Layout
from pkgstore_tui.messages import OursChanged
from pkgstore_tui.screens.activity import ActivityScreen
from pkgstore_tui.screens.activity_rows import LATEST
from pkgstore_tui.session.affairs import AffairsBook
from pkgstore_tui.widgets.bars import Breadcrumb
from pkgstore_tui.widgets.facts import Facts

CPP11 = ref("cpp11", "0.4.7")


async def test_the_rows_are_what_the_command_line_wrote(lively: StoreBuilder):
    cli("evict", CPP11, "--platform", MAIN, "--yes", "--store", lively.root)
    cli("restore", "--yes", "last", "--store", lively.root)
    evicted, restored = past(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        rows = [row for row in shown(app) if row.startswith("journal")]
        assert rows == [
            f"journal restore of 1 config now 1 restored · {restored.who}",
            f"journal evict of 1 config now 1 trashed · {evicted.who}",
        ]
        await go_to_row(pilot, "journal evict")
        await press(pilot, "i")
        facts = app.screen.query_one(Facts)
        await until(pilot, lambda: ("command", evicted.command) in [(f.label, f.value) for f in facts.facts])
        await press(pilot, "i", "enter")
        (item,) = evicted.items
        await until(pilot, lambda: len(shown(app)) == 1)
        assert shown(app)[0].startswith(f"cpp11 0.4.7 {CPP11[:8]}/")
        assert f" trashed {item.text('reason')}" in shown(app)[0]


async def test_each_item_of_an_operation_with_its_result(lively: StoreBuilder):
    config = {"platform": MAIN, "package": "BH", "ref": ref("BH", "1.84.0-0")}
    told(
        lively,
        "20260101T091500-evict-00ff",
        [
            {**config, "result": "trashed", "bytes": 2048},
            {**config, "package": "zoo", "result": "skipped", "why": "used again since the plan was made"},
            {"what": "dplyr", "result": "failed", "why": "[/no] \x1b[31mmarkup"},
        ],
        outcome="partly",
    )
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "journal evict")
        assert "partly; 1 trashed, 1 skipped, 1 failed · root" in shown(app)[-1]
        await press(pilot, "enter")
        await until(pilot, lambda: len(shown(app)) == 3)
        trashed, skipped, failed = shown(app)
        assert trashed.startswith("BH 1.84.0-0 ")
        assert trashed.endswith("trashed 2.0 KiB")
        assert skipped.endswith("skipped used again since the plan was made")
        assert failed == "dplyr failed [/no] ␛[31mmarkup"
        assert app.screen.query_one(Breadcrumb).text == "evict of 3 configs3 items"
        view(app).choose(text="result:failed")
        await until(pilot, lambda: len(shown(app)) == 1)


async def test_all_operations_are_one_level_below_and_can_be_filtered(lively: StoreBuilder):
    for number in range(LATEST + 15):
        kind = "sweep" if number % 5 == 0 else "evict"
        outcome = "failed" if number == 7 else "done"
        told(
            lively, f"202601{1 + number // 24:02}T{number % 24:02}0000-{kind}-00ff", outcome=outcome, why="no room"
        )
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        rows = [row for row in shown(app) if row.startswith("journal")]
        assert len(rows) == LATEST + 1
        assert rows[-1] == "journal all 25 operations enter shows them"
        await go_to_row(pilot, "journal all")
        await press(pilot, "enter")
        await until(pilot, lambda: len(shown(app)) == 25)
        assert shown(app)[-8].endswith("failed; no room root@shop1 pkgstore evict")
        view(app).choose(text="name:sweep")
        await until(pilot, lambda: len(shown(app)) == 5)
        view(app).choose(text="outcome:failed who:root")
        await until(pilot, lambda: len(shown(app)) == 1)
        await press(pilot, "escape", "escape")
        await until(pilot, lambda: view(app).row is not None and view(app).row.name == "all 25 operations")


async def test_damaged_lines_are_said(lively: StoreBuilder):
    with_a_past(lively)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "journal all")
        assert shown(app)[-1] == "journal all 4 operations 1 line of the journal cannot be read"
        await press(pilot, "enter")
        await until(pilot, lambda: len(shown(app)) == 4)
        said = app.screen.query_one(Breadcrumb).text
        assert said == "journal1 line of the journal cannot be read · 4 operations"


async def test_a_journal_that_cannot_be_read_is_said(lively: StoreBuilder):
    (lively.root / ".pkgstore" / "journal.jsonl").mkdir(parents=True)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        assert any(row.startswith("journal all 0 operations ") for row in shown(app))
        await press(pilot, "G", "i")
        facts = app.screen.query_one(Facts)
        await until(pilot, lambda: any("journal.jsonl" in fact.value for fact in facts.facts))


async def test_an_operation_without_its_end_is_said(lively: StoreBuilder):
    with_a_past(lively)
    journal = lively.root / ".pkgstore" / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if not (EVICTED in line and '"end"' in line)]
    journal.write_text("\n".join(lines) + "\n")
    app = make_app(lively.root)
    async with app.run_test(size=(160, 40)) as pilot:
        await open_activity(pilot)
        await go_to_row(pilot, "journal evict")
        assert "2 trashed; no end is written: it runs, or was cut short" in shown(app)[view(app).table.cursor]


async def test_what_another_process_does_appears_by_itself(lively: StoreBuilder):
    app = make_app(lively.root, watch=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await until(pilot, lambda: app.session.watch_state is not None)
        cli("evict", CPP11, "--platform", MAIN, "--yes", "--store", lively.root)
        await until(pilot, lambda: any(row.startswith("trash evict of 1 config") for row in shown(app)))
        await until(
            pilot, lambda: any(row.startswith("journal evict of 1 config now 1 trashed") for row in shown(app))
        )
        cli("restore", "--yes", "last", "--store", lively.root)
        await until(pilot, lambda: "trash none evicted trees wait here" in shown(app))


async def test_what_happened_while_one_was_elsewhere_is_there_when_one_comes_back(lively: StoreBuilder):
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await open_activity(pilot)
        await press(pilot, "2")
        await settled(pilot)
        cli("evict", CPP11, "--platform", MAIN, "--yes", "--store", lively.root)
        app.session._tell(lambda: OursChanged(frozenset()))
        await pilot.pause()
        await press(pilot, "7")
        await until(pilot, lambda: any(row.startswith("journal evict of 1 config") for row in shown(app)))


# --- a long one ------------------------------------------------------------------------------------------


def long_journal(store: StoreBuilder, operations: int, items: int) -> Path:
    path = store.root / ".pkgstore" / "journal.jsonl"
    path.parent.mkdir(exist_ok=True)
    config = {"platform": MAIN, "package": "BH", "ref": ref("BH", "1.84.0-0"), "result": "skipped", "why": "used"}
    with path.open("w") as journal:
        for number in range(operations):
            operation = f"20250101T{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}-evict-00ff"
            head = {"v": 1, "at": "2025-01-01T00:00:00+00:00", "op": operation}
            line = json.dumps({**head, "event": "item", **config}) + "\n"
            begin = {**head, "event": "begin", "what": "evict", "user": "root", "plan": {"items": items}}
            journal.write(json.dumps(begin) + "\n" + line * items)
            journal.write(json.dumps({**head, "event": "end", "outcome": "done", "result": {}}) + "\n")
    return path


async def test_a_journal_of_100000_lines_freezes_nothing(lively: StoreBuilder):
    long_journal(lively, 1000, 98)
    app = make_app(lively.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        read, may_go = app.session.affairs.read, threading.Event()
        app.session.affairs.read = lambda: (may_go.wait(30), read())[1]
        await pilot.press("7")
        await until(pilot, lambda: isinstance(app.screen, ActivityScreen) and len(view(app).table.rows) > 5)
        await pilot.press("j", "j")
        await until(pilot, lambda: view(app).table.cursor == 2, "the view works while the journal is read")
        may_go.set()
        await until(pilot, lambda: "journal all 1,000 operations enter shows them" in shown(app))
        await press(pilot, "G", "enter")
        await until(pilot, lambda: len(view(app).table.rows) == 1000)
        await press(pilot, "enter")
        await until(pilot, lambda: len(view(app).table.rows) == 98)


class Clock:
    """Tells the time that it is told; each look takes `step` seconds."""

    def __init__(self) -> None:
        self.now, self.step = 100.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_a_long_journal_is_not_read_all_the_time(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    path, clock, reads = long_journal(lively, 3, 1), Clock(), []
    from pkgstore_tui.session import affairs

    real = affairs.read_journal
    monkeypatch.setattr(affairs, "read_journal", lambda layout: (reads.append(1), real(layout))[1])
    book = AffairsBook(Layout(str(lively.root)), clock)
    clock.step = 0.5
    assert len(book.read().deeds) == 3
    assert len(book.read().deeds) == 3
    assert len(reads) == 1, "nothing has changed"
    path.write_text(path.read_text() * 2)
    clock.step = 0.0
    assert len(book.read().deeds) == 3
    assert book.is_behind
    assert len(reads) == 1, "reading it took half a second, so it waits"
    clock.now += 10
    book.read()
    assert len(reads) == 2
    assert not book.is_behind
