"""The daily reminder: which one a ward gets, and how it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from hashlib import sha256

from bot.chat.message import Button, Buttons, Heading, Message, Note, Part, Text
from bot.prompts.library import Band, Library, Reminder
from bot.store import reminders
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

FEWEST_AGAINST = 3
"""People who must call an item not for them before it stays away."""

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
    """Items that more people of a ward called not for them than useful, and not just one or two."""
    votes: dict[str, Counter[str]] = {}
    for one in await reminders.answers_to(session, ward_id):
        votes.setdefault(one.item, Counter())[one.answer] += one.count
    return {item for item, said in votes.items() if said["not_for_us"] >= max(FEWEST_AGAINST, said["useful"] + 1)}


def choose(fitting: Sequence[Reminder], sent: Sequence[str], unwanted: Collection[str], ward: str) -> Reminder:
    """The next reminder of a ward that has had `sent` (newest first), out of those that fit it.

    None comes twice before all have come. The bands are spread evenly over such a round, each in its share of the
    library, which is 70/20/10 (Respect Training's model): so any 20 days in a row are 14, 4 and 2, give or take one.
    Within a band the one longest not seen comes first; the order is each ward's own. What the ward did not want is
    left out while anything else fits. Raises ValueError where nothing fits at all.
    """
    wanted = [item for item in fitting if item.id not in unwanted] or list(fitting)
    if not wanted:
        raise ValueError("No reminder in the library fits this ward.")
    seen = _seen_this_round(sent, {item.id for item in wanted})
    unseen = [item for item in wanted if item.id not in seen]
    in_band = Counter(item.band for item in wanted)
    still = Counter(item.band for item in unseen)
    day = len(wanted) - len(unseen) + 1

    def behind(band: Band) -> float:
        return in_band[band] * day / len(wanted) - (in_band[band] - still[band])

    band = max(sorted(still), key=behind)
    last_seen = {item: -days for days, item in reversed(list(enumerate(sent)))}
    never = -len(sent) - 1
    candidates = (item for item in unseen if item.band == band)
    return min(candidates, key=lambda item: (last_seen.get(item.id, never), _own_order(ward, item.id)))


def _seen_this_round(sent: Sequence[str], wanted: Collection[str]) -> set[str]:
    """What has come since all had come, or since one came again."""
    seen: set[str] = set()
    for item in reversed(sent):
        if item in seen or seen.issuperset(wanted):
            seen = set()
        seen.add(item)
    return set() if seen.issuperset(wanted) else seen


def _own_order(ward: str, item: str) -> str:
    return sha256(f"{ward}/{item}".encode()).hexdigest()


def message(item: Reminder, about: str) -> Message:
    """A reminder with its three buttons; `about` is the occurrence it came with."""
    parts: tuple[Part, ...] = (
        Heading(TITLES[item.band]),
        Text(item.text),
        Buttons(
            (
                Button("Useful", "reminder_useful", about),
                Button("Not for us", "reminder_not_for_us", about),
                Button("Tell me more", "reminder_more", about, opens=True),
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
