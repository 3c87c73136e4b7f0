"""The link that opens the dashboard: for one person alone, once, and within ten minutes."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.chat.front import typed
from bot.chat.message import Link, Message, Note, Text
from bot.chat.router import Command, Outcomes, Problem, Reply, Tap
from bot.handlers.desk import Desk, DeskRouter
from bot.handlers.roles import viewer
from bot.privacy.passes import Passes
from bot.store import wards

USED = "dashboard-link"
"""Under what the link's key is counted once it has signed somebody in."""
SIGN_IN = "/dashboard/in"
"""Where a link leads, below PUBLIC_URL."""
NOBODY = "There is no ward for you here yet. Type {dashboard} in your ward's own channel."
NO_ADDRESS = (
    "The dashboard has no address yet, so no link can lead there. Please ask your digital team to set PUBLIC_URL to "
    "the address at which this service is reached."
)
WORDS = "Here is your link to the dashboard. It is for you alone, works once, and within 10 minutes."
SHARED = "Please don't pass it on: whoever opens it sees what you may see. Others can ask for their own."


def register(router: DeskRouter) -> None:
    """The button at home (`/huddle dashboard` is typed)."""
    router.on_tap("dashboard", give_link)


async def give_link(event: Command | Tap, desk: Desk) -> Outcomes:
    """A link for who asks, as staff of the ward in whose channel they do so, and with whatever else they are."""
    async with desk.store() as session:
        ward = await wards.ward_at(session, event.place)
        if ward:
            await desk.remember(session, event.person, ward)
        here = ward.key if ward else None
        if not (await viewer(session, desk, event.person, here)).wards:
            raise Problem(NOBODY.format(dashboard=typed("huddle dashboard", event.person.front)))
    address = _address(desk, event.person.front) + Passes(desk.secret, "link", desk.clock).new(event.person, here)
    parts = (
        Text(WORDS),
        Link("Open the dashboard", address),
        Note(SHARED),
    )
    return (Reply(Message("dashboard_link", WORDS, parts)),)


def _address(desk: Desk, front: str) -> str:
    """What a link begins with: at a page of ours, the same place without its name. Raises `Problem`."""
    if front == "browser":
        return f"{urlsplit(desk.public_url).path}{SIGN_IN}/"
    if not desk.public_url:
        raise Problem(NO_ADDRESS)
    return f"{desk.public_url}{SIGN_IN}/"
