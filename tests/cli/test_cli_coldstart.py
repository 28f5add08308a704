"""pkgstore coldstart: would every app start whole, on which platform, and what is missing by name."""

from pathlib import Path

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Runner, cells

from builders import PLATFORM, StoreBuilder, config_hash, entry, ref, source_hash, write_lockfile

OLD = "4.4-x86_64-pc-linux-gnu"
NEW = "4.6-x86_64-pc-linux-gnu"
SF = {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})}
RCPP = {"Rcpp": ref("Rcpp", "1.0.12")}
GONE = {"gone": ref("gone", "2.0")}
TITLES = ["APP", "TARGET", "PLATFORM", "WHEN", "PACKAGES", "MISSING", "STARTS"]
GAPS = ["MISSING", "CONFIG", "PLATFORM", "ASKED FOR BY", "IN PAK.LOCK OF", "WHY"]


class TestAWholeStore:
    def test_starts_everywhere(self, run: Runner, full: StoreBuilder) -> None:
        full.app("shop", SF | RCPP, prev=RCPP)
        full.app(".transfers/moved", SF)
        ran = run("coldstart", "--store", full.root)
        assert ran.code == 0
        assert cells(ran.out) == [
            TITLES,
            [".transfers/moved", "current", PLATFORM, "now + restart", "1", "0", "whole"],
            ["shop", "current", PLATFORM, "now + restart", "2", "0", "whole"],
            ["shop", "prev", PLATFORM, "now + restart", "1", "0", "whole"],
        ]
        assert ran.said == ["3 targets: every start is complete"]

    def test_tells_what_a_build_compiles_again(self, run: Runner, full: StoreBuilder) -> None:
        full.package("glue").source("1.0").config(listed=False)
        full.app("shop", {"glue": ref("glue", "1.0")})
        ran = run("coldstart", "--store", full.root)
        assert ran.code == 0
        assert cells(ran.out)[1][-1] == "whole; 1 compiled again by a build"
        assert cells(ran.out)[-1][0] == "glue 1.0"

    def test_without_apps_has_nothing_to_tell(self, run: Runner, full: StoreBuilder) -> None:
        ran = run("coldstart", "--store", full.root)
        assert (ran.code, ran.out, ran.said) == (0, "", ["0 targets: every start is complete"])


class TestWhatIsMissing:
    def test_is_told_by_name_with_who_asks_and_why(self, run: Runner, full: StoreBuilder) -> None:
        full.app("maps", GONE)
        shop = full.app("shop", SF | GONE, prev={"odd": ref("odd", "3")})
        write_lockfile(shop / "pak.lock", entry("sf", "1.0-16"), entry("gone", "2.0"))
        ran = run("coldstart", "--store", full.root)
        assert ran.code == 1
        when = "now + restart"
        none = config_hash({})[:8]
        assert cells(ran.out) == [
            TITLES,
            ["maps", "current", PLATFORM, when, "1", "1", "without gone"],
            ["shop", "current", PLATFORM, when, "2", "1", "without gone"],
            ["shop", "prev", PLATFORM, when, "1", "1", "without odd"],
            [],
            GAPS,
            ["gone 2.0", none, PLATFORM, "maps (current) and 1 more", "shop", "nothing of this source is stored"],
            ["odd unknown", none, PLATFORM, "shop (prev)", "nobody", "nothing of this source is stored"],
        ]
        assert ran.said == ["3 targets: 3 starts incomplete"]

    def test_is_named_by_the_first_few_in_a_row(self, run: Runner, full: StoreBuilder) -> None:
        full.app("shop", {name: ref(name, "1") for name in "abcde"})
        assert cells(run("coldstart", "--store", full.root).out)[1][-1] == "without a, b, c and 2 more"

    def test_of_one_app(self, run: Runner, full: StoreBuilder) -> None:
        full.app("maps", GONE)
        full.app("shop", SF)
        ran = run("coldstart", "shop", "--store", full.root)
        assert (ran.code, [row[0] for row in cells(ran.out)]) == (0, ["APP", "shop"])
        ran = run("coldstart", "shop", "nobody", "--store", full.root)
        assert ran.code == 1
        assert "has no app nobody" in ran.err

    def test_and_what_cannot_be_read(self, run: Runner, full: StoreBuilder) -> None:
        shop = full.app("shop", SF)
        (shop / "store-manifest.json.prev").write_text("{")
        ran = run("coldstart", "--store", full.root)
        assert ran.code == 1
        assert cells(ran.out)[2] == ["shop", "prev", "its manifest cannot be read"]
        assert "store-manifest.json.prev" in ran.err

    def test_a_store_without_a_platform(self, run: Runner, tmp_path: Path) -> None:
        store = StoreBuilder(tmp_path / "store")
        store.app("shop", SF)
        ran = run("coldstart", "--store", store.root)
        assert ran.code == 1
        assert cells(ran.out)[1] == ["shop", "current", "1", "1", "without sf"]


