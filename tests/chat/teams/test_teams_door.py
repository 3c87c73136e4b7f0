"""The way in: what Teams did not send to this bot in this tenant reaches no handler and leaves no word in a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import json
import logging
from typing import Any

import aiohttp
import httpx
import jwt
import pytest
from structlog.testing import capture_logs

from bot.chat.router import Command, Reply
from bot.chat.teams.door import BODY_MOST
from tests.chat.slack.test_slack_bolt import said
from tests.chat.teams.conftest import House
from tests.teams_tenant import Tenant, activities, tokens

WORDS = "a very particular sentence"
ENTRA = "https://login.microsoftonline.com"
AGENTS = "5a807f24-c9de-44ee-a3a7-329e88a00ffc"
"""The caller whose Entra tokens the SDK's own door lets in."""


@pytest.fixture
def heard_before(house: House) -> House:
    """A bot that would answer."""
    house.desk.answers["huddle"] = [Reply(said("Hello"))]
    return house


def activity_of(house: House, text: str = f"huddle {WORDS}") -> dict[str, Any]:
    return activities.message(house.tenant, house.ann, house.ward, text)


@contextmanager
def unheard(house: House, caplog: pytest.LogCaptureFixture, *more: str) -> Iterator[None]:
    """Nothing of what comes in reaches a handler, a call, or (beside these words) a log."""
    caplog.set_level(logging.DEBUG)
    calls, events = len(house.tenant.calls), len(house.desk.events)
    with capture_logs() as logged:
        yield
    assert len(house.desk.events) == events
    assert len(house.tenant.calls) == calls
    assert logged, "it is logged that something was turned away"
    everything = f"{logged}{caplog.text}"
    for word in (WORDS, house.ann.id, house.ann.user_id, house.ann.name, *more):
        assert word and word not in everything


