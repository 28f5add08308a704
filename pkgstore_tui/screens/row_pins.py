"""Pin and unpin what the rows of any table stand for."""

import asyncio
from typing import Any

from pkgstore_tui.format import counted
from pkgstore_tui.screens.menu import Choice, Menu
from pkgstore_tui.screens.pin import PinDialog
from pkgstore_tui.screens.pin_offer import ABOUT_TIERS, Offer, offers_of
from pkgstore_tui.screens.pins import PinsScreen
from pkgstore_tui.screens.row_tools import RowTools

_ABOUT = {tier.value: about for tier, about in ABOUT_TIERS.items()}


class PinTools(RowTools):
    """Pin the marked rows, or the one that the cursor is on."""

    async def action_pin(self) -> None:
        """Plan a pin; where an app has several manifests, ask which; where nothing can be pinned, show all pins."""
        row, level, reading = self.row, self.level, self.reading
        rows: tuple[Any, ...] = self.marked_rows or (() if row is None else (row,))
        offers = await asyncio.to_thread(offers_of, level, rows, reading)
        if not offers:
            text = "this row cannot be pinned; choose configs, or an app for one of its manifests"
            self.app.notify(text, title="these are all pins", markup=False)
            self.app.push_screen(PinsScreen(self.session))
        elif len(offers) == 1:
            self._pin_offer(offers[0])
        else:
            choices = [Choice(offer.title, _detail(offer), offer) for offer in offers]
            self.app.push_screen(Menu("Pin which manifest?", choices), self._pin_offer)

    def _pin_offer(self, offer: Offer | None) -> None:
        if offer is None:
            self._pin_answered(False)
        else:
            self.app.push_screen(PinDialog(self.session, offer), self._pin_answered)

    def _pin_answered(self, is_pinned: bool | None) -> None:
        if not is_pinned:
            self.app.notify("nothing changed", markup=False)


def _detail(offer: Offer) -> str:
    return f"{_ABOUT.get(offer.options.get('tier', ''), '')}; {counted(offer.size, 'package')}"
