"""ls with a filter, sorted, with sizes; names from lockfiles and apps; a saved scan in place of a store."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_helpers import HOSTILE, HOSTILE_SHOWN, Ran, Runner, nothing_changes

from builders import PLATFORM, StoreBuilder, entry, github, ref, write_lockfile


@pytest.fixture
def mixed(full: StoreBuilder) -> StoreBuilder:
    """`full` with a second version of sf, an orphan, and an app that holds some of it."""
    full.package("sf").source("1.0-17").config({"Rcpp": "1.0.12"}, used="2h")
    full.package("sfheaders").source("0.4").config(used="40d", sidecar=False)
    full.app("shop", {"sf": ref("sf", "1.0-17", {"Rcpp": "1.0.12"})})
    return full


def listed(ran: Ran) -> list[str]:
    """Package and version of each row."""
    return [" ".join(line.split()[:2]) for line in ran.out.splitlines()[1:]]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["idle>30d"], ["dplyr 1.1.4"]),
        (["sf"], ["sf 1.0-16", "sf 1.0-17"]),
        (["sf", "idle>5d"], ["sf 1.0-16"]),
        (["sf", "dplyr"], ["dplyr 1.1.4", "sf 1.0-16", "sf 1.0-17"]),
        (["sf*"], ["sf 1.0-16", "sf 1.0-17", "sfheaders 0.4"]),
        (["SFH"], ["sfheaders 0.4"]),
        (["state:orphan"], ["sfheaders 0.4"]),
        (["app:shop"], ["sf 1.0-17"]),
        (["links:Rcpp", "!app:shop"], ["sf 1.0-16"]),
        (["version:1.0-1*"], ["sf 1.0-16", "sf 1.0-17"]),
        (["size>200", "version:1.0*"], ["sf 1.0-16", "sf 1.0-17"]),
        (["idle>5d idle<20d"], ["Rcpp 1.0.12", "sf 1.0-16"]),
    ],
)
def test_filters(mixed: StoreBuilder, run: Runner, words: list[str], rows: list[str]) -> None:
    ran = run("ls", "--store", mixed.root, *words)

    assert (ran.code, listed(ran)) == (0, rows)


def test_by_when_configs_were_made(store: StoreBuilder, run: Runner) -> None:
    """Each sidecar that a filter or an order asks for is read at once; one that does not tell meets nothing."""
    for name, made in (("new", time.time() - 60), ("old", time.time() - 86400), ("odd", None)):
        written = datetime.fromtimestamp(made, UTC).isoformat() if made else "yesterday"
        store.package(name).source("1.0").config(created=written)

    with nothing_changes(store.root):
        assert listed(run("ls", "--store", store.root, "age<2h")) == ["new 1.0"]
        assert listed(run("ls", "--store", store.root, "!age<2h")) == ["old 1.0"]
        assert listed(run("ls", "--store", store.root, "--sort", "age")) == ["new 1.0", "old 1.0", "odd 1.0"]


def test_a_saved_scan_does_not_know_when_configs_were_made(
    mixed: StoreBuilder, run: Runner, tmp_path: Path
) -> None:
    assert run("scan", "--store", mixed.root, "-o", tmp_path / "scan").code == 0

    assert listed(run("ls", "--scan", tmp_path / "scan", "age>0s")) == []


def test_a_filter_that_nothing_meets_is_no_finding(mixed: StoreBuilder, run: Runner) -> None:
    ran = run("ls", "--store", mixed.root, "idle>900d")

    assert (ran.code, listed(ran)) == (0, [])
    assert ran.err == f"0 configs in {mixed.root}\n"


def test_a_name_that_nothing_has_is_said_the_others_are_shown(mixed: StoreBuilder, run: Runner) -> None:
    ran = run("ls", "--store", mixed.root, "sf", "nosuch")

    assert (ran.code, listed(ran)) == (1, ["sf 1.0-16", "sf 1.0-17"])
    assert ran.said[-1] == f"pkgstore: {mixed.root}: has no nosuch"


@pytest.mark.parametrize(
    ("words", "shown", "caret"),
    [
        (["sf", "idle>x"], "idle>x", "     ^"),
        (["links:Rcpp", "!size>y"], "links:Rcpp !size>y", " " * 17 + "^"),
        (["nofield:3"], "nofield:3", "^^^^^^^"),
        ([f"idle>{HOSTILE}"], f"idle>{HOSTILE_SHOWN}", "     " + "^" * (len(HOSTILE) - 1)),
    ],
)
def test_a_wrong_filter_is_shown_with_where_it_is_wrong(
    mixed: StoreBuilder, run: Runner, words: list[str], shown: str, caret: str
) -> None:
    ran = run("ls", "--store", mixed.root, *words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.said[-3].startswith("Error: ")
    assert ran.said[-2:] == [shown, caret]


def test_sorted_by_a_field_both_ways(mixed: StoreBuilder, run: Runner) -> None:
    oldest = run("ls", "--store", mixed.root, "--sort", "idle", "!state:orphan")
    newest = run("ls", "--store", mixed.root, "--sort", "idle", "--reverse", "!state:orphan")

    assert [row.split()[0] for row in listed(newest)] == ["dplyr", "Rcpp", "sf", "sf"]
    assert listed(oldest)[0] == "sf 1.0-17"
    assert listed(oldest)[-1] == "dplyr 1.1.4"


def test_reverse_alone_turns_the_order_round(mixed: StoreBuilder, run: Runner) -> None:
    forth, back = run("ls", "--store", mixed.root), run("ls", "--store", mixed.root, "--reverse")

    assert listed(back) == listed(forth)[::-1]


def test_a_field_that_there_is_not(mixed: StoreBuilder, run: Runner) -> None:
    ran = run("ls", "--store", mixed.root, "--sort", "weight")

    assert (ran.code, ran.out) == (2, "")
    assert 'no field "weight"' in ran.said[-3]
    assert ran.said[-2:] == ["--sort weight", "       ^^^^^^"]


def test_sizes_are_shown_when_asked_for(mixed: StoreBuilder, run: Runner) -> None:
    ran = run("ls", "--store", mixed.root, "--size", "dplyr")
    (config,) = run("ls", "--store", mixed.root, "--size", "--json", "dplyr").json["configs"]

    assert ran.out.splitlines()[0].split()[:5] == ["PACKAGE", "VERSION", "SOURCE", "CONFIG", "SIZE"]
    assert ran.out.splitlines()[1].split()[4:6] == [str(config["bytes"]), "B"]
    assert config["bytes"] < config["disk_bytes"] == config["own_disk_bytes"]
    assert "bytes" not in run("ls", "--store", mixed.root, "--json", "dplyr").json["configs"][0]


def test_names_come_from_lockfiles_too(mixed: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    lock = write_lockfile(
        tmp_path / "far" / "from" / "here" / "pak.lock", entry("Rcpp", "1.0.99"), github("mine", "a" * 40)
    )
    mixed.package("sf").source("2").config({"Rcpp": "1.0.99"})

    without = run("ls", "--store", mixed.root, "version:2")
    known = run("ls", "--store", mixed.root, "version:2", "--lock", lock)

    assert "Rcpp 1.0.99" not in without.out
    assert "Rcpp 1.0.99" in known.out


@pytest.mark.parametrize("text", ["", "[]", "{", '{"packages": []}'])
def test_a_lockfile_that_tells_nothing_is_named(
    mixed: StoreBuilder, run: Runner, tmp_path: Path, text: str
) -> None:
    lock = tmp_path / "bad.lock"
    lock.write_text(text)

    ran = run("ls", "--store", mixed.root, "--lock", lock)

    assert (ran.code, ran.out) == (3, "")
    assert str(lock) in ran.err


def test_a_missing_lockfile_is_named(mixed: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    ran = run("ls", "--store", mixed.root, "--lock", tmp_path / "no.lock")

    assert ran.code == 3
    assert ran.said == [
        f"pkgstore: {tmp_path / 'no.lock'}: cannot read this lockfile: No such file or directory; check the path"
    ]


def test_the_folder_of_the_apps_may_be_named(mixed: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()

    ran = run("ls", "--store", mixed.root, "--apps", tmp_path / "others", "app:shop")

    assert (ran.code, listed(ran)) == (0, [])


# --- show: workers, apps, who holds a config ----------------------------------------------------------------


def test_show_tells_who_holds_a_config_and_why(mixed: StoreBuilder, run: Runner) -> None:
    ran = run("show", "sf", "--store", mixed.root, "--json")
    text = run("show", "sf", "--store", mixed.root).out

    held = {config["version"]: config["held_by"] for config in ran.json["configs"]}
    worker = mixed.root / ".workers" / "w1" / ".packages.json"
    shop = mixed.root.parent / "shop" / "store-manifest.json"
    assert held == {
        "1.0-16": [{"tier": "worker", "owner": "worker w1", "path": str(worker)}],
        "1.0-17": [{"tier": "current", "owner": "shop (current)", "path": str(shop)}],
    }
    assert [line for line in text.splitlines() if line.startswith("held by")] == [
        "held by       worker w1",
        "held by       shop (current)",
    ]


def test_show_says_when_not_every_holder_is_known(mixed: StoreBuilder, run: Runner) -> None:
    (mixed.worker("w2") / ".packages.json").write_text("{")

    text = run("show", "dplyr", "--store", mixed.root).out

    assert "held by       perhaps others: not every manifest, or pin, could be read\n" in text


def test_show_an_app(mixed: StoreBuilder, run: Runner) -> None:
    shop = mixed.app("shop", {"sf": ref("sf", "9"), "dplyr": ref("dplyr", "1.1.4")}, prev={"sf": ref("sf", "9")})
    mixed.worker("w9", {"sf": ref("sf", "9"), "dplyr": ref("dplyr", "1.1.4")})
    write_lockfile(shop / "pak.lock", entry("sf", "9"))

    ran = run("show", "app:shop", "--store", mixed.root)
    document = run("show", "app:shop", "--store", mixed.root, "--json").json

    facts = dict(line.split("  ", 1) for line in ran.out.partition("\n\n")[0].splitlines())
    assert ran.code == 0
    assert facts["current"].strip().startswith("2 packages; ")
    assert facts["current"].endswith("; not stored: sf")
    assert "; against current: 1 went, 1 the same (pkgstore diff app:shop app:shop:prev)" in facts["prev"]
    assert facts["workers"].strip() == "w9 (best match)"
    assert ran.out.partition("\n\n")[2].splitlines()[1].split()[:2] == ["dplyr", "1.1.4"]
    assert [manifest["tier"] for manifest in document["manifests"]] == ["current", "prev"]
    assert document["manifests"][0]["packages"]["sf"] == {"ref": ref("sf", "9"), "version": "9", "remote": None}
    assert document["manifests"][0]["dangling"] == ["sf"]
    assert document["workers"] == {"how": "best match", "worker_ids": ["w9"]}
    assert document["lockfile"]["packages"] == 1


def test_show_a_worker(mixed: StoreBuilder, run: Runner) -> None:
    mixed.app("shop", {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"}), "gone": ref("gone", "1")})

    ran = run("show", "worker:w1", "--store", mixed.root)
    document = run("show", "worker:w1", "--store", mixed.root, "--json").json

    assert ran.code == 0
    assert "app           shop (best match, 1 differs)\n- missing     gone\n" in ran.out
    assert document["app"] == {
        "name": "shop", "tier": "current", "how": "best match",
        "same": 1, "changed": [], "missing": ["gone"], "extra": [], "others": [],
    }  # fmt: skip


@pytest.mark.parametrize("what", ["worker:no", "app:no", "app:", "worker:../x", f"app:{HOSTILE}"])
def test_an_owner_that_there_is_not(mixed: StoreBuilder, run: Runner, what: str) -> None:
    for more in ((), ("--json",)):
        ran = run("show", what, "--store", mixed.root, *more)

        assert (ran.code, ran.out) == (1, "")
        assert len(ran.said) == 1
        assert "has no " in ran.err


# --- workers and their apps ---------------------------------------------------------------------------------


def test_workers_tell_which_app_they_are_like(mixed: StoreBuilder, run: Runner) -> None:
    sf = {"sf": ref("sf", "1.0-16", {"Rcpp": "1.0.12"})}
    mixed.app("shop", {"sf": ref("sf", "2")}, prev=sf)
    mixed.app("maps", {**sf, "dplyr": ref("dplyr", "1.1.4")})
    mixed.worker("w2", {**sf, "dplyr": ref("dplyr", "2"), "x": "1/1"})

    rows = {line.split()[0]: line for line in run("workers", "--store", mixed.root).out.splitlines()}

    assert "  shop:prev (best match, all the same)" in rows["w1"]
    assert "  shop:prev (best match, 2 differ)" in rows["w2"]


# --- hostile names, and changing nothing --------------------------------------------------------------------


def test_hostile_names_reach_no_terminal(mixed: StoreBuilder, run: Runner) -> None:
    mixed.package(HOSTILE).source(HOSTILE, key="a" * 64).config({HOSTILE: "1"})
    mixed.worker(HOSTILE, {HOSTILE: f"{HOSTILE}/{HOSTILE}", "sf": "odd"})
    mixed.app(HOSTILE, {HOSTILE: ref("sf", "1")}, prev={})
    commands = (
        ("ls",), ("ls", "--sort", "name"), ("ls", HOSTILE), ("show", HOSTILE), ("workers",), ("workers", HOSTILE),
        ("show", f"worker:{HOSTILE}"), ("show", f"app:{HOSTILE}"), ("locks",), ("scan",),
        ("diff", f"worker:{HOSTILE}", f"app:{HOSTILE}"), ("diff", f"app:{HOSTILE}", f"app:{HOSTILE}:prev"),
    )  # fmt: skip

    for command in commands:
        for more in ((), ("--json",)):
            ran = run(*command, *more, "--store", mixed.root)

            assert ran.code in {0, 1}, command
            said = ran.out + ran.err
            assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(said if not more else ran.err), command
            if more and ran.out:
                assert ran.json["schema_version"] == 1


def test_looking_changes_nothing_beside_the_store_either(
    mixed: StoreBuilder, run: Runner, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("scans") / "scan.json"
    mixed.package("bad").source("1").config().configs_json.write_text("{")
    mixed.package("dplyr").source("1.1.4").locked("40m")
    write_lockfile(tmp_path / "shop" / "pak.lock", entry("sf", "1.0-17"))
    commands = (
        ("ls", "idle>1d", "--size"), ("ls", "--sort", "own"), ("show", "sf"), ("show", "app:shop"),
        ("show", "worker:w1", "--json"), ("workers",), ("workers", "w1"), ("locks",), ("scan",), ("scan", "--json"),
        ("scan", "-o", "-"), ("scan", "-o", outside), ("diff", "worker:w1", "app:shop"),
        ("diff", "dplyr", "sfheaders"), ("diff", mixed.root, mixed.root),
        ("diff", tmp_path / "shop" / "pak.lock", tmp_path / "shop" / "store-manifest.json"),
    )  # fmt: skip

    with nothing_changes(tmp_path):
        for command in commands:
            assert run(*command, "--store", mixed.root).code in {0, 1}, command
    assert outside.exists()


def test_one_platform(mixed: StoreBuilder, run: Runner) -> None:
    mixed.on("4.4-x").package("old").source("1").config()

    assert listed(run("ls", "--store", mixed.root, "--platform", "4.4-x")) == ["old 1"]
    assert "old" not in run("ls", "--store", mixed.root, "--platform", PLATFORM).out
