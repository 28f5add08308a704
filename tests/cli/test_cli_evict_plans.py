"""evict by who needs what: by bytes, by name, by plan file; what is kept, what follows, what stops it."""

import json
import os
from pathlib import Path

import pytest
from cli_helpers import Runner, nothing_changes

from builders import PLATFORM, SourceBuilder, StoreBuilder, ref
from pkgstore.journal import operations, read_journal
from pkgstore.layout import Layout

OTHER = "4.4-x86_64-pc-linux-gnu"


def heavy(source: SourceBuilder, kib: int) -> SourceBuilder:
    """The config that was added last, with so much more in it."""
    (source.tree / "data").write_bytes(os.urandom(kib * 1024))
    return source


@pytest.fixture
def apps(store: StoreBuilder) -> StoreBuilder:
    """What worker, app, rollback targets and nobody need; all of it long unused."""
    refs = {name: store.package(name).source().config(used="90d").ref for name in ("w", "cur", "prev", "build")}
    heavy(store.package("old").source().config(used="80d"), 64)
    heavy(store.package("older").source().config(used="100d"), 128)
    store.worker("w1", {"w": refs["w"]})
    store.app("shop", {"cur": refs["cur"]}, prev={"prev": refs["prev"]}, build={"build": refs["build"]})
    return store


def left(store: StoreBuilder, platform: str = PLATFORM) -> list[str]:
    return sorted(os.listdir(store.root / platform))


def evict(run: Runner, store: StoreBuilder, *more: object):
    return run("evict", "--store", store.root, *more)


def test_what_somebody_needs_is_kept_and_said(apps: StoreBuilder, run: Runner) -> None:
    ran = evict(run, apps, "--retention", "30d", "--yes", "--json")
    assert (ran.code, ran.json["removed"], ran.json["kept"]) == (0, 2, 4)
    assert left(apps) == ["build", "cur", "prev", "w"]

    shown = evict(run, apps, "--retention", "30d", "--dry-run")
    assert [line for line in shown.said if "shop (rollback: as first deployed)" in line]
    assert [line for line in shown.said if "keeps w 1.0" in line and "worker w1" in line]


def test_ignore_roots_is_the_plain_sweep_and_says_what_breaks(apps: StoreBuilder, run: Runner) -> None:
    with nothing_changes(apps.root):
        shown = evict(run, apps, "--retention", "30d", "--ignore-roots")
    assert shown.code == 5
    for owner, effect in (
        ("worker w1", "its next live install breaks"),
        ("shop (current)", "its next cold start is incomplete"),
        ("shop (rollback: .prev)", "a rollback to the state before the last refresh is incomplete"),
        ("shop (rollback: as first deployed)", "a rollback to the state as first deployed is incomplete"),
    ):
        assert [line for line in shown.said if line.startswith(f"breaks {owner}: {effect}")], owner

    assert evict(run, apps, "--retention", "30d", "--ignore-roots", "--yes").code == 0
    assert left(apps) == []


def test_one_root_can_be_let_go_of(apps: StoreBuilder, run: Runner) -> None:
    shown = evict(run, apps, "--retention", "30d", "--drop-root", "build:shop", "-n")
    assert [line for line in shown.said if line.startswith("breaks shop (rollback: as first deployed)")]
    assert not [line for line in shown.said if line.startswith("breaks shop (current)")]

    assert evict(run, apps, "--retention", "30d", "--drop-root", "build:shop", "--yes").code == 0
    assert left(apps) == ["cur", "prev", "w"]


def test_a_root_that_is_not_there_cannot_be_let_go_of(apps: StoreBuilder, run: Runner) -> None:
    with nothing_changes(apps.root):
        ran = evict(run, apps, "--retention", "30d", "--drop-root", "build:shpo", "--yes")
    assert ran.code == 2
    assert "build:shop" in ran.err


@pytest.mark.parametrize("broken", ["worker", "app", "pins"])
def test_a_root_that_cannot_be_read_stops_it_and_is_named(apps: StoreBuilder, run: Runner, broken: str) -> None:
    path = {
        "worker": apps.root / ".workers" / "w1" / ".packages.json",
        "app": apps.root.parent / "shop" / "store-manifest.json.build",
        "pins": apps.root / ".pkgstore" / "pins.json",
    }[broken]
    path.parent.mkdir(exist_ok=True)
    path.write_text("{")
    with nothing_changes(apps.root.parent):
        ran = evict(run, apps, "--retention", "30d", "--yes")
    assert (ran.code, ran.out) == (5, "")
    assert str(path) in ran.err
    assert evict(run, apps, "--retention", "30d", "--yes", "--ignore-roots").code == 0


