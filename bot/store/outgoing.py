"""Calls to the trust's own system: queued with the report they are about, claimed, kept until they are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
import json
import secrets

from sqlmodel import col, delete, func, or_, select, update

from bot.store.database import Session
from bot.store.tables import Outgoing, Report, Ward

HELD_BACK = timedelta(hours=1)
"""A call about an anonymous report waits a random time up to this, so that nobody can tell by the hour who sent it."""
LFPSE: Mapping[str, str | None] = {"near_miss": "incident", "success": "good_care", "restrictive": None}
"""The event type of "Learn from patient safety events" that each kind of report may be: a person decides, and records.

https://www.england.nhs.uk/long-read/policy-guidance-on-recording-patient-safety-events-and-levels-of-harm/
A use of force has its own record first, and is an event of theirs only where something went wrong.
"""


def body_of(report: Report, ward: Ward) -> str:
    """What is told of a report, as JSON: pick lists and a day; never the line, who sent it, or an hour."""
    return json.dumps(
        {
            "id": report.id,
            "kind": report.kind,
            "ward": ward.name,
            "day": report.day.isoformat(),
            "shift_band": report.shift_band,
            "area": report.area,
            "building": report.building,
            "helped": report.helped,
            "level": report.level,
            "used": report.used,
            "duration": report.duration,
            "debrief": report.debrief,
            "recorded": report.recorded,
            "suggested_lfpse_event_type": LFPSE.get(report.kind),
        },
        ensure_ascii=False,
    )


async def queue(session: Session, report: Report, ward: Ward, now: datetime) -> None:
    """Have the trust's system told of a report that is new or corrected: in the transaction that keeps the report.

    Call it only where a webhook is set up: else what is queued would wait for ever.
    """
    wait = timedelta(seconds=secrets.randbelow(int(HELD_BACK.total_seconds()))) if report.reporter is None else None
    call = await session.get(Outgoing, report.id, with_for_update=True) or Outgoing(id=report.id, body="")
    call.body, call.state, call.not_before = body_of(report, ward), "due", now + (wait or timedelta())
    call.attempts, call.problem = 0, None
    session.add(call)


async def forget(session: Session, report_id: str) -> None:
    """Drop the call about a report that was withdrawn. What the trust's system was told already stays there."""
    await session.exec(delete(Outgoing).where(col(Outgoing.id) == report_id))


async def claim(session: Session, now: datetime, lease: timedelta, limit: int) -> Sequence[Outgoing]:
    """Take up to `limit` due calls for this process alone, oldest first; commit before sending.

    A claimed call is due again after `lease`: should this process die, another sends it.
    """
    ready = (
        select(Outgoing.id)
        .where(Outgoing.state == "due", col(Outgoing.not_before) <= now)
        .order_by(col(Outgoing.not_before))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()  # else PostgreSQL may look for them anew for each row, and take more than the limit
    )
    taken = (
        update(Outgoing)
        .where(col(Outgoing.id).in_(select(ready.c.id)), col(Outgoing.state) == "due", col(Outgoing.not_before) <= now)
        .values(not_before=now + lease, attempts=Outgoing.attempts + 1)
        .returning(col(Outgoing.id))
    )
    ids = [row[0] for row in (await session.exec(taken)).all()]
    return (await session.exec(select(Outgoing).where(col(Outgoing.id).in_(ids)))).all()


async def record(session: Session, call: Outgoing, **changes: object) -> bool:
    """Note how a claimed call went, unless it was claimed or corrected anew meanwhile; whether it was noted."""
    done = await session.exec(
        update(Outgoing)
        .where(
            col(Outgoing.id) == call.id,
            col(Outgoing.state) == "due",
            col(Outgoing.attempts) == call.attempts,
            col(Outgoing.not_before) == call.not_before,
        )
        .values(**changes)
    )
    return bool(done.rowcount)


async def calls(session: Session, now: datetime) -> Sequence[Outgoing]:
    """The calls that were tried or are to be, oldest first.

    Those still held back are left out: they would tell that a report was sent within the hour.
    """
    tried = or_(col(Outgoing.state) != "due", col(Outgoing.attempts) > 0, col(Outgoing.not_before) <= now)
    return (await session.exec(select(Outgoing).where(tried).order_by(col(Outgoing.not_before)))).all()


async def count_dead(session: Session) -> int:
    """How many calls were given up."""
    return (await session.exec(select(func.count()).where(col(Outgoing.state) == "dead"))).one()


async def replay(session: Session, now: datetime, call_id: str | None = None) -> int:
    """Make every dead call due anew, or one that is dead or sent; how many that were."""
    chosen = col(Outgoing.state) == "dead" if call_id is None else col(Outgoing.id) == call_id
    again = update(Outgoing).where(chosen, col(Outgoing.state) != "due")
    done = await session.exec(again.values(state="due", attempts=0, not_before=now, problem=None))
    return done.rowcount


async def forget_sent(session: Session, before: datetime) -> None:
    """Drop the calls that were taken before then."""
    await session.exec(delete(Outgoing).where(col(Outgoing.state) == "sent", col(Outgoing.not_before) < before))
