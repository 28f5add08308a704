"""Cells, columns, tables, facts and bars on their own."""

from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from scenarios import press, until
from textual.app import App, ComposeResult

from pkgstore_tui.widgets.bars import Breadcrumb, KeyBar, Piece, ProgressStrip, StatusLine
from pkgstore_tui.widgets.cells import Part, cut, segments
from pkgstore_tui.widgets.columns import Column, fit
from pkgstore_tui.widgets.facts import Fact, Facts, lay_out
from pkgstore_tui.widgets.row_table import RowTable

COLUMNS = (
    Column[int]("NAME", lambda n: f"package-{n}", 10, grow=1, most=30),
    Column[int]("TWICE", lambda n: Part(f"{n * 2:,}", "muted"), 9, 2, right=True),
    Column[int]("NOTE", lambda n: (Part("odd ", "warn"), Part("[bold")) if n % 2 else "", 9, 1),
)


def plain(tone: str) -> Style:
    return Style()


@given(st.text(), st.integers(0, 30), st.booleans())
def test_a_cell_fills_its_width_whatever_it_says(text, width, right):
    assert sum(cell_len(part.text) for part in segments(text, width, plain, right=right)) == width
    two = (Part(text), Part(text, "bad"))
    assert sum(cell_len(part.text) for part in segments(two, width, plain, right=right)) == width


def test_cutting_shows_that_something_is_gone():
    assert cut("abcdef", 4) == "abc…"
    assert cut("abc", 3) == "abc"
    assert cut("日本語", 4) == "日…"
    assert cut("abc", 1) == "…"
    assert cut("abc", 0) == ""


@given(st.integers(0, 200))
def test_columns_fit_any_width(width):
    fitted = fit(COLUMNS, width)
    assert fitted, "the first column stays always"
    total = sum(cells for _, cells in fitted) + 2 * (len(fitted) - 1)
    assert total <= max(width, 1)


def test_columns_drop_the_least_important_first_and_share_what_is_left():
    assert [column.title for column, _ in fit(COLUMNS, 40)] == ["NAME", "TWICE", "NOTE"]
    assert [column.title for column, _ in fit(COLUMNS, 25)] == ["NAME", "NOTE"]
    assert [(column.title, cells) for column, cells in fit(COLUMNS, 15)] == [("NAME", 15)]
    assert [(column.title, cells) for column, cells in fit(COLUMNS, 4)] == [("NAME", 4)]
    assert fit(COLUMNS, 100)[0][1] == 30


