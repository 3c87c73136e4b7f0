"""What is due: schedules whose time has come are written into the ledger, each occurrence once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime, timedelta

import structlog

from bot.faults import log_fault
from bot.prompts.kinds import PROMPTS
from bot.schedule.calendar import LEADERS_DIGEST, Planned, local, next_due, next_from, planned_prompts, shift_date
from bot.store import ledger, wards
from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import Occurrence, Schedule, Ward

log = structlog.get_logger()

BATCH = 500
"""Schedules taken in one transaction."""
CATCH_UP = timedelta(days=14)
"""How far back a service that was away still writes what it missed, one by one, as expired."""


async def sync_schedules(session: Session, changed: Collection[Ward], now: datetime) -> None:
    """Make the schedules of changed wards what their times say, and give each leaders' channel one digest.

    A schedule that stays keeps its `next_due_at`. One that takes the place of another goes on where that one stopped:
    a date that has had its prompt gets no second, and one that has not still gets it, at the old time where the new
    one has passed. Any other starts at its next time after `now`.
    """
    every = await wards.every_ward(session)
    carriers: dict[str, int] = {}  # the first ward of each leaders' channel carries its digest
    for ward in every:
        if ward.leaders_channel:
            place = wards.place_key(ward.leaders_channel.front, ward.leaders_channel.address)
            carriers[place] = min(ward.key, carriers.get(place, ward.key))
    leading = set(carriers.values())
    led = await ledger.wards_with(session, LEADERS_DIGEST)
    touched = {ward.key for ward in changed} | (leading ^ led)
    for ward in every:
        if ward.key in touched:
            await _sync(session, ward, leads=ward.key in leading, now=now)


async def _sync(session: Session, ward: Ward, *, leads: bool, now: datetime) -> None:
    wanted = set(planned_prompts(ward, leads=leads))
    held = {_planned(one): one for one in await ledger.schedules_of(session, ward.key)}
    for overdue in held.values():
        await _write(session, overdue, ward, now)
    gone = [held[planned] for planned in sorted(held.keys() - wanted)]
    await ledger.drop_schedules(session, [one.id for one in gone])
    for planned in sorted(wanted):
        if (schedule := held.get(planned)) is None:
            due = await _first_due(session, ward, planned, _taken_over(gone, planned), now)
            # unless another process that has just started as well was first
            await add_if_new(session, Schedule(ward_id=ward.key, next_due_at=due, **asdict(planned)))
        elif f"{local(schedule.next_due_at, ward.timezone):%H:%M}" != planned.slot:  # the time zone has changed
            schedule.next_due_at = next_due(planned.slot, planned.days, ward.timezone, now)
            session.add(schedule)
    await session.flush()


def _planned(schedule: Schedule) -> Planned:
    return Planned(schedule.kind, schedule.slot, schedule.days, schedule.days_before)


def _taken_over(gone: list[Schedule], planned: Planned) -> Schedule | None:
    """The schedule in whose place a new one comes: of its kind, on most of its days, the nearest in time. Taken out."""

    def apart(one: Schedule) -> tuple[int, int]:
        return -len({*one.days} & {*planned.days}), abs(_minutes(one.slot) - _minutes(planned.slot))

    found = min((one for one in gone if one.kind == planned.kind), key=apart, default=None)
    if found:
        gone.remove(found)
    return found


def _minutes(slot: str) -> int:
    return int(slot[:2]) * 60 + int(slot[3:])


async def _first_due(session: Session, ward: Ward, planned: Planned, old: Schedule | None, now: datetime) -> datetime:
    """When a new schedule is first due; a prompt that the old one owes and the new one comes too late for is written."""
    if old is None:
        return next_due(planned.slot, planned.days, ward.timezone, now)
    owed = local(old.next_due_at, ward.timezone).date() - timedelta(days=old.days_before)
    day = timedelta(days=planned.days_before)
    due = next_from(planned.slot, planned.days, ward.timezone, owed + day)
    if due > now:
        return due
    await ledger.write_occurrence(session, occurrence(ward, old.kind, old.slot, old.next_due_at, on=owed))
    return next_due(planned.slot, planned.days, ward.timezone, now)


async def plan(session: Session, now: datetime) -> int:
    """Write an occurrence for each schedule that has come due by `now` and move it on; how many were written.

    A schedule that can't be moved on is put off by a day, so that it does not stop the rest.
    """
    written = 0
    while True:
        batch = await ledger.schedules_due(session, now, BATCH)
        for schedule, ward in batch:
            try:
                written += await _write(session, schedule, ward, now)
            except Exception as error:  # a time zone gone from the system's tables, say: the rest goes on
                log_fault(error, "plan", ward=ward.key, kind=schedule.kind, slot=schedule.slot)
                schedule.next_due_at = now + timedelta(days=1)
            session.add(schedule)
        await session.flush()
        if len(batch) < BATCH:
            return written


async def pull_back(session: Session, now: datetime) -> None:
    """Bring schedules back that a clock gone wrong had moved too far ahead: else they would be silent till then."""
    for schedule, ward in await ledger.schedules_after(session, now):
        try:
            due = next_due(schedule.slot, schedule.days, ward.timezone, now)
        except Exception as error:  # as in `plan`: the rest goes on
            log_fault(error, "pull back", ward=ward.key, kind=schedule.kind, slot=schedule.slot)
            continue
        if schedule.next_due_at > due:
            log.warning("schedule_pulled_back", ward=ward.key, kind=schedule.kind, slot=schedule.slot)
            schedule.next_due_at = due
            session.add(schedule)


async def _write(session: Session, schedule: Schedule, ward: Ward, now: datetime) -> int:
    written = 0
    while schedule.next_due_at <= now:
        due = schedule.next_due_at
        if due > now - CATCH_UP:
            on = local(due, ward.timezone).date() - timedelta(days=schedule.days_before)
            written += await ledger.write_occurrence(
                session, occurrence(ward, schedule.kind, schedule.slot, due, on=on)
            )
        schedule.next_due_at = next_due(schedule.slot, schedule.days, ward.timezone, due)
    return written


def occurrence(
    ward: Ward, kind: str, slot: str, due: datetime, *, on: date | None = None, item: str | None = None
) -> Occurrence:
    """A prompt due once. Those of a paused ward wait with the reason, so that their absence can be seen."""
    prompt = PROMPTS[kind]
    return Occurrence(
        ward_id=ward.key,
        kind=kind,
        local_date=on or shift_date(ward, due),
        slot=slot,
        due_at=due,
        not_before=due,
        expires_at=due + prompt.good_for,
        problem=ward.paused_reason if prompt.stops_with_its_ward else None,
        item=item,
    )
