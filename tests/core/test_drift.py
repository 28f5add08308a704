"""Which app a worker is most like, and how it differs."""

import time
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from pkgstore.drift import Drift, Matcher, best_app
from pkgstore.keys import AppKey, WorkerKey
from pkgstore.model import AppRecord, ManifestRecord, Tier, WorkerRecord


def app(name: str, **manifests: dict[str, str] | None) -> AppRecord:
    """An app with these manifests, by the names of their tiers."""
    found = tuple(ManifestRecord(Tier(tier), f"/{name}", manifest, 1.0) for tier, manifest in manifests.items())
    return AppRecord(AppKey(name), f"/{name}", found)


def worker(manifest: dict[str, str] | None) -> WorkerRecord:
    return WorkerRecord(WorkerKey("w"), manifest, 1.0)


def refs(names: str, ref: str = "1/1") -> dict[str, str]:
    return dict.fromkeys(names, ref)


def test_a_worker_as_its_app_has_it() -> None:
    found = best_app(worker(refs("abc")), [app("shop", current=refs("abc")), app("maps", current=refs("ab"))])

    assert found == Drift("shop", Tier.CURRENT, 3)
    assert found.differing == 0


def test_what_differs_is_named() -> None:
    mine = {**refs("ab"), "c": "2/2", "y": "1/1", "x": "1/1"}

    found = best_app(worker(mine), [app("shop", current=refs("abcde"))])

    assert found == Drift("shop", Tier.CURRENT, 2, changed=("c",), missing=("d", "e"), extra=("x", "y"))
    assert found.differing == 5


def test_the_rollback_target_may_match_best() -> None:
    shop = app("shop", current=refs("abc", "2/2"), prev=refs("abc"), build=refs("ab"))

    found = best_app(worker(refs("abc")), [shop])

    assert found is not None
    assert (found.tier, found.same) == (Tier.PREV, 3)


def test_alike_apps_are_both_told_and_the_stronger_tier_comes_first() -> None:
    apps = [app("zoo", current=refs("ab")), app("maps", prev=refs("ab")), app("air", current=refs("ab"))]

    found = best_app(worker(refs("ab")), apps)

    assert found is not None
    assert (found.app, found.tier, found.others) == ("air", Tier.CURRENT, ("maps", "zoo"))


def test_a_small_app_in_a_large_one() -> None:
    """Two of two beat three of a hundred."""
    large = app("large", current={**refs("abc"), **{f"p{n}": "1/1" for n in range(97)}})

    found = best_app(worker({**refs("ab"), "c": "2/2"}), [large, app("small", current=refs("ab"))])

    assert found is not None
    assert (found.app, found.extra) == ("small", ("c",))


def test_nothing_to_go_by() -> None:
    shop = app("shop", current=refs("ab"))

    assert best_app(worker(None), [shop]) is None
    assert best_app(worker({}), [shop]) is None
    assert best_app(worker(refs("xy")), [shop]) is None
    assert best_app(worker(refs("ab", "2/2")), [shop]) is None
    assert best_app(worker(refs("ab")), [app("shop", current=None), app("empty", current={})]) is None
    assert best_app(worker(refs("ab")), []) is None


manifests = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["1/1", "2/2"]), min_size=1)


@given(manifests, st.lists(manifests, min_size=1, max_size=5))
def test_no_manifest_is_more_like_than_the_one_that_is_told(
    mine: dict[str, str], all_: list[dict[str, str]]
) -> None:
    found = Matcher([app(str(n), current=manifest) for n, manifest in enumerate(all_)]).best(mine)
    alike = [len(mine.items() & other.items()) / len(mine.items() | other.items()) for other in all_]

    if found is None:
        assert max(alike) == 0
    else:
        told = [int(name) for name in (found.app, *found.others)]
        assert told == [n for n, share in enumerate(alike) if share == max(alike)]
        other = all_[int(found.app)]
        assert found.same == len(mine.items() & other.items())
        assert set(found.missing) == other.keys() - mine.keys()


def slowly(mine: dict[str, str], apps: list[AppRecord]) -> Drift | None:
    """The same, by comparing with one manifest after another."""
    found = [
        (-len(mine.items() & refs.items()) / len(mine.items() | refs.items()), list(Tier).index(tier), name, refs)
        for name, tier, refs in all_manifests(apps)
        if mine.items() & refs.items()
    ]
    if not found:
        return None
    share, place, name, refs = min(found, key=lambda item: item[:3])
    return Drift(
        name,
        list(Tier)[place],
        len(mine.items() & refs.items()),
        tuple(sorted(package for package in mine.keys() & refs.keys() if mine[package] != refs[package])),
        tuple(sorted(refs.keys() - mine.keys())),
        tuple(sorted(mine.keys() - refs.keys())),
        tuple(sorted({other for its, _, other, _ in found if its == share} - {name})),
    )


def all_manifests(apps: list[AppRecord]) -> Iterator[tuple[str, Tier, dict[str, str]]]:
    for record in apps:
        for found in record.manifests:
            yield record.key.name, found.tier, dict(found.manifest or {})


several = st.dictionaries(st.sampled_from(["current", "prev", "build"]), manifests)


@given(manifests, st.lists(several, max_size=5))
def test_it_is_what_comparing_one_by_one_finds(mine: dict[str, str], all_: list[dict[str, dict[str, str]]]) -> None:
    apps = [app(f"a{n}", **given) for n, given in enumerate(all_)]

    assert Matcher(apps).best(mine) == slowly(mine, apps)


def test_many_workers_are_matched_quickly() -> None:
    """A thousand workers of 300 packages among 200 apps; by comparing maps it would take a minute."""
    apps = [
        app(
            f"a{n}",
            **{tier.value: {f"p{n + k}": f"{t}/{n % 7}" for k in range(300)} for t, tier in enumerate(Tier)},
        )
        for n in range(200)
    ]
    start = time.process_time()

    matcher = Matcher(apps)
    found = [matcher.best({f"p{n % 200 + k}": f"1/{n % 200 % 7}" for k in range(295)}) for n in range(1000)]

    assert time.process_time() - start < 10
    assert {drift.tier for drift in found if drift} == {Tier.CURRENT}
