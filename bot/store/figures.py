"""What is counted of wards, in weeks that end on a given day: for any number of them in one question each.

`weeks_back` is 0 for the seven days that end on `last`, 1 for those before them, and so on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, case, exists
from sqlmodel import and_, col, func, select

from bot.store.database import Session
from bot.store.debriefs import HELD
from bot.store.reports import ANSWERED
from bot.store.tables import EXTRA, Action, Debrief, Huddle, Occurrence, Report, Ward
from bot.store.weeks import weeks_back


class Reported(NamedTuple):
    """How many reports of a kind a ward had in a week, and how many of them have an answer by now."""

    ward_id: int
    kind: str
    weeks_back: int
    number: int
    answered: int


class Tallied(NamedTuple):
    """The kinds of restrictive intervention in one tally."""

    ward_id: int
    day: date
    used: Sequence[str]


class Share(NamedTuple):
    """So many of so many, on a ward in a week."""

    ward_id: int
    weeks_back: int
    done: int
    total: int


class OnDay(NamedTuple):
    """So many, on a ward and a local date."""

    ward_id: int
    day: date
    number: int


class Began(NamedTuple):
    """The local dates of a ward's first planned huddle, its first near miss or success, and its first tally, if any."""

    huddles: date | None
    reports: date | None
    tallies: date | None

    @property
    def first(self) -> date | None:
        """The first of all."""
        return min(filter(None, self), default=None)


async def reported(
    session: Session, ward_ids: Collection[int], first: date, last: date, shift_band: str | None = None
) -> Sequence[Reported]:
    """The reports of the local dates first to last; of one part of the day, if it is given."""
    key = (col(Report.ward_id), col(Report.kind), weeks_back(Report.day, last).label("back"))
    query = (
        select(*key, func.count(), func.count(col(Report.answered_on)))  # type: ignore[call-overload]  # for up to four
        .where(col(Report.ward_id).in_(ward_ids), col(Report.day).between(first, last))
        .group_by(*key[:2], "back")
    )
    if shift_band:
        query = query.where(Report.shift_band == shift_band)
    return [Reported(*row) for row in (await session.exec(query)).all()]


async def reported_on(
    session: Session, kind: str, ward_ids: Collection[int], first: date, last: date, shift_band: str | None = None
) -> Sequence[OnDay]:
    """How many reports of a kind there were on each of the local dates first to last, by day."""
    query = (
        select(col(Report.ward_id), col(Report.day), func.count())
        .where(col(Report.ward_id).in_(ward_ids), Report.kind == kind, col(Report.day).between(first, last))
        .group_by(col(Report.ward_id), col(Report.day))
        .order_by(col(Report.day))
    )
    if shift_band:
        query = query.where(Report.shift_band == shift_band)
    return [OnDay(*row) for row in (await session.exec(query)).all()]


async def tallied(
    session: Session, ward_ids: Collection[int], first: date, last: date, shift_band: str | None = None
) -> Sequence[Tallied]:
    """The tallies of the local dates first to last; of one part of the day, if it is given."""
    query = select(col(Report.ward_id), col(Report.day), col(Report.used)).where(
        col(Report.ward_id).in_(ward_ids), Report.kind == "restrictive", col(Report.day).between(first, last)
    )
    if shift_band:
        query = query.where(Report.shift_band == shift_band)
    return [Tallied(*row) for row in (await session.exec(query)).all()]


async def huddles_held(session: Session, ward_ids: Collection[int], first: date, last: date) -> Sequence[Share]:
    """Of the huddles planned for the local dates first to last, how many were held."""
    was_held = and_(col(Huddle.occurrence_id) == col(Occurrence.id), col(Huddle.skip_reason).is_(None))
    back = weeks_back(Occurrence.local_date, last).label("back")
    query = (
        select(col(Occurrence.ward_id), back, func.count(col(Huddle.id)), func.count())
        .join(Huddle, was_held, isouter=True)
        .where(col(Occurrence.ward_id).in_(ward_ids), Occurrence.kind == "huddle")
        .where(col(Occurrence.local_date).between(first, last), ~col(Occurrence.slot).startswith(EXTRA))
        .group_by(col(Occurrence.ward_id), "back")
    )
    return [Share(*row) for row in (await session.exec(query)).all()]


async def debriefs_held(session: Session, ward_ids: Collection[int], first: date, last: date) -> Sequence[Share]:
    """Of the debriefs offered on the local dates first to last, how many were held since.

    An offer that never reached the ward counts only if one was held all the same: what was not sent is not theirs.
    """
    lost = exists().where(
        col(Occurrence.ward_id) == col(Debrief.ward_id),
        col(Occurrence.kind) == "debrief",
        col(Occurrence.slot) == col(Debrief.id),
        col(Occurrence.state).in_(("expired", "refused", "dropped")),
    )
    held = func.sum(case((col(Debrief.state) == HELD, 1), else_=0))
    query = (
        select(col(Debrief.ward_id), weeks_back(Debrief.offered_on, last).label("back"), held, func.count())
        .where(col(Debrief.ward_id).in_(ward_ids), col(Debrief.offered_on).between(first, last))
        .where((col(Debrief.state) == HELD) | ~lost)
        .group_by(col(Debrief.ward_id), "back")
    )
    return [Share(ward_id, back, int(done), total) for ward_id, back, done, total in (await session.exec(query)).all()]


async def actions_done(session: Session, ward_ids: Collection[int], first: date, last: date) -> Sequence[OnDay]:
    """Actions that were done on the local dates first to last."""
    query = (
        select(col(Action.ward_id), col(Action.closed_on), func.count())
        .where(col(Action.ward_id).in_(ward_ids), col(Action.closed_on).between(first, last))
        .where(Action.outcome == "done")
        .group_by(col(Action.ward_id), col(Action.closed_on))
    )
    return [OnDay(ward_id, day, number) for ward_id, day, number in (await session.exec(query)).all() if day]


async def began(session: Session, ward_ids: Collection[int], since: date) -> dict[int, Began]:
    """When each ward began to use what is counted, where it did; of tallies no further back than `since`.

    Asked of an index for each ward, so that a long history costs no more than a short one.
    """

    def first(day: date | None, *which: ColumnElement[bool]) -> ScalarSelect[date]:
        return select(func.min(day)).where(*which).correlate(Ward).scalar_subquery()

    its = col(Report.ward_id) == col(Ward.id)
    planned = ~col(Occurrence.slot).startswith(EXTRA)
    query = select(
        col(Ward.id),
        first(
            Occurrence.local_date, col(Occurrence.ward_id) == col(Ward.id), col(Occurrence.kind) == "huddle", planned
        ),
        first(Report.day, its, col(Report.kind).in_(ANSWERED)),
        first(Report.day, its, col(Report.kind) == "restrictive", col(Report.day) >= since),
    ).where(col(Ward.id).in_(ward_ids))
    return {ward_id: Began(*days) for ward_id, *days in (await session.exec(query)).all() if ward_id}
