"""What all our pages share: they know a visitor again, hand what was sent to the router, and show what comes of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.chat.browser.draw import Card, View, environment
from bot.chat.browser.forms import received
from bot.chat.browser.front import NAME, BrowserFront, page_at
from bot.chat.browser.look import card_id
from bot.chat.browser.seal import Seal
from bot.chat.front import Destination, Person
from bot.chat.html.csrf import new_holder
from bot.chat.html.guard import NO_STORE, Endpoint, NoSuchPage, NotFromHere, Sorry, posted_by, safely
from bot.chat.message import Form, Message, Text
from bot.chat.putting import put
from bot.chat.router import (
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
)
from bot.chat.sheet import TOO_OLD, Sheet, Typed, initial, new_sheet, next_sheet
from bot.settings import Settings
from bot.store.database import StoreAway

COOKIE = "wardhuddle_visitor"
BACK = "Open the ward's page"
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


class Pages(ABC):
    """The pages under one prefix, each with an unguessable key. What is to be seen there, its own kind says."""

    steps: tuple[str, ...] = ("command", "form")
    """The addresses below a page that something is sent to."""
    cookie_life: int
    """Seconds from the last visit for which a browser is known again."""

    def __init__(self, router: Router[Any], front: BrowserFront, settings: Settings, prefix: str) -> None:
        self._router = router
        self._front = front
        self._seal = Seal(settings.secret)
        self._base = urlsplit(settings.public_url).path + prefix
        self._https = settings.public_url.startswith("https://")
        self._templates = environment(self._base)

    @abstractmethod
    async def _view(self, page: str) -> View:
        """The page as it stands. Raises `Sorry` where there is none; where the database is away, the view says so."""

    @abstractmethod
    async def _shown(self, visit: Visit, done: Done) -> Response:
        """The page, with what is said to this visitor alone."""

    @abstractmethod
    def _private(self, page: str, number: int, message: Message) -> Card:
        """What is said to this visitor alone, as a card."""

    # What is asked for

    def safely(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, with an apology for whatever goes wrong in it."""
        return safely(endpoint, self._sorry)

    async def show(self, request: Request) -> Response:
        """The page."""
        return await self._shown(Visit(request.path_params["page"], self._visitor(request) or new_holder()), Done())

    async def back(self, request: Request) -> Response:
        """To the page, for who reloads the address that a form was sent to."""
        if request.path_params["step"] not in self.steps:
            return await self.nothing(request)
        return self._redirect(request.path_params["page"])

    async def nothing(self, request: Request) -> Response:
        """Nothing is here."""
        raise NoSuchPage

    # What is sent

    async def form(self, request: Request) -> Response:
        """A form was sent."""
        visit = await self._posted(request)
        sheet, too_old = self._seal.opened(visit.sent("_form"), visit.page)
        typed = received(sheet.form, visit.posted)
        refused = Done(problem=TOO_OLD, status=HTTPStatus.GONE) if too_old else self._refused(request, sheet.form.kind)
        if refused:
            return await self._form_page(visit, sheet, typed, refused)
        submit = Submit(sheet.form.kind, sheet.form.context, typed, visit.person, sheet.once)
        return await self._answer(visit, submit, sheet=sheet, typed=typed)

    def _refused(self, request: Request, kind: str) -> Done | None:
        """Why a form of this kind can't be taken just now, if it can't."""
        return None

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
            return await self._shown(visit, done)
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

    async def _form_page(self, visit: Visit, sheet: Sheet, typed: Typed, done: Done) -> Response:
        return self._page(
            visit,
            "form.html",
            await self._view(visit.page),
            done,
            form=sheet.form,
            token=self._seal.sheet(sheet),
            typed=typed,
            errors=done.errors,
            problem=done.problem,
        )

    def _page(self, visit: Visit, template: str, view: View, done: Done, **shown: object) -> Response:
        private = [self._private(visit.page, number, one) for number, one in enumerate(done.private)]
        html = self._templates.get_template(template).render(
            here=f"{self._base}/{quote(visit.page)}",
            csrf=self._seal.csrf.of(visit.visitor),
            view=view,
            private=private,
            **shown,
        )
        response = HTMLResponse(html, done.status, NO_STORE)
        response.set_cookie(
            COOKIE,
            self._seal.cookie(visit.visitor),
            max_age=self.cookie_life,
            path=self._base,
            secure=self._https,
            httponly=True,
            samesite="lax",
        )
        return response

    def _sorry(self, request: Request, sorry: Sorry) -> Response:
        page = request.path_params.get("page")
        here = f"{self._base}/{quote(page)}" if page and sorry.leads_back else ""
        html = self._templates.get_template("sorry.html").render(sorry=sorry, here=here, back=BACK)
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
        if not visitor or not self._seal.csrf.fits(visitor, posted.get("_csrf", [""])[0]):
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
