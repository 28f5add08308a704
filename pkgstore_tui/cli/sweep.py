"""The command sweep: evict what nobody needs again and again, as the server's own sweeper does, or once."""

import time
from typing import Final

import click

from pkgstore.errors import Cancelled, StoreError
from pkgstore.layout import Layout
from pkgstore.operations.empty import plan_empty
from pkgstore.operations.sweeper import sweep_interval
from pkgstore.progress import Cancel
from pkgstore.scan import check_root
from pkgstore.trash import KEEP
from pkgstore_tui.cli.changing import code_of
from pkgstore_tui.cli.diagnostics import ExitCode, complain, report_damage, say
from pkgstore_tui.cli.evict import run_eviction
from pkgstore_tui.cli.evict_plan import Wish, make_plan
from pkgstore_tui.cli.options import (
    Duration,
    lock_timeout_option,
    path_option,
    store_options,
    verbose_option,
)
from pkgstore_tui.cli.output import print_json_line
from pkgstore_tui.cli.running import stoppable
from pkgstore_tui.cli.trash import empty_trash
from pkgstore_tui.format import counted, human_age, human_time, result_line
from pkgstore_tui.settings import Place, find_store

_KEEP_TRASH: Final = f"{KEEP / 86400:.0f}d"


@click.command("sweep")
@store_options
@path_option("--apps", "The folder of the apps (else the store's parent).", required=False)
@click.option("--platform", default="", help="Its platform folder, where it has several.")
@click.option("--all-platforms", is_flag=True, help="Every platform, also those that are not in use.")
@click.option("--retention", type=Duration(), help="Evict what was not used for this long (else as --config says).")
@click.option("--once", is_flag=True, help="Sweep now, once; for a timer.")
@click.option("--keep-trash", type=Duration(), default=_KEEP_TRASH, show_default=True, help="Empty older trash.")
@click.option("--ignore-roots", is_flag=True, help="Take what is needed too, as the server's own sweep does.")
@click.option("--no-trash", is_flag=True, help="Delete at once.")
@lock_timeout_option("1m")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each sweep.")
@verbose_option
def sweep(
    store: str,
    config: str,
    apps: str,
    platform: str,
    all_platforms: bool,
    retention: float | None,
    once: bool,
    keep_trash: float,
    ignore_roots: bool,
    no_trash: bool,
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
) -> ExitCode:
    """Evict what nobody needs and nobody used for the retention; then empty old trash.

    Runs every 24 hours, or every half retention below that, first after one such time; or --once. It asks nothing.
    SIGTERM and ctrl+c stop it between two packages.
    """
    place = find_store(store, config=config, apps=apps)
    check_root(place.root)
    span = _retention(place, retention)
    wish = Wish((), platform, all_platforms, span, ignore_roots=ignore_roots)
    wish.check()
    round_ = _Round(place, wish, keep_trash, no_trash, lock_timeout, verbose=verbose, as_json=as_json)
    if once:
        return round_.run()
    if span <= 0:
        say("sweep: a retention of 0 keeps everything; there is nothing to do")
        return ExitCode.DONE
    return _for_ever(round_, sweep_interval(span))


def _retention(place: Place, given: float | None) -> float:
    if given is not None:
        return given
    if not place.retention:
        raise click.UsageError("Say the --retention, or give a --config that has store_retention.")
    return Duration().convert(place.retention, None, None)


def _for_ever(round_: "_Round", interval: float) -> ExitCode:
    cancel = Cancel()
    with stoppable(cancel):
        while True:
            say(f"sweep: the next in {human_age(interval)}, at {human_time(time.time() + interval)}")
            if cancel.wait(interval):
                say("sweep: stopped")
                return ExitCode.DONE
            try:
                round_.run(cancel)
            except Cancelled:
                say("sweep: stopped; what was done is whole")
                return ExitCode.DONE
            except StoreError as error:  # the next one may go better
                complain(error)


class _Round:
    """One sweep."""

    def __init__(
        self,
        place: Place,
        wish: Wish,
        keep: float,
        no_trash: bool,
        lock_timeout: float,
        *,
        verbose: bool,
        as_json: bool,
    ) -> None:
        self._place, self._wish, self._keep = place, wish, keep
        self._no_trash, self._lock_timeout, self._verbose = no_trash, lock_timeout, verbose
        self._as_json = as_json

    def run(self, cancel: Cancel | None = None) -> ExitCode:
        """Evict, then empty old trash; the worse of both exit codes. `cancel` is asked before anything changes."""
        planned = make_plan(self._place.root, self._place.apps, self._wish)
        if cancel is not None:
            cancel.check()
        unread = report_damage(planned.damage)
        result, failures = run_eviction(
            planned, self._no_trash, self._lock_timeout, verbose=self._verbose, kind="sweep"
        )
        if planned.plan.kept:
            say(f"sweep: kept {counted(len(planned.plan.kept), 'config')} that somebody needs")
        say(f"sweep: {result_line(result)}")
        layout = Layout(planned.root)
        emptied, more = empty_trash(layout, plan_empty(layout, older=self._keep, items=False))
        if emptied.removed or emptied.failed:
            say(f"sweep: trash: {result_line(emptied)}")
        if self._as_json:
            print_json_line(
                {
                    "event": "swept",
                    "removed": result.removed,
                    "skipped": result.skipped,
                    "failed": result.failed,
                    "kept": len(planned.plan.kept),
                    "freed_bytes": result.freed + emptied.freed,
                    "trash_bytes": result.held,
                    "operation": result.operation or None,
                }
            )
        code = code_of(result.removed + emptied.removed, [*failures, *more])
        return code or (ExitCode.PARTLY if unread else ExitCode.DONE)
