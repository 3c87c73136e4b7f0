"""A ward's reminder and digest as they go to a channel where nobody can answer: as on the ward, without its buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.chat.front import Passing, SendError
from bot.chat.message import Buttons, Message, Note
from bot.prompts import digest, reminder
from bot.prompts.supplies import Supplies
from bot.store import ledger, reminders
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

COPIES_AFTER = timedelta(minutes=1)
"""How long after the ward's own a copy comes: by then the ward's own reminder has been chosen."""
NOT_HERE = "Nobody reads replies here. To answer this or to report something, please use the ward's own {place}."
PLACES = {"browser": "page"}


async def build_reminder(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The reminder that the ward itself has that day; put off while that is still to be chosen.

    It is never chosen from here: two choosing at once could show the channel another than the ward.
    """
    own = await _own(session, "reminder", occurrence)
    if own.state == "dropped":  # the ward wants no more posts that day
        raise SendError("nothing_to_copy")
    if not own.item:
        raise Passing("waits_for_reminder")
    item = supplies.library.reminders.get(own.item)
    if item is None:
        raise SendError("reminder_withdrawn")
    await reminders.set_item(session, occurrence.key, item.id)
    return copy_of(reminder.on_its_day(item, ward, own), ward)


async def build_digest(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The digest that the ward itself has that day, without the success that its own channel was told."""
    own = await _own(session, "digest", occurrence)
    return copy_of(await digest.build(session, supplies, ward, own, elsewhere=True), ward)


async def _own(session: Session, kind: str, copy: Occurrence) -> Occurrence:
    """The ward's own prompt that this is the copy of; late in the evening, one of the day before."""
    at = datetime.combine(copy.local_date, time.fromisoformat(copy.slot)) - COPIES_AFTER
    own = await ledger.occurrence_at(session, copy.ward_id, kind, at.date(), f"{at:%H:%M}")
    if own is None:
        raise SendError("nothing_to_copy")  # the ward was set up in the minute between the two
    return own


def copy_of(message: Message, ward: Ward) -> Message:
    """The message without its buttons, and with where to go instead."""
    parts = tuple(part for part in message.parts if not isinstance(part, Buttons))
    place = PLACES.get(ward.front, "channel")
    return replace(message, parts=(*parts, Note(NOT_HERE.format(place=place))))
