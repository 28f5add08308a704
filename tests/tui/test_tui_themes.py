"""Colours: text can be read in each theme."""

import pytest
from textual.color import Color
from textual.theme import Theme

from pkgstore_tui.themes import CONTRAST, FALLBACK, THEMES

TEXTS = ("foreground", "muted", "primary", "accent", "warning", "error", "success")
SURFACES = ("background", "surface", "panel")
NORMAL, HIGH = 4.5, 7.0
"""What WCAG asks of text: at least, and for high contrast."""


def colour(theme: Theme, name: str) -> Color:
    """A colour of a theme by its field or variable."""
    value = theme.variables.get(name) or getattr(theme, name, None)
    assert isinstance(value, str), name
    return Color.parse(value)


def luminance(color: Color) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    """From 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def least(theme: Theme) -> float:
    return HIGH if theme is CONTRAST else NORMAL


def test_the_measure_itself():
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21.0)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("surface", SURFACES[:2])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_on_what_it_stands_on(theme: Theme, text: str, surface: str):
    assert contrast(colour(theme, text), colour(theme, surface)) >= least(theme)


@pytest.mark.parametrize("text", ["foreground", "warning"])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_buttons_and_toasts(theme: Theme, text: str):
    assert contrast(colour(theme, text), colour(theme, "panel")) >= least(theme)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_cursors_bar(theme: Theme):
    bar = colour(theme, "block-cursor-background")
    assert contrast(colour(theme, "block-cursor-foreground"), bar) >= least(theme)
    assert bar != colour(theme, "background"), "it can be seen"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_warning_button_that_has_the_focus(theme: Theme):
    assert contrast(colour(theme, "background"), colour(theme, "warning")) >= least(theme)


def test_there_is_a_fallback_for_each_variable_of_ours():
    assert set(FALLBACK) == {"muted"}
