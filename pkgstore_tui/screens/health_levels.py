"""The levels of the health view: the kinds of findings, and the findings of one kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pkgstore.check.report import named
from pkgstore.findings import CODES, Finding, Severity, Subject
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.query import Field, Kind
from pkgstore.snapshot import Key
from pkgstore_tui.format import counted
from pkgstore_tui.screens.contents_files import Digests
from pkgstore_tui.screens.contents_levels import contents_facts, level_of
from pkgstore_tui.screens.contents_rows import ContentsRow
from pkgstore_tui.screens.level import Level
from pkgstore_tui.screens.look import Look
from pkgstore_tui.session.reading import Reading
from pkgstore_tui.widgets.cells import Cell, Part, Tone
from pkgstore_tui.widgets.columns import Column
from pkgstore_tui.widgets.facts import Fact

TONES: Final[dict[Severity, Tone]] = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.ADVICE: "accent"}
FEW: Final = 500
"""How many findings of a kind are read again at once."""

NO_REPAIR: Final = "none that is safe for a program to do alone"


def severity_cell(severity: Severity) -> Cell:
    """Its letter, in its colour."""
    return Part(severity.letter, TONES[severity])


@dataclass(frozen=True, eq=False, slots=True)
class KindRow:
    """All findings of one code and severity."""

    code: str
    severity: Severity
    findings: tuple[Finding, ...]

    @property
    def meaning(self) -> str:
        """What the code means."""
        return CODES[self.code].meaning

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.findings)

    @property
    def sign(self) -> str:
        """The severity's letter."""
        return self.severity.letter

    @property
    def tone(self) -> Tone:
        """The severity's colour."""
        return TONES[self.severity]


HealthRow = KindRow | ContentsRow
"""Findings of a check, or what content checks found."""


class KindsLevel(Level[HealthRow]):
    """What is wrong, by kind, and what content checks found, by group."""

    crumb = ""

    def __init__(self, digests: Digests, is_deep: Callable[[], bool]) -> None:
        self._digests, self._is_deep = digests, is_deep

    @property
    def empty(self) -> str:  # type: ignore[override]
        """That all is well, once that is known."""
        digest = self._digests()
        if digest is None or digest.partial:
            return "looking …"
        return "nothing is wrong" if self._is_deep() else "nothing is wrong, as far as reading alone can tell"

    def columns(self, look: Look) -> Sequence[Column[HealthRow]]:  # noqa: ARG002
        """How bad, what, how many, and what it means."""
        return (
            Column("", lambda row: Part(row.sign, row.tone), 1),
            Column("CODE", lambda row: Part(row.code, row.tone), 15, field="name"),
            Column("COUNT", lambda row: f"{row.count:,}", 5, right=True, field="count"),
            Column("WHAT IT MEANS", lambda row: row.meaning, 20, 1, grow=1, most=120),
        )

    def rows(self, look: Look) -> Sequence[HealthRow]:  # noqa: ARG002
        """The worst first; last what nobody knows, and what is proven to be well."""
        digest = self._digests()
        groups: dict[tuple[str, Severity], list[Finding]] = {}
        for finding in digest.findings if digest else ():
            groups.setdefault((finding.code, finding.severity), []).append(finding)
        kinds = [KindRow(code, severity, tuple(found)) for (code, severity), found in groups.items()]
        found: list[HealthRow] = [*(digest.contents if digest else ()), *kinds]
        return sorted(found, key=lambda row: _ORDER.index(row.severity))

    def called(self, row: HealthRow) -> str:
        """The code."""
        return row.code

    def fields(self, look: Look) -> Mapping[str, Field[HealthRow]]:
        """Its columns."""
        return {
            **super().fields(look),
            "severity": Field(
                Kind.TEXT,
                lambda row: row.severity.value if row.severity else "none",
                "error, warning, advice; none where nobody knows, or all is well",
                "severity:error",
            ),
            "count": Field(Kind.COUNT, lambda row: row.count, "how many there are", "count>10"),
        }

    def key(self, row: HealthRow) -> object:
        """Its code and severity."""
        return row.code, row.severity

    def into(self, row: HealthRow) -> Level[Any]:
        """Its findings, or what was looked at."""
        if isinstance(row, ContentsRow):
            return level_of(self._digests, row)
        return FindingsLevel(self._digests, row.code, row.severity)

    def summary(self, rows: Sequence[HealthRow]) -> str:
        """How many of each severity."""
        counts = dict.fromkeys(Severity, 0)
        for row in rows:
            if row.severity is not None:
                counts[row.severity] += row.count
        return severities_text(counts.__getitem__)

    def facts(self, look: Look, row: HealthRow) -> Sequence[Fact]:
        """What the code means, and the first of its findings."""
        if isinstance(row, ContentsRow):
            return contents_facts(look, row)
        first = [Fact(subject_text(look.reading, f.subject, f.path), f.message) for f in row.findings[:20]]
        return (
            Fact(row.code),
            Fact("severity", row.severity.value, TONES[row.severity]),
            Fact("count", f"{row.count:,}"),
            Fact("means", row.meaning),
            Fact("repair", row.findings[0].repair or NO_REPAIR),
            Fact("Where"),
            *(Fact("", f"{fact.label}: {fact.value}") for fact in first),
        )

    def records(self, row: HealthRow) -> Sequence[Key]:
        """What its findings are about, the first of them: there may be very many."""
        if isinstance(row, ContentsRow):
            sources = [told.key.source for told in row.told[:FEW]]
            return tuple(dict.fromkeys([*sources, *(told.key for told in row.libraries[:FEW])]))
        return tuple({key: None for finding in row.findings[:FEW] for key in records_of(finding.subject)})


