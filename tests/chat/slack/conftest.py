"""A bot with a small router of its own, in a stand-in workspace that reaches it over Socket Mode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.front import Destination
from bot.chat.message import Chart
from bot.chat.router import Event, Outcomes, Router
from bot.chat.slack.bolt import bolt_app
from bot.chat.slack.call import web_client
from bot.chat.slack.front import SlackFront
from bot.chat.slack.socket import SocketMode
from bot.settings import Settings
from tests.slack_workspace import Channel, Person, Workspace

PICTURE = b"\x89PNG of a chart"
Answer = Callable[[Any], Outcomes]


@dataclass
class Desk:
    """What the router's handlers answer, by event; `events` is all that came."""

    answers: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def answer(self, name: str, event: Event) -> Any:
        self.events.append(event)
        answer = self.answers.get(name, ())
        if isinstance(answer, Exception):
            raise answer
        return answer(event) if callable(answer) else answer


@dataclass
class House:
    """The bot under test, its workspace, and one person on one ward's channel."""

    ws: Workspace
    settings: Settings
    front: SlackFront
    desk: Desk
    router: Router[Desk]
    ann: Person
    ward: Channel

    @property
    def place(self) -> Destination:
        return Destination("slack", {"workspace": self.ws.team_id, "channel": self.ward.id})

    def elsewhere(self, channel: Channel) -> Destination:
        return Destination("slack", {"workspace": self.ws.team_id, "channel": channel.id})


def settings_for(ws: Workspace, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "secret_key": "a secret for tests",
        "slack_bot_token": ws.bot_token,
        "slack_app_token": ws.app_token,
        "slack_api_url": ws.api_url,
    }
    return Settings(_env_file=None, **(given | more))


def front_for(ws: Workspace, **more: Any) -> SlackFront:
    async def draw(chart: Chart) -> bytes:
        return PICTURE

    front = SlackFront(web_client(settings_for(ws, **more), ws.bot_token), draw)
    front.picture_pause = 0.05
    return front


def tiny_router(desk: Desk) -> Router[Desk]:
    """Commands, taps, openings and a form, each of which answers what the desk says."""

    async def answered(event: Any, desk: Desk) -> Outcomes:
        name = getattr(event, "name", None) or getattr(event, "action", None) or getattr(event, "surface", None)
        return desk.answer(str(name or getattr(event, "kind", "said")), event)

    async def build(desk: Desk, person: Any, context: Any) -> Any:
        return desk.answers["form"](context)

    router = Router(desk, lambda text: "Please leave out names." if "Mrs" in text else None)
    for name in ("huddle", "report", "success"):
        router.on_command(name, answered)
    for surface in ("home", "joined"):
        router.on_opened(surface, answered)
    router.on_said(answered)
    router.on_tap("press", answered)
    router.on_form("near_miss", build, answered)
    return router


@pytest_asyncio.fixture
async def ws() -> AsyncIterator[Workspace]:
    async with Workspace() as workspace:
        yield workspace


@pytest_asyncio.fixture
async def house(ws: Workspace) -> AsyncIterator[House]:
    desk = Desk()
    settings, front, router = settings_for(ws), front_for(ws), tiny_router(desk)
    ann = ws.person("U1ANN")
    ward = ws.channel("aspen", members=[ann])
    socket = SocketMode(bolt_app(settings, router, front), ws.app_token)
    await socket.start()
    await ws.until(lambda: ws.deliveries.sockets, what="a Socket Mode connection")
    yield House(ws, settings, front, desk, router, ann, ward)
    await socket.stop()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
