"""Posting to Teams: the `Front` that the sender and the handlers' outcomes speak through."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from bot.chat.front import Destination, Passing, Person, SendError, Unclear
from bot.chat.message import Message
from bot.chat.pace import Pace
from bot.chat.teams.call import GONE, PATIENCE, Gone, again, told
from bot.chat.teams.cards import Card, PictureAddress, Surface, message_card
from bot.chat.teams.connector import Connector
from bot.store import contacts
from bot.store.database import Store, StoreAway

log = structlog.get_logger(__name__)

NAME = "teams"
NO_THREAD = GONE | {"ConversationNotFound"}
"""What Teams answers where there is no thread any more: of its own, or with its channel
(https://github.com/MicrosoftDocs/msteams-docs/issues/1697)."""
TEAM_CHANNEL = ("@thread.tacv2", "@thread.skype")
"""How the conversations end that have threads. A group chat's ends in `@thread.v2`."""


class TeamsFront:
    """Keeps `bot.chat.front.Front`. A place is `{"workspace": tenant, "channel": conversation}`, and under a message
    of a team's channel its `thread` too; a posted message has its `activity` too.
    """

    name = NAME

    def __init__(self, connector: Connector, store: Store, picture: PictureAddress) -> None:
        self._connector = connector
        self._store = store
        self._picture = picture
        self._met: dict[str, str] = {}
        # One a second is what Teams takes for long (1,800 an hour and conversation, 60 in 30 seconds).
        self.pace = Pace(1.05)

    @property
    def surface(self) -> Surface:
        """How cards in chats are drawn."""
        return "chat" if self._connector.cloud.dialogs else "plain chat"

    async def close(self) -> None:
        """Let the connections go."""
        await self._connector.close()

    async def met(self, place: Destination, service_url: str) -> None:
        """Note where a shared conversation is reached: Teams says so in whatever comes from there."""
        conversation = place.address["channel"]
        if self._met.get(conversation) != service_url:
            async with self._store() as session:
                await contacts.remember(session, conversation, service_url)
            self._met[conversation] = service_url

    def card(self, message: Message, place: str = "") -> Card:
        """The message as a card in a chat."""
        return message_card(message, self._picture, self.surface, place)

    async def post(self, to: Destination, message: Message, key: str) -> Destination:
        """Post once, at most one message a second to a conversation.

        Teams keeps no `key` with a message and shows bots no history, so nothing can be found by it afterwards.
        """
        place = {name: value for name, value in to.address.items() if name != "thread"}
        conversation, card = place["channel"], self.card(message)
        service_url = await self._service_url(conversation)
        if thread := to.address.get("thread"):
            try:
                activity = await self.reply(f"{conversation};messageid={thread}", service_url, card, message.summary)
                return Destination(self.name, {**to.address, "activity": activity})
            except SendError as error:
                if error.reason not in NO_THREAD:
                    raise
        activity = await self.reply(conversation, service_url, card, message.summary)
        return Destination(self.name, {**place, "activity": activity})

    async def post_now(self, to: Destination, message: Message) -> Destination:
        """Post what nobody will look for later; once more only if the first surely did not arrive."""
        try:
            return await self.post(to, message, "")
        except Passing as error:
            await asyncio.sleep(min(error.retry_after or 1.0, 30.0))
            return await self.post(to, message, "")

    async def update(self, at: Destination, message: Message) -> Destination:
        """Replace a message, trying twice where that may help; one that was deleted is posted anew."""
        conversation, activity = at.address["channel"], at.address["activity"]
        card, service_url = self.card(message), await self._service_url(conversation)
        try:
            await again(lambda: self._connector.send(conversation, service_url, card, message.summary, activity))
        except Gone:
            place = {name: value for name, value in at.address.items() if name != "activity"}
            return await self.post_now(Destination(self.name, place), message)
        return at

    async def say_privately(self, to: Person, message: Message) -> None:
        """Say something in the person's own chat with the bot."""
        await self.whisper(to, message)

    async def whisper(self, to: Person, message: Message, place: str = "") -> None:
        """The same, with what its buttons bring back where it is about a channel."""
        conversation = await again(lambda: self._connector.chat_with(to.id))
        card, service_url = self.card(message, place), self._connector.cloud.service_url
        await self.reply_now(conversation, service_url, card, message.summary)

    async def reply(self, conversation: str, service_url: str, card: Card, summary: str) -> str:
        """Answer in the conversation (or the thread of a channel) that something came from; the activity's id."""
        async with self.pace.of(conversation.partition(";")[0]):
            with told(repeatable=False):
                return await self._connector.send(conversation, service_url, card, summary)

    async def reply_now(self, conversation: str, service_url: str, card: Card, summary: str) -> str:
        """The same, once more if the first surely did not arrive and the wait is short."""
        try:
            return await self.reply(conversation, service_url, card, summary)
        except Passing as error:
            pause = 1.0 if error.retry_after is None else error.retry_after
            if pause > PATIENCE:
                raise
            await asyncio.sleep(pause)
            return await self.reply(conversation, service_url, card, summary)

    async def find(self, to: Destination, key: str, since: datetime) -> Destination | None:
        """Raises: Teams shows no history to a bot, so an unclear post stays unclear, and visible as such."""
        raise Unclear("no_history")

    async def reachable(self, to: Destination) -> bool:
        """Whether the bot is in the conversation; False where Teams does not say."""
        conversation = to.address["channel"]
        try:
            service_url = await self._service_url(conversation)
            await again(lambda: self._connector.look_into(conversation, service_url))
        except SendError:
            return False
        return True

    def thread(self, at: Destination) -> Destination:
        """The message's thread, or the one that it is in itself; in a group chat, which has none, the chat."""
        place = {name: value for name, value in at.address.items() if name != "activity"}
        if not place["channel"].endswith(TEAM_CHANNEL):
            return Destination(self.name, place)
        return Destination(self.name, {"thread": at.address["activity"], **place})

    async def _service_url(self, conversation: str) -> str:
        """Where the conversation was last met, or the address that knows all of them."""
        try:
            async with self._store() as session:
                return await contacts.service_url(session, conversation) or self._connector.cloud.service_url
        except StoreAway as away:
            raise Passing("database_away") from away
