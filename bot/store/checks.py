"""What a ward counts of itself each week."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlmodel import col, delete, select, update

from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import WardCheck


async def record(session: Session, check: WardCheck) -> None:
    """Keep a count, in the place of one of the same ward, measure and day."""
    if not await add_if_new(session, check):
        await session.exec(
            update(WardCheck)
            .where(
                col(WardCheck.ward_id) == check.ward_id,
                col(WardCheck.measure) == check.measure,
                col(WardCheck.day) == check.day,
            )
            .values(done=check.done, total=check.total)
        )


async def forget(session: Session, ward_id: int, measure: str, day: date) -> None:
    """Take a count back."""
    await session.exec(
        delete(WardCheck).where(
            col(WardCheck.ward_id) == ward_id, col(WardCheck.measure) == measure, col(WardCheck.day) == day
        )
    )


async def latest(session: Session, ward_id: int, first: date, last: date) -> Mapping[str, WardCheck]:
    """The latest count of each measure on the local dates first to last."""
    query = (
        select(WardCheck)
        .where(WardCheck.ward_id == ward_id, col(WardCheck.day).between(first, last))
        .order_by(col(WardCheck.day))
        .execution_options(populate_existing=True)
    )
    return {one.measure: one for one in (await session.exec(query)).all()}


async def between(session: Session, ward_ids: Collection[int], first: date, last: date) -> Sequence[WardCheck]:
    """Every count of these wards on the local dates first to last, oldest first."""
    query = (
        select(WardCheck)
        .where(col(WardCheck.ward_id).in_(ward_ids), col(WardCheck.day).between(first, last))
        .order_by(col(WardCheck.day))
        .execution_options(populate_existing=True)
    )
    return (await session.exec(query)).all()
