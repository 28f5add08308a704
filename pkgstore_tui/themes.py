"""The colours. Style files use a theme's variables only, so a theme is all that a new look needs."""

from typing import Final

from textual.theme import Theme


def _variables(*, muted: str, bar: str, on_bar: str) -> dict[str, str]:
    """What else a theme says: quiet text, and the cursor's bar."""
    return {
        "muted": muted,
        "block-cursor-background": bar,
        "block-cursor-foreground": on_bar,
        "block-cursor-text-style": "none",
        "block-cursor-blurred-text-style": "none",
    }


DARK: Final = Theme(
    name="pkgstore-dark",
    primary="#7aa2d8",
    secondary="#5f7fa8",
    accent="#8fc7b5",
    warning="#e0b46c",
    error="#e07a7a",
    success="#93c47d",
    foreground="#d5d9de",
    background="#14181d",
    surface="#1b2027",
    panel="#252c35",
    variables=_variables(muted="#828b96", bar="#2f4766", on_bar="#f2f5f8"),
)
LIGHT: Final = Theme(
    name="pkgstore-light",
    primary="#2f5f9e",
    secondary="#54779f",
    accent="#1f7a63",
    warning="#855800",
    error="#b3261e",
    success="#2f7a2f",
    foreground="#1e242b",
    background="#f7f8f9",
    surface="#eef0f2",
    panel="#dfe3e8",
    dark=False,
    variables=_variables(muted="#5f6973", bar="#c5d8ef", on_bar="#10151a"),
)
CONTRAST: Final = Theme(
    name="pkgstore-contrast",
    primary="#ffffff",
    secondary="#c0c0c0",
    accent="#ffff00",
    warning="#ffd700",
    error="#ff6060",
    success="#60ff60",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#202020",
    variables=_variables(muted="#c8c8c8", bar="#ffffff", on_bar="#000000"),
)
COLOUR_BLIND: Final = Theme(
    name="pkgstore-colour-blind",
    primary="#56b4e9",
    secondary="#0072b2",
    accent="#56b4e9",
    warning="#f0e442",
    error="#e69f00",
    success="#cfe8ff",
    foreground="#e4e7ea",
    background="#14181d",
    surface="#1b2027",
    panel="#252c35",
    variables=_variables(muted="#8b949e", bar="#0a4b78", on_bar="#ffffff"),
)

THEMES: Final = (DARK, LIGHT, CONTRAST, COLOUR_BLIND)
"""Ours, the first one first. COLOUR_BLIND uses the colours of Okabe and Ito."""

FALLBACK: Final = {"muted": "#868c93"}
"""Variables of ours that other themes lack."""
