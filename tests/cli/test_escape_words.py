"""Words that try to lead out of a store, wherever a word is read from: no command that writes follows them.

Each kind of file, and the command line, is given every such word in every place that may become part of a path.
"""

import base64
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_helpers import Runner

from builders import PLATFORM, entry, ref, source_hash, write_lockfile, write_tree
from escapes import OPERATION, World
from pkgstore_tui.cli.diagnostics import ExitCode

HASH = "a" * 64
SOME = 4
"""Of the words, one in so many is tried in each place in every run of the tests; all of them in the campaign."""

TWO = f"{PLATFORM}/two/{source_hash('two', '1.0')}"


def words(world: World) -> tuple[str, ...]:
    """Words that would be dangerous as a part of a path."""
    outside = os.path.relpath(world.twin, world.root / PLATFORM / "gone")
    return (
        "..", ".", "", "/", "//", str(world.twin), f"{world.twin}/{PLATFORM}", outside, f"../{outside}",
        f"x/../../{outside}", f"{outside}/{PLATFORM}/gone", "../../../outside", "a/b", "\0", "x\0/../..",
        "..\0", ".pkgstore", ".workers/w1", ".locks", "configs", "configs.json", "x.json", "x.tmp", "x.lock",
        "store-manifest.json", ".packages.json", "-rf", "--no-trash", "~", "~root", "$HOME", "$(touch x)", "`x`",
        "*", "%2e%2e%2f", "..\\..", "\u2024\u2024/", "．．/", "x" * 256, "x" * 5000, "\ud800", "é", "\n", "\x1b[2J",
    )  # fmt: skip


Case = Callable[[World, str], list[tuple[object, ...]]]
"""Puts a word somewhere, and gives the commands that then read it."""


