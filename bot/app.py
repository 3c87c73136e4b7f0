"""Puts the house together: settings -> store -> schedule -> fronts; and serves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
import logging
import signal
from socket import socket
import sys
from typing import TYPE_CHECKING, Literal

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import BaseRoute, Route
import structlog
import uvicorn

from bot.chat.browser.front import BrowserFront
from bot.chat.browser.pages import routes as page_routes
from bot.chat.browser.report import routes as report_routes
from bot.chat.front import Front
from bot.chat.router import Problem, Router
from bot.chat.teams.cards import PictureAddress
from bot.chat.teams.pictures import ChartPictures
from bot.chat.teams.workflow import WorkflowFront
from bot.handlers import build_router
from bot.handlers.desk import Desk
from bot.privacy.small import Small
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.schedule.outgoing import Courier
from bot.schedule.sender import Sender
from bot.schedule.worker import Worker
from bot.settings import Clock, Settings
from bot.store.database import Store, migrate
from bot.store.tables import WORKFLOW
from bot.trends import chart
from bot.web import health, sign_in
from bot.web.dashboard import pages as dashboard
from bot.web.session import Door

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.chat.slack.socket import SocketMode
    from bot.chat.teams.cloud import Cloud

Part = Literal["web", "worker"]
TEAMS_NOT_INSTALLED = "TEAMS_CLIENT_ID is set, but Teams' part is not installed: run make teams."
PARTS: frozenset[Part] = frozenset(("web", "worker"))

log = structlog.get_logger()


def utc_now() -> datetime:
    """The world's clock."""
    return datetime.now(UTC)


@dataclass
class House:
    """Everything, put together and not yet running."""

    settings: Settings
    clock: Clock
    store: Store
    supplies: Supplies
    router: Router[Desk]
    fronts: dict[str, Front]
    sender: Sender
    worker: Worker
    routes: list[BaseRoute]
    socket: SocketMode | None = None
    checks: dict[str, health.Check] = field(default_factory=dict)
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)


def build(
    settings: Settings,
    clock: Clock = utc_now,
    forward: Callable[[], Awaitable[None]] | None = None,
    teams: Cloud | None = None,
) -> House:
    """The house of these settings. Calls nobody; raises `ContentError` where it can't work with the library.

    `forward`, for a try-out, moves the sample ward's clock on. `teams` is another Teams than Microsoft's, for tests.
    """
    from bot.privacy.identifiers import refusal  # its tables are needed by a form, not by a command

    store = Store(settings.sqlalchemy_url)
    supplies = Supplies(Library.load(settings.content_dir), Small(settings.fewest_shown))
    desk = Desk(store, supplies, clock, settings.secret, settings.has_webhook, settings.public_url)
    router = build_router(desk, refusal)
    browser = BrowserFront(store, clock)
    fronts: dict[str, Front] = {browser.name: browser}
    sender = Sender(store, supplies, fronts, clock)
    courier = Courier(store, settings.webhook_url, settings.webhook_secret, clock) if settings.has_webhook else None
    worker = Worker(sender, store, clock, courier)
    house = House(settings, clock, store, supplies, router, fronts, sender, worker, [])
    house.routes += page_routes(
        router=router,
        front=browser,
        store=store,
        settings=settings,
        clock=clock,
        draw=partial(chart.draw, kind="svg"),
        forward=forward,
    )
    house.routes += report_routes(router=router, front=browser, store=store, settings=settings, clock=clock)
    door = Door(desk)
    house.routes += sign_in.mount(door, dashboard.routes(door))
    pictures = ChartPictures(settings.secret, settings.public_url, partial(chart.draw, kind="png"))
    fronts[WORKFLOW] = WorkflowFront(settings.teams_workflows, pictures.address)
    house.routes += pictures.routes()
    if settings.has_slack:
        _add_slack(house)
    if settings.has_teams:
        _add_teams(house, teams, pictures.address)
    return house


