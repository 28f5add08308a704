"""Was each package of a library built against what the library has? Metadata alone; pure, runs no R.

A library is a worker's, by its package manifest, or the one an app's workers are assembled from, by its
store-manifest. What each config was built against is what configs.json recorded, and counts only where that hashes
to the config's name. What cannot be told is listed as unknown with its reason, and is no finding.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from pkgstore.description import BASE_PACKAGES
from pkgstore.explain._advice import depth, weak
from pkgstore.explain._built import expected, made_for
from pkgstore.explain._library import Item, Library, Owner
from pkgstore.explain._stored import is_unreadable, tells_links
from pkgstore.explain.agreement import agreement_in_sources
from pkgstore.findings import CODES, Finding, Severity, some_names
from pkgstore.layout import PACKAGE_MANIFEST, Layout
from pkgstore.model import AppRecord, Tier, WorkerRecord
from pkgstore.names import Names
from pkgstore.snapshot import Snapshot

_ORDER: Final = {code: place for place, code in enumerate(CODES)}


@dataclass(frozen=True)
class Audit:
    """One library, looked through; its findings have the worst first.

    `packages` are in its manifest; `unknown` has those that could not be judged, with the reason. `problem` says
    why there was nothing to look at, empty where there was.
    """

    key: Owner
    path: str
    packages: int = 0
    findings: tuple[Finding, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def is_sound(self) -> bool | None:
        """Yes, no (an error or a warning), or None where nothing was found but not all could be told."""
        if any(finding.severity is not Severity.ADVICE for finding in self.findings):
            return False
        return None if self.problem or self.unknown else True


def audit_worker(snapshot: Snapshot, names: Names, worker: WorkerRecord, *, deep: bool = False) -> Audit:
    """Look through a worker's library.

    Args:
        snapshot: A reading of the store.
        names: What its hashes stand for.
        worker: The worker.
        deep: Whether advice is given too: what is no fault by the store's own rules.
    """
    path = f"{Layout(snapshot.root).worker(worker.key.worker_id)}/{PACKAGE_MANIFEST}"
    if worker.manifest is None:
        return Audit(worker.key, path, problem=worker.damage[0].why if worker.damage else "it has no manifest yet")
    library = Library.of(snapshot, worker.key, path, worker.manifest)
    audit = _audit(library, names, deep=deep)
    return _with(audit, _blind(library, names), deep=deep)


def audit_app(snapshot: Snapshot, names: Names, app: AppRecord, *, deep: bool = False) -> Audit:
    """Look through what an app's workers are assembled from; arguments as of `audit_worker`."""
    record = next((found for found in app.manifests if found.tier is Tier.CURRENT), None)
    if record is None:
        return Audit(app.key, app.path, problem="it has no store-manifest.json")
    if record.manifest is None:
        why = next((item.why for item in app.damage if item.path == record.path), "it could not be read")
        return Audit(app.key, record.path, problem=why)
    library = Library.of(snapshot, app.key, record.path, record.manifest)
    audit = _audit(library, names, deep=deep)
    return _with(audit, _disagreement(app), deep=deep)


def _with(audit: Audit, more: Iterable[Finding], *, deep: bool) -> Audit:
    """An audit with more findings, without advice unless that is wanted."""
    found = [each for each in (*audit.findings, *more) if deep or each.severity is not Severity.ADVICE]
    return replace(audit, findings=tuple(sorted(found, key=lambda each: _ORDER[each.code])))


def _audit(library: Library, names: Names, *, deep: bool) -> Audit:
    """What holds for workers and apps alike."""
    unknown = dict(library.malformed)
    findings: list[Finding] = []
    for item in library.items:
        if item.recorded is None:
            if not library.is_as_built(item):
                unknown[item.package] = item.why_untold
            continue
        findings.extend(_mismatch(library, names, item))
        findings.extend(_partial(library, names, item))
    findings.extend(_mixed(library))
    if deep:
        findings.extend(_advice(library, names))
    packages = len(library.items) + len(library.malformed)
    return Audit(library.key, library.path, packages, tuple(findings), tuple(sorted(unknown.items())))


