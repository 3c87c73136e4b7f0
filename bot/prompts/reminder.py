"""The daily reminder: which one a ward gets, and how it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import TypeVar

from bot.chat.message import Button, Buttons, Heading, Message, Note, Part, Text
from bot.prompts import bank_holidays
from bot.prompts.library import TOPICS, Band, Library, NothingFits, Reminder, Role
from bot.prompts.supplies import Supplies
from bot.prompts.words import count, listed
from bot.store import huddles, reminders, reports
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

FEWEST_AGAINST = 3
"""People who must call an item not for them before it stays away."""

SHARES: Mapping[Band, float] = {"prevention": 0.7, "de_escalation": 0.2, "intervention": 0.1}
"""Respect Training's 70/20/10 model."""
ROUND = 20
"""Reminders over which the bands keep their shares: the fewest of which 70/20/10 makes whole numbers."""
WINDOW, ROUNDS = 70, 2
"""Reminders of a band over which its topics keep their shares: the last 70, so that a change of what fits is soon made
up for; of a small band twice its items, and so at least enough for each of its topics to have its share."""
LOOK_BACK = timedelta(days=28)
DAY = (7, 19)
"""Local hours from which and before which a reminder is a day shift's."""

ROLES: Mapping[Role, str] = {
    "nurse": "nurses",
    "support_worker": "support workers",
    "nurse_in_charge": "whoever is in charge",
    "bank": "bank and agency colleagues",
    "allied": "therapists and other allied colleagues",
}
TITLES: dict[Band, str] = {
    "prevention": "One small thing for today: prevention",
    "de_escalation": "One small thing for today: de-escalation",
    "intervention": "One small thing for today: if it comes to intervention",
}


