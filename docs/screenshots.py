"""Takes the handbook's pictures anew from the sample ward: `make screenshots`, or `python -m docs.screenshots`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
import shutil
import socket
import subprocess
import sys
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTH, HEIGHT, SCALE = 390, 844, 2
TALLEST = 1100
"""CSS pixels of a page's picture; a longer one is cut off there."""
LARGEST = 250_000
"""Bytes of a picture."""
MARGIN = 12


@contextmanager
def sample_ward() -> Iterator[str]:
    """The address of a sample ward that was made for this run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bot", "try", "--no-open", "--port", port, "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout
        try:
            said = process.stdout.readline()
            if not said:
                sys.exit("bot try did not start; run it by itself to see why.")
            yield said.split()[-1]
        finally:
            process.terminate()
            process.wait()


def keep(name: str, picture: bytes) -> None:
    """Write a picture with as few colours as are needed, and no larger than a page should load."""
    file = IMAGES / f"{name}.png"
    with Image.open(BytesIO(picture)) as taken:
        few = taken.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        few.save(file, optimize=True)
    size = file.stat().st_size
    sys.stdout.write(f"{file.name}: {few.width} x {few.height}, {size // 1000} kB\n")
    if size > LARGEST:
        sys.exit(f"{file.name} is larger than {LARGEST // 1000} kB.")


def take(name: str, page: Page, part: Locator | None = None) -> None:
    """A picture of one part of the page with a little around it, or of the page from its top."""
    page.evaluate(
        "document.activeElement.blur(); document.querySelector('.bar')?.style.setProperty('position', 'static')"
    )
    whole = page.evaluate("document.body.scrollHeight")
    clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": float(min(whole, TALLEST))}
    if part:
        box = part.bounding_box()
        assert box
        clip |= {"y": page.evaluate("scrollY") + box["y"] - MARGIN, "height": box["height"] + 2 * MARGIN}
    keep(name, page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide"))  # type: ignore[arg-type]


def newest(page: Page) -> Locator:
    """The newest message."""
    return page.locator("article").first


def visit(page: Page, address: str) -> None:
    """The way of a newcomer, with a picture at each stop."""
    page.goto(address)
    take("huddle-prompt", page, newest(page))

    newest(page).get_by_role("button", name="Start huddle").click()
    for label in (
        "Full team who know the ward",
        "Someone noticed early and helped",
        "Visits, or a visit that may not happen",
        "Ward round or meeting today",
        "Yes, all of us",
        "Offer a quiet hour after lunch",
    ):
        page.get_by_label(label).check()
    take("huddle-form", page)
    for question, answer in (
        ("Which role will see to it?", "Activity coordinator"),
        ("Who leads if someone becomes distressed?", "Nurse in charge"),
        ("Is anyone worried about anything?", "No"),
    ):
        page.locator("fieldset", has_text=question).get_by_label(answer, exact=True).check()
    page.get_by_role("button", name="Finish huddle").click()
    take("huddle-summary", page, newest(page))

    page.get_by_role("button", name="Report a near miss").first.click()
    for label in (
        "Lounge or day room",
        "Noise or crowding",
        "Listening",
        "De-escalation: talking and space settled it",
    ):
        page.get_by_label(label).check()
    take("near-miss-form", page)
    page.goto(address)

    page.get_by_role("button", name="Next prompt").click()
    page.goto(address)  # without the mark around the message that was gone to
    page.evaluate("document.querySelector('article img').decode()")
    take("digest", page, newest(page))


def main() -> None:
    """Take every picture."""
    if not CHROMIUM:
        sys.exit("There is no Chromium on the PATH: make browser installs it where it can.")
    IMAGES.mkdir(exist_ok=True)
    with sample_ward() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, locale="en-GB"
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        visit(page, address)
        browser.close()


if __name__ == "__main__":
    main()