def test_to_free_some_bytes_the_longest_idle_goes_first_and_no_more_than_needed(
    apps: StoreBuilder, run: Runner
) -> None:
    shown = evict(run, apps, "--max-freed", "100K", "--dry-run", "--json")
    assert [item["package"] for item in shown.json["items"]] == ["older"]
    assert shown.json["items"][0]["bytes"] >= 128 * 1024
    assert shown.json["freed"]["now_bytes"] == shown.json["items"][0]["bytes"]

    assert evict(run, apps, "--max-freed", "150K", "--yes").code == 0
    assert left(apps) == ["build", "cur", "prev", "w"]


def test_too_much_to_ask_is_said_and_is_partly_done(apps: StoreBuilder, run: Runner) -> None:
    ran = evict(run, apps, "--max-freed", "1G", "--dry-run")
    assert ran.code == 1
    assert "all that nobody needs does not come to that many bytes" in ran.err
    assert evict(run, apps, "--max-freed", "1G", "--yes").code == 6
    assert left(apps) == ["build", "cur", "prev", "w"]


def test_idle_narrows_what_bytes_may_take(apps: StoreBuilder, run: Runner) -> None:
    heavy(apps.package("fresh").source().config(used="1d"), 256)
    ran = evict(run, apps, "--max-freed", "1G", "--idle", "90d", "--dry-run", "--json")
    assert [item["package"] for item in ran.json["items"]] == ["older"]


def test_until_the_store_is_small_enough(apps: StoreBuilder, run: Runner) -> None:
    assert evict(run, apps, "--max-size", "120K", "--yes").code == 0
    assert "older" not in left(apps)
    assert "old" in left(apps)
    assert evict(run, apps, "--max-size", "1G", "--yes", "--json").json["removed"] == 0


def test_what_shares_all_its_bytes_with_a_worker_frees_nothing_and_stays(apps: StoreBuilder, run: Runner) -> None:
    shared = apps.package("shared").source().config(used="200d")
    library = apps.worker("w2")
    for number, path in enumerate(p for p in shared.tree.rglob("*") if p.is_file()):
        os.link(path, library / f"{number}")
    ran = evict(run, apps, "--max-freed", "1G", "--dry-run", "--json")
    assert [item["package"] for item in ran.json["items"]] == ["older", "old"]

    named = evict(run, apps, shared.ref, "--dry-run", "--libraries", "--json").json["freed"]
    assert named["now_bytes"] == 0
    assert [part["after"] for part in named["later"]] == [["worker w2"]]
    assert evict(run, apps, shared.ref, "--dry-run", "--json").json["freed"]["unknown_bytes"] > 0


def test_refs_name_what_goes_whatever_its_age(apps: StoreBuilder, run: Runner, tmp_path: Path) -> None:
    new = apps.package("new").source().config(used="1m")
    assert evict(run, apps, new.ref, "--yes").code == 0
    assert "new" not in left(apps)
    listed = tmp_path / "refs"
    listed.write_text(f"# what is not wanted\n\nold  {ref('old', '1.0')[:12]} # short\n")
    assert evict(run, apps, "--from", listed, "--yes").code == 0
    assert "old" not in left(apps)


def test_a_tree_without_sidecar_goes_when_it_is_named(apps: StoreBuilder, run: Runner) -> None:
    orphan = apps.package("orphan").source().config(sidecar=False, listed=False)
    assert evict(run, apps, f"orphan@{orphan.ref}", "--yes").code == 0
    assert "orphan" not in left(apps)
    assert run("restore", "--yes", "last", "--store", apps.root).code == 0
    assert orphan.tree.is_dir()
    assert not orphan.sidecar.exists()


@pytest.mark.parametrize("word", ["old", "zzzzzzzz", "..", "../../etc", "old@", "a/b/c", "x@" + "0" * 64])
def test_what_is_no_ref_of_the_store_changes_nothing(apps: StoreBuilder, run: Runner, word: str) -> None:
    with nothing_changes(apps.root):
        assert evict(run, apps, word, "--yes").code == 2


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--retention", "1d", "--max-freed", "1G"),
        ("--retention", "1d", "--idle", "1d"),
        ("--max-freed", "lots"),
        ("--run", "x", "--ignore-roots"),
        ("--idle", "1d", "--all-platforms", "--platform", PLATFORM),
    ],
)
def test_unclear_wishes_are_usage_errors(apps: StoreBuilder, run: Runner, options: tuple[str, ...]) -> None:
    with nothing_changes(apps.root):
        assert evict(run, apps, *options, "--yes").code == 2


