"""Which scenes a ward has had, and how many of it answered what: counts, never who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, func, select, update

from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import Occurrence, ScenarioAnswer


@dataclass(frozen=True)
class Showing:
    """One time that a ward had a scene, and its answers then: how many chose something safe, and how many did not."""

    item: str
    on: date
    safe: int
    unsafe: int


async def showings(session: Session, ward_id: int) -> Sequence[Showing]:
    """The ward's scenes, oldest first: those sent, and those that may have been."""
    safe = func.coalesce(func.sum(ScenarioAnswer.count).filter(col(ScenarioAnswer.safe)), 0)
    unsafe = func.coalesce(func.sum(ScenarioAnswer.count).filter(~col(ScenarioAnswer.safe)), 0)
    query = (
        select(col(Occurrence.item), col(Occurrence.local_date), safe, unsafe)
        .outerjoin(ScenarioAnswer, col(ScenarioAnswer.occurrence_id) == col(Occurrence.id))
        .where(
            col(Occurrence.ward_id) == ward_id, col(Occurrence.kind) == "scenario", col(Occurrence.item).is_not(None)
        )
        .where(col(Occurrence.state).in_(("claimed", "sent", "unclear", "due")))
        .group_by(col(Occurrence.id), col(Occurrence.item), col(Occurrence.local_date))
        .order_by(col(Occurrence.local_date), col(Occurrence.id))
    )
    return [Showing(str(item), on, yes, no) for item, on, yes, no in (await session.exec(query)).all()]


async def count_choice(session: Session, occurrence_id: int, choice: int, *, safe: bool) -> None:
    """One more of the ward chose this (from 0) at this showing."""
    await add_if_new(session, ScenarioAnswer(occurrence_id=occurrence_id, choice=choice, safe=safe, count=0))
    await session.exec(
        update(ScenarioAnswer)
        .where(col(ScenarioAnswer.occurrence_id) == occurrence_id, col(ScenarioAnswer.choice) == choice)
        .values(count=ScenarioAnswer.count + 1)
    )
