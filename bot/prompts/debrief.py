"""A debrief: how it is offered, asked for again, declined and remembered. What is said there stays with the ward."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from bot.chat.message import Answers, Button, Buttons, Facts, Heading, Message, Note, Option, Part, Text
from bot.prompts.library import Debrief as Item
from bot.prompts.library import Library
from bot.prompts.not_wanted import NotWanted
from bot.prompts.supplies import Supplies
from bot.prompts.turn import in_turn
from bot.store import debriefs
from bot.store.database import Session
from bot.store.tables import Debrief, Occurrence, Ward

KIND, AGAIN = "debrief", "debrief_again"
EVENTS: Mapping[str, str] = {
    "restraint": "A restraint",
    "rapid_tranquillisation": "Rapid tranquillisation",
    "seclusion": "Seclusion",
    "self_harm": "Self-harm",
    "assault": "Somebody was hurt by another person",
    "absence": "Somebody was missing, or came back",
    "bereavement": "A death",
    "near_miss": "A near miss",
    "environment": "Damage, a fire alarm, a flood and the like",
    "success": "Something that went well",
}
"""Every kind of event that the library has a debrief for, in words."""
WELLBEING = (
    Option("all_right", "We are all right to talk now"),
    Option("break_first", "Somebody needs a break or a drink first"),
    Option("care_first", "Somebody needs care, or to go home, first"),
)
PERSON = (
    Option("asked", "Asked how they are and what they need"),
    Option("explained", "Told what happened and why"),
    Option("listened", "Heard in their own words, if they wished"),
    Option("trusted", "Somebody they trust, or an advocate, was offered"),
    Option("comfort", "Comfort: a drink, rest, quiet, something of theirs"),
    Option("checked", "Checked for any hurt"),
    Option("plan", "Their support sheet will be looked at with them"),
    Option("family", "Family or carers told, where they agree"),
    Option("to_do", "Still to do: somebody will today"),
)
STAFF = (
    Option("asked", "Each of us was asked how we are"),
    Option("break", "Time off the floor"),
    Option("checked", "Checked for any hurt"),
    Option("talk", "A talk with the manager or somebody trusted"),
    Option("service", "Staff support or occupational health"),
    Option("again", "Somebody will ask again in a few days"),
    Option("thanks", "A thank you"),
    Option("enough", "Nothing more is needed just now"),
)
STAYS = (
    "What is said stays with the ward: it is in no digest, no export and no other channel. About the ward, no names. "
    "The formal record is made elsewhere."
)
OFFER = (
    "Some 15 minutes together, for whoever was there and would like to. Nobody has to take part. "
    "How everybody is comes first."
)
ONCE_MORE = "Asked this once more, and then no more: some things are easier to talk of a few days later."
NOT_NOW = (
    "Not this time, and that is fine: nobody is asked why, and this is not asked again. It can still be held later."
)
WAS_HELD = "A debrief was held. Thank you for looking after each other."


def item_for(library: Library, event: str, turn: int, on: date) -> Item:
    """The library's debrief whose turn it is after an event. Raises `NothingFits` where none is in review."""
    return in_turn([one for one in library.debriefs.values() if one.event == event], turn, on)


def item_of(library: Library, debrief: Debrief) -> Item:
    """The library's debrief that was chosen for this one; if it was withdrawn since, the next."""
    known = library.debriefs.get(str(debrief.answers.get("item")))
    return known or item_for(library, debrief.event, 0, debrief.offered_on)


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The offer. Raises `NotWanted` where it was answered before it came."""
    return _offer(supplies.library, await _wanted(session, occurrence), occurrence, OFFER)


async def build_again(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The offer once more, and for the last time. Raises `NotWanted` where it was answered."""
    return _offer(supplies.library, await _wanted(session, occurrence), occurrence, f"{ONCE_MORE} {OFFER}")


async def _wanted(session: Session, occurrence: Occurrence) -> Debrief:
    debrief = await debriefs.debrief_by_id(session, occurrence.item or "")
    if debrief is None or debrief.state != debriefs.OFFERED:
        raise NotWanted
    return debrief


def _offer(library: Library, debrief: Debrief, occurrence: Occurrence, words: str) -> Message:
    item, key = item_of(library, debrief), str(occurrence.key)
    about = f"the debrief “{item.title}”"
    title = f"A debrief, if it would help: {item.title}"
    parts = (
        Heading(title),
        Text(item.wellbeing),
        Text(words),
        Buttons(
            (
                Button("Hold it", "debrief_hold", key, "primary", opens=True, about=about),
                Button("Not this time", "debrief_decline", key, about=about),
            )
        ),
        Note(STAYS),
    )
    return Message("debrief", f"{title}. {words}", parts)


def answered(library: Library, debrief: Debrief, occurrence: Occurrence) -> Message:
    """What stands in an offer's place once it was declined, or held: nothing of what was said, which is a tap away."""
    title, key = item_of(library, debrief).title, str(occurrence.key)
    if debrief.state == debriefs.HELD:
        title = f"{title}: debrief held"
        read = Button("What we said", "debrief_read", key, opens=True, about=title)
        parts = (Heading(title), Text(WAS_HELD), Buttons((read,)), Note(STAYS))
        return Message("debrief_held", f"{title}. {WAS_HELD}", parts)
    title = f"{title}: no debrief this time"
    hold = Button("Hold it after all", "debrief_hold", key, opens=True, about=title)
    return Message("debrief_declined", f"{title}. {NOT_NOW}", (Heading(title), Text(NOT_NOW), Buttons((hold,))))


def rows(library: Library, answers: Answers | Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """What was said, in order."""
    lists = {
        "building": library.pick_lists.building,
        "helped": library.pick_lists.helped,
        "person": PERSON,
        "staff": STAFF,
    }

    def chosen(name: str) -> str:
        given = answers.get(name)
        values: Collection[object] = given if isinstance(given, list | tuple) else ()
        labels = {option.value: option.label for option in lists[name]}
        return "; ".join(labels.get(str(value), str(value)) for value in values)

    said = (
        ("What was building", chosen("building")),
        ("What happened", str(answers.get("happened") or "")),
        ("What helped", chosen("helped")),
        ("What we would try", str(answers.get("try") or "")),
        ("Support for the person", chosen("person")),
        ("Support for staff", chosen("staff")),
    )
    return tuple(row for row in said if row[1])


def summary(library: Library, debrief: Debrief) -> Message:
    """What was said, for the ward alone."""
    title = f"{item_of(library, debrief).title}: what we said"
    said = rows(library, debrief.answers)
    parts: list[Part] = [Heading(title), *([Facts(said)] if said else []), Note(STAYS)]
    words = " ".join(f"{label}: {value}." for label, value in said) or WAS_HELD
    return Message("debrief_summary", f"{title}. {words}", tuple(parts))


def digest_rows(held: int, offered: int) -> list[tuple[str, str]]:
    """The row of a digest, where any was offered: how many were held of how many."""
    return [("Debriefs held", f"{held} of {offered} offered")] if offered else []
