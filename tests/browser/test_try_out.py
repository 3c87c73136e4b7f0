"""`bot try` as a newcomer meets it: the real process, a small phone, by keyboard alone, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import threading

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from bot.settings import Settings
from tests.chromium import CHROMIUM, FLAGS, needs_chromium

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 360, 740
PATIENCE = 30
"""Seconds for the sample ward to be there, on a slow machine."""
pytestmark = needs_chromium


@contextmanager
def tried(data: Path) -> Iterator[str]:
    """The address that `bot try` prints; it is ended as Ctrl-C ends it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = {name.upper() for name in Settings.model_fields}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "try", "--no-open", "--port", str(port), "--data", str(data)],
        cwd=data.parent,
        env={name: value for name, value in os.environ.items() if name not in ours} | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stderr
    complaints: list[str] = []
    listening = threading.Thread(target=complaints.extend, args=(process.stderr,))
    listening.start()
    giving_up = threading.Timer(PATIENCE, process.kill)
    giving_up.start()
    try:
        said = process.stdout.readline()
        giving_up.cancel()
        assert "The sample ward is at http://127.0.0.1:" in said, "".join(complaints)
        yield said.split()[-1]
    finally:
        giving_up.cancel()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=15)
        listening.join()
        process.stdout.close()
        process.stderr.close()
    assert process.returncode == 0
    assert "Traceback" not in "".join(complaints)


@contextmanager
def phone(*, scripts: bool = True) -> Iterator[Page]:
    """A small phone; `scripts` is whether it runs JavaScript of ours. Its page must complain of nothing."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=scripts, locale="en-GB"
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: complaints.append(asked.url) if "127.0.0.1" not in asked.url else None)
        yield page
        browser.close()
        assert [words for words in complaints if "422" not in words] == []  # how a form says that something is wrong


def focused(page: Page) -> str:
    """The words of what has the focus."""
    return str(
        page.evaluate(
            "(() => { const at = document.activeElement;"
            " return at.labels?.[0]?.innerText ?? (at === document.body ? '' : at.innerText) })()"
        )
    )


def tab_to(page: Page, label: str) -> None:
    """Press Tab until what has this label has the focus; never by mouse."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if focused(page).startswith(label):
            return
    raise AssertionError(f"Tab never reaches “{label}”")


def press(page: Page, label: str) -> None:
    """Go to a button or a link and press it; the page that follows is there when this returns."""
    tab_to(page, label)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Page, *labels: str) -> None:
    """Go to options in the order of the form, and tick them: Tab between groups, arrows among a group's radios."""
    for label in labels:
        for _ in range(60):
            page.keyboard.press("Tab")
            for _ in range(12 if page.evaluate(IN_GROUP, label) else 0):
                if focused(page).startswith(label):
                    break
                page.keyboard.press("ArrowDown")
            if focused(page).startswith(label):
                break
        if not page.evaluate("document.activeElement.checked"):
            page.keyboard.press("Space")
        assert focused(page).startswith(label) and page.evaluate("document.activeElement.checked"), label


IN_GROUP = """label => document.activeElement.type === "radio" && [...document.activeElement.form.elements]
  .some(one => one.name === document.activeElement.name && one.labels[0].innerText.startsWith(label))"""


def is_sound(page: Page) -> None:
    """Nothing that axe finds wrong, and nothing wider than the phone."""
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def newest(page: Page) -> str:
    """The newest message's words."""
    return page.locator("article").first.inner_text()


def only_you(page: Page) -> str:
    """What is said to this visitor alone, which must have the focus."""
    assert "Only you can see this" in focused(page)
    return page.locator(".private").inner_text()


