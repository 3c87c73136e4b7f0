"""Targets: what a ward's manager set for its measures, one for each at most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import col, delete, select

from bot.store.database import Session
from bot.store.tables import Target


async def put(session: Session, target: Target) -> None:
    """Set a target, in place of the one that the ward had for this measure."""
    await session.merge(target)


async def of_wards(session: Session, ward_ids: Iterable[int]) -> Sequence[Target]:
    """The targets of these wards."""
    return (await session.exec(select(Target).where(col(Target.ward_id).in_(list(ward_ids))))).all()


async def remove(session: Session, ward_id: int, measure: str) -> None:
    """Take a target away, if there is one."""
    await session.exec(delete(Target).where(col(Target.ward_id) == ward_id, col(Target.measure) == measure))