def test_all_platforms(apps: StoreBuilder, run: Runner) -> None:
    apps.on(OTHER).package("there").source().config(used="90d")
    assert evict(run, apps, "--idle", "30d", "--all-platforms", "--yes").code == 0
    assert left(apps, OTHER) == []
    assert left(apps) == ["build", "cur", "prev", "w"]


# --- plan files ------------------------------------------------------------------------------------------


@pytest.fixture
def plan(apps: StoreBuilder, run: Runner, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    with nothing_changes(apps.root):
        assert evict(run, apps, "--retention", "30d", "--plan", path).code == 0
    return path


def test_a_plan_is_done_as_it_stands(apps: StoreBuilder, run: Runner, plan: Path) -> None:
    apps.package("added").source().config(used="90d")
    assert [item["package"] for item in json.loads(plan.read_text())["items"]] == ["old", "older"]
    assert evict(run, apps, "--run", plan).code == 5
    assert evict(run, apps, "--run", plan, "--yes").code == 0
    assert left(apps) == ["added", "build", "cur", "prev", "w"]


def test_what_was_used_or_made_anew_or_is_needed_now_is_skipped_and_said(
    apps: StoreBuilder, run: Runner, plan: Path
) -> None:
    apps.package("third").source().config(used="90d")
    assert evict(run, apps, "--retention", "30d", "--plan", plan).code == 0
    os.utime(next((apps.root / PLATFORM / "old").glob("*/*.json")), (1, 1))
    tree = next(path for path in (apps.root / PLATFORM / "older").glob("*/*") if path.is_dir())
    tree.rename(tree.with_name("kept"))
    (tree / "R").mkdir(parents=True)
    apps.app("new", {"third": ref("third", "1.0")})

    ran = evict(run, apps, "--run", plan, "--yes", "-v")
    assert ran.code == 0
    assert [line.rpartition(": ")[2] for line in ran.said if line.startswith("skipped")] == [
        "used again since the plan was made",
        "made anew since the plan was made",
        "needed by somebody since the plan was made",
    ]
    assert {"old", "older", "third"} <= set(left(apps))


def test_a_plan_that_let_go_of_a_root_does_so_when_it_is_run(apps: StoreBuilder, run: Runner, plan: Path) -> None:
    assert evict(run, apps, "--idle", "30d", "--drop-root", "build:shop", "--plan", plan).code == 0
    assert evict(run, apps, "--run", plan, "--yes").code == 0
    assert left(apps) == ["cur", "prev", "w"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("platform", "../.."),
        ("platform", ".locks"),
        ("package", ".."),
        ("package", "a/b"),
        ("ref", "../x"),
        ("ref", "x/configs"),
        ("ref", "a/../../b"),
        ("ref", 5),
        ("inode", "x"),
    ],
)
def test_a_hostile_plan_reaches_nothing(
    apps: StoreBuilder, run: Runner, plan: Path, field: str, value: object
) -> None:
    document = json.loads(plan.read_text())
    document["items"][0][field] = value
    plan.write_text(json.dumps(document))
    with nothing_changes(apps.root):
        ran = evict(run, apps, "--run", plan, "--yes")
    assert ran.code == 3
    assert str(plan) in ran.err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pkgstore_plan": 1, "store": "/elsewhere", "items": []}'])
