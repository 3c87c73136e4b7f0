"""Ours and the bare app side by side: each a process of its own, each with its own stand-in Slack in this one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from pydantic import SecretStr

from benchmarks.processes import BARE, BOT, SECRET_KEY, SIGNING_SECRET, Database, Running, Way, database, running
from bot.app import build, utc_now
from bot.handlers.wards_csv import COLUMNS, import_wards
from bot.settings import Settings
from bot.store import ledger
from bot.store.database import migrate
from tests.slack_workspace import Call, Channel, Delivery, Person, Workspace
from tests.slack_workspace.delivery import Deliveries

CASES: tuple[tuple[Way, Database], ...] = (("HTTP", "SQLite"), ("HTTP", "PostgreSQL"), ("Socket Mode", "SQLite"))
WARM_UP = 10
PAUSE = 0.02

Once = Callable[["Side", int], Awaitable[float]]


class TimedDeliveries(Deliveries):
    """Knows when the last delivery began and how long its acknowledgement took, and waits for nothing more."""

    began = 0.0
    took = 0.0

    async def _attempt(self, delivery: Delivery, retry_num: int, retry_reason: str) -> Any:
        deliver = self._by_http if self.url else self._by_socket
        self.began, start = self.ws.now(), perf_counter()
        ack = await deliver(delivery, retry_num, retry_reason)
        self.took = perf_counter() - start
        return ack


class Side:
    """One of the two: a workspace, and a channel in it with a reminder."""

    def __init__(self, workspace: Workspace, *, answers_taps: bool) -> None:
        self.workspace = workspace
        self.answers_taps = answers_taps
        self.deliveries = TimedDeliveries(workspace)
        workspace.deliveries = self.deliveries
        self.channel: Channel = workspace.channel("rowan", id="C0ROWAN")

    def person(self, number: int) -> Person:
        """A member of the channel."""
        person = self.workspace.person(f"U{number:06}")
        self.channel.members.add(person.id)
        return person

    async def called(self, method: str) -> Call:
        """Wait until the app called this method of Slack's and has its answer."""
        ws = self.workspace
        await ws.until(lambda: ws.calls_of(method) and not ws.in_flight, within=10, what=method)
        return ws.calls_of(method)[-1]

    async def reached_by(self, way: Way, app: Running) -> None:
        """From now on this app is told what people do here."""
        await app.answers("/readyz")
        if way == "HTTP":
            self.workspace.deliver_http(f"{app.url}/slack/events", SIGNING_SECRET)


@asynccontextmanager
async def pair(way: Way, kind: Database) -> AsyncIterator[tuple[Side, Side]]:
    """`bot run` and the bare app, running, with the same reminder in their channels and the same form to open."""
    async with AsyncExitStack() as stack:
        ours = Side(await stack.enter_async_context(Workspace()), answers_taps=True)
        bare = Side(await stack.enter_async_context(Workspace()), answers_taps=False)
        url = stack.enter_context(database(kind))
        await post_reminder(ours, url)
        reminder = ours.workspace.posts(ours.channel)[-1]
        bare.workspace.add_message(
            bare.channel.id, bare.workspace.bot_user, reminder.text, reminder.blocks, by_bot=True
        )
        bot = await stack.enter_async_context(running(BOT, way, ours.workspace, DATABASE_URL=url))
        await ours.reached_by(way, bot)
        view = json.dumps(await drawn_form(ours))
        app = await stack.enter_async_context(running(BARE, way, bare.workspace, view=view))
        await bare.reached_by(way, app)
        yield ours, bare


async def post_reminder(side: Side, url: str) -> None:
    """Set the ward up in an empty database, and post its next reminder as if its time had come."""
    times = "Europe/London,ENG,07:45;19:45,11:00,monday,09:00,"
    ward_row = f"Rowan,mental_health,slack,{side.workspace.team_id},{side.channel.id},,{times}"
    moment = utc_now()

    def clock() -> datetime:
        return moment

    with TemporaryDirectory() as folder:
        settings = Settings(
            _env_file=None,
            data_dir=Path(folder),
            database_url=url,
            secret_key=SecretStr(SECRET_KEY),
            slack_bot_token=SecretStr(side.workspace.bot_token),
            slack_api_url=side.workspace.api_url,
        )
        await asyncio.to_thread(migrate, settings.sqlalchemy_url)
        house = build(settings, clock)
        async with house.store() as session:
            [ward], _ = await import_wards(session, f"{','.join(COLUMNS)}\n{ward_row}\n", settings.secret, moment)
            schedules = await ledger.schedules_of(session, ward.key)
        [moment] = [one.next_due_at for one in schedules if one.kind == "reminder"]
        await house.sender.tick()
        await house.store.close()


async def drawn_form(side: Side) -> dict[str, Any]:
    """The form that `/report` opens, as it came to Slack."""
    side.workspace.calls.clear()
    await side.person(0).command("/report", "", side.channel)
    drawn: dict[str, Any] = (await side.called("views.open")).args["view"]
    return drawn


async def medians(sides: Sequence[Side], once: Once, rounds: int) -> tuple[float, ...]:
    """The median milliseconds of each side, measured by turns after a warm-up; each round the other one begins."""
    took: dict[Side, list[float]] = {side: [] for side in sides}
    for number in range(WARM_UP + rounds):
        for side in sides if number % 2 else reversed(sides):
            side.workspace.calls.clear()
            took[side].append(await once(side, number))
            await asyncio.sleep(PAUSE)
    return tuple(median(took[side][WARM_UP:]) * 1000 for side in sides)
