"""What the store's rows can be filtered by: every field's value, and what happens where it is not known."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from math import nan
from typing import Any

import pytest

from pkgstore._query_parse import COMMON, STATES
from pkgstore.fields import (
    CONFIG_STATES,
    WORKER_STATES,
    Context,
    Holding,
    Lists,
    bundle_fields,
    config_fields,
    filter_help,
    worker_fields,
)
from pkgstore.keys import AppKey, ConfigKey, SourceKey, WorkerKey
from pkgstore.model import (
    AppRecord,
    ConfigRecord,
    Damage,
    LockfileRecord,
    ManifestRecord,
    Pin,
    PinsRecord,
    SourceName,
    SourceRecord,
    Tier,
    WorkerRecord,
)
from pkgstore.names import Names
from pkgstore.query import MAYBE, Sheet, parse
from pkgstore.roots import roots_of
from pkgstore.snapshot import Snapshot

PLATFORM = "4.5-x86_64-pc-linux-gnu"
NOW = 1_800_000_000.0
DAY = 86400.0
S1, S2, C1, C2, C3 = (letter * 64 for letter in "12abc")

SF = ConfigRecord(
    ConfigKey(PLATFORM, "sf", S1, C1), True, True, NOW - DAY, {"Rcpp": S2}, "1.0", "R 4.4.1; x86_64; ; unix"
)
SF_OLD = ConfigRecord(ConfigKey(PLATFORM, "sf", S1, C2), True, True, NOW - 90 * DAY, {}, "1.0", "R 4.5.2; ; ; unix")
SF_GONE = ConfigRecord(ConfigKey(PLATFORM, "sf", S1, C3), True, False, None)
RCPP = ConfigRecord(ConfigKey(PLATFORM, "Rcpp", S2, C1), True, True, NOW - 2 * DAY)
RCPP_ODD = ConfigRecord(ConfigKey(PLATFORM, "Rcpp", S2, C2), False, True, NOW - 3 * DAY, version="1.1")
RCPP_LEFT = ConfigRecord(ConfigKey(PLATFORM, "Rcpp", S2, C3), False, False, NOW - 4 * DAY)
CONFIGS = (SF, SF_OLD, SF_GONE, RCPP, RCPP_ODD, RCPP_LEFT)
SIZES = {SF.key: 100, SF_OLD.key: 50, RCPP.key: 7}


def app(name: str, tier: Tier = Tier.CURRENT, **refs: str) -> AppRecord:
    path = f"/srv/{name}/store-manifest.json"
    return AppRecord(AppKey(name), f"/srv/{name}", (ManifestRecord(tier, path, refs, NOW),))


def worker(name: str, **refs: str) -> WorkerRecord:
    return WorkerRecord(WorkerKey(name), refs, NOW - 60)


def snapshot(*more: Any, damage: Iterable[str] = ()) -> Snapshot:
    """A store of two sources: `damage` are paths below the first."""
    found = tuple(Damage(f"/store/{PLATFORM}/sf/{S1}{path}", "odd") for path in damage)
    sources = (
        SourceRecord(SF.key.source, CONFIGS[:3], damage=found),
        SourceRecord(RCPP.key.source, CONFIGS[3:]),
    )
    return Snapshot("/store").with_records([*sources, *more])


USED = (
    app("shop", sf=SF.key.ref, Rcpp=RCPP.key.ref),
    app("map", Tier.PREV, sf=SF.key.ref),
    worker("3f2a77", sf=SF.key.ref),
    worker("99", Rcpp=RCPP.key.ref, gone=f"{S1}/{C1}"),
)


def context(of: Snapshot, roots: bool = True, names: Names | None = None) -> Context:
    return Context(of, roots_of(of) if roots else None, names, SIZES.get, {SF.key: 10}.get)


def value(of: Context, field: str, config: ConfigRecord) -> Any:
    """A value, worked out alone and among others."""
    found = config_fields(of)[field]
    alone = found.value(config)
    if found.column is not None:
        assert found.column([SF_OLD, config, RCPP])[1] == alone
    return alone


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sf", [SF, SF_OLD, SF_GONE]),
        ("version:1.0", [SF, SF_OLD]),
        ("!version:1.0", [RCPP_ODD]),
        ("idle>30d", [SF_OLD]),
        ("!idle>30d", [SF, RCPP, RCPP_ODD, RCPP_LEFT]),
        ("size>0", [SF, SF_OLD, RCPP]),
        ("size=0", [SF_GONE, RCPP_LEFT]),
        ("own>1", [SF]),
        ("state:orphan", [RCPP_ODD, RCPP_LEFT]),
        ("state:phantom", [SF_GONE]),
        ("state:broken", [SF_GONE]),
        ("state:whole", [SF, SF_OLD, RCPP]),
        ("state:rooted", [SF, RCPP]),
        ("state:idle", [SF_OLD, SF_GONE, RCPP_ODD, RCPP_LEFT]),
        ("users>=3", [SF]),
        ("users=0", [SF_OLD, SF_GONE, RCPP_ODD, RCPP_LEFT]),
        ("app:shop", [SF, RCPP]),
        ("app:map", [SF]),
        ("!app:shop", [SF_OLD, SF_GONE, RCPP_ODD, RCPP_LEFT]),
        ("worker:3f2a", [SF]),
        ("worker:9|3", [SF, RCPP]),
        ("links:rcpp", [SF]),
        ("!links:Rcpp", [SF_OLD, SF_GONE, RCPP]),
        ("built:4.4", [SF]),
        ("built:4.4.1", [SF]),
        ("!built:4.4", [SF_OLD]),
        ("built:4", []),
        ("platform:4.5-*", list(CONFIGS)),
        (f"ref:{S1[:8]}", [SF, SF_OLD, SF_GONE]),
        (f"ref:{S2}/{C2}", [RCPP_ODD]),
        (f"ref:*{C1[:8]}*", [SF, RCPP]),
    ],
)
def test_configs(text: str, found: list[ConfigRecord]) -> None:
    fields = config_fields(context(snapshot(*USED)))
    assert list(Sheet(CONFIGS, fields, NOW).view(parse(text, fields))) == found


@pytest.mark.parametrize("text", ["rooted", "idle"])
def test_without_roots_nobody_knows_who_needs_a_config(text: str) -> None:
    unknown = context(snapshot(*USED), roots=False)
    fields = config_fields(unknown)
    things = Sheet(CONFIGS, fields, NOW)
    assert things.view(parse(f"state:{text}")) == things.view(parse(f"!state:{text}")) == ()
    assert things.view(parse("app:shop")) == things.view(parse("!app:shop")) == ()
    assert things.view(parse("users>0")) == things.view(parse("users=0")) == ()
    assert value(unknown, "state", SF) == {"whole", f"{MAYBE}rooted", f"{MAYBE}idle", f"{MAYBE}pinned"}


def test_a_root_that_cannot_be_read_may_hold_anything() -> None:
    lost = replace(worker("lost"), manifest=None, damage=(Damage("/store/.workers/lost/.packages.json", "bad"),))
    known = context(snapshot(*USED, lost))
    fields = config_fields(known)
    things = Sheet(CONFIGS, fields, NOW)
    assert things.view(parse("state:idle")) == ()
    assert things.view(parse("state:rooted")) == (SF, RCPP)
    assert things.view(parse("!state:idle")) == (SF, RCPP)
    assert things.view(parse("!worker:99")) == ()
    assert value(known, "worker", SF) == {"3f2a77", MAYBE}
    assert value(known, "users", SF) == 3
    assert value(known, "users", SF_OLD) is None


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("", {SF.key, SF_OLD.key, SF_GONE.key}),
        ("/configs.json", {SF.key, SF_OLD.key, SF_GONE.key}),
        (f"/{C1}", {SF.key, SF_GONE.key}),
        (f"/{C1}.json", {SF.key, SF_GONE.key}),
        (f"/{C1}/DESCRIPTION", {SF.key, SF_GONE.key}),
        ("/README", {SF_GONE.key}),
    ],
)
def test_damage_breaks_what_it_is_about(path: str, broken: set[ConfigKey]) -> None:
    damaged = context(snapshot(*USED, damage=[path]))
    assert {config.key for config in CONFIGS if "broken" in value(damaged, "state", config)} == broken
    assert ("whole" in value(damaged, "state", SF)) is (SF.key not in broken)


def test_a_version_that_the_tree_does_not_tell_comes_from_a_lockfile() -> None:
    lockfile = LockfileRecord("/srv/pak.lock", NOW, names={S2: SourceName("Rcpp", "1.2")})
    of = snapshot()
    bare = replace(of, sources={key: replace(record, configs=(RCPP,)) for key, record in of.sources.items()})
    named = context(bare, names=Names.of(bare, [lockfile]))
    assert value(named, "version", RCPP) == "1.2"
    assert value(named, "version", RCPP_ODD) == "1.1"
    assert value(context(bare), "version", RCPP) is None
    assert value(context(bare, names=Names.of(bare)), "version", RCPP) is None


@pytest.mark.parametrize(
    ("built", "versions"),
    [
        ("R 4.5.2; ; 2026-01-02; unix", {"4.5", "4.5.2"}),
        ("R 4.5.2", {"4.5", "4.5.2"}),
        ("R 4.10; x", {"4.10"}),
        ("", None),
        ("4.5.2", None),
        ("R \x1b[31m", None),
    ],
)
def test_built(built: str, versions: set[str] | None) -> None:
    assert value(context(snapshot()), "built", replace(SF, built=built)) == versions


# --- packages and sources -----------------------------------------------------------------------------------


def source_fields(of: Context) -> Any:
    return bundle_fields(of, lambda row: row.configs, lambda row: row.key.package, lambda row: bool(row.damage))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sf", ["sf"]),
        ("version:1.0", ["sf"]),
        ("version:1.1", ["Rcpp"]),
        ("!version:1.1", []),
        ("configs>2", ["sf", "Rcpp"]),
        ("sources=1", ["sf", "Rcpp"]),
        ("idle>1d", ["Rcpp"]),
        ("idle<=1d", ["sf"]),
        ("size=150", ["sf"]),
        ("size>0", ["sf"]),
        ("own>0", []),
        ("state:phantom", ["sf"]),
        ("!state:phantom", ["Rcpp"]),
        ("state:rooted", ["sf", "Rcpp"]),
        ("state:idle state:orphan", ["Rcpp"]),
        ("app:map", ["sf"]),
        ("!app:map", ["Rcpp"]),
        ("worker:99", ["Rcpp"]),
        ("links:Rcpp", ["sf"]),
        ("!links:Rcpp", []),
        ("built:4.5", ["sf"]),
        ("platform:4.5*", ["sf", "Rcpp"]),
        (f"ref:{S2[:8]}", ["Rcpp"]),
    ],
)
def test_sources(text: str, found: list[str]) -> None:
    of = snapshot(*USED)
    fields = source_fields(context(of))
    rows = Sheet(tuple(of.sources.values()), fields, NOW).view(parse(text, fields))
    assert [row.key.package for row in rows] == found


def test_a_row_alone_has_the_value_that_it_has_among_others() -> None:
    of = snapshot(*USED, SourceRecord(SourceKey(PLATFORM, "none", S1)), damage=["/configs.json"])
    rows = tuple(of.sources.values())
    for field in source_fields(context(of)).values():
        if field.column is not None:
            assert field.column(rows) == [field.value(row) for row in rows]


def test_what_long_tables_share_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    of = snapshot(*USED)
    rows, lists = tuple(of.sources.values()), Lists()
    configs = tuple(of.configs())
    assert lists.keys(configs) == [config.key for config in configs]
    assert lists.keys(configs).hashes == [config.key.source_hash for config in configs]
    assert lists.keys(configs) is not lists.keys(configs), "short ones are not kept"
    monkeypatch.setattr("pkgstore._field_lists.MANY", 1)
    found = lists.groups(rows, lambda row: row.configs)
    assert [found.configs[start:end] for start, end in pairwise(found.ends)] == [row.configs for row in rows]
    assert lists.groups(rows, lambda row: row.configs) is found
    assert lists.keys(configs) is lists.keys(configs)
    others = [tuple(of.configs()) for _ in range(9)]
    assert lists.keys(configs) is lists.keys(configs), "the last few are"
    first = lists.keys(configs)
    assert [lists.keys(other) for other in others] == [first] * 9
    assert lists.keys(configs) is not first, "and no more"


def test_packages_take_what_is_known_of_their_configs() -> None:
    of = snapshot(*USED)
    found = config_fields(context(of))
    singly = {**found, "version": replace(found["version"], column=lambda configs: ["known"] * len(configs))}
    fields = bundle_fields(context(of), lambda row: row.configs, lambda row: row.key.package, singly=singly)
    rows = Sheet(tuple(of.sources.values()), fields, NOW).view(parse("version:known", fields))
    assert len(rows) == len(of.sources)


def test_a_source_without_configs_has_no_value_but_its_damage() -> None:
    empty = SourceRecord(SourceKey(PLATFORM, "none", S1), damage=(Damage("/store", "odd"),))
    fields = source_fields(context(snapshot()))
    values = {name: field.value(empty) for name, field in fields.items()}
    nothing = dict.fromkeys(["app", "worker", "links", "built", "platform", "ref", "version"], frozenset())
    numbers = {"configs": 0, "sources": 0, "idle": None, "age": None, "size": 0, "own": 0}
    assert values == {"name": "none", "state": {"broken"}, **nothing, **numbers}


def test_a_doubt_about_one_config_is_none_where_another_is_certain() -> None:
    lost = replace(worker("lost"), manifest=None, damage=(Damage("/store/.workers/lost/.packages.json", "bad"),))
    of = snapshot(*USED, lost)
    [sf, _] = of.sources.values()
    assert source_fields(context(of))["state"].value(sf) == {"whole", "rooted", f"{MAYBE}idle", "phantom", "broken"}


# --- when configs were made ---------------------------------------------------------------------------------


def dated(**times: float | None) -> Context:
    """The sidecars of these configs were read; what is not named was not."""
    known = {CONFIG_NAMES[name].key: when for name, when in times.items()}
    return replace(context(snapshot(*USED)), created=known.get)


CONFIG_NAMES = {"sf": SF, "sf_old": SF_OLD, "rcpp": RCPP, "rcpp_left": RCPP_LEFT}


def test_configs_by_when_they_were_made() -> None:
    fields = config_fields(dated(sf=NOW - 60, sf_old=NOW - 86400, rcpp=nan))
    things = Sheet(CONFIGS, fields, NOW)
    assert things.view(parse("age<2h", fields)) == (SF,)
    assert things.view(parse("!age<2h", fields)) == things.view(parse("age>=2h", fields)) == (SF_OLD,)
    assert things.view(sort="age")[:2] == (SF, SF_OLD)
    assert things.view(sort="age", reverse=True)[:2] == (SF_OLD, SF)
    assert [fields["age"].value(config) for config in (RCPP, RCPP_ODD, RCPP_LEFT)] == [None, None, None]


@pytest.mark.parametrize(
    ("times", "latest"),
    [
        ({"sf": 10.0, "sf_old": 20.0}, 20.0),
        ({"sf": 10.0, "sf_old": nan}, 10.0),
        ({"sf": nan, "sf_old": nan}, None),
        ({"sf": 10.0}, None),
        ({}, None),
    ],
    ids=["all tell", "one does not tell", "none tells", "one is not read", "none is read"],
)
def test_a_source_was_made_when_its_latest_config_was(times: dict[str, float], latest: float | None) -> None:
    """A sidecar that does not tell, or is not there, says nothing; one that is not read leaves it open."""
    of = dated(**times)
    [sf, _] = of.snapshot.sources.values()
    assert source_fields(of)["age"].value(sf) == latest


def test_nobody_has_read_when_configs_were_made() -> None:
    fields = config_fields(context(snapshot()))
    things = Sheet(CONFIGS, fields, NOW)
    assert things.view(parse("age>0s", fields)) == things.view(parse("!age>0s", fields)) == ()


# --- workers ------------------------------------------------------------------------------------------------

NEW = WorkerRecord(WorkerKey("new"), None, NOW - 5)
BAD = WorkerRecord(WorkerKey("bad"), None, NOW - 7200, (Damage("/store/.workers/bad/.packages.json", "bad"),))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a7", ["3f2a77"]),
        ("age<30s", ["new"]),
        ("age>1h", ["bad"]),
        ("packages>=1", ["3f2a77", "99"]),
        ("packages=1", ["3f2a77"]),
        ("!packages=1", ["99"]),
        ("state:whole", ["3f2a77"]),
        ("state:broken", ["99", "bad"]),
        ("state:starting", ["new"]),
        ("has:sf", ["3f2a77"]),
        ("!has:sf", ["99"]),
        ("worker:3", ["3f2a77"]),
    ],
)
def test_workers(text: str, found: list[str]) -> None:
    of = snapshot(*USED, NEW, BAD)
    fields = worker_fields(context(of))
    rows = Sheet(tuple(of.workers.values()), fields, NOW).view(parse(text, fields))
    assert [row.key.worker_id for row in rows] == found


def test_without_roots_nobody_knows_what_a_worker_lacks() -> None:
    fields = worker_fields(context(snapshot(), roots=False))
    things = Sheet((USED[2], BAD), fields, NOW)
    assert things.view(parse("state:broken")) == (BAD,)
    assert things.view(parse("!state:broken")) == things.view(parse("state:whole")) == ()


# --- help ---------------------------------------------------------------------------------------------------


def all_fields() -> list[Any]:
    of = context(snapshot())
    return [config_fields(of), source_fields(of), worker_fields(of)]


@pytest.mark.parametrize("number", range(3))
def test_every_example_in_the_help_works(number: int) -> None:
    fields = all_fields()[number]
    shown = filter_help(fields)
    assert len({example for example, _ in shown}) == len(shown) > len(fields)
    for example, meaning in shown:
        assert Sheet((), fields, NOW).select(parse(example, fields)) == []
        assert meaning
    for name, (example, _) in zip(fields, shown, strict=False):
        assert parse(example, fields).terms[0].field == name


def test_what_a_query_may_name_without_rows_is_what_some_rows_have() -> None:
    named = {name for fields in all_fields() for name in fields}
    assert set(COMMON) == named
    assert set(STATES) == {*CONFIG_STATES, *WORKER_STATES}
    wordy = {"text", "set"}
    for fields in all_fields():
        for name, field in fields.items():
            assert {field.kind.value, COMMON[name].kind.value} <= wordy or field.kind is COMMON[name].kind


def test_who_holds_a_record_of_an_older_reading_is_known_too() -> None:
    """Rows may be older than who holds them; equal keys count, not the same record."""
    now = snapshot(*USED)
    held = Holding(roots_of(now))
    held.prepare()
    older = [replace(config) for config in CONFIGS]
    assert held.of_all(older) == held.of_all(CONFIGS) == [held.of(config) for config in CONFIGS]
    assert [holders.count for holders in held.of_all([SF, SF_OLD, RCPP])] == [3, 0, 2]


PINNED = PinsRecord("/p", (Pin("p1", "sf 1.0", "why", "me", 1.0, {"sf": SF_OLD.key.ref, "Rcpp": "x/y"}, 100.0),))


@pytest.mark.parametrize(
    ("pins", "now", "old", "used"),
    [
        (PINNED, 99.0, {"rooted", "pinned", "whole"}, {"rooted", "whole"}),
        (PINNED, 100.0, {"idle", "whole"}, {"rooted", "whole"}),
        (
            PinsRecord("/p", damage=(Damage("/p", "torn"),)),
            0.0,
            {f"{MAYBE}rooted", f"{MAYBE}idle", f"{MAYBE}pinned", "whole"},
            {"rooted", f"{MAYBE}pinned", "whole"},
        ),
    ],
    ids=["kept", "over", "unread"],
)
def test_what_a_pin_keeps_is_pinned_and_rooted(pins: PinsRecord, now: float, old: set[str], used: set[str]) -> None:
    of = snapshot(*USED, pins)
    found = Context(of, roots_of(of, now), None, SIZES.get, {}.get)
    assert value(found, "state", SF_OLD) == old
    assert value(found, "state", SF) == used
    assert PINNED.kept(now) == (set(PINNED.pins[0].manifest.items()) if now < 100.0 else set())
