"""Huddles and the actions they decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlmodel import col, delete, select

from bot.store.database import Session
from bot.store.tables import EXTRA, Action, Huddle, Occurrence

CARRIED = timedelta(days=7)
"""How long an open action is brought to the next huddle."""


class Prompted(NamedTuple):
    """A huddle prompt of a ward's local date, by the plan or beside it: whether it was held, or why it was skipped."""

    ward_id: int
    day: date
    planned: bool
    held: bool
    skip_reason: str | None


async def huddle_of(session: Session, occurrence_id: int) -> Huddle | None:
    """What was said at this prompt, if anything yet."""
    return (await session.exec(select(Huddle).where(Huddle.occurrence_id == occurrence_id))).first()


async def held_before(session: Session, ward_id: int, on: date, due_at: datetime) -> bool:
    """Whether a huddle that was due before that instant was held for that local date."""
    query = (
        select(Huddle.id)
        .join(Occurrence, col(Huddle.occurrence_id) == col(Occurrence.id))
        .where(Huddle.ward_id == ward_id, Huddle.local_date == on, col(Huddle.skip_reason).is_(None))
        .where(col(Occurrence.due_at) < due_at)
    )
    return (await session.exec(query)).first() is not None


async def of_date(session: Session, ward_id: int, on: date) -> Sequence[tuple[Occurrence, Huddle | None]]:
    """The huddle prompts of a local date that reached the ward, or were answered, with what was said; in order."""
    query = (
        select(Occurrence, Huddle)
        .join(Huddle, col(Huddle.occurrence_id) == col(Occurrence.id), isouter=True)
        .where(Occurrence.ward_id == ward_id, Occurrence.kind == "huddle", Occurrence.local_date == on)
        .where(col(Occurrence.state).in_(("sent", "unclear")) | col(Huddle.id).is_not(None))
        .order_by(col(Occurrence.due_at), col(Occurrence.id))
    )
    return [(occurrence, huddle) for occurrence, huddle in (await session.exec(query)).all()]


async def latest_at(
    session: Session, ward_id: int, slot: str, before: datetime, most: int
) -> Sequence[tuple[Occurrence, bool]]:
    """The latest prompts sent at a slot that were due before then, and whether each was answered or skipped."""
    query = (
        select(Occurrence, Huddle.id)
        .join(Huddle, col(Huddle.occurrence_id) == col(Occurrence.id), isouter=True)
        .where(Occurrence.ward_id == ward_id, Occurrence.kind == "huddle", Occurrence.slot == slot)
        .where(Occurrence.state == "sent", col(Occurrence.due_at) < before)
        .order_by(col(Occurrence.due_at).desc())
        .limit(most)
    )
    return [(occurrence, huddle is not None) for occurrence, huddle in (await session.exec(query)).all()]


async def heard_since(session: Session, ward_id: int, slot: str, first: date) -> bool:
    """Whether a prompt at a slot was answered or skipped, of that local date or a later one."""
    query = (
        select(Huddle.id)
        .join(Occurrence, col(Huddle.occurrence_id) == col(Occurrence.id))
        .where(Occurrence.ward_id == ward_id, Occurrence.slot == slot, col(Occurrence.local_date) >= first)
    )
    return (await session.exec(query)).first() is not None


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


async def decided_at(session: Session, action: Action) -> Occurrence | None:
    """The prompt of the huddle that decided an action."""
    query = (
        select(Occurrence)
        .join(Huddle, col(Huddle.occurrence_id) == col(Occurrence.id))
        .where(col(Huddle.id) == action.huddle_id)
    )
    return (await session.exec(query)).first()


async def action_by_id(session: Session, action_id: int) -> Action | None:
    """The action with this id."""
    return await session.get(Action, action_id)


async def huddles_between(session: Session, ward_ids: Sequence[int], first: date, last: date) -> Sequence[Huddle]:
    """Huddles held and skipped on the local dates first to last."""
    query = select(Huddle).where(col(Huddle.ward_id).in_(ward_ids), col(Huddle.local_date).between(first, last))
    return (await session.exec(query)).all()


async def prompted_between(session: Session, ward_ids: Sequence[int], first: date, last: date) -> Sequence[Prompted]:
    """The huddle prompts of the local dates first to last."""
    asked = (Occurrence.ward_id, Occurrence.local_date, Occurrence.slot, Huddle.id, Huddle.skip_reason)
    query = (
        select(*asked)  # type: ignore[call-overload]  # for up to four
        .join(Huddle, col(Huddle.occurrence_id) == col(Occurrence.id), isouter=True)
        .where(col(Occurrence.ward_id).in_(ward_ids), Occurrence.kind == "huddle")
        .where(col(Occurrence.local_date).between(first, last))
    )
    return [
        Prompted(ward_id, day, not slot.startswith(EXTRA), huddle is not None and reason is None, reason)
        for ward_id, day, slot, huddle, reason in (await session.exec(query)).all()
    ]