def test_what_is_no_plan_for_this_store_is_refused(
    apps: StoreBuilder, run: Runner, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "p"
    path.write_text(text)
    with nothing_changes(apps.root):
        assert evict(run, apps, "--run", path, "--yes").code == 3


def test_a_plan_with_a_time_that_no_clock_shows_is_refused(apps: StoreBuilder, run: Runner, plan: Path) -> None:
    """Numbers of any length are read only beside bytes that are no UTF-8, as JSON is then read leniently."""
    text = plan.read_bytes()
    assert b'"mtime_ns": ' in text
    plan.write_bytes(text.replace(b'"mtime_ns": ', b'"reason": "\xff", "mtime_ns": ' + b"9" * 400, 1))
    with nothing_changes(apps.root):
        ran = evict(run, apps, "--run", plan, "--yes")
    assert ran.code == 3
    assert "items[0].mtime_ns is too large a number" in ran.err


# --- the journal and the way back ------------------------------------------------------------------------


def test_the_way_back_and_what_the_journal_says_of_it(apps: StoreBuilder, run: Runner) -> None:
    ran = evict(run, apps, "--retention", "30d", "--yes", "--json")
    operation = ran.json["operation"]
    assert f"pkgstore restore {operation}" in ran.err
    listed = run("trash", "list", "--store", apps.root, "--json").json
    assert [(folder["operation"], len(folder["configs"])) for folder in listed["folders"]] == [(operation, 2)]
    assert run("df", "--store", apps.root, "--json").json["trash"]["own_disk_bytes"] == listed["disk_bytes"]

    back = run("restore", "--yes", operation, "--store", apps.root)
    assert back.code == 0
    assert left(apps) == ["build", "cur", "old", "older", "prev", "w"]

    evicted, restored = operations(read_journal(Layout(str(apps.root))))
    assert (evicted.operation, evicted.what, evicted.outcome) == (operation, "evict", "done")
    assert evicted.command.startswith("pkgstore evict --store ")
    assert [item.text("result") for item in evicted.items] == ["trashed", "trashed"]
    assert [item.text("result") for item in restored.items] == ["restored", "restored"]


def test_without_trash_the_bytes_come_free_at_once(apps: StoreBuilder, run: Runner) -> None:
    ran = evict(run, apps, "--retention", "30d", "--yes", "--json", "--no-trash")
    assert ran.json["freed_bytes"] >= 192 * 1024
    assert (ran.json["trash_bytes"], ran.json["operation"]) == (0, None)
    assert os.listdir(apps.root / ".pkgstore") == ["journal.jsonl"]
    assert run("restore", "--yes", "last", "--store", apps.root).code == 3


def test_a_journal_that_cannot_be_written_stops_nothing_and_is_said(apps: StoreBuilder, run: Runner) -> None:
    (apps.root / ".pkgstore" / "journal.jsonl").mkdir(parents=True)
    ran = evict(run, apps, "--retention", "30d", "--yes")
    assert ran.code == 6
    assert len([line for line in ran.said if line.startswith("failed journal: ")]) == 1
    assert left(apps) == ["build", "cur", "prev", "w"]


def test_emptying_asks_and_only_takes_what_is_old_enough(apps: StoreBuilder, run: Runner) -> None:
    evict(run, apps, "--retention", "30d", "--yes")
    assert run("trash", "empty", "--older", "7d", "--yes", "--store", apps.root, "--json").json["removed"] == 0
    with nothing_changes(apps.root):
        assert run("trash", "empty", "--store", apps.root).code == 5
    ran = run("trash", "empty", "--yes", "--store", apps.root, "--json")
    assert (ran.code, ran.json["removed"]) == (0, 1)
    assert ran.json["freed_bytes"] >= 192 * 1024
    assert run("trash", "list", "--store", apps.root, "--json").json["folders"] == []


def test_a_slot_filled_again_is_partly_done(apps: StoreBuilder, run: Runner) -> None:
    evict(run, apps, "--retention", "30d", "--yes")
    apps.package("old").source().config()
    ran = run("restore", "--yes", "last", "--store", apps.root)
    assert ran.code == 6
    assert [line for line in ran.said if line.startswith("skipped old ") and "the store has it again" in line]
    assert run("restore", "--yes", "last", ref("older", "1.0")[:10], "--store", apps.root).code == 2


def test_the_trash_of_one_operation_is_emptied(apps: StoreBuilder, run: Runner) -> None:
    assert run("evict", "--retention", "30d", "--yes", "--store", apps.root).code == 0
    (name,) = os.listdir(apps.root / ".pkgstore" / "trash")
    with nothing_changes(apps.root):
        ran = run("trash", "empty", "20200101T000000-evict-0001", "--yes", "--store", apps.root)
        assert ran.code == 3
        assert "pkgstore trash list shows what there is" in ran.err
    assert run("trash", "empty", name, "--yes", "--store", apps.root, "--json").json["removed"] == 1
    assert not (apps.root / ".pkgstore" / "trash").exists()


@pytest.mark.parametrize("operation", ["last", "20200101T000000-evict-0001", "../..", "x"])
def test_what_is_not_in_the_trash_cannot_be_put_back(apps: StoreBuilder, run: Runner, operation: str) -> None:
    with nothing_changes(apps.root):
        assert run("restore", "--yes", operation, "--store", apps.root).code == 3
