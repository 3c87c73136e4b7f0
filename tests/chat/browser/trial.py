"""A small ward, a router with a form and taps of its own, and the app that serves its page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.chat.browser.front import BrowserFront, page_at
from bot.chat.browser.pages import routes
from bot.chat.browser.report import routes as report_routes
from bot.chat.message import (
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Form,
    Heading,
    Limits,
    Line,
    Message,
    Note,
    OneOf,
    Option,
    Point,
    SomeOf,
    Text,
    TimeOf,
    YesNo,
)
from bot.chat.router import (
    Command,
    FieldErrors,
    Open,
    Outcomes,
    Post,
    Problem,
    Replace,
    Reply,
    Router,
    Shown,
    Submit,
    Tap,
)
from bot.settings import Settings
from bot.store.database import Store, StoreAway, migrate
from bot.store.tables import Ward
from bot.store.wards import save_ward
from tests.stage import MovableClock

PAGE = "page-of-willow-ward"
LINK = "link-of-willow-ward"
NOW = datetime(2026, 11, 23, 7, 45, tzinfo=UTC)


def near_miss_form(context: dict[str, str] | None = None) -> Form:
    """A form with every sort of field."""
    return Form(
        "near_miss",
        "Report a near miss",
        "Send report",
        (
            Text("What nearly happened, and what stopped it? Under a minute, no patient details."),
            OneOf(
                "when",
                "When was it?",
                (
                    Option("morning", "Morning (about 7am to 1pm)"),
                    Option("afternoon", "Afternoon (about 1pm to 5pm)"),
                    Option("evening", "Evening (about 5pm to 9pm)"),
                    Option("night", "Night (about 9pm to 7am)"),
                ),
            ),
            OneOf(
                "where",
                "Where was it?",
                tuple(Option(f"place-{number}", f"Place {number}") for number in range(11)),
                required=False,
            ),
            SomeOf(
                "helped",
                "What helped?",
                (
                    Option("listening", "Listening"),
                    Option("space", "Giving space"),
                    Option("tea", "A hot drink"),
                ),
            ),
            TimeOf("at", "About what time?", initial=time(7, 30)),
            Line("line", "Anything to add?", hint="No names, initials or bed numbers."),
            Line("role", "Your role", max_length=40),
            YesNo("named", "Put my name to this report", hint="Leave it empty to stay anonymous."),
            Note("This is not the formal record. Record incidents in your trust's system as usual."),
        ),
        context or {"ward": "1"},
    )


REMINDER = Message(
    "reminder",
    "A reminder about listening",
    (
        Heading("Count slowly to ten"),
        Text("Ask one question, then count slowly to ten in your head.\nKeep your face soft."),
        Note("From the National Autistic Taskforce."),
        Buttons(
            (
                Button("We will try it", "reminder_try", "communication-001", "primary"),
                Button("We do this already", "reminder_do", "communication-001"),
                Button("Not for us", "reminder_no", "communication-001"),
            )
        ),
    ),
)

_WEEKS = (4, 6, 5, 7, 5, 6, 4, 5, 2, 1, 2, 1)
DIGEST = Message(
    "digest",
    "Willow ward's week: restrictive interventions are down",
    (
        Heading("Your week: 16 to 22 November"),
        Text("Restrictive interventions fell, and this is a real change."),
        Facts((("Near misses", "3"), ("Successes", "5, thank you"), ("What helped", "Listening, a familiar face"))),
        Divider(),
        Heading("Restrictive interventions by week"),
        Chart(
            "Restrictive interventions by week",
            tuple(
                Point(f"{7 + number} Sep", float(value), "improvement" if number > 7 else "common_cause")
                for number, value in enumerate(_WEEKS)
            ),
            "Twelve weeks; the last four are below the lower limit: a real change for the better.",
            (Limits(0, 5.25, 1.3, 9.2),),
        ),
        Note("Figures come from what the ward reported."),
    ),
)


def huddle(state: str = "due") -> Message:
    """A huddle prompt, or what became of it."""
    if state != "due":
        return Message("huddle_prompt", "Huddle done", (Heading("Start-of-day huddle: done"), Text(state)))
    return Message(
        "huddle_prompt",
        "Time for the huddle",
        (
            Heading("Start-of-day huddle"),
            Text("Good morning. Five questions, under five minutes."),
            Buttons((Button("Start", "start", "1", "primary"), Button("Skip today", "skip", "1"))),
        ),
    )


@dataclass
class Desk:
    """What the trial's handlers keep, and how they are told to fail."""

    store: Store
    submits: list[Submit] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    moves: list[Shown] = field(default_factory=list)
    fails: Exception | None = None


