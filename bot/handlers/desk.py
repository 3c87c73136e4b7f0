"""What a handler works with: store, content, clock; and the questions every handler asks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from bot.chat.front import Destination, Person, typed
from bot.chat.message import Message, Note, Part, Text
from bot.chat.router import Problem, Reply, Router, Tap
from bot.privacy.allowance import Allowance
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.schedule import follow_up
from bot.schedule.calendar import local
from bot.settings import Clock, keyed_hash
from bot.store import ledger, once, wards
from bot.store.database import Session, Store
from bot.store.tables import Occurrence, Ward

NO_WARD_HERE = "This channel is not a ward's yet. Type {setup} here to make it one; it takes a minute."
NO_PLACE = "This works in a ward's own channel only. Please do it there."
NOT_HERE = "That belongs to another ward's channel, so nothing was changed."

WRONG_CODES = 10
"""Codes of reports that a person may get wrong in an hour: more than anybody mistypes."""


@dataclass(frozen=True)
class Desk:
    """Handed to every handler. `secret` turns people and events into keys that lead back to nobody.

    `webhook`: whether the trust's own system is told of reports (`bot.store.outgoing`). `public_url`: where people's
    browsers reach us, if anywhere.
    """

    store: Store
    supplies: Supplies
    clock: Clock
    secret: str
    webhook: bool = False
    public_url: str = ""

    @property
    def library(self) -> Library:
        """All content that may be sent."""
        return self.supplies.library

    def now_at(self, ward: Ward) -> datetime:
        """The time on the ward's clocks."""
        return local(self.clock(), ward.timezone)

    def person_key(self, person: Person) -> str:
        """A name for a person that tells nothing without the secret."""
        return keyed_hash(self.secret, "person", person.front, person.workspace, person.id)

    @cached_property
    def wrong_codes(self) -> Allowance:
        """How many more codes of reports each person may get wrong."""
        return Allowance(WRONG_CODES, timedelta(hours=1), self.clock)

    async def remember(self, session: Session, person: Person, ward: Ward) -> None:
        """Remember which ward a person uses the bot on, so that a form opened elsewhere knows it.

        Never on the way of a report: the order of the rows would tell who sent it.
        """
        await wards.remember_member(session, self.person_key(person), ward.key)

    async def first_time(self, session: Session, *parts: str) -> bool:
        """Whether this was never counted before; it is now, if the transaction is committed."""
        return await once.first_time(session, keyed_hash(self.secret, *parts), self.clock().date())

    async def seen(self, session: Session, *parts: str) -> bool:
        """Whether this was counted before."""
        return await once.seen(session, keyed_hash(self.secret, *parts))

    async def first_answer(self, session: Session, kind: str, occurrence: Occurrence, person: Person) -> bool:
        """Whether a person has not answered this prompt before; late ones don't count, since nobody knows any more."""
        if self.clock() - occurrence.due_at >= once.KEPT:
            return False
        return await self.first_time(session, kind, str(occurrence.key), self.person_key(person))


DeskRouter = Router[Desk]


async def ward_here(session: Session, place: Destination | None) -> Ward:
    """The ward of this channel. Raises `Problem` where there is none."""
    if place is None:
        raise Problem(NO_PLACE)
    ward = await wards.ward_at(session, place)
    if ward is None:
        raise Problem(NO_WARD_HERE.format(setup=typed("huddle setup", place.front)))
    return ward


async def tapped(session: Session, desk: Desk, tap: Tap) -> tuple[Occurrence, Ward, str]:
    """The occurrence that a button is about (`id` or `id:rest`), its ward, and the rest.

    Raises `Problem` unless it was tapped in that ward's own channel.
    """
    key, _, rest = tap.value.partition(":")
    occurrence = await ledger.occurrence_by_id(session, int(key)) if key.isdigit() else None
    ward = await ward_here(session, tap.place)
    if occurrence is None or occurrence.ward_id != ward.key:
        raise Problem(NOT_HERE)
    if occurrence.state == "unclear" and tap.message:  # whoever taps it has it before them: so it did arrive
        occurrence.state, occurrence.problem, occurrence.sent_at = "sent", None, desk.clock()
        occurrence.posted = dict(tap.message.address)
        await follow_up.after(session, occurrence, occurrence.sent_at)
    await desk.remember(session, tap.person, ward)
    return occurrence, ward, rest


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
