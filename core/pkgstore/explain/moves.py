"""What it would cost each app to move on to a new lockfile, or to other versions of some packages. Reads lockfiles.

Nothing is executed and nothing written; the store is not asked again, its snapshot is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pkgstore.errors import StoreError
from pkgstore.explain.agreement import Agreement, agreement_in_sources
from pkgstore.explain.answer import Answer, Base
from pkgstore.explain.bumps import Possible
from pkgstore.explain.whatif import what_if
from pkgstore.keys import SourceKey
from pkgstore.lockfile import read_lockfile
from pkgstore.model import AppRecord, ConfigRecord, Lockfile, Tier
from pkgstore.progress import Cancel
from pkgstore.roots import Roots

_MOVING = frozenset({Tier.CURRENT, Tier.PREV})


@dataclass(frozen=True, slots=True)
class Lost:
    """A stored config that nothing would hold any more.

    A refresh makes the present manifest the rollback target, in place of the one before: what only that held is
    lost `at_once`, what the present one holds with the refresh after this one.
    """

    config: ConfigRecord
    at_once: bool


@dataclass(frozen=True)
class Move:
    """One app, if it moved on; `answer` is None where that is not known, and `unknown` then says why."""

    app: AppRecord
    agreement: Agreement
    answer: Answer | None = None
    unknown: str = ""
    lost: tuple[Lost, ...] = ()


def read_app_lockfile(app: AppRecord) -> Lockfile:
    """An app's pak.lock.

    Raises:
        StoreError: It has none, or it cannot be used; says why.
    """
    if app.lockfile is None:
        raise StoreError("it has no pak.lock")
    return read_lockfile(app.lockfile.path)


def moves(
    roots: Roots,
    apps: Iterable[AppRecord],
    lockfile: Lockfile | None = None,
    bumps: Sequence[Possible] = (),
    *,
    read: Callable[[AppRecord], Lockfile] = read_app_lockfile,
    cancel: Cancel | None = None,
) -> Iterator[Move]:
    """Each app, as if it moved on.

    Args:
        roots: What holds configs, with the snapshot that they are of.
        apps: Which apps.
        lockfile: What they move on to; None for their own pak.lock with the `bumps` in it.
        bumps: The packages that would be another version.
        read: Gives an app's own lockfile; raises `StoreError` where there is none to go by.
        cancel: Asked between apps; when set, the moves just end.
    """
    for app in apps:
        if cancel is not None and cancel.is_set():
            return
        agrees = agreement_in_sources(app)
        try:
            answer = what_if(roots.snapshot, lockfile or read(app), bumps, Base.of(app))
        except StoreError as error:
            yield Move(app, agrees, unknown=error.reason)
            continue
        yield Move(app, agrees, answer, lost=lost_by(roots, [(app, answer)]))


def lost_by(roots: Roots, moving: Iterable[tuple[AppRecord, Answer]]) -> tuple[Lost, ...]:
    """The stored configs that nothing would hold any more if all of these apps moved on, by package.

    A config that an answer could come to, however uncertain, counts as held.
    """
    paths: set[str] = set()
    now: set[tuple[str, str]] = set()
    before: set[tuple[str, str]] = set()
    wanted: set[tuple[str, str]] = set()
    for app, answer in moving:
        wanted |= answer.pairs
        for found in app.manifests:
            if found.tier in _MOVING:
                paths.add(found.path)
                (now if found.tier is Tier.CURRENT else before).update((found.manifest or {}).items())
    lost = sorted(pair for pair in (now | before) - wanted if paths.issuperset(roots.held.get(pair, ())))
    return tuple(Lost(config, at_once=pair not in now) for pair in lost for config in _stored(roots, *pair))


def _stored(roots: Roots, package: str, ref: str) -> Iterator[ConfigRecord]:
    """The trees that a manifest's entry stands for, on each platform that has one."""
    source_hash, _, config_hash = ref.partition("/")
    for platform in roots.snapshot.platforms:
        record = roots.snapshot.sources.get(SourceKey(platform, package, source_hash))
        for config in record.configs if record is not None else ():
            if config.has_tree and config.key.config_hash == config_hash:
                yield config
