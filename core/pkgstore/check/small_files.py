"""Whether what a store says of its trees is what the trees say: a second look, at sidecars and DESCRIPTIONs.

Reads, and changes nothing. A tree whose metadata changes meanwhile is looked at again by whoever asks again.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pkgstore._finding import Finding, Severity, finding, some_names
from pkgstore.codec import read_config_meta
from pkgstore.description import is_compiled, package_list, read_description
from pkgstore.errors import StoreError
from pkgstore.fence import is_folder, is_there
from pkgstore.findings import platform_in_use
from pkgstore.layout import CONFIGS_FILE, SIDECAR_SUFFIX
from pkgstore.model import ConfigRecord, SourceRecord
from pkgstore.scan import platform_folders
from pkgstore.snapshot import Snapshot
from pkgstore.text_json import printable

Description = Mapping[str, str]
_YES_NO: Final = {True: "yes", False: "no"}


def file_findings(root: str, record: SourceRecord) -> Iterator[Finding]:
    """What is wrong with the small files of one source: BAD-META and WRONG-PACKAGE.

    Args:
        root: The store root.
        record: The source, as a reading has it; what that could not read is not told again.
    """
    folder = os.path.join(root, *record.key)
    damaged = {item.path for item in record.damage}
    told: list[tuple[ConfigRecord, Description]] = []
    for config in record.configs:
        tree = os.path.join(folder, config.key.config_hash)
        if config.last_used is not None:
            yield from _sidecar(config, tree + SIDECAR_SUFFIX)
        if not config.has_tree or f"{tree}/DESCRIPTION" in damaged:
            continue
        try:
            fields = _read(f"{tree}/DESCRIPTION")
        except (StoreError, OSError):  # the next reading tells of it
            continue
        if fields is None:
            yield from _none(record, config, tree)
        else:
            yield from _package(config, fields, tree)
            if config.listed:
                told.append((config, fields))
    if f"{folder}/{CONFIGS_FILE}" not in damaged:
        yield from _at_odds(record, told, f"{folder}/{CONFIGS_FILE}")


def _read(path: str) -> Description | None:
    """A DESCRIPTION's fields as the store writes them; None where there is none."""
    fields = read_description(path)
    return None if fields is None else {printable(name): printable(value) for name, value in fields.items()}


def _sidecar(config: ConfigRecord, path: str) -> Iterator[Finding]:
    try:
        read_config_meta(path)
    except StoreError as error:
        if is_there(path):
            yield finding("BAD-META", config.key, path, f"the sidecar {error.reason}", Severity.WARNING)


def _none(record: SourceRecord, config: ConfigRecord, tree: str) -> Iterator[Finding]:
    """No DESCRIPTION counts as no LinkingTo: that may be so, or not, and nothing tells."""
    if not is_folder(tree):
        return
    at_odds = config.listed and bool(config.linking_to_keys or record.linkingto or record.source_compiled)
    message = "the tree has no DESCRIPTION" + (", and configs.json says what it links to" if at_odds else "")
    severity = Severity.ERROR if at_odds else Severity.WARNING
    yield finding("BAD-META", config.key, tree, message, severity, mendable=False)


def _package(config: ConfigRecord, fields: Description, tree: str) -> Iterator[Finding]:
    name = fields.get("Package", "")
    if name and name != config.key.package:
        yield finding("WRONG-PACKAGE", config.key, f"{tree}/DESCRIPTION", f"its DESCRIPTION is that of {name}")


def _at_odds(
    record: SourceRecord, told: Sequence[tuple[ConfigRecord, Description]], path: str
) -> Iterator[Finding]:
    """What configs.json says of the source, and at least one of its trees does not."""
    recorded = set(record.linkingto)
    for config, fields in told:
        if fields.get("Package", record.key.package) != record.key.package:
            continue  # that is another package's
        links = set(package_list(fields.get("LinkingTo", "")))
        if links != recorded:
            said = f"configs.json says that it links to {some_names(recorded) or 'nothing'}"
            message = f"{said}, its DESCRIPTION to {some_names(links) or 'nothing'}"
            yield finding("BAD-META", config.key, path, message)
        elif is_compiled(fields) != record.source_compiled:
            says, tree = _YES_NO[record.source_compiled], _YES_NO[not record.source_compiled]
            message = f"configs.json says source_compiled: {says}, its DESCRIPTION NeedsCompilation: {tree}"
            yield finding("BAD-META", config.key, path, message, Severity.WARNING)


def empty_platform_findings(snapshot: Snapshot) -> Iterator[Finding]:
    """Platform folders without a package: nothing is lost with them, but a restart takes the first by name."""
    used = platform_in_use(snapshot.sources)
    names = [name for name in platform_folders(snapshot.root) if "-" in name]
    if used and names and names[0] != used and names[0] not in snapshot.platforms:
        path = os.path.join(snapshot.root, names[0])
        yield finding("RESTART-HAZARD", names[0], path, f"it is empty and first by name, while {used} is in use")
