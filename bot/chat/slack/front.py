"""Posting to Slack: the `Front` that the sender and the handlers' outcomes speak through."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
import logging
from typing import Any

import aiohttp
from aiolimiter import AsyncLimiter
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
import structlog

from bot.chat.front import Destination, Gone, Passing, Person, Refused, SendError, Unclear
from bot.chat.message import Chart, Message
from bot.chat.slack.blocks import message_blocks, notification
from bot.settings import Settings

log = structlog.get_logger(__name__)

quiet = logging.getLogger("bot.slack")
quiet.setLevel(logging.ERROR)
"""What slack_sdk and Bolt log with: below ERROR they log request bodies, which name people and hold their words."""

EVENT_TYPE = "wardhuddle_post"

MENDABLE = frozenset({
    "access_denied", "accesslimited", "account_inactive", "channel_not_found", "ekm_access_denied",
    "enterprise_is_restricted", "invalid_auth", "is_archived", "messages_tab_disabled",
    "method_not_supported_for_channel_type", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed",
    "not_in_channel", "org_login_required", "restricted_action", "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "team_access_not_granted",
    "team_not_found", "token_expired", "token_revoked", "two_factor_setup_required", "user_not_found",
})  # fmt: skip
"""Errors that last until somebody changes the workspace, the channel or the app
(https://docs.slack.dev/reference/methods/chat.postMessage#errors)."""

NOT_DONE = frozenset({"rate_limited", "ratelimited", "request_timeout", "service_unavailable", "team_added_to_org"})
"""Errors that pass, and after which Slack surely did nothing."""

PERHAPS_DONE = frozenset({"fatal_error", "internal_error"})
"""Of these Slack says that "some aspect of the operation" may have succeeded."""

_PATIENCE = 3.0
_CLOCKS_APART = timedelta(minutes=5)
_PAGES, _PAGE = 3, 200
_CHANNELS = 1_000


def web_client(settings: Settings, token: str | None) -> AsyncWebClient:
    """A client that repeats nothing by itself: whether a call may be repeated is for its caller to know.

    (slack_sdk's connection handler may post twice; its rate-limit handler waits the first digit of Retry-After.)
    """
    return AsyncWebClient(token=token, base_url=settings.slack_api_url, timeout=10, retry_handlers=[], logger=quiet)


class SlackFront:
    """Keeps `bot.chat.front.Front`. A place is `{"workspace", "channel"}`; a posted message has its `ts` too.

    A fault in what was sent (`invalid_blocks`, `msg_too_long`) is a plain `SendError`: ours to mend, and no reason to
    pause a ward. `draw` makes a chart's picture (PNG).
    """

    name = "slack"

    def __init__(self, client: AsyncWebClient, draw: Callable[[Chart], Awaitable[bytes]]) -> None:
        self.client = client
        self.picture_pause = 2.0
        self.seconds_a_post = 1.0
        self._draw = draw
        self._views: AsyncWebClient | None = None
        self._paces: OrderedDict[str, AsyncLimiter] = OrderedDict()

    @property
    def views(self) -> AsyncWebClient:
        """The client for opening forms, which keeps its connection: a trigger lives three seconds.

        Posts are not sent over it, since a connection that has gone stale can leave a post unclear.
        """
        if self._views is None:
            self._views = copy(self.client)
            self._views.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        return self._views

    async def close(self) -> None:
        """Let the connections go."""
        if self._views and self._views.session:
            await self._views.session.close()
            self._views = None

    async def post(self, to: Destination, message: Message, key: str) -> Destination:
        """Post once, at most one message a second to a channel (https://docs.slack.dev/apis/web-api/rate-limits)."""
        channel = to.address["channel"]
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}

        async def send(payload: dict[str, Any]) -> AsyncSlackResponse:
            async with self._pace(channel):
                return await self.client.chat_postMessage(
                    channel=channel, metadata=metadata, unfurl_links=False, unfurl_media=False, **payload
                )

        with told(repeatable=False):
            sent = await self._illustrated(message, send)
        return Destination(self.name, {**to.address, "channel": sent["channel"], "ts": sent["ts"]})

    async def update(self, at: Destination, message: Message) -> None:
        """Replace a message, trying twice where that may help; what it carries for `find` stays."""

        async def send(payload: dict[str, Any]) -> AsyncSlackResponse:
            return await self.client.chat_update(channel=at.address["channel"], ts=at.address["ts"], **payload)

        await again(lambda: self._illustrated(message, send))

    async def say_privately(self, to: Person, message: Message) -> None:
        """A direct message from the bot."""
        opened = await again(lambda: self.client.conversations_open(users=to.id))
        with told(repeatable=False):
            await self.client.chat_postMessage(
                channel=opened["channel"]["id"], unfurl_links=False, unfurl_media=False, **self.payload(message)
            )

    async def whisper(self, to: Person, place: Destination | None, message: Message) -> None:
        """Words that only this person sees in this channel; a direct message where there is or can be none."""
        if place is None:
            return await self.say_privately(to, message)
        try:
            with told(repeatable=True):
                await self.client.chat_postEphemeral(
                    channel=place.address["channel"], user=to.id, **self.payload(message)
                )
        except SendError:
            await self.say_privately(to, message)

    async def find(self, to: Destination, key: str, since: datetime) -> Destination | None:
        """Look for `key` in the channel's history since then, with an allowance for clocks that differ."""
        oldest = str((since - _CLOCKS_APART).timestamp())
        try:
            cursor = ""
            for _ in range(_PAGES):
                page = await self._history(to.address["channel"], oldest, cursor)
                for posted in page["messages"]:
                    metadata = posted.get("metadata") or {}
                    if metadata.get("event_type") == EVENT_TYPE and metadata["event_payload"].get("key") == key:
                        return Destination(self.name, {**to.address, "ts": posted["ts"]})
                cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    return None
        except SendError as error:
            raise Unclear(error.reason) from error
        raise Unclear("history_too_long")

    async def _history(self, channel: str, oldest: str, cursor: str) -> AsyncSlackResponse:
        return await again(
            lambda: self.client.conversations_history(
                channel=channel, oldest=oldest, limit=_PAGE, include_all_metadata=True, cursor=cursor or None
            )
        )

    async def reachable(self, to: Destination) -> bool:
        """Whether the bot is in the channel and the channel is in use; False where Slack does not say."""
        try:
            info = await again(lambda: self.client.conversations_info(channel=to.address["channel"]))
        except SendError:
            return False
        channel: Mapping[str, Any] = info["channel"]
        return bool(channel.get("is_member") or channel.get("is_im")) and not channel.get("is_archived")

    def payload(self, message: Message) -> dict[str, Any]:
        """What is sent, but for pictures: those are files that Slack has to be given first."""
        return {"text": notification(message), "blocks": message_blocks(message)}

    # Pictures

    async def _illustrated(
        self, message: Message, send: Callable[[dict[str, Any]], Awaitable[AsyncSlackResponse]]
    ) -> AsyncSlackResponse:
        """Send with pictures where they can be had; the text beside them says the same.

        Slack goes on working on a file after the upload is complete and refuses blocks with it until then
        (https://github.com/slackapi/node-slack-sdk/issues/1865): a refused message is sent again after a pause.
        """
        files = await self._pictures(message)
        if files:
            illustrated = {"text": notification(message), "blocks": message_blocks(message, files=files)}
            for pause in (0.0, self.picture_pause):
                await asyncio.sleep(pause)
                try:
                    return await send(illustrated)
                except SlackApiError as error:
                    if not _picture_refused(error):
                        raise
            log.warning("slack_refused_picture", message=message.kind)
        return await send(self.payload(message))

    async def _pictures(self, message: Message) -> dict[int, str]:
        files = {}
        for place, part in enumerate(message.parts):
            if isinstance(part, Chart):
                try:
                    picture = await self._draw(part)
                    uploaded = await self.client.files_upload_v2(content=picture, filename="chart.png", title="Chart")
                    files[place] = str(uploaded["files"][0]["id"])
                except Exception as error:
                    log.warning("slack_picture_failed", message=message.kind, fault=_short_reason(error))
        return files

    def _pace(self, channel: str) -> AsyncLimiter:
        self._paces[channel] = pace = self._paces.pop(channel, None) or AsyncLimiter(1, self.seconds_a_post)
        if len(self._paces) > _CHANNELS:
            self._paces.popitem(last=False)
        return pace


