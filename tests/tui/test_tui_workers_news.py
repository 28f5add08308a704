"""What came, went and changed: the log and the marks, each bounded, and how they fade."""

import pytest

from pkgstore.keys import WorkerKey
from pkgstore.model import WorkerRecord
from pkgstore_tui.screens.worker_marks import lately, sign_of_worker, tone_of
from pkgstore_tui.session.news import FRESH, KEPT, MARKED, YOUNG, Change, Entry, News, compare
from pkgstore_tui.widgets.cells import parts_of


def worker(name: str, refs: dict[str, str] | None) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), refs, 1.0)


def after(news: News, name: str, old: dict[str, str] | None, new: dict[str, str] | None, at: float) -> News:
    return news.after({name: worker(name, old)}, {name: worker(name, new)}, [name], at)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ({"a": "1"}, {"a": "1", "b": "2"}, [(Change.CAME, "b", "", "2")]),
        ({"a": "1", "b": "2"}, {"a": "1"}, [(Change.WENT, "b", "2", "")]),
        ({"a": "1"}, {"a": "2"}, [(Change.CHANGED, "a", "1", "2")]),
        ({"c": "1", "a": "1"}, {"b": "1", "a": "2"}, [
            (Change.CHANGED, "a", "1", "2"), (Change.CAME, "b", "", "1"), (Change.WENT, "c", "1", ""),
        ]),
        ({"a": "1"}, {"a": "1"}, []),
        (None, {"a": "1"}, [(Change.CHANGED, "", "", "")]),
        (None, None, []),
    ],
)  # fmt: skip
def test_each_way_a_manifest_changes(old, new, wanted):
    found = compare("w", worker("w", old), worker("w", new), 7.0)
    assert [(entry.change, entry.package, entry.old, entry.new) for entry in found] == wanted
    assert all(entry.at == 7.0 and entry.worker == "w" for entry in found)


def test_a_worker_that_changes_a_lot_takes_no_marks_from_another():
    news = after(News(), "quiet", {"a": "1"}, {"a": "2"}, 100.0)
    for number in range(KEPT + 10):
        news = after(news, "loud", {"a": str(number)}, {"a": str(number + 1)}, 101.0)
    assert len(news.entries) == KEPT
    assert "quiet" not in news.by_worker
    assert [entry.package for entry in news.fresh("quiet", 102.0)] == ["a"]
    assert news.told == KEPT + 11


def test_marks_are_bounded_and_go_with_their_time():
    many = {f"p{number}": "1" for number in range(MARKED + 5)}
    news = after(News(), "w", {}, many, 100.0)
    assert len(news.fresh("w", 100.0)) == MARKED
    assert news.is_fading(100.0 + FRESH)
    assert not news.is_fading(100.1 + FRESH)
    news = after(news, "w", {"a": "1"}, {"a": "2"}, 101.0 + FRESH)
    assert [entry.package for entry in news.fresh("w", 101.0 + FRESH)] == ["a"]
    assert after(news, "v", {}, {"a": "1"}, 300.0).marks.keys() == {"v"}, "nobody keeps what is over"


def test_the_latest_change_of_a_package_is_its_mark():
    news = after(News(), "w", {"a": "1"}, {"a": "2"}, 100.0)
    news = after(news, "w", {"a": "2"}, {"a": "3"}, 101.0)
    assert news.fresh_packages("w", 102.0)["a"].new == "3"


def test_a_worker_that_went_stays_for_a_while_unless_it_is_back():
    news = News().after({"w": worker("w", {})}, {}, ["w"], 100.0)
    assert [entry.worker for entry in news.gone_workers({}, 100.0 + FRESH)] == ["w"]
    assert news.gone_workers({}, 100.1 + FRESH) == ()
    assert news.gone_workers({"w": worker("w", {})}, 101.0) == ()


def entries(*changes: Change, package: str = "a", at: float = 100.0) -> list[Entry]:
    return [Entry(at, "w", change, package) for change in changes]


def test_signs_count_and_fade():
    found = entries(Change.CAME, Change.CAME, Change.CHANGED, Change.WENT)
    young = parts_of(lately(found, lambda: 100.0))
    assert "".join(part.text for part in young) == "+2 ~1 −1"
    assert [part.tone for part in young if part.text.strip()] == ["good", "warn", "bad"]
    faded = parts_of(lately(found, lambda: 100.0 + YOUNG))
    assert {part.tone for part in faded if part.text.strip()} == {"muted"}
    assert parts_of(lately(found, lambda: 100.1 + FRESH)) == ()
    assert tone_of(found[0], 100.0 + YOUNG) == "muted"


def test_the_sign_of_a_worker():
    def text(found: list[Entry], now: float = 100.0) -> str:
        return "".join(part.text for part in parts_of(sign_of_worker(found, lambda: now)))

    assert text(entries(Change.CAME)) == "~", "what changed in its library is a change"
    assert text(entries(Change.CHANGED) + entries(Change.CAME, package="")) == "+"
    assert text(entries(Change.WENT, package="")) == "−"
    assert text(entries(Change.CHANGED, package="")) == "~"
    assert text(entries(Change.CAME), 101.0 + FRESH) == ""
