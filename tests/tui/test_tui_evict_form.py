"""What the eviction's dialog asks for, as a wish and as a command line; its line of choices and its chart."""

import json
import shlex
import time

import pytest
from evict_helpers import pkgstore
from scenarios import MAIN, OLD
from textual.app import App, ComposeResult

from builders import StoreBuilder
from pkgstore.errors import InputError
from pkgstore.keys import ConfigKey
from pkgstore.operations.eviction import EvictRule
from pkgstore.operations.planned import needed, plan_wish
from pkgstore.scan import read_snapshot
from pkgstore_tui.screens.evict_form import Form, Subject, command_of, wish_of
from pkgstore_tui.widgets.choices import Choices, Option
from pkgstore_tui.widgets.cutoff_chart import FINE, Ages, CutoffChart, place_of

DAY = 86400.0


def key(package: str, number: int = 1, platform: str = MAIN) -> ConfigKey:
    return ConfigKey(platform, package, f"{number:064x}", "b" * 64)


# --- the form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "rule", "words"),
    [
        (Form("idle", idle="30d", platform=MAIN), EvictRule(30 * DAY), f"--platform {MAIN} --retention 30d"),
        (Form("idle", idle="720h"), EvictRule(30 * DAY), "--all-platforms --retention 720h"),
        (Form("free", amount="2K", platform=MAIN), EvictRule(free=2048), f"--platform {MAIN} --max-freed 2K"),
        (
            Form("size", "30d", "1M", MAIN),
            EvictRule(30 * DAY, size=1024**2),
            f"--platform {MAIN} --max-size 1M --idle 30d",
        ),
        (
            Form("idle", idle="1h", platform=MAIN, dropped="prev:a build:b", ignore_roots=True),
            EvictRule(3600.0),
            f"--platform {MAIN} --retention 1h --drop-root prev:a --drop-root build:b --ignore-roots",
        ),
    ],
)
def test_a_form_is_a_wish_and_a_command_line(form: Form, rule: EvictRule, words: str):
    wish = wish_of(form, Subject(), (MAIN, OLD))
    assert wish.rule == rule
    assert wish.platforms == ((MAIN,) if form.platform else (MAIN, OLD))
    assert command_of(form, Subject(), "/srv/store", ()) == f"pkgstore evict {words} --store /srv/store"


def test_chosen_configs_are_named_where_a_command_line_can_say_just_these():
    one, other = key("sf"), key("sf", platform=OLD)
    form = Form("these")
    subject = Subject("sf", frozenset({one}))
    assert f" sf@{one.ref} --platform {MAIN} " in command_of(form, subject, "/s", (one, other))
    both = Subject("sf", frozenset({one, other}))
    assert f" sf@{one.ref} --all-platforms " in command_of(form, both, "/s", (one, other))
    third = key("sf", platform="4.3")
    assert command_of(form, both, "/s", (one, other, third)) == "pkgstore evict --run evict-plan.json --store /s"
    many = Subject("all", frozenset(key(f"p{number}", number) for number in range(40)))
    assert "--run evict-plan.json" in command_of(form, many, "/s", many.keys)


@pytest.mark.parametrize("form", [Form("free", amount="lots"), Form("idle", idle="soon"), Form("size", "x", "1G")])
def test_what_cannot_be_read_is_an_error(form: Form):
    with pytest.raises(InputError):
        wish_of(form, Subject(), (MAIN,))
    assert form.cutoff is None


