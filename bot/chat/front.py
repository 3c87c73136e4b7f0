"""The small Protocol that a front keeps, and the errors by which it says how a send failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.chat.message import Message

AS_TYPED = {"slack": "/{}", "teams": "@Wardhuddle {}", "browser": "/{}"}


def typed(command: str, front: str) -> str:
    """A command as people on this front type it: `/huddle setup`, or `@Wardhuddle huddle setup`."""
    return AS_TYPED[front].format(command)


@dataclass(frozen=True)
class Destination:
    """A place to post, or a posted message: a front's name and an address that only this front reads."""

    front: str
    address: Mapping[str, str]


@dataclass(frozen=True)
class Person:
    """Who acted, as their front knows them. Never stored with an anonymous report, never logged."""

    front: str
    id: str
    workspace: str = ""


class Checked(NamedTuple):
    """One line of `bot check`: what was looked at, whether it is in order, and what was seen or what to do."""

    name: str
    ok: bool
    words: str


class SendError(Exception):
    """A message that may not have arrived; `reason` is the platform's own word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(SendError):
    """It did not arrive and never will until somebody mends something (`not_in_channel`, `invalid_auth`)."""


class Passing(SendError):
    """It did not arrive but may later; `retry_after` is in seconds, or None where the platform did not say."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unclear(SendError):
    """Nobody knows whether it arrived (the connection dropped): heal it with `Front.find`, never repeat it blindly."""


class Front(Protocol):
    """A way of speaking to people. Every method may raise a `SendError`."""

    name: str

    async def post(self, to: Destination, message: Message, key: str) -> Destination:
        """Post to a channel; `key` travels with the message so that `find` can tell whether it arrived."""

    async def update(self, at: Destination, message: Message) -> Destination:
        """Replace a posted message, and say where it is now: one that was deleted is posted anew in the same place."""

    async def say_privately(self, to: Person, message: Message) -> None:
        """Say something to one person alone."""

    async def find(self, to: Destination, key: str, since: datetime) -> Destination | None:
        """The message posted with `key`, or None where it surely never arrived; raises where this can't be told."""

    async def reachable(self, to: Destination) -> bool:
        """Whether a post to this place would be let through now."""

    def thread(self, at: Destination) -> Destination:
        """The place under a posted message, as near to it as the front has one: to `post`, `find` and `reachable`.

        What is posted there once the message is gone arrives all the same, in the channel itself.
        """
