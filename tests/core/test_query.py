"""The filter language: what a text means, what is wrong with it and where."""

import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pkgstore._query_values import age_text, parse_age, parse_size, size_text
from pkgstore.errors import InputError
from pkgstore.query import Field, Kind, Query, QueryError, parse

FIELDS: dict[str, Field[object]] = {
    "name": Field(Kind.NAME, str, ""),
    "size": Field(Kind.SIZE, str, ""),
    "state": Field(Kind.STATE, str, "", words=("dirty", "clean")),
}


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        ("  \t\n ", ""),
        ("sf", "sf"),
        (" sf   terra ", "sf terra"),
        ("Rcpp", "Rcpp"),
        ("name:sf", "sf"),
        ("!name=sf", "!sf"),
        ("IDLE>30d", "idle>30d"),
        ("idle>720h", "idle>30d"),
        ("idle>=1w", "idle>=7d"),
        ("idle<1.5w", "idle<252h"),
        ("age<90min", "age<90min"),
        ("age<=1h30m", "age<=90min"),
        ("age=2H", "age=2h"),
        ("age:1w2d3h", "age=219h"),
        ("age<1ms", "age<0.001s"),
        ("age<0", "age<0d"),
        ("size>50M", "size>50M"),
        ("size>1024k", "size>1M"),
        ("size>1.5GiB", "size>1536M"),
        ("size>1.5gb", "size>1536M"),
        ("size:512", "size=512"),
        ("size=0B", "size=0"),
        ("size<0.3K", "size<307.2"),
        ("own>1G", "own>1G"),
        ("configs>01", "configs>1"),
        ("!configs:1", "!configs=1"),
        ("version=1.0*", "version:1.0*"),
        ("state:Orphan|rooted", "state:orphan|rooted"),
        ("!state:orphan", "!state:orphan"),
        ("app:shop|map|?x", "app:shop|map|?x"),
        ("a|b", "a|b"),
        ('"a b"', '"a b"'),
        ('app:"my app"', 'app:"my app"'),
        ('"sf"', "sf"),
        ('s"f"', "sf"),
        ('"a"*"b c"', 'a*"b c"'),
        ('"*"', '"*"'),
        ('!"!x"', '!"!x"'),
        ("!!x", '!"!x"'),
        ('"idle>30d"', '"idle>30d"'),
        (r'"\"\\"', r'"\"\\"'),
        ('"\\a"', "a"),
        ("a\\b", '"a\\\\b"'),
        ("1:2", '"1:2"'),
        (">5", '">5"'),
        ("ß*", "ß*"),
        ("[bold]", "[bold]"),
    ],
)
def test_means(text: str, normal: str) -> None:
    query = parse(text)
    assert query.text == normal
    assert parse(normal) == query
    assert hash(parse(normal)) == hash(query)


@pytest.mark.parametrize(
    ("text", "column", "length", "what"),
    [
        ("idle>x", 6, 1, 'idle needs an age such as 30d, not "x"'),
        ("idle>30", 6, 2, 'idle needs an age such as 30d, not "30"'),
        ("sf idle>", 9, 1, "idle needs an age such as 30d"),
        ("!idle>300y", 7, 4, 'idle needs an age such as 30d, not "300y"'),
        ("age<106752d", 5, 7, 'age needs an age such as 30d, not "106752d"'),
        ("size>5X", 6, 2, 'size needs a size such as 50M, not "5X"'),
        ("size>-5M", 6, 3, 'size needs a size such as 50M, not "-5M"'),
        ("a own<1G5", 7, 3, 'own needs a size such as 50M, not "1G5"'),
        ("configs>1.5", 9, 3, 'configs needs a number such as 3, not "1.5"'),
        ("configs>٣", 9, 1, 'configs needs a number such as 3, not "٣"'),
        ("configs>" + "9" * 60, 9, 60, f'configs needs a number such as 3, not "{"9" * 39}…"'),
        ("version>1.0", 8, 1, "version is no number: write version:…, not version>…"),
        ("é !app>=x", 7, 2, "app is no number: write app:…, not app>=…"),
        ("sf colour:red", 4, 6, 'there is no field "colour" here'),
        ("!Colour:red", 2, 6, 'there is no field "Colour" here'),
        ("state:odd", 7, 3, 'there is no state "odd"'),
        ("state:orphan|odd", 7, 10, 'there is no state "odd"'),
        ("state:*", 7, 1, 'there is no state "*"'),
        ("version:", 9, 1, "version needs a text"),
        ('version:""', 9, 2, "version needs a text"),
        ("app:shop|", 5, 5, "app needs a text on both sides of |"),
        ("a |", 3, 1, "a name needs a text on both sides of |"),
        ('""', 1, 2, "a name needs a text"),
        ("a !", 3, 1, "! needs a word after it, such as !sf"),
        ('ab "c d', 4, 4, "the quotes that begin here do not end"),
        ('ab"c d', 3, 4, "the quotes that begin here do not end"),
        ('"a\\"', 1, 4, "the quotes that begin here do not end"),
    ],
)
def test_says_what_is_wrong_and_where(text: str, column: int, length: int, what: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.column, caught.value.length, caught.value.what) == (column, length, what)


