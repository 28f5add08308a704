"""The eviction dialog's plan as it is shown: facts, tables, what follows, the forecast, and the measuring."""

from typing import Any

from textual.widgets import Button, Static

from pkgstore_tui.format import counted, safe_text
from pkgstore_tui.screens.evict_answer import Answer
from pkgstore_tui.screens.evict_facts import (
    item_columns,
    kept_columns,
    version_in,
)
from pkgstore_tui.screens.evict_fields import FOLLOWS, GOES, STAYS, EvictFields, panes_for
from pkgstore_tui.screens.evict_sizes import Work
from pkgstore_tui.screens.look import Look
from pkgstore_tui.widgets.bars import ProgressStrip
from pkgstore_tui.widgets.choices import Choices
from pkgstore_tui.widgets.cutoff_chart import CutoffChart
from pkgstore_tui.widgets.facts import Facts
from pkgstore_tui.widgets.row_table import RowTable


class EvictShown(EvictFields):
    """Shows an answer."""

    def show(self, answer: Answer) -> None:
        """Show a plan, or why there is none."""
        planned, version_of = answer.planned, version_in(answer.ask.reading)
        look = Look(answer.ask.reading, self.session.sizes, self.session.clock)
        self.query_one("#plan", Facts).set_facts(answer.summary)
        items, kept = self.query_one(f"#{GOES}", RowTable), self.query_one(f"#{STAYS}", RowTable)
        items.set_columns(item_columns(look, version_of))
        kept.set_columns(kept_columns(look, version_of))
        items.set_rows(planned.plan.items if planned else (), key=_key_of, cursor=items.cursor)
        kept.set_rows(planned.plan.kept if planned else (), key=id, cursor=kept.cursor)
        for table in (items, kept):  # the arrows pass by where there is nothing to move in
            table.can_focus = bool(table.rows)
        items.empty = "nothing goes" if not kept.rows else "nothing goes; ctrl+t shows who needs it"
        self.query_one(f"#{FOLLOWS}", Facts).set_facts(answer.follows)
        self._show_future(answer)
        self.query_one("#command", Static).update(safe_text(answer.command))
        self._show_words(answer)

    def _show_future(self, answer: Answer) -> None:
        chart = self.query_one("#chart", CutoffChart)
        if answer.ages is not None:
            cut = "" if answer.ask.form.cutoff is None else "   ╎ what is older goes"
            chart.set_ages(answer.ages, f"LAST USE OF {sum(answer.ages.counts):,}   • somebody needs it{cut}")
        chart.set_cutoff(answer.ask.form.cutoff)
        self.query_one("#days", Facts).set_facts(answer.days)

    def _show_words(self, answer: Answer) -> None:
        """How many there are, on the panes and on the button."""
        plan = answer.planned.plan if answer.planned else None
        goes, stays = (len(plan.items), len(plan.kept)) if plan else (0, 0)
        panes = panes_for(answer.ask.form.rule, f"{goes:,}", f"{stays:,}")
        self.query_one("#pane", Choices).set_options(panes)
        self.show_pane()
        yes = self.query_one("#yes", Button)
        yes.label = f"Evict {counted(goes, 'config')}" if goes else "Evict"
        yes.disabled = not goes
        yes.refresh(layout=True)
        self.refresh_bindings()

    def show_work(self, work: Work | None) -> None:
        """Show how far measuring is; nothing while there is none."""
        strip = self.query_one("#measuring", ProgressStrip)
        strip.display = work is not None
        if work is not None:
            progress = work.progress
            count = "" if progress.total is None else f"{progress.done:,} of {progress.total:,}  "
            strip.set_progress(progress.fraction, f"{count}measuring {progress.doing}")


def _key_of(item: Any) -> object:
    return item.key
