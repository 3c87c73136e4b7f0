"""Near misses and successes: keeping them, and counting them by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import col, func, select

from bot.store.database import Session
from bot.store.tables import Report


async def save_report(session: Session, report: Report) -> None:
    """Keep a report."""
    session.add(report)


async def report_by_id(session: Session, report_id: str) -> Report | None:
    """The report with this id."""
    return await session.get(Report, report_id)


async def reports_between(session: Session, ward_ids: Sequence[int], first: date, last: date) -> Sequence[Report]:
    """Reports of the local dates first to last."""
    query = select(Report).where(col(Report.ward_id).in_(ward_ids), col(Report.day).between(first, last))
    return (await session.exec(query)).all()


async def counts_by_day(
    session: Session, ward_ids: Sequence[int], kind: str, first: date, last: date
) -> Sequence[tuple[date, int]]:
    """How many reports of a kind on each local date that has any, first to last."""
    query = (
        select(col(Report.day), func.count(col(Report.id)))
        .where(col(Report.ward_id).in_(ward_ids), col(Report.kind) == kind, col(Report.day).between(first, last))
        .group_by(col(Report.day))
    )
    return [(day, number) for day, number in (await session.exec(query)).all()]


async def first_day(session: Session, ward_ids: Sequence[int]) -> date | None:
    """The day of the wards' first report."""
    return (await session.exec(select(func.min(Report.day)).where(col(Report.ward_id).in_(ward_ids)))).one()
