"""Snoozing a huddle: the buttons that bring it back later, and what stands there until then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.message import Button, Buttons, Message, Part, Text
from bot.store import ledger
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

KIND = "snooze"
MINUTES: Mapping[str, str] = {"15": "15 minutes", "30": "30 minutes", "60": "1 hour"}
MOST = 3
"""How often one huddle can be snoozed."""
UNDONE = "undone"
SHIFT_OVER = (
    "This shift is over by then, so the huddle can't wait that long. If there is no time for it today, one tap says "
    "why: that is useful to know."
)
TOO_OFTEN = (
    "This huddle was snoozed three times already. You can still start it whenever five minutes can be found; if they "
    "can't, one tap says why: that is useful to know."
)


def offer(occurrence: Occurrence) -> tuple[Part, ...]:
    """How long a huddle may wait, one tap each."""
    buttons = (
        Button(label, "huddle_snooze", f"{occurrence.key}:{minutes}", about="bring the huddle back later")
        for minutes, label in MINUTES.items()
    )
    return Text("Or bring it back in:"), Buttons(tuple(buttons))


async def until(session: Session, ward: Ward, occurrence: Occurrence) -> datetime | None:
    """The time on the ward's clocks at which a huddle comes back that is snoozed; None where it is not."""
    asleep = [one for one in await ledger.following(session, KIND, occurrence) if one.state in ("due", "claimed")]
    return asleep[-1].due_at.astimezone(ZoneInfo(ward.timezone)) if asleep else None


def asleep(prompt: Message, occurrence: Occurrence, at: datetime) -> Message:
    """A huddle's prompt while it is snoozed, until `at` on the ward's clocks."""
    words = f"Snoozed until {at:%H:%M}. Then it comes back here once. It can be started at any time before."
    title, *rest = prompt.parts
    kept = (part for part in rest if part not in offer(occurrence))
    return Message(
        "huddle_snoozed", f"{prompt.summary} {words}", (title, Text(words), Buttons((_undo(occurrence),)), *kept)
    )


def in_the_place_of_a_nudge(occurrence: Occurrence, at: datetime) -> Message:
    """What stands where a huddle was snoozed from a message under its prompt."""
    words = f"Snoozed until {at:%H:%M}."
    return Message("nudge_snoozed", words, (Text(words), Buttons((_undo(occurrence),))))


def refused(words: str, skip: Buttons) -> Message:
    """Why a huddle can't be snoozed now, and the way to skip it."""
    return Message("snooze_refused", words, (Text(words), skip))


def _undo(occurrence: Occurrence) -> Button:
    return Button("Undo", "huddle_wake", str(occurrence.key), about="the snooze")
