"""The part of the application that is as its user wants it: colours, keys, plain signs, and how it copies."""

import os
from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import App
from textual.filter import LineFilter
from textual.theme import BUILTIN_THEMES

from pkgstore.text_json import printable
from pkgstore_tui.format import counted, safe_text
from pkgstore_tui.keymap import check_keys
from pkgstore_tui.messages import CopyAsked
from pkgstore_tui.screens.copying import CopyDialog, has_clipboard
from pkgstore_tui.themes import FALLBACK, THEMES
from pkgstore_tui.user_settings import UserSettings, settings_path
from pkgstore_tui.widgets.glyphs import AsciiFilter, HarmlessFilter, locale_is_plain

THEME_NAMES: Final = (*(theme.name for theme in THEMES), *BUILTIN_THEMES)
"""The names of the themes that there are, ours first."""

COMPLAINT_SECONDS: Final = 20
MOST_COMPLAINTS: Final = 5
SHORT: Final = 60
"""Characters of a copied text that the toast shows."""


class PersonalApp(App[None], inherit_bindings=False):
    """An application with its user's settings."""

    def __init__(self, settings: UserSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or UserSettings()
        plain = self.settings.ascii
        self.is_plain = locale_is_plain() if plain is None else plain
        """Whether everything is drawn in ASCII."""
        self.complaints: tuple[str, ...] = ()
        """What is wrong with the settings, a sentence each."""
        self._gate = HarmlessFilter()
        self._plain_signs = (AsciiFilter(),) if self.is_plain else ()
        for theme in THEMES:
            self.register_theme(theme)
        self.set_reactive(App.theme, self.settings.theme or THEMES[0].name)
        self._styled_with = self.get_css_variables()
        self.stylesheet.set_variables(self._styled_with)

    def refresh_css(self, animate: bool = True) -> None:
        """Parse the styles again only where the colours are others.

        Textual does so whenever a screen is shown for the first time, which holds everything up for a quarter of a
        second: keys are not answered then, nor is anything drawn.
        """
        variables = self.get_css_variables()
        if variables == self._styled_with:
            self.stylesheet.update(self, animate=animate)
            self.screen._css_update_count = self._css_update_count  # or else it would be, each time it is shown
        else:
            self._styled_with = variables
            super().refresh_css(animate)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What each line goes through before it is on the screen."""
        return [*super().get_line_filters(), self._gate, *self._plain_signs]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that lack them."""
        return FALLBACK

    def apply_settings(self) -> None:
        """Take over the keys, and say what is wrong with the settings."""
        keys, complaints = check_keys(self.settings.keys, settings_path())
        self.set_keymap(keys)
        self.complaints = (*self.settings.complaints, *complaints)
        if self.complaints:
            self._complain()

    def _complain(self) -> None:
        """Say what is wrong with the settings: the file once, then a line each."""
        prefix = f"{settings_path()}: "
        lines = [safe_text(text.removeprefix(prefix)) for text in self.complaints[:MOST_COMPLAINTS]]
        more = len(self.complaints) - len(lines)
        lines += [f"and {counted(more, 'more problem')}"] if more else []
        self.notify(
            "\n".join(f"- {text}" for text in lines),
            title=f"Settings: {safe_text(settings_path())}",
            severity="warning",
            timeout=COMPLAINT_SECONDS,
            markup=False,
        )

    # --- copying --------------------------------------------------------------------------------------------------

    @on(CopyAsked)
    def copy_or_show(self, message: CopyAsked) -> None:
        """Copy through the terminal, or show what there is to copy."""
        text = printable(message.text)
        if self._sends_copies:
            self.copy_to_clipboard(text)
            shown = safe_text(text) if len(text) <= SHORT else safe_text(text[:SHORT]) + "…"
            self.notify(shown, title=f"copied {message.what}", markup=False)
        else:
            self.push_screen(CopyDialog(text, message.what))

    @property
    def _sends_copies(self) -> bool:
        wish = self.settings.clipboard
        return wish == "terminal" or (wish == "auto" and has_clipboard(os.environ.get("TERM", "")))

    def action_settings_path(self) -> None:
        """Tell where the settings file is, and again what is wrong with it."""
        if self.complaints:
            self._complain()
            return
        path = settings_path()
        there = "" if os.path.exists(path) else "  (not there yet: pkgstore-tui --print-settings writes an example)"
        self.notify(safe_text(path) + there, title="the settings file", markup=False)
