"""Saved scans: nothing is lost on the way to the file and back, and no file can do harm."""

import dataclasses
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import StoreBuilder, ref
from pkgstore import saved
from pkgstore.errors import DiskError, InputError, StoreError
from pkgstore.keys import AppKey, ConfigKey, SourceKey, WorkerKey, WorkKey
from pkgstore.model import (
    AppRecord,
    ConfigRecord,
    Damage,
    LockfileRecord,
    LockRecord,
    ManifestRecord,
    Pin,
    PinsRecord,
    SourceName,
    SourceRecord,
    Tier,
    WorkerRecord,
    WorkRecord,
)
from pkgstore.saved import decode_snapshot, encode_snapshot, looks_like_scan, read_saved
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

SURROGATES = "\udcff\ud83d\ude00"
texts = st.text(st.characters(exclude_categories=()), max_size=6) | st.sampled_from(
    ["", "sf", "a/b", "/", "a\nb", "\x1b[0m", SURROGATES, "\u202e", "é"]
)
times = st.floats(allow_nan=False, allow_infinity=False)
damage = st.lists(st.builds(Damage, texts, texts), max_size=2).map(tuple)
manifests = st.none() | st.dictionaries(texts, texts, max_size=4)
names = st.builds(SourceName, texts, texts, texts)
lockfiles = st.none() | st.builds(
    LockfileRecord, texts, times, texts, st.dictionaries(texts, names, max_size=3), texts
)


@st.composite
def sources(draw: st.DrawFn) -> SourceRecord:
    key = draw(st.builds(SourceKey, texts, texts, texts))
    configs = st.builds(
        ConfigRecord,
        key=st.builds(lambda name: ConfigKey(key.platform, key.package, key.source_hash, name), texts),
        listed=st.booleans(),
        has_tree=st.booleans(),
        last_used=st.none() | times,
        linking_to_keys=st.dictionaries(texts, texts, max_size=3),
        version=texts,
        built=texts,
    )
    return SourceRecord(
        key,
        draw(st.lists(configs, max_size=3).map(tuple)),
        draw(st.lists(texts, max_size=3).map(tuple)),
        draw(st.booleans()),
        draw(damage),
        draw(texts),
    )


workers = st.builds(WorkerRecord, st.builds(WorkerKey, texts), manifests, times, damage)
found = st.builds(ManifestRecord, st.sampled_from(Tier), texts, manifests, times)
apps = st.builds(
    AppRecord, st.builds(AppKey, texts), texts, st.lists(found, max_size=3).map(tuple), lockfiles, damage
)
work = st.builds(WorkRecord, st.builds(WorkKey, texts, texts), texts, times, manifests, lockfiles, damage)
pins = st.builds(
    PinsRecord,
    texts,
    st.lists(
        st.builds(
            Pin, texts, texts, texts, texts, times, st.dictionaries(texts, texts, max_size=3), st.none() | times
        ),
        max_size=2,
    ).map(tuple),
    damage,
)
locks = st.builds(LockRecord, st.builds(SourceKey, texts, texts, texts), texts, times)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    return Snapshot(
        draw(texts.filter(bool)),
        {record.key: record for record in draw(st.lists(sources(), max_size=3))},
        {record.key.worker_id: record for record in draw(st.lists(workers, max_size=3))},
        draw(damage),
        {record.key.name: record for record in draw(st.lists(apps, max_size=3))},
        {record.key: record for record in draw(st.lists(work, max_size=3))},
        draw(st.lists(locks, max_size=3).map(tuple)),
        draw(pins),
    )


def everything(snapshot: Snapshot) -> dict[str, Any]:
    """All fields, the order of what is in maps too, since tables show it."""
    fields = {field.name: getattr(snapshot, field.name) for field in dataclasses.fields(snapshot)}
    return {name: list(value.items()) if isinstance(value, dict) else value for name, value in fields.items()}


@given(snapshots(), times, st.text())
def test_what_is_saved_comes_back_record_by_record(snapshot: Snapshot, taken_at: float, tool_version: str) -> None:
    data = encode_snapshot(snapshot, taken_at=taken_at, tool_version=tool_version)
    back = decode_snapshot(data)

    assert everything(back.snapshot) == everything(snapshot)
    assert (back.taken_at, back.tool_version) == (taken_at, tool_version)
    assert looks_like_scan(data)


@pytest.fixture
def read(store: StoreBuilder) -> Snapshot:
    """A store as it was really read, with a phantom, a broken worker and damage."""
    store.package("Rcpp").source("1").config(used="2d")
    store.package("sf").source("1").config({"Rcpp": "1"}).config({"Rcpp": "2"}, tree=False)
    store.worker("w1", {"sf": ref("sf", "1", {"Rcpp": "1"}), "odd": "noslash"})
    (store.worker("w2") / ".packages.json").write_text("{")
    (store.root / "file").write_text("in the way")
    return read_snapshot(str(store.root))


