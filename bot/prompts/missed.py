"""The question to a ward's managers whether a huddle that nobody answers comes at the wrong time, and its answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.chat.front import Destination, typed
from bot.chat.message import Button, Buttons, Heading, Message, Note, Text
from bot.prompts.supplies import Supplies
from bot.prompts.words import day_words
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

LATER: Mapping[str, str] = {"30": "30 minutes later", "60": "1 hour later"}
QUESTION = (
    "The last four huddle prompts at {slot} on {ward} found nobody with five minutes. That is no fault of anybody's: "
    "the time may simply not suit the shift. Would another be better?"
)
ANY_TIME = "For any other time, type {setup} in the ward's channel. Nobody is asked again until one has been answered."


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """Whether the time is wrong, with buttons that move it."""
    slot = occurrence.slot
    words = QUESTION.format(slot=slot, ward=ward.name)
    about = f"the {slot} huddle"
    buttons = [
        Button(label, "missed_move", f"{occurrence.key}:{minutes}", about=about) for minutes, label in LATER.items()
    ]
    keep = Button("Keep it", "missed_keep", str(occurrence.key), about=about)
    title = f"{ward.name}: is {slot} the right time?"
    parts = (Heading(title), Text(words), Buttons((*buttons, keep)), Note(_any_time(ward)))
    return Message("missed", f"{title} {words}", parts)


def elsewhere(ward: Ward, occurrence: Occurrence) -> list[Destination]:
    """Where it is asked if no manager can be asked alone."""
    return [ward.channel]


def moved(ward: Ward, occurrence: Occurrence, minutes: str, next_at: datetime) -> Message:
    """That the time was moved, when the next prompt comes on the ward's clocks, and the way back."""
    words = (
        f"Moved: the {occurrence.slot} huddle on {ward.name} is now at {next_at:%H:%M}. "
        f"The next comes on {day_words(next_at.date())} at {next_at:%H:%M}."
    )
    undo = Button("Undo", "missed_undo", f"{occurrence.key}:{minutes}", about=f"moving the {occurrence.slot} huddle")
    return Message("missed_moved", words, (Text(words), Buttons((undo,)), Note(_any_time(ward))))


def kept(ward: Ward, occurrence: Occurrence) -> Message:
    """That the time stays."""
    words = f"Thank you: the huddle on {ward.name} stays at {occurrence.slot}."
    return Message("missed_kept", words, (Text(words), Note(_any_time(ward))))


def _any_time(ward: Ward) -> str:
    return ANY_TIME.format(setup=typed("huddle setup", ward.front))