def _written(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def _assemble(world: World, manifest: dict[str, str]) -> list[tuple[object, ...]]:
    _written(world.inputs / "other.json", manifest)
    line = ("assemble", "--store", world.root, "--manifest", world.inputs / "other.json", "--lib")
    return [(*line, world.root / ".workers" / "w2"), (*line, world.root / ".workers" / "w1")]


def _live(world: World, manifest: dict[str, str]) -> list[tuple[object, ...]]:
    _written(world.root / ".workers" / "w1" / ".packages.json", manifest)
    build = ("--lockfile", world.app / "pak.lock", "--store", world.root)
    reference = ("--reference-lib", world.root / ".workers" / "w1")
    return [
        ("populate", *build, *reference, "--runtime", "--lib", world.root / ".staging" / "s1"),
        ("populate", *build, *reference, "--lib", world.root / ".builds" / "b2"),
        ("ingest", *build, *reference, "--lib", world.root / ".builds" / "b1"),
        *_evictions(world),
    ]


def _lockfile(world: World, **fields: object) -> list[tuple[object, ...]]:
    package = str(fields.pop("package", "new"))
    write_lockfile(world.inputs / "bad.lock", entry(package, **fields), entry("kept"))  # type: ignore[arg-type]
    build = ("--lockfile", world.inputs / "bad.lock", "--store", world.root, "--lib")
    return [
        ("populate", *build, world.root / ".builds" / "b2"),
        ("ingest", *build, world.root / ".builds" / "b1"),
        _repair(world, "--lock", world.inputs / "bad.lock"),
    ]


def _evictions(world: World) -> list[tuple[object, ...]]:
    line = ("evict", "--store", world.root, "--retention", "30d", "--yes", "--lock-timeout", "0s")
    return [line, (*line, "--ignore-roots"), ("clean", "--store", world.root, "--yes"), _repair(world)]


def _repair(world: World, *more: object) -> tuple[object, ...]:
    return ("repair", "--store", world.root, "--yes", "--lock-timeout", "0s", *more)


def _plan(world: World, **fields: object) -> list[tuple[object, ...]]:
    source, config = ref("gone", "1.0", {"Rcpp": "0.9"}).split("/")
    tree = world.root / PLATFORM / "gone" / source / config
    row = {
        "platform": PLATFORM,
        "package": "gone",
        "ref": f"{source}/{config}",
        "mtime_ns": Path(f"{tree}.json").stat().st_mtime_ns if tree.exists() else 1,
        "inode": tree.stat().st_ino if tree.exists() else 1,
        **fields,
    }
    document = {"pkgstore_plan": 1, "store": os.path.realpath(world.root), "items": [row]}
    _written(world.inputs / "plan.json", document)
    line = ("evict", "--store", world.root, "--run", world.inputs / "plan.json", "--yes", "--lock-timeout", "0s")
    return [line, (*line, "--no-trash")]


def _record(world: World, **fields: object) -> list[tuple[object, ...]]:
    record = {
        "evicted_at": "2026-11-26T19:15:00+00:00",
        "sidecar": base64.b64encode(b"{}").decode(),
        "mtime_ns": 1,
        "inode": 1,
        "listed": True,
        "linkingto": [],
        "linking_to_keys": {},
        **fields,
    }
    trash = world.root / ".pkgstore" / "trash" / OPERATION / TWO
    for name in [path.name for path in trash.glob("*.json")] if trash.is_dir() else []:
        _written(trash / name, record)
    return [_repair(world), ("restore", "--yes", "--store", world.root, OPERATION, "--lock-timeout", "0s")]


def _trash(world: World, *parts: str) -> list[tuple[object, ...]]:
    """A tree, and a record, in the trash below names that are on the disk."""
    try:
        tree = world.root.joinpath(".pkgstore", "trash", *(part.replace("/", "") for part in parts))
        write_tree(tree, "x", "1")
        _written(tree.with_name(f"{tree.name}.json"), {"evicted_at": "x", "mtime_ns": 1, "sidecar": "e30="})
    except (OSError, ValueError):  # no file system has such a name
        return []
    store = ("--store", world.root)
    operation = parts[0] if not parts[0].startswith("-") else f"./{parts[0]}"
    return [
        _repair(world),
        ("restore", "--yes", *store, operation, "--lock-timeout", "0s"),
        ("restore", "--yes", *store, "last", "--lock-timeout", "0s"),
        ("trash", "empty", *store, "--yes"),
    ]


def _pins(world: World, **fields: object) -> list[tuple[object, ...]]:
    pin = {"id": "0001", "what": "x", "reason": "x", "by": "x", "at": "2026-11-26T19:15:00+00:00", **fields}
    document = {"version": 1, "pins": [{"manifest": {"kept": f"{HASH}/{HASH}"}, **pin}]}
    _written(world.root / ".pkgstore" / "pins.json", document)
    return [*_evictions(world), ("pin", "--yes", "--store", world.root, "--remove", "0001")]


def _journal(world: World, **fields: object) -> list[tuple[object, ...]]:
    head = {"v": 1, "at": "2026-11-26T20:00:00+00:00", "op": OPERATION}
    rows = [
        {**head, "event": "begin", "what": "evict", **fields},
        {
            **head,
            "event": "item",
            "platform": PLATFORM,
            "package": "two",
            "ref": "a/b",
            "result": "trashed",
            **fields,
        },
        {**head, "event": "end", "outcome": "done", **fields},
    ]
    path = world.root / ".pkgstore" / "journal.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return [("restore", "--yes", "--store", world.root, "last", "--lock-timeout", "0s"), *_evictions(world)]


def _configs(world: World, **fields: object) -> list[tuple[object, ...]]:
    source = world.root / PLATFORM / "gone" / source_hash("gone", "1.0")
    if source.is_dir():
        _written(source / "configs.json", {"source_compiled": True, "linkingto": ["Rcpp"], "configs": {}, **fields})
    build = ("--lockfile", world.app / "pak.lock", "--store", world.root, "--lib")
    return [*_evictions(world), ("populate", *build, world.root / ".builds" / "b2")]


def _said(world: World, *line: str) -> list[tuple[object, ...]]:
    return [(line[0], "--store", world.root, *line[1:])]


CASES: dict[str, Case] = {
    "a manifest's package": lambda world, word: _assemble(world, {word: f"{HASH}/{HASH}"}),
    "a manifest's source": lambda world, word: _assemble(world, {"kept": f"{word}/{HASH}"}),
    "a manifest's config": lambda world, word: _assemble(world, {"kept": f"{source_hash('kept', '1.0')}/{word}"}),
    "a manifest's ref": lambda world, word: _assemble(world, {"kept": word}),
    "a worker's package": lambda world, word: _live(world, {word: f"{HASH}/{HASH}"}),
    "a worker's source": lambda world, word: _live(world, {"kept": f"{word}/{HASH}"}),
    "a worker's ref": lambda world, word: _live(world, {"kept": word}),
    "a lockfile's package": lambda world, word: _lockfile(world, package=word),
    "a lockfile's platform": lambda world, word: _lockfile(world, platform=word, rversion=word),
    "a lockfile's version": lambda world, word: _lockfile(world, version=word, sha256=word),
    "a plan's platform": lambda world, word: _plan(world, platform=word),
    "a plan's package": lambda world, word: _plan(world, package=word),
    "a plan's ref": lambda world, word: _plan(world, ref=word),
    "a plan's source": lambda world, word: _plan(world, ref=f"{word}/{HASH}"),
    "a plan's root": lambda world, word: _plan(world, let_go_of=[word], reason=word, version=word),
    "a record's version": lambda world, word: _record(world, version=word, reason=word, evicted_at=word or "x"),
    "a record's sidecar": lambda world, word: _record(world, sidecar=word, mtime_ns=2**61),
    "a record's keys": lambda world, word: _record(world, linkingto=[word], linking_to_keys={word: word}),
    "a trash folder": lambda world, word: _trash(world, word, PLATFORM, "p", HASH, HASH),
    "a platform in the trash": lambda world, word: _trash(world, OPERATION, word, "p", HASH, HASH),
    "a package in the trash": lambda world, word: _trash(world, OPERATION, PLATFORM, word, HASH, HASH),
    "a source in the trash": lambda world, word: _trash(world, OPERATION, PLATFORM, "p", word, HASH),
    "a config in the trash": lambda world, word: _trash(world, OPERATION, PLATFORM, "p", HASH, word),
    "a pin's package": lambda world, word: _pins(world, manifest={word: f"{HASH}/{HASH}"}),
    "a pin's ref": lambda world, word: _pins(world, manifest={"kept": word}),
    "a pin's id": lambda world, word: _pins(world, id=word, what=word, by=word, reason=word),
    "a journal's operation": lambda world, word: _journal(world, op=word),
    "a journal's config": lambda world, word: _journal(world, platform=word, package=word, ref=f"{word}/{word}"),
    "a config that is listed": lambda world, word: _configs(world, configs={word: {word: word}}),
    "a linked package": lambda world, word: _configs(world, linkingto=[word]),
}


def shell(world: World) -> Iterator[tuple[str, Case]]:
    """The same for words of the command line, which can hold no NUL and begins options with a dash."""
    root = world.root
    library = ("assemble", "--manifest", str(world.app / "store-manifest.json"), "--lib")
    yield "an operation", lambda world, word: _said(world, "restore", "--yes", "--lock-timeout", "0s", "--", word)
    yield "what is put back", lambda world, word: _said(world, "restore", "--yes", "--", OPERATION, word)
    yield "what is evicted", lambda world, word: _said(world, "evict", "--yes", "--", word)
    yield "a source to evict", lambda world, word: _said(world, "evict", "--yes", "--", f"gone@{word}/{HASH}")
    yield "a package to evict", lambda world, word: _said(world, "evict", "--yes", "--", f"{word}@{HASH}")
    yield "what is cleaned", lambda world, word: _said(world, "clean", "--yes", "--", f"worker:{word}")
    yield "a build to clean", lambda world, word: _said(world, "clean", "--yes", "--", f"build:{word}")
    yield "what is pinned", lambda world, word: _said(world, "pin", "--yes", "--reason", "x", "--", word)
    yield "an app to pin", lambda world, word: _said(world, "pin", "--yes", "--reason", "x", f"--app={word}")
    yield "a pin to let go", lambda world, word: _said(world, "pin", "--yes", "--remove", "--", word)
    yield (
        "a root to let go",
        lambda world, word: _said(world, "evict", "--yes", "--retention", "1d", f"--drop-root=current:{word}"),
    )
    for command in ("evict --yes", "sweep --once"):
        name, option = command.split()
        yield (
            f"a platform of {name}",
            lambda world, word, name=name, option=option: _said(  # type: ignore[misc]
                world, name, option, "--retention", "1d", f"--platform={word}"
            ),
        )
    yield (
        "a platform to assemble from",
        lambda world, word: _said(world, *library, str(root / ".workers" / "w3"), f"--platform={word}"),
    )
    yield "a library in the store", lambda world, word: _said(world, *library, f"{root}/.workers/../{word}")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A store, its apps and its twin."""
    return World.make(tmp_path / "world")


def stays_inside(world: World, run: Runner, case: Case, tried: tuple[str, ...]) -> None:
    ran = 0
    with world.guarded():
        for word in tried:
            for line in case(world, word):
                ended = run(*line)
                ran += 1
                assert ended.code in set(ExitCode), (word, line, ended)
                assert "Traceback" not in ended.err, (word, line, ended)
    assert ran >= len(tried) // 2, "the words were hardly tried"


@pytest.mark.parametrize("name", CASES)
def test_a_word_of_a_file_leads_nowhere(world: World, run: Runner, name: str) -> None:
    stays_inside(world, run, CASES[name], words(world)[list(CASES).index(name) % SOME :: SOME])


def test_a_word_of_a_command_line_leads_nowhere(world: World, run: Runner) -> None:
    for number, (_, case) in enumerate(shell(world)):
        stays_inside(world, run, case, typed(world)[number % SOME :: SOME])


@pytest.mark.campaign
@pytest.mark.parametrize("name", CASES)
def test_no_word_of_a_file_leads_out(world: World, run: Runner, name: str) -> None:
    stays_inside(world, run, CASES[name], words(world))


@pytest.mark.campaign
def test_no_word_of_a_command_line_leads_out(world: World, run: Runner) -> None:
    for _, case in shell(world):
        stays_inside(world, run, case, typed(world))


def typed(world: World) -> tuple[str, ...]:
    """The words that can stand on a command line."""
    return tuple(word for word in words(world) if not {"\0", "\ud800"} & {*word})
