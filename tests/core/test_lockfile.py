"""pak lockfiles: what is read, and the words for what is wrong; recorded ones are in test_golden_vectors."""

import json
from pathlib import Path

import pytest

from builders import entry, github, lockfile_document, write_lockfile
from pkgstore.errors import DiskError, LockfileError, StoreError
from pkgstore.lockfile import (
    duplicates_of,
    entry_problem,
    parse_lockfile,
    platform_from_lockfile,
    platforms_of,
    read_lockfile,
    validate_lockfile,
)
from pkgstore.model import Lockfile, LockfileEntry, LockfileMetadata

ADVICE = "write it again with pak::lockfile_create()"


def parsed(*entries: object, **top: object) -> Lockfile:
    return parse_lockfile(
        json.dumps({**lockfile_document(), "packages": list(entries), **top}).encode(), "pak.lock"
    )


def refusal(lockfile: Lockfile) -> str:
    with pytest.raises(LockfileError) as caught:
        validate_lockfile(lockfile)
    assert (caught.value.path, caught.value.advice) == ("pak.lock", ADVICE)
    return caught.value.what


def test_gives_every_field(tmp_path: Path) -> None:
    path = write_lockfile(tmp_path / "pak.lock", entry("sf", "1.0-16", sha256="ab"), github("cli", "c0ffee", "r"))
    assert read_lockfile(path) == Lockfile(
        1,
        "R version 4.5.2 (2025-10-31)",
        "Ubuntu 24.04.2 LTS",
        "x86_64-pc-linux-gnu",
        (
            LockfileEntry(
                "sf", "1.0-16", "standard", True, LockfileMetadata("standard", "1.0-16"), "ab",
                "x86_64-pc-linux-gnu", "4.5",
            ),
            LockfileEntry(
                "cli", "1.0", "github", True, LockfileMetadata("github", "c0ffee", "r"), "",
                "x86_64-pc-linux-gnu", "4.5",
            ),
        ),
        str(path),
    )  # fmt: skip


def test_takes_missing_and_null_for_empty_and_passes_over_what_it_does_not_know() -> None:
    lockfile = parsed({"package": None, "metadata": None, "needscompilation": None, "new": [1]}, None, os=None)
    assert lockfile.packages == (LockfileEntry(), LockfileEntry())
    assert lockfile.os == ""
    assert parse_lockfile(b"null") == Lockfile()


def test_matches_field_names_without_regard_to_case() -> None:
    found = parsed({"Package": "sf", "METADATA": {"remotetype": "git", "remotesha": "c0"}}).packages[0]
    assert (found.package, found.remote_type, found.remote_sha) == ("sf", "git", "c0")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"version": 1}, "packages[0].version is a number, not a string"),
        ({"needscompilation": "yes"}, "packages[0].needscompilation is a string, not true or false"),
        ({"metadata": []}, "packages[0].metadata is a list, not an object"),
        ({"metadata": {"RemoteSha": True}}, "packages[0].metadata.RemoteSha is true or false, not a string"),
    ],
)
def test_names_the_field_that_has_the_wrong_type(fields: dict[str, object], said: str) -> None:
    with pytest.raises(LockfileError) as caught:
        parsed(entry("sf", **fields))
    assert str(caught.value) == f"pak.lock: this lockfile cannot be used: {said}; {ADVICE}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "this lockfile is empty"),
        (b"[]", "this lockfile cannot be used: the document is a list, not an object"),
        (b'{"packages": {}}', "this lockfile cannot be used: packages is an object, not a list"),
        (b'{"packages": [1]}', "this lockfile cannot be used: packages[0] is a number, not an object"),
        (
            b'{"lockfile_version": 1.0}',
            "this lockfile cannot be used: lockfile_version is a number, not a whole number",
        ),
        (
            b'{\n<<<<<<< HEAD\n  "os": "a",\n=======\n  "os": "b",\n>>>>>>> x\n  "packages": []\n}',
            "this lockfile has merge-conflict marks; resolve the conflict first",
        ),
    ],
)
def test_names_what_is_no_lockfile(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "pak.lock").write_bytes(data)
    with pytest.raises(LockfileError) as caught:
        read_lockfile(tmp_path / "pak.lock")
    assert str(caught.value) == f"{tmp_path / 'pak.lock'}: {said}; {ADVICE}"


