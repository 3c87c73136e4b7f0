"""Reports: keeping them, what was answered to them, taking them back, and counting them by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import col, delete, or_, select

from bot.store import held
from bot.store.database import Session
from bot.store.tables import Occurrence, Report, ReportAnswer

ANSWERED = ("near_miss", "success")
"""The kinds that a manager answers: a tally is a count, and asks nothing."""


async def save_report(session: Session, report: Report) -> None:
    """Keep a report, new or changed."""
    session.add(report)


async def report_by_id(session: Session, report_id: str) -> Report | None:
    """The report with this id."""
    return await session.get(Report, report_id)


async def report_with_receipt(session: Session, kept: str) -> Report | None:
    """The report whose receipt is kept as this, locked until the transaction ends."""
    return (await session.exec(select(Report).where(Report.receipt == kept).with_for_update())).first()


async def withdraw(session: Session, report_id: str) -> None:
    """Delete a report, what was answered to it, and what was still to be sent about it."""
    about = or_(col(Occurrence.slot) == report_id, col(Occurrence.item) == report_id)
    await session.exec(delete(Occurrence).where(about, col(Occurrence.state) == "due"))
    await held.drop(session, report_id)
    await session.exec(delete(ReportAnswer).where(col(ReportAnswer.report_id) == report_id))
    await session.exec(delete(Report).where(col(Report.id) == report_id))


async def has_line(session: Session, report_id: str) -> bool:
    """Whether the channel shows a line about a report, or may do so yet."""
    if await held.is_held(session, "report_line", report_id):  # first: it may go into the ledger meanwhile
        return True
    states = ("due", "claimed", "unclear", "sent")
    query = select(Occurrence.id).where(
        Occurrence.kind == "report_line", Occurrence.slot == report_id, col(Occurrence.state).in_(states)
    )
    return (await session.exec(query)).first() is not None


async def save_answer(session: Session, report: Report, text: str, day: date) -> None:
    """Keep what a manager answered; a report counts as answered from its first answer on."""
    report.answered_on = report.answered_on or day
    session.add(report)
    session.add(ReportAnswer(report_id=report.id, day=day, text=text))


async def answers_to(session: Session, report_ids: Sequence[str]) -> Sequence[ReportAnswer]:
    """What was answered to these reports, the oldest first."""
    query = select(ReportAnswer).where(col(ReportAnswer.report_id).in_(report_ids)).order_by(col(ReportAnswer.id))
    return (await session.exec(query)).all()


async def to_answer(session: Session, ward_id: int, since: date, today: date) -> Sequence[Report]:
    """A ward's reports since that day and before today: without an answer first, the newest first among them.

    Today's wait until tomorrow: a list read twice in a shift would tell the hour at which one was sent.
    """
    query = (
        select(Report)
        .where(
            Report.ward_id == ward_id, col(Report.day) >= since, col(Report.day) < today, col(Report.kind).in_(ANSWERED)
        )
        .order_by(col(Report.answered_on).is_not(None), col(Report.day).desc(), col(Report.id))
    )
    return (await session.exec(query)).all()


async def reports_between(session: Session, ward_ids: Sequence[int], first: date, last: date) -> Sequence[Report]:
    """Reports of the local dates first to last."""
    query = select(Report).where(col(Report.ward_id).in_(ward_ids), col(Report.day).between(first, last))
    return (await session.exec(query)).all()


async def shared_successes(
    session: Session, ward_ids: Sequence[int], first: date, last: date
) -> Sequence[tuple[int, str]]:
    """The successes of the local dates first to last that their ward's channel was shown: the ward, and the line."""
    query = (
        select(col(Report.ward_id), col(Report.line))
        .join(Occurrence, col(Occurrence.slot) == col(Report.id))
        .where(col(Report.ward_id).in_(ward_ids), col(Report.day).between(first, last), Report.kind == "success")
        .where(Report.line != "", Occurrence.ward_id == Report.ward_id)
        .where(Occurrence.kind == "report_line", Occurrence.state == "sent")
        .order_by(col(Report.id))
    )
    return (await session.exec(query)).all()
