"""The ward's page in a real browser on a small phone: by keyboard alone, and against axe's rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright
import pytest

from bot.chat.browser.front import page_at
from tests.chat.browser.trial import DIGEST, LINK, PAGE, REMINDER, huddle, make_trial
from tests.chromium import CHROMIUM, FLAGS, needs_chromium
from tests.serving import served

pytestmark = needs_chromium


@asynccontextmanager
async def phone(*, scripts: bool = True, colours: str = "light") -> AsyncIterator[Page]:
    """A small phone; `scripts` is whether it runs JavaScript of ours."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            viewport={"width": 360, "height": 740},
            java_script_enabled=scripts,
            color_scheme="dark" if colours == "dark" else "light",
        )
        page = await context.new_page()
        page.set_default_timeout(10_000)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        yield page
        await browser.close()
        assert not [words for words in complaints if "Content Security Policy" in words]


async def tab_to(page: Page, label: str) -> None:
    """Press Tab until what has this label has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if label in await focused(page):
            return
    raise AssertionError(f"Tab never reaches {label!r}")


async def focused(page: Page) -> str:
    """The words of what has the focus."""
    return str(
        await page.evaluate(
            "(() => { const at = document.activeElement;"
            " return at.labels?.[0]?.innerText ?? (at === document.body ? '' : at.innerText) })()"
        )
    )


async def is_sound(page: Page) -> None:
    """Nothing that axe finds wrong, nothing wider than the phone, nothing too small for a thumb."""
    found = await Axe().run(page)
    assert not found.violations_count, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    small = await page.evaluate(
        "[...document.querySelectorAll('button, a.button, summary, input:not([type=hidden]), select, textarea')]"
        ".map(one => one.closest('.choice') ?? one)"
        ".filter(one => one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"
    )
    assert not small


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    trial = await make_trial(tmp_path, forward=True, sample=True)
    for message in (DIGEST, REMINDER, huddle()):
        await trial.front.post(page_at(PAGE), message, message.kind)
    async with served(trial.app) as url:
        yield f"{url}/ward/{PAGE}"
    await trial.store.close()


async def test_a_report_can_be_made_by_keyboard_alone(address: str) -> None:
    async with phone() as page:
        await page.goto(address)
        await is_sound(page)

        await tab_to(page, "Report a near miss")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/command#answer")
        assert await focused(page) == "Report a near miss"
        await is_sound(page)

        await tab_to(page, "Send report")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/form#answer")
        assert "There is a problem" in await focused(page)
        await is_sound(page)

        await tab_to(page, "When was it? Please choose one.")
        await page.keyboard.press("Enter")
        assert "Morning" in await focused(page)
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowDown")
        await tab_to(page, "Where was it?")
        await page.keyboard.type("Place 3")
        await tab_to(page, "Giving space")
        await page.keyboard.press("Space")
        await tab_to(page, "Anything to add?")
        await page.keyboard.type("We opened the garden")
        await tab_to(page, "Send report")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")

        assert "Only you can see this" in await focused(page)
        assert "Nobody can see who sent it." in await focused(page)
        await is_sound(page)


async def test_a_reminder_is_answered_in_one_tap_and_a_prompt_brought_on(address: str) -> None:
    async with phone(colours="dark") as page:
        await page.goto(address)
        await is_sound(page)
        await tab_to(page, "We will try it")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert "Noted, thank you." in await focused(page)
        await tab_to(page, "Next prompt")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert "Start-of-day huddle" in await focused(page)
        await is_sound(page)


async def test_a_report_page_is_sound_and_needs_no_scripts(address: str) -> None:
    link = address.replace(f"/ward/{PAGE}", f"/report/{LINK}")
    async with phone(colours="dark") as page:
        for at in (link, f"{link}-replaced"):
            await page.goto(at)
            await is_sound(page)
        await page.goto(link)
        await tab_to(page, "Report a near miss")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await focused(page) == "Report a near miss"
        await is_sound(page)
    async with phone(scripts=False) as page:
        await page.goto(link)
        buttons = ["Report a near miss", "Share a success", "Have a code?"]
        assert await page.get_by_role("button").all_inner_texts() == buttons
        await page.get_by_role("button", name="Report a near miss").click()
        await page.get_by_label("Evening").check()
        await page.get_by_role("button", name="Send report").click()
        await page.get_by_text("Nobody can see who sent it.").wait_for()


async def test_an_error_page_is_sound(address: str) -> None:
    async with phone() as page:
        await page.goto(address + "-mistyped")
        assert await page.title() == "We can't find this page - Wardhuddle"
        await is_sound(page)


async def test_nothing_is_cut_off_at_the_narrowest(address: str) -> None:
    async with phone() as page:
        await page.set_viewport_size({"width": 320, "height": 640})
        await page.goto(address)
        await page.get_by_text("Show the figures as a table").click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        await page.get_by_role("button", name="Report a near miss").click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_all_works_without_scripts(address: str) -> None:
    async with phone(scripts=False) as page:
        await page.goto(address)
        await page.get_by_role("button", name="Report a near miss").click()
        await page.get_by_label("Evening").check()
        await page.get_by_role("button", name="Send report").click()
        await page.get_by_text("Nobody can see who sent it.").wait_for()


async def test_focus_is_never_hidden_behind_the_bar(address: str) -> None:
    async with phone() as page:
        await page.goto(address)
        for _ in range(20):
            await page.keyboard.press("Tab")
            hidden = await page.evaluate(
                "(() => { const at = document.activeElement, bar = document.querySelector('.bar');"
                " return !bar.contains(at) && at !== document.body"
                " && at.getBoundingClientRect().bottom > bar.getBoundingClientRect().top })()"
            )
            assert not hidden, await focused(page)


async def test_an_open_page_says_that_a_message_has_come(tmp_path: Path) -> None:
    trial = await make_trial(tmp_path)
    await trial.front.post(page_at(PAGE), REMINDER, "first")
    async with served(trial.app) as url, phone() as page:
        await page.clock.install()
        await page.goto(f"{url}/ward/{PAGE}")
        await trial.front.post(page_at(PAGE), huddle(), "second")
        await page.clock.run_for(21_000)
        await page.get_by_role("link", name="New message: show it").click()
        await page.get_by_role("heading", name="Start-of-day huddle").wait_for()
    await trial.store.close()
