"""What a scan tells of a store that is hurt, or that changes while it is read: damage is a result."""

import shutil
from pathlib import Path

import pytest
from scan_helpers import key, source

from builders import PLATFORM, StoreBuilder
from intercept import before
from pkgstore import sources
from pkgstore.layout import Layout
from pkgstore.scan import (
    read_snapshot,
    scan_source,
)


class TestDamage:
    @pytest.mark.parametrize(
        ("missing", "wrong"), [("tree", "is_phantom"), ("sidecar", "is_orphan_tree"), ("listed", "is_orphan_tree")]
    )
    def test_of_a_config_is_told_by_its_record(self, store: StoreBuilder, missing: str, wrong: str) -> None:
        store.package("sf").source().config(**{missing: False})  # type: ignore[arg-type]
        (config,) = source(store, "sf").configs
        flags = {name for name in ("is_phantom", "is_orphan_tree", "is_orphan_sidecar") if getattr(config, name)}
        assert flags == {wrong} | ({"is_orphan_sidecar"} if missing == "tree" else set())

    def test_a_sidecar_alone_is_an_orphan(self, store: StoreBuilder) -> None:
        store.package("sf").source().config(tree=False, listed=False)
        (config,) = source(store, "sf").configs
        assert (config.is_orphan_sidecar, config.is_phantom, config.is_orphan_tree) == (True, False, False)

    def test_an_unreadable_configs_json_is_named_and_the_trees_are_still_told(self, store: StoreBuilder) -> None:
        built = store.package("sf").source().config()
        built.configs_json.write_text("[]")
        record = source(store, "sf")
        assert [damage.path for damage in record.damage] == [str(built.configs_json)]
        assert "the document is a list, not an object; the next ingest" in record.damage[0].why
        assert str(built.path) not in record.damage[0].why
        assert [(c.listed, c.has_tree) for c in record.configs] == [(False, True)]

    def test_a_folder_for_configs_json_and_for_description(self, store: StoreBuilder) -> None:
        built = store.package("sf").source().config()
        built.configs_json.unlink()
        built.configs_json.mkdir()
        (built.tree / "DESCRIPTION").unlink()
        (built.tree / "DESCRIPTION").mkdir()
        record = source(store, "sf")
        assert [damage.path for damage in record.damage] == [
            str(built.configs_json),
            str(built.tree / "DESCRIPTION"),
        ]
        assert all("Is a directory" in damage.why for damage in record.damage)
        assert record.version == ""

    def test_things_that_are_not_what_their_names_say(self, store: StoreBuilder) -> None:
        built = store.package("sf").source().config()
        (built.path / "file").write_text("x")
        (built.path / "ff.json").mkdir()
        (built.path / "link").symlink_to(built.tree)
        (built.path / "configs.json.tmp").write_text("a writer's")
        record = source(store, "sf")
        assert {Path(damage.path).name for damage in record.damage} == {"file", "ff.json", "link"}
        assert {damage.why for damage in record.damage} == {"is not what its name says"}
        assert [config.key.config_hash for config in record.configs] == [built.last]

    def test_links_and_names_that_no_store_has(self, store: StoreBuilder) -> None:
        store.package("sf").source().config()
        platform = store.root / PLATFORM
        (platform / "link").symlink_to("sf")
        (platform / ".hidden").mkdir()
        (platform / "store-manifest.json").mkdir()
        (platform / "file").write_text("x")
        snapshot = read_snapshot(str(store.root))
        assert [found.package for found in snapshot.sources] == ["sf"]
        told = {Path(damage.path).name: damage.why for damage in snapshot.damage}
        assert told.keys() == {"link", ".hidden", "store-manifest.json", "file"}
        assert told["file"] == "is a file where a folder is expected"
        assert told["link"] == "is a symbolic link where a folder is expected"
        assert told[".hidden"] == "is not the name of a package"

    def test_names_in_configs_json_that_may_not_reach_the_disk_are_passed_over(self, store: StoreBuilder) -> None:
        built = store.package("sf").source().config()
        built.configs_json.write_text(
            '{"configs": {"..": {}, "": {}, "a/b": {}, "n\\u0000": {}, "' + built.last + '": {}}}'
        )
        assert [config.key.config_hash for config in source(store, "sf").configs] == [built.last]

    def test_a_description_that_is_no_utf8_is_shown_with_replacements(self, store: StoreBuilder) -> None:
        built = store.package("sf").source().config()
        (built.tree / "DESCRIPTION").write_bytes(b"Version: 1\xe9\nBuilt: \xff\n")
        (config,) = source(store, "sf").configs
        assert (config.version, config.built) == ("1\ufffd", "\ufffd")

    @pytest.mark.parametrize("between", ["", "\n", ":x\n", "no field\n\n"])
    def test_what_is_passed_over_in_a_description_ends_no_field(self, store: StoreBuilder, between: str) -> None:
        built = store.package("sf").source().config()
        text = f"Version: 1\n{between} 2\n{between}Built: R\n{between}"
        (built.tree / "DESCRIPTION").write_text(text)
        (config,) = source(store, "sf").configs
        assert (config.version, config.built) == ("1 2", "R")

    def test_a_folder_that_cannot_be_listed(self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
        built = store.package("sf").source().config()
        store.package("cli").source().config()

        def refuse(path: str) -> None:
            if path in {str(built.path), str(store.root / PLATFORM / "cli")}:
                raise PermissionError(13, "Permission denied")

        before(monkeypatch, refuse, "scandir")
        snapshot = read_snapshot(str(store.root))
        assert {damage.path for damage in snapshot.damage} == {str(built.path), str(store.root / PLATFORM / "cli")}
        advice = "cannot list this folder: Permission denied; run as the user who owns the store"
        assert all(advice in damage.why for damage in snapshot.damage)
        assert [record.configs for record in snapshot.sources.values()] == [()]


class TestWhatGoesMeanwhile:
    def test_a_source_that_is_gone_is_none(self, store: StoreBuilder) -> None:
        layout = Layout(str(store.root))
        assert scan_source(layout, key("sf")) is None
        (store.root / PLATFORM / "sf").mkdir(parents=True)
        (store.root / PLATFORM / "sf" / key("sf").source_hash).write_text("a file")
        assert scan_source(layout, key("sf")) is None

    def test_a_source_that_goes_between_its_listing_and_its_reading(
        self, store: StoreBuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        built = store.package("sf").source().config()

        really = sources._read_at_once

        def gone(folder: int, way: str) -> tuple[bytes, sources.Stamp]:
            shutil.rmtree(built.path, ignore_errors=True)
            return really(folder, way)

        monkeypatch.setattr(sources, "_read_at_once", gone)
        record = source(store, "sf")
        assert [damage.path for damage in record.damage] == [str(built.configs_json)]
        assert [(c.has_tree, c.version) for c in record.configs] == [(True, "")]
