"""The dashboard's pages over HTTP: what is asked for, by whom, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.chat.html.guard import NO_STORE
from bot.chat.pictures import Pictures
from bot.chat.router import Problem
from bot.handlers.desk import Desk
from bot.handlers.mark import LONGEST
from bot.handlers.roles import Viewer
from bot.measures.catalogue import MEASURES
from bot.prompts.words import day_words
from bot.store import marks, targets
from bot.store.tables import Ward
from bot.trends import chart
from bot.web.dashboard.choice import PERIODS, Choice, last_day
from bot.web.dashboard.notes import Draft, keep, may_remove
from bot.web.dashboard.several import SeveralPage
from bot.web.dashboard.shown import Shown
from bot.web.dashboard.targets import NO_AIM, Aim
from bot.web.dashboard.targets import keep as keep_target
from bot.web.dashboard.trust import TrustPage
from bot.web.dashboard.ward import ward_charts, ward_view
from bot.web.session import Door, NotForYou, ward_of

SVG_ONLY = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
FIRST = next(iter(MEASURES))


def routes(door: Door) -> Sequence[BaseRoute]:
    """The pages, below `/dashboard`."""
    pages = _Pages(door)
    safely = door.safely
    return (
        Route("/", safely(pages.home)),
        Route("/charts/{measure}.svg", safely(pages.own_picture)),
        Route("/figures/{measure}.csv", safely(pages.own_file)),
        Route("/wards", safely(pages.chosen)),
        Route("/wards/{ward:int}", safely(pages.ward)),
        Route("/wards/{ward:int}/charts/{measure}.svg", safely(pages.ward_picture)),
        Route("/wards/{ward:int}/figures/{measure}.csv", safely(pages.ward_file)),
        Route("/wards/{ward:int}/notes", safely(pages.note), methods=["POST"]),
        Route("/wards/{ward:int}/notes/{note:int}/remove", safely(pages.remove_note), methods=["POST"]),
        Route("/wards/{ward:int}/targets/{target}", safely(pages.target), methods=["POST"]),
        Route("/trust", safely(pages.trust)),
        Route("/trust/charts/{measure}.svg", safely(pages.trust_picture)),
        Route("/trust/figures/{measure}.csv", safely(pages.trust_file)),
    )


class _Pages:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._desk: Desk = door.desk
        self._several = SeveralPage(door.desk)
        self._trust = TrustPage(door.desk)
        self._pictures = Pictures(partial(chart.draw, kind="svg"))

    # The pages

    async def home(self, request: Request) -> Response:
        """Somebody's wards: those with a real change first."""
        viewer, choice = await self._asked(request)
        found = await self._several.view(viewer.wards, choice)
        return self._page(request, "home.html", viewer, choice, found.last, page=found, here=f"{self._door.base}/")

    async def chosen(self, request: Request) -> Response:
        """To the page of the ward that was chosen from a list; without one, to all of them."""
        viewer, choice = await self._asked(request)
        key = request.query_params.get("ward", "")
        ward = next((ward for ward in viewer.wards if str(ward.key) == key), None)
        if key and ward is None:
            raise NotForYou
        place = f"wards/{ward.key}" if ward else ""
        return RedirectResponse(f"{self._door.base}/{place}{choice.query}", HTTPStatus.SEE_OTHER, NO_STORE)

    async def ward(self, request: Request) -> Response:
        """One ward's charts and notes."""
        viewer, ward, choice = await self._asked_of_ward(request)
        return await self._ward_page(request, viewer, ward, choice, Draft(), {})

    async def trust(self, request: Request) -> Response:
        """All wards together, for leaders."""
        viewer, choice = await self._asked_of_trust(request)
        view = await self._trust.view(viewer, choice)
        return self._page(
            request, "trust.html", viewer, choice, view.last, page=view, here=f"{self._door.base}/trust", by_shift=False
        )

    # Pictures and files

    async def own_picture(self, request: Request) -> Response:
        """The picture of somebody's own wards together."""
        return await self._picture(request, await self._one_of_own(request))

    async def own_file(self, request: Request) -> Response:
        """The figures of somebody's own wards together."""
        return _file(await self._one_of_own(request))

    async def ward_picture(self, request: Request) -> Response:
        """The picture of one chart of a ward."""
        return await self._picture(request, await self._one_of_ward(request))

    async def ward_file(self, request: Request) -> Response:
        """The figures of one chart of a ward."""
        return _file(await self._one_of_ward(request))

    async def trust_picture(self, request: Request) -> Response:
        """The picture of all wards together."""
        return await self._picture(request, await self._one_of_trust(request))

    async def trust_file(self, request: Request) -> Response:
        """The figures of all wards together."""
        return _file(await self._one_of_trust(request))

    async def _picture(self, request: Request, one: Shown) -> Response:
        picture = await self._pictures.picture(one.chart)
        return picture.answer(request, "image/svg+xml", **SVG_ONLY)

    async def _one_of_own(self, request: Request) -> Shown:
        viewer, choice = await self._asked(request)
        together = (await self._several.view(viewer.wards, choice)).together
        if together is None:
            raise NotForYou
        return together

    async def _one_of_ward(self, request: Request) -> Shown:
        _, ward, choice = await self._asked_of_ward(request)
        last = last_day(self._desk, [ward])
        async with self._desk.store() as session:
            noted = await marks.of_wards(session, [ward.key])
            aims = await targets.of_wards(session, [ward.key])
            found = await ward_charts(session, self._desk.library, ward, choice, last, noted, aims)
        if not (found and found[0].points):
            raise NotForYou
        return found[0]

    async def _one_of_trust(self, request: Request) -> Shown:
        viewer, choice = await self._asked_of_trust(request)
        together = (await self._trust.view(viewer, choice)).together
        if together is None:
            raise NotForYou
        return together

    # Notes

    async def note(self, request: Request) -> Response:
        """A date was noted, and perhaps limits are to start anew there."""
        posted = await self._door.posted_by(request)
        ward = ward_of(posted.viewer, request.path_params["ward"])
        choice = self._choice(request)
        draft = Draft(posted.sent("day"), posted.sent("text"), tuple(posted.fields.get("rebases", ())))
        async with self._desk.store() as session:
            errors = await keep(session, self._desk, posted.viewer, ward, draft)
        if errors:
            return await self._ward_page(request, posted.viewer, ward, choice, draft, errors)
        return self._back_to(ward, choice, "notes")

    async def remove_note(self, request: Request) -> Response:
        """A note is taken back; one that is gone already is no mistake."""
        posted = await self._door.posted_by(request)
        ward = ward_of(posted.viewer, request.path_params["ward"])
        choice = self._choice(request)
        async with self._desk.store() as session:
            found = next(
                (one for one in await marks.of_wards(session, [ward.key]) if one.id == request.path_params["note"]),
                None,
            )
            if found and not may_remove(posted.viewer, ward, found):
                raise NotForYou
            if found:
                await marks.remove(session, found)
        return self._back_to(ward, choice, "notes")

    # Targets

    async def target(self, request: Request) -> Response:
        """A target was set, changed or taken away."""
        posted = await self._door.posted_by(request)
        ward = ward_of(posted.viewer, request.path_params["ward"])
        choice = self._choice(request)
        aim = Aim(request.path_params["target"], posted.sent("figure"), posted.sent("value"))
        if aim.measure not in MEASURES or not posted.viewer.may_manage(ward):
            raise NotForYou
        try:
            async with self._desk.store() as session:
                if posted.sent("away"):
                    await targets.remove(session, ward.key, aim.measure)
                else:
                    await keep_target(session, self._desk, posted.viewer, ward, aim)
        except Problem as problem:
            errors = {f"target-{aim.measure}": problem.words}
            return await self._ward_page(request, posted.viewer, ward, choice, Draft(), errors, aim)
        return self._back_to(ward, choice, f"m-{aim.measure}")

    def _back_to(self, ward: Ward, choice: Choice, place: str) -> Response:
        address = f"{self._door.base}/wards/{ward.key}{choice.query}#{place}"
        return RedirectResponse(address, HTTPStatus.SEE_OTHER, NO_STORE)

    # What they share

    def _choice(self, request: Request) -> Choice:
        given = dict(request.query_params) | {
            name: value for name, value in request.path_params.items() if name == "measure"
        }
        return Choice.read(given, self._desk.library)

    async def _asked(self, request: Request) -> tuple[Viewer, Choice]:
        viewer = await self._door.viewer_of(request)
        return viewer, self._choice(request)

    async def _asked_of_ward(self, request: Request) -> tuple[Viewer, Ward, Choice]:
        viewer = await self._door.viewer_of(request)
        ward = ward_of(viewer, request.path_params["ward"])
        return viewer, ward, self._choice(request)

    async def _asked_of_trust(self, request: Request) -> tuple[Viewer, Choice]:
        """One measure of the whole day: small numbers could be told from the parts."""
        viewer = await self._door.viewer_of(request)
        if not viewer.is_leader:
            raise NotForYou
        choice = self._choice(request)
        return viewer, replace(choice, measure=choice.measure or FIRST, shift="")

    async def _ward_page(
        self,
        request: Request,
        viewer: Viewer,
        ward: Ward,
        choice: Choice,
        draft: Draft,
        errors: dict[str, str],
        aim: Aim = NO_AIM,
    ) -> Response:
        async with self._desk.store() as session:
            view = await ward_view(session, self._desk, ward, choice)
        return self._page(
            request,
            "ward.html",
            viewer,
            choice,
            view.last,
            status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            page=view,
            here=f"{self._door.base}/wards/{ward.key}",
            draft=draft,
            errors=errors,
            aim=aim,
            longest=LONGEST,
            today=self._desk.now_at(ward).date(),
            may_remove={mark.id for mark in view.notes if may_remove(viewer, ward, mark)},
        )

    def _page(
        self,
        request: Request,
        template: str,
        viewer: Viewer,
        choice: Choice,
        last: object,
        *,
        status: int = HTTPStatus.OK,
        **more: object,
    ) -> Response:
        offered = {
            "viewer": viewer,
            "choice": choice,
            "last": last,
            "periods": PERIODS,
            "measures": MEASURES,
            "shifts": self._desk.library.pick_lists.shift_band,
            "by_shift": True,
            "day_words": day_words,
        }
        return self._door.page(request, template, status, **(offered | more))


def _file(one: Shown) -> Response:
    name = re.sub("[^a-z0-9]+", "-", f"{one.name} {one.key}".lower()).strip("-")
    headers = NO_STORE | {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(one.csv(), media_type="text/csv", headers=headers)