def test_points_at_the_place_of_a_syntax_error(tmp_path: Path) -> None:
    (tmp_path / "pak.lock").write_text('{\n  "packages": [,]\n}')
    with pytest.raises(LockfileError, match=r"this lockfile is no JSON: .*line 2 column 16"):
        read_lockfile(tmp_path / "pak.lock")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: None])
def test_names_a_lockfile_that_cannot_be_read(tmp_path: Path, make: object) -> None:
    path = tmp_path / "pak.lock"
    make(path)  # type: ignore[operator]
    with pytest.raises(DiskError) as caught:
        read_lockfile(path)
    assert caught.value.path == str(path)
    assert caught.value.what.startswith("cannot read this ")
    assert caught.value.advice


class TestValidation:
    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"package": None}, 'missing "package" field'),
            ({"version": None}, 'package sf: missing "version"'),
            ({"rversion": ""}, 'package sf: missing "rversion"'),
            ({"platform": None}, 'package sf: missing "platform"'),
            ({"type": None, "metadata": None}, "package sf: missing type/metadata.RemoteType"),
            ({"type": "url", "metadata": {}}, 'package sf: unsupported type "url"'),
            ({"metadata": {"RemoteType": "cran"}}, 'package sf: unsupported type "cran"'),
            ({"type": "git", "metadata": {}}, 'package sf: type "git" requires metadata.RemoteSha'),
        ],
    )
    def test_names_the_entry_and_what_it_lacks(self, fields: dict[str, object], problem: str) -> None:
        lockfile = parsed(entry("cli"), {**entry("sf"), **fields})
        assert entry_problem(lockfile.packages[1]) == problem
        assert refusal(lockfile) == f"packages[1]: {problem}"

    @pytest.mark.parametrize("kind", ["deps", "local", "installed"])
    def test_asks_nothing_of_an_entry_that_is_no_package(self, kind: str) -> None:
        lockfile = parsed({"type": kind}, {"type": "standard", "metadata": {"RemoteType": kind}})
        assert [item.is_meta for item in lockfile.packages] == [True, True]
        assert lockfile.real_entries == ()
        validate_lockfile(lockfile)

    def test_wants_version_1_and_a_package(self) -> None:
        assert refusal(parsed(entry("sf"), lockfile_version=2)) == "unsupported lockfile_version 2 (1 is supported)"
        assert refusal(parsed(lockfile_version=None)) == "unsupported lockfile_version 0 (1 is supported)"
        assert refusal(parsed()) == refusal(parsed(packages=None)) == "this lockfile has no packages"

    def test_accepts_every_supported_source(self) -> None:
        kinds = [entry("a", type=kind, metadata={"RemoteSha": "c0"}) for kind in ("git", "gitlab", "bitbucket")]
        lockfile = parsed(entry("b"), github("c", "c0"), *kinds)
        validate_lockfile(lockfile)
        assert [entry_problem(item) for item in lockfile.packages] == [""] * 5

    def test_is_done_before_a_lockfile_is_handed_out(self, tmp_path: Path) -> None:
        path = write_lockfile(tmp_path / "pak.lock", entry("sf", version=None))
        with pytest.raises(
            StoreError, match=r'pak\.lock: packages\[0\]: package sf: missing "version"; write it again'
        ):
            read_lockfile(path)


class TestPlatform:
    def test_is_the_first_entry_s_whatever_it_is(self) -> None:
        meta = {"type": "deps", "rversion": "4.5", "platform": "*"}
        assert platform_from_lockfile(parsed(meta, entry("sf"))) == "4.5-*"
        assert platform_from_lockfile(parsed(entry("sf", platform="source"), meta)) == "4.5-source"
        assert platform_from_lockfile(Lockfile()) == ""

    def test_of_real_entries_may_be_several(self) -> None:
        lockfile = parsed(
            {"type": "local", "rversion": "4.5", "platform": "source"},
            entry("b", rversion="4.6"),
            entry("a"),
            entry("c"),
        )
        assert platforms_of(lockfile) == ("4.5-x86_64-pc-linux-gnu", "4.6-x86_64-pc-linux-gnu")


def test_names_real_packages_that_stand_in_it_twice() -> None:
    lockfile = parsed(
        entry("sf"), entry("cli"), entry("sf", "2.0"), {"package": "cli", "type": "local"}, entry("R6")
    )
    assert duplicates_of(lockfile) == ("sf",)
