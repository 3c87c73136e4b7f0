"""What is due: schedules whose time has come are written into the ledger, each occurrence once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime, timedelta

import structlog

from bot.faults import log_fault
from bot.prompts.kinds import PROMPTS
from bot.schedule.calendar import LEADERS_DIGEST, Planned, local, next_due, planned_prompts
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

    A schedule that stays keeps its `next_due_at`; a new one starts at its next time after `now`: so a change
    takes effect from the next occurrence, and repeats or drops none.
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
    held = {Planned(one.kind, one.slot, one.weekday): one for one in await ledger.schedules_of(session, ward.key)}
    await ledger.drop_schedules(session, [held[planned].id for planned in held.keys() - wanted])
    for planned in wanted:
        schedule = held.get(planned)
        if schedule and f"{local(schedule.next_due_at, ward.timezone):%H:%M}" == planned.slot:
            continue  # else it is new, or the ward's time zone has changed under it
        due = next_due(planned.slot, planned.weekday, ward.timezone, now)
        if schedule:
            schedule.next_due_at = due
            session.add(schedule)
        else:  # unless another process that has just started as well was first
            await add_if_new(session, Schedule(ward_id=ward.key, next_due_at=due, **asdict(planned)))
    await session.flush()


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
            due = next_due(schedule.slot, schedule.weekday, ward.timezone, now)
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
            written += await ledger.write_occurrence(session, occurrence(ward, schedule.kind, schedule.slot, due))
        schedule.next_due_at = next_due(schedule.slot, schedule.weekday, ward.timezone, due)
    return written


def occurrence(
    ward: Ward, kind: str, slot: str, due: datetime, *, on: date | None = None, item: str | None = None
) -> Occurrence:
    """A prompt due once. Those of a paused ward wait with the reason, so that their absence can be seen."""
    prompt = PROMPTS[kind]
    return Occurrence(
        ward_id=ward.key,
        kind=kind,
        local_date=on or local(due, ward.timezone).date(),
        slot=slot,
        due_at=due,
        not_before=due,
        expires_at=due + prompt.good_for,
        problem=ward.paused_reason if prompt.stops_with_its_ward else None,
        item=item,
    )