def _add_slack(house: House) -> None:
    from bot.chat.slack import (
        bolt,
        call,
        front,
        socket,
    )  # only where there is a Slack: a browser-only house stays small

    settings = house.settings
    slack = front.SlackFront(
        call.web_client(settings, settings.slack_bot_token.get_secret_value()), partial(chart.draw, kind="png")
    )
    house.fronts[slack.name] = slack
    house.closing.append(slack.close)
    app: AsyncApp = bolt.bolt_app(settings, house.router, slack)
    app_token = settings.slack_app_token.get_secret_value()
    if app_token:
        house.socket = socket.SocketMode(app, app_token)
        house.checks["slack"] = house.socket.is_connected
    else:
        house.routes += bolt.http_routes(app)


def _add_teams(house: House, cloud: Cloud | None, picture: PictureAddress) -> None:
    """Raises `Problem` where Teams' part is not installed."""
    try:
        from bot.chat.teams import cloud as clouds
        from bot.chat.teams import connector, door, front, people
    except ModuleNotFoundError as error:
        raise Problem(TEAMS_NOT_INSTALLED) from error
    settings = house.settings
    teams_connector = connector.Connector(settings, cloud or clouds.Cloud())
    teams = front.TeamsFront(teams_connector, house.store, picture)
    people.People(house.router, teams, teams_connector, settings.secret)
    house.fronts[teams.name] = teams
    way_in = door.Door(settings, teams_connector)
    house.closing += [teams.close, way_in.close]
    house.routes += way_in.routes()


@asynccontextmanager
async def running(house: House, parts: frozenset[Part]) -> AsyncIterator[None]:
    """Run the worker and the socket that these parts of the house need, and put everything away at the end."""
    if "worker" in parts:
        house.worker.start()
    if "web" in parts and house.socket:
        await house.socket.start()
    try:
        yield
    finally:
        if house.socket:
            await house.socket.stop()
        await house.worker.stop()
        await put_away(house)


async def put_away(house: House) -> None:
    """Give back every connection and process."""
    for close in house.closing:
        await close()
    chart.close()
    await house.store.close()


def web_app(house: House, parts: frozenset[Part], front_door: Callable[[], Awaitable[str]] | None = None) -> Starlette:
    """The web server's application. `front_door` says where `/` leads, in a try-out."""
    checks = dict(house.checks) if "web" in parts else {}
    if "worker" in parts:
        checks["scheduler"] = house.worker.is_ready

    async def door(_request: object) -> RedirectResponse | PlainTextResponse:
        if front_door:
            return RedirectResponse(await front_door())
        return PlainTextResponse("Wardhuddle is running. Each ward has its own address: bot wards list.")

    routes: list[BaseRoute] = [Route("/", door), *health.routes(house.store, house.clock, checks)]
    return Starlette(routes=routes + (house.routes if "web" in parts else []))


async def serve(
    house: House,
    parts: frozenset[Part],
    front_door: Callable[[], Awaitable[str]] | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM), calling `ready` once the port is open.

    Health answers in every process, also one with the worker alone.
    """
    config = uvicorn.Config(
        web_app(house, parts, front_door),
        host=house.settings.host,
        port=house.settings.port,
        log_config=None,
        access_log=False,  # a ward's address is its key
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    async with running(house, parts):
        await _Server(config, ready).serve()


class _Server(uvicorn.Server):
    """Stops when it is told to; uvicorn would then raise the signal anew, before the house is put away."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Open the port, and say so."""
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that say stop, and give them back at the end."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def run(settings: Settings, parts: frozenset[Part], *, migrations: bool) -> None:
    """`bot run`."""
    house = build(settings)
    if left_out := sorted({fault.item or fault.file for fault in house.supplies.library.faults}):
        log.warning("content_left_out", count=len(left_out), items=left_out, see="bot content check")
    if migrations:
        await asyncio.to_thread(migrate, settings.sqlalchemy_url)
    await serve(house, parts)


def set_up_logs(settings: Settings, level: int = logging.INFO) -> None:
    """Structured lines on stderr; libraries speak only of warnings, and never of what people typed."""
    renderer = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
