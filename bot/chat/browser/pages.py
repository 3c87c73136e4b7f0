"""A ward's page in the browser: its messages, its buttons, its forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
import structlog

from bot.chat.browser.draw import STATIC, View, environment
from bot.chat.browser.forms import received
from bot.chat.browser.front import NAME, BrowserFront, message_at, page_at
from bot.chat.browser.guard import (
    NO_STORE,
    Away,
    Broken,
    Forged,
    NoSuchPage,
    NotFromHere,
    SecurityHeaders,
    Sorry,
    posted_by,
)
from bot.chat.browser.look import COMMANDS, Look, card_id, read
from bot.chat.browser.seal import Seal, new_visitor
from bot.chat.front import Destination, Person
from bot.chat.message import Chart, Form, Message, Text
from bot.chat.pictures import Pictures
from bot.chat.putting import put
from bot.chat.router import (
    Command,
    Event,
    Fault,
    FieldErrors,
    Open,
    Outcome,
    Post,
    Problem,
    Replace,
    Reply,
    Router,
    Submit,
    Tap,
)
from bot.chat.sheet import TOO_OLD, Sheet, Typed, initial, new_sheet, next_sheet
from bot.faults import log_fault
from bot.settings import Clock, Settings
from bot.store.database import Store, StoreAway
from bot.store.pages import latest_messages, message_with_key

log = structlog.get_logger()

COOKIE = "wardhuddle_visitor"
COOKIE_LIFE = 30 * 24 * 60 * 60
"""Seconds from the last visit for which a browser is known again."""
LATE = "Thank you, this was taken. The page could not be brought up to date just now; there is no need to do it again."


@dataclass(frozen=True)
class Visit:
    """Somebody on a page, and what they sent."""

    page: str
    visitor: str
    posted: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def place(self) -> Destination:
        """The page."""
        return page_at(self.page)

    @property
    def person(self) -> Person:
        """Whoever sits at this browser."""
        return Person(NAME, self.visitor)

    def sent(self, name: str) -> str:
        """The one value of this field, empty where there is none."""
        return self.posted.get(name, [""])[0]


@dataclass
class Done:
    """What came of an event: a form to show, errors or a problem to show over one, words for this person alone."""

    form: Form | None = None
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    private: list[Message] = field(default_factory=list)
    touched: str = ""
    late: bool = False
    status: int = HTTPStatus.OK


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
    pages = _Pages(router, front, store, settings, clock, Pictures(draw), forward)
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


_Endpoint = Callable[[Request], Awaitable[Response]]


class _Pages:
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
        self._router = router
        self._front = front
        self._store = store
        self._pictures = pictures
        self._forward = forward
        self._seal = Seal(settings.secret)
        self._base = urlsplit(settings.public_url).path + "/ward"
        self._look = Look(store, router, clock, self._seal, self._base, can_forward=forward is not None)
        self._https = settings.public_url.startswith("https://")
        self._templates = environment(self._base)

    # What is asked for

    def safely(self, endpoint: _Endpoint) -> _Endpoint:
        """The endpoint, with an apology for whatever goes wrong in it."""

        async def served(request: Request) -> Response:
            try:
                return await endpoint(request)
            except Sorry as sorry:
                return self._sorry(request, sorry)
            except StoreAway:
                return self._sorry(request, Away())
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)
            except Exception as error:
                return self._sorry(request, Broken(log_fault(error, endpoint.__name__)))

        return served

    async def show(self, request: Request) -> Response:
        """The page."""
        visit = Visit(request.path_params["page"], self._visitor(request) or new_visitor())
        return await self._ward_page(visit, await self._look.page(visit.page), Done())

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

    async def back(self, request: Request) -> Response:
        """To the page, for who reloads the address that a form was sent to."""
        if request.path_params["step"] not in ("tap", "command", "form", "next"):
            raise NoSuchPage
        return self._redirect(request.path_params["page"])

    async def nothing(self, request: Request) -> Response:
        """Nothing is here."""
        raise NoSuchPage

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
        await self._look.page(visit.page)
        _, name, text = COMMANDS[visit.sent("name")]
        return await self._answer(visit, Command(name, text, visit.person, visit.place))

    async def form(self, request: Request) -> Response:
        """A form was sent."""
        visit = await self._posted(request)
        sheet, too_old = self._seal.opened(visit.sent("_form"), visit.page)
        typed = received(sheet.form, visit.posted)
        if too_old:
            return await self._form_page(visit, sheet, typed, Done(problem=TOO_OLD, status=HTTPStatus.GONE))
        submit = Submit(sheet.form.kind, sheet.form.context, typed, visit.person, sheet.once)
        return await self._answer(visit, submit, sheet=sheet, typed=typed)

    async def next(self, request: Request) -> Response:
        """A sample ward's clock is moved to its next prompt."""
        visit = await self._posted(request)
        view = await self._look.page(visit.page)
        if not self._forward or not view.forward_from:
            raise NoSuchPage
        await self._forward()
        return self._redirect(visit.page, (await self._look.page(visit.page)).newest)

    # What comes of it

    async def _answer(
        self,
        visit: Visit,
        event: Event,
        *,
        tapped: Destination | None = None,
        sheet: Sheet | None = None,
        typed: Typed | None = None,
    ) -> Response:
        done = Done()
        try:
            for outcome in await self._router.answer(event):
                await self._carry_out(outcome, visit, tapped, done)
        except Problem as problem:
            done.problem = problem.words
            done.status = _status(problem, asked=sheet is not None)
        if sheet and typed is not None and (done.errors or done.problem):
            return await self._form_page(visit, sheet, typed, done)
        if done.form:
            shown = next_sheet(sheet, done.form) if sheet else new_sheet(done.form, page=visit.page)
            return await self._form_page(visit, shown, initial(done.form), done)
        done.private += [Problem(words).as_reply().message for words in (*done.errors.values(), done.problem) if words]
        if done.late and not done.private:
            done.private.append(Message("late", LATE, (Text(LATE),)))
        if done.private:
            return await self._ward_page(visit, await self._look.page(visit.page), done)
        return self._redirect(visit.page, done.touched or (card_id(tapped.address["message"]) if tapped else ""))

    async def _carry_out(self, outcome: Outcome, visit: Visit, tapped: Destination | None, done: Done) -> None:
        match outcome:
            case Open(form):
                done.form = form
            case FieldErrors(errors):
                done.errors.update(errors)
                done.status = HTTPStatus.UNPROCESSABLE_ENTITY
            case Reply(message):
                done.private.append(message)
            case Replace(message, at) if shown := at or tapped:
                await self._put(done, visit, outcome, shown)
            case Replace(message):
                done.private.append(message)
            case Post(to):
                await self._put(done, visit, outcome, to)

    async def _put(self, done: Done, visit: Visit, outcome: Post | Replace, at: Destination) -> None:
        """Post to a page, or replace a message on one. What the person did is kept even where this fails."""
        put_at, words, _ = await put(self._router, self._front, outcome, at)
        done.late = done.late or bool(words)
        if put_at and put_at.address["page"] == visit.page:
            done.touched = card_id(put_at.address["message"])

    # What is shown

    async def _ward_page(self, visit: Visit, view: View, done: Done) -> Response:
        private = [self._look.private(visit.page, number, one) for number, one in enumerate(done.private)]
        status = HTTPStatus.SERVICE_UNAVAILABLE if view.away and done.status == 200 else done.status
        return self._page(visit, "ward.html", status, view=view, private=private)

    async def _form_page(self, visit: Visit, sheet: Sheet, typed: Typed, done: Done) -> Response:
        return self._page(
            visit,
            "form.html",
            done.status,
            view=await self._look.page(visit.page),
            form=sheet.form,
            token=self._seal.sheet(sheet),
            typed=typed,
            errors=done.errors,
            problem=done.problem,
            private=[self._look.private(visit.page, number, one) for number, one in enumerate(done.private)],
        )

    def _page(self, visit: Visit, template: str, status: int, **shown: object) -> Response:
        here = f"{self._base}/{quote(visit.page)}"
        html = self._templates.get_template(template).render(here=here, csrf=self._seal.csrf(visit.visitor), **shown)
        response = HTMLResponse(html, status, NO_STORE)
        response.set_cookie(
            COOKIE,
            self._seal.cookie(visit.visitor),
            max_age=COOKIE_LIFE,
            path=self._base,
            secure=self._https,
            httponly=True,
            samesite="lax",
        )
        return response

    def _sorry(self, request: Request, sorry: Sorry) -> Response:
        page = request.path_params.get("page")
        here = f"{self._base}/{quote(page)}" if page and sorry.leads_back else ""
        html = self._templates.get_template("sorry.html").render(sorry=sorry, here=here)
        return HTMLResponse(html, sorry.status, NO_STORE)

    def _redirect(self, page: str, card: str = "") -> Response:
        fragment = f"#{quote(card)}" if card else "#main"
        return RedirectResponse(f"{self._base}/{quote(page)}{fragment}", HTTPStatus.SEE_OTHER, NO_STORE)

    # Who it is

    def _visitor(self, request: Request) -> str | None:
        return self._seal.visitor(request.cookies.get(COOKIE, ""))

    async def _posted(self, request: Request) -> Visit:
        """What somebody sent from a page of their own. Raises `NotFromHere`."""
        posted = await posted_by(request)
        visitor = self._visitor(request)
        if not visitor or not self._seal.is_csrf(visitor, posted.get("_csrf", [""])[0]):
            raise NotFromHere
        return Visit(request.path_params["page"], visitor, posted)


def _status(problem: Problem, *, asked: bool) -> int:
    """The status of a page that tells of a problem, over a form that it `asked` or not."""
    match problem:
        case Fault():
            return HTTPStatus.INTERNAL_SERVER_ERROR
        case StoreAway():
            return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.UNPROCESSABLE_ENTITY if asked else HTTPStatus.OK
