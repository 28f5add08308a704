"""Store keys, config hashes and refs: what is hashed, and what is refused."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pkgstore.errors import MalformedRef, StoreError, UnsupportedRemoteType
from pkgstore.keys import (
    EMPTY_CONFIG_HASH,
    ConfigKey,
    SourceKey,
    config_hash,
    config_input,
    key_input,
    split_store_ref,
    store_key,
    store_ref,
)
from pkgstore.model import LockfileEntry, LockfileMetadata

relaxed = settings(deadline=None, database=None)

LATIN = b"\xe9".decode("utf-8", "surrogateescape")
"""What stands for a byte that is no UTF-8."""


def hashed(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()


def entry(type: str = "", remote: str = "", sha: str = "", subdir: str = "", sha256: str = "") -> LockfileEntry:
    return LockfileEntry("sf", "1.0-16", type, True, LockfileMetadata(remote, sha, subdir), sha256, "p", "4.5")


class TestStoreKey:
    def test_of_a_standard_package_hashes_name_version_and_digest(self) -> None:
        assert store_key(entry("standard", sha256="ab12")) == hashed("standard", "sf", "1.0-16", "ab12")

    def test_keeps_the_place_of_a_digest_that_is_empty(self) -> None:
        assert key_input(entry("standard")) == ("standard", "sf", "1.0-16", "")
        assert store_key(entry("standard")) == hashed("standard", "sf", "1.0-16", "")

    @pytest.mark.parametrize("kind", ["github", "gitlab", "bitbucket", "git"])
    def test_of_a_repository_hashes_commit_and_folder_and_neither_version_nor_digest(self, kind: str) -> None:
        assert store_key(entry(kind, sha="c0ffee", sha256="ab")) == hashed(kind, "sf", "c0ffee", "")
        assert store_key(entry(kind, sha="c0ffee", subdir="r/pkg")) == hashed(kind, "sf", "c0ffee", "r/pkg")

    def test_believes_the_metadata_before_the_type(self) -> None:
        assert key_input(entry("standard", remote="git", sha="c0")) == ("git", "sf", "c0", "")
        assert key_input(entry("url", remote="standard")) == ("standard", "sf", "1.0-16", "")

    @pytest.mark.parametrize("kind", ["url", "svn", "cran", "bioc", "local", "deps", "installed", "Standard", ""])
    def test_of_any_other_source_is_refused_by_name(self, kind: str) -> None:
        with pytest.raises(UnsupportedRemoteType) as caught:
            store_key(entry(kind))
        assert (caught.value.package, caught.value.remote_type) == ("sf", kind)
        assert str(caught.value) == (
            f"package sf: unsupported remote type {kind!r}; "
            "a store holds standard, github, gitlab, bitbucket and git packages"
        )

    def test_hashes_bytes_that_are_no_utf8_as_they_are(self) -> None:
        odd = LockfileEntry("sf\udce9", "1", "standard")
        assert store_key(odd) == sha256(b"standard\0sf\xe9\x001\0").hexdigest()

    def test_has_a_key_for_whatever_text_a_caller_gives(self) -> None:
        assert len(store_key(LockfileEntry("sf\ud800", "1", "standard"))) == 64


class TestConfigHash:
    def test_of_nothing_is_the_digest_of_nothing(self) -> None:
        assert config_hash({}) == EMPTY_CONFIG_HASH == sha256(b"").hexdigest()

    def test_joins_names_and_keys_by_name(self) -> None:
        assert config_hash({"b": "2", "a": "1"}) == hashed("a", "1", "b", "2")

    def test_sorts_by_bytes_not_by_code_units(self) -> None:
        # U+FFFD sorts before U+10000 as UTF-8, after it as UTF-16.
        assert config_hash({"\U00010000": "1", "\ufffd": "2"}) == hashed("\ufffd", "2", "\U00010000", "1")

    def test_sorts_bytes_that_are_no_utf8_among_the_others(self) -> None:
        # The byte 0xE9 sorts before 0xEF 0xBF 0xBD.
        assert config_hash({"\ufffd": "1", LATIN: "2"}) == sha256(b"\xe9\x002\0\xef\xbf\xbd\x001").hexdigest()

    @relaxed
    @given(st.dictionaries(st.text(), st.text()))
    def test_is_the_model_s(self, keys: dict[str, str]) -> None:
        pairs = sorted((name.encode(), key.encode()) for name, key in keys.items())
        assert config_hash(keys) == sha256(b"\0".join(part for pair in pairs for part in pair)).hexdigest()

    @relaxed
    @given(st.permutations([("a", "1"), ("B", "2"), ("é", "3"), ("a.b", "4")]))
    def test_does_not_depend_on_the_order_that_is_given(self, pairs: list[tuple[str, str]]) -> None:
        assert config_input(dict(pairs)) == ("B", "2", "a", "1", "a.b", "4", "é", "3")
        assert config_hash(dict(pairs)) == hashed("B", "2", "a", "1", "a.b", "4", "é", "3")


class TestRefs:
    @relaxed
    @given(st.text(min_size=1).filter(lambda text: "/" not in text), st.text(min_size=1))
    def test_split_gives_back_what_was_joined(self, source: str, config: str) -> None:
        assert split_store_ref(store_ref(source, config)) == (source, config)

    def test_split_at_the_first_slash(self) -> None:
        assert split_store_ref("a/b/c") == ("a", "b/c")
        assert split_store_ref("a//") == ("a", "/")

    @pytest.mark.parametrize("ref", ["", "/", "a", "a/", "/b", "//b"])
    def test_refuses_a_ref_without_two_parts(self, ref: str) -> None:
        with pytest.raises(MalformedRef) as caught:
            split_store_ref(ref, package="sf", where="m.json")
        assert (caught.value.ref, caught.value.package, caught.value.path) == (ref, "sf", "m.json")
        assert caught.value.what == f"malformed store ref {ref!r} of package sf"
        assert caught.value.advice.startswith("a ref is source_hash/config_hash")
        with pytest.raises(StoreError, match=r"^malformed store ref '[^']*'; a ref is"):
            split_store_ref(ref)


def test_keys_sort_by_platform_then_package_then_hashes() -> None:
    keys = [
        ConfigKey("q", "a", "1", "1"),
        ConfigKey("p", "b", "1", "1"),
        ConfigKey("p", "a", "2", "1"),
        ConfigKey("p", "a", "1", "2"),
    ]
    assert sorted(keys) == keys[::-1]
    assert keys[0].source == SourceKey("q", "a", "1")
    assert keys[3].ref == "1/2"
