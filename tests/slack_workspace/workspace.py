"""The state of one stand-in Slack workspace, and the handle by which a test holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
import itertools
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from .delivery import Deliveries
from .render import Seen, look

if TYPE_CHECKING:
    from .people import Person
    from .server import Server

Blocks = list[dict[str, Any]]

TRIGGER_LIVES = 3.0
RESPONSE_URL_LIVES = 30 * 60
RESPONSE_URL_USES = 5

BOT_SCOPES = frozenset(
    {
        *("chat:write", "commands", "files:read", "files:write", "users:read", "app_mentions:read"),
        *("channels:read", "groups:read", "im:read", "im:write"),
        *("channels:history", "groups:history", "im:history"),
    }
)
BOT_EVENTS = frozenset({"app_home_opened", "member_joined_channel", "message.im"})


class Call(NamedTuple):
    """One call the bot made, whatever came of it."""

    method: str
    args: dict[str, Any]
    time: float


@dataclass
class Channel:
    """A channel or a direct message (`user` is set)."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    user: str | None = None

    @property
    def is_im(self) -> bool:
        return self.user is not None


@dataclass
class Message:
    """A message as Slack keeps it; `for_user` makes it an ephemeral one that only this user sees."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    by_bot: bool = False
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    for_user: str | None = None
    edited: bool = False
    deleted: bool = False
    """Deleted, and kept as a tombstone because there are replies under it."""
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def visible(self) -> str:
        """The words a person reads."""
        return look(self.blocks, self.text).text

    @property
    def mentions(self) -> list[str]:
        """What Slack turns into a mention or a link, in the blocks and in the notification's text."""
        notification = Seen()
        notification.mrkdwn(self.text)
        return look(self.blocks).mentions + notification.mentions

    @property
    def links(self) -> list[str]:
        """Bare addresses that Slack makes a link of by itself."""
        return look(self.blocks, self.text).links


