"""Reports on their way out of the house: counted, or one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date

from sqlmodel import col, func, select

from bot.store.database import Session
from bot.store.tables import Report, Ward


async def daily_counts(
    session: Session, kinds: Collection[str], first: date, last: date
) -> Sequence[tuple[int, str, date, int]]:
    """How many reports of these kinds each ward (its id) had on each local date, first to last, that has any."""
    query = (
        select(col(Report.ward_id), col(Report.kind), col(Report.day), func.count(col(Report.id)))
        .where(col(Report.kind).in_(kinds), col(Report.day).between(first, last))
        .group_by(col(Report.ward_id), col(Report.kind), col(Report.day))
    )
    return [(ward_id, kind, day, number) for ward_id, kind, day, number in (await session.exec(query)).all()]


async def every_report(
    session: Session, kinds: Collection[str], first: date, last: date
) -> AsyncIterator[tuple[Report, str]]:
    """The reports of these kinds and local dates with their wards' names, by day; within a day by ward."""
    query = (
        select(Report, Ward.name)
        .join(Ward, col(Report.ward_id) == col(Ward.id))
        .where(col(Report.kind).in_(kinds), col(Report.day).between(first, last))
        .order_by(col(Report.day), col(Ward.name), col(Report.kind), col(Report.id))
    )
    found = await session.stream(query.execution_options(yield_per=1000))
    async for report, ward in found:
        session.expunge(report)  # a million of them are not kept
        yield report, ward
