"""Write the pictures in ``screenshots/``, from the scenes of the snapshot tests. Run it with `make screenshots`."""

import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import cairosvg
from scenarios import lively_store, make_app, settled
from test_tui_snapshots import SCENES

FOLDER = Path(__file__).parents[2] / "screenshots"
SHOWN = ("overview", "packages", "config_details", "app", "workers", "why", "health", "activity", "evict")
SIZE = (110, 26)
FONT = "DejaVu Sans Mono"


def without_web_fonts(svg: str) -> str:
    """The same picture with a font that machines have; the exporter names one from the web."""
    return re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg).replace("Fira Code", FONT)


async def picture(scene: str) -> str:
    """A scene as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        store = lively_store(Path(folder) / "bundles" / ".pkg-store")
        run, options = SCENES[scene]
        app = make_app(store.root, **options)
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)
            await run(pilot, store)
            await pilot.pause()
            return without_web_fonts(app.export_screenshot(title="pkgstore-tui"))


def main(folder: Path) -> None:
    """Write an SVG and a PNG of each scene."""
    folder.mkdir(exist_ok=True)
    for scene in SHOWN:
        svg = asyncio.run(picture(scene))
        (folder / f"{scene}.svg").write_text(svg)
        cairosvg.svg2png(bytestring=svg.encode(), write_to=str(folder / f"{scene}.png"))
        print(folder / scene)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
