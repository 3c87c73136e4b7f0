"""What is said once under a huddle prompt that waits: quietly after a while, or at the time that somebody chose."""

from __future__ import annotations

from bot.chat.message import Button, Buttons, Message, Part, Text
from bot.prompts import huddle, snooze
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.store import ledger
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

STILL_OPEN = "The {title} is still open. Five minutes together are enough. If now is not the time, one tap says so."
AGAIN = "Here is the {title} again, as you wanted. If now is not the time either, one tap says so."


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """That a huddle still waits. It names nobody, and is said once."""
    words, parts = await _said(session, supplies.library, occurrence, STILL_OPEN)
    return Message("nudge", words, parts)


async def build_again(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """That a huddle which was snoozed is here again."""
    words, parts = await _said(session, supplies.library, occurrence, AGAIN)
    return Message("huddle_again", words, parts)


async def _said(session: Session, library: Library, follow_up: Occurrence, words: str) -> tuple[str, tuple[Part, ...]]:
    before = await ledger.occurrence_by_id(session, int(follow_up.item or 0))
    assert before is not None, "what follows a huddle names one that is in the ledger"
    title = huddle.set_for(library, before).title
    words = words.format(title=title[0].lower() + title[1:])
    parts: list[Part] = [
        Text(words),
        Buttons((Button("Start huddle", "huddle_start", str(before.key), "primary", opens=True),)),
        huddle.skip_buttons(library, before),
    ]
    snoozed = [one for one in await ledger.following(session, snooze.KIND, before) if one.problem != snooze.UNDONE]
    if len(snoozed) < snooze.MOST:
        parts += snooze.offer(before)
    return words, tuple(parts)
