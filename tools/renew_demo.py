"""Renew the demo as this repository shows it: results and boards under leaderboards/, pictures of its page under docs/images/.

python -m tools.renew_demo OUT [--workers 2] [--pictures-only]

Runs `echo-bench demo` into OUT. Needs the tracker's weights and no others, as the README's first command has them, and, for the pictures,
selenium with Debian's chromium and chromium-driver.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from selenium.webdriver.support.ui import WebDriverWait

from echo_bench.cli.demo_command import demo
from echo_bench.leaderboard.collection import build_all
from echo_bench.pipeline.store import write_atomic
from tools.chromium import chromium

ROOT = Path(__file__).parents[1]
BOARDS = ROOT / "leaderboards"
RESULTS = BOARDS / "results" / "dyad-mini-1" / "demo"
IMAGES = ROOT / "docs" / "images"
DESKTOP = {"width": 1400, "height": 1050, "deviceScaleFactor": 1, "mobile": False}
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
SHOTS = (("page.png", DESKTOP, "board"), ("page-clips.png", DESKTOP, "clips"), ("page-phone.png", PHONE, "clips"))
"""Picture, screen, and the part of the page that is scrolled to; the board is shown from the page's head."""
HALFWAY = """
const scrubber = document.getElementById('scrubber');
scrubber.value = Math.round(scrubber.max / 2);
scrubber.dispatchEvent(new Event('input'));
"""
SHOWN = (
    "return [...document.querySelectorAll('video')].every(v => v.readyState >= 2 && !v.seeking && v.currentTime > 0)"
)
DRAWN = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"


def publish(results: Path) -> list[str]:
    """Put the results of a run in place of those that lie in the repository, and build its boards; returns what changed."""
    for old in RESULTS.glob("*.json"):
        old.unlink()
    for new in sorted(results.glob("*.json")):
        shutil.copy(new, RESULTS)
    return build_all(BOARDS)


def photograph(page: Path) -> None:
    """Write the pictures of a page, of 256 colours each."""
    with chromium("--hide-scrollbars") as browser:
        for name, screen, part in SHOTS:
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
            browser.get(page.as_uri())
            browser.execute_script(HALFWAY)
            WebDriverWait(browser, 60).until(lambda shown: shown.execute_script(SHOWN))
            if part != "board":
                browser.execute_script("document.getElementById(arguments[0]).scrollIntoView()", part)
            browser.execute_async_script(DRAWN)
            write_atomic(IMAGES / name, few_colours(browser.get_screenshot_as_png()))


def few_colours(png: bytes) -> bytes:
    """The picture with a palette of 256 colours: a third of the size."""
    packed = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder of the run")
    parser.add_argument("--workers", type=int, help="processes that extract; default: all processors")
    parser.add_argument("--pictures-only", action="store_true", help="of the page that lies in OUT")
    given = parser.parse_args()
    if not given.pictures_only:
        demo(out=given.out, workers=given.workers)
        print("\n".join(publish(given.out / "results")) or "every board was up to date")
    photograph(given.out.resolve() / "report" / "index.html")


if __name__ == "__main__":
    main()
