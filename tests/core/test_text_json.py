"""JSON as the reference writes and reads it, against a slow model of Go's encoder."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pkgstore import text_json
from pkgstore.text_json import BadJSON, Fields, by_bytes, dumps, loads, string_list, string_map

relaxed = settings(deadline=None, database=None)

any_text = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs"]),
        st.sampled_from('<>&"\\/\b\f\n\r\t\0\x1f\x7f\u2027\u2028\u2029\ufeff\ufffd\uffff\U0010ffff'),
    )
)
odd_bytes = st.integers(0xDC80, 0xDCFF).map(chr)
file_text = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), odd_bytes, st.sampled_from("<>&\u2028\u2029\x7f"))
)
"""What reaches the library from outside: characters, and bytes that are no UTF-8."""


def go_string(text: str) -> str:
    """Go's encoder, one character at a time."""
    out = []
    for character in text:
        if character in "<>&\u2028\u2029":
            out.append(f"\\u{ord(character):04x}")
        elif 0xD800 <= ord(character) <= 0xDFFF:
            out.append("\ufffd")
        else:
            out.append(json.dumps(character, ensure_ascii=False)[1:-1])
    return '"' + "".join(out) + '"'


def go(value: object, depth: int = 0) -> str:
    """The model: json.dumps with an indent of two, and Go's strings put in for marks."""
    marks: dict[str, str] = {}

    def marked(item: object) -> object:
        if isinstance(item, str):
            marks[f"@{len(marks)}@"] = go_string(item)
            return f"@{len(marks) - 1}@"
        if isinstance(item, Mapping):
            return {marked(key): marked(inner) for key, inner in item.items()}
        return [marked(inner) for inner in item] if isinstance(item, list | tuple) else item

    text = json.dumps(marked(value), indent=2)
    return re.sub('"(@[0-9]+@)"', lambda found: marks[found[1]], text)


values = st.recursive(
    st.one_of(any_text, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(any_text, inner)),
    max_leaves=10,
)


class TestWriting:
    @relaxed
    @given(values)
    @example({"\u2028<": ["\ud800", "&>\u2029"], "": {}, "x": [], "y": ()})
    def test_gives_the_model_s_bytes(self, value: object) -> None:
        assert dumps(value) == go(value).encode()

    @relaxed
    @given(st.dictionaries(file_text, file_text))
    @example({chr(0xDCE9): "1", "\ufffd": "2", "\U00010000": "3"})
    def test_sorts_a_map_by_bytes(self, value: dict[str, str]) -> None:
        expected = sorted(value.items(), key=lambda pair: pair[0].encode("utf-8", "surrogateescape"))
        assert list(by_bytes(value).items()) == expected

    @relaxed
    @given(st.dictionaries(any_text, any_text))
    @example({"\ud800": "x"})
    def test_sorts_and_writes_any_map_of_texts(self, value: dict[str, str]) -> None:
        assert sorted(by_bytes(value).items()) == sorted(value.items())
        dumps(by_bytes(value)).decode("utf-8", "strict")

    @relaxed
    @given(st.dictionaries(st.text(), st.one_of(st.text(), st.none(), st.lists(st.text()))))
    def test_can_be_read_back(self, value: dict[str, Any]) -> None:
        assert loads(dumps(value)) == value

    @relaxed
    @given(st.dictionaries(file_text, file_text))
    def test_reads_back_what_is_no_utf8_as_replacement_characters(self, value: dict[str, str]) -> None:
        read = loads(dumps(value))
        assert read == {text_json.printable(key): read[text_json.printable(key)] for key in value}
        assert set(read.values()) <= {text_json.printable(item) for item in value.values()}

    def test_shows_an_example_to_the_last_byte(self) -> None:
        value = {"b": None, "a": {"<&>": '\u2028\x7f\x01\n"\\é'}, "l": ["x", "y"], "e": {}, "f": [], "t": True}
        assert dumps(value) == (
            b'{\n  "b": null,\n  "a": {\n    "\\u003c\\u0026\\u003e": "\\u2028\x7f\\u0001\\n\\"\\\\\xc3\xa9"\n  }'
            b",\n"
            b'  "l": [\n    "x",\n    "y"\n  ],\n  "e": {},\n  "f": [],\n  "t": true\n}'
        )

    @pytest.mark.parametrize("value", [1, 1.5, b"x", {"a": 1}, {1, 2}])
    def test_refuses_what_no_file_of_a_store_has(self, value: object) -> None:
        with pytest.raises(TypeError, match="not a value of the store's files"):
            dumps(value)


