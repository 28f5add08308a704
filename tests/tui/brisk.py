"""For tests that press hundreds of keys, and wait for facts."""

import asyncio
from typing import Any

import pytest


async def _at_once(*_given: float) -> None:
    await asyncio.sleep(0)


def _undrawn(screen: Any) -> None:
    screen._dirty_widgets.clear()
    screen._compositor._dirty_regions.clear()


def be_brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing, and go on as soon as a key's messages are handled.

    Textual waits after each key until the processor rests, which clocks and other tests hardly let it.
    """
    monkeypatch.setattr("textual.app.wait_for_idle", _at_once)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _at_once)
    monkeypatch.setattr("textual.screen.Screen._compositor_refresh", _undrawn)
