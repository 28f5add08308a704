"""Targets: what people write: settings, keys, filters, the server's TOML, times, sizes, refs."""

import os
from types import SimpleNamespace

from fuzz import scratch
from fuzz.attempt import Target, holds, surely
from hostile import unsafe
from pkgstore._field_context import r_versions
from pkgstore.durations import parse_duration, parse_end
from pkgstore.errors import StoreError
from pkgstore.journal import operation_time
from pkgstore.keys import split_store_ref, store_ref
from pkgstore.layout import Layout, check_operation, check_package, check_platform, check_ref
from pkgstore.operations.verify_plan import parse_subset
from pkgstore.query import Field, Kind, QueryError, Sheet, parse, parse_size
from pkgstore.remotes import remote_text
from pkgstore_tui.format import safe_text
from pkgstore_tui.keymap import check_keys
from pkgstore_tui.settings import find_store, read_server_config
from pkgstore_tui.user_settings import read_user_settings

THEMES = ("gruvbox", "nord", "textual-light")
NOW = 1_795_000_000.0
ROOT = "/srv/shiny/.pkg-store"


def _safe(lines: tuple[str, ...]) -> None:
    for line in lines:
        shown = safe_text(line)
        holds(line.strip() and not unsafe(shown) and "\n" not in shown, f"a complaint cannot be shown: {line!r}")


def settings(data: bytes) -> None:
    """The settings file never stops the program: what is wrong is a complaint."""
    path = scratch.file(data, "settings.toml")
    found = read_user_settings(path, themes=THEMES)
    _safe(found.complaints)
    holds(found.theme in ("", *THEMES), "a theme that there is not")
    if found.retention:
        holds(surely(parse_duration, found.retention) >= 0, "a retention below nothing")
    _keys_of(found.keys, path)


def _keys_of(given: object, path: str = "") -> None:
    keys, complaints = check_keys(given, path)
    _safe(complaints)
    again, more = check_keys(keys, path)
    holds((again, more) == (keys, ()), f"keys that were taken are refused or changed: {more}")


def key_rows(data: bytes) -> None:
    """Rows of the table of keys, ``command=keys`` each, which need no TOML."""
    rows = (line.partition("=") for line in data.decode("utf-8", "replace").splitlines())
    _keys_of({name: keys for name, _, keys in rows})


def server(data: bytes) -> None:
    """The server's TOML: a path for the store, and a retention that is a duration or refused as none."""
    path = scratch.file(data, "blockyard.toml")
    found = read_server_config(path)
    place = surely(lambda: find_store(config=path))
    holds(os.path.isabs(place.root) and "\0" not in place.root, "a store whose path cannot be one")
    parse_duration(found.retention)


ROWS = tuple(
    SimpleNamespace(name=name, size=size, age=age, users=users, state=state, app=app)
    for name, size, age, users, state, app in (
        ("sf", 5 << 20, NOW - 86400, 2, frozenset({"rooted"}), frozenset({"shop"})),
        ("cpp11", None, None, 0, frozenset({"orphan"}), frozenset()),
        ("Straße [x]", 0, NOW, None, frozenset(), None),
    )
)
FIELDS = {
    "name": Field(Kind.NAME, lambda row: row.name, ""),
    "size": Field(Kind.SIZE, lambda row: row.size, ""),
    "age": Field(Kind.AGE, lambda row: row.age, ""),
    "users": Field(Kind.COUNT, lambda row: row.users, ""),
    "state": Field(Kind.STATE, lambda row: row.state, "", words=("rooted", "orphan")),
    "app": Field(Kind.SET, lambda row: row.app, ""),
}


def query(data: bytes) -> None:
    """The filter language: an error points into the text, and the normal form means the same."""
    text = data.decode("utf-8", "surrogateescape")
    for fields in (None, FIELDS):
        try:
            found = parse(text, fields)
        except QueryError as error:
            end = error.column - 1 + error.length
            holds(1 <= error.column <= len(text) + 1 and error.length >= 1, f"column {error.column} of {len(text)}")
            holds(end <= max(len(text), error.column), f"an error ends at {end}, behind the text")
            continue
        again = surely(parse, found.text, fields)
        holds(again == found and again.text == found.text, f"the normal form means something else: {found.text!r}")
        for term in found.terms:
            holds(1 <= term.column <= term.column + term.length - 1 <= len(text), "a term stands outside the text")
        if fields is not None:
            sheet = Sheet(ROWS, fields, NOW)
            rows = sheet.select(found)
            holds(rows == sorted(set(rows)) and set(rows) <= {0, 1, 2}, "rows that there are not")
            holds(rows == sheet.select(again), "the normal form finds other rows")
    parse(text)


def times(data: bytes) -> None:
    """Durations and ends: never negative without a sign, never before now."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        holds(parse_end(text, NOW) > NOW, "an end that is over")
    except StoreError as error:
        holds(len(str(error)) < 4 * len(text) + 400, "an error that is much longer than what it is about")
    found = parse_duration(text)
    holds(text.strip().startswith("-") or found >= 0, "a duration below nothing")
    holds(abs(found) <= 2**63 / 10**9, "a duration longer than Go can count")


def sizes(data: bytes) -> None:
    """Sizes in bytes, versions of R, parts of a whole such as 3/7."""
    text = data.decode("utf-8", "surrogateescape")
    found = parse_size(text)
    holds(found is None or found >= 0, "a size below nothing")
    r_versions(text)
    part = parse_subset(text)
    holds(surely(parse_subset, str(part)) == part, "a part of a whole is another when it is written")


def names(data: bytes) -> None:
    """Names, refs and operations' ids: what is taken cannot lead out of its folder."""
    text = os.fsdecode(data)
    layout = Layout(ROOT)
    layout.place(text.replace("\0", ""))
    operation_time(text)
    remote_text({"RemoteType": text, "RemoteUrl": text, "RemoteSha": text})
    for check in (check_package, check_platform, check_operation):
        if _taken(check, text):
            holds(os.path.normpath(f"/top/{text}") == f"/top/{text}", f"{text!r} leads away")
    if _taken(split_store_ref, text):
        holds(store_ref(*split_store_ref(text)) == text, "a ref is not its two parts")
    source, config = check_ref("sf", text)
    holds("/" not in source + config and ".." not in {source, config}, f"{text!r} leads away")


def _taken(check: object, text: str) -> bool:
    try:
        check(text)
    except StoreError:
        return False
    return True


TARGETS = (
    Target("settings", "a user's settings.toml", (settings,)),
    Target("keys", "a user's own keys", (key_rows,)),
    Target("query", "the filter language", (query,)),
    Target("server", "the server's TOML", (server,)),
    Target("words", "durations, dates, sizes, names, refs, ids", (times, sizes, names)),
)