async def send(house: House, body: bytes, token: str = "", scheme: str = "Bearer") -> int:
    """Post this body to the bot; the status."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"{scheme} {token}"} if token else {})
    assert house.tenant.deliveries.url
    async with (
        aiohttp.ClientSession() as session,
        session.post(house.tenant.deliveries.url, data=body, headers=headers) as answer,
    ):
        assert WORDS not in await answer.text()
        return answer.status


def good_token(house: House) -> str:
    return tokens.for_bot(house.tenant.client_id, house.tenant.service_url)


def bad_tokens(tenant: Tenant) -> dict[str, str]:
    whole = tokens.for_bot(tenant.client_id, tenant.service_url)
    head, body, signature = whole.split(".")
    claims = jwt.decode(whole, options={"verify_signature": False})
    changed = jwt.encode(claims | {"exp": claims["exp"] + 1}, "", "none").split(".")[1]

    def signed(owner: str = "teams", **other: Any) -> str:
        said = {name: value for name, value in (claims | other).items() if value is not None}
        return jwt.encode(said, tokens._key(owner), "RS256", {"kid": tokens.KEY_ID})

    entra = {"tid": tenant.tenant_id, "azp": AGENTS, "appid": AGENTS}
    return {
        "forged": signed("somebody else"),
        "expired": signed(exp=1),
        "of tomorrow": signed(nbf=claims["nbf"] + 86_400),
        "another audience": signed(aud="11111111-2222-3333-4444-555555555555"),
        "no audience": signed(aud=None),
        "another issuer": signed(iss="https://issuer.example"),
        "no issuer": signed(iss=None),
        "another service url": signed(serviceurl="https://elsewhere.example/teams/"),
        "no service url": signed(serviceurl=None),
        "of Entra": signed(iss=f"{ENTRA}/{tenant.tenant_id}/v2.0", **entra),
        "of Entra's first version": signed(iss=f"https://sts.windows.net/{tenant.tenant_id}/", **entra),
        "the bot's own": tenant.token(),
        "signed by nobody": jwt.encode(claims, "", "none", {"kid": tokens.KEY_ID}),
        "signed with a word": jwt.encode(claims, "w" * 32, "HS256", {"kid": tokens.KEY_ID}),
        "with another key's name": jwt.encode(claims, tokens._key("teams"), "RS256", {"kid": "another"}),
        "with no key's name": jwt.encode(claims, tokens._key("teams"), "RS256"),
        "changed": f"{head}.{changed}.{signature}",
        "cut": f"{head}.{body}.",
        "no token at all": "nonsense",
        "of three dots": "...",
        "of other letters": "é.é.é",
    }


async def test_what_is_rightly_signed_is_heard(heard_before: House) -> None:
    house = heard_before
    await house.ann.say("huddle skip", house.ward)
    [command] = house.desk.events
    assert isinstance(command, Command)
    assert (command.name, command.text, command.place) == ("huddle", "skip", house.place)
    assert (command.person.id, command.person.workspace) == (house.ann.id, house.tenant.tenant_id)
    assert await send(house, json.dumps(activity_of(house)).encode(), good_token(house)) == 200
    assert len(house.desk.events) == 2, "so the refusals below are for what is wrong with each"


async def test_wrong_tokens_are_refused(heard_before: House, caplog: pytest.LogCaptureFixture) -> None:
    house = heard_before
    body = json.dumps(activity_of(house)).encode()
    for what, token in bad_tokens(house.tenant).items():
        with unheard(house, caplog, *[part for part in token.split(".") if len(part) > 3]):
            assert await send(house, body, token) == 401, what


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, "Basic", "bearer"])
async def test_without_a_bearer_token_nobody_is_heard(
    heard_before: House, caplog: pytest.LogCaptureFixture, headers: dict[str, str] | str
) -> None:
    house = heard_before
    given = headers if isinstance(headers, dict) else {"Authorization": f"{headers} {good_token(house)}"}
    with unheard(house, caplog):
        async with httpx.AsyncClient() as client:
            answer = await client.post(house.tenant.deliveries.url or "", json=activity_of(house), headers=given)
    assert answer.status_code == 401


async def test_another_address_than_was_signed_for_is_refused(
    heard_before: House, caplog: pytest.LogCaptureFixture
) -> None:
    house = heard_before
    for address in ("https://elsewhere.example/teams/", "/", house.tenant.service_url + "more"):
        with unheard(house, caplog):
            body = json.dumps(activity_of(house) | {"serviceUrl": address}).encode()
            assert await send(house, body, good_token(house)) == 401, address


async def test_only_our_own_tenant_is_heard(heard_before: House, caplog: pytest.LogCaptureFixture) -> None:
    house, ours = heard_before, heard_before.tenant.tenant_id
    theirs = "11111111-2222-3333-4444-555555555555"
    refused: list[tuple[object, object]] = [(ours, theirs), (theirs, ours), (theirs, theirs)]
    refused += [(None, None), ("", ""), (7, ours), (ours, 7), ([ours], ours), (ours, {"id": ours}), (None, theirs)]

    async def told(conversation: object, channel_data: object) -> int:
        activity = activity_of(house)
        activity["conversation"]["tenantId"] = conversation
        activity["channelData"]["tenant"] = {"id": channel_data}
        return await send(house, json.dumps(activity).encode(), good_token(house))

    for conversation, channel_data in refused:
        with unheard(house, caplog):
            assert await told(conversation, channel_data) == 403, (conversation, channel_data)
    assert await told(None, ours) == 200
    assert len(house.desk.events) == 1


async def test_a_tenant_is_known_in_capital_letters_too(heard_before: House) -> None:
    house = heard_before
    activity = activities.of_tenant(activity_of(house), house.tenant.tenant_id.upper())
    assert await send(house, json.dumps(activity).encode(), good_token(house)) == 200
    [command] = house.desk.events
    assert isinstance(command, Command)
    assert command.place == house.place, "it is the same place"


async def test_what_is_no_activity_is_turned_away(heard_before: House, caplog: pytest.LogCaptureFixture) -> None:
    house = heard_before
    whole = activity_of(house)

    def json_of(**changes: Any) -> bytes:
        return json.dumps({name: value for name, value in (whole | changes).items() if value is not None}).encode()

    bodies = {
        "nothing": (b"", 400),
        "no JSON": (b"{" + WORDS.encode(), 400),
        "no text": (b"\xff\xfe" + WORDS.encode(), 400),
        "a list": (json.dumps([whole]).encode(), 400),
        "a word": (json.dumps(WORDS).encode(), 400),
        "a number": (b"7", 400),
        "null": (b"null", 400),
        "no address": (json_of(serviceUrl=None), 400),
        "an empty address": (json_of(serviceUrl=""), 400),
        "an address that is none": (json_of(serviceUrl=[WORDS]), 400),
        "brackets without end": (b'{"serviceUrl":' + b"[" * 200_000, 400),
        "too large": (json_of(text=WORDS + "x" * BODY_MOST), 413),
        "no type": (json_of(type=None), 400),
        "an unknown type": (json_of(type=WORDS), 400),
        "nobody": (json_of(**{"from": None}), 400),
        "nobody in particular": (json_of(**{"from": {"id": 7}}), 400),
        "an unknown request": (json_of(type="invoke", name=WORDS, value={}), 400),
        "a request without what it asks": (json_of(type="invoke", name="adaptiveCard/action", value=WORDS), 400),
    }
    for what, (body, status) in bodies.items():
        with unheard(house, caplog):
            assert await send(house, body, good_token(house)) == status, what


async def test_half_a_character_stops_nobody(heard_before: House) -> None:
    house = heard_before
    body = json.dumps(activity_of(house, "huddle skip 🙂")).replace("\\ude42", "")
    assert "\\ud83d" in body
    assert await send(house, body.encode(), good_token(house)) == 200
    [command] = house.desk.events
    assert isinstance(command, Command)
    assert command.text == "skip ?"


async def test_a_body_too_large_is_not_read_to_its_end(house: House, caplog: pytest.LogCaptureFixture) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 50 * BODY_MOST:
            sent += 65_536
            yield WORDS.encode().ljust(65_536)

    with unheard(house, caplog):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://bot") as client:
            answer = await client.post("/api/messages", content=endless())
    assert answer.status_code == 413
    assert sent < 2 * BODY_MOST


async def test_only_a_post_is_taken(house: House) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://bot") as client:
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            assert (await client.request(method, "/api/messages")).status_code == 405


async def test_without_microsofts_keys_nobody_is_heard(heard_before: House, caplog: pytest.LogCaptureFixture) -> None:
    house = heard_before
    assert house.tenant._keys
    house.tenant._keys.stop()
    with unheard(house, caplog, good_token(house)):
        assert await send(house, json.dumps(activity_of(house)).encode(), good_token(house)) >= 401


async def test_what_fails_inside_is_told_by_a_reference_alone(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house.front.card = None  # type: ignore[assignment,method-assign]
    house.desk.answers["huddle"] = [Reply(said(WORDS))]
    with capture_logs() as logged:
        status = await send(house, json.dumps(activity_of(house)).encode(), good_token(house))
    assert status == 500
    [fault] = [line for line in logged if line["event"] == "fault"]
    assert fault["during"] == "teams activity"
    everything = f"{logged}{caplog.text}"
    for word in (WORDS, house.ann.id, house.ann.user_id, house.ann.name, good_token(house)):
        assert word not in everything


async def from_peer(house: House, peer: tuple[str, int] | None, **headers: str) -> int:
    transport = httpx.ASGITransport(house.app, client=peer)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return (await client.post("/api/messages", json=activity_of(house), headers=headers)).status_code


@pytest.mark.parametrize("peer", [("127.0.0.1", 5), ("127.9.9.9", 5), ("::1", 5)])
async def test_without_authentication_this_machine_is_heard(open_house: House, peer: tuple[str, int]) -> None:
    open_house.desk.answers["huddle"] = [Reply(said("Hello"))]
    assert await from_peer(open_house, peer) == 200
    assert len(open_house.desk.events) == 1


@pytest.mark.parametrize(
    "peer", [("10.0.0.1", 5), ("192.0.2.1", 5), ("2001:db8::1", 5), ("0.0.0.0", 5), ("unknown", 5), ("", 5), None]
)
async def test_without_authentication_nobody_else_is_heard(
    open_house: House, caplog: pytest.LogCaptureFixture, peer: tuple[str, int] | None
) -> None:
    forwarded = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1", "host": "localhost"}
    token = good_token(open_house)
    with unheard(open_house, caplog, token):
        assert await from_peer(open_house, peer, **forwarded) == 403
        assert await from_peer(open_house, peer, authorization=f"Bearer {token}") == 403
