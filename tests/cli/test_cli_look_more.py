"""locks and key; where the store is found; and that looking changes nothing."""

import os
import time
from pathlib import Path

import pytest
from cli_helpers import Runner, nothing_changes

from builders import PLATFORM, StoreBuilder, digest, entry, github, source_hash, write_lockfile


def test_locks_with_age_and_when_they_may_be_broken(full: StoreBuilder, run: Runner) -> None:
    full.package("dplyr").source("1.1.4").locked("250s")
    full.package("sf").source("9").locked("40m")

    ran = run("locks", "--store", full.root)

    assert ran.code == 0
    assert [line.split() for line in ran.out.splitlines()] == [
        ["PACKAGE", "VERSION", "SOURCE", "AGE", "STALE", "PLATFORM"],
        ["dplyr", "1.1.4", "6c50662f", "4min", "in", "25min", PLATFORM],
        ["sf", "unknown", source_hash("sf", "9")[:8], "40min", "stale", PLATFORM],
    ]
    assert ran.err == "2 locks\n"


def test_locks_json(full: StoreBuilder, run: Runner) -> None:
    path = full.package("dplyr").source("1.1.4").locked("5m")

    (lock,) = run("locks", "--store", full.root, "--json").json["locks"]
    age, left = lock.pop("age_seconds"), lock.pop("stale_in_seconds")

    assert lock == {
        "platform": PLATFORM,
        "package": "dplyr",
        "version": "1.1.4",
        "remote": None,
        "source_hash": source_hash("dplyr", "1.1.4"),
        "path": str(path),
        "stale": False,
    }
    assert 300 <= age <= 300 + time.time() - full.now
    assert age + left == pytest.approx(1800)


def test_no_locks(full: StoreBuilder, run: Runner) -> None:
    assert run("locks", "--store", full.root).err == "0 locks\n"
    assert run("locks", "--store", full.root, "--json").json == {"schema_version": 1, "locks": []}


def test_key_prints_store_keys(tmp_path: Path, run: Runner) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1.0-16"), github("mine", "abc", "sub"))

    ran = run("key", "--lockfile", lock, "--show-input")

    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["PACKAGE", "VERSION", "STORE", "KEY", "INPUT"],
        ["sf", "1.0-16", source_hash("sf", "1.0-16"), "standard␀sf␀1.0-16␀"],
        ["mine", "1.0", digest("github", "mine", "abc", "sub"), "github␀mine␀abc␀sub"],
    ]


def test_key_json_names_platform_and_duplicates(tmp_path: Path, run: Runner) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"), entry("sf", "2"), entry("s2"))

    assert run("key", "--lockfile", lock, "--json", "--show-input", "sf").json == {
        "schema_version": 1,
        "platform": PLATFORM,
        "packages": [
            {
                "package": "sf",
                "version": version,
                "store_key": source_hash("sf", version),
                "input": ["standard", "sf", version, ""],
                "input_joined": f"standard\0sf\0{version}\0",
            }
            for version in ("1", "2")
        ],
        "duplicates": ["sf"],
    }


def test_key_of_a_package_that_the_lockfile_lacks(tmp_path: Path, run: Runner) -> None:
    lock = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"))

    ran = run("key", "--lockfile", lock, "sf", "zz", "aa")

    assert ran.code == 1
    assert ran.err == f"pkgstore: {lock}: has no aa, zz\n"


@pytest.mark.parametrize("command", ["ls", "locks", "workers"])
def test_a_store_of_no_packages(store: StoreBuilder, run: Runner, command: str) -> None:
    with nothing_changes(store.root):
        text = run(command, "--store", store.root)
        document = run(command, "--store", store.root, "--json")

    assert (text.code, document.code) == (0, 0)
    assert len(text.out.splitlines()) == 1
    assert text.err.startswith("0 ")
    assert next(iter(document.json)) == "schema_version"


def test_show_on_a_store_of_no_packages(store: StoreBuilder, run: Runner) -> None:
    with nothing_changes(store.root):
        assert run("show", "sf", "--store", store.root).code == 1


def test_looking_changes_nothing_at_all(full: StoreBuilder, lockfile: Path, run: Runner, tmp_path: Path) -> None:
    damaged = full.package("bad").source("1").config(used="10d")
    damaged.configs_json.write_text("{")
    full.package("dplyr").source("1.1.4").locked("40m")
    (full.worker("w2") / ".packages.json").write_text("[]")

    with nothing_changes(tmp_path):
        for arguments in (
            ("ls",),
            ("ls", "sf"),
            ("ls", "--json"),
            ("show", "sf"),
            ("show", "bad", "--json"),
            ("locks",),
            ("locks", "--json"),
            ("workers",),
            ("workers", "w1"),
            ("workers", "--json"),
        ):
            assert run(*arguments, "--store", full.root).code in {0, 1}
        run("key", "--lockfile", lockfile)
        run("key", "--lockfile", lockfile, "--json", "--show-input")


def test_the_store_is_found_by_the_servers_configuration(full: StoreBuilder, run: Runner) -> None:
    config = full.root.parent / "blockyard.toml"
    config.write_text('[storage]\nbundle_server_path = "."\nstore_retention = "720h"\n')

    assert run("ls", "--config", config, "--json").json["root"] == str(full.root)


def test_the_store_is_found_by_the_environment(
    full: StoreBuilder, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("PKGSTORE_ROOT", str(full.root))

    assert run("ls", "--json").json["root"] == str(full.root)


def test_the_store_is_found_in_the_present_folder(
    full: StoreBuilder, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("ls", "--json").json["root"] == str(full.root)
    monkeypatch.chdir(full.root)
    assert run("ls", "--json").json["root"] == str(full.root)


def test_no_store_named_says_what_to_type(run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")

    ran = run("ls")

    assert (ran.code, ran.out) == (2, "")
    for word in ("folder", "--config", "PKGSTORE_ROOT"):
        assert word in ran.err


@pytest.mark.parametrize(
    "text",
    [
        "nonsense = [",
        "[storage]\n",
        "[storage]\nbundle_server_path = 3\n",
        '[storage]\nbundle_server_path = "a\\u0000b"\n',
        "[storage]\nbundle_server_path = '\xff'\n",
    ],
    ids=["no-toml", "empty", "number", "nul", "not-utf-8"],
)
def test_a_configuration_that_cannot_be_used_is_named(run: Runner, tmp_path: Path, text: str) -> None:
    config = tmp_path / "blockyard.toml"
    config.write_bytes(text.encode("latin-1"))

    with nothing_changes(tmp_path):
        ran = run("ls", "--config", config)

    assert (ran.code, ran.out) == (3, "")
    assert str(config) in ran.err


def test_a_missing_configuration_is_named(run: Runner, tmp_path: Path) -> None:
    ran = run("ls", "--config", tmp_path / "no.toml")

    assert ran.code == 3
    assert str(tmp_path / "no.toml") in ran.err
    assert "check the path" in ran.err


def test_an_old_config_file_with_its_docker_table(full: StoreBuilder, run: Runner) -> None:
    config = full.root.parent / "old.toml"
    config.write_text(f'[docker]\nbundle_server_path = "{os.fspath(full.root.parent)}"\n')

    assert run("locks", "--config", config).code == 0
