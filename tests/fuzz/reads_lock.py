"""Target: pak lockfiles, by the reader of operations and by the kinder one of lists."""

import json

from fuzz import scratch
from fuzz.attempt import Target, holds, surely
from pkgstore.errors import StoreError
from pkgstore.keys import store_key
from pkgstore.lockfile import duplicates_of, parse_lockfile, platform_from_lockfile, platforms_of, read_lockfile
from pkgstore.lockfiles import read_lockfile_record
from pkgstore.model import Lockfile
from pkgstore.operations.manifests import check_lockfile
from pkgstore.text_json import loads


def lockfile(data: bytes) -> None:
    """A lockfile: every real entry has one key, whoever reads it; a refused one still gives its names."""
    path = scratch.file(data, "pak.lock")
    record = read_lockfile_record(path)
    holds(record is not None, "a lockfile that is there is not there")
    try:
        found = read_lockfile(path)
    except StoreError:
        holds(record.refused, "lists take a lockfile that operations refuse")
        raise
    holds(not record.refused, f"lists refuse a lockfile that operations take: {record.refused}")
    holds(record.platform == platform_from_lockfile(found), "its platform is another in lists")
    keys = _keys(found)
    holds(set(record.names) == set(keys), "its keys are others in lists")
    holds(_keys(surely(parse_lockfile, _written(data), path)) == keys, "its keys change when it is written again")
    holds(len(duplicates_of(found)) <= len(keys), "there are more names twice than names")
    platforms_of(found)
    check_lockfile(record.platform, found)


def _written(data: bytes) -> bytes:
    """The document as another program would write it; as it is where that is too deep or too large a number."""
    try:
        return json.dumps(loads(data), allow_nan=False).encode()
    except (RecursionError, ValueError):
        return data


def _keys(found: Lockfile) -> list[str]:
    return [str(surely(store_key, entry)) for entry in found.real_entries]


TARGETS = (Target("lockfile", "pak.lock", (lockfile,)),)
