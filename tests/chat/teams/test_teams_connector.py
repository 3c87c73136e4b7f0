"""The token that the bot calls Teams with: what Entra's answers mean, and that nobody waits for one but who asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
import logging
import threading
from typing import Any

from pydantic import SecretStr
import pytest
import requests
from structlog.testing import capture_logs

from bot.chat.front import Destination, Passing, Person, Refused, SendError
from bot.chat.message import Message, Text
from bot.chat.teams.cloud import Cloud
from bot.chat.teams.connector import Connector
from bot.chat.teams.front import TeamsFront
from bot.store.database import Store
from tests.chat.teams.conftest import House, picture, settings_for
from tests.stage import cloud_of
from tests.teams_tenant import Tenant

CLIENT_SECRET = "a-client-secret"
DESCRIPTION = "AADSTS7000215: Invalid client secret a-client-secret provided."
HELLO = Message("hello", "Hello", (Text("Hello"),))


class Entra:
    """Takes the place of MSAL's client; `answer` is what it answers, or raises.

    `begin` is what happens while it looks for the tenant, as it does when it is made: a call, or what that raises.
    """

    def __init__(self) -> None:
        self.answer: Any = {}
        self.begin: Callable[[], object] | Exception | None = None
        self.asked: list[Any] = []

    def __call__(self, client_id: str, *, client_credential: str, authority: str) -> Entra:
        self.asked.append((client_id, client_credential, authority))
        if isinstance(self.begin, Exception):
            raise self.begin
        if self.begin:
            self.begin()
        return self

    def acquire_token_for_client(self, scopes: list[str]) -> Any:
        self.asked.append(scopes)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch) -> Entra:
    made = Entra()
    monkeypatch.setattr("microsoft_teams.apps.token_manager.ConfidentialClientApplication", made)
    return made


@pytest.fixture
async def connector(tenant: Tenant, entra: Entra) -> AsyncIterator[Connector]:
    cloud: Cloud = replace(cloud_of(tenant), token=None)
    made = Connector(settings_for(tenant, teams_client_secret=SecretStr(CLIENT_SECRET)), cloud)
    yield made
    await made.close()


async def token_of(connector: Connector) -> str:
    return await connector.token(connector.cloud.environment.bot_scope, connector.tenant)


async def test_a_token_is_asked_for_in_the_trusts_own_tenant(
    tenant: Tenant, connector: Connector, entra: Entra, store: Store
) -> None:
    entra.answer = {"access_token": tenant.token()}
    assert await token_of(connector) == tenant.token()
    (client, secret, authority), scopes = entra.asked
    assert (client, secret) == (tenant.client_id, CLIENT_SECRET)
    assert authority.endswith(f"/{tenant.tenant_id}")
    assert scopes == ["https://api.botframework.com/.default"]
    ward = tenant.channel("aspen")
    front = TeamsFront(connector, store, picture)
    await front.post(Destination("teams", {"workspace": tenant.tenant_id, "channel": ward.id}), HELLO, "key")
    assert len(tenant.posts(ward)) == 1
    assert {one[2] for one in entra.asked if isinstance(one, tuple)} == {authority}, "and in no other"


@pytest.mark.parametrize(
    ("answer", "raised", "reason"),
    [
        ({"error": "invalid_client", "error_description": DESCRIPTION}, Refused, "invalid_client"),
        ({"error": "unauthorized_client"}, Refused, "unauthorized_client"),
        ({}, Refused, "Error retrieving token"),
        ({"error": "temporarily_unavailable", "error_description": DESCRIPTION}, Passing, "temporarily_unavailable"),
        ({"error": "server_error"}, Passing, "server_error"),
        (requests.ConnectionError(DESCRIPTION), Passing, "entra_unreachable"),
        (requests.Timeout(DESCRIPTION), Passing, "entra_unreachable"),
        (requests.HTTPError("503"), Passing, "entra_unreachable"),
        (requests.exceptions.JSONDecodeError("no JSON", "", 0), Passing, "entra_unreachable"),
    ],
)
async def test_what_entra_answers_is_passed_on_in_its_own_word(
    connector: Connector,
    entra: Entra,
    caplog: pytest.LogCaptureFixture,
    answer: Any,
    raised: type[SendError],
    reason: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    entra.answer = answer
    with capture_logs() as logged, pytest.raises(SendError) as caught:
        await token_of(connector)
    assert type(caught.value) is raised
    assert caught.value.reason == reason
    assert CLIENT_SECRET not in f"{caught.value!r}{logged}{caplog.text}"


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (requests.ConnectionError("no way"), Passing),
        (ValueError("Unable to get authority configuration for https://login.example: x"), Refused),
    ],
)
async def test_a_tenant_that_can_not_be_looked_up_is_asked_for_again(
    tenant: Tenant, connector: Connector, entra: Entra, error: Exception, raised: type[SendError]
) -> None:
    entra.begin = error
    with pytest.raises(raised):
        await token_of(connector)
    entra.begin, entra.answer = None, {"access_token": tenant.token()}
    assert await token_of(connector) == tenant.token()


async def test_a_post_without_a_token_is_not_made(
    tenant: Tenant, connector: Connector, entra: Entra, store: Store
) -> None:
    ward = tenant.channel("aspen")
    place = Destination("teams", {"workspace": tenant.tenant_id, "channel": ward.id})
    front = TeamsFront(connector, store, picture)
    entra.answer = {"error": "invalid_client"}
    with pytest.raises(Refused, match="invalid_client"):
        await front.post(place, HELLO, "key")
    entra.answer = requests.ConnectionError()
    with pytest.raises(Passing, match="entra_unreachable"):
        await front.post(place, HELLO, "key")
    assert not await front.reachable(place)
    assert tenant.calls == []


async def test_nothing_else_waits_for_entra(connector: Connector, entra: Entra, tenant: Tenant) -> None:
    asked, answers, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def slowly() -> None:
        loop.call_soon_threadsafe(asked.set)
        assert answers.wait(5), "the loop went on while Entra said nothing"

    entra.begin, entra.answer = slowly, {"access_token": tenant.token()}
    asking = [asyncio.create_task(token_of(connector)) for _ in range(3)]
    await asked.wait()
    answers.set()
    assert await asyncio.gather(*asking) == [tenant.token()] * 3


async def test_building_the_connector_calls_nobody(tenant: Tenant, entra: Entra) -> None:
    made = Connector(settings_for(tenant, teams_client_secret=SecretStr(CLIENT_SECRET)), Cloud())
    await made.ready()
    assert entra.asked == []
    assert tenant.calls == []
    await made.close()


async def test_the_addresses_of_peoples_own_chats_are_not_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await house.ann.say("huddle")
    await house.front.say_privately(Person("teams", house.ann.id, house.tenant.tenant_id), HELLO)
    await house.front.reachable(house.place)
    assert len(house.tenant.calls) >= 3
    assert caplog.records
    for trace in (house.tenant.personal(house.ann).id, house.ann.id, house.ann.user_id, house.ann.name):
        assert trace not in caplog.text
