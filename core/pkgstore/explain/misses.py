"""Why populate misses a package, as precisely as the store tells. Reads; never writes.

Populate only says that no stored config fits. Here the same answer of the store is looked at more closely: what is
there in its place, here and under other platforms, and what is known to have been there.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from pkgstore.description import BASE_PACKAGES
from pkgstore.errors import StoreError
from pkgstore.explain.past import Past
from pkgstore.explain.question import Question
from pkgstore.explain.verdicts import Verdict
from pkgstore.keys import EMPTY_CONFIG_HASH, ConfigKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.resolve import Resolution, compile_context, has_tree
from pkgstore.scan import platform_folders
from pkgstore.sources import scan_source

_BY_PRECEDENCE: Final = (Verdict.PARTIAL_KEY, Verdict.OTHER_PLATFORM, Verdict.EVICTED)
_NO_MEANING: Final = "what it links to is recorded nowhere in the store"


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a package is missed.

    `also` is what is true beside the verdict; `wanted` the config that would fit, None where that is not known;
    `elsewhere` the other platforms that have the source (or, with `wanted`, that config); `not_known` what nobody
    can tell, each with its reason.
    """

    verdict: Verdict
    also: tuple[Verdict, ...] = ()
    wanted: ConfigKey | None = None
    reason: str = ""
    elsewhere: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closer:
    """Looks more closely at one question's misses."""

    layout: Layout
    question: Question
    past: Past = field(default_factory=Past)

    @cached_property
    def _others(self) -> tuple[str, ...]:
        return tuple(name for name in platform_folders(self.layout.root) if name != self.question.platform)

    def left_out(self, names: tuple[str, ...] | None) -> dict[str, str]:
        """The linked packages that a key leaves out, and why; those that are part of R are no loss."""
        return {name: why for name in names or () if (why := self._left_out(name))}

    def _left_out(self, name: str) -> str:
        if self.question.index.first_keys.get(name) is not None:
            return ""
        first = self.question.first_entries.get(name)
        if first is None:
            return "" if name in BASE_PACKAGES else "the lockfile lacks it"
        return (
            f"the lockfile's first entry of it is of type {first.remote_type or 'unknown'}, which has no store key"
        )

    def look(self, key: SourceKey, found: Resolution) -> Miss:
        """Why a source is missed, from what the store answered."""
        if found.meta is None:
            return self._unread(key, found) if found.problem is not None else self._unlisted_source(key)
        assert found.key is not None
        if found.listed:
            return Miss(Verdict.PHANTOM, self._specials(found), found.key)
        if found.has_tree:
            return Miss(Verdict.UNLISTED, self._specials(found), found.key)
        elsewhere = tuple(self._has_elsewhere(found.key))
        why = self.past.why(key.package, found.key.ref, elsewhere=bool(elsewhere))
        true = set(self._specials(found)) | ({Verdict.EVICTED} if why else set())
        verdict, also = _most_precise(Verdict.CONFIG_MISS, true)
        also += (Verdict.OTHER_PLATFORM,) if elsewhere else ()
        return Miss(verdict, also, found.key, why, elsewhere)

    def _specials(self, found: Resolution) -> tuple[Verdict, ...]:
        names = found.meta.linkingto if found.meta else ()
        return (Verdict.PARTIAL_KEY,) if self.left_out(names) else ()

    # --- without a configs.json that can be used ---------------------------------------------------------------

    def _unread(self, key: SourceKey, found: Resolution) -> Miss:
        """configs.json is there and cannot be used: what it would say is not known."""
        reason = f"configs.json {found.problem.reason if found.problem else ''}"
        tree = self._fitting_tree(key)
        if tree is not None:
            return Miss(Verdict.CONFIG_MISS, (Verdict.UNLISTED,), tree, reason)
        unknown = "whether the wanted config is listed, since configs.json cannot be used"
        return Miss(Verdict.CONFIG_MISS, reason=reason, not_known=(unknown,))

    def _unlisted_source(self, key: SourceKey) -> Miss:
        """There is no configs.json: perhaps trees without one, perhaps nothing at all."""
        if not self._trees(key):
            return self._absent(key)
        tree = self._fitting_tree(key)
        if tree is not None:
            return Miss(Verdict.UNLISTED, wanted=tree, reason="configs.json is missing")
        return Miss(
            Verdict.CONFIG_MISS, reason="configs.json is missing, so no build finds the trees that are there"
        )

    def _absent(self, key: SourceKey) -> Miss:
        elsewhere = tuple(
            name for name in self._others if self._trees(SourceKey(name, key.package, key.source_hash))
        )
        traces = self.past.of_source(key.package, key.source_hash, elsewhere=bool(elsewhere))
        true = ({Verdict.OTHER_PLATFORM} if elsewhere else set()) | ({Verdict.EVICTED} if traces else set())
        verdict, also = _most_precise(Verdict.SOURCE_MISS, true)
        unknown = [f"which config it needs: {_NO_MEANING}"]
        if traces and all(config != EMPTY_CONFIG_HASH for config, _ in traces):
            unknown = [f"whether the lockfile wants just the config that was evicted: {_NO_MEANING}"]
        return Miss(verdict, also, None, traces[0][1] if traces else "", elsewhere, tuple(unknown))

    # --- what is on the disk -------------------------------------------------------------------------------------

    def _trees(self, key: SourceKey) -> tuple[str, ...]:
        """The config hashes of a source's trees."""
        record = scan_source(self.layout, key, details=False)
        return tuple(config.key.config_hash for config in record.configs if config.has_tree) if record else ()

    def _fitting_tree(self, key: SourceKey) -> ConfigKey | None:
        """A tree that is just what the lockfile asks for, by its own DESCRIPTION."""
        for name in self._trees(key):
            config = ConfigKey(key.platform, key.package, key.source_hash, name)
            path = os.path.join(self.layout.config(config), "DESCRIPTION")
            try:
                if compile_context(path, self.question.index).config_hash == name:
                    return config
            except StoreError:
                continue
        return None

    def _has_elsewhere(self, wanted: ConfigKey) -> Iterator[str]:
        """The other platforms that have just that config."""
        for name in self._others:
            if has_tree(self.layout, ConfigKey(name, wanted.package, wanted.source_hash, wanted.config_hash)):
                yield name


def _most_precise(general: Verdict, true: set[Verdict]) -> tuple[Verdict, tuple[Verdict, ...]]:
    """The verdict, and what is true beside it."""
    found = tuple(verdict for verdict in _BY_PRECEDENCE if verdict in true)
    return (found[0], found[1:]) if found else (general, ())