_ORDER: Final = (*Severity, None)


def severities_text(count: Callable[[Severity], int]) -> str:
    """``2 errors · 5 warnings · 1 advice``, without what there is none of."""
    found = [severity_text(severity, count(severity)) for severity in Severity if count(severity)]
    return " · ".join(found) or "no problem"


def severity_text(severity: Severity, count: int) -> str:
    """``2 errors``."""
    return counted(count, severity.value, severity.value if severity is Severity.ADVICE else "")


def records_of(subject: Subject) -> tuple[Key, ...]:
    """What has to be read again to see whether a finding still holds."""
    if isinstance(subject, ConfigKey):
        return (subject.source,)
    return () if isinstance(subject, str) else (subject,)


def subject_text(reading: Reading, subject: Subject, path: str) -> str:
    """What a finding is about, by name; its path where it is about nothing that has one."""
    return (subject or path) if isinstance(subject, str) else named(reading.names, subject)


@dataclass(frozen=True)
class FindingsLevel(Level[Finding]):
    """The findings of one code and severity."""

    digests: Digests
    code: str
    severity: Severity
    empty: str = field(default="none of this kind is left", init=False)

    @property
    def crumb(self) -> str:
        """The code."""
        return self.code

    def columns(self, look: Look) -> Sequence[Column[Finding]]:
        """What it is about, and what is so there."""
        return (
            Column("", lambda row: severity_cell(row.severity), 1),
            Column(
                "WHAT",
                lambda row: subject_text(look.reading, row.subject, row.path),
                20,
                grow=2,
                most=60,
                field="name",
            ),
            Column("PLATFORM", _platform_cell, 24, 3, field="platform"),
            Column("FINDING", lambda row: row.message, 36, 1, grow=3, most=100),
        )

    def rows(self, look: Look) -> Sequence[Finding]:  # noqa: ARG002
        """In the order of their paths."""
        digest = self.digests()
        found = digest.findings if digest else ()
        return [finding for finding in found if (finding.code, finding.severity) == (self.code, self.severity)]

    def fields(self, look: Look) -> Mapping[str, Field[Finding]]:
        """What it is about."""
        reading = look.reading
        return {
            "name": Field(Kind.NAME, lambda row: subject_text(reading, row.subject, row.path), "what it is", "sf"),
            "platform": Field(Kind.TEXT, lambda row: platform_of(row.subject), "its platform", "platform:4.5*"),
            "finding": Field(Kind.NAME, lambda row: row.message, "what is so there"),
        }

    def key(self, row: Finding) -> object:
        """What it is about, where, and what is so there."""
        return row.subject, row.path, row.message

    def summary(self, rows: Sequence[Finding]) -> str:
        """How many."""
        return counted(len(rows), "finding")

    def facts(self, look: Look, row: Finding) -> Sequence[Fact]:
        """All of it, the path in full."""
        return (
            Fact(subject_text(look.reading, row.subject, row.path)),
            Fact("code", row.code, TONES[row.severity]),
            Fact("severity", row.severity.value, TONES[row.severity]),
            Fact("finding", row.message),
            Fact("means", row.meaning),
            Fact("repair", row.repair or NO_REPAIR),
            Fact("path", row.path),
        )

    def records(self, row: Finding) -> Sequence[Key]:
        """What it is about."""
        return records_of(row.subject)

    def platform(self, row: Finding | None) -> str:
        """The platform it is about."""
        return platform_of(row.subject) if row else ""


def platform_of(subject: Subject) -> str:
    """The platform that something is on; empty where it is on none."""
    if isinstance(subject, ConfigKey | SourceKey):
        return subject.platform
    return subject if isinstance(subject, str) else ""


def _platform_cell(row: Finding) -> Cell:
    return Part(platform_of(row.subject) or "–", "muted")
