"""Where things are shown: from a key to the view and the levels that explain it."""

from pkgstore.findings import Subject
from pkgstore.keys import AppKey, ConfigKey, LocksKey, SourceKey, WorkerKey, WorkKey
from pkgstore_tui.screens.apps_packages import AppLevel
from pkgstore_tui.screens.goto import Goto
from pkgstore_tui.screens.package_levels import PackagesLevel
from pkgstore_tui.screens.source_levels import ConfigsLevel, SourcesLevel
from pkgstore_tui.screens.worker_levels import ManifestLevel
from pkgstore_tui.session.reading import Reading


def place_of(reading: Reading, subject: Subject) -> Goto | None:
    """Where something is shown; None where nowhere.

    Args:
        reading: What is known of the store.
        subject: A key, or a platform's name.
    """
    match subject:
        case str():
            return Goto("packages", (PackagesLevel(subject),)) if subject else None
        case ConfigKey():
            version = reading.snapshot.version_of(subject.platform, subject.package, subject.source_hash)
            above = (PackagesLevel(subject.platform), SourcesLevel(subject.platform, subject.package))
            return Goto("packages", (*above, ConfigsLevel(subject.source, version)), subject)
        case SourceKey():
            above = (PackagesLevel(subject.platform), SourcesLevel(subject.platform, subject.package))
            return Goto("packages", above, subject)
    return _elsewhere(subject)


def _elsewhere(subject: Subject) -> Goto:
    match subject:
        case WorkerKey():
            return Goto("workers", (ManifestLevel(subject.worker_id),))
        case AppKey():
            return Goto("apps", (AppLevel(subject.name),))
        case WorkKey():
            return Goto("activity", (), subject)
    return Goto("activity", (), LocksKey())
