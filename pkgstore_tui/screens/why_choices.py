"""The two menus of the why view: for what it is explained, and the causes to filter by. Pure."""

from collections.abc import Iterator

from pkgstore.drift import Matcher
from pkgstore.explain.report import Report
from pkgstore.explain.verdicts import MEANINGS
from pkgstore.snapshot import Snapshot
from pkgstore_tui.explanation.text import cascade_lines
from pkgstore_tui.format import counted
from pkgstore_tui.screens.menu import Choice
from pkgstore_tui.screens.why_rows import SIGNS, Asked


def worker_choices(snapshot: Snapshot, asked: Asked) -> list[Choice]:
    """A build, or a live install into one of the workers, those of the lockfile's own app first.

    Each gives the worker's id, empty for a build.
    """
    matcher = Matcher(snapshot.apps.values())
    found = []
    for worker_id, worker in snapshot.workers.items():
        best = matcher.best(worker.manifest)
        app = best.app if best is not None else ""
        packages = counted(len(worker.manifest), "package") if worker.manifest else "no manifest yet"
        of = f", most like {app}" if app else ""
        found.append((app != asked.app, worker_id, f"live install: {packages}{of}"))
    build = Choice("no worker", "a build into an empty library", "")
    return [build, *(Choice(worker_id, detail, worker_id) for _, worker_id, detail in sorted(found))]


def cause_choices(report: Report) -> Iterator[Choice]:
    """The verdicts counted, what is compiled first and the most frequent of that, then the changed packages.

    Each gives a filter.
    """
    for verdict, count in report.verdicts:
        yield Choice(
            f"{SIGNS[verdict]} {count:>5,}  {verdict.value}", MEANINGS[verdict], f"verdict:{verdict.value}"
        )
    for changed, text in zip(report.cascade, cascade_lines(report), strict=True):
        yield Choice(f"~ {len(changed.packages):>5,}  {changed.package}", text, f"cause:{changed.package}")
    yield Choice("all packages", "no filter", "")
