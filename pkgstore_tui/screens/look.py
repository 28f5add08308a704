"""What a level needs to show its rows: one reading, the sizes, the clock; and the words for them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pkgstore.model import ConfigRecord, Damage, SourceRecord
from pkgstore_tui.format import PHANTOM, UNKNOWN, counted, human_age, human_bytes, human_time, states
from pkgstore_tui.session.reading import Reading, flags
from pkgstore_tui.session.sizes import SizeBook
from pkgstore_tui.widgets.cells import Cell, Part
from pkgstore_tui.widgets.facts import Fact

FEW: Final = 200


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """One way of looking at the store; `clock` gives seconds since 1970."""

    reading: Reading
    sizes: SizeBook
    clock: Callable[[], float]

    # --- cells ------------------------------------------------------------------------------------------------

    def age(self, when: float | None) -> Cell:
        """How long ago something was."""
        if when is None:
            return Part(UNKNOWN, "muted")
        return human_age(max(0.0, self.clock() - when))

    def size(self, configs: Sequence[ConfigRecord]) -> Cell:
        """The bytes of some configs; an ellipsis until they are measured."""
        if self.sizes.waiting > FEW and len(configs) > FEW:  # most are not measured: do not ask for each
            return Part("…", "muted")
        total = self.sizes.total(config.key for config in configs if config.has_tree)
        return Part("…", "muted") if total is None else human_bytes(total)

    def links(self, config: ConfigRecord | None) -> Cell:
        """What a config was built against, by name and version."""
        if config is None or not config.linking_to_keys:
            return Part("–", "muted")
        parts: list[Part] = []
        for package, version, _key in self.reading.links(config):
            parts += [Part(", ", "muted")] if parts else []
            parts += [Part(f"{package} "), Part(version, "muted" if version == UNKNOWN else "")]
        return tuple(parts)

    def users(self, configs: Iterable[ConfigRecord]) -> Cell:
        """How many workers have one of the configs."""
        count = len(self.reading.users(configs))
        return f"{count:,}" if count else Part("–", "muted")

    # --- facts ------------------------------------------------------------------------------------------------

    def when_fact(self, label: str, when: float | None) -> Fact:
        """A time, and how long ago that was."""
        if when is None:
            return Fact(label, UNKNOWN, "muted")
        return Fact(label, f"{human_time(when)}, {human_age(max(0.0, self.clock() - when))} ago")

    def size_fact(self, configs: Sequence[ConfigRecord]) -> Fact:
        """Bytes as the files say and as the disk gives them."""
        sizes = [self.sizes.get(config.key) for config in configs if config.has_tree]
        known = [size for size in sizes if size is not None]
        if len(known) < len(sizes):
            return Fact("size", "measuring …", "muted")
        files = counted(sum(size.files for size in known), "file")
        disk = human_bytes(sum(size.disk for size in known))
        return Fact("size", f"{human_bytes(sum(size.apparent for size in known))} in {files}, {disk} on disk")

    def links_fact(self, config: ConfigRecord | None) -> Fact:
        """What a config was built against, by name and version."""
        links = [f"{package} {version}" for package, version, _ in self.reading.links(config)] if config else []
        return Fact("links to", ", ".join(links) or "nothing", "" if links else "muted")

    def users_facts(self, configs: Iterable[ConfigRecord]) -> list[Fact]:
        """The workers that have one of the configs."""
        users = self.reading.users(configs)
        return [Fact("used by", ", ".join(users) if users else "no worker", "" if users else "muted")]


def latest(configs: Iterable[ConfigRecord]) -> ConfigRecord | None:
    """The config that was used last, one with a tree before one without."""
    return max(configs, key=lambda config: (config.has_tree, config.last_used or 0.0), default=None)


def all_configs(sources: Iterable[SourceRecord]) -> tuple[ConfigRecord, ...]:
    """The configs of several sources."""
    return tuple(config for source in sources for config in source.configs)


def flags_cell(source: SourceRecord | None, configs: Iterable[ConfigRecord]) -> Cell:
    """What is wrong, in letters: P phantom, O orphan, ! damage."""
    tones = {"P": "bad", "O": "warn", "!": "bad"}
    return tuple(Part(letter, tones[letter]) for letter in flags(source, configs))  # type: ignore[arg-type]


def problem_facts(configs: Iterable[ConfigRecord], damage: Iterable[Damage]) -> list[Fact]:
    """What is wrong, in words."""
    found: list[Fact] = []
    for config in configs:
        name = config.key.config_hash[:8]
        found += [
            Fact(f"{state.letter} {state.name}", f"{name}: {state.meaning}", "bad" if state is PHANTOM else "warn")
            for state in states(config)
        ]
    found += [Fact("! damage", damage_text(item), "bad") for item in damage]
    return [Fact("Problems"), *found] if found else []


def damage_text(item: Damage) -> str:
    """What is damaged, and how."""
    return item.why if item.why.startswith(item.path) else f"{item.path}: {item.why}"
