"""What the session knows: news, names, sizes, jobs, and the thread that reads."""

import shutil
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from scenarios import MAIN, shop_store

from builders import StoreBuilder, ref, source_hash
from pkgstore.fields import Keys
from pkgstore.keys import PINS, ConfigKey, OursKey, SourceKey, WorkerKey
from pkgstore.layout import Layout
from pkgstore.model import ConfigRecord, Pin, Tier, WorkerRecord
from pkgstore.operations.events import Done, EvictResult, Noticed
from pkgstore.operations.pinning import add_pin, remove_pins
from pkgstore.query import MAYBE, Field, Sheet, parse
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot
from pkgstore.usage import TreeSize
from pkgstore.watch import WatchState
from pkgstore_tui.jobs import Jobs, JobState
from pkgstore_tui.messages import JobEnded, OursChanged, SnapshotChanged, Trouble
from pkgstore_tui.screens.arranging import MEASURED, RARE
from pkgstore_tui.screens.config_rows import ConfigRowsLevel
from pkgstore_tui.screens.flat_level import AllConfigsLevel
from pkgstore_tui.screens.look import Look
from pkgstore_tui.screens.package_levels import PackagesLevel, SourcesRowsLevel
from pkgstore_tui.session import Options, Session, backlog, sizes
from pkgstore_tui.session.bundles import SourcesRow, flags
from pkgstore_tui.session.news import FRESH, KEPT, Change, News, compare
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.session.sizes import SizeBook, known_of, measure_config
from pkgstore_tui.settings import Place


def wait(fact, what="") -> None:
    deadline, tick = monotonic() + 60, threading.Event()
    while not fact():
        assert monotonic() < deadline, what or fact
        tick.wait(0.002)


def worker(name: str, manifest: dict[str, str] | None) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), manifest, 0.0)


def test_what_changed_in_a_worker():
    old, new = worker("w", {"a": "1/1", "b": "2/2"}), worker("w", {"b": "2/3", "c": "4/4"})
    assert [(e.package, e.change, e.old, e.new) for e in compare("w", old, new, 5.0)] == [
        ("a", Change.WENT, "1/1", ""),
        ("b", Change.CHANGED, "2/2", "2/3"),
        ("c", Change.CAME, "", "4/4"),
    ]
    assert [(e.change, e.count) for e in compare("w", None, new, 5.0)] == [(Change.CAME, 2)]
    assert [e.change for e in compare("w", old, None, 5.0)] == [Change.WENT]
    assert [(e.change, e.count) for e in compare("w", worker("w", None), new, 5.0)] == [(Change.CHANGED, 2)]
    assert compare("w", None, None, 5.0) == ()
    assert compare("w", worker("w", None), worker("w", None), 5.0) == ()


def test_news_are_newest_first_fade_and_stay_few():
    news = News()
    for number in range(KEPT + 20):
        before = {} if number % 2 == 0 else {"w": worker("w", {})}
        after = {"w": worker("w", {})} if number % 2 == 0 else {}
        news = news.after(before, after, {"w"}, float(number))
    assert len(news.entries) == KEPT
    assert news.entries[0].at == KEPT + 19
    assert news.fresh("w", KEPT + 19 + FRESH + 1) == ()
    assert [entry.worker for entry in news.gone_workers({}, KEPT + 19)] == ["w"]
    assert news.gone_workers({"w": worker("w", {})}, KEPT + 19) == ()
    assert news.after({}, {}, {"w"}, 0.0) is news


