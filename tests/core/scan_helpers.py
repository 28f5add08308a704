"""Single sources, as the tests of the scanner ask for them."""

from builders import PLATFORM, StoreBuilder, source_hash
from pkgstore.keys import SourceKey
from pkgstore.layout import Layout
from pkgstore.model import SourceRecord
from pkgstore.scan import scan_source


def key(package: str, version: str = "1.0") -> SourceKey:
    return SourceKey(PLATFORM, package, source_hash(package, version))


def source(store: StoreBuilder, package: str, version: str = "1.0", **asked: bool) -> SourceRecord:
    """A source that has to be there."""
    record = scan_source(Layout(str(store.root)), key(package, version), **asked)
    assert record is not None
    return record
