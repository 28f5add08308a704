"""Whether a config is needed after all, asked while an eviction runs: a deploy may have come between."""

import time
from collections.abc import Mapping
from typing import Final

from pkgstore.errors import RootsUnread
from pkgstore.keys import ConfigKey
from pkgstore.operations.events import Why
from pkgstore.roots import Roots, roots_of
from pkgstore.scan import read_snapshot

READ_AGAIN_AFTER: Final = 5.0
"""Seconds for which a reading of the roots counts; every app's manifests are read for it."""


def read_roots(root: str, apps: str) -> Roots:
    """What must not be lost, as it is now, without a look at the packages.

    Args:
        root: The store root.
        apps: The folder of the apps.

    Raises:
        NotAStore: There is no folder at `root`.
        RootsUnread: A root cannot be read.
    """
    return checked(roots_of(read_snapshot(root, platforms=(), apps=apps)))


def checked(roots: Roots) -> Roots:
    """The roots themselves, if all of them could be read (fail closed).

    Raises:
        RootsUnread: A root cannot be read.
    """
    if roots.damage:
        raise RootsUnread([(item.path, item.why) for item in roots.damage])
    return roots


class RootGuard:
    """Keeps what somebody needs now, and did not when the plan was made; reads the roots again now and then."""

    def __init__(self, root: str, apps: str, known: Mapping[ConfigKey, frozenset[str]]) -> None:
        """Nothing is read yet.

        Args:
            root: The store root.
            apps: The folder of the apps.
            known: The ids of the roots that held each config when it was planned to let it go all the same.
        """
        self._root, self._apps, self._known = root, apps, known
        self._roots: Roots | None = None
        self._read_at = 0.0

    def __call__(self, key: ConfigKey) -> Why | None:
        """Why a config has to stay, None where it may go.

        Raises:
            RootsUnread: A root cannot be read.
        """
        if self._roots is None or time.monotonic() - self._read_at > READ_AGAIN_AFTER:
            self._roots = read_roots(self._root, self._apps)
            self._read_at = time.monotonic()
        known = self._known.get(key, frozenset())
        if any(root.id not in known for root in self._roots.holders(key)):
            return Why.ROOTED_MEANWHILE
        return None
