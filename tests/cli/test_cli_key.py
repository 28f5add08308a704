"""key: what store keys and config hashes are made of."""

import hashlib
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, Runner, nothing_changes

from builders import StoreBuilder, config_hash, entry, source_hash, write_lockfile
from hostile import unsafe
from pkgstore_tui.cli.key import NOT_STORED, visible

SF = source_hash("sf", "1.0-16")
RCPP = source_hash("Rcpp", "1.0.12")


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


def test_the_configs_that_a_lockfile_asks_for(full: StoreBuilder, lockfile: Path, run: Runner) -> None:
    with nothing_changes(full.root.parent):
        ran = run("key", "--lockfile", lockfile, "--store", full.root, "--show-input")

    assert (ran.code, ran.err) == (0, "")
    assert rows(ran.out)[4:] == [
        [],
        ["PACKAGE", "CONFIG", "HASH", "INPUT"],
        ["Rcpp", config_hash({}), "(nothing)"],
        ["sf", config_hash({"Rcpp": "1.0.12"}), f"Rcpp␀{RCPP}"],
        ["shiny", "unknown", *f"({NOT_STORED})".split()],
    ]


def test_what_is_shown_is_what_was_hashed(full: StoreBuilder, lockfile: Path, run: Runner) -> None:
    document = run("key", "--lockfile", lockfile, "--store", full.root, "--show-input", "--json").json

    def hashed(found: dict[str, str]) -> str:
        return hashlib.sha256(found["input_joined"].encode()).hexdigest()

    _, sf, shiny = document["packages"]
    assert hashed(sf) == sf["store_key"] == SF
    assert hashed(sf["config"]) == sf["config"]["config_hash"]
    assert "\0".join(sf["input"]) == sf["input_joined"]
    assert sf["config"]["input"] == ["Rcpp", RCPP]
    assert (sf["config"]["linkingto"], sf["config"]["left_out"]) == (["Rcpp"], [])
    assert shiny["config"] == {"config_hash": None, "not_known": NOT_STORED}


def test_what_the_lockfile_gives_no_key_for_is_said(full: StoreBuilder, tmp_path: Path, run: Runner) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1.0-16"))

    ran = run("key", "--lockfile", lock, "--store", full.root)

    assert rows(ran.out)[-1] == ["sf", config_hash({})]
    assert ran.err == "sf: links to Rcpp too, for which the lockfile gives no key\n"
    config = run("key", "--lockfile", lock, "--store", full.root, "--json").json["packages"][0]["config"]
    assert config == {"config_hash": config_hash({}), "linkingto": ["Rcpp"], "left_out": ["Rcpp"]}


def test_a_configs_json_that_cannot_be_read(full: StoreBuilder, lockfile: Path, run: Runner) -> None:
    full.package("sf").source("1.0-16").configs_json.write_text("{")

    document = run("key", "sf", "--lockfile", lockfile, "--store", full.root, "--json").json

    assert document["packages"][0]["config"]["not_known"].startswith("configs.json cannot be used")


def test_a_store_that_is_at_hand_is_asked_while_the_input_is_shown(
    full: StoreBuilder, lockfile: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PKGSTORE_ROOT", str(full.root))
    assert "CONFIG HASH" in run("key", "--lockfile", lockfile, "--show-input").out
    assert "CONFIG HASH" not in run("key", "--lockfile", lockfile).out
    monkeypatch.setenv("PKGSTORE_ROOT", str(full.root / "no"))
    ran = run("key", "--lockfile", lockfile, "--show-input")
    assert (ran.code, ran.err) == (0, "")
    assert "CONFIG HASH" not in ran.out


def test_a_store_that_was_named_has_to_be_there(lockfile: Path, tmp_path: Path, run: Runner) -> None:
    ran = run("key", "--lockfile", lockfile, "--store", tmp_path / "no")

    assert (ran.code, ran.out) == (3, "")
    assert str(tmp_path / "no") in ran.err


def test_ascii(lockfile: Path, run: Runner) -> None:
    ran = run("key", "sf", "--lockfile", lockfile, "--show-input", "--ascii")

    assert ran.out.isascii()
    assert rows(ran.out)[1] == ["sf", "1.0-16", SF, "standard\\0sf\\01.0-16\\0"]


@pytest.mark.parametrize(
    ("text", "shown", "plain"),
    [
        ("a\0b", "a␀b", "a\\0b"),
        ("a\\0b", "a\\0b", "a\\\\0b"),
        ("é\x1b", "é␛", "\\xe9\\x1b"),
        ("\udcff\u202e", "\ufffd\ufffd", "\\udcff\\u202e"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str, plain: str) -> None:
    assert visible(text) == shown
    assert visible(text, plain=True) == plain


def test_hostile_names(full: StoreBuilder, tmp_path: Path, run: Runner) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry(HOSTILE, HOSTILE), entry("../up"), entry(".dot"))

    for more in ((), ("--ascii",), ("--json",)):
        ran = run("key", "--lockfile", lock, "--store", full.root, "--show-input", *more)
        assert ran.code == 0
        assert (unsafe(ran.out), unsafe(ran.err)) == ([], [])
    packages = ran.json["packages"]
    assert packages[0]["input"] == ["standard", HOSTILE, HOSTILE, ""]
    assert "has a slash" in packages[1]["config"]["not_known"]
