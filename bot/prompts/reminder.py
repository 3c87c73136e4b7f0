"""The daily reminder: which one a ward gets, and how it reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from hashlib import sha256

from bot.chat.message import Button, Buttons, Heading, Message, Note, Part, Text
from bot.prompts.library import Band, Library, Reminder
from bot.store import reminders
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

P: Band = "prevention"
D: Band = "de_escalation"
BAND_OF_DAY: tuple[Band, ...] = (P, P, D, P, P, "intervention", P, P, D, P)
"""70/20/10 over every ten days in a row, and so over any twenty (the model is Respect Training's)."""

TITLES: dict[Band, str] = {
    "prevention": "One small thing for today: prevention",
    "de_escalation": "One small thing for today: de-escalation",
    "intervention": "One small thing for today: if it comes to intervention",
}


async def build(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Message:
    """The reminder of an occurrence: the one it has, or the next for this ward, which it then keeps."""
    item = library.reminders.get(occurrence.item or "")
    if item is None:
        sent = await reminders.items_sent(session, ward.key)
        unwanted = await unwanted_by(session, ward.key)
        fitting = library.reminders_for(ward.specialty, occurrence.local_date)
        item = choose(fitting, sent, unwanted, ward.name)
        occurrence.item = item.id
        await reminders.set_item(session, occurrence.key, item.id)
    return message(item, str(occurrence.key))


async def unwanted_by(session: Session, ward_id: int) -> set[str]:
    """Items that more people of a ward called not for them than useful."""
    votes: dict[str, int] = {}
    for one in await reminders.answers_to(session, ward_id):
        votes[one.item] = votes.get(one.item, 0) + {"useful": one.count, "not_for_us": -one.count}.get(one.answer, 0)
    return {item for item, balance in votes.items() if balance < 0}


def choose(fitting: Sequence[Reminder], sent: Sequence[str], unwanted: Collection[str], ward: str) -> Reminder:
    """The next reminder of a ward that has had `sent` (newest first), out of those that fit it.

    The band follows `BAND_OF_DAY`. Within the band it is the one unseen, or longest not seen, so that none comes
    twice before all have come; the order is each ward's own. What the ward did not want comes only if nothing else
    is left. Raises ValueError where nothing fits at all.
    """
    if not fitting:
        raise ValueError("No reminder in the library fits this ward.")
    band = BAND_OF_DAY[len(sent) % len(BAND_OF_DAY)]
    in_band = [item for item in fitting if item.band == band] or list(fitting)
    wanted = [item for item in in_band if item.id not in unwanted] or in_band
    last_seen = {item: len(sent) - place for place, item in reversed(list(enumerate(sent)))}
    return min(wanted, key=lambda item: (last_seen.get(item.id, 0), _own_order(ward, item.id)))


def _own_order(ward: str, item: str) -> str:
    return sha256(f"{ward}/{item}".encode()).hexdigest()


def message(item: Reminder, about: str) -> Message:
    """A reminder with its three buttons; `about` is the occurrence it came with."""
    parts: tuple[Part, ...] = (
        Heading(TITLES[item.band]),
        Text(item.text),
        Buttons(
            (
                Button("Useful", "reminder_useful", about, "primary"),
                Button("Not for us", "reminder_not_for_us", about),
                Button("Tell me more", "reminder_more", about),
            )
        ),
        Note(source_words(item)),
    )
    return Message("reminder", item.text, parts)


def source_words(item: Reminder) -> str:
    """Where a reminder comes from, claiming no more than is known; and that it is no training."""
    return f"Consistent with: {item.source}. A reminder, not accredited training."


def more(item: Reminder) -> Message:
    """What "Tell me more" says, to one person."""
    review = date.strftime(item.review_by, "%B %Y")
    return Message(
        "reminder_more", item.more, (Text(item.more), Note(f"{source_words(item)} To be reviewed by {review}."))
    )
