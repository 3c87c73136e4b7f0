"""Whoever looks at the dashboard: known by a signed cookie, and asked about in the database on every request."""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.chat.front import typed
from bot.chat.html import frame
from bot.chat.html.csrf import Csrf, new_holder
from bot.chat.html.guard import NO_STORE, Endpoint, Sorry, posted_by, safely
from bot.handlers.desk import Desk
from bot.handlers.roles import Viewer, viewer
from bot.privacy.passes import LIVES, NotOurs, Pass, Passes, TooOld
from bot.store.tables import Ward

PATH = "/dashboard"
SESSION, BROWSER = "wardhuddle_dashboard", "wardhuddle_dashboard_browser"
"""Cookies: the session, and a random number for a browser that has none yet."""
HOST = "__Host-"
"""How their names begin behind https: a browser then takes them from this very host alone (RFC 6265bis, 4.1.3.2)."""
SIGNED_OUT = "dashboard-out"
TEMPLATES = Path(__file__).parent / "templates"
ROLES = {"manager": "its manager", "leader": "its leader", "staff": "its staff"}
IN_SLACK, IN_TEAMS = (typed("huddle dashboard", front) for front in ("slack", "teams"))
NEW_LINK = (
    f"Type {IN_SLACK} in your ward's channel (in Teams {IN_TEAMS}), or press “Dashboard” at home in Wardhuddle or on "
    "your ward's page. You get a new link, for you alone."
)


class SignIn(Sorry):
    """Nobody is signed in, or no longer."""

    status = HTTPStatus.FORBIDDEN
    title = "Please sign in from chat"
    words = ("The dashboard is opened by a link that Wardhuddle gives you, and stays open for 8 hours.", NEW_LINK)
    leads_back = False


class NoRole(Sorry):
    """Signed in, but nobody to any ward any more."""

    status = HTTPStatus.FORBIDDEN
    title = "There is no ward for you here"
    words = (
        "You see the wards that you manage or lead, and the one in whose channel you asked for the dashboard. "
        "Just now there is none of these.",
        NEW_LINK,
    )
    leads_back = False


class NotForYou(Sorry):
    """A ward that is not theirs to see. The words are the same whether there is one."""

    status = HTTPStatus.NOT_FOUND
    title = "We can't show this to you"
    words = (
        "There is nothing at this address, or it belongs to a ward that you don't manage or lead and did not ask from.",
        f"If it is your ward: {NEW_LINK[:1].lower()}{NEW_LINK[1:]}",
    )


class NotFromHere(Sorry):
    """A form that did not come from a page of this session."""

    status = HTTPStatus.FORBIDDEN
    title = "We could not tell that this came from you"
    words = (
        "Nothing was changed. Please go back, load the page again and repeat what you did.",
        "If this keeps happening, your browser may be set to refuse cookies. The dashboard needs one to know you.",
    )


class SentTwice(Sorry):
    """Two cookies of one name: one of them may be from elsewhere, to have somebody work as another."""

    title = "Your browser sent two sign-ins"
    words = (
        "One of them may be from another site, so neither was used, and nothing was changed.",
        f"Please clear this browser's cookies, or use another browser. {NEW_LINK}",
    )
    leads_back = False


class Posted(NamedTuple):
    """What somebody sent from a page of theirs."""

    viewer: Viewer
    fields: dict[str, list[str]]

    def sent(self, name: str) -> str:
        """The one value of this field, empty where there is none."""
        return self.fields.get(name, [""])[0]


