"""Marks: what a ward noted on its charts, and where their limits start anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlmodel import col, select

from bot.store.database import Session
from bot.store.tables import Mark


async def add(
    session: Session, ward_id: int, day: date, text: str, by: str, rebases: Iterable[str] = ()
) -> Mark | None:
    """Note `text` at a day; `rebases` are the measures whose limits start anew there.

    The same note of the same day is kept once: then None.
    """
    if any(mark.text == text for mark in await on(session, ward_id, day)):
        return None
    mark = Mark(ward_id=ward_id, day=day, text=text, by=by, rebases=list(rebases))
    session.add(mark)
    await session.flush()
    return mark


async def on(session: Session, ward_id: int, day: date) -> Sequence[Mark]:
    """What a ward noted at a day, as it came."""
    query = select(Mark).where(Mark.ward_id == ward_id, Mark.day == day).order_by(col(Mark.id))
    return (await session.exec(query)).all()


async def of_wards(session: Session, ward_ids: Iterable[int], since: date = date.min) -> Sequence[Mark]:
    """What these wards noted from a day on, by day."""
    query = (
        select(Mark)
        .where(col(Mark.ward_id).in_(list(ward_ids)), Mark.day >= since)
        .order_by(col(Mark.day), col(Mark.id))
    )
    return (await session.exec(query)).all()


def by_ward(noted: Iterable[Mark]) -> defaultdict[int, list[Mark]]:
    """Marks by the id of their ward, of which there may be none."""
    found: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in noted:
        found[mark.ward_id].append(mark)
    return found


async def mark_by_id(session: Session, mark_id: int) -> Mark | None:
    """The mark with this id."""
    return await session.get(Mark, mark_id)


async def remove(session: Session, mark: Mark) -> None:
    """Take a mark back."""
    await session.delete(mark)
