"""The dashboard in a real browser, on a phone and on a desk, by day and by night, against axe's rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright
import pytest

from tests.chromium import CHROMIUM, FLAGS, needs_chromium
from tests.pdf import whole_text_of
from tests.web.conftest import ADDRESS, LEADER, MANAGER, House, house
from tests.web.filled import filled

__all__ = ["house"]
pytestmark = [needs_chromium, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


@asynccontextmanager
async def signed_in(house: House, person: Any, width: int = 360, **how: Any) -> AsyncIterator[Page]:
    """A browser in which this person is signed in. Its pages must complain of nothing."""
    link = (await house.link(person)).replace(ADDRESS, house.stage.url)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        how = {"viewport": {"width": width, "height": 740}, "reduced_motion": "reduce"} | how  # no colours in between
        page = await (await browser.new_context(**how)).new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(link)
        await page.get_by_role("button", name="Sign in").click()
        yield page
        assert [words for words in complaints if "status of 4" not in words] == []  # how a page says what is wrong
        await browser.close()


async def is_sound(page: Page, width: int) -> None:
    """Nothing that axe finds wrong, with everything that opens open; nothing wider than the window."""
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = await Axe().run(page)
    assert not found.violations_count, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_wrong_on_any_page(house: House, width: int, colours: str) -> None:
    await filled(house)
    async with signed_in(house, MANAGER, width, color_scheme=colours) as page:
        url = f"{house.stage.url}/dashboard"
        rowan, hazel = f"{url}/wards/{house.rowan.key}", f"{url}/wards/{house.hazel.key}"
        for address in (
            f"{url}/",
            rowan,
            f"{rowan}?shift=night&weeks=104",
            hazel,
            f"{hazel}?measure=seclusion",
            f"{url}/trust",
            f"{url}/trust?measure=near_misses",
            f"{url}/nothing",
            f"{url}/?weeks=3",
        ):
            await page.goto(address)
            await is_sound(page, width)
        await page.goto(rowan)
        await page.get_by_label("What changed?").fill("NHS number 943 476 5919")
        await page.get_by_role("button", name="Note it").click()
        await page.get_by_role("heading", name="There is a problem").wait_for()
        await is_sound(page, width)
        await page.goto(f"{rowan}?measure=restraint")
        for typed, heading in (("six", "There is a problem"), ("6", "Physical and mechanical restraint")):
            if not await page.get_by_label("Target: at most").is_visible():
                await page.get_by_text("Set a target").click()
            await page.get_by_label("Target: at most").fill(typed)
            await page.get_by_role("button", name="Set this target").click()
            await page.get_by_role("heading", name=heading).wait_for()
            await is_sound(page, width)
        assert await page.locator(".sign").inner_text() == "?"


async def test_a_chart_is_there_by_keyboard_alone_and_without_scripts(house: House) -> None:
    await filled(house)
    async with signed_in(house, LEADER, java_script_enabled=False) as page:
        async with page.expect_response("**/charts/near_misses.svg*") as answer:
            await page.get_by_role("link", name="Rowan").press("Enter")
        assert (await (await answer.value).body()).lstrip().startswith((b"<?xml", b"<svg"))
        summary = page.locator("#m-near_misses ~ details summary", has_text="The figures as a table")
        await summary.press("Enter")
        assert await page.locator("#m-near_misses ~ details tbody tr").first.is_visible()
        measure = page.get_by_label("Measure")
        await measure.select_option("Near misses")
        await page.get_by_role("button", name="Show").press("Enter")
        await page.wait_for_url("**measure=near_misses**")
        assert await page.locator(".chart").count() == 1


async def test_print_has_the_charts_and_no_forms(house: House, tmp_path: Path) -> None:
    await filled(house)
    async with signed_in(house, MANAGER, 1280) as page:
        await page.goto(f"{house.stage.url}/dashboard/wards/{house.rowan.key}")
        await page.emulate_media(media="print")
        assert await page.get_by_role("img", name="Line chart of near misses").is_visible()
        for hidden in (".choose", ".places", ".asked-here", ".file a"):
            assert not await page.locator(hidden).first.is_visible(), hidden


async def test_a_printed_page_holds_chart_method_and_table_though_they_are_closed(house: House) -> None:
    await filled(house)
    async with signed_in(house, MANAGER, 1280) as page:
        await page.goto(f"{house.stage.url}/dashboard/wards/{house.rowan.key}?measure=near_misses&weeks=52")
        assert not await page.locator(".printed").is_visible()
        words = whole_text_of(await page.pdf(format="A4"))
        await page.goto(f"{house.stage.url}/dashboard/wards/{house.rowan.key}?measure=near_misses&shift=night")
        by_night = whole_text_of(await page.pdf(format="A4"))
    for printed in ("Why this chart", "An XmR chart of each week", "What it means", "29 Jun 2026", "9 Nov 2026"):
        assert printed in words, printed
    assert "There is no target" not in words and "What changed?" not in words
    assert "Near misses; 52 weeks; the whole day." in words
    assert "Near misses; 26 weeks; Night (about 9pm to 7am)." in by_night
