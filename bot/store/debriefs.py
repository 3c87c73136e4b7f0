"""Debriefs: offered to a ward, held or declined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import col, delete, func, select, update

from bot.store import held
from bot.store.database import Session
from bot.store.tables import Debrief, Occurrence

OFFERED, HELD, DECLINED = "offered", "held", "declined"


async def add(session: Session, debrief: Debrief) -> None:
    """Keep a new debrief."""
    session.add(debrief)
    await session.flush()


async def debrief_by_id(session: Session, debrief_id: str) -> Debrief | None:
    """The debrief with this id, as it is now."""
    return await session.get(Debrief, debrief_id, populate_existing=True)


async def count_of(session: Session, ward_id: int, event: str) -> int:
    """How many debriefs after events of this kind a ward has been offered."""
    query = select(func.count()).where(col(Debrief.ward_id) == ward_id, col(Debrief.event) == event)
    return (await session.exec(query)).one()


async def waiting(
    session: Session, ward_id: int, event: str | None = None, on: date | None = None
) -> Sequence[Debrief]:
    """A ward's debriefs that have no answer yet; only those of a kind of event, or offered on a date, if given."""
    query = select(Debrief).where(col(Debrief.ward_id) == ward_id, Debrief.state == OFFERED)
    if event is not None:
        query = query.where(Debrief.event == event)
    if on is not None:
        query = query.where(Debrief.offered_on == on)
    return (await session.exec(query)).all()


async def is_coming(session: Session, debrief_id: str, kind: str) -> bool:
    """Whether a debrief's offer (a prompt of `kind`) is still to be posted."""
    states = ("due", "claimed")
    offer = select(Occurrence.id).where(
        Occurrence.kind == kind, Occurrence.item == debrief_id, col(Occurrence.state).in_(states)
    )
    return await held.is_held(session, kind, debrief_id) or (await session.exec(offer)).first() is not None


async def drop_unposted(session: Session, debrief_id: str, kind: str) -> bool:
    """Delete a debrief whose offer (a prompt of `kind`) was not posted yet, with that; whether it was."""
    offer = delete(Occurrence).where(
        col(Occurrence.kind) == kind, col(Occurrence.item) == debrief_id, col(Occurrence.state) == "due"
    )
    if not (await held.drop(session, debrief_id) or (await session.exec(offer)).rowcount):
        return False
    await session.exec(delete(Debrief).where(col(Debrief.id) == debrief_id))
    return True


async def close(
    session: Session, debrief_id: str, state: str, on: date, answers: Mapping[str, Any] | None = None
) -> bool:
    """Note that a debrief was held, with its answers, or declined; whether it was. One that was held stays so."""
    changes: dict[str, object] = {"state": state, "closed_on": on}
    if answers is not None:
        changes["answers"] = dict(answers)
    done = await session.exec(
        update(Debrief).where(col(Debrief.id) == debrief_id, col(Debrief.state) != HELD).values(**changes)
    )
    return bool(done.rowcount)
