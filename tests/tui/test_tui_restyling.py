"""When views are styled anew: after the colours changed, and not each time one comes back to them."""

import pytest
from scenarios import make_app, press, settled

from builders import StoreBuilder
from pkgstore_tui.widgets.bars import KeyBar


async def test_a_view_that_one_comes_back_to_is_not(lively: StoreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a tenth of a second in which nothing is answered, and makes much that is thrown away again."""
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "4", "2")
        styled: list[object] = []
        monkeypatch.setattr(app.stylesheet, "update", lambda node, animate=False: styled.append(node))
        await press(pilot, "4", "2")
        assert styled == []


async def test_after_the_colours_changed_it_is(lively: StoreBuilder) -> None:
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "4")
        before = app.screen.styles.background
        await press(pilot, "2")
        app.theme = "textual-light"
        await pilot.pause()
        await press(pilot, "4")
        assert app.screen.styles.background != before


async def test_parts_that_were_drawn_take_the_new_colours_and_others_are_not_styled(lively: StoreBuilder) -> None:
    app = make_app(lively.root)
    async with app.run_test() as pilot:
        await settled(pilot)
        keys = app.screen.query_one(KeyBar)
        before = keys.get_component_rich_style("bar--key")
        assert "bar--key" in keys._component_styles
        assert len(keys._component_styles) < len(KeyBar.COMPONENT_CLASSES)
        app.theme = "textual-light"
        await pilot.pause()
        assert keys.get_component_rich_style("bar--key") != before