# Faults


async def again(call: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """Make a call that may be repeated, a second time if the first met something that passes within seconds."""
    try:
        with told(repeatable=True):
            return await call()
    except Passing as error:
        pause = 0.5 if error.retry_after is None else error.retry_after
        if pause > _PATIENCE:
            raise
        await asyncio.sleep(pause)
    with told(repeatable=True):
        return await call()


@contextmanager
def told(*, repeatable: bool) -> Iterator[None]:
    """Turn whatever a call to Slack raises into a `SendError`.

    What may or may not have been done is `Unclear`, or for a call that is safe to repeat, `Passing`.
    """
    try:
        yield
    except SlackApiError as error:
        raise _as_send_error(error, repeatable) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Passing("unreachable") from error
    except (aiohttp.ClientError, OSError, TimeoutError, SlackClientError) as error:
        raise _unclear("connection_lost", repeatable) from error


def reason_of(error: SlackApiError) -> str:
    """Slack's own word for what was wrong, or the HTTP status where it (or a proxy) said none."""
    return _word(error) or f"http_{_status(error)}"


def _as_send_error(error: SlackApiError, repeatable: bool) -> SendError:
    word, status, reason = _word(error), _status(error), reason_of(error)
    if status == 429:
        return Passing("ratelimited", _retry_after(error))
    if word in NOT_DONE or (not word and 400 <= status < 500):
        return Passing(reason)
    if word in PERHAPS_DONE or not word or status >= 500:
        return _unclear(reason, repeatable)
    if word == "message_not_found":
        return Gone(reason)
    return Refused(reason) if word in MENDABLE else SendError(reason)


def _word(error: SlackApiError) -> str:
    return str(error.response.get("error") or "") if isinstance(error.response, AsyncSlackResponse) else ""


def _unclear(reason: str, repeatable: bool) -> SendError:
    return Passing(reason) if repeatable else Unclear(reason)


def _status(error: SlackApiError) -> int:
    response: Any = error.response
    return int(response.status_code if isinstance(response, AsyncSlackResponse) else response.status)


def _retry_after(error: SlackApiError) -> float | None:
    headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(given) if given.isdecimal() else None


def _picture_refused(error: SlackApiError) -> bool:
    response: Any = error.response
    return reason_of(error) == "invalid_blocks" and "slack" in str(response.get("response_metadata"))


def _short_reason(error: Exception) -> str:
    return reason_of(error) if isinstance(error, SlackApiError) else type(error).__name__