def test_a_real_store_comes_back(read: Snapshot) -> None:
    back = decode_snapshot(encode_snapshot(read, taken_at=5.0, tool_version="1.0")).snapshot

    assert everything(back) == everything(read)
    assert len(back.damage) == len(read.damage) == 2
    assert back.workers["w1"].manifest == {"sf": ref("sf", "1", {"Rcpp": "1"}), "odd": "noslash"}


def test_the_document_is_as_it_is_described(read: Snapshot) -> None:
    document = orjson.loads(encode_snapshot(read, taken_at=5.0, tool_version="1.0"))

    assert list(document)[:4] == ["format", "schema_version", "taken_at", "tool_version"]
    assert [*document.values()][:4] == ["pkgstore-scan", 1, 5.0, "1.0"]
    assert document["texts"][document["root"]] == read.root
    assert len(set(document["texts"])) == len(document["texts"])
    described = str(saved.__doc__)
    assert all(f"\n    {name} " in described for name in list(document)[4:])


def test_names_that_are_no_utf_8_stand_as_code_points() -> None:
    data = encode_snapshot(Snapshot("/a\udcff"), taken_at=1.0, tool_version="")

    assert orjson.loads(data)["texts"] == [[0x2F, 0x61, 0xDCFF]]
    assert decode_snapshot(data).snapshot.root == "/a\udcff"


def test_a_scan_from_before_there_were_pins_has_none() -> None:
    document = whole()
    del document["pins"]

    assert decode_snapshot(orjson.dumps(document)).snapshot.pins == PinsRecord()


def test_each_hash_stands_once() -> None:
    source, config = "a" * 64, "b" * 64
    snapshot = Snapshot("/s", workers={f"w{n}": worker(f"w{n}", f"{source}/{config}") for n in range(50)})

    data = encode_snapshot(snapshot, taken_at=1.0, tool_version="")

    assert data.count(source.encode()) == data.count(config.encode()) == 1


def worker(name: str, ref: str) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), {"sf": ref}, 1.0)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (Snapshot, 8), (Pin, 7), (PinsRecord, 3),
        (SourceRecord, 6), (ConfigRecord, 7), (WorkerRecord, 4), (AppRecord, 5), (ManifestRecord, 4),
        (LockfileRecord, 5), (SourceName, 3), (WorkRecord, 6), (LockRecord, 3), (Damage, 2),
    ],
)  # fmt: skip
def test_a_new_field_has_to_be_saved_too(kind: Any, count: int) -> None:
    """Who adds a field to a record: put it into `encode_snapshot`, `decode_snapshot` and the strategies above."""
    assert len(dataclasses.fields(kind)) == count


# --- files of others ---------------------------------------------------------------------------------------


def whole() -> dict[str, Any]:
    """A document in which everything occurs."""
    source = SourceKey("p", "sf", "s1")
    config = ConfigRecord(ConfigKey("p", "sf", "s1", "c1"), True, True, 1.0, {"Rcpp": "k"}, "1", "R")
    broken = (Damage("/x", "bad"),)
    lockfile = LockfileRecord("/l", 1.0, "p", {"k": SourceName("sf", "1", "CRAN")})
    snapshot = Snapshot(
        "/s",
        {source: SourceRecord(source, (config,), ("Rcpp",), True, broken, "CRAN")},
        {"w": WorkerRecord(WorkerKey("w"), {"sf": "s1/c1"}, 1.0, broken)},
        broken,
        {"a": AppRecord(AppKey("a"), "/a", (ManifestRecord(Tier.PREV, "/m", {"sf": "s1/c1"}, 1.0),), lockfile)},
        {WorkKey(".builds", "b"): WorkRecord(WorkKey(".builds", "b"), "/b", 1.0, {}, lockfile, broken)},
        (LockRecord(source, "/k", 1.0),),
        PinsRecord("/p", (Pin("p1", "sf 1", "why", "me", 1.0, {"sf": "s1/c1"}, 2.0),), broken),
    )
    document: dict[str, Any] = orjson.loads(encode_snapshot(snapshot, taken_at=1.0, tool_version="1"))
    return document


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(way for key, item in inner for way in places(item, (*path, key)))]


def changed(way: tuple[Any, ...], odd: Any) -> Any:
    """The document with one value replaced, or taken out."""
    document: Any = whole()
    if not way:
        return odd
    inner = document
    for key in way[:-1]:
        inner = inner[key]
    if odd is GONE:
        del inner[way[-1]]
    else:
        inner[way[-1]] = odd
    return document