@dataclass
class File:
    """An uploaded file; it may be shown in a block once it is `completed` (and `ready_at` has come)."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""
    completed: bool = False
    ready_at: float = 0.0

    @property
    def is_image(self) -> bool:
        return self.name.lower().rsplit(".", 1)[-1] in ("png", "jpg", "jpeg", "gif")


@dataclass
class View:
    """A modal or a home as Slack keeps it, with ids filled in, and what the person has put into it."""

    id: str
    user: str
    payload: dict[str, Any]
    hash: str
    channel: str | None = None
    previous: str | None = None
    root: str = ""
    values: dict[tuple[str, str], Any] = field(default_factory=dict)


@dataclass
class Trigger:
    user: str
    channel: str | None
    made: float
    used: bool = False
    expired: bool = False


@dataclass
class ResponseUrl:
    user: str
    channel: str
    message_ts: str | None
    made: float
    uses: int = 0


@dataclass
class Fault:
    method: str
    error: str
    times: int
    retry_after: int


class SlackError(Exception):
    """An answer with `ok: false`; the messages are Slack's own words with a JSON pointer."""

    def __init__(self, error: str, messages: Iterable[str] = (), **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.messages = list(messages)
        self.more = more

    def answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            if self.error == "invalid_blocks":
                answer["errors"] = self.messages
            answer["response_metadata"] = {"messages": [f"[ERROR] {words}" for words in self.messages]}
        return answer


class Workspace:
    """A stand-in Slack workspace: `async with Workspace() as ws:` serves it on loopback at `ws.api_url`."""

    team_id, team_domain, team_name = "T1TRUST", "trust", "Trust"
    app_id, bot_user, bot_id, bot_name = "A1APP", "U0BOT", "B0BOT", "bot"
    verification_token = "deprecated-token"

    def __init__(
        self,
        *,
        scopes: Iterable[str] = BOT_SCOPES,
        events: Iterable[str] = BOT_EVENTS,
        bot_token: str = "xoxb-stand-in",
        app_token: str = "xapp-stand-in",
        now: Callable[[], float] = time.time,
        enforce_rates: bool = False,
        require_text: bool = True,
    ) -> None:
        self.scopes = set(scopes)
        self.events = set(events)
        self.bot_token = bot_token
        self.app_token = app_token
        self.now = now
        self.enforce_rates = enforce_rates
        self.require_text = require_text
        self.ack_within = 3.0
        self.quiet = 0.01
        self.patience = 1.0
        self.file_ready_after = 0.0

        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.people: dict[str, Person] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.posted_at: dict[str, float] = {}

        self.in_flight = 0
        self.last_activity = 0.0
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self._stale_triggers = 0
        self._server: Server | None = None
        self.deliveries = Deliveries(self)

    # starting and stopping

    async def start(self) -> Workspace:
        from .server import Server

        self._server = Server(self)
        await self._server.start()
        return self

    async def stop(self) -> None:
        await self.deliveries.close()
        if self._server:
            await self._server.stop()
            self._server = None

    async def __aenter__(self) -> Workspace:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def event_retries(self) -> int:
        """How often an event that fails is delivered again, at once (Slack: 3 times, over 5 minutes)."""
        return self.deliveries.event_retries

    @event_retries.setter
    def event_retries(self, times: int) -> None:
        self.deliveries.event_retries = times

    @property
    def url(self) -> str:
        assert self._server, "the workspace is not started"
        return self._server.url

    @property
    def api_url(self) -> str:
        """What the bot's `base_url` must be."""
        return f"{self.url}/api/"

    # making things

    def new_id(self, letter: str) -> str:
        return f"{letter}{next(self._numbers):08d}"

    def new_ts(self) -> str:
        """A unique, ascending timestamp that follows `now`."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def person(self, id: str, *, name: str | None = None, tz: str = "Europe/London") -> Person:
        """A person of this workspace (the same one when asked again)."""
        from .people import Person

        if id not in self.people:
            self.people[id] = Person(self, id, name or id.lower(), tz)
        return self.people[id]

    def channel(
        self,
        name: str,
        *,
        members: Iterable[Person | str] = (),
        bot: bool = True,
        private: bool = False,
        id: str | None = None,
    ) -> Channel:
        """A new channel with these members; `bot=False` when the bot was not invited."""
        ids = {m if isinstance(m, str) else m.id for m in members}
        channel = Channel(id or self.new_id("C"), name, ids | ({self.bot_user} if bot else set()), private)
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: str) -> Channel:
        """The direct message between this user and the bot."""
        for channel in self.channels.values():
            if channel.user == user:
                return channel
        channel = Channel(self.new_id("D"), "directmessage", {user, self.bot_user}, True, user=user)
        self.channels[channel.id] = channel
        return channel

    def add_message(self, channel: str, user: str, text: str, blocks: Blocks, **more: Any) -> Message:
        message = Message(channel, self.new_ts(), user, text, self.fill_ids(blocks), **more)
        self.messages.append(message)
        return message

    def fill_ids(self, blocks: Blocks) -> Blocks:
        """A copy of the blocks with the block ids, action ids and defaults that Slack fills in."""
        blocks = deepcopy(blocks)
        for block in blocks:
            block.setdefault("block_id", self.new_id("b"))
            elements = block.get("elements", []) if block["type"] == "actions" else []
            for element in [*elements, block.get("accessory"), block.get("element")]:
                if isinstance(element, dict) and element.get("type") != "image":
                    element.setdefault("action_id", self.new_id("a"))
        _fill_text(blocks)
        return blocks

    def new_trigger(self, user: str, channel: str | None = None) -> str:
        trigger_id = f"{next(self._numbers)}.{self.team_id}.{user}"
        stale = self._stale_triggers > 0
        self._stale_triggers -= int(stale)
        self.triggers[trigger_id] = Trigger(user, channel, self.now(), expired=stale)
        return trigger_id

    def new_response_url(self, user: str, channel: str, message_ts: str | None = None) -> str:
        key = self.new_id("r")
        self.response_urls[key] = ResponseUrl(user, channel, message_ts, self.now())
        return f"{self.url}/response/{key}"

    def check_trigger(self, trigger_id: str) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if trigger.expired or self.now() - trigger.made > TRIGGER_LIVES:
            raise SlackError("expired_trigger_id")
        return trigger

    def expire_trigger(self, trigger_id: str | None = None) -> None:
        """Makes this trigger (or else every one there is) too old."""
        for key, trigger in self.triggers.items():
            trigger.expired = trigger.expired or trigger_id in (None, key)

    def expire_next_trigger(self, times: int = 1) -> None:
        """The next trigger ids are too old before the bot can use them, as when it is slow."""
        self._stale_triggers = times

    def usable_file(self, file_id: str) -> bool:
        """Whether a block may show this file: uploaded, completed, ready and a picture."""
        file = self.files.get(file_id)
        return bool(file and file.completed and file.is_image and self.now() >= file.ready_at)

    # looking and meddling

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def posts(self, channel: Channel | str) -> list[Message]:
        """Everything the bot posted for all to see in this channel, oldest first."""
        channel_id = channel if isinstance(channel, str) else channel.id
        return [m for m in self.messages if m.channel == channel_id and m.by_bot and not m.for_user]

    def replies(self, message: Message) -> list[Message]:
        """What stands in this message's thread, oldest first."""
        return [m for m in self.messages if m.channel == message.channel and m.thread_ts == message.ts != m.ts]

    def delete(self, message: Message) -> None:
        """Somebody deletes a message. One with a thread under it leaves a tombstone."""
        if not self.replies(message):
            self.messages.remove(message)
            return
        message.user, message.by_bot, message.deleted = "USLACKBOT", False, True
        message.text, message.blocks, message.metadata = "This message was deleted.", [], None

    def message(self, channel: str, ts: str) -> Message | None:
        return next((m for m in self.messages if m.channel == channel and m.ts == ts), None)

    def fail(self, method: str, error: str, *, times: int = 1, retry_after: int = 1) -> None:
        """The next `times` calls of `method` (`*` for any) fail.

        `error` is a Slack error, `ratelimited` (HTTP 429), `http 500` (any status), `drop_before` (the
        connection closes, nothing done) or `drop_after` (the work is done, then it closes without an answer).
        """
        self.faults.append(Fault(method, error, times, retry_after))

    def take_fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in (method, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    async def until(self, true: Callable[[], Any], *, within: float = 3.0, what: str = "it") -> Any:
        """Waits until `true()` is true and returns its value; an AssertionError after `within` seconds."""
        ends = time.monotonic() + within
        while not (value := true()):
            assert time.monotonic() < ends, f"waited {within} s in vain for {what}"
            await asyncio.sleep(0.01)
        return value

    async def settle(self, known: set[asyncio.Task[Any]] | None = None, *, most: float = 3.0) -> None:
        """Waits until the bot seems to be done: no call under way, and no new task in this loop.

        `known` are the tasks that ran before; any that outlive `patience` without a call are left alone.
        """
        ends = time.monotonic() + most
        began = time.monotonic()
        while time.monotonic() < ends:
            await asyncio.sleep(0.005)
            still = time.monotonic() - max(self.last_activity, began)
            if self.in_flight or still < self.quiet:
                continue
            if still > self.patience or not _at_work(known):
                return

    # how the bot is reached (see delivery.py)

    def deliver_http(self, url: str, signing_secret: str) -> None:
        """From now on everything goes as signed HTTP requests to this address, and not by Socket Mode."""
        self.deliveries.url, self.deliveries.signing_secret = url, signing_secret

    def deliver_socket(self) -> None:
        """From now on everything goes through Socket Mode connections (as it does at first)."""
        self.deliveries.url = None

    async def event(self, event: dict[str, Any]) -> bool:
        """Delivers an Events API event if the app subscribed to it; False if it did not."""
        return await self.deliveries.event(event)

    async def redeliver_last(self, *, retry_num: int = 0, retry_reason: str = "") -> Any:
        """Delivers exactly the last payload again; with `retry_num` Slack says that it is a retry."""
        return await self.deliveries.redeliver(retry_num=retry_num, retry_reason=retry_reason)

    redeliver = redeliver_last

    async def deliver_forged(self) -> int:
        """The last payload (or an event) under a wrong signature; the bot's HTTP status."""
        return await self.deliveries.post_raw(forged=True)

    async def deliver_stale(self, seconds: float = 301) -> int:
        """The last payload (or an event), rightly signed but that old; the bot's HTTP status."""
        return await self.deliveries.post_raw(age=seconds)

    async def url_verification(self) -> bool:
        """Slack's handshake with a request URL: whether the challenge came back."""
        return await self.deliveries.url_verification()


def _fill_text(thing: Any) -> None:
    if isinstance(thing, list):
        for each in thing:
            _fill_text(each)
    elif isinstance(thing, dict):
        if thing.get("type") == "plain_text":
            thing.setdefault("emoji", True)
        elif thing.get("type") == "mrkdwn":
            thing.setdefault("verbatim", False)
        for each in thing.values():
            _fill_text(each)


def _at_work(known: set[asyncio.Task[Any]] | None) -> bool:
    """Whether tasks run that did not before, other than the ones that serve a kept-alive connection."""
    if known is None:
        return False
    for task in asyncio.all_tasks() - known - {asyncio.current_task()}:
        name = getattr(task.get_coro(), "__qualname__", "")
        if not name.startswith(("RequestHandler.", "RequestResponseCycle.", "Server.", "LifespanOn.")):
            return True
    return False