class TestReading:
    @pytest.mark.parametrize(
        ("data", "value"),
        [
            (b'"\xe9"', "\ufffd"),
            (b'"\xe2\x82"', "\ufffd\ufffd"),
            (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
            (b'"\\ud800"', "\ufffd"),
            (b'"\\ud800x"', "\ufffdx"),
            (b'"\\ude00\\ud83d"', "\ufffd\ufffd"),
            (b'"\\ud83d\\ud83d\\ude00"', "\ufffd\U0001f600"),
            (b'{"\xff": ["\\udfff", 1, null, true]}', {"\ufffd": ["\ufffd", 1, None, True]}),
            (b' \r\n\t{"a": 1, "a": 2}\n', {"a": 2}),
        ],
    )
    def test_takes_what_go_takes(self, data: bytes, value: object) -> None:
        assert loads(data) == value

    @pytest.mark.parametrize(
        "data",
        [
            b'{"a": 1,}', b"{'a': 1}", b"NaN", b"[Infinity]", b'"\xff" x', b'["\xff", NaN]', b'"a\nb"', b'"\xff\n"',
            b"\xef\xbb\xbf{}", b"{} {}", b"01", b"tru", b'"\\x"', b"{", b'{"a"}', b"// no\n{}", b"[1 2]",
        ],
    )  # fmt: skip
    def test_refuses_what_go_refuses(self, data: bytes) -> None:
        with pytest.raises(BadJSON, match=r"^is no JSON: .*line 1 column"):
            loads(data)

    @pytest.mark.parametrize("data", [b"", b"  \n\t"])
    def test_says_of_an_empty_file_that_it_is_empty(self, data: bytes) -> None:
        with pytest.raises(BadJSON, match=r"^is empty$"):
            loads(data)

    def test_names_merge_conflict_marks(self) -> None:
        data = b'{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> other\n}'
        with pytest.raises(BadJSON, match=r"^has merge-conflict marks; resolve the conflict first$"):
            loads(data)

    def test_takes_what_looks_like_a_mark_inside_a_string(self) -> None:
        assert loads(b'{"a": "<<<<<<< HEAD"}') == {"a": "<<<<<<< HEAD"}

    @pytest.mark.parametrize("open_", [b"[", b'{"a":'])
    def test_refuses_bottomless_nesting(self, open_: bytes) -> None:
        with pytest.raises(BadJSON, match=r"^is no JSON: "):
            loads(open_ * 200_000)


class TestFields:
    def test_are_found_without_regard_to_case_and_null_is_not_given(self) -> None:
        fields = Fields({"VERSION": "1", "version": None, "Other": 3}, ("version", "other", "gone"))
        assert (fields.text("version"), fields.integer("other"), fields.text("gone")) == ("1", 3, "")
        assert (fields.items("gone"), fields.mapping("gone"), fields.boolean("gone")) == (None, None, False)

    def test_of_null_are_empty(self) -> None:
        assert Fields(None, ("a",)).text("a") == ""

    @pytest.mark.parametrize(
        ("value", "word"),
        [([], "a list"), ("x", "a string"), (1, "a number"), (1.5, "a number"), (True, "true or false")],
    )
    def test_of_anything_but_an_object_are_refused(self, value: object, word: str) -> None:
        with pytest.raises(BadJSON, match=f"^the document is {word}, not an object$"):
            Fields(value, ())
        with pytest.raises(BadJSON, match=rf"^packages\[3\] is {word}, not an object$"):
            Fields(value, (), "packages[3]")

    @pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
    def test_of_more_than_64_bits_are_refused_by_name(self, number: int) -> None:
        with pytest.raises(BadJSON, match=r"^rows\[2\]\.a is too large a number$"):
            Fields({"a": number}, ("a",), "rows[2]").integer("a")
        assert Fields({"a": 2**63 - 1}, ("a",)).integer("a") == 2**63 - 1
        assert Fields({"a": -(2**63)}, ("a",)).integer("a") == -(2**63)

    @pytest.mark.parametrize(
        ("ask", "wrong", "said"),
        [
            ("text", 1, "a is a number, not a string"),
            ("integer", "1", "a is a string, not a whole number"),
            ("integer", 1.0, "a is a number, not a whole number"),
            ("integer", True, "a is true or false, not a whole number"),
            ("boolean", "yes", "a is a string, not true or false"),
            ("boolean", 0, "a is a number, not true or false"),
            ("items", {}, "a is an object, not a list"),
            ("mapping", [], "a is a list, not an object"),
        ],
    )
    def test_of_another_type_are_refused_by_name(self, ask: str, wrong: object, said: str) -> None:
        for where in ("", "packages[0]"):
            with pytest.raises(BadJSON) as caught:
                getattr(Fields({"a": wrong}, ("a",), where), ask)("a")
            assert str(caught.value) == (f"{where}.{said}" if where else said)


class TestMapsAndLists:
    def test_take_null_for_empty(self) -> None:
        assert string_map(None) == {}
        assert string_map({"a": None, "b": "x"}) == {"a": "", "b": "x"}
        assert string_list(None, "linkingto") is None
        assert string_list([None, "x"], "linkingto") == ("", "x")

    def test_name_the_item_that_is_wrong(self) -> None:
        with pytest.raises(BadJSON, match=r"^sf is a number, not a string$"):
            string_map({"a": "x", "sf": 1})
        with pytest.raises(BadJSON, match=r"^configs\.h\.sf is an object, not a string$"):
            string_map({"sf": {}}, "configs.h")
        with pytest.raises(BadJSON, match=r"^the document is a list, not an object$"):
            string_map(["a"])
        with pytest.raises(BadJSON, match=r"^linkingto\[1\] is true or false, not a string$"):
            string_list(["a", False], "linkingto")