GONE = object()
ODD = [GONE, None, True, -2, 10**6, 2**70, 1.5, "x", [], [0], [[]], {}, {"x": 1}, "\x1b]0;t\x07"]


@given(st.sampled_from(places(whole())), st.sampled_from(ODD))
def test_one_wrong_value_anywhere_gives_an_error_that_says_so_or_another_snapshot(
    way: tuple[Any, ...], odd: Any
) -> None:
    value = changed(way, odd)
    data = b"" if value is GONE else orjson.dumps(value) if odd != 2**70 else _with_large(way)

    try:
        back = decode_snapshot(data, path="/tmp/scan")
    except InputError as caught:
        error = caught
    else:
        assert decode_snapshot(encode_snapshot(back.snapshot, taken_at=1.0, tool_version="")).snapshot.root
        return
    assert error.path == "/tmp/scan"
    assert error.what.startswith("is no scan that can be opened: ")
    assert "pkgstore scan -o" in error.advice


def _with_large(way: tuple[Any, ...]) -> bytes:
    mark = "the large number"
    return orjson.dumps(changed(way, mark)).replace(f'"{mark}"'.encode(), str(2**70).encode())


@given(st.binary(max_size=60))
def test_any_bytes_at_all(data: bytes) -> None:
    with pytest.raises(StoreError, match="is no scan that can be opened"):
        decode_snapshot(data)


def test_depth_does_no_harm() -> None:
    with pytest.raises(InputError, match="no JSON"):
        decode_snapshot(b"[" * 100_000)


@pytest.mark.parametrize(
    ("way", "odd", "said"),
    [
        ((), [], "the document is a list, not an object"),
        (("format",), "other", "its format is not pkgstore-scan"),
        (("schema_version",), 2, "its schema_version is 2, and 1 is the latest known here"),
        (("schema_version",), "1", "schema_version is no version"),
        (("taken_at",), "x", "taken_at is a string, not a number"),
        (("tool_version",), 3, "tool_version is a number, not a string"),
        (("root",), 10**6, "root[0] is 1000000, which names nothing"),
        (("configs", "flags"), [], "configs.flags has 0 items, not 1"),
        (("configs", "flags", 0), True, "configs.flags[0] is true or false"),
        (("configs", "flags", 0), 4, "configs.flags[0] is 4, which names nothing"),
        (("configs", "last_used", 0), "x", "configs.last_used[0] is a string"),
        (("sources", "configs", 0), 2, "configs.config_hash has 1 items, not 2"),
        (("sources", "package", 0), -1, "sources.package[0] is -1, which names nothing"),
        (("workers", 0, 1), [0, 0], "workers[0] has 2 items, which is no multiple of 3"),
        (("workers", 0, 1, 0), -1, "workers[0][0] is -1, which names nothing"),
        (("workers", 0, 2), None, "workers[0] is null, not a number"),
        (("apps", 0, 2, 0, 0), "next", "apps[0]: a manifest is of no known tier"),
        (("maps", 0), [0], "maps: a name stands without its value"),
        (("texts", 0), [0x110000], "texts[0][0] is 1114112, which names nothing"),
    ],
)
def test_what_is_wrong_is_said(way: tuple[Any, ...], odd: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_snapshot(orjson.dumps(changed(way, odd)))

    assert caught.value.what == f"is no scan that can be opened: {said}"


def test_a_short_document_may_not_ask_for_endless_refs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pkgstore._saved_read._LARGEST_REFS", 1000)
    long = {f"x{place}": f"{'s' * 30}{place}/{'c' * 30}" for place in range(20)}
    data = encode_snapshot(
        Snapshot("/s", workers={"w": WorkerRecord(WorkerKey("w"), long, 1.0)}), taken_at=1.0, tool_version=""
    )

    with pytest.raises(InputError, match="more than 1000 characters"):
        decode_snapshot(data)


def test_reads_a_file_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "scan.json"
    path.write_bytes(encode_snapshot(Snapshot("/s"), taken_at=7.0, tool_version="1"))

    assert read_saved(path).taken_at == 7.0
    with pytest.raises(DiskError) as missing:
        read_saved(tmp_path / "no.json")
    assert missing.value.path == str(tmp_path / "no.json")
    path.write_bytes(b"{}")
    with pytest.raises(InputError) as wrong:
        read_saved(path)
    assert wrong.value.path == str(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "LARGEST_SCAN", 10)
    path = tmp_path / "scan.json"
    path.write_bytes(encode_snapshot(Snapshot("/s"), taken_at=7.0, tool_version="1"))

    with pytest.raises(InputError, match="more than the 10 that are read"):
        read_saved(path)
    with pytest.raises(InputError, match="more than the 10 that are read"):
        decode_snapshot(path.read_bytes())
