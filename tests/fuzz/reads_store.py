"""Targets: the small files of a store, and the DESCRIPTION and MD5 of what is in it."""

import os
import zlib

import orjson

from fuzz import oracles, scratch
from fuzz.attempt import Broken, Target, holds, surely
from pkgstore import codec, text_json
from pkgstore.cache import decode_line, encode_line
from pkgstore.description import is_compiled, package_list, parse_dcf, read_description
from pkgstore.errors import StoreError
from pkgstore.layout import PACKAGE_MANIFEST
from pkgstore.md5_sums import parse_md5
from pkgstore.operations.manifests import check_manifest
from pkgstore.sources import _shown_fields, plain_configs


def configs(data: bytes) -> None:
    """configs.json: what is written of it reads as the same, and the quick reader agrees with the careful one."""
    quick = plain_configs(data)
    try:
        found = codec.read_store_configs(scratch.file(data, "configs.json"))
    except StoreError:
        holds(quick is None, "the quick reader takes a configs.json that the careful one refuses")
        raise
    holds(quick is None or quick == found, "the quick and the careful reader differ")
    written = codec.encode_store_configs(found)
    holds(surely(codec.decode_store_configs, written) == found, "configs.json changes when it is written again")
    holds(quick is None or orjson.loads(written) == orjson.loads(data), "configs.json says something else")


def sidecar(data: bytes) -> None:
    """A sidecar: the moment stays the same when it is written again."""
    path = scratch.file(data, "sidecar.json")
    made = codec.created_at(path)
    found = codec.read_config_meta(path)
    holds(made is not None, "a sidecar that can be read tells no time")
    again = surely(codec.decode_config_meta, codec.encode_config_meta(found))
    holds(again == found, "a sidecar changes when it is written again")


def manifest(data: bytes) -> None:
    """Both manifests: one format, two readers."""
    path = scratch.file(data, PACKAGE_MANIFEST)
    try:
        found = codec.read_package_manifest(os.path.dirname(path))
    except StoreError:
        codec.read_store_manifest(path)
        raise Broken("one reader refuses what the other takes") from None
    holds(codec.read_store_manifest(path) == found, "the readers differ")
    written = codec.encode_manifest(found)
    holds(surely(codec.decode_manifest, written) == found, "a manifest changes when it is written again")
    check_manifest(found, where=path)


def description(data: bytes) -> None:
    """DESCRIPTION: what the specification's words give, from the reader of operations and from that of scans."""
    path = scratch.file(data, "DESCRIPTION")
    found = read_description(path) or {}
    holds(found == oracles.fields(data), "a DESCRIPTION does not read as the specification says")
    shown = {text_json.printable(key): text_json.printable(value) for key, value in found.items()}
    holds(parse_dcf(path) == shown, "what is shown of a DESCRIPTION is not what it says")
    for value in found.values():
        holds(list(package_list(value)) == oracles.names(value), f"{value!r} is another list of packages")
    is_compiled(found)
    _same_at_a_glance(data, found)


def _same_at_a_glance(data: bytes, found: dict[str, str]) -> None:
    """The fields that lists show are found by a quicker way, which only knows names as R writes them."""
    if data.isascii() and not set(data) & set(b"\r\v\f"):  # white space that may stand around a name
        for name, value in _shown_fields(data).items():
            holds(found.get(name) == value, f"{name} is {value!r} at a glance and {found.get(name)!r} in truth")


def md5(data: bytes) -> None:
    """A package's own MD5 file: sums are sums."""
    for path, digest in parse_md5(data).items():
        holds(path and len(digest) == 32 and digest == digest.lower(), f"{digest!r} is no sum")


def remembered(data: bytes) -> None:
    """A line of the cache: with its right sum, and as it is."""
    decode_line(data)
    body = data.rstrip(b"\n")
    found = decode_line(b"%08x %b\n" % (zlib.crc32(body), body))
    if found is not None:
        (platform, package), memos = found
        if isinstance(platform, str) and isinstance(package, str):
            encode_line(platform, package, memos)


TARGETS = (
    Target("configs", "configs.json", (configs,)),
    Target("sidecar", "sidecars", (sidecar,)),
    Target("manifests", "store-manifest.json and .packages.json", (manifest,)),
    Target("description", "DESCRIPTION, lists of packages in it, MD5", (description, md5)),
)
