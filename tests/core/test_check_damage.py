"""`check` finds just what was done to a store: for each code, for each pair of codes; nothing where all is well."""

from pathlib import Path

import pytest

from damage import DAMAGES, copied, said, whole
from pkgstore.check.run import Checked, check
from pkgstore.findings import CODES, Finding


def checked(root: Path, *, deep: bool = False) -> list[Finding]:
    return list(check(Checked.read(str(root), str(root.parent), deep=deep)))


def codes(root: Path) -> list[str]:
    return sorted(finding.code for finding in checked(root))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which all is well; to be copied."""
    return whole(tmp_path_factory.mktemp("whole"))


def test_there_is_a_damage_for_each_code() -> None:
    assert DAMAGES.keys() == CODES.keys() - {"ABI-DEPTH"}


def test_nothing_is_found_where_all_is_well(store: Path) -> None:
    assert checked(store, deep=True) == []


@pytest.mark.parametrize("code", DAMAGES)
def test_one_damage(store: Path, tmp_path: Path, code: str) -> None:
    root = copied(store, tmp_path / "copy")
    DAMAGES[code](root)
    assert codes(root) == said(code)


@pytest.mark.parametrize("first", DAMAGES)
def test_two_damages(store: Path, tmp_path: Path, first: str) -> None:
    found, wanted = {}, {}
    for second in list(DAMAGES)[list(DAMAGES).index(first) + 1 :]:
        root = copied(store, tmp_path / second)
        DAMAGES[first](root)
        DAMAGES[second](root)
        found[second], wanted[second] = codes(root), said(first, second)
    assert found == wanted
