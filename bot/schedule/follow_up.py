"""What follows a prompt that nobody answers: a huddle's nudge, and in the end a question to the ward's managers."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.prompts.debrief import KIND as DEBRIEF
from bot.prompts.shift import on_shift
from bot.schedule import debriefs
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import huddles, ledger, wards
from bot.store.database import Session
from bot.store.shifts import TimeOfDay
from bot.store.tables import EXTRA, Occurrence, Ward

NUDGE, SNOOZE, MISSED = "nudge", "snooze", "missed"
FOLLOW_UPS = (NUDGE, SNOOZE, MISSED)
"""Each is about the huddle whose occurrence its `item` names, and belongs to that one's date."""
WITHOUT_SHIFTS, AFTER_A_NUDGE = timedelta(hours=2), timedelta(minutes=30)
"""How long a prompt is its people's where the ward has no shift then, and at least how long after its nudge."""
MISSED_IN_A_ROW = 4
SNOOZED, ANSWERED, SKIPPED, GONE = "snoozed", "answered", "skipped", "gone"
MOVED, OFF_SHIFT, NUDGES_OFF = "moved", "off shift", "nudges off"
"""Why something that follows a huddle was not sent; `bot.schedule.quiet` has them in words."""


async def after(session: Session, huddle: Occurrence, sent_at: datetime) -> None:
    """Write what may follow a huddle prompt, or the offer of a debrief, that has just been sent; each is looked at
    again when it is due."""
    ward = await wards.ward_by_id(session, huddle.ward_id)
    if ward and huddle.kind == DEBRIEF:
        await debriefs.after(session, ward, huddle, sent_at)
    if huddle.kind != "huddle" or huddle.slot.startswith(EXTRA) or ward is None:
        return
    if ward.nudge_after:
        await _write(session, ward, NUDGE, huddle, sent_at + timedelta(minutes=ward.nudge_after))
    if await _may_be_one_too_many(session, huddle):
        await _write(session, ward, MISSED, huddle, over_at(ward, huddle.due_at))


async def _write(session: Session, ward: Ward, kind: str, huddle: Occurrence, due: datetime) -> None:
    item = str(huddle.key)
    await ledger.write_occurrence(
        session, new_occurrence(ward, kind, huddle.slot, due, on=huddle.local_date, item=item)
    )


async def _may_be_one_too_many(session: Session, huddle: Occurrence) -> bool:
    """Whether those before it at its time were missed, and nobody was asked about that since one was not."""
    before = await huddles.latest_at(session, huddle.ward_id, huddle.slot, huddle.due_at, MISSED_IN_A_ROW - 1)
    if len(before) < MISSED_IN_A_ROW - 1 or any(heard for _, heard in before):
        return False
    asked = await ledger.latest_of_slot(session, huddle.ward_id, MISSED, huddle.slot)
    return asked is None or await huddles.heard_since(session, huddle.ward_id, huddle.slot, asked.local_date)


def over_at(ward: Ward, then: datetime) -> datetime:
    """When the shift ends that was on then; where none was, two hours later, or after its nudge."""
    on = on_shift(ward, then)
    if on.shift is None:
        return then + max(WITHOUT_SHIFTS, timedelta(minutes=ward.nudge_after) + AFTER_A_NUDGE)
    ends_on = on.date + timedelta(days=1) if on.shift.end <= on.shift.start else on.date
    return datetime.combine(ends_on, on.shift.end, ZoneInfo(ward.timezone))


async def unwanted(session: Session, ward: Ward, follow_up: Occurrence, now: datetime) -> str | None:
    """Why something that follows a huddle, and is due now, is not wanted any more; None where it is."""
    huddle = await huddle_before(session, follow_up)
    if huddle is None:
        return GONE
    if heard := await huddles.huddle_of(session, huddle.key):
        return SKIPPED if heard.skip_reason else ANSWERED
    if follow_up.kind == MISSED:
        return None if time.fromisoformat(huddle.slot) in times_of(ward) else MOVED
    if now >= over_at(ward, huddle.sent_at or huddle.due_at):
        return OFF_SHIFT
    if not ward.place.items() <= (huddle.posted or {}).items():
        return MOVED
    if follow_up.kind == NUDGE and not ward.nudge_after:
        return NUDGES_OFF
    return None


def times_of(ward: Ward) -> set[time]:
    """When a ward huddles."""
    return {TimeOfDay.read(text).at for text in ward.huddle_times}


async def huddle_before(session: Session, follow_up: Occurrence) -> Occurrence | None:
    """The huddle that it is about."""
    return await ledger.occurrence_by_id(session, int(follow_up.item or 0))
