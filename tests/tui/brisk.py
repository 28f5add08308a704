"""For tests that press hundreds of keys, and wait for facts."""

import asyncio
from typing import Any

import pytest

A_MOMENT = 0.012
"""Seconds in which a thread that answers a key nearly always has."""


async def _at_once(*_given: float) -> None:
    await asyncio.sleep(0)


async def _a_moment(*_given: float) -> None:
    await asyncio.sleep(A_MOMENT)


def _undrawn(screen: Any) -> None:
    screen._dirty_widgets.clear()
    screen._compositor._dirty_regions.clear()


def go_on_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on a moment after a key's messages are handled.

    Textual waits after each key until the processor rests, which clocks and other tests hardly let it.
    """
    monkeypatch.setattr("textual.app.wait_for_idle", _a_moment)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _a_moment)


def be_brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on at once, and draw nothing."""
    monkeypatch.setattr("textual.app.wait_for_idle", _at_once)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _at_once)
    monkeypatch.setattr("textual.screen.Screen._compositor_refresh", _undrawn)
