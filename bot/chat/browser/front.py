"""Posts to a ward's browser page, which keeps its own messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import uuid4

from bot.chat.front import Destination, Passing, Person, Refused
from bot.chat.message import Message, to_json
from bot.settings import Clock
from bot.store import pages
from bot.store.database import Session, Store, StoreAway

NAME = "browser"


def page_at(page: str) -> Destination:
    """The page with this unguessable key, as a place to post."""
    return Destination(NAME, {"page": page})


def message_at(page: str, key: str) -> Destination:
    """A message on a page."""
    return Destination(NAME, {"page": page, "message": key})


class BrowserFront:
    """Keeps the `Front` protocol. A destination's address is a `page`, and for a posted message its `message` key."""

    name = NAME

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def post(self, to: Destination, message: Message, key: str) -> Destination:
        """Put a message on a page; the same key twice posts once."""
        page = to.address["page"]
        async with self._kept() as session:
            await pages.put_message(session, page, key, to_json(message), self._clock())
        return message_at(page, key)

    async def post_now(self, to: Destination, message: Message) -> Destination:
        """The same, with a key of its own."""
        return await self.post(to, message, uuid4().hex)

    async def update(self, at: Destination, message: Message) -> Destination:
        """Replace a message on a page; one that is not there is posted."""
        async with self._kept() as session:
            if await pages.change_message(session, at.address["message"], to_json(message)):
                return at
        return await self.post_now(at, message)

    async def say_privately(self, to: Person, message: Message) -> None:
        """Refused: a browser has no inbox. What answers a person at once goes into the page they get back."""
        raise Refused("no_private_place")

    async def find(self, to: Destination, key: str, since: datetime) -> Destination | None:
        """The message with this key, if it is on the page."""
        page = to.address["page"]
        async with self._kept() as session:
            found = await pages.message_with_key(session, key)
        return message_at(page, key) if found and found.channel == page else None

    async def reachable(self, to: Destination) -> bool:
        """Always: the page is ours."""
        return True

    def thread(self, at: Destination) -> Destination:
        """The same page: it shows its messages in the order they came, so that nobody misses one below an old one."""
        return page_at(at.address["page"])

    @asynccontextmanager
    async def _kept(self) -> AsyncIterator[Session]:
        try:
            async with self._store() as session:
                yield session
        except StoreAway as away:
            raise Passing("database_away") from away