class TestSeveralPlatforms:
    def test_after_a_restart_the_first_by_name_is_taken(self, run: Runner, full: StoreBuilder) -> None:
        full.on(OLD).package("sf").source("0.9").config(used="90d")
        full.app("shop", SF)
        ran = run("coldstart", "--store", full.root)
        assert ran.code == 1, "it starts now, and does not after a restart"
        assert cells(ran.out)[1:3] == [
            ["shop", "current", OLD, "restart", "1", "1", "without sf"],
            ["shop", "current", PLATFORM, "now", "1", "0", "whole"],
        ]
        assert cells(ran.out)[-1][-1] == f"stored on {PLATFORM}"
        assert f"in use is {PLATFORM}; after a restart the server takes {OLD}" in ran.err

    def test_one_that_nobody_starts_on_is_shown_and_does_not_count(self, run: Runner, full: StoreBuilder) -> None:
        full.on(NEW).package("sf").source("0.9").config(used="90d")
        full.app("shop", SF)
        ran = run("coldstart", "--store", full.root)
        assert ran.code == 0
        assert ["shop", "current", NEW, "1", "1", "without sf"] in cells(ran.out)
        assert GAPS not in cells(ran.out)

    def test_one_that_is_named_counts_alone(self, run: Runner, full: StoreBuilder) -> None:
        full.on(NEW).package("sf").source("0.9").config(used="90d")
        full.app("shop", SF)
        ran = run("coldstart", "--platform", NEW, "--store", full.root)
        assert ran.code == 1
        assert [row[2] for row in cells(ran.out)[1:2]] == [NEW]
        assert GAPS in cells(ran.out)
        assert run("coldstart", "--platform", PLATFORM, "--store", full.root).code == 0

    @pytest.mark.parametrize(("name", "code"), [("9.9-none", 2), ("../x", 3)])
    def test_one_that_is_not_there(self, run: Runner, full: StoreBuilder, name: str, code: int) -> None:
        ran = run("coldstart", "--platform", name, "--store", full.root)
        assert ran.code == code
        assert name in ran.err

    def test_a_folder_without_anything_in_it_is_picked_too(self, run: Runner, full: StoreBuilder) -> None:
        (full.root / OLD).mkdir()
        full.app("shop", SF)
        ran = run("coldstart", "--store", full.root)
        assert ran.code == 1
        assert cells(ran.out)[1][2:4] == [OLD, "restart"]


class TestInJson:
    def test_every_start_has_its_gaps_where_it_counts(self, run: Runner, full: StoreBuilder) -> None:
        full.on(NEW).package("sf").source("0.9").config(used="90d")
        shop = full.app("shop", SF | GONE)
        (shop / "store-manifest.json.build").write_text("[")
        ran = run("coldstart", "--json", "--store", full.root)
        assert ran.code == 1
        document = ran.json
        assert (document["schema_version"], document["in_use"], document["after_restart"]) == (
            1,
            PLATFORM,
            PLATFORM,
        )
        assert (document["platforms"], document["whole"]) == ([PLATFORM, NEW], False)
        current, build = document["targets"]
        assert (build["tier"], build["packages"], build["starts"]) == ("build", None, [])
        assert (current["app"], current["path"]) == ("shop", str(shop / "store-manifest.json"))
        here, new = current["starts"]
        assert new == {
            "platform": NEW,
            "in_use": False,
            "after_restart": False,
            "whole": False,
            "missing": 2,
            "unlisted": 0,
            "gaps": None,
        }
        assert (here["in_use"], here["after_restart"], here["missing"]) == (True, True, 1)
        assert here["gaps"] == [
            {
                "package": "gone",
                "version": None,
                "remote": None,
                "source_hash": source_hash("gone", "2.0"),
                "config_hash": config_hash({}),
                "why": "gone",
                "meaning": "nothing of this source is stored",
                "in_lockfile": None,
                "elsewhere": [],
            }
        ]

    def test_of_a_saved_scan_too(self, run: Runner, full: StoreBuilder, tmp_path: Path) -> None:
        full.app("shop", GONE)
        assert run("scan", "-o", tmp_path / "scan.json", "--store", full.root).code == 0
        live = run("coldstart", "--json", "--store", full.root).json
        ran = run("coldstart", "--json", "--from", tmp_path / "scan.json")
        assert (ran.code, ran.json) == (1, live)


def test_names_cannot_play_with_the_terminal(run: Runner, full: StoreBuilder) -> None:
    full.app("shop", {HOSTILE: "x/y"})
    ran = run("coldstart", "--store", full.root)
    assert HOSTILE_SHOWN in ran.out
    assert "\x1b" not in ran.out + ran.err
