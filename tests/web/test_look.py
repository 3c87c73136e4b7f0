"""The door's pages in a real browser, on a phone and on a desk, against axe's rules."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright
import pytest

from tests.chromium import CHROMIUM, FLAGS, needs_chromium
from tests.web.conftest import ADDRESS, MANAGER, House

pytestmark = needs_chromium


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_the_way_in_and_out_has_nothing_that_axe_finds_wrong(
    house: House, width: int, colours: Literal["light", "dark"]
) -> None:
    link = (await house.link(MANAGER)).replace(ADDRESS, house.stage.url)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": width, "height": 740}, color_scheme=colours)
        page = await context.new_page()
        for go, title in (
            (lambda: page.goto(f"{house.stage.url}/dashboard/"), "Please sign in from chat"),
            (lambda: page.goto(link), "Sign in to the dashboard"),
            (lambda: page.get_by_role("button", name="Sign in").click(), "Dashboard"),
            (lambda: page.goto(link), "This link was used already"),
            (lambda: page.get_by_role("button", name="Sign out").click(), "You are signed out"),
        ):
            await go()
            assert await page.get_by_role("heading", level=1).inner_text() == title
            found = await Axe().run(page)
            assert not found.violations_count, found.generate_report()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await browser.close()
