"""What is due: schedules whose time has come are written into the ledger, each occurrence once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import structlog

from bot.faults import log_fault
from bot.prompts.kinds import PROMPTS
from bot.prompts.shift import on_shift
from bot.schedule.calendar import (
    LEADERS_DIGEST,
    OWN,
    Planned,
    date_of,
    due_on,
    local,
    next_due,
    planned_prompts,
)
from bot.schedule.moves import LOOK_BACK, PASSED_OVER, Had, Held, moves
from bot.store import held, ledger, wards
from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import Held as HeldBack
from bot.store.tables import Occurrence, Schedule, Ward

log = structlog.get_logger()

BATCH = 500
"""Schedules taken in one transaction."""
CATCH_UP = timedelta(days=14)
"""How far back a service that was away still writes what it missed, one by one, as expired."""


async def sync_schedules(session: Session, changed: Collection[Ward], now: datetime) -> None:
    """Make the schedules of changed wards what their times say, and give each leaders' channel one digest.

    A schedule that stays keeps its `next_due_at`; what becomes of the others is for `bot.schedule.moves`.
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
    held = {planned_of(one): one for one in await ledger.schedules_of(session, ward.key)}
    for overdue in held.values():
        await _write(session, overdue, ward, now)
    kept = {planned for planned in held.keys() & wanted if _on_these_clocks(ward, planned, held[planned])}
    gone, new = held.keys() - kept, wanted - kept
    if gone or new:
        had = [
            Had(one.kind, one.local_date, one.slot)
            for one in await ledger.planned_since(session, ward.key, (now - LOOK_BACK).date())
        ]
        leaving = [Held(planned, held[planned].next_due_at) for planned in sorted(gone)]
        await ledger.drop_schedules(session, [held[planned].id for planned in gone])
        staying = [Held(planned, held[planned].next_due_at) for planned in sorted(kept)]
        change = moves(leaving, new, staying, had, ward.timezone, now)
        for planned, due in change.first_due.items():
            # unless another process that has just started as well was first
            await add_if_new(session, Schedule(ward_id=ward.key, next_due_at=due, **asdict(planned)))
        for owed in change.owed:
            prompt = occurrence(ward, owed.planned.kind, owed.planned.slot, owed.due, on=owed.on)
            await ledger.write_occurrence(session, prompt)
    await session.flush()


def planned_of(schedule: Schedule) -> Planned:
    """What a schedule plans."""
    return Planned(schedule.kind, schedule.slot, schedule.days, schedule.days_before)


def _on_these_clocks(ward: Ward, planned: Planned, schedule: Schedule) -> bool:
    """Whether it is due when the ward's clocks say so: not where the ward has moved to another time zone."""
    on = date_of(planned, schedule.next_due_at, ward.timezone)
    return due_on(planned, ward.timezone, on) == schedule.next_due_at


@dataclass(frozen=True)
class Coming:
    """A prompt to come: when, on the ward's clocks, and the date (of its shift) that it belongs to."""

    kind: str
    at: datetime
    on: date


async def coming(session: Session, ward: Ward, now: datetime, until: datetime) -> list[Coming]:
    """The prompts that the plan has for the ward's own channel until then, whether a day has room for them or not."""
    found = [
        (one.due_at, one.kind, one.local_date)
        for one in await ledger.waiting_for(session, ward.key)
        if one.kind in OWN and one.due_at > now
    ]
    for schedule in await ledger.schedules_of(session, ward.key):
        planned, due = planned_of(schedule), schedule.next_due_at
        while planned.kind in OWN and due <= until:
            found.append((due, planned.kind, date_of(planned, due, ward.timezone)))
            due = next_due(planned.slot, planned.days, ward.timezone, due)
    return [Coming(kind, local(due, ward.timezone), on) for due, kind, on in sorted(found)]


async def release(session: Session, now: datetime) -> None:
    """Write an occurrence for each prompt that was held back until now. One that can't be written is held for another
    day, so that it does not stop the rest."""
    for one in await held.take_due(session, now):
        ward = await wards.ward_by_id(session, one.ward_id)
        assert ward, "a ward that something is held for can't go"
        try:
            prompt = occurrence(ward, one.kind, one.slot, one.due_at, item=one.item)
        except Exception as error:  # as below: the rest goes on
            log_fault(error, "plan", ward=ward.key, kind=one.kind)
            await held.hold(session, HeldBack(**one.model_dump() | {"due_at": now + timedelta(days=1)}))
            continue
        prompt.expires_at = one.expires_at or prompt.expires_at
        await ledger.write_occurrence(session, prompt)


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
            due = furthest = next_due(schedule.slot, schedule.days, ward.timezone, now)
            for _ in range(PASSED_OVER):
                furthest = next_due(schedule.slot, schedule.days, ward.timezone, furthest)
        except Exception as error:  # as in `plan`: the rest goes on
            log_fault(error, "pull back", ward=ward.key, kind=schedule.kind, slot=schedule.slot)
            continue
        if schedule.next_due_at > furthest:  # and else it may be a changed time that waits for its first date
            log.warning("schedule_pulled_back", ward=ward.key, kind=schedule.kind, slot=schedule.slot)
            schedule.next_due_at = due
            session.add(schedule)


async def _write(session: Session, schedule: Schedule, ward: Ward, now: datetime) -> int:
    written = 0
    while schedule.next_due_at <= now:
        due = schedule.next_due_at
        if due > now - CATCH_UP:
            on = date_of(planned_of(schedule), due, ward.timezone)
            prompt = occurrence(ward, schedule.kind, schedule.slot, due, on=on)
            written += await ledger.write_occurrence(session, prompt)
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
        local_date=on or on_shift(ward, due).date,
        slot=slot,
        due_at=due,
        not_before=due,
        expires_at=due + prompt.good_for,
        problem=ward.paused_reason if prompt.stops_with_its_ward else None,
        item=item,
    )