def test_an_error_says_which_fields_there_are() -> None:
    with pytest.raises(QueryError, match=r"the fields are name, size, state$"):
        parse("idle>30d", FIELDS)


def test_an_error_says_which_states_there_are() -> None:
    with pytest.raises(QueryError, match=r"there are dirty, clean$"):
        parse("state:orphan", FIELDS)
    assert parse("state:dirty", FIELDS).text == "state:dirty"


def test_without_names_a_word_is_an_error() -> None:
    with pytest.raises(QueryError, match=r"there is no name to look for here; the fields are size$"):
        parse("sf", {"size": FIELDS["size"]})


def test_an_error_is_one_of_input_and_can_be_pickled() -> None:
    error = QueryError("no", column=3, length=2, advice="yes")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, InputError)
    assert (str(again), again.column, again.length) == ("no; yes", 3, 2)


def test_where_a_term_stood_does_not_count() -> None:
    assert parse("sf") == parse("     sf")
    assert parse("sf").terms[0].column == 1
    assert parse("     sf").terms[0].column == 6
    assert parse("sf") != parse("!sf")
    assert parse("a b") != parse("b a")
    assert parse("") == Query()


SIGNS = ["sf", "*", "?", '"', '""', "|", "!", ":", ">", "<=", "\\", " ", "\0", "\udc80", "\n", "İ", "ß", "1e5"]
STARTS = ["idle", "size", "version", "state", "app:", "configs>", "name:", "own=", "0.1w", "30d", "1.5G", "orphan"]
words = st.sampled_from([*SIGNS, *STARTS])
texts = st.one_of(st.text(), st.lists(words).map("".join))


@given(texts)
@example("age=" + "9" * 99 + "w")
@example("size=" + "9" * 5000)
@example("configs=" + "9" * 5000)
@example("a" + "*a" * 500)
@example("age<." + "0" * 80 + "1s")
def test_any_text_is_a_query_or_an_error_that_points_into_it(text: str) -> None:
    found = parsed(text)
    if isinstance(found, QueryError):
        assert 1 <= found.column <= len(text) + 1
        assert 1 <= found.length <= len(text) + 2 - found.column
    else:
        assert parse(found.text) == found
        assert parse(found.text).text == found.text


def parsed(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


names = st.text(min_size=1)


@given(names)
def test_a_quoted_name_means_itself(name: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    [term] = parse(quoted).terms
    assert [pattern.literal for pattern in term.patterns] == [name]


@given(st.floats(-9e9, 9e9))
def test_ages_come_back(seconds: float) -> None:
    nanoseconds = round(seconds, 9)
    assert parse_age(age_text(nanoseconds)) == nanoseconds


@given(st.integers(0, 2**60))
def test_sizes_come_back(count: int) -> None:
    read = parse_size(size_text(count))
    assert read == count or count > 10**15


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30d", 2592000), ("2h", 7200), ("90min", 5400), ("1w", 604800), ("0.5w", 302400), ("1w1min", 604860),
     ("1h30m", 5400), ("250ms", 0.25), ("0", 0), ("1W", 604800), ("w", None), ("5", None), ("1y", None),
     ("min", None), ("1d!", None), ("", None), ("1 d", None), ("9999999999w", None)],
)  # fmt: skip
def test_ages(text: str, seconds: float | None) -> None:
    assert parse_age(text) == seconds
