"""The state of one stand-in tenant, and the handle by which a test holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
import itertools
import time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from uuid import NAMESPACE_DNS, UUID, uuid5

from . import tokens
from .delivery import Deliveries
from .limits import CARD_TYPE
from .render import parts, plain, visible

if TYPE_CHECKING:
    from .people import Person
    from .server import Connector


def guid(name: str) -> str:
    """The GUID that stands for this name; a GUID stands for itself."""
    try:
        return str(UUID(name))
    except ValueError:
        return str(uuid5(NAMESPACE_DNS, name))


class Call(NamedTuple):
    """One call the bot made (`post`, `update`, `delete`, `create` or `members`), whatever came of it."""

    method: str
    path: str
    body: Any
    headers: dict[str, str]


@dataclass
class Conversation:
    """A channel, a group chat, or a person's chat with the bot; `bot` tells whether the bot is in it."""

    id: str
    kind: Literal["channel", "groupChat", "personal"]
    name: str
    members: list[Person]
    bot: bool = True
    team: dict[str, str] = field(default_factory=dict)
    threads: set[str] = field(default_factory=set)


@dataclass
class Message:
    """A message of the bot; `number` grows with every change of what can be seen, anywhere in the tenant."""

    id: str
    conversation: Conversation
    thread: str
    activity: dict[str, Any]
    number: int
    edited: bool = False
    deleted: bool = False
    opened: frozenset[str] = frozenset()
    """The titles of the Action.ShowCard that whoever looks at it has opened."""

    @property
    def card(self) -> dict[str, Any] | None:
        """Its first Adaptive Card."""
        attachments = self.activity.get("attachments") or []
        return next((one["content"] for one in attachments if one["contentType"] == CARD_TYPE), None)

    @property
    def visible(self) -> str:
        """The words a person reads."""
        if self.deleted:
            return ""
        words = plain(self.activity.get("text") or "")
        return "\n".join(part for part in (words, visible(self.card, self.opened)) if part)

    @property
    def pictures(self) -> list[dict[str, str]]:
        """The `url` and `altText` of every picture in it."""
        images = [part for part in parts(self.card, self.opened) if part["type"] == "Image"]
        return [{"url": image["url"], "altText": image["altText"]} for image in images]


@dataclass
class Fault:
    method: str
    error: int | str
    times: int
    retry_after: int | None


