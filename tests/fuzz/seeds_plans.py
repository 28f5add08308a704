"""Seeds: files that people hand to the programs."""

import tempfile
from pathlib import Path

from builders import PLATFORM, StoreBuilder, entry, ref, write_lockfile
from fuzz.reads_plans import KEYS, ROOT
from fuzz.reads_words import NOW
from fuzz.seed_texts import Texts, as_json
from fuzz.seeds_store import manifests
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord
from pkgstore.operations.eviction import EvictionPlan, EvictItem, EvictRule
from pkgstore.operations.plan_file import plan_bytes
from pkgstore.saved import encode_snapshot
from pkgstore.scan import read_snapshot
from pkgstore.snapshot import Snapshot

_HEAD = {"taken_at": NOW, "tool_version": "0.1.0"}


def plan() -> Texts:
    items = [
        EvictItem(
            ConfigRecord(key, True, True, NOW, version="1.0"), "idle", 1_795_000_000_000_000_000 + n, n, n * 4096
        )
        for n, key in enumerate(KEYS)
    ]
    yield plan_bytes(ROOT, EvictionPlan(EvictRule(idle=1.0), (PLATFORM,), tuple(items)), now=NOW)
    yield plan_bytes(ROOT, EvictionPlan(EvictRule(), (), ()), now=NOW)
    yield (
        b'{"pkgstore_plan":1,"store":"%b","items":[{"platform":"p-q","package":"\xff","ref":"a/b","mtime_ns":%b}]}'
        % (
            ROOT.encode(),
            b"9" * 400,
        )
    )
    item = {"platform": PLATFORM, "package": "sf", "ref": "a/b", "mtime_ns": None, "let_go_of": ["app shop"]}
    yield from as_json({"pkgstore_plan": 1, "store": ROOT, "items": [item, item]})


def saved_scan() -> Texts:
    with tempfile.TemporaryDirectory() as folder:
        store = StoreBuilder(Path(folder) / ".pkg-store", now=NOW)
        yield encode_snapshot(Snapshot("/srv/.pkg-store"), **_HEAD)
        store.package("sf").source("1.0").config({"cpp11": "0.5"}, used="40d")
        store.package("cpp11").source("0.5").config(used="1d")
        store.package("cpp11").source("0.5").locked()
        store.worker("w1", {"sf": ref("sf", "1.0", {"cpp11": "0.5"}), "x": "odd"})
        app = store.app("shop", {"cpp11": ref("cpp11", "0.5")}, prev={"cpp11": ref("cpp11", "0.5")})
        write_lockfile(app / "pak.lock", entry("sf"), entry("cpp11", "0.5"))
        store.work("b1", {"cpp11": ref("cpp11", "0.5")})
        data = encode_snapshot(read_snapshot(str(store.root), apps=str(store.root.parent)), **_HEAD)
    yield data.replace(folder.encode(), b"/srv")


def given_files() -> Texts:
    facts = dict(zip(ConfigKey._fields, KEYS[0], strict=True))
    yield from as_json(
        {"schema_version": 1, "findings": [{"code": "ORPHAN-TREE", "severity": "warning", **facts}]},
        {"findings": [{"code": "PHANTOM", "severity": "error", **facts, "package": None}]},
        {"findings": None},
        {"packages": []},
    )
    yield f"# what goes\n{KEYS[0].ref}\nsf@{KEYS[0].source_hash[:12]}\n".encode()
    yield b"\x89PNG\r\n\0\0"
    yield from (*manifests(), *saved_scan())
