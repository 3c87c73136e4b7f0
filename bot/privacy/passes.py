"""What lets somebody into the dashboard: a signed link, and the session that it becomes.

Either says who asked and where, and never what they may see: that is asked of the database on every request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
import secrets
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer

from bot.chat.front import Person
from bot.settings import Clock

LIVES = {"link": timedelta(minutes=10), "session": timedelta(hours=8)}
"""For how long each is good."""


class NotOurs(Exception):
    """It was not signed here, or not for this."""


class TooOld(Exception):
    """It was good once."""


@dataclass(frozen=True)
class Pass:
    """Who asked, and the ward (its id) in whose channel they did. `key` is random: it tells one pass from another."""

    person: Person
    ward: int | None
    key: str


class Passes:
    """Signs and reads the passes of one kind."""

    def __init__(self, secret: str, kind: Literal["link", "session"], clock: Clock) -> None:
        self._serializer = URLSafeSerializer(secret, salt=f"dashboard-{kind}")
        self._life = LIVES[kind]
        self._clock = clock

    def new(self, person: Person, ward: int | None) -> str:
        """A new pass, good from now."""
        until = int((self._clock() + self._life).timestamp())
        held = [person.front, person.workspace, person.id, ward, secrets.token_urlsafe(12), until]
        return str(self._serializer.dumps(held))

    def read(self, token: str) -> Pass:
        """The pass that this is. Raises `NotOurs` and `TooOld`."""
        try:
            front, workspace, person, ward, key, until = self._serializer.loads(token)
        except (BadSignature, ValueError):
            raise NotOurs from None
        if self._clock().timestamp() >= until:
            raise TooOld
        return Pass(Person(front, person, workspace), ward, key)
