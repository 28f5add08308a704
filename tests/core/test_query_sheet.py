"""Rows filtered, sorted and grouped: against a plain evaluation of every row."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pkgstore import _query_match, _query_order
from pkgstore.query import MAYBE, Field, Kind, Query, QueryError, Sheet, parse

NOW = 1_000_000.0
DAY = 86400.0
STATES = ("orphan", "rooted", "idle")


@dataclass(frozen=True)
class Thing:
    """A row; `used` so many days ago."""

    name: str = "sf"
    used: float | None = 0.0
    size: int | None = 0
    configs: int | None = 1
    version: str | None = "1.0"
    state: frozenset[str] = frozenset()
    apps: frozenset[str] | None = frozenset()
    worker: frozenset[str] = frozenset()


FIELDS: dict[str, Field[Thing]] = {
    "name": Field(Kind.NAME, lambda t: t.name, ""),
    "idle": Field(Kind.AGE, lambda t: None if t.used is None else NOW - t.used * DAY, ""),
    "size": Field(Kind.SIZE, lambda t: t.size, ""),
    "configs": Field(Kind.COUNT, lambda t: t.configs, "", column=lambda rows: [row.configs for row in rows]),
    "version": Field(Kind.TEXT, lambda t: t.version, ""),
    "state": Field(Kind.STATE, lambda t: t.state, "", words=STATES),
    "app": Field(Kind.SET, lambda t: t.apps, ""),
    "worker": Field(Kind.SET, lambda t: t.worker, "", prefix=True),
}


def sheet(*rows: Thing) -> Sheet[Thing]:
    return Sheet(rows, FIELDS, NOW)


def words(*texts: str) -> frozenset[str]:
    return frozenset(texts)


ZOO = (
    Thing("sf", 40, 100 << 20, 2, "1.0-16", words("rooted"), words("shop"), words("3f2a77", "99")),
    Thing("Rcpp", 1, 1 << 20, 5, "1.0.13", words("idle"), words(), words()),
    Thing("RcppEigen", 400, None, None, None, words("orphan", "idle"), words("shop", "map"), words("3f2b")),
    Thing("a b*", None, 0, 1, "2.0", words(MAYBE + "rooted", MAYBE + "idle"), None, words()),
    Thing(
        "\udcffnew\nline", 0.5, 2 << 30, 0, "1.0", words("orphan", MAYBE + "rooted"), words("map", MAYBE), words()
    ),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("rcpp", [1, 2]),
        ("RCPP", [1, 2]),
        ("!rcpp", [0, 3, 4]),
        ("r?pp", [1]),
        ("?f", [0]),
        ("f", [0]),
        ("*f*", [0]),
        ("*eigen", [2]),
        ("eigen*", []),
        ("sf|eigen", [0, 2]),
        ("!sf|eigen", [1, 3, 4]),
        ('"b*"', [3]),
        ('"a b"', [3]),
        ('a" "b?', [3]),
        ("*line", [4]),
        ("p e", [2]),
        ("p !e", [1]),
        ("idle>30d", [0, 2]),
        ("!idle>30d", [1, 4]),
        ("idle<=1d", [1, 4]),
        ("!idle<=1d", [0, 2]),
        ("idle=40d", [0]),
        ("!idle=40d", [1, 2, 4]),
        ("idle<12h", []),
        ("idle<=12h", [4]),
        ("size>1M", [0, 4]),
        ("size>=1M", [0, 1, 4]),
        ("size<1M", [3]),
        ("!size>1M", [1, 3]),
        ("!size<1M", [0, 1, 4]),
        ("!size>=1M", [3]),
        ("size:2G", [4]),
        ("configs>1", [0, 1]),
        ("configs=0", [4]),
        ("!configs=0", [0, 1, 3]),
        ("version:1.0", [4]),
        ("version:1.0*", [0, 1, 4]),
        ("version:*", [0, 1, 3, 4]),
        ("!version:1.0*", [3]),
        ("version:2.0|1.0", [3, 4]),
        ("state:orphan", [2, 4]),
        ("state:rooted", [0]),
        ("!state:rooted", [1, 2]),
        ("state:rooted|orphan", [0, 2, 4]),
        ("!state:rooted|orphan", [1]),
        ("!state:idle", [0, 4]),
        ("app:shop", [0, 2]),
        ("app:SHOP", [0, 2]),
        ("app:sho", []),
        ("app:*", [0, 2, 4]),
        ("!app:shop", [1]),
        ("!app:map", [0, 1]),
        ("app:map", [2, 4]),
        ("app:shop app:map", [2]),
        ("worker:3f2", [0, 2]),
        ("worker:3F2A", [0]),
        ("worker:f2", []),
        ("worker:*7", [0]),
        ("!worker:3", [1, 3, 4]),
        ("size>0 idle>1h !rooted state:rooted", [0]),
        ("idle>30d idle<100d size>1M app:shop sf", [0]),
    ],
)
def test_finds(text: str, found: list[int]) -> None:
    assert sheet(*ZOO).select(parse(text, FIELDS)) == found


@pytest.mark.parametrize(
    ("field", "up", "down"),
    [
        ("name", [3, 1, 2, 0, 4], [4, 0, 2, 1, 3]),
        ("idle", [4, 1, 0, 2, 3], [2, 0, 1, 4, 3]),
        ("size", [3, 1, 0, 4, 2], [4, 0, 1, 3, 2]),
        ("configs", [4, 3, 0, 1, 2], [1, 0, 3, 4, 2]),
        ("version", [4, 0, 1, 3, 2], [3, 1, 0, 4, 2]),
        ("state", [3, 1, 2, 4, 0], [0, 4, 2, 1, 3]),
        ("app", [1, 4, 2, 0, 3], [0, 2, 4, 1, 3]),
    ],
)
def test_sorts(field: str, up: list[int], down: list[int]) -> None:
    things = sheet(*ZOO)
    assert (things.order(field), things.order(field, reverse=True)) == (up, down)


def test_what_is_equal_stays_as_it_came_both_ways() -> None:
    things = sheet(
        *(Thing(name, configs=count) for name, count in [("b", 1), ("B", 2), ("b", None), ("a", 1), ("b", 1)])
    )
    assert things.order("name") == [3, 1, 0, 2, 4]
    assert things.order("name", reverse=True) == [0, 2, 4, 1, 3]
    assert things.order("configs") == [0, 3, 4, 1, 2]
    assert things.order("configs", reverse=True) == [1, 0, 3, 4, 2]


@pytest.mark.parametrize(
    ("text", "sort", "reverse", "names"),
    [
        (None, None, False, "c a b"),
        (None, None, True, "b a c"),
        (None, "name", False, "a b c"),
        ("", "name", True, "c b a"),
        ("!a", None, False, "c b"),
        ("!a", None, True, "b c"),
        ("!c", "name", True, "b a"),
        ("x", "name", False, ""),
    ],
)
def test_shows(text: str | None, sort: str | None, reverse: bool, names: str) -> None:
    things = sheet(Thing("c"), Thing("a"), Thing("b"))
    query = None if text is None else parse(text)
    shown = things.view(query, sort, reverse)
    assert [row.name for row in shown] == names.split()
    assert tuple(things.rows[index] for index in things.find(query, sort, reverse)) == shown


def test_groups_by_the_field_s_own_values_in_their_order() -> None:
    rows = (Thing("b", size=None), Thing("a", used=2), Thing("b", used=1))
    things = sheet(*rows)
    assert list(things.group("name").items()) == [("a", (rows[1],)), ("b", (rows[0], rows[2]))]
    assert list(things.group("size").items()) == [(0, (rows[1], rows[2])), (None, (rows[0],))]
    assert list(things.group("idle")) == [NOW, NOW - DAY, NOW - 2 * DAY]


@pytest.mark.parametrize("field", FIELDS)
def test_no_rows_are_no_trouble(field: str) -> None:
    empty = sheet()
    empty.warm(FIELDS, orders=True)
    assert empty.order(field) == empty.order(field, reverse=True) == []
    assert empty.group(field) == {}
    assert empty.view(parse("sf !a idle>1d state:orphan app:x !worker:y size>1"), field) == ()


def test_a_query_about_other_rows_is_an_error_that_points_at_the_term() -> None:
    with pytest.raises(
        QueryError, match='there is no field "links" here; the fields are app, configs, idle'
    ) as caught:
        sheet().select(parse("sf  !links:Rcpp"))
    assert (caught.value.column, caught.value.length) == (5, 11)
    with pytest.raises(QueryError, match=r'there is no state "whole"; there are orphan, rooted, idle$') as caught:
        sheet().select(parse("state:orphan|whole"))
    assert caught.value.column == 1
    with pytest.raises(QueryError, match="size is a count here, not a size"):
        Sheet((), {"size": FIELDS["configs"]}, NOW).select(parse("size>1"))
    with pytest.raises(QueryError, match='there is no field "colour" here'):
        sheet().order("colour")
    with pytest.raises(QueryError, match='there is no field "colour" here'):
        sheet().warm(["colour"])


def test_a_field_is_worked_out_once_and_only_when_it_is_asked_for() -> None:
    asked: list[str] = []

    def size(thing: Thing) -> int | None:
        asked.append(thing.name)
        return thing.size

    things = Sheet(ZOO[:2], {**FIELDS, "size": Field(Kind.SIZE, size, "")}, NOW)
    things.view(parse("rcpp"), "name")
    assert asked == []
    for _ in range(2):
        things.view(parse("size>1M"), "size", reverse=True)
    assert asked == ["sf", "Rcpp"]


def test_what_it_gives_can_be_changed_without_harm() -> None:
    things = sheet(*ZOO)
    things.order("name").clear()
    things.find(None, "name").clear()
    things.select(Query()).clear()
    assert len(things.order("name")) == len(things.find(None, "name")) == len(things.view()) == 5


def test_many_stars_take_no_time() -> None:
    assert sheet(Thing("a" * 255)).select(parse("*a" * 100 + "*b", FIELDS)) == []


# --- against a plain evaluation ----------------------------------------------------------------------------

names = st.sampled_from(["sf", "SF", "Rcpp", "rcppE", "a b", "a*b", "", "ß", "SS", "\udc80", "s\nf"])
sets = st.frozensets(st.sampled_from(["shop", "Shop", "map", "3f2a", MAYBE]), max_size=3)
things = st.builds(
    Thing,
    names,
    st.none() | st.integers(0, 3).map(float),
    st.none() | st.integers(0, 3),
    st.none() | st.integers(0, 3),
    st.none() | names,
    st.frozensets(st.sampled_from([*STATES, *(MAYBE + state for state in STATES)]), max_size=3),
    st.none() | sets,
    sets,
)
SIGNS = [">", "<", ">=", "<=", "="]
values = st.sampled_from(["sf", "s*", "?f", "*", "ss", "r|s", '"a*b"', "rcpp", "3", "*h*", "shop|map", '"a b"'])
terms = st.one_of(
    values,
    st.tuples(st.sampled_from(["name", "version", "app", "worker"]), values).map(":".join),
    st.tuples(st.sampled_from(["size", "configs"]), st.sampled_from(SIGNS), st.sampled_from("012")).map("".join),
    st.tuples(st.sampled_from(SIGNS), st.sampled_from("012")).map(lambda t: f"idle{t[0]}{t[1]}d"),
    st.lists(st.sampled_from(STATES), min_size=1, max_size=2).map(lambda s: f"state:{'|'.join(s)}"),
)
queries = st.lists(st.tuples(st.sampled_from(["", "!"]), terms).map("".join), max_size=3).map(" ".join)


def matched(text: str, pattern: Any, whole: bool, prefix: bool) -> bool:
    """One text against one pattern, by a slow regular expression."""
    parts = [{"*": ".*", "?": "."}.get(piece) or re.escape(piece[1:].casefold()) for piece in pattern.pieces]
    expression = "".join(parts)
    if pattern.literal is not None:
        expression = f".*{expression}.*" if not whole else f"{expression}.*" if prefix else expression
    return re.fullmatch(expression, text.casefold(), re.DOTALL) is not None


def truth(thing: Thing, term: Any) -> bool | None:
    """Whether a row meets a term, without its negation; None where nobody knows."""
    field = FIELDS[term.field]
    value = field.value(thing)
    if value is None:
        return None
    if field.kind.is_number:
        number = NOW - value if field.kind is Kind.AGE else value
        return {">": number > term.number, "<": number < term.number, ">=": number >= term.number,
                "<=": number <= term.number, "=": number == term.number}[term.operator]  # fmt: skip
    if field.kind is Kind.STATE:
        wanted = {pattern.literal for pattern in term.patterns}
        return True if wanted & value else None if {MAYBE + word for word in wanted} & value else False
    texts = [value] if isinstance(value, str) else [text for text in value if text != MAYBE]
    whole = field.kind is not Kind.NAME
    if any(matched(text, pattern, whole, field.prefix) for text in texts for pattern in term.patterns):
        return True
    return None if not isinstance(value, str) and MAYBE in value else False


@given(st.lists(things, max_size=12), queries)
def test_finds_what_a_plain_evaluation_finds(rows: list[Thing], text: str) -> None:
    query = parse(text, FIELDS)
    expected = [
        index
        for index, row in enumerate(rows)
        if all(truth(row, term) is (not term.negated) for term in query.terms)
    ]
    assert sheet(*rows).select(query) == expected


@given(st.lists(things, max_size=12), terms)
def test_a_row_meets_a_term_or_its_negation_or_nobody_knows(rows: list[Thing], text: str) -> None:
    found = sheet(*rows)
    yes, no = set(found.select(parse(text))), set(found.select(parse(f"!{text}")))
    assert not yes & no
    unknown = {index for index, row in enumerate(rows) if truth(row, parse(text).terms[0]) is None}
    assert yes | no == set(range(len(rows))) - unknown


def sort_key(field: str, thing: Thing) -> Any:
    value = FIELDS[field].value(thing)
    if FIELDS[field].kind is Kind.AGE:
        return NOW - value
    if FIELDS[field].kind.is_number:
        return value
    if isinstance(value, str):
        return value.casefold(), value
    return sorted((text.casefold(), text) for text in value if not text.startswith(MAYBE))


@pytest.mark.parametrize("in_background", [False, True])
@pytest.mark.parametrize("chunk", [2, 200_000])
@given(rows=st.lists(things, max_size=12), field=st.sampled_from(sorted(FIELDS)), reverse=st.booleans())
def test_sorts_as_a_plain_sort(
    chunk: int, in_background: bool, rows: list[Thing], field: str, reverse: bool
) -> None:
    known = [index for index, row in enumerate(rows) if FIELDS[field].value(row) is not None]
    unknown = [index for index in range(len(rows)) if index not in known]
    expected = sorted(known, key=lambda index: sort_key(field, rows[index]), reverse=reverse)
    with pytest.MonkeyPatch.context() as patch:
        for size in ("CHUNK", "AT_ONCE", "SETS"):
            patch.setattr(_query_order, size, chunk)
        patch.setattr(_query_match, "SLICE", chunk)
        sorted_by = sheet(*rows)
        if in_background:
            sorted_by.warm([field], orders=True, breathe=lambda: None)
        assert sorted_by.order(field, reverse) == expected + unknown


@given(st.lists(things, max_size=12), queries, st.sampled_from(sorted(FIELDS)), st.booleans())
def test_a_view_is_the_order_without_what_the_filter_leaves_out(
    rows: list[Thing], text: str, field: str, reverse: bool
) -> None:
    found = sheet(*rows)
    kept = set(found.select(parse(text)))
    assert found.find(parse(text), field, reverse) == [i for i in found.order(field, reverse) if i in kept]


class TestWhatIsKept:
    @given(st.lists(things, max_size=12), st.sampled_from(sorted(FIELDS)), st.booleans())
    def test_an_order_the_other_way_round_is_as_if_worked_out_anew(self, rows, field: str, first: bool) -> None:
        asked_twice = sheet(*rows)
        asked_twice.order(field, first)
        assert asked_twice.order(field, not first) == sheet(*rows).order(field, not first)

    @given(st.lists(things, max_size=12), st.sampled_from(sorted(FIELDS)), st.booleans())
    def test_a_renewed_sheet_is_as_a_new_one(self, rows, field: str, reverse: bool) -> None:
        old = sheet(*rows)
        for name in FIELDS:
            old.order(name)
        fields = FIELDS | {"app": Field(Kind.SET, lambda t: frozenset({t.name}), "")}
        later = NOW + 3 * DAY
        renewed, new = old.renewed(fields, later, {"app"}), Sheet(rows, fields, later)
        assert renewed.order(field, reverse) == new.order(field, reverse)
        for text in ("idle>30d", "app:sf", "!state:idle"):
            assert renewed.select(parse(text, fields)) == new.select(parse(text, fields))

    def test_a_renewed_sheet_asks_only_for_what_changed(self) -> None:
        asked: list[str] = []

        def field(name: str) -> Field[Thing]:
            return Field(Kind.TEXT, lambda t: asked.append(name) or t.name, "")  # type: ignore[func-returns-value]

        fields = {"one": field("one"), "other": field("other")}
        old = Sheet((Thing(),), fields, NOW)
        old.warm(fields, orders=True)
        old.renewed(fields, NOW, {"other"}).warm(fields, orders=True)
        assert asked == ["one", "other", "other"]

    def test_ages_go_on_without_being_asked_for_again(self) -> None:
        asked: list[str] = []

        def used(thing: Thing) -> float:
            asked.append(thing.name)
            return NOW - 10 * DAY

        fields = {"idle": Field(Kind.AGE, used, "")}
        old = Sheet((Thing(name="a"),), fields, NOW)
        assert old.select(parse("idle>20d", fields)) == []
        renewed = old.renewed(fields, NOW + 15 * DAY, ())
        assert renewed.select(parse("idle>20d", fields)) == [0]
        assert old.select(parse("idle>20d", fields)) == [], "the sheet before keeps its time"
        assert list(renewed.values("idle")) == [25 * DAY]
        assert asked == ["a"]

    def test_rows_of_which_nothing_is_known_stay_as_they_came(self) -> None:
        fields = {"size": Field(Kind.SIZE, lambda _thing: None, "")}
        unknown = Sheet((Thing(), Thing(), Thing()), fields, NOW)
        assert unknown.order("size") == unknown.order("size", reverse=True) == [0, 1, 2]
