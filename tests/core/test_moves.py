"""Each app as if it moved on: what it costs, what nothing holds any more, and what links to a package."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from builders import PLATFORM, StoreBuilder, config_hash, entry, ref, source_hash, write_lockfile
from pkgstore.explain.agreement import Agreement, agreement_in_sources
from pkgstore.explain.bumps import Bump, possible_keys
from pkgstore.explain.moves import Move, lost_by, moves
from pkgstore.explain.reverse import Lack, Reverse, reverse
from pkgstore.lockfile import read_lockfile
from pkgstore.model import PopulateStats
from pkgstore.names import Names
from pkgstore.progress import Cancel
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot

RCPP = {"Rcpp": "1.0.12"}
NOW = {"Rcpp": ref("Rcpp", "1.0.12"), "sf": ref("sf", "1.0", RCPP)}
LOCK = (entry("Rcpp", "1.0.12"), entry("sf", "1.0"))


@pytest.fixture
def store(tmp_path: Path) -> StoreBuilder:
    """The app ``shop`` has Rcpp 1.0.12 and sf 1.0, and had sf 0.9; all of it is stored."""
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store")
    store.package("Rcpp").source("1.0.12").config()
    store.package("sf").source("1.0").config(RCPP)
    store.package("sf").source("0.9").config(RCPP)
    app = store.app("shop", NOW, prev={**NOW, "sf": ref("sf", "0.9", RCPP)})
    write_lockfile(app / "pak.lock", *LOCK)
    return store


def roots(store: StoreBuilder) -> Roots:
    return roots_of(read_snapshot(str(store.root), apps=str(store.root.parent)))


def moved(store: StoreBuilder, *entries: Mapping[str, object], bumps: tuple[Bump, ...] = ()) -> dict[str, Move]:
    """Every app after a move, by name."""
    found = roots(store)
    lockfile = read_lockfile(write_lockfile(store.root.parent / "new.lock", *entries)) if entries else None
    possible = [possible_keys(Names.of(found.snapshot), bump) for bump in bumps]
    done = moves(found, found.snapshot.apps.values(), lockfile, possible)
    return {move.app.key.name: move for move in done}


def lost(move: Move) -> list[tuple[str, str, bool]]:
    return sorted((each.config.key.package, each.config.version, each.at_once) for each in move.lost)


class TestMoves:
    def test_a_bump_starts_from_the_apps_own_lockfile(self, store: StoreBuilder) -> None:
        move = moved(store, bumps=(Bump("Rcpp", "2.0"),))["shop"]
        assert move.answer is not None
        assert move.answer.stats == PopulateStats(misses=1, abi_rebuilds=1)
        assert move.agreement.agrees

    def test_an_app_without_a_lockfile_is_not_known(self, store: StoreBuilder) -> None:
        store.app("maps", NOW)
        move = moved(store, bumps=(Bump("Rcpp", "2.0"),))["maps"]
        assert (move.answer, move.unknown, move.lost) == (None, "it has no pak.lock", ())

    def test_nor_is_one_whose_lockfile_cannot_be_used(self, store: StoreBuilder) -> None:
        (store.app("maps", NOW) / "pak.lock").write_text("{")
        move = moved(store, bumps=(Bump("Rcpp"),))["maps"]
        assert move.answer is None
        assert "this lockfile" in move.unknown

    def test_for_a_new_lockfile_the_apps_own_does_not_matter(self, store: StoreBuilder) -> None:
        store.app("maps", NOW)
        move = moved(store, entry("Rcpp", "1.0.12"))["maps"]
        assert move.answer is not None
        assert move.answer.stats == PopulateStats(hits=1)

    def test_it_can_be_stopped_between_two_apps(self, store: StoreBuilder) -> None:
        cancel = Cancel()
        cancel.set()
        assert list(moves(roots(store), roots(store).snapshot.apps.values(), cancel=cancel)) == []


class TestLost:
    def test_what_only_the_old_rollback_target_held_is_lost_at_once(self, store: StoreBuilder) -> None:
        assert lost(moved(store, *LOCK)["shop"]) == [("sf", "0.9", True)]

    def test_what_the_present_manifest_holds_is_lost_with_the_next_refresh(self, store: StoreBuilder) -> None:
        move = moved(store, entry("Rcpp", "1.0.13"), entry("sf", "1.0"))["shop"]
        assert lost(move) == [("Rcpp", "1.0.12", False), ("sf", "0.9", True), ("sf", "1.0", False)]

    def test_what_others_hold_is_not_lost(self, store: StoreBuilder) -> None:
        store.worker("w1", {"sf": ref("sf", "0.9", RCPP)})
        store.app("maps", NOW)
        assert lost(moved(store, entry("Rcpp", "1.0.13"), entry("sf", "1.0"))["shop"]) == []

    def test_nor_what_was_first_deployed(self, store: StoreBuilder) -> None:
        store.app("shop", NOW, build=NOW)
        assert lost(moved(store, entry("Rcpp", "1.0.13"))["shop"]) == [("sf", "0.9", True)]

    def test_what_an_uncertain_answer_could_come_to_is_not_lost(self, store: StoreBuilder) -> None:
        store.package("Rcpp").source("1.0.13").config()
        store.package("sf").source("1.0").config({"Rcpp": "1.0.13"})
        store.app("shop", NOW, prev={"sf": ref("sf", "1.0", {"Rcpp": "1.0.13"})})
        move = moved(store, bumps=(Bump("Rcpp"),))["shop"]
        assert lost(move) == [("Rcpp", "1.0.12", False), ("sf", "1.0", False)]
        assert all(each.config.linking_to_keys.get("Rcpp") != source_hash("Rcpp", "1.0.13") for each in move.lost)

    def test_two_apps_together_lose_what_neither_loses_alone(self, store: StoreBuilder) -> None:
        write_lockfile(store.app("maps", NOW) / "pak.lock", *LOCK)
        both = moved(store, entry("R6", "2.5"))
        assert [lost(move) for move in both.values()] == [[], [("sf", "0.9", True)]]
        pairs = [(move.app, move.answer) for move in both.values() if move.answer is not None]
        together = lost_by(roots(store), pairs)
        assert {(each.config.key.package, each.config.version, each.at_once) for each in together} == {
            ("Rcpp", "1.0.12", False),
            ("sf", "0.9", True),
            ("sf", "1.0", False),
        }

    def test_what_is_not_stored_cannot_be_lost(self, store: StoreBuilder) -> None:
        store.app("shop", {**NOW, "gone": ref("gone", "1"), "odd": "noslash"})
        assert lost(moved(store, *LOCK)["shop"]) == [("sf", "0.9", True)]


class TestAgreement:
    def of(self, store: StoreBuilder) -> Agreement:
        return agreement_in_sources(roots(store).snapshot.apps["shop"])

    def test_it_agrees(self, store: StoreBuilder) -> None:
        assert self.of(store) == Agreement("shop", True)

    def test_a_rollback_brought_back_only_the_manifest(self, store: StoreBuilder) -> None:
        write_lockfile(
            store.root.parent / "shop" / "pak.lock", entry("Rcpp", "1.0.13"), LOCK[1], entry("R6", "2.5")
        )
        assert self.of(store) == Agreement("shop", False, sources=("Rcpp",), only_lockfile=("R6",))

    def test_what_is_carried_over_is_no_disagreement(self, store: StoreBuilder) -> None:
        store.app("shop", {**NOW, "old": ref("old", "1")})
        assert self.of(store) == Agreement("shop", True, only_manifest=("old",))

    def test_of_two_entries_of_a_package_either_will_do(self, store: StoreBuilder) -> None:
        write_lockfile(store.root.parent / "shop" / "pak.lock", *LOCK, entry("sf", "2.0"))
        assert self.of(store).agrees is True

    @pytest.mark.parametrize(
        ("name", "text", "why"),
        [
            ("pak.lock", None, "it has no pak.lock"),
            ("pak.lock", "{", "its pak.lock cannot be used: "),
            ("store-manifest.json", "[]", "it has no store-manifest.json that can be read"),
            ("store-manifest.json", None, "it has no store-manifest.json that can be read"),
        ],
    )
    def test_what_is_not_known(self, store: StoreBuilder, name: str, text: str | None, why: str) -> None:
        path = store.root.parent / "shop" / name
        path.unlink() if text is None else path.write_text(text)
        assert self.of(store).agrees is None
        assert self.of(store).reason.startswith(why)


class TestReverse:
    def of(self, store: StoreBuilder, package: str = "Rcpp") -> Reverse:
        snapshot = read_snapshot(str(store.root))
        return reverse(snapshot, package, [("shop", read_lockfile(store.root.parent / "shop" / "pak.lock"))])

    def test_stored_sources_with_what_each_config_was_built_against(self, store: StoreBuilder) -> None:
        store.package("sf").source("1.0").config({"Rcpp": "1.0.13"})
        found = {linker.record.version: linker for linker in self.of(store).linkers}
        assert found.keys() == {"0.9", "1.0"}
        against = {built.against for built in found["1.0"].built}
        assert against == {source_hash("Rcpp", "1.0.12"), source_hash("Rcpp", "1.0.13")}

    def test_what_a_lockfile_needs_of_them(self, store: StoreBuilder) -> None:
        (need,) = self.of(store).needs
        assert (need.lockfile, need.source.package, need.config_hash) == ("shop", "sf", config_hash(RCPP))
        assert (need.against, need.lack) == (source_hash("Rcpp", "1.0.12"), Lack.NONE)

    def test_a_config_that_is_needed_and_not_stored(self, store: StoreBuilder) -> None:
        write_lockfile(store.root.parent / "shop" / "pak.lock", entry("Rcpp", "1.0.13"), entry("sf", "1.0"))
        (need,) = self.of(store).needs
        assert (need.config_hash, need.lack) == (config_hash({"Rcpp": "1.0.13"}), Lack.CONFIG)

    def test_a_lockfile_that_lacks_the_package_leaves_it_out_of_the_key(self, store: StoreBuilder) -> None:
        write_lockfile(store.root.parent / "shop" / "pak.lock", entry("sf", "1.0"))
        (need,) = self.of(store).needs
        assert (need.against, need.config_hash) == (None, config_hash({}))

    def test_what_is_not_stored_does_not_tell_what_it_links_to(self, store: StoreBuilder) -> None:
        write_lockfile(store.root.parent / "shop" / "pak.lock", *LOCK, entry("terra", "1.7"))
        assert self.of(store).untold == (("shop", ("terra",)),)

    def test_a_package_that_nothing_links_to(self, store: StoreBuilder) -> None:
        found = self.of(store, "R6")
        assert (found.linkers, found.needs, found.untold) == ((), (), ())

    def test_each_platform_is_its_own(self, store: StoreBuilder) -> None:
        store.on("4.4-x86_64-pc-linux-gnu").package("sf").source("1.0").config(RCPP)
        platforms = [linker.record.key.platform for linker in self.of(store).linkers]
        assert platforms == ["4.4-x86_64-pc-linux-gnu", PLATFORM, PLATFORM]
