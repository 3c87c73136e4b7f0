"""A stage for stories: the real house over real HTTP and a real database, with a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo

from microsoft_teams.api.auth.cloud_environment import PUBLIC, with_overrides
from pydantic import SecretStr

from bot.app import PARTS, House, build, put_away, web_app
from bot.chat.slack.front import SlackFront
from bot.chat.teams.cloud import Cloud
from bot.chat.teams.front import TeamsFront
from bot.handlers.wards_csv import import_wards
from bot.settings import Settings
from bot.store.tables import Report, Ward
from tests.serving import served
from tests.slack_workspace import Workspace
from tests.teams_tenant import Tenant

LONDON = ZoneInfo("Europe/London")
SIGNING_SECRET = "a-signing-secret"
Way = Literal["slack over http", "slack by socket mode", "teams", "browser"]


class MovableClock:
    """The house's clock; it stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def __call__(self) -> datetime:
        return self.at


class Stage:
    """The house of one test. `way` is the front that people come by."""

    def __init__(
        self,
        house: House,
        clock: MovableClock,
        url: str,
        workspace: Workspace | None = None,
        tenant: Tenant | None = None,
    ) -> None:
        self.house = house
        self.clock = clock
        self.url = url
        self.workspace = workspace
        self.tenant = tenant

    async def at(self, local: str, zone: ZoneInfo = LONDON) -> int:
        """Move the clock to this local time, and let the sender work; how many prompts were sent."""
        self.clock.at = datetime.fromisoformat(local).replace(tzinfo=zone)
        return await self.tick()

    async def tick(self) -> int:
        """Let the sender work, now."""
        return await self.house.sender.tick()

    async def wards(self, csv: str) -> list[Ward]:
        """Import wards."""
        async with self.house.store() as session:
            wards, _ = await import_wards(session, csv, self.house.settings.secret, self.clock())
        return wards


def near_miss(ward_id: int, key: str, day: date) -> Report:
    """A report of a ward, of which only the day matters."""
    return Report(
        id=key,
        ward_id=ward_id,
        day=day,
        kind="near_miss",
        shift_band="evening",
        area="lounge",
        building=[],
        helped=[],
        level="prevention",
    )


def settings_for(database_url: str, folder: Path, workspace: Workspace | None = None, **more: object) -> Settings:
    """Settings of a house in a test: nothing of this machine's own environment."""
    slack = {"slack_bot_token": SecretStr(workspace.bot_token), "slack_api_url": workspace.api_url} if workspace else {}
    return Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database_url,
        secret_key=SecretStr("a-secret-for-tests"),
        **slack,
        **more,
    )


@asynccontextmanager
async def stage(way: Way, database_url: str, folder: Path, start: str, **more: object) -> AsyncIterator[Stage]:
    """The house, served, with people coming by this way; its clock starts at this local time in London. `more` are
    settings."""
    clock = MovableClock(datetime.fromisoformat(start).replace(tzinfo=LONDON))
    if way == "browser":
        house = build(settings_for(database_url, folder, **more), clock)
        async with served(web_app(house, PARTS)) as url:
            yield Stage(house, clock, url)
        await put_away(house)
        return
    if way == "teams":
        async with Tenant(now=lambda: clock().timestamp()) as tenant:
            async with in_teams(tenant, database_url, folder, clock, **more) as set_up:
                yield set_up
            assert not tenant.refusals, tenant.refusals
        return
    async with Workspace(now=lambda: clock().timestamp()) as workspace:
        if way == "slack by socket mode":
            more["slack_app_token"] = SecretStr(workspace.app_token)
        else:
            more["slack_signing_secret"] = SecretStr(SIGNING_SECRET)
        house = build(settings_for(database_url, folder, workspace, **more), clock)
        cast(SlackFront, house.fronts["slack"]).pace.seconds = 0.001  # a test waits for nothing
        async with served(web_app(house, PARTS)) as url:
            if house.socket:
                await house.socket.start()
                workspace.deliver_socket()
                await workspace.until(lambda: workspace.deliveries.sockets)
            else:
                workspace.deliver_http(f"{url}/slack/events", SIGNING_SECRET)
            yield Stage(house, clock, url, workspace)
            if house.socket:
                await house.socket.stop()
        await put_away(house)


def cloud_of(tenant: Tenant) -> Cloud:
    """The stand-in Teams, as the house knows Microsoft's."""

    async def token(scope: object, tenant_id: str | None) -> str:
        return tenant.token(str(scope), tenant_id)

    environment = with_overrides(PUBLIC, openid_metadata_url=tenant.openid_metadata_url)
    return Cloud(environment, tenant.service_url, token)


@asynccontextmanager
async def in_teams(
    tenant: Tenant, database_url: str, folder: Path, clock: MovableClock, **more: object
) -> AsyncIterator[Stage]:
    """The house, served, with people coming by the stand-in Teams."""
    settings = settings_for(
        database_url, folder, teams_client_id=tenant.client_id, teams_tenant_id=tenant.tenant_id, **more
    )
    house = build(settings, clock, teams=cloud_of(tenant))
    cast(TeamsFront, house.fronts["teams"]).pace.seconds = 0.001
    async with served(web_app(house, PARTS)) as url:
        tenant.deliver_to(f"{url}/api/messages")
        yield Stage(house, clock, url, tenant=tenant)
    await put_away(house)
