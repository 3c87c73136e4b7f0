"""The report page of any ward, where a poster's QR code leads. It takes reports, and shows only one's own."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from ipaddress import IPv6Network, ip_address
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.chat.browser.draw import Card, View
from bot.chat.browser.front import BrowserFront
from bot.chat.browser.look import COMMANDS
from bot.chat.browser.visits import Done, Pages, Visit
from bot.chat.html.frame import STATIC
from bot.chat.html.guard import Forged, SecurityHeaders, Sorry
from bot.chat.message import Buttons, Message
from bot.chat.router import Command, Router
from bot.chat.sheet import FORM_LIFE
from bot.handlers.report_form import HELP_NOW
from bot.privacy.allowance import Allowance
from bot.settings import Clock, Settings
from bot.store import wards
from bot.store.database import Store, StoreAway
from bot.store.tables import Ward

BUTTONS = ("near-miss", "success", "code")
"""All that can be done here."""
WITHIN = timedelta(minutes=10)
BY_LINK = 30
"""Reports that a ward's link takes within that time: more than any ward sends, and few enough to clear away."""
BY_NETWORK = 120
"""Reports that one address sends; behind it may be a whole trust."""
GUESSES = 60
"""Links that lead nowhere and are asked for from one address. After that it gets no page, lest it find one."""
TOO_MANY = (
    "Many reports have come in the last few minutes, so this one was not taken yet. "
    "Please wait a minute, then send it again."
)
CODE_FORM = "my_report"
"""The form that asks for a code. It is counted by itself, so that guessing codes keeps nobody from reporting."""
CODES = 60
"""Those that one address sends: a visitor who forgets the page's cookie is a new person to `Desk.wrong_codes`."""
TOO_MANY_CODES = (
    "From your network many codes were given in the last few minutes, so this one was not looked up. "
    "Please wait a minute, then send it again."
)


class LinkReplaced(Sorry):
    """No ward has this link. The words are the same whether one ever had it, so that nobody learns which."""

    status = HTTPStatus.NOT_FOUND
    title = "This link is no longer in use"
    words = (
        "It has been replaced by a new one, or was mistyped. Please ask the ward for its new link, or scan the QR code "
        "of its newest poster.",
        "If you were just sending something, it was not kept.",
        HELP_NOW,
    )
    leads_back = False


class TooManyGuesses(Sorry):
    """More links that lead nowhere than anybody mistypes."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Please try again in a few minutes"
    words = (
        "From your network many links were opened that lead nowhere, so none is opened for the moment.",
        "If you were just sending something, it was not kept.",
        HELP_NOW,
    )
    leads_back = False


def routes(
    *, router: Router[Any], front: BrowserFront, store: Store, settings: Settings, clock: Clock
) -> list[BaseRoute]:
    """Everything under `/report`."""
    pages = _ReportPages(router, front, store, settings, clock)
    return [
        Mount(
            "/report",
            routes=[
                Mount("/static", StaticFiles(directory=STATIC)),
                Route("/{page}", pages.safely(pages.show)),
                Route("/{page}/command", pages.safely(pages.command), methods=["POST"]),
                Route("/{page}/form", pages.safely(pages.form), methods=["POST"]),
                Route("/{page}/{step}", pages.safely(pages.back)),
                Route("/{anything:path}", pages.safely(pages.nothing), methods=["GET", "POST"]),
            ],
            middleware=[Middleware(SecurityHeaders)],
        )
    ]


class _ReportPages(Pages):
    cookie_life = FORM_LIFE
    """A visitor is known for as long as a form of theirs may be sent, and no longer."""

    def __init__(
        self, router: Router[Any], front: BrowserFront, store: Store, settings: Settings, clock: Clock
    ) -> None:
        super().__init__(router, front, settings, "/report")
        self._store = store
        self._by_link = Allowance(BY_LINK, WITHIN, clock)
        self._by_network = Allowance(BY_NETWORK, WITHIN, clock)
        self._codes = Allowance(CODES, WITHIN, clock)
        self._guesses = Allowance(GUESSES, WITHIN, clock)

    # What is asked for, and sent

    async def show(self, request: Request) -> Response:
        """The page."""
        await self._ward_of(request)
        return await super().show(request)

    async def command(self, request: Request) -> Response:
        """One of its buttons was pressed: the form is the one that the ward's own channel opens."""
        ward = await self._ward_of(request)
        visit = await self._posted(request)
        if visit.sent("name") not in BUTTONS:
            raise Forged
        _, name, text = COMMANDS[visit.sent("name")]
        return await self._answer(visit, Command(name, text, visit.person, ward.channel))

    async def form(self, request: Request) -> Response:
        """A form was sent."""
        with suppress(StoreAway):  # then the form says so, and keeps what was typed
            await self._ward_of(request)
        return await super().form(request)

    def _refused(self, request: Request, kind: str) -> Done | None:
        counted = [(self._by_link, request.path_params["page"]), (self._by_network, network_of(request))]
        if kind == CODE_FORM:
            counted = [(self._codes, network_of(request))]
        if not all(allowance.has_more(key) for allowance, key in counted):
            return Done(problem=TOO_MANY_CODES if kind == CODE_FORM else TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS)
        for allowance, key in counted:
            allowance.take(key)
        return None

    async def nothing(self, request: Request) -> Response:
        """Nothing is here."""
        raise LinkReplaced

    async def _ward_of(self, request: Request) -> Ward:
        """The ward whose link was opened. Raises `LinkReplaced`, and `TooManyGuesses` before it would find one."""
        network = network_of(request)
        if not self._guesses.has_more(network):
            raise TooManyGuesses
        try:
            return await self._ward(request.path_params["page"])
        except LinkReplaced:
            self._guesses.take(network)
            raise

    async def _ward(self, page: str) -> Ward:
        async with self._store() as session:
            ward = await wards.ward_reported_at(session, page)
        if ward is None:
            raise LinkReplaced
        return ward

    # What is shown

    async def _view(self, page: str) -> View:
        try:
            ward = await self._ward(page)
        except StoreAway:
            return View(page, title="Report page", away=True)
        labels = tuple((name, COMMANDS[name][0]) for name in BUTTONS)
        return View(page, title=ward.name, sample=ward.sample, commands=labels)

    async def _shown(self, visit: Visit, done: Done) -> Response:
        return self._page(visit, "report.html", await self._view(visit.page), done, help_now=HELP_NOW)

    def _private(self, page: str, number: int, message: Message) -> Card:
        """Without buttons: nothing can be done here but report."""
        words = tuple(part for part in message.parts if not isinstance(part, Buttons))
        return Card(f"private-{number}", replace(message, parts=words), {}, {})


def network_of(request: Request) -> str:
    """Where a request comes from: an address, of IPv6 the network that one household or ward has (a /64)."""
    host = request.client.host if request.client else ""
    try:
        at = ip_address(host)
    except ValueError:  # a socket of this machine has no address
        return host
    if at.version == 4 or at.ipv4_mapped:
        return host
    return str(IPv6Network((int(at), 64), strict=False))
