"""Which reminders a ward has seen, and how many found them useful."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlmodel import col, select, update

from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import Occurrence, ReminderAnswer


async def items_sent(session: Session, ward_id: int) -> Sequence[str]:
    """The content ids of the ward's reminders, newest first: those sent, and those that may have been."""
    shown = col(Occurrence.kind).in_(("reminder", "reminder_copy"))  # the copy alone where the ward's own went nowhere
    query = (
        select(Occurrence.item)
        .where(Occurrence.ward_id == ward_id, shown, col(Occurrence.item).is_not(None))
        .where(col(Occurrence.state).in_(("claimed", "sent", "unclear", "due")))
        .order_by(col(Occurrence.due_at).desc(), col(Occurrence.id).desc())
    )
    return [item for item, _ in groupby((await session.exec(query)).all()) if item]  # a day's two are one


async def set_item(session: Session, occurrence_id: int, item: str) -> None:
    """Keep which content item an occurrence shows, so that it shows the same again."""
    await session.exec(update(Occurrence).where(col(Occurrence.id) == occurrence_id).values(item=item))


async def count_answer(session: Session, ward_id: int, item: str, answer: str) -> None:
    """One more of the ward gave this answer."""
    await add_if_new(session, ReminderAnswer(ward_id=ward_id, item=item, answer=answer, count=0))
    await session.exec(
        update(ReminderAnswer)
        .where(
            col(ReminderAnswer.ward_id) == ward_id,
            col(ReminderAnswer.item) == item,
            col(ReminderAnswer.answer) == answer,
        )
        .values(count=ReminderAnswer.count + 1)
    )


async def answers_to(session: Session, ward_id: int) -> Sequence[ReminderAnswer]:
    """All answers of a ward, counted by item."""
    return (await session.exec(select(ReminderAnswer).where(ReminderAnswer.ward_id == ward_id))).all()
