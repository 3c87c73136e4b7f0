"""The shift so far, for who came late: what was agreed, what is open, whether somebody was worried."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.message import Button, Buttons, Facts, Heading, Message, Note, Part, Text
from bot.prompts import huddle as prompt
from bot.prompts.actions import done_by, open_parts
from bot.prompts.library import Library
from bot.prompts.shift import OnShift, on_shift, still_on
from bot.prompts.words import day_words
from bot.store import huddles
from bot.store.database import Session
from bot.store.tables import EXTRA, Huddle, Occurrence, Ward

SHOWN_WHOLE, SHOWN_IN_SHORT = 4, 6
"""The latest huddles of the shift that is on, and of the date's others."""
NOTHING = "No huddle yet on this shift, so you have missed none. You can start one whenever five minutes can be found."
Said = tuple[Occurrence, Huddle | None]


async def build(session: Session, library: Library, ward: Ward, now: datetime, answered_within: timedelta) -> Message:
    """The huddles of the local date on which the present shift began, the present shift's first and in full.

    `answered_within`: for so long a prompt is still open where the ward has no shifts.
    """
    on = on_shift(ward, now)
    said = await huddles.of_date(session, ward.key, on.date)
    still_open = await huddles.open_actions(session, ward.key, on.date)
    present = [one for one in said if on_shift(ward, one[0].due_at) == on]
    others = [one for one in said if one not in present]

    title = f"{ward.name}: {_shift_words(on) or 'today'}, {day_words(on.date)}"
    parts: list[Part] = [Heading(title)]
    if not present:
        parts.append(Text(NOTHING))
    for occurrence, huddle in present[-SHOWN_WHOLE:]:
        can_answer = still_on(ward, occurrence.due_at, now, otherwise=answered_within)
        parts += await _whole(session, library, ward, occurrence, huddle, can_answer=can_answer)
    if others:
        parts.append(Heading("The other shifts of this date"))
        parts += [Text(await _short(session, library, ward, *one)) for one in others[-SHOWN_IN_SHORT:]]
    parts += open_parts("", still_open, "Still to do:")
    parts.append(Buttons((Button("Start a huddle now", "huddle_now", opens=True),)))
    parts.append(Note(prompt.NOT_THE_RECORD))
    held = [one for one in said if _is_held(one)]
    worried = " Someone was worried." if any(huddle and prompt.is_worried(huddle) for _, huddle in held) else ""
    return Message("huddle_today", f"{title}. Huddles held: {len(held)}.{worried}", tuple(parts))


def soon(ward: Ward, due_at: datetime) -> Message:
    """That the next huddle is near, and how to have one now."""
    at = due_at.astimezone(ZoneInfo(ward.timezone))
    words = f"The next huddle here is at {at:%H:%M}: its prompt comes by itself. If now is better, you can start one."
    buttons = (
        Button("Start a huddle now", "huddle_now", "", "primary", opens=True),
        Button("Show the shift so far", "huddle_today", opens=True),
    )
    return Message("huddle_soon", words, (Text(words), Buttons(buttons)))


def _shift_words(on: OnShift) -> str:
    return f"{on.shift.name} {on.shift.start:%H:%M} to {on.shift.end:%H:%M}" if on.shift else ""


def _is_held(one: Said) -> bool:
    return one[1] is not None and not one[1].skip_reason


async def _whole(
    session: Session, library: Library, ward: Ward, occurrence: Occurrence, huddle: Huddle | None, *, can_answer: bool
) -> list[Part]:
    key, name = str(occurrence.key), _name(library, occurrence)
    if huddle is None:
        parts: list[Part] = [Text(f"{name}: no answer yet.")]
        button = Button("Start huddle", "huddle_start", key, "primary", opens=True, about=name)
    elif huddle.skip_reason:
        parts = [Text(f"{name}: not this time ({library.label('skip_reason', huddle.skip_reason).lower()}).")]
        button = Button("Hold it after all", "huddle_start", key, opens=True, about=name)
    else:
        parts = [Text(f"{name}: held."), Facts(await prompt.rows_of(session, library, ward, occurrence, huddle))]
        if prompt.is_worried(huddle):
            parts.append(Text("Someone was worried about something. Please ask your colleagues, face to face."))
        button = Button("Add or change", "huddle_start", key, opens=True, about=name)
    return [*parts, Buttons((button,))] if can_answer else parts


async def _short(session: Session, library: Library, ward: Ward, occurrence: Occurrence, huddle: Huddle | None) -> str:
    on = on_shift(ward, occurrence.due_at)
    name = " · ".join(filter(None, (on.shift.name if on.shift else "", _name(library, occurrence))))
    if huddle is None:
        return f"• {name}: no answer."
    if huddle.skip_reason:
        return f"• {name}: not this time ({library.label('skip_reason', huddle.skip_reason).lower()})."
    agreed = "; ".join(one.text + done_by(one) for one in await huddles.actions_of(session, huddle.id or 0))
    worried = " Someone was worried." if prompt.is_worried(huddle) else ""
    return f"• {name}: held. Agreed: {agreed}.{worried}"


def _name(library: Library, occurrence: Occurrence) -> str:
    beside = ", beside the plan" if occurrence.slot.startswith(EXTRA) else ""
    return f"{occurrence.slot[-5:]} {prompt.set_for(library, occurrence).title}{beside}"
