"""When a debrief is offered: at one of the ward's own times within 72 hours, and once more after three days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from bot.prompts.debrief import AGAIN, KIND, item_for
from bot.prompts.library import Library, NothingFits
from bot.schedule.calendar import EVERY_DAY, HUDDLE, REMINDER, local, next_due, next_from, planned_prompts
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import debriefs, held, ledger, wards
from bot.store.database import Session
from bot.store.tables import Debrief, Held, Occurrence, Report, Ward

log = structlog.get_logger()

NOT_BEFORE = timedelta(hours=1)
"""Time to breathe first; and so that nobody can tell by the hour who counted what happened."""
WITHIN = timedelta(days=3)
"""Local days, today among them, in which it is offered: no later than 72 hours after the event."""
SOON_ENOUGH = timedelta(days=1)
"""Later than tomorrow it is not left to the ward's own days: a full day must not carry it past the 72 hours."""
ASKED_AGAIN_AFTER = timedelta(days=3)
TALLIES = "tallies"
"""Where a debrief that was not held yet keeps the ids of the tallies that it is offered for."""
BY_WHAT_WAS_USED = {
    "seclusion": "seclusion",
    "segregation": "seclusion",
    "rapid_tranquillisation": "rapid_tranquillisation",
}
"""What the tally's pick list counts that is no restraint by hand, and the kind of event that it is talked about as."""


def event_of(used: Collection[str]) -> str:
    """The kind of event, as the library's debriefs name it, of a restrictive intervention in which this was used."""
    return next((event for value, event in BY_WHAT_WAS_USED.items() if value in used), "restraint")


async def follow(session: Session, library: Library, ward: Ward, tally: Report, now: datetime) -> bool:
    """Offer the debrief that a tally, new or corrected, says was not offered yet, or drop what was planned for it;
    whether one is offered."""
    if tally.debrief == "not_yet":
        return await offer(session, library, ward, event_of(tally.used), now, tally) is not None
    await forget(session, tally)
    return False


async def forget(session: Session, tally: Report) -> None:
    """Drop the debrief that is planned for a tally which is taken back, unless it was posted or stands for more."""
    await wards.lock_ward(session, tally.ward_id)
    for debrief in await debriefs.waiting(session, tally.ward_id):
        tallies = debrief.answers.get(TALLIES, [])
        if tally.id not in tallies:
            continue
        left = [one for one in tallies if one != tally.id]
        if left or not await debriefs.drop_unposted(session, debrief.id, KIND):
            debrief.answers = {**debrief.answers, TALLIES: left}
            await debriefs.add(session, debrief)


async def offer(
    session: Session, library: Library, ward: Ward, event: str, now: datetime, tally: Report | None = None
) -> Debrief | None:
    """Offer a ward a debrief after an event (a kind of the library's debriefs).

    It comes at the ward's next huddle or reminder that is at least an hour away, is held back until then, and counts
    for that day. One for the same day that is still to come stands for both, and so does one that was posted, for who
    asks; what happened after it was posted gets one of its own. It knows the tallies that it is offered
    for, until it is held; not where somebody asked for it, since then it stays whatever becomes of them. None where the
    library has nothing in review for it, which is logged.
    """
    await wards.lock_ward(session, ward.key)
    due = offer_time(ward, now)
    on = local(due, ward.timezone).date()
    for waits in await debriefs.waiting(session, ward.key, event, on):
        if tally and not await debriefs.is_coming(session, waits.id, KIND):
            continue
        tallies = waits.answers.get(TALLIES)
        if tally is None or tallies is None:
            waits.answers = {name: value for name, value in waits.answers.items() if name != TALLIES}
        else:
            waits.answers = {**waits.answers, TALLIES: [*tallies, tally.id]}
        await debriefs.add(session, waits)
        return waits
    try:
        item = item_for(library, event, await debriefs.count_of(session, ward.key, event), on)
    except NothingFits as nothing:
        log.error("no_debrief_in_review", event_kind=event, words=str(nothing))
        return None
    answers = {"item": item.id} | ({TALLIES: [tally.id]} if tally else {})
    debrief = Debrief(id=str(uuid4()), ward_id=ward.key, event=event, offered_on=on, answers=answers)
    await debriefs.add(session, debrief)
    until = too_late(ward, now)
    offered = Held(kind=KIND, slot=debrief.id, ward_id=ward.key, item=debrief.id, due_at=due, expires_at=until)
    await held.hold(session, offered)
    return debrief


def offer_time(ward: Ward, now: datetime) -> datetime:
    """When a debrief is offered: the ward's next time at least an hour away.

    Where its times have no day so soon, at one of them on any day.
    """
    times = [one for one in planned_prompts(ward, leads=False) if one.kind in (HUDDLE, REMINDER)]
    after = now + NOT_BEFORE - timedelta(microseconds=1)
    due = min(next_due(one.slot, one.days, ward.timezone, after) for one in times)
    if local(due, ward.timezone).date() <= local(now, ward.timezone).date() + SOON_ENOUGH:
        return due
    return min(next_due(one.slot, EVERY_DAY, ward.timezone, after) for one in times)


def too_late(ward: Ward, now: datetime) -> datetime:
    """When a debrief after an event of today is offered no more: a midnight, which tells no hour of the event."""
    return next_from("00:00", EVERY_DAY, ward.timezone, local(now, ward.timezone).date() + WITHIN)


async def after(session: Session, ward: Ward, sent: Occurrence, sent_at: datetime) -> None:
    """Plan to ask once more about a debrief whose offer has just been sent: three days later, at its time of day."""
    slot = f"{local(sent.due_at, ward.timezone):%H:%M}"
    due = next_due(slot, EVERY_DAY, ward.timezone, sent_at + ASKED_AGAIN_AFTER - timedelta(hours=12))
    await ledger.write_occurrence(session, new_occurrence(ward, AGAIN, sent.slot, due, item=sent.item))
