"""The packages and builds of the example store: names, versions and LinkingTo as they are on CRAN. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAIN: Final = "x86_64-pc-linux-gnu"


@dataclass(frozen=True, slots=True)
class Package:
    """One package; `kib` is how much it takes installed, `commit` makes it one from GitHub."""

    name: str
    version: str
    kib: int
    links: tuple[str, ...] = ()
    compiled: bool = False
    commit: str = ""


def _parse(table: str) -> dict[str, Package]:
    found = {}
    for line in table.strip().splitlines():
        name, version, kib, *links = line.split()
        compiled = bool(links)
        found[name] = Package(name, version, int(kib), tuple(link for link in links if link != "-"), compiled)
    return found


PACKAGES: Final = _parse(
    """
    BH            1.84.0-0      131400
    DT            0.33            1730
    Matrix        1.7-0          12900 -
    R6            2.5.1            110
    Rcpp          1.0.12          4280 -
    RcppArmadillo 0.12.8.1.0     10800 Rcpp
    RcppEigen     0.3.4.0.0      11800 Rcpp
    bslib         0.7.0           8050
    cli           3.6.2           2890 -
    cpp11         0.4.7            330
    data.table    1.15.4          4020 -
    dplyr         1.1.4           2630 -
    farver        2.1.1            420 -
    ggplot2       3.5.1           6130
    glue          1.7.0            210 -
    haven         2.5.4           1240 cpp11
    htmltools     0.5.8.1          720 -
    httpuv        1.6.15          2580 Rcpp later
    isoband       0.2.7            560 -
    jsonlite      1.8.8           1350 -
    later         1.3.2            460 Rcpp
    leaflet       2.2.2           2240
    lifecycle     1.0.4            180
    lme4          1.1-35.3        6980 Rcpp RcppEigen
    magrittr      2.0.3            280 -
    minqa         1.2.6            220 Rcpp
    nloptr        2.0.3           1190 -
    pillar        1.9.0           1050
    progress      1.2.3            100
    promises      1.3.0           1640 Rcpp later
    readr         2.1.5           2110 cpp11 tzdb
    readxl        1.4.3            950 cpp11 progress
    rlang         1.1.3           1880 -
    s2            1.1.6          11300 Rcpp wk
    scales        1.3.0            860
    sf            1.0-16          8710 Rcpp
    shiny         1.8.1.1         5910
    stringi       1.8.4          28400 -
    stringr       1.5.1            610
    terra         1.7-78         13700 Rcpp
    tibble        3.2.1            920 -
    tidyr         1.3.1           1630 cpp11
    tzdb          0.4.0           1730 cpp11
    units         0.8-5            690 Rcpp
    vctrs         0.6.5           2340 -
    vroom         1.6.5           3480 cpp11 progress tzdb
    wk            0.9.1            470 -
    """
) | {
    "shinyadmin": Package("shinyadmin", "0.4.0", 190, commit="1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"),
    "fastgeo": Package(
        "fastgeo", "0.2.1", 760, ("Rcpp", "BH"), True, commit="9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c"
    ),
}


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COMMON: Final = _names(
    "R6 cli glue htmltools httpuv jsonlite later lifecycle magrittr promises Rcpp rlang shiny bslib"
)
_TIDY: Final = _names("dplyr tibble pillar vctrs tidyr cpp11 stringr stringi")
_PLOTS: Final = _names("ggplot2 scales farver isoband")
_SHOP: Final = _names("DT data.table shinyadmin")
_MAPS: Final = _names("sf s2 wk units terra leaflet BH fastgeo")
_REPORTS: Final = _names("lme4 RcppEigen minqa nloptr Matrix haven readr readxl vroom tzdb progress")

APPS: Final[Mapping[str, tuple[str, ...]]] = {
    "shop": (*_COMMON, *_TIDY, *_PLOTS, *_SHOP),
    "maps": (*_COMMON, *_PLOTS, *_MAPS),
    "reports": (*_COMMON, *_TIDY, *_REPORTS),
}
"""Each app and its packages."""


@dataclass(frozen=True, slots=True)
class Build:
    """One build of an app: what was newer than the catalogue says, and how many days ago it was used last."""

    app: str
    r: str
    days: float
    newer: tuple[tuple[str, str], ...] = ()
    becomes: str = ""


_RCPP: Final = ("Rcpp", "1.0.13")
_CPP11: Final = ("cpp11", "0.5.0")

BUILDS: Final = (
    Build("maps", "4.4", 97),
    Build("shop", "4.5", 61, becomes=".build"),
    Build("maps", "4.5", 48, becomes=".build"),
    Build("reports", "4.5", 44, becomes=".build"),
    Build("reports", "4.5", 38, (("lme4", "1.1-34"), ("stringi", "1.8.3"), ("readr", "2.1.4"))),
    Build("shop", "4.5", 33, (("dplyr", "1.1.3"),), becomes=".prev"),
    Build("maps", "4.5", 19, (_RCPP, ("sf", "1.0-15")), becomes=".prev"),
    Build("reports", "4.5", 12, (_CPP11,), becomes=".prev"),
    Build("shop", "4.5", 6, (_RCPP, ("shiny", "1.9.1")), becomes="current"),
    Build("maps", "4.5", 2, (_RCPP, ("sf", "1.0-17")), becomes="current"),
    Build("reports", "4.5", 0.2, (_RCPP, _CPP11, ("lme4", "1.1-35.5")), becomes="current"),
)
"""Oldest first. A newer Rcpp or cpp11 gives packages that link to it a second config of the same source; what was
never deployed may go."""

CRASHED: Final = Build("maps", "4.5", 0, (("Rcpp", "1.0.14"), ("sf", "1.0-17")))
"""The build that crashed: with its newer Rcpp most of what links to it would have been compiled again."""
