"""Write ``docs/why.md`` and its pictures by running the programs. Run it with `make stories`."""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Final

import cairosvg
from pictures import without_web_fonts
from scenarios import make_app, press, settled, until

from pkgstore_tui.screens.menu import Menu
from pkgstore_tui.screens.why import WhyScreen
from stories import geo
from stories.telling import PAGE, TEMPLATE, page

SCREENSHOTS: Final = Path(__file__).parents[2] / "screenshots"
PICTURES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "why-story": ("sf", ("i",)),
    "why-links": ("lme4", ("enter",)),
    "why-tree": ("lme4", ("t",)),
    "why-causes": ("lme4", ("c",)),
}
"""By a picture's name: the package that the cursor is on, and the keys that are pressed then."""

SIZE: Final = (110, 26)


async def picture(root: Path, package: str, keys: tuple[str, ...]) -> str:
    """The why view on the refresh for the worker, as SVG."""
    app = make_app(root)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "5", "G", "enter")
        screen = app.screen
        assert isinstance(screen, WhyScreen)
        await until(pilot, lambda: screen.report is not None)
        await press(pilot, "b")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await press(pilot, "j", "enter")
        await until(pilot, lambda: screen.report is not None and screen.report.question.is_runtime)
        await until(pilot, lambda: screen.is_arranged and screen.row is not None)
        while screen.row.package != package:
            await press(pilot, "j")
        await press(pilot, *keys)
        await pilot.pause()
        return without_web_fonts(app.export_screenshot(title="pkgstore-tui")).replace(
            str(root.parent), "/srv/bundles"
        )


def main() -> None:
    """Write everything."""
    with tempfile.TemporaryDirectory() as folder:
        root = geo.make(Path(folder) / "bundles")
        for name, (package, keys) in PICTURES.items():
            svg = asyncio.run(picture(root, package, keys))
            (SCREENSHOTS / f"{name}.svg").write_text(svg)
            cairosvg.svg2png(bytestring=svg.encode(), write_to=str(SCREENSHOTS / f"{name}.png"))
        text = page(TEMPLATE.read_text(), root)
    PAGE.write_text(text)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    main()
