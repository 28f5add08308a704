"""An ingest stands in the journal, if it changed anything."""

from pathlib import Path

from cli_helpers import Runner

from builders import PLATFORM, LibraryBuilder, StoreBuilder, entry, ref, write_lockfile
from pkgstore.journal import operations, read_evicted, read_journal
from pkgstore.layout import Layout


def test_what_was_ingested_is_written_down_and_is_evicted_no_more(
    store: StoreBuilder, run: Runner, tmp_path: Path
) -> None:
    layout = Layout(str(store.root))
    lockfile = write_lockfile(tmp_path / "pak.lock", entry("sf", "1"))
    options = ("--lockfile", lockfile, "--lib", tmp_path / "lib", "--store", store.root)
    LibraryBuilder(tmp_path / "lib").package("sf", "1")
    assert run("ingest", *options).code == 0
    assert run("evict", "--idle", "0", "--yes", "--store", store.root, "--apps", tmp_path / "lib").code == 0
    name = (PLATFORM, "sf", ref("sf", "1"))
    assert list(read_evicted(layout)) == [name]

    LibraryBuilder(tmp_path / "lib").package("sf", "1")
    assert run("ingest", *options).code == 0
    assert read_evicted(layout) == {}
    assert [past.what for past in operations(read_journal(layout))] == ["ingest", "evict", "ingest"]

    before = len(read_journal(layout).lines)
    LibraryBuilder(tmp_path / "lib").package("sf", "1")
    assert run("ingest", *options).code == 0
    assert len(read_journal(layout).lines) == before, "there was nothing to do"