def test_the_whole_way_by_keyboard_alone_and_on_after_a_restart(tmp_path: Path) -> None:
    """Banner, huddle, digest with its chart, reminder, near miss, success; then the same page after a restart."""
    with phone() as page:
        with tried(tmp_path / "data") as address:
            page.goto(address)
            assert page.get_by_text("Sample ward: invented people, invented figures").is_visible()
            assert "Start of day huddle" in newest(page)
            is_sound(page)

            press(page, "Start huddle")
            assert focused(page) == "Start of day huddle"
            is_sound(page)
            press(page, "Finish huddle")
            assert "There is a problem" in focused(page)
            is_sound(page)
            choose(page, "Full team who know the ward", "It was calm and settled", "Visits, or a visit")
            choose(page, "Offer a quiet hour after lunch", "Nurse in charge", "Yes: we will talk about it now")
            press(page, "Finish huddle")
            assert "first at the next huddles" in only_you(page)
            assert "Start of day huddle: held" in newest(page)
            assert "Offer a quiet hour after lunch (Nurse in charge)" in newest(page)
            assert "Please talk about it now, face to face." in newest(page)
            is_sound(page)

            for _ in range(4):
                press(page, "Next prompt")
                if "the week of" in newest(page):
                    break
            assert "the week of" in focused(page)
            assert ": a real change - " in newest(page)  # so that a newcomer sees what one looks like
            chart = page.locator("article img").first
            chart.scroll_into_view_if_needed()
            assert len(chart.get_attribute("alt") or "") > 40
            page.evaluate("document.querySelector('article img').decode()")  # fails where it can't be shown
            assert page.evaluate("document.querySelector('article img').naturalWidth") > 0
            tab_to(page, "Show the figures as a table")
            page.keyboard.press("Enter")
            assert page.locator("details[open] tbody tr").count() > 12
            is_sound(page)

            press(page, "Next prompt")
            assert "One small thing for today" in focused(page)
            press(page, "Useful")
            assert "Thank you" in only_you(page)
            is_sound(page)

            press(page, "Report a near miss")
            assert focused(page) == "Near miss"
            is_sound(page)
            choose(page, "Lounge or day room", "Noise or crowding", "Listening", "De-escalation")
            tab_to(page, "Anything else, in one line")
            page.keyboard.type("We opened the garden door")
            press(page, "Send")
            assert "with no trace of who you are" in only_you(page)
            is_sound(page)

            press(page, "Share a success")
            assert focused(page) == "Success"
            choose(page, "Garden or outdoor space", "Waiting for something", "Offering a choice", "Prevention")
            press(page, "Send")
            assert "Thank you. It is saved" in only_you(page)
            page.goto(address)
            before = page.locator("article").all_inner_texts()
            clock = page.locator(".bar strong").inner_text()

        with tried(tmp_path / "data") as again:
            assert again.rpartition("/")[2] == address.rpartition("/")[2]
            page.goto(again)
            assert page.locator("article").all_inner_texts() == before
            assert page.locator(".bar strong").inner_text() == clock
            press(page, "Next prompt")
            assert page.locator("article").count() == len(before) + 1
            assert "huddle" in newest(page)
            assert "Offer a quiet hour after lunch (Nurse in charge" in newest(page)


def test_a_patient_identifier_is_refused_and_what_was_typed_stays(tmp_path: Path) -> None:
    """Before it is stored, with the focus on what is wrong."""
    with tried(tmp_path / "data") as address, phone() as page:
        page.goto(address)
        press(page, "Report a near miss")
        choose(page, "Lounge or day room", "Noise or crowding", "De-escalation")
        tab_to(page, "Anything else, in one line")
        page.keyboard.type("NHS number 943 476 5919")
        press(page, "Send")

        assert "There is a problem" in focused(page)
        assert page.get_by_label("Anything else, in one line").input_value() == "NHS number 943 476 5919"
        is_sound(page)
        tab_to(page, "Anything else, in one line:")
        page.keyboard.press("Enter")
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type("Somebody waited too long")
        press(page, "Send")
        assert "with no trace of who you are" in only_you(page)


def test_the_main_steps_need_no_scripts(tmp_path: Path) -> None:
    """As on a ward's locked-down computer: huddle, digest with its chart, reminder, near miss, success."""
    with tried(tmp_path / "data") as address, phone(scripts=False) as page:
        page.goto(address)
        assert page.get_by_text("Sample ward: invented people, invented figures").is_visible()
        page.get_by_role("button", name="Start huddle").first.click()
        page.get_by_label("Full team who know the ward").check()
        page.get_by_label("Offer a quiet hour after lunch").check()
        page.get_by_role("group", name="Which role will see to it?").or_(
            page.get_by_role("radiogroup", name="Which role will see to it?")
        ).get_by_label("Nurse in charge").check()
        page.get_by_label("No", exact=True).check()
        page.get_by_role("button", name="Finish huddle").click()
        page.get_by_role("heading", name="Start of day huddle: held").wait_for()

        page.get_by_role("button", name="Next prompt").click()
        page.get_by_role("heading", name="the week of").wait_for()
        with page.expect_response("**/chart/**") as answer:
            page.reload()
        assert answer.value.headers["content-type"].startswith("image/svg+xml")
        assert answer.value.body().lstrip().startswith((b"<?xml", b"<svg"))
        page.get_by_text("Show the figures as a table").click()
        assert page.get_by_role("columnheader", name="What it means").is_visible()

        page.get_by_role("button", name="Next prompt").click()
        page.get_by_role("button", name="Useful").first.click()
        assert "We will keep sharing things like this." in page.locator(".private").inner_text()

        for opens, area, sends in (
            ("Report a near miss", "Lounge or day room", "Send"),
            ("Share a success", "Dining area", "Send"),
        ):
            page.get_by_role("button", name=opens).first.click()
            page.get_by_label(area).check()
            page.get_by_label("Noise or crowding").check()
            page.get_by_label("Listening").check()
            page.get_by_label("Prevention: it settled early").check()
            page.get_by_role("button", name=sends).click()
            assert "Thank you. It is saved, with no trace of who you are." in page.locator(".private").inner_text()
