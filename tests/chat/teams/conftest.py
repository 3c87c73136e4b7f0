"""A bot with a small router of its own, in a stand-in tenant that reaches it over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
import shutil
from typing import Any

import pytest
from starlette.applications import Starlette

from bot.chat.front import Destination
from bot.chat.message import Chart
from bot.chat.router import Router
from bot.chat.teams.cloud import Cloud
from bot.chat.teams.connector import Connector
from bot.chat.teams.door import Door
from bot.chat.teams.front import TeamsFront
from bot.chat.teams.people import People
from bot.settings import Settings
from bot.store.database import Store
from tests.chat.slack.conftest import Desk, tiny_router
from tests.serving import served
from tests.stage import cloud_of
from tests.teams_tenant import Conversation, Person, Tenant

SECRET = "a secret for tests"
PICTURE = "https://wardhuddle.example/chart.png"


def picture(chart: Chart) -> str:
    return PICTURE


@dataclass
class House:
    """The bot under test, its tenant, and one person on one ward's channel."""

    tenant: Tenant
    settings: Settings
    store: Store
    connector: Connector
    front: TeamsFront
    desk: Desk
    router: Router[Desk]
    door: Door
    app: Starlette
    ann: Person
    ward: Conversation

    @property
    def place(self) -> Destination:
        return self.at(self.ward)

    async def close(self) -> None:
        await self.front.close()
        await self.door.close()

    def at(self, where: Conversation) -> Destination:
        return Destination("teams", {"workspace": self.tenant.tenant_id, "channel": where.id})


def settings_for(tenant: Tenant, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "secret_key": SECRET,
        "teams_client_id": tenant.client_id,
        "teams_tenant_id": tenant.tenant_id,
    }
    return Settings(_env_file=None, **(given | more))


def build(tenant: Tenant, store: Store, cloud: Cloud) -> House:
    settings = settings_for(tenant)
    connector = Connector(settings, cloud)
    front = TeamsFront(connector, store, picture)
    front.pace.seconds = 0.001
    desk = Desk()
    router = tiny_router(desk)
    People(router, front, connector, settings.secret)
    door = Door(settings, connector)
    app = Starlette(routes=door.routes())
    ann = tenant.person("ann", name="Ann Example")
    ward = tenant.channel("aspen", members=[ann])
    return House(tenant, settings, store, connector, front, desk, router, door, app, ann, ward)


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    async with Tenant() as tenant:
        yield tenant
        assert not tenant.refusals, tenant.refusals


@pytest.fixture
async def store(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Store]:
    file = tmp_path / "wardhuddle.db"
    shutil.copy(sqlite_template, file)
    store = Store(f"sqlite+aiosqlite:///{file}")
    yield store
    await store.close()


@pytest.fixture
async def house(tenant: Tenant, store: Store) -> AsyncIterator[House]:
    house = build(tenant, store, cloud_of(tenant))
    async with served(house.app) as url:
        tenant.deliver_to(f"{url}/api/messages")
        yield house
    await house.close()


@pytest.fixture
async def open_house(tenant: Tenant, store: Store) -> AsyncIterator[House]:
    """One that asks nobody for a token, as the local playground wants it."""
    house = build(tenant, store, replace(cloud_of(tenant), authenticated=False))
    yield house
    await house.close()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEAMS_CLIENT_ID", "TEAMS_CLIENT_SECRET", "TEAMS_TENANT_ID", "TEAMS_WORKFLOWS", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
