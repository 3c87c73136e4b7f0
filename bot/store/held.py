"""What is held back: prompts that follow a report, which nobody may see coming."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, delete, or_, select

from bot.store.database import Session
from bot.store.tables import Held


async def hold(session: Session, held: Held) -> None:
    """Keep a prompt back until it is due."""
    session.add(held)
    await session.flush()


async def take_due(session: Session, now: datetime) -> Sequence[Held]:
    """Take what is due by now, earliest first: each is taken once, whoever asks."""
    due = delete(Held).where(col(Held.due_at) <= now).returning(Held)
    taken = sorted((await session.exec(due)).scalars().all(), key=lambda one: one.due_at)
    for one in taken:
        session.expunge(one)  # it is no row any more
    return taken


async def is_held(session: Session, kind: str, slot: str) -> bool:
    """Whether a prompt is still held back."""
    return (await session.exec(select(Held.slot).where(Held.kind == kind, Held.slot == slot))).first() is not None


async def drop(session: Session, about: str) -> bool:
    """Drop what is held back about a report or a debrief, by its id; whether there was anything."""
    return bool(
        (await session.exec(delete(Held).where(or_(col(Held.slot) == about, col(Held.item) == about)))).rowcount
    )
