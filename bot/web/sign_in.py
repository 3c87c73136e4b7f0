"""In by a link from chat, once and within ten minutes; and out again."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.chat.html.frame import STATIC
from bot.chat.html.guard import NO_STORE, SecurityHeaders, Sorry
from bot.handlers.dashboard import USED
from bot.privacy.passes import NotOurs, Pass, TooOld
from bot.web.session import NEW_LINK, PATH, Door, NotForYou


class LinkTooOld(Sorry):
    """A link of more than ten minutes ago."""

    status = HTTPStatus.GONE
    title = "This link is too old"
    words = ("A link opens the dashboard within 10 minutes, so that nobody finds one lying about.", NEW_LINK)
    leads_back = False


class LinkUsed(Sorry):
    """A link that somebody has signed in by already."""

    status = HTTPStatus.GONE
    title = "This link was used already"
    words = (
        "A link signs in once. If that was you, on this device, the dashboard is open to you here.",
        NEW_LINK,
        "If it was not you, tell your digital team: somebody may have seen your link.",
    )


class LinkForged(Sorry):
    """A link that we did not make."""

    status = HTTPStatus.NOT_FOUND
    title = "We don't know this link"
    words = ("It may have been cut off when it was copied.", NEW_LINK)
    leads_back = False


def mount(door: Door, pages: Sequence[BaseRoute]) -> list[BaseRoute]:
    """Everything under `/dashboard`: signing in and out, and `pages`, the first of which is at `/`."""
    signing = _Signing(door)
    shielded = [Middleware(SecurityHeaders)]
    return [
        Route(PATH, signing.front_door, middleware=shielded),
        Mount(
            PATH,
            routes=[
                Mount("/static", StaticFiles(directory=STATIC)),
                Route("/in/{token}", door.safely(signing.offer)),
                Route("/in", door.safely(signing.enter), methods=["POST"]),
                Route("/out", door.safely(signing.leave), methods=["POST"]),
                *pages,
                Route("/{anything:path}", door.safely(signing.nothing), methods=["GET", "POST"]),
            ],
            middleware=shielded,
        ),
    ]


class _Signing:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def front_door(self, request: Request) -> Response:
        """To the first page."""
        return self._on()

    async def offer(self, request: Request) -> Response:
        """What a link opens: one button. To look at it signs nobody in, since mail and chat look at links too."""
        token = request.path_params["token"]
        await self._linked(token)
        return self._door.page(request, "sign_in.html", token=token)

    async def enter(self, request: Request) -> Response:
        """The button was pressed."""
        fields = await self._door.fields(request)
        linked = await self._linked(fields.get("token", [""])[0])
        async with self._door.desk.store() as session:
            if not await self._door.desk.first_time(session, USED, linked.key):
                raise LinkUsed
        response = self._on()
        self._door.let_in(response, linked)
        return response

    async def leave(self, request: Request) -> Response:
        """Sign out."""
        if self._door.signed_in(request):
            await self._door.fields(request)
        response = self._door.page(request, "signed_out.html", signed_in=False)
        await self._door.let_out(request, response)
        return response

    async def nothing(self, request: Request) -> Response:
        """Nothing is here; who is not signed in is asked to, whatever the address."""
        await self._door.viewer_of(request)
        raise NotForYou

    async def _linked(self, token: str) -> Pass:
        """What a link says. Raises `LinkForged`, `LinkTooOld` and `LinkUsed`."""
        try:
            linked = self._door.links.read(token)
        except NotOurs:
            raise LinkForged from None
        except TooOld:
            raise LinkTooOld from None
        async with self._door.desk.store() as session:
            if await self._door.desk.seen(session, USED, linked.key):
                raise LinkUsed
        return linked

    def _on(self) -> Response:
        return RedirectResponse(f"{self._door.base}/", HTTPStatus.SEE_OTHER, NO_STORE)
