"""The sample ward in Microsoft's local Teams client: `make playground`, or `python -m docs.playground [--stay]`.

It takes the pictures of Teams in docs/images; with `--stay` it leaves the client open to try by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
import logging
from pathlib import Path
import socket
import sys
from tempfile import TemporaryDirectory
import webbrowser

from anyio.from_thread import start_blocking_portal
import jwt
from playwright.sync_api import Locator
from pydantic import SecretStr
import uvicorn

from bot import sample
from bot.app import PARTS, House, build, running, set_up_logs, web_app
from bot.chat.teams.cloud import Cloud
from bot.chat.teams.door import MESSAGES_PATH
from bot.settings import Settings
from bot.store.database import migrate
from bot.store.tables import Ward
from docs.playground import client
from docs.screenshots import CHROMIUM, TALLEST, keep

LOOPBACK = "127.0.0.1"
HUDDLE: dict[str, str | list[str]] = {
    "Staffing and skill mix": "Full team who know the ward",
    "What went well overnight?": ["Someone noticed early and helped", "People rested well"],
    "What between people may unsettle them today?": ["Visits, or a visit that may not happen"],
    "Has everyone read the support sheets?": "Yes, all of us",
    "One thing we will do to prevent distress": "Offer a quiet hour after lunch",
    "Which role will see to it?": "Activity coordinator",
    "Who leads if someone becomes distressed?": "Nurse in charge",
    "Is anyone worried about anything?": "No",
}
NEAR_MISS: dict[str, str | list[str]] = {
    "Roughly where?": "Lounge or day room",
    "What was building?": ["Noise or crowding"],
    "What helped?": ["Listening"],
    "How did it settle?": "De-escalation: talking and space settled it",
}


class Trial:
    """A house with the sample ward, whose channel is the client's."""

    def __init__(self, house: House, clock: sample.SampleClock, ward: Ward) -> None:
        self._house = house
        self._clock = clock
        self._ward = ward
        self._begun = False

    async def forward(self) -> None:
        """Move the clock to the next prompt, and send it; at first, to the ward's first prompts."""
        if self._begun:
            await sample.forward(self._house, self._clock)
        else:
            await sample.first_prompts(self._house, self._clock, self._ward)
        self._begun = True


@asynccontextmanager
async def trial(listener: socket.socket, address: str) -> AsyncIterator[Trial]:
    """The house, served at this socket, for the client at this address. It keeps nothing."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            _env_file=None,
            data_dir=Path(folder),
            database_url="",
            slack_bot_token=SecretStr(""),
            public_url=address_of(listener),
            teams_client_id=client.BOT_ID,
            teams_tenant_id=client.TENANT,
        )
        set_up_logs(settings, logging.WARNING)
        await asyncio.to_thread(migrate, settings.sqlalchemy_url)
        clock = sample.SampleClock()
        cloud = Cloud(service_url=client.service_url(address), token=token, authenticated=False, dialogs=False)
        house = build(settings, clock, teams=cloud)
        where = {"front": "teams", "workspace": client.TENANT, "channel": client.CHANNEL_ID}
        ward = await sample.make_ward(house, clock, **where)
        async with running(house, PARTS):
            server = uvicorn.Server(uvicorn.Config(web_app(house, PARTS), log_config=None, lifespan="off"))
            serving = asyncio.create_task(server.serve([listener]))
            try:
                yield Trial(house, clock, ward)
            finally:
                server.should_exit = True
                await serving


async def token(_scope: object, _tenant: str | None) -> str:
    """What the client does not look at, but the SDK does."""
    return jwt.encode({"iss": "nobody"}, "no secret, since nobody checks it")


def address_of(listener: socket.socket) -> str:
    """Where a socket of this machine listens."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def visit(teams: client.Client, forward: Callable[[], None]) -> None:
    """What the pictures show, in the order in which it happens."""
    teams.go(client.IN_CHANNEL)
    forward()
    teams.wait_for_more(2)
    take("huddle-prompt", teams.card)

    teams.press("Start huddle")
    teams.fill(HUDDLE)
    take("huddle-form", teams.card)
    teams.press("Finish huddle")
    take("huddle-summary", teams.cards.filter(has_text=": held").first)

    teams.choose("report_near_miss")
    teams.fill(NEAR_MISS)
    take("near-miss-form", teams.card)
    teams.press("Send")
    take("near-miss-thanks", teams.card)
    teams.close()

    forward()
    teams.wait_for_more(3)
    teams.card.locator("img").evaluate("picture => picture.decode()")
    take("digest", teams.card)

    teams.go(client.IN_PERSON)
    teams.say("home")
    take("home", teams.card)


def take(name: str, card: Locator) -> None:
    """A picture of a card, or of its upper part where it is long, without what the client says around it."""
    page = card.page
    page.mouse.move(0, 0)
    card.evaluate("card => { document.activeElement.blur(); card.scrollIntoView({ block: 'start' }) }")
    box = card.bounding_box()
    assert box
    clip = box | {"height": min(box["height"], float(TALLEST))}
    keep(f"teams-{name}", page.screenshot(clip=clip, animations="disabled", caret="hide"))


def main() -> None:
    """Take the pictures, or with `--stay` wait for somebody to try by hand."""
    stay = sys.argv[1:] == ["--stay"]
    if not stay and not CHROMIUM:
        client.stop("There is no Chromium on the PATH: make browser installs it where it can.")
    client.install()
    with socket.create_server((LOOPBACK, 0)) as listener, socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        address = address_of(probe)
        probe.close()
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(trial(listener, address)) as house:
            forward = partial(portal.call, house.forward)
            with client.started(address, address_of(listener) + MESSAGES_PATH):
                if stay:
                    by_hand(address, forward)
                else:
                    with client.opened(address) as teams:
                        visit(teams, forward)


def by_hand(address: str, forward: Callable[[], None]) -> None:
    """Until Ctrl-C or Ctrl-D, a prompt for each Enter."""
    sys.stdout.write(
        f"The client is at {address}. Choose {client.IN_CHANNEL} there.\n"
        "Each Enter here moves the sample ward's clock to its next prompt. Stop with Ctrl-C.\n"
    )
    webbrowser.open(address)
    with suppress(KeyboardInterrupt):
        for _ in sys.stdin:
            forward()


if __name__ == "__main__":
    main()
