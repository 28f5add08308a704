"""What a level needs to show its rows: one reading, the sizes, the clock; and the words for them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pkgstore.fields import Context, told
from pkgstore.keys import ConfigKey
from pkgstore.model import ConfigRecord, Damage, SourceRecord, Tier
from pkgstore.roots import Root
from pkgstore_tui.format import PHANTOM, UNKNOWN, counted, human_age, human_bytes, human_time, states
from pkgstore_tui.session.ages import AgeBook
from pkgstore_tui.session.bundles import flags
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.session.sizes import SizeBook
from pkgstore_tui.session.titles import TitleBook
from pkgstore_tui.widgets.cells import Cell, Part, parts_of
from pkgstore_tui.widgets.facts import Fact

FEW: Final = 200
"""More configs than these are not summed up while a row is drawn."""

NAMED: Final = 12
"""How many users, or problems, the details name."""

TIERS: Final = tuple(Tier)
PINNED: Final = "K"
"""The letter of what is kept by a pin."""


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """One way of looking at the store; `clock` gives seconds since 1970."""

    reading: Reading
    sizes: SizeBook
    clock: Callable[[], float]
    totals: dict[object, int | None] = field(default_factory=dict)
    ages: AgeBook | None = None
    titles: TitleBook | None = None

    def warm(self) -> None:
        """Work out what cells ask for and what is slow to find, so that drawing does not have to."""
        _ = self.reading.roots.held, self.reading.names

    def context(self) -> Context:
        """What rows are filtered and sorted by."""
        reading = self.reading
        return Context(
            reading.snapshot,
            reading.roots,
            reading.names,
            self._apparent,
            self.sizes.own,
            self._made if self.ages is None else self.ages.get,
            reading.holding,
            self.sizes.all_apparent,
            self.sizes.all_own,
            None if self.ages is None else self.ages.all,
            reading.lists,
        )

    def _made(self, _key: ConfigKey) -> float | None:
        """Nobody reads when configs were made."""
        return None

    def _apparent(self, key: ConfigKey) -> int | None:
        size = self.sizes.get(key)
        return None if size is None else size.apparent

    # --- cells ------------------------------------------------------------------------------------------------

    def age(self, when: float | None) -> Cell:
        """How long ago something was."""
        if when is None:
            return Part(UNKNOWN, "muted")
        return human_age(max(0.0, self.clock() - when))

    def size(self, configs: Sequence[ConfigRecord]) -> Cell:
        """The bytes of some configs; an ellipsis until they are measured."""
        total = self.sizes.total(config.key for config in configs if config.has_tree)
        return Part("…", "muted") if total is None else human_bytes(total)

    def total(self, name: object) -> Cell:
        """The bytes of a row that has far too many configs to sum them up while it is drawn."""
        total = self.totals.get(name)
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
        """How many roots hold one of the configs: apps, workers, builds, pins."""
        count = self.holder_count(configs)
        return f"{count:,}" if count else Part("–", "muted")

    def holder_count(self, configs: Iterable[ConfigRecord]) -> int:
        """How many roots hold one of the configs."""
        held = self.reading.roots.held
        groups = [held.get((config.key.package, config.key.ref), ()) for config in configs]
        groups = [group for group in groups if group]
        return len(groups[0]) if len(groups) == 1 else len({root for group in groups for root in group})

    def holders(self, configs: Iterable[ConfigRecord]) -> tuple[Root, ...]:
        """The roots that hold one of the configs, the strongest first, then by owner."""
        found = {root.id: root for config in configs for root in self.reading.roots.holders(config.key)}
        return tuple(sorted(found.values(), key=lambda root: (TIERS.index(root.tier), root.owner)))

    def created(self, config: ConfigRecord) -> Cell:
        """How long ago a config was made; an ellipsis until its sidecar is read."""
        if config.last_used is None or self.ages is None:
            return self.age(None)
        created = self.ages.get(config.key)
        return Part("…", "muted") if created is None else self.age(told(created))

    def own(self, configs: Sequence[ConfigRecord]) -> Cell:
        """The bytes that only these configs hold, each for itself; an ellipsis until they are measured."""
        total = 0
        for config in configs:
            own = self.sizes.own(config.key) if config.has_tree else 0
            if own is None:
                return Part("…", "muted")
            total += own
        return human_bytes(total)

    def flags(self, source: SourceRecord | None, configs: Sequence[ConfigRecord]) -> Cell:
        """That a pin keeps one of them, and what is wrong, in letters."""
        return self.with_pin(configs, flags_cell(source, configs))

    def with_pin(self, configs: Iterable[ConfigRecord], wrong: Cell) -> Cell:
        """The letters of what is wrong, after a K where a pin keeps one of the configs."""
        pinned = self.reading.pinned
        if not pinned or not any((config.key.package, config.key.ref) in pinned for config in configs):
            return wrong
        return Part(PINNED, "accent"), *parts_of(wrong)

    # --- facts ------------------------------------------------------------------------------------------------

    def when_fact(self, label: str, when: float | None) -> Fact:
        """A time, and how long ago that was."""
        if when is None:
            return Fact(label, UNKNOWN, "muted")
        age = human_age(max(0.0, self.clock() - when))
        return Fact(label, f"{human_time(when)}, {'just now' if age == 'now' else f'{age} ago'}")

    def size_fact(self, configs: Sequence[ConfigRecord]) -> Fact:
        """Bytes as the files say and as the disk gives them."""
        sizes = [self.sizes.get(config.key) for config in configs if config.has_tree]
        known = [size for size in sizes if size is not None]
        if len(known) < len(sizes):
            return Fact("size", "measuring …", "muted")
        files = counted(sum(size.files for size in known), "file")
        disk = human_bytes(sum(size.disk for size in known))
        return Fact("size", f"{human_bytes(sum(size.apparent for size in known))} in {files}, {disk} on disk")

    def own_fact(self, configs: Sequence[ConfigRecord]) -> Fact:
        """The bytes that nobody else holds: what removing them frees at once."""
        (part,) = parts_of(self.own(configs))
        known = part.tone != "muted"
        return Fact("own size", f"{part.text} that nothing else holds" if known else "measuring …", part.tone)

    def links_fact(self, config: ConfigRecord | None) -> Fact:
        """What a config was built against, by name and version."""
        links = [f"{package} {version}" for package, version, _ in self.reading.links(config)] if config else []
        return Fact("links to", ", ".join(links) or "nothing", "" if links else "muted")

    def users_facts(self, configs: Iterable[ConfigRecord]) -> list[Fact]:
        """Who holds one of the configs."""
        holders = self.holders(configs)
        if not holders:
            return [Fact("used by", "nobody", "muted")]
        facts = [Fact("" if index else "used by", root.owner) for index, root in enumerate(holders[:NAMED])]
        more = len(holders) - NAMED
        return [*facts, Fact("", f"and {more:,} more; u lists them", "muted")] if more > 0 else facts

    def detail_facts(self, config: ConfigRecord | None) -> list[Fact]:
        """A config's title and when it was made; reads the disk."""
        if config is None or self.ages is None or self.titles is None:
            return []
        title = self.titles.read(config.key)
        facts = [Fact("title", title)] if title else []
        if config.last_used is not None:
            facts.append(self.when_fact("created", told(self.ages.read(config.key))))
        return facts


def latest(configs: Iterable[ConfigRecord]) -> ConfigRecord | None:
    """The config that was used last, one with a tree before one without."""
    return max(configs, key=lambda config: (config.has_tree, config.last_used or 0.0), default=None)


def flags_cell(source: SourceRecord | None, configs: Iterable[ConfigRecord]) -> Cell:
    """What is wrong, in letters: P phantom, O orphan, ! damage."""
    return letters_cell(flags(source, configs))


def letters_cell(letters: str) -> Cell:
    """The letters of what is wrong, as they are shown."""
    tones = {"P": "bad", "O": "warn", "!": "bad"}
    return tuple(Part(letter, tones[letter]) for letter in letters)  # type: ignore[arg-type]


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
    if len(found) > NAMED:
        found[NAMED:] = [Fact("", f"and {len(found) - NAMED:,} more; F shows only rows with problems", "muted")]
    return [Fact("Problems"), *found] if found else []


def damage_text(item: Damage) -> str:
    """What is damaged, and how."""
    return item.why if item.why.startswith(item.path) else f"{item.path}: {item.why}"
