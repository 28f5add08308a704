"""Which store is meant."""

from pathlib import Path

import pytest

from pkgstore.errors import DiskError, InputError
from pkgstore_tui.settings import NoStoreNamed, find_store, read_server_config


def toml(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_named_store_wins(tmp_path: Path):
    config = toml(tmp_path / "b.toml", '[storage]\nbundle_server_path = "/srv/b"\nstore_retention = "720h"\n')
    place = find_store("/srv/store", config=config, environ={"PKGSTORE_ROOT": "/other"})
    assert (place.root, place.apps, place.retention) == ("/srv/store", "/srv", "720h")


@pytest.mark.parametrize("table", ["storage", "docker"])
def test_the_configuration_says_where(tmp_path: Path, table: str):
    config = toml(tmp_path / "b.toml", f'[{table}]\nbundle_server_path = "/srv/bundles"\n')
    place = find_store(config=config, environ={})
    assert (place.root, place.apps, place.retention) == ("/srv/bundles/.pkg-store", "/srv/bundles", "")


def test_a_relative_bundle_path_counts_from_the_configuration(tmp_path: Path):
    config = toml(tmp_path / "b.toml", '[storage]\nbundle_server_path = "bundles"\n')
    assert find_store(config=config, environ={}).root == str(tmp_path / "bundles" / ".pkg-store")


def test_the_environment_and_the_apps_folder(tmp_path: Path):
    place = find_store(environ={"PKGSTORE_ROOT": "/srv/store"}, apps="/srv/apps", folder=str(tmp_path))
    assert (place.root, place.apps) == ("/srv/store", "/srv/apps")


def test_the_present_folder_if_it_is_a_store_or_has_one(tmp_path: Path):
    (tmp_path / "bundles" / ".pkg-store" / ".workers").mkdir(parents=True)
    store = str(tmp_path / "bundles" / ".pkg-store")
    assert find_store(environ={}, folder=store).root == store
    assert find_store(environ={}, folder=str(tmp_path / "bundles")).root == store
    with pytest.raises(NoStoreNamed, match="no store was named"):
        find_store(environ={}, folder=str(tmp_path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[storage", "is no TOML"),
        ("x = " + "[" * 3000 + "]" * 3000, "is no TOML: it is nested too deeply"),
        ("x = " + "9" * 5000, "is no TOML: Exceeds the limit"),
        ("x" + ".x" * 20_000 + " = 1", "is no TOML: a key has more than 100 parts"),
        ("[storage]\n", "names no store"),
        ("storage = 3\n", "names no store"),
        ("[storage]\nbundle_server_path = 3\n", "bundle_server_path is no text"),
        ('[storage]\nbundle_server_path = "/b"\nstore_retention = 720\n', "store_retention is no text"),
    ],
)
def test_a_wrong_configuration_says_what_and_where(tmp_path: Path, text: str, said: str):
    with pytest.raises(InputError, match=said) as caught:
        read_server_config(toml(tmp_path / "b.toml", text))
    assert "b.toml" in str(caught.value)


def test_a_missing_configuration(tmp_path: Path):
    with pytest.raises(DiskError, match="read this configuration"):
        find_store(config=str(tmp_path / "none.toml"), environ={})
    (tmp_path / "latin.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(InputError, match="is no TOML"):
        read_server_config(tmp_path / "latin.toml")