@pytest.mark.parametrize(
    "form",
    [
        Form("idle", idle="10d", platform=MAIN),
        Form("idle", idle="10d"),
        Form("idle", idle="1h", platform=MAIN, ignore_roots=True),
        Form("these"),
    ],
)
def test_the_command_line_plans_the_same(lively: StoreBuilder, form: Form):
    """Both programs on a store whose clock is long past: what is that old is so for both."""
    snapshot = read_snapshot(str(lively.root), apps=str(lively.root.parent))
    keys = frozenset(config.key for config in snapshot.configs() if config.key.package in {"Rcpp", "cpp11"})
    subject = Subject("some", keys)
    roots = needed(snapshot, ignore_roots=form.ignore_roots)
    wish = wish_of(form, subject, snapshot.platforms)
    planned = plan_wish(snapshot, roots, wish, apps="", now=time.time())
    words = shlex.split(command_of(form, subject, str(lively.root), keys))
    document = json.loads(pkgstore(*words[1:], "--dry-run", "--json").stdout)
    ours = [(item.key.platform, item.key.package, item.key.ref) for item in planned.plan.items]
    assert [(row["platform"], row["package"], row["ref"]) for row in document["items"]] == ours
    assert ours
    assert len(document["kept"]) == len(planned.plan.kept)


# --- the line of choices ----------------------------------------------------------------------------------------


class Line(App[None]):
    """One line of choices."""

    def __init__(self, *labels: str) -> None:
        super().__init__()
        self.labels, self.told = labels, []

    def compose(self) -> ComposeResult:
        yield Choices([Option(label, label) for label in self.labels], "two", id="line")

    def on_choices_changed(self, message: Choices.Changed) -> None:
        self.told.append(message.value)


async def test_left_and_right_go_from_choice_to_choice_and_round():
    app = Line("one", "two", "three")
    async with app.run_test(size=(40, 5)) as pilot:
        line = app.query_one(Choices)
        line.focus()
        assert line.text == " one  ‹two›  three  "
        await pilot.press("right", "right", "left", "space", "h")
        assert app.told == ["three", "one", "three", "one", "three"]
        await pilot.click(Choices, offset=(1, 0))
        assert line.value == "one"
        line.set_options([Option("none", "none"), Option("one", "just one")])
        assert line.value == "one", "what is taken stays, if it can"
        line.set_options([Option("none", "none")])
        assert line.value == "none"


async def test_without_room_the_taken_choice_is_told_and_how_many_there_are():
    app = Line("one", "two", "a very long choice that has no room")
    async with app.run_test(size=(24, 5)):
        line = app.query_one(Choices)
        assert line.text == "‹two› 2 of 3"
        line.take("a very long choice that has no room")
        assert line.text == "‹a very long…› 3 of 3"


# --- the chart --------------------------------------------------------------------------------------------------


def test_ages_are_counted_along_the_line():
    ages = Ages.of([(0.0, True), (DAY, False), (30 * DAY, False), (30 * DAY, True), (99 * 365 * DAY, False)])
    assert sum(ages.counts) == 5
    assert sum(ages.needed) == 2
    assert ages.counts[0] == 1
    assert ages.counts[FINE - 1] == 1, "what is older than the line stands at its end"
    assert sum(ages.columns(ages.counts, 40)) == 5
    assert 0 == place_of(-5) < place_of(DAY) < place_of(30 * DAY) < place_of(365 * DAY) < 1


class Picture(App[None]):
    """One chart."""

    def compose(self) -> ComposeResult:
        yield CutoffChart(id="chart")


async def test_what_is_older_than_the_cut_off_is_drawn_as_going():
    app = Picture()
    async with app.run_test(size=(60, 12)) as pilot:
        chart = app.query_one(CutoffChart)
        chart.styles.height = 7
        chart.set_ages(Ages.of([(2 * 3600.0, True), (44 * DAY, False), (50 * DAY, True)]), "LAST USE")
        await pilot.pause()
        lines = [chart.render_line(y).text for y in range(8)]
        assert lines[0].strip() == "LAST USE"
        assert "╎" not in "".join(lines)
        assert lines[5].count("•") == 2
        assert lines[6].split() == ["now", "1h", "1d", "1w", "30d", "90d", "1y"]
        for cutoff in (10 * DAY, 70 * DAY):
            chart.set_cutoff(cutoff)
            lines = [chart.render_line(y).text for y in range(8)]
            assert lines[1].index("╎") == chart.column_of(cutoff, 60)
        assert lines[6].index("30d") < lines[1].index("╎") < lines[6].index("90d")
