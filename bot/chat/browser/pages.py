"""A ward's page in the browser: its messages, its buttons, its forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.chat.browser.draw import Card, View
from bot.chat.browser.front import BrowserFront, message_at
from bot.chat.browser.look import COMMANDS, Look, card_id, read
from bot.chat.browser.visits import Done, Pages, Visit
from bot.chat.html.frame import STATIC
from bot.chat.html.guard import NO_STORE, Forged, NoSuchPage, SecurityHeaders
from bot.chat.message import Chart, Message
from bot.chat.pictures import Pictures
from bot.chat.router import Command, Router, Tap
from bot.settings import Clock, Settings
from bot.store.database import Store
from bot.store.pages import latest_messages, message_with_key


def routes(
    *,
    router: Router[Any],
    front: BrowserFront,
    store: Store,
    settings: Settings,
    clock: Clock,
    draw: Callable[[Chart], Awaitable[bytes]],
    forward: Callable[[], Awaitable[None]] | None = None,
) -> list[BaseRoute]:
    """Everything under `/ward`.

    `draw` makes a chart's SVG. `forward`, for a try-out, moves the clock of sample wards to their next prompt.
    """
    pages = _WardPages(router, front, store, settings, clock, Pictures(draw), forward)
    return [
        Mount(
            "/ward",
            routes=[
                Mount("/static", StaticFiles(directory=STATIC)),
                Route("/{page}", pages.safely(pages.show)),
                Route("/{page}/latest", pages.safely(pages.latest)),
                Route("/{page}/chart/{message}-{number:int}.svg", pages.safely(pages.chart)),
                Route("/{page}/tap", pages.safely(pages.tap), methods=["POST"]),
                Route("/{page}/command", pages.safely(pages.command), methods=["POST"]),
                Route("/{page}/form", pages.safely(pages.form), methods=["POST"]),
                Route("/{page}/next", pages.safely(pages.next), methods=["POST"]),
                Route("/{page}/{step}", pages.safely(pages.back)),
                Route("/{anything:path}", pages.safely(pages.nothing), methods=["GET", "POST"]),
            ],
            middleware=[Middleware(SecurityHeaders)],
        )
    ]


class _WardPages(Pages):
    steps = ("tap", "command", "form", "next")
    cookie_life = 30 * 24 * 60 * 60

    def __init__(
        self,
        router: Router[Any],
        front: BrowserFront,
        store: Store,
        settings: Settings,
        clock: Clock,
        pictures: Pictures,
        forward: Callable[[], Awaitable[None]] | None,
    ) -> None:
        super().__init__(router, front, settings, "/ward")
        self._store = store
        self._pictures = pictures
        self._forward = forward
        self._look = Look(store, router, clock, self._seal, self._base, can_forward=forward is not None)

    # What is asked for

    async def latest(self, request: Request) -> Response:
        """Which message is the newest, for a page that is open."""
        async with self._store() as session:
            newest = await latest_messages(session, request.path_params["page"], 1)
        return JSONResponse({"newest": card_id(newest[0].key) if newest else ""}, headers=NO_STORE)

    async def chart(self, request: Request) -> Response:
        """The picture of a message's chart, by its number from 0."""
        async with self._store() as session:
            kept = await message_with_key(session, request.path_params["message"])
        message = read(kept) if kept and kept.channel == request.path_params["page"] else None
        charts = [part for part in message.parts if isinstance(part, Chart)] if message else []
        if request.path_params["number"] >= len(charts):
            raise NoSuchPage
        picture = await self._pictures.picture(charts[request.path_params["number"]])
        policy = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
        return picture.answer(request, "image/svg+xml", **policy)

    # What is sent

    async def tap(self, request: Request) -> Response:
        """A button of a message was pressed."""
        visit = await self._posted(request)
        pressed = self._seal.pressed(visit.sent("_tap"), visit.page)
        tapped = message_at(visit.page, pressed.message) if pressed.posted else None
        tap = Tap(pressed.action, pressed.value, visit.person, visit.place, tapped)
        return await self._answer(visit, tap, tapped=tapped)

    async def command(self, request: Request) -> Response:
        """One of the page's own buttons was pressed."""
        visit = await self._posted(request)
        if visit.sent("name") not in COMMANDS:
            raise Forged
        await self._view(visit.page)
        _, name, text = COMMANDS[visit.sent("name")]
        return await self._answer(visit, Command(name, text, visit.person, visit.place))

    async def next(self, request: Request) -> Response:
        """A sample ward's clock is moved to its next prompt."""
        visit = await self._posted(request)
        view = await self._view(visit.page)
        if not self._forward or not view.forward_from:
            raise NoSuchPage
        await self._forward()
        return self._redirect(visit.page, (await self._view(visit.page)).newest)

    # What is shown

    async def _view(self, page: str) -> View:
        return await self._look.page(page)

    async def _shown(self, visit: Visit, done: Done) -> Response:
        view = await self._view(visit.page)
        if view.away and done.status == HTTPStatus.OK:
            done = replace(done, status=HTTPStatus.SERVICE_UNAVAILABLE)
        return self._page(visit, "ward.html", view, done)

    def _private(self, page: str, number: int, message: Message) -> Card:
        return self._look.private(page, number, message)
