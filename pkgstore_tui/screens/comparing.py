"""Two things side by side: configs, or the manifests of workers and apps. Reads trees, so it runs in a thread."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pkgstore.compare import Change, ConfigSide, Pair, pairs_of
from pkgstore.description import read_description
from pkgstore.errors import StoreError
from pkgstore.keys import AppKey, ConfigKey, WorkerKey, to_bytes
from pkgstore.layout import Layout
from pkgstore.model import Tier
from pkgstore.progress import Cancel
from pkgstore.trees import FileEntry, list_files
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import human_bytes, short_hash
from pkgstore_tui.session.reading import Reading

KIB: Final = 1024
Value = TypeVar("Value")
Side = ConfigKey | WorkerKey | AppKey
"""What can be compared, with another of its kind."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on both sides, as it is shown; a side that lacks it is empty. Without `change` it is a heading."""

    name: str
    before: str = ""
    after: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides and what is on them; `command` is the command line that compares them.

    `both` is what the names of the two have in common, where that is something.
    """

    before: str
    after: str
    lines: tuple[Line, ...]
    command: str = ""
    both: str = ""

    def shown(self, *, everything: bool) -> tuple[Line, ...]:
        """The lines; unless everything is asked for, without what is the same and headings above nothing."""
        kept: list[Line] = []
        for item in self.lines:
            if item.change is None and kept and kept[-1].change is None:
                kept.pop()
            if everything or item.change is not Change.SAME:
                kept.append(item)
        if kept and kept[-1].change is None:
            kept.pop()
        return tuple(kept)

    @property
    def differing(self) -> int:
        """How many lines differ."""
        return sum(item.change not in (None, Change.SAME) for item in self.lines)


def comparable(sides: tuple[object, ...]) -> bool:
    """Whether these are two of a kind that can be compared."""
    return len(sides) == 2 and all(isinstance(side, Side) for side in sides) and type(sides[0]) is type(sides[1])


def compare(reading: Reading, before: Side, after: Side, *, reads_disk: bool = True) -> Comparison:
    """Compare two of a kind.

    Args:
        reading: What is known of the store.
        before: One.
        after: The other.
        reads_disk: Whether trees can be looked into.

    Raises:
        StoreError: A tree cannot be read.
    """
    if isinstance(before, ConfigKey) and isinstance(after, ConfigKey):
        return _configs(reading, before, after, reads_disk)
    old, new = _manifest(reading, before), _manifest(reading, after)
    lines = tuple(_lines("Packages", old, new, lambda package, ref: _ref_text(reading, package, ref)))
    command = line("diff", _word(before), _word(after), store=reading.snapshot.root)
    return Comparison(_name(reading, before), _name(reading, after), lines, command)


def _word(side: Side) -> str:
    """A side as the command line names it."""
    match side:
        case WorkerKey():
            return f"worker:{side.worker_id}"
        case AppKey():
            return f"app:{side.name}"
    return f"{side.package}@{side.ref}"


def _name(reading: Reading, side: Side) -> str:
    match side:
        case WorkerKey():
            return side.worker_id
        case AppKey():
            return side.name
    return reading.config_name(side)


def _manifest(reading: Reading, side: Side) -> Mapping[str, str]:
    found: Mapping[str, str] | None = None
    if isinstance(side, WorkerKey) and (worker := reading.snapshot.workers.get(side.worker_id)):
        found = worker.manifest
    if isinstance(side, AppKey) and (app := reading.snapshot.apps.get(side.name)):
        found = app.manifest(Tier.CURRENT)
    return found or {}


def _ref_text(reading: Reading, package: str, ref: str) -> str:
    source, _, config = ref.partition("/")
    return f"{reading.ref_version(package, ref)} ({short_hash(source)}/{short_hash(config)})"


# --- configs --------------------------------------------------------------------------------------------------


def _configs(reading: Reading, before: ConfigKey, after: ConfigKey, reads_disk: bool) -> Comparison:
    layout = Layout(reading.snapshot.root)
    old, new = (_config_side(reading, layout, key, reads_disk) for key in (before, after))
    lines = (
        *_lines("DESCRIPTION", old.fields, new.fields, lambda _name, value: value),
        *_lines("Built against", old.linking_to_keys, new.linking_to_keys, _link_text(reading, before, after)),
        *_lines("Files", old.files, new.files, lambda _name, entry: _file_text(entry), _same_file),
    )
    command = line("diff", _word(before), _word(after), store=reading.snapshot.root)
    names = [_name(reading, key) for key in (before, after)]
    hashes = [short_hash(key.config_hash) for key in (before, after)]
    if names[0] == names[1]:
        return Comparison(hashes[0], hashes[1], lines, command, names[0])
    old_name, new_name = (f"{name} {found}" for name, found in zip(names, hashes, strict=True))
    return Comparison(old_name, new_name, lines, command)


def _config_side(reading: Reading, layout: Layout, key: ConfigKey, reads_disk: bool) -> ConfigSide:
    record = reading.snapshot.sources.get(key.source)
    config = next((found for found in record.configs if found.key == key), None) if record else None
    links = config.linking_to_keys if config else {}
    if not reads_disk:
        built = {"Version": config.version, "Built": config.built} if config else {}
        return ConfigSide({name: value for name, value in built.items() if value}, links)
    tree = layout.config(key)
    return ConfigSide(_description(tree), links, list_files(tree, cancel=Cancel()))


def _description(tree: str) -> Mapping[str, str]:
    try:
        return read_description(os.path.join(tree, "DESCRIPTION")) or {}
    except StoreError as error:
        return {"(not readable)": error.reason}


def _link_text(reading: Reading, before: ConfigKey, after: ConfigKey) -> Callable[[str, str], str]:
    """A linked package's source by version; it is on the platform of one of the two."""

    def text(package: str, key: str) -> str:
        versions = (reading.snapshot.version_of(side.platform, package, key) for side in (before, after))
        return f"{next((v for v in versions if v), 'unknown')} ({short_hash(key)})"

    return text


def _file_text(entry: FileEntry) -> str:
    if entry.target:
        return f"link to {entry.target}"
    if entry.is_folder:
        return "folder"
    return human_bytes(entry.size) + (f" ({entry.size:,})" if entry.size >= KIB else "")


def _same_file(before: FileEntry, after: FileEntry) -> bool:
    return (before.size, before.mode, before.target) == (after.size, after.mode, after.target)


def _equal(before: object, after: object) -> bool:
    return before == after


def _lines(
    title: str,
    before: Mapping[str, Value],
    after: Mapping[str, Value],
    text: Callable[[str, Value], str],
    same: Callable[[Value, Value], bool] = _equal,
) -> Iterator[Line]:
    """A heading, and a line for each name on either side."""
    yield Line(title)
    pairs: tuple[Pair[str, Value], ...] = pairs_of(before, after, same)
    for pair in sorted(pairs, key=lambda pair: to_bytes(pair.key)):
        old, new = (text(pair.key, side) if side is not None else "" for side in (pair.before, pair.after))
        yield Line(pair.key, old, new, pair.change)
