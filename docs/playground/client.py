"""Microsoft's local Teams client, the Microsoft 365 Agents Playground: installed, started, and used in Chromium."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import Locator, Page, sync_playwright

from docs.screenshots import CHROMIUM, SCALE

PACKAGE, VERSION = "@microsoft/m365agentsplayground", "0.2.28"
HOME = Path(__file__).parents[2] / ".venv" / "playground"
CLIENT = HOME / "node_modules" / PACKAGE
NODE = 20
"""The oldest Node.js that it is known to run on."""
STARTS_WITHIN, ANSWERS_WITHIN = 20.0, 10.0
"""Seconds."""
BOT, BOT_ID = "Wardhuddle", "00000000-0000-4000-8000-000000000001"
DRAWN = 300
"""Milliseconds that the client takes to draw what it was told: from outside nothing tells when it has."""
TENANT = "11111111-2222-4333-8444-555555555555"
TEAM, CHANNEL, CHANNEL_ID = "Willow Ward", "Huddles", "19:huddles@thread.tacv2"
IN_CHANNEL, IN_PERSON = f"{TEAM} - {CHANNEL}", "Personal Chat"
"""Where to say something: names in the client's left pane."""
WIDTH, HEIGHT = 1280, 1600
"""CSS pixels: high enough for most cards, and wide enough for the client's page, which below some 810 does not fit."""
PEOPLE = ("Ines Okafor", "Tom Ashby", "Priya Nair", "Leah Stone", "Sam Doyle", "Ada Whitlock")
"""The first is who sits before it; it takes no other number of people."""
ON_LOOPBACK = """
import { Server } from "node:net";
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...more) {
  return listen.call(this, port, ...(typeof port === "number" ? ["127.0.0.1"] : []), ...more);
};
"""
"""It would listen on every network that the machine is in, and has no option for that."""
_SENT = re.compile(r"/_conversation/v1/(invoke|submit)$")


def install() -> None:
    """Make sure that the client is there. Ends with code 2 where that can't be."""
    if not (shutil.which("node") and shutil.which("npm")):
        stop(f"This needs Node.js {NODE} or newer, with npm, on the PATH.")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(said.removeprefix("v").partition(".")[0]) < NODE:
        stop(f"This needs Node.js {NODE} or newer; here is {said}.")
    about = CLIENT / "package.json"
    if about.exists() and json.loads(about.read_text())["version"] == VERSION:
        return
    sys.stdout.write(
        f"Installing {PACKAGE} {VERSION} into {HOME}.\n"
        f"It is Microsoft's and not part of Wardhuddle; its licence allows evaluation: {CLIENT / 'LICENSE'}\n"
    )
    sys.stdout.flush()
    options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
    if subprocess.run(["npm", "install", "--prefix", HOME, *options, f"{PACKAGE}@{VERSION}"]).returncode:
        stop("npm could not install it.")


def stop(words: str) -> None:
    """Say why nothing can be done."""
    sys.stderr.write(f"{words}\n")
    sys.exit(2)


def _person(number: int, name: str) -> dict[str, str]:
    """The id is the Entra object ID too, so that the bot finds the personal chat by it."""
    key, mail = f"0a000000-0000-4000-8000-{number:012d}", f"{name.replace(' ', '.').lower()}@example.org"
    given, surname = name.split()
    names = {"name": name, "givenName": given, "surname": surname, "email": mail, "userPrincipleName": mail}
    return {"id": key, "aadObjectId": key, **names}


def _config() -> dict[str, Any]:
    me, *others = (_person(number, name) for number, name in enumerate(PEOPLE))
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT_ID, "name": BOT},
        "currentUser": me,
        "users": others,
        "personalChat": {"id": "a:personal"},
        "groupChat": {"id": "19:group@thread.v2", "name": "Charge nurses"},
        "team": {
            "id": "19:general@thread.tacv2",
            "name": TEAM,
            "aadGroupId": "22222222-2222-4333-8444-555555555555",
            "channels": [{"id": CHANNEL_ID, "name": CHANNEL}],
        },
    }