def _finding(
    library: Library, code: str, message: str, packages: Iterable[str], severity: Severity | None = None
) -> Finding:
    severity = severity or CODES[code].severity
    return Finding(code, severity, library.key, library.path, message, tuple(packages))


# --- what it was built against ---------------------------------------------------------------------------


def _mismatch(library: Library, names: Names, item: Item) -> Iterator[Finding]:
    keys = item.recorded or {}
    wrong = [name for name in sorted(keys) if library.sources.get(name, keys[name]) != keys[name]]
    if wrong:
        said = "; ".join(_difference(names, name, keys[name], library.sources[name]) for name in wrong)
        message = f"{names.text(item.key)} was built against {said}"
        yield _finding(library, "ABI-MISMATCH", message, (item.package, *wrong))


def _difference(names: Names, package: str, built: str, has: str) -> str:
    then, now = names.text_of(package, built), names.text_of(package, has)
    if then == now:  # one version from two archives
        then, now = f"{then} [{built[:8]}]", f"{now} [{has[:8]}]"
    return f"{then}, the library has {now}"


def _partial(library: Library, names: Names, item: Item) -> Iterator[Finding]:
    keys, links = item.recorded or {}, item.record.linkingto if item.record is not None else ()
    left = [name for name in links if name not in keys and name not in BASE_PACKAGES]
    if left:
        message = f"{names.text(item.key)} links to {some_names(left)}, which its key leaves out"
        yield _finding(library, "PARTIAL-CONFIG", message, (item.package, *left))


def _blind(library: Library, names: Names) -> Iterator[Finding]:
    """What a live install would carry over unchecked, since no configs.json tells what it links to."""
    blind = [item for item in library.items if not tells_links(item.record)]
    for severity, note in ((None, ""), (Severity.ADVICE, "; by the key built against nothing")):
        found = [item for item in blind if item.links_to_nothing == bool(note)]
        for why, unreadable in (("is gone", False), ("cannot be read", True)):
            group = [item for item in found if _is_unreadable(item) == unreadable]
            if group:
                message = f"{some_names(names.text(item.key) for item in group)}: configs.json {why}{note}"
                yield _finding(library, "ABI-BLIND", message, (item.package for item in group), severity)


def _is_unreadable(item: Item) -> bool:
    return item.record is not None and is_unreadable(item.record)


def _disagreement(app: AppRecord) -> Iterator[Finding]:
    found = agreement_in_sources(app)
    if found.agrees is False and app.lockfile is not None:
        said = [f"the manifest has another source of {some_names(found.sources)}"] if found.sources else []
        said += [f"it lacks {some_names(found.only_lockfile)}"] if found.only_lockfile else []
        packages = (*found.sources, *found.only_lockfile)
        code = CODES["LOCK-DISAGREES"]
        yield Finding(code.name, code.severity, app.key, app.lockfile.path, "; ".join(said), packages)


# --- for what it was built, and advice -------------------------------------------------------------------


def _mixed(library: Library) -> Iterator[Finding]:
    built = {item.package: item.config.built for item in library.items if item.config is not None}
    made = {package: made_for(text) for package, text in built.items() if text}
    wanted = expected(library.platform, made.values())
    groups: dict[str, list[str]] = {}
    for package, each in made.items():
        if not each.fits(wanted):
            groups.setdefault(str(each), []).append(package)
    for built_for, packages in sorted(groups.items()):
        verb = "was" if len(packages) == 1 else "were"
        message = f"{some_names(packages)} {verb} built for {built_for}, the library is for {wanted}"
        yield _finding(library, "MIXED-PLATFORM", message, packages)


def _advice(library: Library, names: Names) -> Iterator[Finding]:
    for item, late in depth(library):
        message = f"{names.text(item.key)} was built before the present build of {some_names(late)}"
        yield _finding(library, "ABI-DEPTH", f"{message}, against an older one", (item.package, *late))
    if found := list(weak(library)):
        message = f"{some_names(found)}: keys without an archive's digest"
        yield _finding(library, "WEAK-KEY", message, found)
