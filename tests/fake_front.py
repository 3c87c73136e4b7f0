"""A front that remembers what it was given and fails as it is told."""

from __future__ import annotations

from datetime import datetime

from bot.chat.front import Destination, Person, SendError
from bot.chat.message import Message


class FakeFront:
    """Keeps `Front`. `fails` holds errors for the next posts and updates, None for one that goes well.

    An error with `arrived` set is raised after the message got there.
    """

    name = "browser"

    def __init__(self) -> None:
        self.posts: list[tuple[Destination, Message, str]] = []
        self.updates: list[tuple[Destination, Message]] = []
        self.private: list[tuple[Person, Message]] = []
        self.fails: list[SendError | Exception | None] = []
        self.cannot_find: Exception | None = None
        self.cannot_tell: SendError | None = None
        self.is_reachable = True

    async def post(self, to: Destination, message: Message, key: str) -> Destination:
        error = self.fails.pop(0) if self.fails else None
        if error is None or getattr(error, "arrived", False):
            self.posts.append((to, message, key))
        if error:
            raise error
        return Destination(self.name, {**to.address, "message": key})

    async def update(self, at: Destination, message: Message) -> Destination:
        error = self.fails.pop(0) if self.fails else None
        if error:
            raise error
        self.updates.append((at, message))
        return at

    async def say_privately(self, to: Person, message: Message) -> None:
        if self.cannot_tell:
            raise self.cannot_tell
        self.private.append((to, message))

    async def find(self, to: Destination, key: str, since: datetime) -> Destination | None:
        if self.cannot_find:
            raise self.cannot_find
        found = [one for one in self.posts if one[2] == key]
        return Destination(self.name, {**to.address, "message": key}) if found else None

    async def reachable(self, to: Destination) -> bool:
        return self.is_reachable

    def thread(self, at: Destination) -> Destination:
        place = {name: value for name, value in at.address.items() if name != "message"}
        return Destination(self.name, {"thread": at.address["message"], **place})

    def kinds(self) -> list[str]:
        """The kinds of the messages posted, in order."""
        return [message.kind for _, message, _ in self.posts]
