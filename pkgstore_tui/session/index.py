"""What the levels look up in a snapshot: sources by package, and the platform in use. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from pkgstore.keys import SourceKey
from pkgstore.snapshot import Packages, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class SourceIndex:
    """`by_package` has the sources of each package of each platform, `newest` the latest use of any, and where."""

    by_package: Packages
    newest: tuple[float, str] = (0.0, "")

    @classmethod
    def of(cls, snapshot: Snapshot) -> "SourceIndex":
        """The index of all that a snapshot has."""
        return cls(snapshot.packages, _newest(snapshot, snapshot.sources, (-1.0, "")))

    def after(self, snapshot: Snapshot, keys: Iterable[SourceKey]) -> "SourceIndex":
        """The index after some sources changed; that the newest one went is noticed when all is read again."""
        return SourceIndex(snapshot.packages, _newest(snapshot, keys, self.newest))

    @property
    def platform_in_use(self) -> str:
        """The platform that was used last; empty where there is none."""
        return self.newest[1]


def _newest(snapshot: Snapshot, keys: Iterable[SourceKey], newest: tuple[float, str]) -> tuple[float, str]:
    for key in keys:
        record = snapshot.sources.get(key)
        if record is not None and (used := record.last_used or 0.0) > newest[0]:
            newest = used, key.platform
    return newest
