"""Which app each worker fits best and what differs: a part at a time, and kept."""

from pkgstore.keys import AppKey, WorkerKey
from pkgstore.model import AppRecord, ManifestRecord, Tier, WorkerRecord
from pkgstore_tui.screens.worker_drift import FEW, Drifts

TIERS = {tier.value: tier for tier in Tier}
MAPS = {"Rcpp": "s1/c1", "sf": "s2/c1", "shiny": "s3/c1"}


def app(name: str, **manifests: dict[str, str] | None) -> AppRecord:
    records = [ManifestRecord(TIERS[kind], f"/{name}/{kind}", refs, 1.0) for kind, refs in manifests.items()]
    return AppRecord(AppKey(name), f"/{name}", tuple(records))


def apps(*records: AppRecord) -> dict[str, AppRecord]:
    return {record.key.name: record for record in records}


def worker(name: str, refs: dict[str, str] | None) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), refs, 1.0)


def test_drift_is_told_against_the_current_manifest():
    old = MAPS | {"Rcpp": "s0/c1"}
    found = Drifts().one(apps(app("maps", current=MAPS | {"BH": "s4/c1"}, prev=old)), worker("w", old))
    assert found is not None
    assert (found.app, found.match.tier, found.tier) == ("maps", Tier.PREV, Tier.CURRENT)
    assert found.differing == ("BH", "Rcpp")
    assert found.is_sure


def test_an_app_that_has_only_older_manifests():
    found = Drifts().one(apps(app("maps", build=MAPS)), worker("w", MAPS))
    assert found is not None
    assert (found.tier, found.differing) == (Tier.BUILD, ())


def test_a_guess_is_known_as_one():
    twins = apps(app("one", current=MAPS), app("two", current=MAPS))
    found = Drifts().one(twins, worker("w", MAPS))
    assert found is not None
    assert (found.app, found.match.others, found.is_close, found.is_sure) == ("one", ("two",), True, False)
    far = Drifts().one(apps(app("maps", current=MAPS)), worker("w", {"Rcpp": "s1/c1", "a": "x/x", "b": "x/x"}))
    assert far is not None
    assert not far.is_close


def test_nothing_fits():
    drifts = Drifts()
    for refs in (None, {}, {"a": "x/x"}):
        assert drifts.one(apps(app("maps", current=MAPS), app("odd", current=None)), worker("w", refs)) is None
    assert drifts.one({}, worker("v", MAPS)) is None


def test_many_workers_are_looked_at_a_part_at_a_time_those_that_changed_first():
    known = apps(app("maps", current=MAPS))
    workers = {f"w{number}": worker(f"w{number}", MAPS) for number in range(5)}
    drifts = Drifts()
    assert not drifts.look(known, workers, 3)
    assert [drifts.of(name)[0] for name in workers] == [True, True, True, False, False]
    workers["w1"] = worker("w1", MAPS | {"BH": "s4/c1"})
    assert not drifts.look(known, workers, 1)
    beside = drifts.of("w1")[1]
    assert beside is not None
    assert beside.differing == ("BH",)
    assert drifts.look(known, workers, 3)
    assert all(drifts.of(name)[0] for name in workers)
    assert drifts.look(known, {}, 3)
    assert drifts.of("w1") == (False, None), "what is gone is forgotten"


def test_workers_are_shown_before_many_apps_are_prepared():
    known = apps(*(app(f"a{number:02}", current=MAPS) for number in range(FEW + 1)))
    drifts, workers = Drifts(), {"w": worker("w", MAPS)}
    assert not drifts.look(known, workers)
    assert drifts.of("w") == (False, None)
    assert drifts.look(known, workers)
    beside = drifts.of("w")[1]
    assert beside is not None
    assert beside.app == "a00"


def test_apps_that_changed_are_looked_at_again_and_until_then_the_old_answer_stands():
    workers = {name: worker(name, MAPS) for name in ("v", "w")}
    drifts = Drifts()
    first = apps(app("maps", current=MAPS))
    assert drifts.look(first, workers)
    kept = drifts.of("w")[1]
    assert drifts.look(apps(app("maps", current=dict(MAPS))), workers)
    assert drifts.of("w")[1] is kept, "the same manifests, only read again"
    other = apps(app("maps", current=MAPS | {"Rcpp": "s9/c1"}))
    assert not drifts.look(other, workers, 1)
    assert drifts.of("w")[1] is kept
    assert drifts.look(other, workers, 1)
    found = drifts.of("w")[1]
    assert found is not None
    assert found.differing == ("Rcpp",)
