"""What is no fault by the store's own rules, and may hurt all the same. Pure; a part of `audit`."""

from collections.abc import Iterator
from functools import lru_cache

from pkgstore.explain._built import built_at, is_before
from pkgstore.explain._library import Item, Library
from pkgstore.keys import store_key
from pkgstore.model import LockfileEntry


def depth(library: Library) -> Iterator[tuple[Item, list[str]]]:
    """Packages that were built before a package they link to was built again: the key is only one level deep.

    C changes, B that links to C is built again, A that links to B stays as it is. It is told only where another
    build of B is stored that is older than A, so that A can be thought to have been built against that one.
    """
    items = {item.package: item for item in library.items}
    for item in library.items:
        built = built_at(item.config.built) if item.config is not None else ""
        late = [name for name in sorted(item.recorded or ()) if name in items and _built_again(items[name], built)]
        if late:
            yield item, late


def _built_again(item: Item, built: str) -> bool:
    """Whether what links to something was built again after `built`, when an earlier build of it was there."""
    if item.record is None or item.config is None or not item.config.linking_to_keys:
        return False
    if not is_before(built, built_at(item.config.built)):
        return False
    return any(is_before(built_at(config.built), built) for config in item.record.configs)


def weak(library: Library) -> Iterator[str]:
    """Packages whose store key is made of no more than name and version; of which no version is known are none."""
    for item in library.items:
        version = item.record.version if item.record is not None else ""
        if version and is_weak(item.package, version, item.key.source_hash):
            yield item.package


def is_weak(package: str, version: str, source_hash: str) -> bool:
    """Whether a store key is made of no more than a package's name and version."""
    return _weak_key(package, version) == source_hash


@lru_cache(maxsize=65_536)
def _weak_key(package: str, version: str) -> str:
    return store_key(LockfileEntry(package, version, "standard"))