class Tenant:
    """A stand-in Teams tenant: `async with Tenant() as tenant:` serves it on loopback at `tenant.service_url`."""

    bot_name = "Wardhuddle"

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.tenant_id = guid("tenant.example")
        self.client_id = guid("bot.example")
        self.bot_id = f"28:{self.client_id}"
        self.enforce_rates = False
        self.members_a_page = 50
        self.answer_within = 10.0
        self.quiet = 0.01
        self.patience = 1.0

        self.conversations: dict[str, Conversation] = {}
        self.messages: list[Message] = []
        self.people: dict[str, Person] = {}
        self.calls: list[Call] = []
        self.refusals: list[str] = []
        self.faults: list[Fault] = []
        self.posted_at: dict[str, float] = {}

        self.in_flight = 0
        self.last_activity = 0.0
        self._numbers = itertools.count(1)
        self._last_id = 0
        self._connector: Connector | None = None
        self._keys: tokens.KeyServer | None = None
        self.deliveries = Deliveries(self)

    # starting and stopping

    async def __aenter__(self) -> Tenant:
        from .server import Connector

        self._keys = tokens.KeyServer()
        self._connector = Connector(self)
        await self._connector.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.deliveries.close()
        if self._connector and self._keys:
            await self._connector.stop()
            self._keys.stop()

    @property
    def service_url(self) -> str:
        """Where the Bot Connector is (ends in a slash, as Teams writes it)."""
        assert self._connector, "the tenant is not started"
        return self._connector.url

    @property
    def openid_metadata_url(self) -> str:
        """Where the keys of Teams' tokens are described; the keys themselves are at `keys` beside it."""
        assert self._keys, "the tenant is not started"
        return self._keys.metadata_url

    def token(self, scope: str | list[str] = "", tenant_id: str | None = None) -> str:
        """The bot's bearer token; the Connector takes it if scope and tenant are the right ones (or left out)."""
        scope = scope if isinstance(scope, str) else scope[0]
        return tokens.of_bot(self.client_id, scope or tokens.ISSUER, tenant_id or self.tenant_id)

    # making things

    def new_number(self) -> int:
        return next(self._numbers)

    def new_activity_id(self) -> str:
        """A unique, ascending id that follows `now`."""
        self._last_id = max(int(self.now() * 1000), self._last_id + 1)
        return str(self._last_id)

    def person(self, id: str, *, name: str | None = None) -> Person:
        """A person of this tenant (the same one when asked again)."""
        from .people import Person

        if guid(id) not in self.people:
            self.people[guid(id)] = Person(self, guid(id), name or id.lower())
        return self.people[guid(id)]

    def channel(
        self,
        name: str,
        *,
        id: str | None = None,
        team: str = "Trust",
        members: Iterable[Person | str] = (),
        bot: bool = True,
    ) -> Conversation:
        """A new channel with these members; `bot=False` when the app is not in the team."""
        its_team = {"id": f"19:{guid(team)}@thread.tacv2", "name": team, "aadGroupId": guid(team)}
        return self._keep(id or f"19:{guid(name)}@thread.tacv2", "channel", name, members, bot, its_team)

    def group_chat(
        self, name: str, *, id: str | None = None, members: Iterable[Person | str] = (), bot: bool = True
    ) -> Conversation:
        """A new group chat with these members; `bot=False` when the bot was not added."""
        return self._keep(id or f"19:{guid(name)}@thread.v2", "groupChat", name, members, bot)

    def personal(self, person: Person) -> Conversation:
        """A person's chat with the bot (which is not in it before either side has begun it)."""
        chat_id = f"a:1{guid(person.user_id).replace('-', '')}"
        return self.conversations.get(chat_id) or self._keep(chat_id, "personal", "", [person], False)

    def _keep(
        self,
        id: str,
        kind: Literal["channel", "groupChat", "personal"],
        name: str,
        members: Iterable[Person | str],
        bot: bool,
        team: dict[str, str] | None = None,
    ) -> Conversation:
        people = [self.person(one) if isinstance(one, str) else one for one in members]
        self.conversations[id] = Conversation(id, kind, name, people, bot, team or {})
        return self.conversations[id]

    # looking and meddling

    def posts(self, channel: Conversation | str) -> list[Message]:
        """Everything the bot posted in this channel or chat, oldest first; the deleted ones too."""
        wanted = channel if isinstance(channel, str) else channel.id
        return [message for message in self.messages if message.conversation.id == wanted]

    def replies(self, message: Message) -> list[Message]:
        """What the bot posted under this message, oldest first."""
        under = self.posts(message.conversation)
        return [reply for reply in under if reply.thread == message.id != reply.id]

    def purge(self, message: Message) -> None:
        """A retention policy takes a message away for good, and its thread too; a person's deletion leaves that."""
        taken = [message, *self.replies(message)]
        self.messages = [one for one in self.messages if all(one is not gone for gone in taken)]
        message.conversation.threads.discard(message.id)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def fail(self, method: str, error: int | str, *, times: int = 1, retry_after: int | None = None) -> None:
        """The next `times` calls of `method` (`*` for any) fail.

        `error` is an HTTP status, `drop_before` (the connection closes, nothing done) or `drop_after` (the work is
        done, then it closes without an answer).
        """
        self.faults.append(Fault(method, error, times, retry_after))

    def take_fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in (method, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    async def settle(self, known: set[asyncio.Task[Any]] | None = None, *, most: float = 3.0) -> None:
        """Waits until the bot seems to be done: no call under way, and no new task in this loop.

        `known` are the tasks that ran before; any that outlive `patience` without a call are left alone.
        """
        began = time.monotonic()
        while time.monotonic() < began + most:
            await asyncio.sleep(0.005)
            still = time.monotonic() - max(self.last_activity, began)
            if self.in_flight or still < self.quiet:
                continue
            if still > self.patience or not _at_work(known):
                return

    # how the bot is reached (see delivery.py)

    def deliver_to(self, url: str) -> None:
        """From now on activities are posted to this address, the bot's /api/messages."""
        self.deliveries.url = url

    async def redeliver_last(self) -> int:
        """Delivers exactly the last activity again; the bot's HTTP status."""
        return await self.deliveries.again()

    async def deliver_unsigned(self) -> int:
        """The last activity (or a harmless message) without a token; the bot's HTTP status. So do those below."""
        return await self.deliveries.again(token="")

    async def deliver_forged(self) -> int:
        """... signed with somebody else's key."""
        return await self.deliveries.again(token=self._signed(owner="somebody else"))

    async def deliver_expired(self) -> int:
        """... with a token of yesterday."""
        return await self.deliveries.again(token=self._signed(exp=int(time.time()) - 86_400))

    async def deliver_for_another_audience(self) -> int:
        """... with a token for another bot."""
        return await self.deliveries.again(token=self._signed(aud=guid("another bot")))

    async def deliver_from_another_issuer(self) -> int:
        """... with a token that claims another issuer."""
        return await self.deliveries.again(token=self._signed(iss="https://issuer.example"))

    async def deliver_with_another_service_url(self) -> int:
        """... whose own service URL is not the one that was signed for."""
        return await self.deliveries.again(service_url="https://elsewhere.example/teams/")

    async def deliver_for_another_tenant(self) -> int:
        """... rightly signed, but from another tenant."""
        return await self.deliveries.again(tenant_id=guid("another tenant"))

    def _signed(self, **claims: Any) -> str:
        return tokens.for_bot(self.client_id, self.service_url, **claims)


def _at_work(known: set[asyncio.Task[Any]] | None) -> bool:
    """Whether tasks run that did not before, other than the ones that serve a kept-alive connection."""
    if known is None:
        return False
    serving = ("RequestHandler.", "RequestResponseCycle.", "Server.", "LifespanOn.")
    new = asyncio.all_tasks() - known - {asyncio.current_task()}
    return any(not getattr(task.get_coro(), "__qualname__", "").startswith(serving) for task in new)