@contextmanager
def started(address: str, endpoint: str) -> Iterator[None]:
    """The client, at this address; it keeps nothing. The bot must answer at `endpoint` by then."""
    with TemporaryDirectory() as folder:
        config = Path(folder, "playground.yml")
        config.write_text(json.dumps(_config()))
        node = subprocess.Popen(
            [
                *("node", "--import", f"data:text/javascript,{quote(ON_LOOPBACK)}"),
                *(CLIENT / "cli.js", "start"),
                *("--app-endpoint", endpoint, "--channel-id", "msteams", "--port", address.rpartition(":")[2]),
                *("--service-url", service_url(address), "--disable-telemetry"),
            ],
            cwd=folder,  # it writes a log there
            env=os.environ | {"BROWSER": "none", "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(node, address, Path(folder, "devTools", "m365agentsplayground.log"))
            yield
        finally:
            node.terminate()
            node.wait()


def service_url(address: str) -> str:
    """Where the bot calls the client."""
    return f"{address}/_connector"


def _wait(node: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and node.poll() is None:
        try:
            with urlopen(f"{address}/_debug/ping", timeout=1) as answer:
                if answer.read() == b"pong":
                    return
        except OSError:
            time.sleep(0.1)
    stop("The playground did not start.\n" + (log.read_text() if log.exists() else ""))


@contextmanager
def opened(address: str) -> Iterator[Client]:
    """The client's page in Chromium, at the personal chat."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SCALE,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        context.route("https://**", lambda route: route.abort())  # fonts, without which it uses the system's
        page = context.new_page()
        page.set_default_timeout(1000 * ANSWERS_WITHIN)
        page.goto(address)
        page.get_by_title("Hide log panel").click()
        yield Client(page)
        browser.close()


class Client:
    """What a person does there, in the chat or channel that is shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._here = IN_PERSON

    def go(self, where: str) -> None:
        """Show another chat or channel; at the first time the bot is told that it was let in there."""
        self.page.get_by_role("treeitem", name=where, exact=True).click()
        self._here = where

    def say(self, text: str) -> None:
        """Write to the bot in the personal chat, and wait for its answer."""
        before = self.said().count()
        self.page.locator("[data-lexical-editor=true]").first.click()
        self.page.keyboard.type(text)
        self.page.get_by_role("button", name="Send Message", exact=True).click()
        self.wait_for_more(before)

    def choose(self, command: str) -> None:
        """Open the dialog of an entry in the menu beside the message box; here it is known by its ID."""
        self.page.get_by_label("Trigger Message Extension App").first.click()
        self.page.get_by_role("menuitem", name="Action Command").click()
        ask = self.page.get_by_role("dialog", name="Command ID option dialog")
        ask.get_by_placeholder("Input command id").fill(command)
        with self.page.expect_response(_SENT):
            ask.get_by_role("button", name="Create").click()
        self.dialog.locator(".ac-adaptiveCard").wait_for()

    def close(self) -> None:
        """Close the dialog."""
        self.dialog.get_by_role("button", name="Close").click()
        self.dialog.wait_for(state="hidden")

    def press(self, title: str) -> None:
        """Press a button of the newest card that has it, and wait for what the bot answers to that."""
        button = self.cards.get_by_role("button", name=title, exact=True)
        with self.page.expect_response(_SENT):
            (button.first if self._newest_first else button.last).click()
        self.page.wait_for_timeout(DRAWN)

    def fill(self, answers: Mapping[str, str | list[str]]) -> None:
        """Choose in the newest card's form: an option by its label, or several."""
        for label, wanted in answers.items():
            words = self.card.locator("label.ac-richTextBlock").filter(has_text=re.compile(rf"^{re.escape(label)}"))
            field = words.locator("xpath=following-sibling::*[contains(@class, 'ac-input-container')]")
            if isinstance(wanted, str):
                self._choose_one(field, wanted)
                continue
            for box in field.locator("span:has(> input[type=checkbox])").all():
                box.locator("input").set_checked(box.inner_text().strip() in wanted, force=True)

    def _choose_one(self, field: Locator, wanted: str) -> None:
        if (folded := field.get_by_role("combobox")).count():
            folded.click()
            self.page.get_by_role("option", name=wanted, exact=True).click()
        else:
            field.get_by_label(wanted, exact=True).check(force=True)

    def said(self) -> Locator:
        """The bot's portrait beside each thing that it said."""
        return self._pane.locator(f'[role=img][aria-label="{BOT}"]')

    def wait_for_more(self, before: int) -> None:
        """Wait until the bot has said more than that many things."""
        self.said().nth(before).wait_for()
        self.page.wait_for_timeout(DRAWN)

    @property
    def cards(self) -> Locator:
        """The dialog's card, or those of the chat."""
        return (self.dialog if self.dialog.count() else self._pane).locator(".ac-adaptiveCard")

    @property
    def card(self) -> Locator:
        """The newest of these."""
        return self.cards.first if self._newest_first else self.cards.last

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    @property
    def _newest_first(self) -> bool:
        return self._here != IN_PERSON

    @property
    def _pane(self) -> Locator:
        """The chat beside the left pane: it has no name of its own."""
        left = self.page.get_by_role("region", name="Chat and Teams Channel")
        return left.locator("xpath=../../following-sibling::div[1]")