class TableApp(App[None]):
    """One table over many rows."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.count = rows
        self.said: list[object] = []

    def compose(self) -> ComposeResult:
        yield RowTable(COLUMNS, empty="nothing at all")

    def on_row_table_row_selected(self, message: RowTable.RowSelected) -> None:
        assert message.control is message.table
        self.said.append(("into", message.row))

    def on_row_table_row_highlighted(self, message: RowTable.RowHighlighted) -> None:
        assert message.control is message.table
        self.said.append(message.row)

    def on_row_table_rows_shown(self, message: RowTable.RowsShown) -> None:
        assert message.control is message.table


async def test_hundreds_of_thousands_of_rows_are_there_at_once():
    app = TableApp(0)
    async with app.run_test(size=(60, 20)) as pilot:
        table = app.query_one(RowTable)
        rows = tuple(range(300_000))
        began = perf_counter()
        table.set_rows(rows)
        await pilot.pause()
        await press(pilot, "G")
        took = perf_counter() - began
        assert table.row == 299_999
        assert "package-299999" in table.render_line(19).text
        assert took < 2, f"{took:.2f} s"  # far below on any machine; a widget a row takes half a minute
        table.set_rows(rows[1:])
        assert table.row == 299_999, "the cursor stays on its row"


async def test_rows_are_told_and_the_mouse_works():
    app = TableApp(0)
    async with app.run_test(size=(60, 10)) as pilot:
        table = app.query_one(RowTable)
        assert "nothing at all" in table.render_line(2).text
        table.set_rows(range(50))
        await press(pilot, "j")
        assert app.said[-1] == 1
        await pilot.click(RowTable, offset=(3, 4))
        assert table.row == 3
        await pilot.click(RowTable, offset=(3, 0))
        assert table.row == 3, "titles are no row"
        await pilot.click(RowTable, offset=(3, 5), times=2)
        assert ("into", 4) in app.said
        await pilot._post_mouse_events([__import__("textual.events").events.MouseScrollDown], RowTable)
        await until(pilot, lambda: table.scroll_offset.y > 0)
        assert table.rows_in_sight[0] > 0
        table.set_rows(())
        assert table.row is None
        await press(pilot, "j", "G", "ctrl+d")


async def test_a_narrow_table_drops_columns():
    app = TableApp(0)
    async with app.run_test(size=(60, 10)) as pilot:
        table = app.query_one(RowTable)
        table.set_rows(range(3))
        assert "TWICE" in table.render_line(0).text
        await pilot.resize_terminal(24, 10)
        await until(pilot, lambda: "TWICE" not in table.render_line(0).text)
        assert "NAME" in table.render_line(0).text


def test_facts_wrap_and_break_long_hashes():
    lines = lay_out([Fact("About"), Fact("hash", "a" * 64), Fact("", "more"), Fact("Next"), Fact("x", "y")], 44)
    text = ["".join(part.text for part in line) for line in lines]
    assert text[0] == "About"
    assert "".join(line[12:] for line in text[1:3]).replace(" ", "") == "a" * 64
    assert text[3].strip() == "more"
    assert "" in text, "a blank line before the next heading"


class BarsApp(App[None]):
    """Bars and facts."""

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield Breadcrumb()
        yield KeyBar()
        yield ProgressStrip()
        yield Facts()


async def test_where_one_is_stays_readable_beside_a_long_summary():
    app = BarsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        crumbs = app.query_one(Breadcrumb)
        summary = [Piece("6 packages: 3 config-miss, 1 source-miss, 2 hit")]
        for left, shown in (
            (["maps"], "maps 6 packages: 3 config-miss, 1 "),
            (["4.5-x86_64-pc-linux-gnu"], "4.5-x86_64-pc-linux-gnu 6 packages: "),
            (["4.5-x86_64-pc-linux-gnu", " › ", "sf"], "sf 6 packages: 3 config-miss, 1 "),
            (["x" * 255], f"{'x' * 20}"),
            ([], "6 packages: 3 config-miss, 1 source-"),
        ):
            crumbs.set_pieces([Piece(text) for text in left], summary)
            await pilot.pause()
            assert crumbs.render_line(0).text.startswith(shown)
            assert "… 6 p" in crumbs.render_line(0).text or crumbs.render_line(0).text.rstrip().endswith("…")


async def test_bars_give_way_from_the_right_place():
    app = BarsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        status, keys, strip = app.query_one(StatusLine), app.query_one(KeyBar), app.query_one(ProgressStrip)
        status.set_pieces([Piece("left " * 20)], [Piece("right", "good")])
        await pilot.pause()
        text = status.render_line(0).text
        assert text.rstrip().endswith("right")
        assert "…" in text
        keys.set_keys([("?", "Help", ""), ("enter", "Into", ""), ("ctrl+p", "Everything else", "")])
        assert keys.text == "? Help  enter Into  "
        strip.set_progress(None, "begin")
        assert "…" in strip.render_line(0).text
        strip.set_progress(0.5, "sf\n")
        assert "50%  sf␊" in strip.render_line(0).text
        facts = app.query_one(Facts)
        facts.set_facts([Fact(f"label {n}", "value " * 10) for n in range(9)])
        facts.focus()
        await press(pilot, "G", "g", "j", "k", "ctrl+d", "ctrl+u")
