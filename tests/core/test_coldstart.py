"""Would a worker that starts now get every package of its manifest?"""

from pathlib import Path

from builders import PLATFORM, StoreBuilder, ref
from pkgstore.coldstart import ColdStart, missing_on, rehearse
from pkgstore.scan import read_snapshot

OLD = "4.4-x86_64-pc-linux-gnu"


def test_each_platform_is_rehearsed_and_the_best_comes_first(tmp_path: Path) -> None:
    store = StoreBuilder(tmp_path)
    store.package("sf").source("1.0").config({"Rcpp": "1"})
    store.package("s2").source("1.0").config(tree=False)
    store.on(OLD).package("glue").source("1.0").config()
    manifest = {
        "sf": ref("sf", "1.0", {"Rcpp": "1"}),
        "s2": ref("s2", "1.0"),
        "glue": ref("glue", "1.0"),
        "odd": "no ref at all",
    }
    assert rehearse(read_snapshot(str(tmp_path)), manifest) == (
        ColdStart(OLD, 4, ("odd", "s2", "sf")),
        ColdStart(PLATFORM, 4, ("glue", "odd", "s2")),
    )


def test_the_same_source_built_otherwise_is_missing(tmp_path: Path) -> None:
    StoreBuilder(tmp_path).package("sf").source("1.0").config({"Rcpp": "1"})
    snapshot = read_snapshot(str(tmp_path))
    assert missing_on(snapshot, PLATFORM, {"sf": ref("sf", "1.0", {"Rcpp": "2"})}) == ("sf",)
    assert missing_on(snapshot, PLATFORM, {"sf": ref("sf", "1.0", {"Rcpp": "1"})}) == ()


def test_an_empty_store_has_nowhere_to_rehearse(tmp_path: Path) -> None:
    assert rehearse(read_snapshot(str(tmp_path)), {"sf": ref("sf", "1.0")}) == ()
