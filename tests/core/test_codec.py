"""The store's small files: exact bytes out, and what is refused on the way in."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pkgstore import codec
from pkgstore.errors import DiskError, ManifestError, MetaError
from pkgstore.model import ConfigMeta, StoreConfigs
from pkgstore.text_json import BadJSON

relaxed = settings(deadline=None, database=None)
maps = st.dictionaries(st.text(), st.text())
store_configs = st.builds(
    StoreConfigs,
    source_compiled=st.booleans(),
    linkingto=st.none() | st.lists(st.text()).map(tuple),
    configs=st.dictionaries(st.text(), st.none() | maps),
)


class TestManifests:
    def test_are_written_in_byte_order_without_a_last_newline(self) -> None:
        written = codec.encode_manifest({"sf": "b/c", "R6": "a/e", "é": "x/<y>"})
        assert written == (b'{\n  "R6": "a/e",\n  "sf": "b/c",\n  "\xc3\xa9": "x/\\u003cy\\u003e"\n}')
        assert codec.encode_manifest({}) == b"{}"

    @relaxed
    @given(maps)
    def test_read_back_what_was_written(self, manifest: dict[str, str]) -> None:
        assert codec.decode_manifest(codec.encode_manifest(manifest)) == manifest

    def test_read_null_as_empty(self) -> None:
        assert codec.decode_manifest(b"null") == {}
        assert codec.decode_manifest(b'{"a": null}') == {"a": ""}

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "is empty"),
            (b"[]", "the document is a list, not an object"),
            (b'{"sf": 1}', "sf is a number, not a string"),
            (b"<<<<<<< HEAD\n", "has merge-conflict marks; resolve the conflict first"),
        ],
    )
    def test_that_cannot_be_used_name_path_reason_and_advice(self, tmp_path: Path, data: bytes, why: str) -> None:
        for name, read, where, advice in (
            (
                "store-manifest.json",
                codec.read_store_manifest,
                "store-manifest.json",
                "deploy or refresh the app again",
            ),
            (".packages.json", codec.read_package_manifest, "", "assemble this library again"),
        ):
            (tmp_path / name).write_bytes(data)
            with pytest.raises(ManifestError) as caught:
                read(tmp_path / where)
            assert str(caught.value) == f"{tmp_path / name}: cannot be used: {why}; {advice}"

    def test_that_are_missing_name_their_path(self, tmp_path: Path) -> None:
        with pytest.raises(DiskError) as caught:
            codec.read_package_manifest(tmp_path)
        assert caught.value.path == str(tmp_path / ".packages.json")
        assert isinstance(caught.value.__cause__, FileNotFoundError)


class TestConfigsFile:
    @pytest.mark.parametrize(
        ("configs", "written"),
        [
            (StoreConfigs(), '{\n  "source_compiled": false,\n  "linkingto": null,\n  "configs": {}\n}'),
            (
                StoreConfigs(True, ("BH", "Rcpp"), {"h2": {"Rcpp": "k2", "BH": "k1"}, "h1": {}, "h3": None}),
                "{\n"
                '  "source_compiled": true,\n'
                '  "linkingto": [\n    "BH",\n    "Rcpp"\n  ],\n'
                '  "configs": {\n'
                '    "h1": {},\n'
                '    "h2": {\n      "BH": "k1",\n      "Rcpp": "k2"\n    },\n'
                '    "h3": null\n'
                "  }\n}",
            ),
            (StoreConfigs(linkingto=()), '{\n  "source_compiled": false,\n  "linkingto": [],\n  "configs": {}\n}'),
        ],
    )
    def test_is_written_byte_for_byte(self, configs: StoreConfigs, written: str) -> None:
        assert codec.encode_store_configs(configs) == written.encode()

    @relaxed
    @given(store_configs)
    def test_reads_back_what_was_written(self, configs: StoreConfigs) -> None:
        assert codec.decode_store_configs(codec.encode_store_configs(configs)) == configs

    @pytest.mark.parametrize("data", [b"{}", b"null", b'{"configs": null, "linkingto": null, "other": 1}'])
    def test_takes_null_and_missing_for_empty(self, data: bytes) -> None:
        assert codec.decode_store_configs(data) == StoreConfigs()

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"{", "is no JSON: "),
            (b"[]", "the document is a list, not an object"),
            (b'{"source_compiled": "yes"}', "source_compiled is a string, not true or false"),
            (b'{"linkingto": "Rcpp"}', "linkingto is a string, not a list"),
            (b'{"linkingto": [1]}', "linkingto[0] is a number, not a string"),
            (b'{"configs": []}', "configs is a list, not an object"),
            (b'{"configs": {"h": []}}', "configs.h is a list, not an object"),
            (b'{"configs": {"h": {"BH": 1}}}', "configs.h.BH is a number, not a string"),
        ],
    )
    def test_that_cannot_be_used_names_path_field_and_advice(self, tmp_path: Path, data: bytes, why: str) -> None:
        path = tmp_path / "configs.json"
        path.write_bytes(data)
        with pytest.raises(MetaError) as caught:
            codec.read_store_configs(path)
        assert str(caught.value).startswith(f"{path}: cannot be used: {why}")
        assert caught.value.advice == "the next ingest of this package writes it anew"


class TestSidecar:
    @pytest.mark.parametrize(
        ("moment", "written"),
        [
            (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
            (datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=UTC), "2026-01-02T03:04:05.12Z"),
            (datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=UTC), "2026-01-02T03:04:05.000001Z"),
            (
                datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=30))),
                "2026-01-01T21:34:05Z",
            ),
            (  # UTC has no such year
                datetime(1, 1, 1, 3, 4, 5, 120000, tzinfo=timezone(timedelta(hours=14))),
                "0001-01-01T03:04:05.12+14:00",
            ),
            (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-1))), "9999-12-31T23:00:00-01:00"),
        ],
    )
    def test_is_written_in_utc_without_trailing_zeros(self, moment: datetime, written: str) -> None:
        assert codec.encode_config_meta(ConfigMeta(moment)) == f'{{\n  "created_at": "{written}"\n}}'.encode()

    @relaxed
    @given(st.datetimes(timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))))
    @example(datetime(1, 1, 1, tzinfo=UTC))  # Go's zero time
    def test_reads_back_what_was_written(self, moment: datetime) -> None:
        assert codec.decode_config_meta(codec.encode_config_meta(ConfigMeta(moment))) == ConfigMeta(moment)

    @pytest.mark.parametrize(
        ("written", "moment"),
        [
            ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)),
            ("2026-01-02T03:04:05.1+02:00", datetime(2026, 1, 2, 1, 4, 5, 100000, UTC)),
            ("2026-01-02T03:04:05-07:00", datetime(2026, 1, 2, 10, 4, 5, 0, UTC)),
        ],
    )
    def test_takes_nanoseconds_and_offsets(self, written: str, moment: datetime) -> None:
        assert codec.decode_config_meta(f'{{"created_at": "{written}"}}'.encode()).created_at == moment

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"{}", "created_at is no time: ''"),
            (b'{"created_at": "yesterday"}', "created_at is no time: 'yesterday'"),
            (b'{"created_at": "2026-13-01T00:00:00Z"}', "created_at is no time: '2026-13-01T00:00:00Z'"),
            (b'{"created_at": "2026-01-02T03:04:05"}', "created_at has no time zone: '2026-01-02T03:04:05'"),
            (b'{"created_at": 5}', "created_at is a number, not a string"),
            (b"null", "created_at is no time: ''"),
        ],
    )
    def test_that_cannot_be_used_names_path_and_advice(self, tmp_path: Path, data: bytes, why: str) -> None:
        (tmp_path / "h.json").write_bytes(data)
        with pytest.raises(MetaError) as caught:
            codec.read_config_meta(tmp_path / "h.json")
        advice = "the next ingest of this config writes it anew"
        assert str(caught.value) == f"{tmp_path / 'h.json'}: cannot be used: {why}; {advice}"


@pytest.mark.parametrize("decode", [codec.decode_manifest, codec.decode_store_configs, codec.decode_config_meta])
@relaxed
@given(data=st.binary() | st.recursive(st.none() | st.text(), st.lists).map(repr).map(str.encode))
def test_any_bytes_are_read_or_refused(decode: Callable[[bytes], Mapping[str, str]], data: bytes) -> None:
    with suppress(BadJSON):
        decode(data)
