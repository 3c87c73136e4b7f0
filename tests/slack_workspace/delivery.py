"""How what people do reaches the bot: Socket Mode envelopes, or signed HTTP requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
import hashlib
import hmac
import itertools
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
import uuid

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from .workspace import Workspace

EVENTS, COMMANDS, INTERACTIVE = "events_api", "slash_commands", "interactive"


@dataclass
class Delivery:
    """Something delivered to the bot; `acks` holds what each attempt was answered with."""

    kind: str
    payload: dict[str, Any]
    envelope_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    acks: list[Any] = field(default_factory=list)

    @property
    def what(self) -> str:
        p = self.payload
        return f"{self.kind} {p.get('command') or p.get('event', {}).get('type') or p.get('type')}"


class NotAcknowledged(AssertionError):
    """The bot did not acknowledge in time, or with an error; `reason` as Slack names it in a retry."""

    def __init__(self, words: str, reason: str, retry: bool = True) -> None:
        super().__init__(words)
        self.reason = reason
        self.retry = retry


class Deliveries:
    """Every delivery so far, and the two ways to make one."""

    def __init__(self, workspace: Workspace) -> None:
        self.ws = workspace
        self.url: str | None = None
        self.signing_secret = ""
        self.event_retries = 0
        self.all: list[Delivery] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.waiting: dict[str, asyncio.Future[Any]] = {}
        self._turns = itertools.count()
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        for socket in list(self.sockets):
            await socket.close()
        if self._session:
            await self._session.close()

    # what people and tests call

    async def deliver(self, kind: str, payload: dict[str, Any]) -> Any:
        """Delivers a payload, waits for the acknowledgement and until the bot is still; the ack's payload."""
        delivery = Delivery(kind, payload)
        self.all.append(delivery)
        return await self._with_retries(delivery)

    async def event(self, event: dict[str, Any]) -> bool:
        subscribed = f"message.{event['channel_type']}" if event["type"] == "message" else event["type"]
        if subscribed not in self.ws.events or (subscribed == "message.im" and "im:history" not in self.ws.scopes):
            return False
        await self.deliver(EVENTS, self.event_payload(event))
        return True

    def event_payload(self, event: dict[str, Any]) -> dict[str, Any]:
        """The envelope of an Events API event."""
        ws = self.ws
        allowed = {"team_id": ws.team_id, "user_id": ws.bot_user, "is_bot": True}
        return {
            "token": ws.verification_token,
            "team_id": ws.team_id,
            "api_app_id": ws.app_id,
            "event": {"event_ts": ws.new_ts(), **event},
            "type": "event_callback",
            "event_id": ws.new_id("Ev"),
            "event_time": int(ws.now()),
            "authorizations": [{"enterprise_id": None, **allowed, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
            "event_context": ws.new_id("4-"),
        }

    async def redeliver(self, *, retry_num: int = 0, retry_reason: str = "") -> Any:
        assert self.all, "nothing was delivered yet"
        return await self._attempt(self.all[-1], retry_num, retry_reason or "http_timeout")

    # attempts

    async def _with_retries(self, delivery: Delivery) -> Any:
        retries = self.event_retries if delivery.kind == EVENTS else 0
        reason = ""
        for attempt in range(retries + 1):
            try:
                return await self._attempt(delivery, attempt, reason)
            except NotAcknowledged as error:
                if attempt == retries or not error.retry:
                    raise
                reason = error.reason
        raise AssertionError("unreachable")

    async def _attempt(self, delivery: Delivery, retry_num: int, retry_reason: str) -> Any:
        known = asyncio.all_tasks()
        try:
            if self.url:
                ack = await self._by_http(delivery, retry_num, retry_reason)
            else:
                ack = await self._by_socket(delivery, retry_num, retry_reason)
        finally:
            await self.ws.settle(known)
        delivery.acks.append(ack)
        return ack

    # Socket Mode

    async def _by_socket(self, delivery: Delivery, retry_num: int, retry_reason: str) -> Any:
        open_ones = [socket for socket in self.sockets if not socket.closed]
        assert open_ones, f"no Socket Mode connection to deliver {delivery.what} to"
        socket = open_ones[next(self._turns) % len(open_ones)]
        envelope: dict[str, Any] = {
            "envelope_id": delivery.envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != EVENTS,
        }
        if delivery.kind == EVENTS:
            envelope |= {"retry_attempt": retry_num, "retry_reason": retry_reason if retry_num else ""}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting[delivery.envelope_id] = answer
        await socket.send_json(envelope)
        try:
            return await asyncio.wait_for(answer, self.ws.ack_within)
        except TimeoutError:
            raise self._silence(delivery, "timeout") from None
        finally:
            self.waiting.pop(delivery.envelope_id, None)

    def _silence(self, delivery: Delivery, reason: str) -> NotAcknowledged:
        words = f"no acknowledgement of {delivery.what} in {self.ws.ack_within:g} s: {_short(delivery)}"
        return NotAcknowledged(words, reason)

    def acknowledged(self, message: dict[str, Any]) -> None:
        """An acknowledgement came over a socket."""
        answer = self.waiting.get(message.get("envelope_id", ""))
        if answer and not answer.done():
            answer.set_result(message.get("payload"))

    async def drop_connections(self, *, warn: bool = False) -> None:
        """Closes every Socket Mode connection; `warn` sends Slack's `disconnect` message first."""
        for socket in list(self.sockets):
            if warn:
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await socket.close()

    # HTTP

    async def _by_http(self, delivery: Delivery, retry_num: int, retry_reason: str) -> Any:
        try:
            status, headers, text = await asyncio.wait_for(
                self._post(delivery.kind, delivery.payload, retry_num, retry_reason), self.ws.ack_within
            )
        except TimeoutError:
            raise self._silence(delivery, "http_timeout") from None
        except aiohttp.ClientError as error:
            raise NotAcknowledged(f"{delivery.what} did not arrive: {error}", "connection_failed") from None
        if not 200 <= status < 300:
            words = f"{delivery.what} was answered with HTTP {status}: {text[:500]}"
            raise NotAcknowledged(words, "http_error", headers.get("x-slack-no-retry") != "1")
        if headers.get("content-type", "").startswith("application/json") and text:
            return json.loads(text)
        return {"text": text} if text else None

    async def _post(
        self,
        kind: str,
        payload: dict[str, Any],
        retry_num: int = 0,
        retry_reason: str = "",
        age: float = 0,
        forged: bool = False,
    ) -> tuple[int, dict[str, str], str]:
        assert self.url, "call deliver_http(url, signing_secret) first"
        if kind == EVENTS:
            body, content = json.dumps(payload), "application/json"
        else:
            fields = {"payload": json.dumps(payload)} if kind == INTERACTIVE else payload
            body, content = urlencode(fields), "application/x-www-form-urlencoded"
        stamp = str(int(time.time() - age))
        secret = "not the secret" if forged else self.signing_secret
        signature = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        if retry_num:
            headers |= {"X-Slack-Retry-Num": str(retry_num), "X-Slack-Retry-Reason": retry_reason}
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
        async with self._session.post(self.url, data=body.encode(), headers=headers) as answer:
            got = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, got, await answer.text()

    async def post_raw(self, *, age: float = 0, forged: bool = False) -> int:
        """Posts the last payload, or an event if there was none, and returns the HTTP status."""
        if self.all:
            kind, payload = self.all[-1].kind, self.all[-1].payload
        else:
            event = {"type": "app_home_opened", "user": "U1NOBODY", "channel": "D1NOBODY", "tab": "home"}
            kind, payload = EVENTS, self.event_payload(event)
        known = asyncio.all_tasks()
        status, _, _ = await self._post(kind, payload, age=age, forged=forged)
        await self.ws.settle(known)
        return status

    async def url_verification(self) -> bool:
        challenge = uuid.uuid4().hex
        payload = {"token": self.ws.verification_token, "challenge": challenge, "type": "url_verification"}
        status, _, text = await self._post(EVENTS, payload)
        return status == 200 and challenge in text


def _short(delivery: Delivery) -> str:
    words = json.dumps(delivery.payload)
    return words if len(words) < 600 else words[:600] + "..."
