"""Where Teams' activities come in: checked to be Teams', and this tenant's, before anything reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_address
import json
from types import SimpleNamespace
from typing import Any, cast

from jwt import PyJWTError
from microsoft_teams.api import JsonWebToken, TokenProtocol
from microsoft_teams.apps.auth import TokenValidator
from microsoft_teams.apps.events.types import ActivityEvent, CoreActivity
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
import structlog

from bot.chat.bounded import bounded
from bot.chat.teams.connector import Connector
from bot.faults import fault_words, log_fault
from bot.settings import Settings

log = structlog.get_logger(__name__)

MESSAGES_PATH = "/api/messages"
BODY_MOST = 300_000
"""Bytes of an activity; Teams' own are well below."""


class Turned(Exception):
    """An activity that is not let in."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Door:
    """The way in for one app in one tenant."""

    def __init__(self, settings: Settings, connector: Connector) -> None:
        self._connector = connector
        self._tenant = settings.teams_tenant_id
        self._workers = ThreadPoolExecutor(2, "teams-door")
        self._validator = TokenValidator.for_service(settings.teams_client_id, cloud=connector.cloud.environment)

    async def close(self) -> None:
        """Wait for nobody any more."""
        self._workers.shutdown(wait=False)

    def routes(self) -> list[Route]:
        """Where Teams posts."""
        return [Route(MESSAGES_PATH, self._messages, methods=["POST"])]

    async def _messages(self, request: Request) -> Response:
        try:
            activity = await self._read(request)
            token = await self._token(request, activity)
            self._of_our_tenant(activity)
            return await self._hand_over(activity, token)
        except Turned as turned:
            log.warning("teams_turned_away", status=turned.status, why=turned.words)
            return PlainTextResponse(turned.words, turned.status)

    async def _read(self, request: Request) -> dict[str, Any]:
        body = await bounded(request.stream(), BODY_MOST)
        if body is None:
            raise Turned(413, "too large")
        try:
            activity = _loaded(body)
        except (ValueError, RecursionError):
            activity = None
        address = _at(activity, "serviceUrl")
        if not isinstance(activity, dict) or not isinstance(address, str) or not address:
            raise Turned(400, "not understood")  # without an address the SDK would not hold the token against one
        return activity

    async def _token(self, request: Request, activity: Mapping[str, Any]) -> TokenProtocol:
        """The token that the activity came with, once it is known to be the Bot Framework's, to us, for this address.

        In threads of the door's own, since the SDK fetches Microsoft's keys with a call that blocks: so whoever knocks
        with forged tokens holds up nothing else.
        """
        if not self._connector.cloud.authenticated:
            if not (request.client and _is_loopback(request.client.host)):
                raise Turned(403, "without a token only from this machine")
            return cast(TokenProtocol, SimpleNamespace(service_url=activity["serviceUrl"]))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Turned(401, "no token")

        def checked() -> None:
            asyncio.run(self._validator.validate_token(token, activity["serviceUrl"]))

        try:
            await asyncio.get_running_loop().run_in_executor(self._workers, checked)
        except PyJWTError as error:
            raise Turned(401, type(error).__name__) from error
        return JsonWebToken(token)

    def _of_our_tenant(self, activity: Mapping[str, Any]) -> None:
        """The token says for whom the app is; in which tenant somebody used it, only the activity says."""
        named = [
            _at(activity, "conversation", "tenantId"),
            _at(activity, "channelData", "tenant", "id"),
        ]
        tenants = {str(one).lower() for one in named if one}
        if self._connector.cloud.authenticated and tenants != {self._tenant}:
            raise Turned(403, "another tenant")

    async def _hand_over(self, activity: Mapping[str, Any], token: TokenProtocol) -> Response:
        app = await self._connector.ready()
        assert app.server.on_request, "the SDK sets it when it is made ready"
        try:
            answer = await app.server.on_request(ActivityEvent(CoreActivity.model_validate(activity), token))
        except ValidationError as error:
            raise Turned(400, "not understood") from error
        except Exception as error:
            return PlainTextResponse(fault_words(log_fault(error, "teams activity")), 500)
        return JSONResponse(answer.body, answer.status) if answer.body is not None else Response(status_code=200)


def _loaded(body: bytes) -> object:
    """JSON, with half characters (what is left where a client cuts an emoji) as question marks: nothing could keep or
    send them."""
    return json.loads(json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace"))


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _at(thing: object, *path: str) -> object:
    for name in path:
        thing = thing.get(name) if isinstance(thing, dict) else None
    return thing
