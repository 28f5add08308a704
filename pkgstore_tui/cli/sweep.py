"""The command sweep: evict what nobody needs again and again, as the server's own sweeper does, or once."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Final

import click

from pkgstore.errors import Cancelled, StoreError
from pkgstore.journal import Actor
from pkgstore.layout import Layout
from pkgstore.operations.events import Event, SweepResult
from pkgstore.operations.planned import Planned
from pkgstore.operations.sweep import SweepRule, plan_sweep, run_sweep
from pkgstore.operations.sweeper import sweep_interval
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import check_root, platform_folders
from pkgstore.trash import KEEP
from pkgstore_tui.cli.changing import Namer, actor, code_of
from pkgstore_tui.cli.diagnostics import ExitCode, complain, report_damage, say
from pkgstore_tui.cli.options import (
    Duration,
    chosen_platform,
    lock_timeout_option,
    path_option,
    store_options,
    verbose_option,
)
from pkgstore_tui.cli.output import print_json_line
from pkgstore_tui.cli.running import run_operation, stoppable
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
    rule = SweepRule(
        _platforms(place.root, platform, everywhere=all_platforms), span, keep_trash, ignore_roots, not no_trash
    )
    round_ = _Round(place, rule, lock_timeout, verbose=verbose, as_json=as_json)
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


def _platforms(root: str, platform: str, *, everywhere: bool) -> tuple[str, ...]:
    if everywhere and platform:
        raise click.UsageError("Give either --platform or --all-platforms.")
    return tuple(platform_folders(root)) if everywhere else (chosen_platform(root, platform),)


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
    """One sweep after the other."""

    def __init__(self, place: Place, rule: SweepRule, lock_timeout: float, *, verbose: bool, as_json: bool) -> None:
        self._place, self._rule, self._lock_timeout = place, rule, lock_timeout
        self._verbose, self._as_json = verbose, as_json

    def run(self, cancel: Cancel | None = None) -> ExitCode:
        """Evict, then empty old trash; the worse of both exit codes. `cancel` is asked before anything changes."""
        planned, by = plan_sweep(self._place.root, self._place.apps, self._rule), actor()
        if cancel is not None:
            cancel.check()
        unread = report_damage(planned.damage)
        namer = Namer(Layout(planned.root))
        for item in planned.plan.items if self._verbose else ():
            namer.version(item.key)  # of what will be gone when it is named
        result, failures = run_operation(
            partial(self._sweep, planned, by), SweepResult, verbose=self._verbose, namer=namer
        )
        self._tell(result)
        code = code_of(result.evicted.removed + result.emptied.removed, failures)
        return code or (ExitCode.PARTLY if unread else ExitCode.DONE)

    def _sweep(self, planned: Planned, by: Actor, cancel: Cancel, progress: Progress) -> Iterator[Event]:
        return run_sweep(planned, self._rule, by, cancel=cancel, progress=progress, lock_timeout=self._lock_timeout)

    def _tell(self, result: SweepResult) -> None:
        evicted, emptied = result.evicted, result.emptied
        if result.kept:
            say(f"sweep: kept {counted(result.kept, 'config')} that somebody needs")
        say(f"sweep: {result_line(evicted)}")
        if emptied.removed or emptied.failed:
            say(f"sweep: trash: {result_line(emptied)}")
        if self._as_json:
            print_json_line(
                {
                    "event": "swept",
                    "removed": evicted.removed,
                    "skipped": evicted.skipped,
                    "failed": evicted.failed,
                    "kept": result.kept,
                    "freed_bytes": evicted.freed + emptied.freed,
                    "trash_bytes": evicted.held,
                    "operation": evicted.operation or None,
                }
            )
