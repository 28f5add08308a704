"""Seeds: what we keep beside a store ourselves."""

import json

from builders import PLATFORM
from fuzz.reads_ours import KEY, OPERATION
from fuzz.reads_words import NOW
from fuzz.seed_texts import DEEP, Texts, as_json
from pkgstore.content import Content
from pkgstore.digests import Baseline, Identity, encode_baseline
from pkgstore.model import Pin
from pkgstore.pins import encode_pins
from pkgstore.trash import TrashRecord, encode_record


def journal() -> Texts:
    line = {"v": 1, "at": "2026-11-26T19:15:00+00:00", "op": OPERATION}
    facts = {"platform": KEY.platform, "package": "sf", "ref": KEY.ref}
    yield b"\n".join(
        json.dumps({**line, **more}).encode()
        for more in (
            {
                "event": "begin",
                "what": "evict",
                "user": "root",
                "host": "h",
                "pid": 1,
                "command": "x",
                "plan": {"items": 1},
            },
            {"event": "item", "result": "trashed", "reason": "idle", **facts},
            {"event": "item", "result": "restored", **facts},
            {"event": "end", "outcome": "done", "why": ""},
            {
                "event": "item",
                "op": "20261126T191500-ingest-3f2b",
                "result": "ingested",
                "at": "0001-01-01T00:00:00",
            },
        )
    )
    yield b'{"v":1,"at":"2026-11-26T19:15:00","op":"%b","event":[]}' % OPERATION.encode()
    yield from (b"\n\n\xff\n{}\n[]\n", b'{"v":1,"at":"9999-12-31T23:59:59","op":1,"event":null}\n', *DEEP)


def trash_pins() -> Texts:
    yield encode_record(
        TrashRecord("2026-11-26T19:15:00+00:00", "1.0", "idle", b"{}", 1_795_000_000_000_000_000, 7)
    )
    yield encode_record(TrashRecord("x", listed=True, linkingto=("cpp11",), linking_to_keys={"cpp11": "5" * 64}))
    yield encode_pins(
        [Pin("p1", "sf", "why", "root", NOW, {"sf": KEY.ref}), Pin("p2", "", "", "", 0, {"a": "b/c"}, NOW)]
    )
    for moment in ("0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "2026-11-26"):
        pin = {"id": "p", "at": moment, "until": moment, "manifest": {"sf": KEY.ref}}
        yield from as_json({"version": 1, "pins": [pin]})
    yield from as_json({"version": 1, "positions": {"all": "/".join(KEY), "x": "%2F/%00"}})
    yield from as_json(
        [
            PLATFORM,
            "sf",
            [["5" * 64, [1, 2, 3], True, ["cpp11"], {"e": {"cpp11": "6"}}, {"e": [[1], "1", "R", ""]}]],
        ]
    )


def baselines() -> Texts:
    files = {
        "": Content(0o40755),
        "DESCRIPTION": Content(0o100644, 12, digest="a" * 64),
        "R/ü": Content(0o120777, target="x"),
        "\udcff": Content(0o100600, 0, digest="b" * 64),
    }
    yield encode_baseline(
        KEY, Baseline(Identity(7, 8, "t"), "2026-11-26T19:15:00+00:00", "ingest", files, {"MD5", "R/x"})
    )
    yield encode_baseline(KEY, Baseline(Identity(0), "", "verify"))
    yield b'{"version":1,"x":' + b"[" * 400 + b"]" * 400 + b"}"
    yield b'{"version":1,"files":{"\xff":[16877,0]},"tree":{"inode":' + b"9" * 30 + b"}}"