@dataclass(frozen=True)
class Chosen:
    """A reminder, and why it was this one's turn: a sentence each for its band, its topic and itself."""

    item: Reminder
    why: tuple[str, ...]


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The reminder of an occurrence: the one it has, or the next for this ward, which it then keeps."""
    item = supplies.library.reminders.get(occurrence.item or "")
    if item is None:
        item = (await chosen(session, supplies.library, ward, occurrence)).item
        occurrence.item = item.id
        await reminders.set_item(session, occurrence.key, item.id)
    return on_its_day(item, ward, occurrence)


def on_its_day(item: Reminder, ward: Ward, occurrence: Occurrence) -> Message:
    """The reminder as it reads on the date of its occurrence."""
    shown = message(item, str(occurrence.key))
    return bank_holidays.on_its_day(shown, bank_holidays.REMINDER, ward.nation, occurrence.local_date)


async def chosen(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Chosen:
    """The next reminder for this ward, and why it is that one. Raises `NothingFits` where nothing does."""
    on, hour = occurrence.local_date, int(occurrence.slot[:2])
    fitting = library.reminders_for(ward.specialty, on, "day" if DAY[0] <= hour < DAY[1] else "night")
    sent = await reminders.items_sent(session, ward.key)
    unwanted = await unwanted_by(session, ward.key)
    return choose(fitting, sent, unwanted, ward.name, await leaning(session, library, ward, on))


async def leaning(session: Session, library: Library, ward: Ward, on: date) -> dict[str, int]:
    """How many of the ward's reports and huddles of the 4 weeks before that day name something that a topic is about.

    Not those of the day itself: what comes right after a report would tell who was on shift when it was sent.
    """
    first, last = on - LOOK_BACK, on - timedelta(days=1)
    named: Counter[str] = Counter()
    for report in await reports.reports_between(session, [ward.key], first, last):
        named.update(report.building)
    for huddle in await huddles.huddles_between(session, [ward.key], first, last):
        for question in ("environment", "relational"):
            named.update(huddle.answers.get(question) or [])
    found: Counter[str] = Counter()
    for value, number in named.items():
        for topic in library.leanings.get(value, ()):
            found[topic] += number
    return dict(found)


async def unwanted_by(session: Session, ward_id: int) -> set[str]:
    """Items that more people of a ward called not for them than useful, and not just one or two."""
    votes: dict[str, Counter[str]] = {}
    for one in await reminders.answers_to(session, ward_id):
        votes.setdefault(one.item, Counter())[one.answer] += one.count
    return {item for item, said in votes.items() if said["not_for_us"] >= max(FEWEST_AGAINST, said["useful"] + 1)}


def choose(
    fitting: Sequence[Reminder],
    sent: Sequence[str],
    unwanted: Collection[str],
    ward: str,
    leaning: Mapping[str, int] | None = None,
) -> Chosen:
    """The next reminder of a ward that has had `sent` (newest first), out of those that fit it, and why.

    First the band that is furthest behind its share of 70/20/10 (Respect Training's model): so any 20 days in a row are
    14, 4 and 2, give or take one. In it the topic that is furthest behind: each has its share by the number of its
    items, and up to twice that where the ward's own reports name what it is about (`leaning`); none ever has less than
    half. In the topic the item longest not seen, so that none comes twice before all of its topic have come; where none
    has come yet, in an order that is each ward's own. What the ward did not want is left out while anything else fits.
    Raises `NothingFits` where nothing does.
    """
    wanted = [item for item in fitting if item.id not in unwanted] or list(fitting)
    if not wanted:
        raise NothingFits("No reminder in the library fits this ward.")
    lately = [topic for item in sent if (topic := item.rpartition("-")[0]) in TOPICS]  # also what fits no more

    shares = {band: SHARES[band] for band in dict.fromkeys(item.band for item in wanted)}
    bands = Counter(TOPICS[topic] for topic in lately[: ROUND - 1])
    band = _furthest_behind(shares, bands, dict.fromkeys(shares, 0))

    in_band = [item for item in wanted if item.band == band]
    most = max((leaning or {}).values(), default=0)
    weights = {
        topic: number * (1 + (leaning or {}).get(topic, 0) / most if most else 1)
        for topic, number in sorted(Counter(item.topic for item in in_band).items())
    }
    of_band = [one for one in lately if one in weights][: min(WINDOW, ROUNDS * len(in_band))]
    topics = Counter(of_band)
    order = {name: of_band.index(name) if name in topics else len(of_band) for name in weights}
    topic = _furthest_behind(weights, topics, order)

    last_seen = {item: days for days, item in reversed(list(enumerate(sent)))}
    candidates = [item for item in in_band if item.topic == topic]
    item = min(candidates, key=lambda one: (-last_seen.get(one.id, len(sent) + 1), _own_order(ward, one.id)))
    seen = f"last seen {last_seen[item.id] + 1} reminders ago" if item.id in last_seen else "not seen here yet"
    reported = (leaning or {}).get(topic, 0)
    times = count(reported, "time", "times")
    reason = f"the ward named what it is about {times} in 4 weeks" if reported else "it is its turn"
    why = (
        f"Band: {band.replace('_', ' ')}, {bands[band]} of the last {bands.total()}; its share is {SHARES[band]:.0%}.",
        f"Topic: {topic}, {topics[topic]} of the last {topics.total()} in this band; {reason}.",
        f"Item: {item.id}, {seen}.",
    )
    return Chosen(item, why)


_Name = TypeVar("_Name", bound=str)


def _furthest_behind(weights: Mapping[_Name, float], had: Counter[_Name], unseen: Mapping[_Name, int]) -> _Name:
    """Which has had least for its weight, if one more is given; of equals the one longest `unseen`."""
    total, number = sum(weights.values()), had.total() + 1
    return max(sorted(weights), key=lambda name: (round(weights[name] / total * number - had[name], 9), unseen[name]))


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
        *([Note(f"Especially for {listed([ROLES[role] for role in item.roles])}.")] if item.roles else []),
        Note(source_words(item)),
    )
    return Message("reminder", item.text, parts)


def source_words(item: Reminder) -> str:
    """Where a reminder comes from, claiming no more than is known; and that it is no training."""
    return f"Consistent with: {item.source_names}. A reminder, not accredited training."


def more(item: Reminder) -> Message:
    """What "Tell me more" says, to one person."""
    review = date.strftime(item.review_by, "%B %Y")
    return Message(
        "reminder_more", item.more, (Text(item.more), Note(f"{source_words(item)} To be reviewed by {review}."))
    )