async def _build(_desk: Desk, _person: object, context: Any) -> Form:
    if _desk.fails and isinstance(_desk.fails, StoreAway):
        raise _desk.fails
    return near_miss_form(context)


async def _submitted(event: Submit, desk: Desk) -> Outcomes:
    if desk.fails:
        raise desk.fails
    desk.submits.append(event)
    if event.answers["line"] == "refuse me":
        return (FieldErrors({"line": "The handler refused this.", "elsewhere": "Something else is amiss."}),)
    thanks = Message(
        "thanks",
        "Thank you",
        (
            Heading("Thank you, that helps"),
            Text("Your report is in. Nobody can see who sent it."),
            Buttons((Button("Share it as a story", "share", "7"),)),
        ),
    )
    return (Reply(thanks),)


async def _tapped(event: Tap, desk: Desk) -> Outcomes:
    if desk.fails:
        raise desk.fails
    desk.taps.append(event)
    match event.action:
        case "start":
            return (Open(near_miss_form({"huddle": event.value})),)
        case "skip":
            return (Replace(huddle("Skipped today."), about=event.value),)
        case "share":
            assert event.place
            return (Post(event.place, Message("story", "A story", (Text("A story for the ward"),))),)
        case _:
            return (Replace(REMINDER), Reply(Message("noted", "Noted, thank you", (Text("Noted, thank you."),))))


async def _shown(event: Shown, desk: Desk) -> Outcomes:
    desk.moves.append(event)
    return ()


async def _commanded(event: Command, desk: Desk) -> Outcomes:
    if desk.fails:
        raise desk.fails
    desk.commands.append(event)
    if event.name == "report":
        return (Open(near_miss_form()),)
    if event.name == "success":
        raise Problem("Sharing a success is closed today.")
    return (
        Reply(
            Message(
                "help",
                "What you can do",
                (Text("Report a near miss, share a success, start a huddle."), DIGEST.parts[5]),
            )
        ),
    )


async def _draw(chart: Chart) -> bytes:
    dots = "".join(
        f'<circle cx="{60 + 60 * number}" cy="{400 - 40 * point.value}" r="8" fill="#005eb8"/>'
        for number, point in enumerate(chart.points)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 560">{dots}</svg>'.encode()


@dataclass
class Trial:
    """Everything a test needs."""

    app: Starlette
    desk: Desk
    store: Store
    front: BrowserFront
    clock: MovableClock
    forwarded: list[bool]
    drawn: list[Chart]

    def client(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """A browser of its own, at this address of the network."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 123)),
            base_url="http://ward.test",
            follow_redirects=True,
        )


async def make_trial(folder: Path, *, forward: bool = False, sample: bool = False, public_url: str = "") -> Trial:
    """A ward with a page, and nothing on it yet."""
    url = f"sqlite+aiosqlite:///{folder / 'ward.db'}"
    migrate(url)
    store = Store(url)
    clock = MovableClock(NOW)
    front = BrowserFront(store, clock)
    async with store() as session:
        await save_ward(
            session,
            Ward(
                name="Willow ward",
                specialty="dementia",
                front="browser",
                place={"page": PAGE},
                place_key="",
                leaders_front="browser",
                leaders_place={"page": "leaders"},
                timezone="Europe/London",
                nation="ENG",
                huddle_times=["07:45"],
                reminder_times=["14:00"],
                digest_day=0,
                digest_time="09:00",
                managers=[],
                sample=sample,
                report_key=LINK,
            ),
        )
    desk = Desk(store)
    router: Router[Desk] = Router(desk, lambda text: "Please leave out names." if "Mrs" in text else None)
    router.on_form("near_miss", _build, _submitted)
    for command in ("report", "success", "huddle"):
        router.on_command(command, _commanded)
    for action in ("start", "skip", "share", "reminder_try", "reminder_do"):
        router.on_tap(action, _tapped)
    router.on_shown(_shown)
    forwarded: list[bool] = []
    drawn: list[Chart] = []

    async def next_prompt() -> None:
        forwarded.append(True)
        await front.post(page_at(PAGE), huddle(), f"forwarded-{len(forwarded)}")

    async def draw(chart: Chart) -> bytes:
        drawn.append(chart)
        return await _draw(chart)

    settings = Settings(_env_file=None, secret_key=SecretStr("a-secret-for-tests"), public_url=public_url)
    mounted = routes(
        router=router,
        front=front,
        store=store,
        settings=settings,
        clock=clock,
        draw=draw,
        forward=next_prompt if forward else None,
    )
    mounted += report_routes(router=router, front=front, store=store, settings=settings, clock=clock)
    return Trial(Starlette(routes=mounted), desk, store, front, clock, forwarded, drawn)
