"""What rows have that can be pinned: configs, or the manifests of an app. Pure; knows no widget."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.model import AppRecord, ConfigRecord, Pin, Tier
from pkgstore.operations.pinning import pin_of_manifest, pins_for
from pkgstore.roots import Root
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.subject import named_ref, own_keys
from pkgstore_tui.session.reading import Reading

ABOUT_TIERS: Final[Mapping[Tier, str]] = {
    Tier.CURRENT: "what it runs with now",
    Tier.PREV: "before the last refresh, to go back to",
    Tier.BUILD: "as first deployed, to go back to",
}
"""The manifests of an app that can be pinned, and what they are for."""

_NOBODY: Final = Pin("", "", "", "", 0.0, {})


@dataclass(frozen=True, eq=False)
class Offer:
    """Something that can be pinned.

    `pins` would keep it, without reason, time and who; `names` has each config with its version; `words` and
    `options` name it for the command line. `missing` counts what of it the store has no tree of, `holders` are the
    roots that hold any of it now.
    """

    title: str
    pins: tuple[Pin, ...]
    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    holders: tuple[Root, ...] = ()

    @property
    def size(self) -> int:
        """How many configs it is."""
        return sum(len(pin.manifest) for pin in self.pins)

    def wanted(self, reason: str, by: str, at: float, until: float | None) -> tuple[Pin, ...]:
        """The pins as they are made; times are in seconds since 1970."""
        return tuple(replace(pin, reason=reason, by=by, at=at, until=until) for pin in self.pins)

    def command(self, store: str, reason: str, until: str) -> str:
        """The command line that does the same."""
        return line("pin", *self.words, **self.options, reason=reason, until=until, store=store) + " --yes"

    def touches(self, pin: Pin) -> bool:
        """Whether a pin keeps any of it."""
        return any(own.manifest.items() & pin.manifest.items() for own in self.pins)


def offers_of(level: Level[Any], rows: Sequence[Any], reading: Reading) -> tuple[Offer, ...]:
    """What some rows have that can be pinned: one thing, or what there is to choose from; empty for nothing.

    Args:
        level: Theirs.
        rows: The marked ones, or the one that the cursor is on.
        reading: Of the store.
    """
    records = [record for row in rows if isinstance(record := getattr(row, "record", None), AppRecord)]
    if records:
        return tuple(_manifests(records, reading))
    found = {config.key: config for row in rows for config in _configs(level, row, reading) if config.has_tree}
    return (_of_configs(tuple(found.values()), reading),) if found else ()


def _configs(level: Level[Any], row: Any, reading: Reading) -> Iterable[ConfigRecord]:
    if configs := level.configs(row):
        return configs
    package, ref = named_ref(row)
    if ref:
        config = reading.snapshot.config_of(package, ref)
        return () if config is None else (config,)
    match next(iter(own_keys(level.key(row), row)), None):
        case ConfigKey(_, package, _, _) as key:
            config = reading.snapshot.config_of(package, key.ref)
            return () if config is None else (config,)
        case SourceKey() as source:
            record = reading.snapshot.sources.get(source)
            return record.configs if record else ()
    return ()


def _of_configs(configs: Sequence[ConfigRecord], reading: Reading) -> Offer:
    named = [(config.key, config.version or reading.version(config.key.source)) for config in configs]
    pins = pins_for(named, _NOBODY)
    names = sorted({f"{key.package} {version}" for key, version in named})
    title = pins[0].what if len(configs) == 1 else counted(len(configs), "config")
    refs = tuple(dict.fromkeys(config.key.ref for config in configs))
    return Offer(title, pins, tuple(names), refs, holders=_holders(pins, reading))


def _manifests(records: Iterable[AppRecord], reading: Reading) -> Iterator[Offer]:
    for record in records:
        for tier in ABOUT_TIERS:
            manifest = record.manifest(tier)
            if manifest:
                pin = pin_of_manifest(record.key.name, tier.value, manifest, _NOBODY)
                options = {"app": record.key.name, "tier": tier.value}
                missing = len(reading.missing(manifest))
                names = tuple(f"{name} {reading.ref_version(name, ref)}" for name, ref in sorted(manifest.items()))
                yield Offer(pin.what, (pin,), names, (), options, missing, _holders((pin,), reading))


def _holders(pins: Iterable[Pin], reading: Reading) -> tuple[Root, ...]:
    held = reading.roots.held
    names = {name for pin in pins for pair in pin.manifest.items() for name in held.get(pair, ())}
    return tuple(root for root in reading.roots.roots if root.id in names)
