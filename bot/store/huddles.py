"""Huddles and the actions they decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import col, delete, func, select

from bot.store.database import Session
from bot.store.tables import EXTRA, Action, Huddle, Occurrence

CARRIED = timedelta(days=7)
"""How long an open action is brought to the next huddle."""


async def huddle_of(session: Session, occurrence_id: int) -> Huddle | None:
    """What was said at this prompt, if anything yet."""
    return (await session.exec(select(Huddle).where(Huddle.occurrence_id == occurrence_id))).first()


async def save_huddle(session: Session, huddle: Huddle, actions: Sequence[Action] = ()) -> None:
    """Keep a huddle, new or changed, with exactly these actions."""
    session.add(huddle)
    await session.flush()
    assert huddle.id is not None
    kept = [action.id for action in actions if action.id is not None]
    await session.exec(delete(Action).where(col(Action.huddle_id) == huddle.id, col(Action.id).not_in(kept)))
    for action in actions:
        action.huddle_id = huddle.id
        session.add(action)
    await session.flush()


async def unskip(session: Session, occurrence_id: int) -> None:
    """Forget that a huddle was skipped."""
    await session.exec(
        delete(Huddle).where(col(Huddle.occurrence_id) == occurrence_id, col(Huddle.skip_reason).is_not(None))
    )


async def actions_of(session: Session, huddle_id: int) -> Sequence[Action]:
    """What a huddle decided."""
    return (await session.exec(select(Action).where(Action.huddle_id == huddle_id))).all()


async def open_actions(session: Session, ward_id: int, on: date) -> Sequence[Action]:
    """Actions still open on that local date and not too old to carry, oldest first."""
    query = (
        select(Action)
        .where(Action.ward_id == ward_id, col(Action.closed_on).is_(None), col(Action.opened_on) > on - CARRIED)
        .where(col(Action.opened_on) <= on)
        .order_by(col(Action.opened_on), col(Action.id))
    )
    return (await session.exec(query)).all()


async def action_by_id(session: Session, action_id: int) -> Action | None:
    """The action with this id."""
    return await session.get(Action, action_id)


async def huddles_between(session: Session, ward_ids: Sequence[int], first: date, last: date) -> Sequence[Huddle]:
    """Huddles held and skipped on the local dates first to last."""
    query = select(Huddle).where(col(Huddle.ward_id).in_(ward_ids), col(Huddle.local_date).between(first, last))
    return (await session.exec(query)).all()


async def count_held(session: Session, ward_ids: Sequence[int], first: date, last: date, *, planned: bool) -> int:
    """Huddles held on the local dates first to last: of those planned, or of those somebody started beside the plan."""
    is_extra = col(Occurrence.slot).startswith(EXTRA)
    query = (
        select(func.count())
        .select_from(Huddle)
        .join(Occurrence, col(Huddle.occurrence_id) == col(Occurrence.id))
        .where(
            col(Huddle.ward_id).in_(ward_ids),
            col(Huddle.local_date).between(first, last),
            col(Huddle.skip_reason).is_(None),
            ~is_extra if planned else is_extra,
        )
    )
    return (await session.exec(query)).one()


async def count_closed(session: Session, ward_ids: Sequence[int], first: date, last: date) -> int:
    """Actions done on the local dates first to last."""
    query = select(func.count()).where(
        col(Action.ward_id).in_(ward_ids),
        col(Action.closed_on).between(first, last),
        Action.outcome == "done",
    )
    return (await session.exec(query)).one()
