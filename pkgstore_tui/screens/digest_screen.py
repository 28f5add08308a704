"""A view of what the whole store comes to, which is worked out in a thread: one at a time, never in a storm."""

import time
from typing import Any, Final

from pkgstore_tui.screens.digest import Digest, DigestWish, digest
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.latest import Latest
from pkgstore_tui.screens.level import Level
from pkgstore_tui.session import Session

REST: Final = 4.0
"""How many times as long as it took to work it out the thread rests before it begins again."""

LEAST: Final = 0.2
"""Seconds that it rests at least."""


class DigestScreen(DrillScreen):
    """A view of a digest."""

    def __init__(self, session: Session, first: Level[Any]) -> None:
        super().__init__(session, first)
        self.digest: Digest | None = None
        self._digests = Latest(self, "digest", digest, self._take_digest)
        self._resting = self._wanted = False
        self._began = 0.0
        self._contents = session.contents.stamp

    @property
    def is_arranged(self) -> bool:
        """Whether all that was asked for is shown."""
        return super().is_arranged and self._digests.is_idle and not self._wanted

    def show_reading(self) -> None:
        """Work out the newest reading, then show it."""
        super().show_reading()
        self.want_digest()

    def show_sizes(self) -> None:
        """Work out what depends on sizes."""
        super().show_sizes()
        self.want_digest()

    def redraw(self) -> None:
        """Draw what depends on the time; work out what a content check told meanwhile."""
        super().redraw()
        if self.is_current and self._contents != self.session.contents.stamp:
            self.want_digest()

    def want_digest(self) -> None:
        """Work it out now, or after the one that is being worked out."""
        self._wanted = True
        if not self._resting:
            self._begin()

    def _begin(self) -> None:
        self._resting = self._wanted and self.is_attached
        if self._resting:
            self._wanted, self._began = False, time.monotonic()
            session = self.session
            self._contents = session.contents.stamp
            wish = DigestWish(
                session.reading,
                session.sizes,
                session.checks,
                session.contents,
                session.place.retention,
                session.platform,
                session.clock(),
                self.digest is not None,
                session.foreground,
            )
            self._digests.ask(wish)

    def _take_digest(self, found: Digest) -> None:
        self.digest = found
        self._wanted |= found.partial
        self.show_digest(found)
        self.set_timer(max(LEAST, REST * (time.monotonic() - self._began)), self._begin)

    def show_digest(self, digest: Digest) -> None:
        """Show it; a view adds what it shows beside its table."""
        del digest
        self.ask(anew=True)
