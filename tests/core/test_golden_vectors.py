"""What the reference was recorded to return: keys, config hashes, DESCRIPTIONs, lockfiles."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from pkgstore import config_hash, parse_dcf, platform_from_lockfile, read_lockfile, store_key
from pkgstore.description import parse_dcf_text
from pkgstore.errors import LockfileError, UnsupportedRemoteType
from pkgstore.lockfile import entry_problem, parse_lockfile
from pkgstore.model import LockfileEntry
from pkgstore.text_json import printable

VECTORS: dict[str, list[Any]] = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_bytes())


def numbered(kind: str) -> Any:
    """Every vector of a kind, by its place in the file."""
    return pytest.mark.parametrize("vector", [pytest.param(v, id=str(i)) for i, v in enumerate(VECTORS[kind])])


def test_the_file_holds_what_was_recorded() -> None:
    assert {kind: len(vectors) for kind, vectors in VECTORS.items()} == {
        "config_hash": 35,
        "dcf": 56,
        "lockfile": 33,
        "store_key": 162,
    }


def entry_of(vector: dict[str, Any]) -> LockfileEntry:
    return parse_lockfile(json.dumps({"packages": [vector["entry"]]}).encode()).packages[0]


@numbered("store_key")
def test_store_key(vector: dict[str, Any]) -> None:
    entry = entry_of(vector)
    assert entry.is_meta is vector["meta"]
    if vector.get("key_error"):
        assert vector["key"] == ""
        assert f'RemoteType for store key: "{entry.remote_type}" ' in vector["key_error"]
        with pytest.raises(UnsupportedRemoteType) as caught:
            store_key(entry)
        assert (caught.value.package, caught.value.remote_type) == (entry.package, entry.remote_type)
    else:
        assert store_key(entry) == vector["key"]


@numbered("store_key")
def test_entry_is_refused_for_the_reference_s_reason(vector: dict[str, Any]) -> None:
    reason = vector.get("validate_error", "")
    problem = entry_problem(entry_of(vector))
    assert problem == reason.removesuffix(" (url, local, and svn are not supported)")


@numbered("config_hash")
def test_config_hash(vector: dict[str, Any]) -> None:
    keys = vector["linking_to_keys"]
    assert config_hash(keys) == vector["config_hash"]
    assert config_hash(dict(reversed(keys.items()))) == vector["config_hash"]


@numbered("dcf")
def test_dcf(vector: dict[str, Any], tmp_path: Path) -> None:
    data = base64.b64decode(vector["base64"])
    (tmp_path / "DESCRIPTION").write_bytes(data)
    assert parse_dcf(tmp_path / "DESCRIPTION") == vector["fields"]
    assert {printable(name): printable(value) for name, value in parse_dcf_text(data).items()} == vector["fields"]


@numbered("lockfile")
def test_lockfile(vector: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "pak.lock"
    path.write_text(vector["text"])
    if not vector["accepted"]:
        with pytest.raises(LockfileError) as caught:
            read_lockfile(path)
        assert caught.value.path == str(path)
        assert caught.value.advice == "write it again with pak::lockfile_create()"
        assert refused_alike(caught.value.what, vector["reference_message"])
        return
    lockfile = read_lockfile(path)
    assert platform_from_lockfile(lockfile) == vector["platform"]
    assert {entry.package: store_key(entry) for entry in lockfile.real_entries} == vector["keys"]


def refused_alike(ours: str, theirs: str) -> bool:
    """Whether both name the same fault: the very words of a check, the field of a wrong type, or no JSON at all."""
    check = theirs.removeprefix("invalid pak lockfile PATH: ").removesuffix(
        " (url, local, and svn are not supported)"
    )
    if check.startswith("packages["):
        return ours == check
    if check != theirs:
        return ours.removeprefix("this ") == check.replace("(expected 1)", "(1 is supported)")
    if "Go struct field Lockfile." in theirs:
        field = theirs.split("Go struct field Lockfile.")[1].split(" ")[0].replace("packages.0", "packages[0]")
        return ours.startswith(f"this lockfile cannot be used: {field} is ")
    if "Go value of type" in theirs:
        return ours.startswith("this lockfile cannot be used: the document is ")
    return ours.startswith("this lockfile is no JSON: ") or ours == "this lockfile is empty"
