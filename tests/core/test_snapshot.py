"""The immutable reading of a store, and what is put into it and taken out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pkgstore.keys import ConfigKey, SourceKey, WorkerKey
from pkgstore.model import ConfigRecord, Damage, SourceRecord, WorkerRecord
from pkgstore.snapshot import Snapshot


def source(package: str, hash_: str = "s1", platform: str = "p", version: str = "", **more: object) -> SourceRecord:
    config = ConfigRecord(ConfigKey(platform, package, hash_, "c1"), listed=True, has_tree=True, version=version)
    return SourceRecord(SourceKey(platform, package, hash_), (config,), **more)  # type: ignore[arg-type]


def worker(name: str, *manifest: str, damage: tuple[Damage, ...] = ()) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), dict.fromkeys(manifest, "s1/c1"), 1.0, damage)


def test_holds_records_by_key_the_newest_wins() -> None:
    old, new = source("sf", version="1"), source("sf", version="2")
    snapshot = Snapshot("/s").with_records([old, worker("w1"), source("R6", platform="o"), new])
    assert snapshot.sources == {new.key: new, SourceKey("o", "R6", "s1"): source("R6", platform="o")}
    assert list(snapshot.workers) == ["w1"]
    assert snapshot.platforms == ("o", "p")
    assert [config.key.package for config in snapshot.configs()] == ["sf", "R6"]


def test_is_never_changed() -> None:
    first = Snapshot("/s").with_records([source("sf")])
    second = first.with_records([source("R6"), worker("w1"), Damage("/x", "bad")])
    third = second.apply({SourceKey("p", "sf", "s1"): None})
    assert [len(snapshot.sources) for snapshot in (first, second, third)] == [1, 2, 1]
    assert (first.workers, first.damage) == ({}, ())
    assert first != Snapshot("/s").with_records([source("sf")])
    with pytest.raises(AttributeError):
        first.root = "/other"  # type: ignore[misc]


def test_apply_puts_in_replaces_and_takes_out() -> None:
    snapshot = Snapshot("/s").with_records([source("sf"), source("R6"), worker("w1"), worker("w2")])
    new, fresh = source("R6", version="2"), worker("w3", "sf")
    after = snapshot.apply(
        {
            SourceKey("p", "sf", "s1"): None,
            new.key: new,
            WorkerKey("w1"): None,
            fresh.key: fresh,
            SourceKey("p", "never", "s1"): None,
            WorkerKey("never"): None,
        }
    )
    assert after.sources == {new.key: new}
    assert after.workers == {"w2": worker("w2"), "w3": fresh}
    assert after.root == "/s"


def test_gathers_damage_from_everywhere() -> None:
    lost, hurt, broken = (Damage(path, "bad") for path in ("/lost", "/hurt", "/broken"))
    snapshot = Snapshot("/s").with_records([worker("w1", damage=(broken,)), lost, source("sf", damage=(hurt,))])
    assert snapshot.damage == (lost, hurt, broken)
    assert snapshot.apply({SourceKey("p", "sf", "s1"): None}).damage == (lost, broken)


def test_groups_sources_by_package() -> None:
    records = [source("sf", "s2"), source("R6"), source("sf", "s1"), source("sf", platform="o")]
    groups = Snapshot("/s").with_records(records).packages
    assert {platform: set(packages) for platform, packages in groups.items()} == {"o": {"sf"}, "p": {"R6", "sf"}}
    assert list(groups) == ["o", "p"]
    assert [record.key.source_hash for record in groups["p"]["sf"]] == ["s1", "s2"]


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("op"), st.sampled_from("ab"), st.sampled_from("12"), st.booleans()))
    )
)
def test_groups_follow_each_change(batches: list[list[tuple[str, str, str, bool]]]) -> None:
    snapshot = Snapshot("/s")
    for batch in batches:
        assert snapshot.packages is not None  # worked out, so that the next has to follow
        there = {SourceKey(platform, name, f"s{n}"): here for platform, name, n, here in batch}
        changes = {key: SourceRecord(key) if here else None for key, here in there.items()}
        snapshot = snapshot.apply(changes)
        assert snapshot.packages == replace(snapshot).packages


def test_finds_what_a_ref_stands_for_on_the_platform_that_used_it_last() -> None:
    def config(platform: str, used: float, *, tree: bool = True) -> SourceRecord:
        found = ConfigRecord(ConfigKey(platform, "sf", "s1", "c1"), listed=True, has_tree=tree, last_used=used)
        return SourceRecord(found.key.source, (found,))

    snapshot = Snapshot("/s").with_records([config("a", 5.0), config("b", 9.0), config("c", 99.0, tree=False)])
    found = snapshot.config_of("sf", "s1/c1")
    assert found is not None
    assert found.key.platform == "b"
    assert (
        snapshot.config_of("sf", "s1/c2")
        is snapshot.config_of("R6", "s1/c1")
        is snapshot.config_of("sf", "x")
        is None
    )


def test_tells_who_uses_a_config() -> None:
    broken = WorkerRecord(WorkerKey("w0"), None, 1.0)
    snapshot = Snapshot("/s").with_records([worker("w2", "sf", "R6"), worker("w1", "sf"), broken])
    assert snapshot.users == {("sf", "s1/c1"): ("w1", "w2"), ("R6", "s1/c1"): ("w2",)}


def test_tells_the_version_of_a_source() -> None:
    snapshot = Snapshot("/s").with_records([source("sf", version="1.2"), source("R6")])
    assert snapshot.version_of("p", "sf", "s1") == "1.2"
    assert snapshot.version_of("p", "R6", "s1") == snapshot.version_of("p", "gone", "s1") == ""


def test_a_source_was_used_when_its_latest_config_was() -> None:
    def config(hash_: str, used: float | None) -> ConfigRecord:
        return ConfigRecord(ConfigKey("p", "sf", "s", hash_), listed=True, has_tree=True, last_used=used)

    key = SourceKey("p", "sf", "s")
    assert SourceRecord(key, (config("a", 5.0), config("b", None), config("c", 9.0))).last_used == 9.0
    assert SourceRecord(key, (config("b", None),)).last_used is None
