"""What-if on the stores that were recorded with the reference: its counts, where the library was empty."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from test_golden_scenarios import FAILED, SCENARIOS, build_inputs, expected, lay

from pkgstore.explain.whatif import what_if
from pkgstore.model import PopulateStats
from pkgstore.operations.populate import plan_populate
from pkgstore.scan import read_snapshot

POPULATES = sorted(name for name in SCENARIOS if SCENARIOS[name]["op"].startswith("populate"))
EMPTY = [name for name in POPULATES if name not in FAILED]


def is_plain(scenario: Mapping[str, Any]) -> bool:
    """Whether nothing but the store and the lockfile decided: no reference library, and nothing in the library."""
    return not any(name.startswith(("ref/", "lib/")) for name in scenario["before"]["tree"])


def asked(work: Path) -> PopulateStats:
    """What what-if says of the recorded lockfile, for nobody in particular."""
    return what_if(read_snapshot(str(work / "store")), build_inputs(work).lockfile).stats


@pytest.mark.parametrize("name", POPULATES)
def test_its_counts_are_those_of_populate(name: str, tmp_path: Path) -> None:
    lay(tmp_path, SCENARIOS[name]["before"])
    inputs = build_inputs(tmp_path)
    plan = plan_populate(inputs.layout, inputs.platform, inputs.lockfile, str(tmp_path / "empty"))
    assert asked(tmp_path) == plan.stats


PLAIN = [name for name in EMPTY if is_plain(SCENARIOS[name])]


def test_there_are_such_recordings() -> None:
    assert len(PLAIN) >= 5


@pytest.mark.parametrize("name", PLAIN)
def test_its_counts_are_those_of_the_reference(name: str, tmp_path: Path) -> None:
    lay(tmp_path, SCENARIOS[name]["before"])
    assert asked(tmp_path) == expected(SCENARIOS[name])