class Door:
    """Lets people in, and draws the pages that they see."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.base = urlsplit(desk.public_url).path + PATH
        self.links = Passes(desk.secret, "link", desk.clock)
        self._sessions = Passes(desk.secret, "session", desk.clock)
        self._csrf = Csrf(desk.secret, "dashboard")
        self._https = desk.public_url.startswith("https://")
        self._at = "/" if self._https else self.base
        self._signed, self._browser = (f"{HOST if self._https else ''}{name}" for name in (SESSION, BROWSER))
        self._templates = frame.environment(self.base, TEMPLATES)
        self._templates.globals.update(roles=ROLES)

    # Who it is

    async def viewer_of(self, request: Request) -> Viewer:
        """Who asks, and what they are to which wards now. Raises `SignIn` and `NoRole`."""
        session = self._session(request)
        if session is None:
            raise SignIn
        async with self.desk.store() as opened:
            if await self.desk.seen(opened, SIGNED_OUT, session.key):
                raise SignIn
            found = await viewer(opened, self.desk, session.person, session.ward)
        if not found.wards:
            raise NoRole
        return found

    async def posted_by(self, request: Request) -> Posted:
        """Who sent a form of theirs, and what. Raises `NotFromHere` too, and `TooMuch`."""
        viewer = await self.viewer_of(request)
        return Posted(viewer, await self.fields(request))

    async def fields(self, request: Request) -> dict[str, list[str]]:
        """What was sent from one of our pages in this browser, whoever it is. Raises `NotFromHere` and `TooMuch`."""
        fields = await posted_by(request)
        holder = self._holder(request)
        if not (holder and self._csrf.fits(holder, fields.get("_csrf", [""])[0])):
            raise NotFromHere
        return fields

    def signed_in(self, request: Request) -> bool:
        """Whether there is a session, good or ended: what it may see is asked by `viewer_of`."""
        return self._session(request) is not None

    def _session(self, request: Request) -> Pass | None:
        try:
            return self._sessions.read(_cookie(request, self._signed))
        except (NotOurs, TooOld):
            return None

    def _holder(self, request: Request) -> str:
        """Whose forms these are: the session's; before there is one, the browser's."""
        session = self._session(request)
        return session.key if session else _cookie(request, self._browser)

    # Coming and going

    def let_in(self, response: Response, linked: Pass) -> None:
        """Begin the session of who came by this link."""
        self._remember(response, self._signed, self._sessions.new(linked.person, linked.ward), LIVES["session"])
        self._forget(response, self._browser)

    async def let_out(self, request: Request, response: Response) -> None:
        """End the session, also for who may have copied its cookie."""
        session = self._session(request)
        if session:
            async with self.desk.store() as opened:
                await self.desk.first_time(opened, SIGNED_OUT, session.key)
        self._forget(response, self._signed)

    def _remember(self, response: Response, cookie: str, value: str, life: timedelta) -> None:
        response.set_cookie(
            cookie,
            value,
            max_age=int(life.total_seconds()),
            path=self._at,
            secure=self._https,
            httponly=True,
            samesite="lax",
        )

    def _forget(self, response: Response, cookie: str) -> None:
        response.delete_cookie(cookie, self._at, secure=self._https, httponly=True)

    # What is shown

    def page(self, request: Request, template: str, status: int = HTTPStatus.OK, **shown: object) -> Response:
        """A page. Its template has `csrf` for its forms, and `signed_in`."""
        holder = self._holder(request) or new_holder()
        ours = {"csrf": self._csrf.of(holder), "signed_in": self.signed_in(request)}
        response = HTMLResponse(self._templates.get_template(template).render(ours | shown), status, NO_STORE)
        if not self.signed_in(request):
            self._remember(response, self._browser, holder, LIVES["link"])
        return response

    def safely(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, with an apology for whatever goes wrong in it."""

        @wraps(endpoint)
        async def known(request: Request) -> Response:
            if any(len(_cookies(request, name)) > 1 for name in (self._signed, self._browser)):
                raise SentTwice
            return await endpoint(request)

        return safely(known, self._sorry)

    def _sorry(self, request: Request, sorry: Sorry) -> Response:
        here = f"{self.base}/" if sorry.leads_back else ""
        return self.page(request, "sorry.html", sorry.status, sorry=sorry, here=here, back="Open the dashboard")


def _cookies(request: Request, name: str) -> list[str]:
    """Every cookie of this name, where `request.cookies` has the last."""
    sent = ";".join(request.headers.getlist("cookie")).split(";")
    pairs = (one.partition("=") for one in sent)
    return [value.strip() for key, _, value in pairs if key.strip() == name]


def _cookie(request: Request, name: str) -> str:
    """The one cookie of this name, empty where there is none or more."""
    found = _cookies(request, name)
    return found[0] if len(found) == 1 else ""


def ward_of(viewer: Viewer, key: int) -> Ward:
    """The ward with this id, as one whose full figures this viewer sees. Raises `NotForYou`."""
    found = next((ward for ward in viewer.wards if ward.key == key), None)
    if found is None:
        raise NotForYou
    return found
