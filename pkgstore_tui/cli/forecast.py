"""The command forecast: what a retention would take, day by day. Opens nothing for writing."""

import time
from typing import Any, Final

import click

from pkgstore.forecast import DAY, Forecast, Step
from pkgstore.forecast import forecast as foretell
from pkgstore.operations.guard import checked
from pkgstore.operations.sweep import read_with_roots
from pkgstore.roots import roots_of
from pkgstore.scan import check_root
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import Duration, chosen_platform, json_option, path_option, store_options
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.format import counted, human_age, human_time, safe_text
from pkgstore_tui.settings import find_store

_NAMED: Final = 3


@click.command("forecast")
@store_options
@path_option("--apps", "The folder of the apps (else the store's parent).", required=False)
@click.option("--platform", default="", help="Its platform folder, where it has several.")
@click.option("--retention", type=Duration(), help="The retention: 720h, 30d (else as --config says).")
@json_option
def forecast(store: str, config: str, apps: str, platform: str, retention: float | None, as_json: bool) -> ExitCode:
    """Say what a retention would take on which day, if nothing is used until then.

    NEEDED counts what somebody needs: `pkgstore evict` and `sweep` keep it, the server's own sweep takes it too,
    and leaves incomplete what stands under INCOMPLETE. The last line has the retention that takes nothing of it.
    """
    place = find_store(store, config=config, apps=apps)
    root = check_root(place.root)
    if retention is None:
        if not place.retention:
            raise click.UsageError("Say the --retention, or give a --config that has store_retention.")
        retention = Duration().convert(place.retention, None, None)
    of = chosen_platform(root, platform)
    snapshot, damage = read_with_roots(root, place.apps, (of,))
    roots = checked(roots_of(snapshot))
    now = time.time()
    found = foretell(roots, (of,), retention, now=now)
    if as_json:
        print_json(_document(root, found))
    else:
        rows = [_row(step, now) for step in found.steps]
        print_table(("DAY", "UNTIL", "CONFIGS", "NEEDED", "INCOMPLETE"), rows)
    say(_safe_line(found))
    return report_damage(tuple(dict.fromkeys((*snapshot.damage, *damage))))


def _row(step: Step, now: float) -> tuple[str, ...]:
    until = "the next sweep" if not step.day else human_time(now + step.day * DAY)
    names = [root.owner for root in step.broken]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    lost = ", ".join(names[:_NAMED]) + more
    return f"{step.day}", until, f"{len(step.configs):,}", f"{step.rooted:,}", safe_text(lost)


def _safe_line(found: Forecast) -> str:
    if not found.safe:
        return "forecast: nobody needs any of it; no retention loses anything that is needed"
    whole_days = int(found.safe // DAY) + 1
    return (
        f"forecast: what is needed was last used up to {human_age(found.safe)} ago; the server's own sweep takes "
        f"nothing of it now with a retention of {counted(whole_days, 'day')} ({whole_days * 24}h)"
    )


def _document(root: str, found: Forecast) -> dict[str, Any]:
    return {
        "root": root,
        "retention_seconds": found.retention,
        "safe_seconds": found.safe,
        "days": [
            {
                "day": step.day,
                "configs": [_config(config.key.package, config.key.ref) for config in step.configs],
                "needed": step.rooted,
                "incomplete": [{"tier": r.tier.value, "owner": r.owner, "path": r.path} for r in step.broken],
            }
            for step in found.steps
        ],
    }


def _config(package: str, ref: str) -> dict[str, str]:
    return {"package": package, "ref": ref}
