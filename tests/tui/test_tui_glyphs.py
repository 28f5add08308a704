"""Signs in plain ASCII: the table, the filter, and whole screens of every view."""

import locale

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from scenarios import MAIN, make_app, press, settled
from test_tui_snapshots import SCENES, at_rest
from textual.color import Color

from builders import StoreBuilder
from pkgstore_tui.app import PkgstoreApp
from pkgstore_tui.user_settings import UserSettings
from pkgstore_tui.widgets.glyphs import ASCII, AsciiFilter, in_ascii, locale_is_plain

BLACK = Color(0, 0, 0)


def screen_text(app: PkgstoreApp) -> list[str]:
    """What is on the screen, line by line."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def test_each_stand_in_is_as_wide_as_its_sign():
    for code, stand_in in ASCII.items():
        assert stand_in.isascii()
        assert cell_len(chr(code)) == cell_len(stand_in) == 1, chr(code)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("╭─ a › b … ▲ ●", "+- a > b ~ ^ *"),
        ("größe", "gr??e"),
        ("漢字", "????"),
        ("e\u0301", "e"),
        ("␛[31m", "?[31m"),
        ("\ufffd", "?"),
    ],
)
def test_text_in_ascii(text: str, shown: str):
    assert in_ascii(text) == shown
    assert cell_len(shown) == cell_len(text)


def test_the_filter_keeps_style_and_leaves_ascii_alone():
    same, other = Segment("x"), Segment("─")
    assert AsciiFilter().apply([same, other], BLACK) == [same, Segment("-")]
    assert AsciiFilter().apply([same], BLACK)[0] is same


@pytest.mark.parametrize(
    ("encoding", "is_plain"), [("UTF-8", False), ("utf8", False), ("ANSI_X3.4-1968", True), ("ISO-8859-1", True)]
)
def test_the_locale_decides_where_the_user_does_not(
    lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch, encoding: str, is_plain: bool
):
    monkeypatch.setattr(locale, "getencoding", lambda: encoding)
    assert locale_is_plain() is is_plain
    session = make_app(lively.root).session
    assert PkgstoreApp(session).is_plain is is_plain
    assert PkgstoreApp(session, UserSettings(ascii=True)).is_plain
    assert not PkgstoreApp(session, UserSettings(ascii=False)).is_plain


@pytest.mark.parametrize("scene", SCENES)
async def test_every_view_in_ascii(lively: StoreBuilder, scene: str):
    run, options = SCENES[scene]
    app = make_app(lively.root, settings=UserSettings(ascii=True), **options)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await run(pilot, lively)
        await at_rest(pilot)
        for line in screen_text(app):
            assert line.isascii(), line


async def test_the_same_screen_has_its_signs_elsewhere(lively: StoreBuilder):
    app = make_app(lively.root, platform=MAIN)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        text = "\n".join(screen_text(app))
        assert "›" in text
        assert "●" in text
