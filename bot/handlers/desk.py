"""What a handler works with: store, content, clock; and the questions every handler asks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.front import Destination, Person
from bot.chat.message import Message, Note, Part, Text
from bot.chat.router import Problem, Reply, Router
from bot.prompts.library import Library
from bot.schedule.calendar import local
from bot.settings import Clock, keyed_hash
from bot.store import once, wards
from bot.store.database import Session, Store
from bot.store.tables import Ward

NO_WARD_HERE = "This channel is not a ward's yet. Type /huddle setup here to make it one; it takes a minute."
MEMBERS_KNOWN = 10_000
"""People and wards that a process keeps in mind, to spare a write each time."""
NOT_HERE = "That belongs to another ward's channel, so nothing was changed."


@dataclass(frozen=True)
class Desk:
    """Handed to every handler. `secret` turns people and events into keys that lead back to nobody."""

    store: Store
    library: Library
    clock: Clock
    secret: str
    _members: set[tuple[str, int]] = field(default_factory=set)

    def now_at(self, ward: Ward) -> datetime:
        """The time on the ward's clocks."""
        return local(self.clock(), ward.timezone)

    def person_key(self, person: Person) -> str:
        """A name for a person that tells nothing without the secret."""
        return keyed_hash(self.secret, "person", person.front, person.workspace, person.id)

    def knows(self, person: Person, ward: Ward) -> bool:
        """Whether this process has remembered already that this person uses the bot on this ward."""
        return (self.person_key(person), ward.key) in self._members

    async def remember(self, session: Session, person: Person, ward: Ward) -> None:
        """Remember which ward a person uses the bot on, so that a form opened elsewhere knows it."""
        if self.knows(person, ward):
            return
        await wards.remember_member(session, self.person_key(person), ward.key)
        if len(self._members) >= MEMBERS_KNOWN:
            self._members.clear()
        self._members.add((self.person_key(person), ward.key))

    async def first_time(self, session: Session, *parts: str) -> bool:
        """Whether this was never counted before; it is now, if the transaction is committed."""
        return await once.first_time(session, keyed_hash(self.secret, *parts), self.clock().date())


DeskRouter = Router[Desk]


async def ward_here(session: Session, place: Destination | None) -> Ward:
    """The ward of this channel. Raises `Problem` where there is none."""
    ward = await wards.ward_at(session, place)
    if ward is None:
        raise Problem(NO_WARD_HERE)
    return ward


async def ward_from(session: Session, context: Mapping[str, str]) -> Ward:
    """The ward that a form was opened for. Raises `Problem` where it is gone."""
    ward = await wards.ward_by_id(session, int(context["ward"]))
    if ward is None:
        raise Problem("This ward is no longer set up here, so nothing was saved. Please ask your ward manager.")
    return ward


def reply(kind: str, *words: str, note: str = "") -> Reply:
    """A private answer of a few short paragraphs."""
    parts: list[Part] = [Text(one) for one in words]
    if note:
        parts.append(Note(note))
    return Reply(Message(kind, words[0], tuple(parts)))
