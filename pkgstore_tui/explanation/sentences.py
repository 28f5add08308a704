"""One sentence for each package: what becomes of it, and why. Everything in it is harmless."""

from pkgstore.compare import Change
from pkgstore.explain.near_sources import SourceDifference
from pkgstore.explain.nearest import LinkPair, NearConfig
from pkgstore.explain.report import Explained, Report
from pkgstore.explain.verdicts import MEANINGS, Verdict
from pkgstore.keys import ConfigKey
from pkgstore_tui.explanation.words import listed, version_of
from pkgstore_tui.format import UNKNOWN, safe_text, short_hash


def sentence(report: Report, row: Explained) -> str:
    """Why a package is what it is, in one sentence."""
    decision = row.decision
    said = _said(report, row)
    if decision.left_out and Verdict.PARTIAL_KEY in {decision.verdict, *decision.also}:
        said += f"; {left_out_words(row)}"
    return said


def _said(report: Report, row: Explained) -> str:
    decision = row.decision
    match decision.verdict:
        case Verdict.META_ENTRY | Verdict.HIT | Verdict.CARRIED:
            return MEANINGS[decision.verdict]
        case Verdict.REUSED_REF | Verdict.PHANTOM | Verdict.UNLISTED | Verdict.CONFIG_MISS | Verdict.PARTIAL_KEY:
            return _config_sentence(report, row, decision.verdict)
        case Verdict.SOURCE_MISS | Verdict.OTHER_PLATFORM | Verdict.EVICTED:
            return _source_sentence(row, decision.verdict)
        case Verdict.ABI_HIT:
            return f"{_changed(report, row)}; the store has it built against that"
        case Verdict.ABI_REBUILD:
            return f"{_changed(report, row)}; {_why_lacking(report, row)}"
        case Verdict.ABI_NOT_IN_LOCK:
            return f"{_changed(report, row)}; {MEANINGS[decision.verdict]}"
    reason = safe_text(decision.reason)
    return f"{MEANINGS[decision.verdict]}: {reason}" if reason else MEANINGS[decision.verdict]


def _why_lacking(report: Report, row: Explained) -> str:
    """Why the store lacks what an ABI rebuild wants."""
    cause = row.decision.also[0] if row.decision.also else Verdict.CONFIG_MISS
    if cause in {Verdict.SOURCE_MISS, Verdict.OTHER_PLATFORM, Verdict.EVICTED}:
        return _source_sentence(row, cause)
    return _config_sentence(report, row, cause)


def _changed(report: Report, row: Explained) -> str:
    """Which linked packages changed."""
    keys = report.question.index.first_keys
    names = [f"{name} {version_of(report, name, keys.get(name))}" for name in row.decision.changed]
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'} new"


# --- a config that is not there ------------------------------------------------------------


def _config_sentence(report: Report, row: Explained, verdict: Verdict) -> str:
    wanted = short_config(row.decision.wanted)
    match verdict:
        case Verdict.REUSED_REF:
            return f"the reference library has this very config, {wanted}"
        case Verdict.PHANTOM:
            return f"configs.json lists config {wanted}, but its tree is gone"
        case Verdict.UNLISTED:
            what = "configs.json is missing" if row.decision.reason else "configs.json does not list it"
            return (
                f"the tree of config {wanted} is there, but {what}, so no build finds it until an ingest repairs it"
            )
    return _config_missing(report, row, wanted)


def _config_missing(report: Report, row: Explained, wanted: str) -> str:
    decision = row.decision
    if decision.resolution is not None and decision.resolution.meta is None:
        said = safe_text(decision.reason)
        if Verdict.UNLISTED in decision.also:
            said += f"; the tree of config {wanted} is there all the same"
        return said
    return f"config {wanted} is not stored: {difference_words(report, row)}"


def short_config(key: ConfigKey | None) -> str:
    """A config's short hash."""
    return short_hash(key.config_hash) if key is not None else UNKNOWN


def difference_words(report: Report, row: Explained) -> str:
    """How the nearest config differs from the wanted one."""
    if not row.near.configs:
        return row.near.nothing or "nothing to compare with"
    near = row.near.configs[0]
    if near.distance == (0, 0):
        return _exact(row, near)
    said = [pair_words(report, pair) for pair in row.near.differing]
    ties = f" (of {len(row.near.configs)} equally near)" if len(row.near.configs) > 1 else ""
    return f"against the nearest{ties}, {short_hash(near.config.key.config_hash)}, {'; '.join(said)}"


