"""The command verify: are the files of the store what they were, and those of the workers the store's."""

from dataclasses import dataclass, replace

import click

from pkgstore.errors import InputError
from pkgstore.layout import Layout
from pkgstore.model import Damage
from pkgstore.operations.verify import VerifyRules, apply_verify
from pkgstore.operations.verify_events import LibraryVerified, NotRecorded, OutOfTime, Verified, VerifyDone
from pkgstore.operations.verify_plan import Subset, VerifyPlan, parse_subset, plan_verify, resume_after
from pkgstore.progress import Cancel, Progress
from pkgstore.scan import check_root, read_snapshot
from pkgstore_tui.cli.changing import agreed
from pkgstore_tui.cli.diagnostics import ExitCode, report_damage, say
from pkgstore_tui.cli.options import (
    Duration,
    Size,
    chosen_platform,
    json_option,
    lock_timeout_option,
    path_option,
    store_options,
    verbose_option,
    yes_option,
)
from pkgstore_tui.cli.output import print_json
from pkgstore_tui.cli.running import follow
from pkgstore_tui.cli.selecting import select
from pkgstore_tui.cli.verify_json import document
from pkgstore_tui.cli.verify_quarantine import quarantine_found
from pkgstore_tui.cli.verify_report import Report
from pkgstore_tui.cli.verify_show import advice_lines, config_lines, library_lines, print_lines
from pkgstore_tui.format import counted
from pkgstore_tui.settings import find_store
from pkgstore_tui.verify_words import event_text, goes_on_text, not_recorded_text, time_is_up_text


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    words: tuple[str, ...]
    platform: str
    subset: Subset | None
    resume: bool
    libraries: bool
    rules: VerifyRules
    quarantine: bool

    def check(self) -> None:
        """Raise a usage error where options do not go together."""
        if self.words and (self.subset is not None or self.resume):
            raise click.UsageError("REFs name all that is looked at: give neither --subset nor --resume with them.")
        if self.resume and not self.rules.record:
            raise click.UsageError("--resume needs what an earlier run wrote down; --no-record writes nothing.")
        if self.rules.accept and (not self.words or self.quarantine or not self.rules.record):
            raise click.UsageError("--accept takes REFs, and goes with neither --quarantine nor --no-record.")
        if self.quarantine and not self.rules.record:
            raise click.UsageError("--no-record writes nothing, so it does not go with --quarantine.")


def _subset(_context: click.Context, _parameter: click.Parameter, value: str) -> Subset | None:
    try:
        return parse_subset(value) if value else None
    except InputError as error:
        raise click.BadParameter(error.reason) from error


@click.command("verify")
@click.argument("words", nargs=-1, metavar="[REF]...")
@store_options
@path_option("--apps", "The folder of the apps (else the store's parent).", required=False)
@click.option("--platform", default="", help="Only this platform folder.")
@click.option("--subset", callback=_subset, default="", metavar="I/N", help="Only part I of N equal ones: 1/7.")
@click.option("--for", "seconds", type=Duration(), help="Begin no further config after so long: 10m.")
@click.option("--resume", is_flag=True, help="Go on where the last check of this kind was stopped.")
@click.option("--throttle", type=Size(), default=0, help="Read no more than so many bytes a second: 50M.")
@click.option("--libraries", is_flag=True, help="Check that workers' files are the store's own files, too.")
@click.option("--no-record", is_flag=True, help="Write nothing: neither baselines nor where it stopped.")
@click.option("--accept", is_flag=True, help="Take what the REFs are now for good, whatever they were.")
@click.option("--quarantine", is_flag=True, help="Move what was changed to the trash, after showing it.")
@yes_option
@lock_timeout_option("1m")
@json_option
@verbose_option
def verify(
    words: tuple[str, ...],
    store: str,
    config: str,
    apps: str,
    platform: str,
    subset: Subset | None,
    seconds: float | None,
    resume: bool,
    throttle: int,
    libraries: bool,
    no_record: bool,
    accept: bool,
    quarantine: bool,
    yes: bool,
    lock_timeout: float,
    as_json: bool,
    verbose: bool,
) -> ExitCode:
    """Check that the files of configs are what they were: each REF, or all.

    A REF is [PACKAGE@]SOURCE[/CONFIG]; hashes may be shortened. What has no baseline yet gets one, in
    .pkgstore/digests beside the packages: nothing of the packages is changed, and no lock is taken. It is then
    counted as what it is, no baseline, and never as fine.

    The exit code is 1 where something was changed, and 6 where nothing was, but something could not be read or has
    no baseline still.
    """
    rules = VerifyRules(not no_record, accept, seconds, throttle)
    wish = Wish(words, platform, subset, resume, libraries, rules, quarantine)
    wish.check()
    place = find_store(store, config=config, apps=apps)
    root = check_root(place.root)
    plan, damage = _planned(root, wish)
    if accept and plan.keys and not yes and not _accepted(plan):
        return ExitCode.REFUSED
    report = Report(root, place.apps, plan, verbose)
    _run(report, wish, as_json=as_json)
    code = max(report.code, report_damage(damage), key=_gravity)
    taken = quarantine_found(report, lock_timeout, yes=yes) if quarantine else None
    if as_json:
        print_json(document(report, taken))
    elif not quarantine:
        for line in advice_lines(report):
            say(line)
    return code if taken is None or not taken.code else taken.code


def _gravity(code: ExitCode) -> int:
    """Findings say more than what is not known."""
    return {ExitCode.FINDINGS: 2, ExitCode.PARTLY: 1}.get(code, 0)


def _planned(root: str, wish: Wish) -> tuple[VerifyPlan, tuple[Damage, ...]]:
    """What is to be looked at, and what of the store could not be listed."""
    platform = chosen_platform(root, wish.platform) if wish.platform else ""
    snapshot = read_snapshot(root, platforms=(platform,) if platform else None, details=False)
    damage = snapshot.damage
    if wish.libraries:
        snapshot = replace(read_snapshot(root, platforms=()), sources=snapshot.sources)
    keys = select(wish.words, [config.key for config in snapshot.configs()]) if wish.words else None
    layout = Layout(root)
    after = resume_after(layout, platform, wish.subset) if wish.resume else None
    plan = plan_verify(
        snapshot, platform=platform, keys=keys, subset=wish.subset, libraries=wish.libraries, after=after
    )
    if plan.passed:
        say(goes_on_text(plan.passed))
    return plan, damage


def _accepted(plan: VerifyPlan) -> bool:
    what = counted(len(plan.keys), "config")
    return agreed(f"Take what {what} hold now for good?", f"what {what} hold now would be taken for good")


def _run(report: Report, wish: Wish, *, as_json: bool) -> None:
    """Do the check, and say what it tells as it comes."""
    cancel, progress = Cancel(), Progress()
    events = apply_verify(Layout(report.root), report.plan, wish.rules, cancel=cancel, progress=progress)
    for event in follow(events, cancel, progress, every=1, is_said=report.is_said):
        report.add(event)
        match event:
            case Verified() if report.is_said(event) and not as_json:
                print_lines(config_lines(report, event))
            case LibraryVerified() if report.is_said(event) and not as_json:
                print_lines(library_lines(report, event))
            case NotRecorded():
                say(f"pkgstore: {not_recorded_text(event)}")
            case OutOfTime():
                say(time_is_up_text(event, libraries=bool(report.plan.workers), goes_on="--resume"))
            case VerifyDone():
                say(event_text(event))
