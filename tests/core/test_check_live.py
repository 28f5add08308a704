"""The findings of a store that changes: the same as those of a whole check, whatever changed in between."""

import os
import random
from pathlib import Path

import pytest

from builders import StoreBuilder
from damage import DAMAGES, copied, drift, say, source, whole, wrong_package
from pkgstore.check.live import Live
from pkgstore.check.run import Checked, check
from pkgstore.errors import Cancelled
from pkgstore.findings import Finding, Severity, findings_of
from pkgstore.keys import SourceKey, WorkerKey
from pkgstore.layout import Layout
from pkgstore.names import Names
from pkgstore.progress import Cancel, Progress
from pkgstore.roots import roots_of
from pkgstore.scan import scan_key
from pkgstore.snapshot import Key, Snapshot

FILES_ONLY = {"WRONG-PACKAGE", "DRIFT", "RESTART-HAZARD"}
"""Codes whose damage here is told only by the packages' own files, and by what is no package."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole(tmp_path_factory.mktemp("whole"))


def asked(live: Live, checked: Checked) -> list[Finding]:
    return told(live.findings(checked.snapshot, checked.roots, checked.names, checked.now))


def told(findings: object) -> list[Finding]:
    return sorted(findings, key=repr)  # type: ignore[call-overload]


def read(root: Path) -> Checked:
    return Checked.read(str(root), str(root.parent))


@pytest.mark.parametrize("code", DAMAGES)
def test_as_a_whole_check(store: Path, tmp_path: Path, code: str) -> None:
    root, live = copied(store, tmp_path / "copy"), Live()
    assert asked(live, read(root)) == []
    DAMAGES[code](root)
    checked = read(root)
    shallow = asked(live, checked)
    assert (shallow == []) is (code in FILES_ONLY)
    live.look_deeper(checked.snapshot, checked.now)
    assert asked(live, checked) == told(check(checked))
    assert live.is_deep


def test_many_changes_one_after_another(store: Path, tmp_path: Path) -> None:
    root, live, rng = copied(store, tmp_path / "copy"), Live(), random.Random(7)
    live.look_deeper(read(root).snapshot, 0.0)
    for code in rng.sample(sorted(DAMAGES), len(DAMAGES)):
        DAMAGES[code](root)
        checked = read(root)
        assert asked(live, checked) == told(check(checked)), code


def again(root: Path, snapshot: Snapshot, *keys: Key) -> Snapshot:
    return snapshot.apply({key: scan_key(Layout(str(root)), key) for key in keys})


def of(live: Live, snapshot: Snapshot, now: float) -> list[str]:
    found = live.findings(snapshot, roots_of(snapshot), Names.of(snapshot), now)
    return sorted(finding.code for finding in found)


def test_only_the_files_of_what_changed_are_read_again(store: Path, tmp_path: Path) -> None:
    root, live = copied(store, tmp_path / "copy"), Live()
    checked = read(root)
    live.look_deeper(checked.snapshot, checked.now)
    wrong_package(root)
    say(root, "glue", "Package: glue", "Package: paste")
    key = SourceKey("4.5-x86_64-pc-linux-gnu", "wrong", source(root, "wrong").name)
    snapshot = again(root, checked.snapshot, key)
    assert of(live, snapshot, checked.now) == ["WRONG-PACKAGE"]
    say(root, "wrong", "Package: right", "Package: wrong")
    snapshot = again(root, snapshot, key)
    assert of(live, snapshot, checked.now) == []
    live.look_deeper(snapshot, checked.now)
    assert of(live, snapshot, checked.now) == ["WRONG-PACKAGE"]


def test_a_worker_is_compared_again_when_it_changed(store: Path, tmp_path: Path) -> None:
    root, live = copied(store, tmp_path / "copy"), Live()
    checked = read(root)
    live.look_deeper(checked.snapshot, checked.now)
    drift(root)
    assert of(live, checked.snapshot, checked.now) == []
    snapshot = again(root, checked.snapshot, WorkerKey("w1"))
    assert of(live, snapshot, checked.now) == ["DRIFT"]


def test_cancelled_nothing_is_known_that_was_not_before(store: Path) -> None:
    live, cancel, progress = Live(), Cancel(), Progress()
    cancel.set()
    with pytest.raises(Cancelled):
        live.look_deeper(read(store).snapshot, 0.0, cancel=cancel, progress=progress)
    assert not live.is_deep
    assert progress.total == len(read(store).snapshot.sources) + 2


def test_progress_comes_to_its_end(store: Path) -> None:
    live, progress, other = Live(), Progress(), Progress()
    checked = read(store)
    live.look_deeper(checked.snapshot, checked.now, progress=progress)
    assert progress.fraction == 1.0
    assert list(check(checked, progress=other)) == []
    assert other.fraction == 1.0
    assert other.total


def test_without_libraries_at_first(store: Path, tmp_path: Path) -> None:
    root, live, looked = copied(store, tmp_path / "copy"), Live(), list[int]()
    DAMAGES["ABI-MISMATCH"](root)
    checked = read(root)
    parts = checked.snapshot, checked.roots, checked.names, checked.now
    assert live.findings(*parts, libraries=False) == ()
    assert not live.knows_libraries
    assert len(live.findings(*parts, before_each=lambda: looked.append(1))) == 3
    assert live.knows_libraries
    assert len(looked) == 3, "an app and two workers"
    assert len(live.findings(*parts, before_each=lambda: looked.append(1))) == 3
    assert len(looked) == 3, "nothing changed, so that nothing is looked through again"


# --- what is half done -----------------------------------------------------------------------------------


@pytest.fixture
def busy(tmp_path: Path) -> StoreBuilder:
    """A store in which three sources are in pieces, each as an operation leaves it for a moment."""
    store = StoreBuilder(tmp_path / "bundles" / ".pkg-store")
    store.package("ingest").source("1").config(listed=False, sidecar=False)
    store.package("evict").source("1").config(tree=False)
    store.package("whole").source("1").config()
    return store


def severities(store: StoreBuilder) -> set[tuple[str, Severity]]:
    return {(finding.code, finding.severity) for finding in check(read(store.root))}


def test_under_a_lock_it_is_advice(busy: StoreBuilder) -> None:
    before = severities(busy)
    assert ("PHANTOM", Severity.ERROR) in before
    busy.package("ingest").source("1").locked("29m")
    lock = busy.package("evict").source("1").locked()
    assert severities(busy) == {(code, Severity.ADVICE) for code, _ in before}
    assert all("somebody is at work" in finding.message for finding in check(read(busy.root)))
    then = busy.now - 1860
    os.utime(lock, (then, then))
    assert ("PHANTOM", Severity.ERROR) in severities(busy)


def test_what_was_whole_a_moment_later_is_nothing(busy: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading is never of one moment: an ingest ends, a worker comes or goes, between its first and last file."""
    import pkgstore.check.run as run

    app = {"later": "0" * 64 + "/" + "1" * 64}
    busy.app("shop", app)
    busy.worker("w1", app)
    first = run.read_snapshot

    def and_then(*arguments: object, **more: object) -> Snapshot:
        snapshot = first(*arguments, **more)  # type: ignore[arg-type]
        busy.package("ingest").source("1").config(used="1s")
        tree = busy.package("evict").source("1")
        for path in tree.path.iterdir():
            path.unlink()
        (busy.root.parent / "shop" / "store-manifest.json").write_text("{}")
        (busy.root / ".workers" / "w1" / ".packages.json").unlink()
        (busy.root / ".workers" / "w1").rmdir()
        return snapshot

    monkeypatch.setattr(run, "read_snapshot", and_then)
    monkeypatch.setattr("builders.write_tree", lambda *_arguments: None)
    checked = read(busy.root)
    assert list(findings_of(checked.snapshot, checked.roots, checked.now)) == []