def _exact(row: Explained, near: NearConfig) -> str:
    """Everything is the same, and yet it is a miss."""
    found = near.config.key
    if row.decision.wanted is not None and found.config_hash == row.decision.wanted.config_hash:
        return "the store had it when it was read: it has changed since, so read it again"
    return (
        f"config {short_hash(found.config_hash)} was built against just the same, but its name is not what that "
        "hashes to (BAD-CONFIG-HASH), so no build finds it"
    )


def pair_words(report: Report, pair: LinkPair) -> str:
    """How one linked package differs: ``Rcpp is 1.0.13 here and 1.0.12 there``."""
    name = safe_text(pair.key)
    here, there = (version_of(report, pair.key, key) for key in (pair.before, pair.after))
    match pair.change:
        case Change.WENT:
            return f"{name} {here} is missing there: it was built without a key of it"
        case Change.CAME:
            return f"{name} {there} is missing here: the lockfile gives no key of it"
        case Change.SAME:
            return f"{name} is {here} on both sides"
    if here == there:
        here, there = (f"{here} ({short_hash(key or '')})" for key in (pair.before, pair.after))
    return f"{name} is {here} here and {there} there"


def nearest_words(report: Report, row: Explained) -> str:
    """How the nearest differs, as short as a table needs it; empty where nothing is compared."""
    decision = row.decision
    if row.near.configs:
        said = "; ".join(_short_pair(report, pair) for pair in row.near.differing)
        return said or "the same: " + ("read again" if decision.is_stored else "BAD-CONFIG-HASH")
    if row.sources.sources:
        near = row.sources.sources[0]
        what = near.difference.value.partition(":")[0].partition(",")[0]
        return f"{what}: {safe_text(near.version or UNKNOWN)}"
    if decision.verdict is Verdict.ABI_HIT:
        return f"{listed(decision.changed)} {'is' if len(decision.changed) == 1 else 'are'} new"
    return "nothing to compare with" if row.near.nothing or row.sources.nothing else ""


def _short_pair(report: Report, pair: LinkPair) -> str:
    """``Rcpp 1.0.12 → 1.0.13``: stored, then wanted."""
    name = safe_text(pair.key)
    here, there = (_version(report, pair.key, key) for key in (pair.before, pair.after))
    match pair.change:
        case Change.WENT:
            return f"{name} missing there"
        case Change.CAME:
            return f"{name} missing here"
    if here == there:
        here, there = (short_hash(key or "") for key in (pair.before, pair.after))
    return f"{name} {there} → {here}"


def _version(report: Report, package: str, key: str | None) -> str:
    name = report.names.source(package, key) if key else None
    return safe_text(name.version) if name is not None and name.version else UNKNOWN


def left_out_words(row: Explained) -> str:
    """What a key leaves out, and why."""
    said = "; ".join(f"{name}, since {why}" for name, why in sorted(row.decision.left_out.items()))
    return safe_text(f"its key leaves out {said} (PARTIAL-CONFIG)")


# --- a source that is not there ------------------------------------------------------------


def _source_sentence(row: Explained, verdict: Verdict) -> str:
    decision = row.decision
    match verdict:
        case Verdict.OTHER_PLATFORM:
            return safe_text(
                f"this source is stored, but under another platform folder: {', '.join(decision.elsewhere)}"
            )
        case Verdict.EVICTED if decision.resolution is not None and decision.resolution.meta is not None:
            why = safe_text(decision.reason)
            return f"config {short_config(decision.wanted)} was in the store and is there no more: {why}"
        case Verdict.EVICTED:
            return f"this source was in the store and is there no more: {safe_text(decision.reason)}"
    return f"this source is not in the store: {source_words(row)}"


def source_words(row: Explained) -> str:
    """How the nearest stored source differs from the wanted one."""
    if not row.sources.sources:
        return row.sources.nothing or "nothing to compare with"
    near = row.sources.sources[0]
    what = near.difference.value
    if near.difference is SourceDifference.UNKNOWN:
        return f"it has another source of this package; {what}"
    ties = f", and {len(row.sources.sources) - 1} as near" if len(row.sources.sources) > 1 else ""
    return f"it has {what}: {safe_text(f'{near.version or UNKNOWN} {near.remote}'.rstrip())}{ties}"
