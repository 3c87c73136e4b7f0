"""Posting to Slack: the `Front` that the sender and the handlers' outcomes speak through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
import structlog

from bot.chat.front import Destination, Passing, Person, SendError, Unclear
from bot.chat.message import Chart, Message
from bot.chat.pace import Pace
from bot.chat.slack.blocks import payload
from bot.chat.slack.call import Gone, again, reason_of, told

log = structlog.get_logger(__name__)

EVENT_TYPE = "wardhuddle_post"

_CLOCKS_APART = timedelta(minutes=5)
_PAGES, _PAGE = 3, 200


class SlackFront:
    """Keeps `bot.chat.front.Front`. A place is `{"workspace", "channel"}`, and under a message its `thread` too; a
    posted message has its `ts` too.

    A fault in what was sent (`invalid_blocks`, `msg_too_long`) is a plain `SendError`: ours to mend, and no reason to
    pause a ward. `draw` makes a chart's picture (PNG).
    """

    name = "slack"

    def __init__(self, client: AsyncWebClient, draw: Callable[[Chart], Awaitable[bytes]]) -> None:
        self.client = client
        self.picture_pause = 2.0
        self.pace = Pace(1.1)  # a little more than Slack asks, for clocks differ
        self._draw = draw
        self._views: AsyncWebClient | None = None

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
        """Post once, at most one message a second to a channel (https://docs.slack.dev/apis/web-api/rate-limits).

        What is meant for the thread of a message that was deleted, Slack posts into the channel, and says so only by
        naming no thread (https://github.com/slackapi/python-slack-events-api/issues/87).
        """
        channel, thread = to.address["channel"], to.address.get("thread")
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}

        async def send(content: dict[str, Any]) -> AsyncSlackResponse:
            async with self.pace.of(channel):
                return await self.client.chat_postMessage(
                    channel=channel,
                    thread_ts=thread,
                    metadata=metadata,
                    unfurl_links=False,
                    unfurl_media=False,
                    **content,
                )

        with told(repeatable=False):
            sent = await self._illustrated(message, send)
        posted = sent.get("message") or {"thread_ts": thread}
        return _message_at(to, sent["channel"], {**posted, "ts": sent["ts"]})

    async def post_now(self, to: Destination, message: Message) -> Destination:
        """Post what nobody will look for later; once more only if the first surely did not arrive."""
        key = uuid4().hex
        try:
            return await self.post(to, message, key)
        except Passing as error:
            await asyncio.sleep(min(error.retry_after or 1.0, 30.0))
            return await self.post(to, message, key)

    async def update(self, at: Destination, message: Message) -> Destination:
        """Replace a message, trying twice where that may help; what it carries for `find` stays."""

        async def send(content: dict[str, Any]) -> AsyncSlackResponse:
            return await self.client.chat_update(channel=at.address["channel"], ts=at.address["ts"], **content)

        try:
            await again(lambda: self._illustrated(message, send))
        except Gone:
            channel = {name: value for name, value in at.address.items() if name != "ts"}
            return await self.post_now(Destination(self.name, channel), message)
        return at

    async def say_privately(self, to: Person, message: Message) -> None:
        """A direct message from the bot."""
        opened = await again(lambda: self.client.conversations_open(users=to.id))
        with told(repeatable=False):
            await self.client.chat_postMessage(
                channel=opened["channel"]["id"], unfurl_links=False, unfurl_media=False, **payload(message)
            )

    async def whisper(self, to: Person, place: Destination | None, message: Message) -> None:
        """Words that only this person sees in this channel; a direct message where there is or can be none."""
        if place is None:
            return await self.say_privately(to, message)
        try:
            with told(repeatable=True):
                await self.client.chat_postEphemeral(channel=place.address["channel"], user=to.id, **payload(message))
        except SendError:
            await self.say_privately(to, message)

    async def find(self, to: Destination, key: str, since: datetime) -> Destination | None:
        """Look for `key` in the channel's history since then, with an allowance for clocks that differ; or in the
        thread, and in the channel only where there is no such thread any more."""
        oldest = str((since - _CLOCKS_APART).timestamp())
        try:
            if thread := to.address.get("thread"):
                try:
                    return await self._find(to, key, oldest, thread)
                except SendError as error:
                    if error.reason != "thread_not_found":
                        raise
            return await self._find(to, key, oldest, "")
        except SendError as error:
            raise Unclear(error.reason) from error

    async def _find(self, to: Destination, key: str, oldest: str, thread: str) -> Destination | None:
        channel, cursor = to.address["channel"], ""
        for _ in range(_PAGES):
            page = await self._page(channel, oldest, cursor, thread)
            for posted in page["messages"]:
                metadata = posted.get("metadata") or {}
                if metadata.get("event_type") == EVENT_TYPE and metadata["event_payload"].get("key") == key:
                    return _message_at(to, channel, posted)
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        raise Unclear("history_too_long")

    async def _page(self, channel: str, oldest: str, cursor: str, thread: str) -> AsyncSlackResponse:
        wanted: dict[str, Any] = {"channel": channel, "oldest": oldest, "limit": _PAGE, "include_all_metadata": True}
        wanted |= {"cursor": cursor} if cursor else {}
        if thread:
            return await again(lambda: self.client.conversations_replies(ts=thread, **wanted))
        return await again(lambda: self.client.conversations_history(**wanted))

    async def reachable(self, to: Destination) -> bool:
        """Whether the bot is in the channel and the channel is in use; False where Slack does not say."""
        try:
            info = await again(lambda: self.client.conversations_info(channel=to.address["channel"]))
        except SendError:
            return False
        channel: Mapping[str, Any] = info["channel"]
        return bool(channel.get("is_member") or channel.get("is_im")) and not channel.get("is_archived")

    def thread(self, at: Destination) -> Destination:
        """The message's thread, or the one that it is in itself: a thread of Slack's has no threads."""
        place = {name: value for name, value in at.address.items() if name != "ts"}
        return Destination(self.name, {"thread": at.address["ts"], **place})

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
            for pause in (0.0, self.picture_pause):
                await asyncio.sleep(pause)
                try:
                    return await send(payload(message, files=files))
                except SlackApiError as error:
                    if not _picture_refused(error):
                        raise
            log.warning("slack_refused_picture", message=message.kind)
        return await send(payload(message))

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


def _message_at(to: Destination, channel: str, posted: Mapping[str, Any]) -> Destination:
    """A message as Slack hands it out; one that began a thread is named as if it had none."""
    address = {**to.address, "channel": channel, "ts": posted["ts"]}
    address.pop("thread", None)
    thread = posted.get("thread_ts") or posted["ts"]
    return Destination("slack", address if thread == posted["ts"] else {**address, "thread": thread})


def _picture_refused(error: SlackApiError) -> bool:
    response: Any = error.response
    return reason_of(error) == "invalid_blocks" and "slack" in str(response.get("response_metadata"))


def _short_reason(error: Exception) -> str:
    return reason_of(error) if isinstance(error, SlackApiError) else type(error).__name__