def test_names_versions_and_users(tmp_path: Path):
    store = shop_store(tmp_path / "store")
    store.worker("w1", {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.13"}), "odd": "x", "gone": "a/b"})
    reading = Reading.of(read_snapshot(str(store.root)), complete=True)
    sf = reading.snapshot.sources[SourceKey(MAIN, "sf", source_hash("sf", "1.0-16"))]
    assert {version for c in sf.configs for _, version, _ in reading.links(c)} == {"1.0.12", "1.0.13"}
    assert reading.config_name(sf.configs[0].key) == "sf 1.0-16"
    assert reading.config_name(ConfigKey(MAIN, "x", "1" * 64, "2" * 64)) == "x (11111111/22222222)"
    assert reading.users(sf.configs) == ("w1",)
    manifest = reading.snapshot.workers["w1"].manifest
    assert reading.missing(manifest) == ("gone", "odd")
    assert reading.ref_version("sf", ref("sf", "1.0-16", {"nothing": "1"})) == "1.0-16"
    assert reading.ref_version("nobody", "a/b") == "unknown"
    assert reading.index.platform_in_use == MAIN
    assert [flags(s, s.configs) for s in reading.snapshot.sources.values() if s.key.package == "terra"] == ["O"]


def test_a_version_is_remembered_when_its_source_goes(tmp_path: Path):
    store = shop_store(tmp_path / "store")
    reading = Reading.of(read_snapshot(str(store.root)), complete=True)
    key = SourceKey(MAIN, "dplyr", source_hash("dplyr", "1.1.4"))
    later = reading.followed_by(reading.snapshot.apply({key: None}), {key}, 0.0)
    assert later.version(key) == "1.1.4"
    assert later.ref_version("dplyr", ref("dplyr", "1.1.4")) == "1.1.4"
    assert later.config_name(ConfigKey(MAIN, "dplyr", key.source_hash, "0" * 64)) == "dplyr 1.1.4"
    everything = later.followed_by(Snapshot(str(store.root)), None, 0.0)
    assert everything.version(SourceKey(MAIN, "BH", source_hash("BH", "1.84.0-0"))) == "1.84.0-0"


def test_of_what_went_long_ago_no_version_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pkgstore_tui.session.reading.REMEMBERED", 2)
    reading = Reading.of(read_snapshot(str(shop_store(tmp_path / "store").root)), complete=True)
    keys = sorted(reading.snapshot.sources, key=str)[:4]
    for key in keys:
        reading = reading.followed_by(reading.snapshot.apply({key: None}), {key}, 0.0)
    assert set(reading.remembered) == {(key.package, key.source_hash) for key in keys[-2:]}


def test_sizes_are_measured_what_is_wanted_last_first():
    measured: list[str] = []
    go = threading.Event()

    def measure(layout, key, cancel):
        go.wait(20)
        measured.append(key.package)
        return TreeSize(10, 20, 1)

    keys = {name: ConfigKey(MAIN, name, "a", "b") for name in "abcd"}
    book = SizeBook(Layout("/nowhere"), lambda: None, measure)
    assert book.total(keys.values()) is None
    book.want([keys["a"]])
    wait(lambda: not book.waiting)
    book.want([keys["c"], keys["d"], keys["b"]])
    go.set()
    wait(lambda: book.total(keys.values()) == 40)
    assert measured == ["a", "c", "d", "b"]
    book.forget([keys["c"]])
    assert book.get(keys["c"]) is None
    book.stop()
    book.want([keys["c"]])
    assert measured == ["a", "c", "d", "b"]


def test_what_is_wanted_later_comes_in_slices_and_each_tree_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backlog, "SLICE", 2)
    measured: list[str] = []
    told: list[int] = []

    def measure(layout, key, cancel):
        measured.append(key.package)
        return TreeSize(10, 20, 1)

    keys = [ConfigKey(MAIN, name, "a", "b") for name in "abcde"]
    book = SizeBook(Layout("/nowhere"), lambda: told.append(book.waiting), measure)
    book.later(iter(keys))
    wait(lambda: not book.waiting and told and told[-1] == 0)
    assert sorted(measured) == list("abcde")
    book.later([*keys, ConfigKey(MAIN, "f", "a", "b")])
    wait(lambda: book.get(ConfigKey(MAIN, "f", "a", "b")) is not None and not book.waiting)
    assert sorted(measured) == list("abcdef")
    assert book.all_apparent(Keys([*keys, ConfigKey(MAIN, "g", "a", "b")])) == [10] * 5 + [None]
    book.stop()


@pytest.mark.parametrize("few", [0, 5_000])
def test_what_is_known_of_many_is_the_same_however_it_is_found(few: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sizes, "FEW", few)
    keys = [ConfigKey(MAIN, package, "s", config) for package in "ab" for config in "xyz"]
    known = {keys[0]: 1, keys[4]: 2, ConfigKey(MAIN, "c", "s", "x"): 3}
    assert known_of(known, Keys(keys)) == [1, None, None, None, 2, None]


def asked_for_nothing(fields: Mapping[str, Field[Any]]) -> dict[str, Field[Any]]:
    """The same fields, none of which can be worked out."""

    def fail(*_: object) -> Any:
        raise AssertionError("this was to be known already")

    return {name: replace(field, value=fail, column=fail) for name, field in fields.items()}


class TestTheTableOfPackages:
    """It was worked out while the store was opened, too."""

    def sheets(self, reading: Reading) -> tuple[Sheet[SourcesRow], Sheet[SourcesRow]]:
        layout = Layout(reading.snapshot.root)
        level, look = PackagesLevel(MAIN), Look(reading, SizeBook(layout, lambda: None), lambda: 2e9)
        return level.sheet(look), SourcesRowsLevel.sheet(level, look)

    def same(self, found: Sheet[SourcesRow], anew: Sheet[SourcesRow]) -> None:
        assert [row.name for row in found.rows] == [row.name for row in anew.rows]
        for field in found.fields:
            assert found.order(field) == anew.order(field), field
            assert found.order(field, True) == anew.order(field, True), field
            assert list(map(str, found.values(field))) == list(map(str, anew.values(field))), field

    @pytest.mark.parametrize("many", [1, 20_000], ids=["as in a big store", "as in a small one"])
    def test_it_is_what_was_read(self, lively: StoreBuilder, many: int, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("pkgstore._field_lists.MANY", many)
        reading = Reading.of(read_snapshot(str(lively.root), apps=str(lively.root.parent)), complete=True)
        assert len(reading.snapshot.platforms) > 1
        self.same(*self.sheets(reading))

    @pytest.mark.parametrize("many", [1, 20_000], ids=["as in a big store", "as in a small one"])
    def test_it_is_renewed_where_others_hold_what_is_there(
        self, lively: StoreBuilder, many: int, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("pkgstore._field_lists.MANY", many)
        reading = Reading.of(read_snapshot(str(lively.root)), complete=True)
        record = next(iter(reading.snapshot.workers.values()))
        gone = reading.followed_by(reading.snapshot.apply({record.key: None}), {record.key}, 0.0)
        assert gone.prepared is not None
        self.same(*self.sheets(gone))

    def test_a_source_that_goes_is_not_there(self, lively: StoreBuilder):
        reading = Reading.of(read_snapshot(str(lively.root)), complete=True)
        key = next(key for key in reading.snapshot.sources if key.platform == MAIN)
        gone = reading.followed_by(reading.snapshot.apply({key: None}), {key}, 0.0)
        self.same(*self.sheets(gone))
        assert gone.lists is not reading.lists, "what the rows before had in common is let go"

    def test_nothing_is_left_to_be_found_out_but_sizes_ages_and_refs(self, lively: StoreBuilder):
        reading = Reading.of(read_snapshot(str(lively.root)), complete=True)
        assert reading.prepared is not None
        for sheet in (
            reading.prepared.packages[MAIN],
            reading.prepared.configs[MAIN],
            reading.prepared.configs[""],
        ):
            known = sheet.renewed(asked_for_nothing(sheet.fields), 2e9, ())
            known.warm([name for name in sheet.fields if name not in MEASURED | RARE], orders=True)


class TestTheTableOfAllConfigs:
    """What was worked out while the store was opened is what one would find now."""

    def sheets(self, reading: Reading, platform: str = "") -> tuple[Sheet[ConfigRecord], Sheet[ConfigRecord]]:
        layout = Layout(reading.snapshot.root)
        level, look = AllConfigsLevel(platform), Look(reading, SizeBook(layout, lambda: None), lambda: 2e9)
        return level.sheet(look), ConfigRowsLevel.sheet(level, look)

    def same(self, found: Sheet[ConfigRecord], anew: Sheet[ConfigRecord]) -> None:
        assert tuple(found.rows) == tuple(anew.rows)
        for field in found.fields:
            assert found.order(field) == anew.order(field), field
        for text in ("idle>10d", "state:rooted", "worker:w", "name:a*", "users>1"):
            assert found.select(parse(text)) == anew.select(parse(text)), text

    def test_it_is_what_was_read(self, lively: StoreBuilder):
        reading = Reading.of(read_snapshot(str(lively.root), apps=str(lively.root.parent)), complete=True)
        assert reading.prepared is not None
        self.same(*self.sheets(reading))
        assert len(self.sheets(reading, MAIN)[0].rows) < len(self.sheets(reading)[0].rows)
        self.same(*self.sheets(reading, MAIN))

    def test_it_is_renewed_where_others_hold_what_is_there(self, lively: StoreBuilder):
        reading = Reading.of(read_snapshot(str(lively.root)), complete=True)
        record = next(iter(reading.snapshot.workers.values()))
        gone = reading.followed_by(reading.snapshot.apply({record.key: None}), {record.key}, 0.0)
        assert gone.prepared is not None
        self.same(*self.sheets(gone))

    def test_it_is_none_where_a_source_changed(self, lively: StoreBuilder):
        reading = Reading.of(read_snapshot(str(lively.root)), complete=True)
        key = next(iter(reading.snapshot.sources))
        gone = reading.followed_by(reading.snapshot.apply({key: None}), {key}, 0.0)
        assert gone.prepared is None
        self.same(*self.sheets(gone))


def test_a_name_that_may_not_reach_the_disk_has_no_size(tmp_path: Path):
    from pkgstore.progress import Cancel

    assert measure_config(Layout(str(tmp_path)), ConfigKey(MAIN, "..", "a", "b"), Cancel()).size == TreeSize()


def test_jobs_end_with_a_state_and_keep_their_events():
    ended: list[int] = []
    jobs = Jobs(lambda job: ended.append(job.id), clock=lambda: 7.0)

    def works(cancel, progress):
        yield Noticed("", "hello")
        yield Done(EvictResult(1))

    def stops(cancel, progress):
        while not cancel.wait(0.001):
            yield Noticed("", "waiting")
        cancel.check()

    good, slow = jobs.start("good", works), jobs.start("slow", stops)
    wait(lambda: not good.is_running)
    assert good.state is JobState.DONE
    assert good.result == Done(EvictResult(1))
    assert (good.started, good.ended) == (7.0, 7.0)
    assert jobs.running == [slow]
    assert jobs.stop()
    assert slow.state is JobState.CANCELLED
    assert slow.result is None
    assert sorted(ended) == [1, 2]


@pytest.fixture
def session(lively: StoreBuilder):
    opened = Session(Place(str(lively.root), str(lively.root.parent)), Options(watch=True))
    said: list[object] = []
    opened.subscribe(said.append)
    opened.said = said
    opened.start()
    wait(lambda: opened.reading.complete)
    yield opened
    opened.stop()


def test_the_session_reads_watches_and_tells(session: Session, lively: StoreBuilder):
    assert session.platform == MAIN
    wait(lambda: session.watch_state is not None)
    lively.worker("fresh", {})
    wait(lambda: "fresh" in session.reading.snapshot.workers)
    assert any(isinstance(m, SnapshotChanged) and m.keys for m in session.said)
    lively.package("new").source().config()
    session.reread([SourceKey(MAIN, "new", source_hash("new", "1.0"))])
    wait(lambda: "new" in session.reading.index.by_package[MAIN])
    session.unsubscribe(session.said.append)


@pytest.mark.parametrize("everything", [False, True])
def test_what_was_known_of_a_tree_that_is_gone_is_forgotten(
    session: Session, lively: StoreBuilder, *, everything: bool
):
    config = next(config for config in session.reading.snapshot.configs() if config.key.package == "dplyr")
    others = [each.key for each in session.reading.snapshot.configs() if each.key != config.key and each.has_tree]
    session.sizes.want([config.key, *others])
    wait(lambda: all(session.sizes.get(key) is not None for key in (config.key, *others)))
    assert session.ages.read(config.key) is not None
    shutil.rmtree(lively.root / MAIN / "dplyr")
    session.rescan() if everything else session.reread([config.key.source])
    wait(lambda: session.sizes.get(config.key) is None)
    wait(lambda: session.ages.get(config.key) is None)
    assert all(session.sizes.get(key) is not None for key in others), "what stands stays known"


def test_a_lost_store_is_told_once_and_found_again(session: Session, lively: StoreBuilder):
    away = lively.root.with_name("away")
    lively.root.rename(away)
    wait(lambda: session.trouble, "it is noticed without being asked for")
    assert not session.reading.snapshot.sources
    session.rescan()
    session.reread([WorkerKey("w")])
    away.rename(lively.root)
    wait(lambda: not session.trouble and session.reading.snapshot.sources, "and so is its return")
    assert sum(isinstance(m, Trouble) for m in session.said) == 1


def test_a_fault_while_reading_is_told_and_reading_goes_on(session: Session, lively, monkeypatch):
    monkeypatch.setattr("pkgstore_tui.session.reader.scan_key", lambda *args: 1 / 0)
    session.reread([WorkerKey("maps-5d0c91f2")])
    wait(lambda: any(isinstance(m, Trouble) and "ZeroDivisionError" in m.text for m in session.said))
    monkeypatch.undo()
    lively.worker("fresh", {})
    wait(lambda: "fresh" in session.reading.snapshot.workers)


def test_what_a_job_changed_is_read_again(session: Session, lively: StoreBuilder):
    from pkgstore.operations.evict import apply_evict, plan_evict

    plan = plan_evict(session.reading.snapshot, MAIN, 1.0)
    lively.worker("later", {})
    session.run("evict", lambda cancel, progress: apply_evict(session.layout, plan, cancel=cancel))
    wait(lambda: "dplyr" not in session.reading.index.by_package.get(MAIN, {}))
    wait(lambda: any(isinstance(m, JobEnded) for m in session.said))


def test_a_store_that_cannot_be_watched_is_polled(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    opened = Session(Place(str(lively.root), ""), Options(watch=True))
    monkeypatch.setattr(opened._watcher, "start", lambda: (_ for _ in ()).throw(OSError("no more watches")))
    opened.start()
    wait(lambda: opened.reading.complete)
    assert opened.watch_state == WatchState("polling", "cannot watch the store: no more watches")
    opened.stop()


def test_the_session_tells_that_pins_journal_or_trash_changed(session: Session, lively: StoreBuilder):
    wait(lambda: session.watch_state is not None)
    ours = lively.root / ".pkgstore"
    ours.mkdir(exist_ok=True)
    replace = ours / "new"
    replace.write_text('{"version": 1, "pins": []}')
    replace.rename(ours / "pins.json")
    wait(lambda: OursKey("pins.json") in told_of_ours(session))
    (ours / "trash" / "20261126T191500-evict-3f2a").mkdir(parents=True)
    wait(lambda: OursKey("trash") in told_of_ours(session))


def told_of_ours(session: Session) -> set[OursKey]:
    return {key for message in session.said if isinstance(message, OursChanged) for key in message.keys}


NOBODY_NEEDS = "data.table"


def pin_of(session: Session, until: float | None = None) -> Pin:
    manifest = {NOBODY_NEEDS: idle_config(session).key.ref}
    return Pin("", f"{NOBODY_NEEDS} 1.15.4", "for the course", "alice", session.clock(), manifest, until)


def idle_config(session: Session) -> ConfigRecord:
    return next(c for c in session.reading.snapshot.configs() if c.key.package == NOBODY_NEEDS)


def states_of(session: Session) -> frozenset[str]:
    """As the columns, filters and counts of every view have it."""
    return session.reading.holding.of(idle_config(session)).states


def test_a_pin_that_another_process_makes_is_in_the_next_reading(session: Session):
    wait(lambda: session.watch_state is not None)
    assert states_of(session) == {"idle"}
    made = add_pin(session.layout, pin_of(session))
    wait(lambda: states_of(session) == {"rooted", "pinned"}, "it counts")
    (holder,) = session.reading.roots.holders(idle_config(session).key)
    assert (holder.tier, holder.key) == (Tier.PINNED, None)
    session.reread([WorkerKey("maps-5d0c91f2")])
    session.rescan()
    wait(lambda: not session.is_reading)
    assert states_of(session) == {"rooted", "pinned"}
    remove_pins(session.layout, {made.id: None})
    wait(lambda: states_of(session) == {"idle"}, "it is gone")


def test_pins_that_cannot_be_read_are_damage_and_leave_open_what_is_idle(session: Session):
    wait(lambda: session.watch_state is not None)
    add_pin(session.layout, pin_of(session))
    wait(lambda: states_of(session) == {"rooted", "pinned"})
    Path(session.layout.pins).write_text("{")
    wait(lambda: not session.reading.roots.is_complete)
    assert states_of(session) == {f"{MAYBE}rooted", f"{MAYBE}idle", f"{MAYBE}pinned"}
    assert session.layout.pins in {item.path for item in session.reading.snapshot.damage}
    Path(session.layout.pins).unlink()
    wait(lambda: session.reading.roots.is_complete)


def test_a_pin_ceases_to_count_when_its_end_has_come(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pkgstore_tui.session.reader.LOOK_EVERY", 0.01)
    time = [1_800_000_000.0]
    opened = Session(Place(str(lively.root), ""), Options(watch=False, clock=lambda: time[0]))
    opened.start()
    try:
        wait(lambda: opened.reading.complete)
        add_pin(opened.layout, pin_of(opened, until=time[0] + 60))
        opened.reread([PINS])
        wait(lambda: states_of(opened) == {"rooted", "pinned"})
        before = opened.reading
        time[0] += 59
        opened.reread([WorkerKey("maps-5d0c91f2")])
        wait(lambda: opened.reading is not before)
        assert states_of(opened) == {"rooted", "pinned"}
        time[0] += 1
        wait(lambda: states_of(opened) == {"idle"}, "though no file changed")
    finally:
        opened.stop()
