"""Seeds: lockfiles, and the small files of a store."""

import base64
import json

from builders import config_hash, entry, github, lockfile_document, ref
from fuzz.seed_texts import DEEP, Texts, as_json
from fuzz.targets import CORPUS

DATA = CORPUS.parent.parent / "data" / "vectors.json"


def lockfile() -> Texts:
    yield from (case["text"].encode() for case in json.loads(DATA.read_text())["lockfile"])
    yield from as_json(
        lockfile_document(entry("sf"), github("cpp11", "a" * 40, "sub"), entry("sf", "2.0")),
        lockfile_document(entry("x", type="deps", metadata={}), entry("sf", sha256="9" * 64)),
    )
    yield b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n"
    yield b'{"lockfile_version":1e0,"packages":[{"Package":"\\ud800","PACKAGE":"\xff"}]}'
    yield from DEEP


def configs() -> Texts:
    links = {"cpp11": ref("cpp11", "0.5").split("/")[0]}
    yield from as_json(
        {"source_compiled": True, "linkingto": ["cpp11"], "configs": {config_hash({"cpp11": "0.5"}): links}},
        {"source_compiled": False, "linkingto": None, "configs": {config_hash({}): None, "x": {}}},
        {"linkingto": [], "configs": {}, "Configs": None},
    )
    yield b'{"source_compiled":true,"linkingto":["\\ud800"],"configs":{"\xff":{"a":null}}}'
    yield from DEEP


def sidecar() -> Texts:
    for moment in (
        "2026-11-26T19:15:00Z", "2026-11-26T19:15:00.123456789+01:00", "0001-01-01T00:00:00+14:00", "20261126",
        "9999-12-31T23:59:59.999999-14:00", "2026-W48-4", "2026-11-26", "", "2026-11-26T24:00:00Z",
    ):  # fmt: skip
        yield from as_json({"created_at": moment})
    yield b'{"Created_At":"2026-11-26T19:15:00Z","created_at":1}'


def manifests() -> Texts:
    yield from as_json(
        {"sf": ref("sf", "1.0"), "cpp11": ref("cpp11", "0.5")}, {}, {"sf": None, "..": "a/b", "x": "a"}
    )
    yield b'{"a":"\xff/\\udfff","a":"b/c"}'
    yield from (b"null", b"\xef\xbb\xbf{}", *DEEP)


def description() -> Texts:
    yield from (base64.b64decode(case["base64"]) for case in json.loads(DATA.read_text())["dcf"])
    yield b"Package: sf\nVersion: 1.0-16\nLinkingTo: cpp11 (>= 0.4),\n\tRcpp\nBuilt: R 4.5.2; x; y; unix\nMD5sum:\n"
    yield b"RemoteType: github\nRemoteUsername: r-spatial\nRemoteRepo: sf\nRemoteSha: 1a2b3c4d5e\nRepository: x\n"
    yield b"0123456789abcdef0123456789ABCDEF *R/sf.rdb\nd41d8cd98f00b204e9800998ecf8427e  DESCRIPTION\nx\n"
