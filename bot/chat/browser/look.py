"""Reads a page as it stands: whose it is, its messages, and what can be done there."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import ValidationError
import structlog

from bot.chat.browser.draw import Card, View
from bot.chat.browser.front import page_at
from bot.chat.browser.seal import Seal
from bot.chat.html.guard import NoSuchPage
from bot.chat.message import Button, Buttons, Chart, Message, from_json
from bot.chat.router import Router
from bot.prompts import actions
from bot.settings import Clock
from bot.store import wards
from bot.store.database import Store, StoreAway
from bot.store.pages import latest_messages
from bot.store.tables import PageMessage

log = structlog.get_logger()

SHOWN = 30
"""Messages on a page."""
UK = ZoneInfo("Europe/London")
COMMANDS = {
    "near-miss": ("Report a near miss", "report", ""),
    "success": ("Share a success", "success", ""),
    "tally": ("Tally a restrictive intervention", "report", "restrictive"),
    "code": ("Have a code?", "report", "code"),
    "huddle": ("Start a huddle", "huddle", "start"),
    "today": ("The shift so far", "huddle", "today"),
    "debrief": ("Ask for a debrief", "huddle", "debrief"),
    "dashboard": ("Dashboard", "huddle", "dashboard"),
    "mark": ("Note a change on the charts", "huddle", "mark"),
}
"""What can be done on a ward's page, by the name its button sends: label, command, text."""


def card_id(key: str) -> str:
    """Where on its page the message with this key stands."""
    return f"m-{key}"


def read(kept: PageMessage) -> Message | None:
    """The message, or None where it was written by a version that this one does not understand."""
    try:
        return from_json(kept.body)
    except ValidationError:
        log.warning("page_message_unreadable", message=kept.key)
        return None


class Look:
    """Makes what the templates draw."""

    def __init__(
        self, store: Store, router: Router[Any], clock: Clock, seal: Seal, base: str, can_forward: bool
    ) -> None:
        self._store = store
        self._router = router
        self._clock = clock
        self._seal = seal
        self._base = base
        self._can_forward = can_forward

    async def page(self, page: str) -> View:
        """The page. Raises `NoSuchPage`; where the database is away, the view says so."""
        try:
            async with self._store() as session:
                ward = await wards.ward_at(session, page_at(page))
                led = ward or next(iter(await wards.wards_led_at(session, page_at(page))), None)
                kept = await latest_messages(session, page, SHOWN)
                zone = ZoneInfo(led.timezone) if led else UK
                today = self._clock().astimezone(zone).date()
                board = await actions.board(session, ward, today) if ward else None
        except StoreAway:
            return View(page, away=True)
        if not (led or kept):
            raise NoSuchPage
        sample = bool(led and led.sample)
        return View(
            page,
            title=ward.name if ward else "Leaders' page",
            sample=sample,
            commands=self._commands() if ward else (),
            board=Card("open-actions", board, self._sends(page, uuid4().hex, False, board), {}) if board else None,
            cards=tuple(self._card(one, message, zone) for one in reversed(kept) if (message := read(one))),
            more=len(kept) == SHOWN,
            forward_from=self._clock().astimezone(zone) if sample and self._can_forward else None,
        )

    def private(self, page: str, number: int, message: Message) -> Card:
        """A card for what is kept nowhere; a chart in it would be shown by its words."""
        return Card(f"private-{number}", message, self._sends(page, uuid4().hex, False, message), {})

    def _card(self, kept: PageMessage, message: Message, zone: ZoneInfo) -> Card:
        address = f"{self._base}/{quote(kept.channel)}/chart/{quote(kept.key)}"
        charts = (part for part in message.parts if isinstance(part, Chart))
        return Card(
            card_id(kept.key),
            message,
            self._sends(kept.channel, kept.key, True, message),
            {chart: f"{address}-{number}.svg" for number, chart in enumerate(charts)},
            kept.posted_at.astimezone(zone),
        )

    def _sends(self, page: str, key: str, posted: bool, message: Message) -> dict[Button, str]:
        rows = (part.buttons for part in message.parts if isinstance(part, Buttons))
        return {button: self._seal.button(page, key, posted, button) for row in rows for button in row}

    def _commands(self) -> tuple[tuple[str, str], ...]:
        known = self._router.names["command"]
        return tuple((name, label) for name, (label, command, _) in COMMANDS.items() if command in known)
