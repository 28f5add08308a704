"""The command check: everything that is wrong with a store, and what follows from it. Opens nothing for writing."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from pkgstore.progress import Cancel, Progress
from pkgstore.scan import check_root, platform_folders
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import json_option, path_option, store_options, yes_option
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.running import follow
from pkgstore_tui.format import counted, safe_text
from pkgstore_tui.settings import find_store

if TYPE_CHECKING:
    from pkgstore.check.report import Row
    from pkgstore.check.run import Checked
    from pkgstore.findings import Finding

FEW: Final = 20
"""How many findings of a kind are named where nobody asked for all."""


class Codes(click.ParamType[frozenset[str]]):
    """Codes of findings, with commas between them."""

    name = "codes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        """Them, or a usage error that says which there are."""
        from pkgstore.findings import CODES

        if isinstance(value, frozenset):
            return value
        wanted = [code.strip().upper() for code in value.split(",") if code.strip()]
        unknown = [code for code in wanted if code not in CODES]
        if unknown or not wanted:
            self.fail(
                safe_text(f"{value[:80]!r} has no code that there is; there are {', '.join(CODES)}."), param, ctx
            )
        return frozenset(wanted)


@click.command("check")
@store_options
@path_option("--apps", "The folder of the apps (else the store's parent).", required=False)
@click.option("--platform", default="", help="Only what is wrong with this platform, and beside the platforms.")
@click.option(
    "--fail-on", type=Codes(), metavar="CODE,…", help="Exit with 1 where one of these is found, else with 0."
)
@click.option("--repair", type=Codes(), metavar="CODE,…", help="Mend these, as `pkgstore repair --only` does.")
@yes_option
@click.option("--deep", is_flag=True, help="Give all advice, and look at each file of each worker (slow).")
@click.option("-v", "--verbose", is_flag=True, help="Name all findings, and their paths.")
@json_option
def check(
    store: str,
    config: str,
    apps: str,
    platform: str,
    fail_on: frozenset[str] | None,
    repair: frozenset[str] | None,
    yes: bool,
    deep: bool,
    verbose: bool,
    as_json: bool,
) -> ExitCode:
    """Say what is wrong with a store: for the next build, start, install or sweep.

    It reads what the store recorded and the packages' DESCRIPTIONs, no other contents. The exit code is 1 where
    there is an error or a warning; advice is no reason for it. `pkgstore repair` mends what can be mended without
    guessing; --repair does the same here, once somebody agreed, and only then is anything changed.

    `pkgstore evict --from FILE` takes what --json prints: of its findings those about a config that is better
    gone.
    """
    place = find_store(store, config=config, apps=apps)
    root = check_root(place.root)
    if platform and platform not in (names := platform_folders(root)):
        raise click.UsageError(
            safe_text(f"The store has no platform {platform}; it has {', '.join(names) or 'none'}.")
        )
    checked, found = _check(root, place.apps, platform, deep=deep)
    if repair is not None:
        return _repair(checked, found, repair, yes=yes, as_json=as_json, verbose=verbose)
    if as_json:
        print_json({"findings": [row for finding in found for row in _rows(checked, finding)]})
    else:
        _print(checked, found, verbose=verbose)
    return _code(found, fail_on)


def _check(root: str, apps: str, platform: str, *, deep: bool) -> "tuple[Checked, list[Finding]]":
    from pkgstore.check.report import platform_of
    from pkgstore.check.run import Checked
    from pkgstore.check.run import check as check_store
    from pkgstore.findings import worst_first

    cancel, progress = Cancel(), Progress()
    checked = Checked.read(root, apps, deep=deep, cancel=cancel, progress=progress)
    found = list(follow(check_store(checked, cancel=cancel, progress=progress), cancel, progress))
    if platform:
        found = [each for each in found if platform_of(root, each) in {"", platform}]
    return checked, sorted(found, key=worst_first)


def _repair(
    checked: "Checked", found: "list[Finding]", codes: frozenset[str], *, yes: bool, as_json: bool, verbose: bool
) -> ExitCode:
    from pkgstore.operations.evict import LOCK_TIMEOUT
    from pkgstore_tui.cli.repair import repair_planned
    from pkgstore_tui.cli.repair_plan import Wish, plan_found

    planned = plan_found(checked, found, Wish(codes))
    return repair_planned(planned, LOCK_TIMEOUT, yes=yes, as_json=as_json, verbose=verbose)


def _code(found: "Sequence[Finding]", fail_on: frozenset[str] | None) -> ExitCode:
    from pkgstore.findings import Severity

    if fail_on is None:
        failed = any(finding.severity is not Severity.ADVICE for finding in found)
    else:
        failed = any(finding.code in fail_on for finding in found)
    return ExitCode.FINDINGS if failed else ExitCode.DONE


# --- text ------------------------------------------------------------------------------------------------


def _print(checked: "Checked", found: "Sequence[Finding]", *, verbose: bool) -> None:
    groups: dict[tuple[Any, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    for number, ((severity, code), group) in enumerate(groups.items()):
        if number:
            click.echo()
        click.echo(f"{severity.value.upper()} {code} ({len(group):,}): {group[0].meaning}")
        for line in _lines(checked, group, verbose=verbose):
            click.echo(line)
        if repair := next((finding.repair for finding in group if finding.repair), ""):
            click.echo(f"  repair: {repair} (pkgstore repair --only {code})")
    say(f"check: {_counts(found)}")


def _lines(checked: "Checked", group: "Sequence[Finding]", *, verbose: bool) -> Iterable[str]:
    from pkgstore.check.report import said_text

    for finding in group if verbose else group[:FEW]:
        yield f"  {safe_text(said_text(checked.names, finding))}"
        if verbose:
            yield f"    {safe_text(finding.path)}"
    if len(group) > FEW and not verbose:
        yield f"  and {len(group) - FEW:,} more; -v names all"


def _counts(found: "Sequence[Finding]") -> str:
    from pkgstore.findings import Severity

    counts = {severity: sum(finding.severity is severity for finding in found) for severity in Severity}
    said = [counted(counts[severity], severity.value) for severity in (Severity.ERROR, Severity.WARNING)]
    said += [f"{counts[Severity.ADVICE]:,} advice"] if counts[Severity.ADVICE] else []
    return ", ".join(said) if found else "nothing is wrong"


# --- JSON ------------------------------------------------------------------------------------------------


def _rows(checked: "Checked", finding: "Finding") -> list[dict[str, Any]]:
    from pkgstore.check.report import rows

    return [_json(row) for row in rows(checked, finding)]


def _json(row: "Row") -> dict[str, Any]:
    return {
        "code": row.code,
        "severity": row.severity.value,
        "platform": row.platform,
        "package": row.package,
        "source_hash": row.source_hash,
        "config_hash": row.config_hash,
        "path": row.path,
        "message": row.message,
        "repair": row.repair,
    }
