"""Counting a thing once: keyed hashes of events, taps and forms already taken."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import SQLModel, col, delete

from bot.store.database import Session
from bot.store.tables import Seen

KEPT = timedelta(days=14)
"""How long a key is kept: no platform delivers anything again so late."""


async def add_if_new(session: Session, row: SQLModel) -> bool:
    """Insert a row unless one with the same unique values is there; whether it was new."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = row.model_dump(exclude={"id"} if getattr(row, "id", 0) is None else set())
    table = inspect(type(row)).local_table
    added = insert(table).values(values).on_conflict_do_nothing().returning(*table.primary_key)
    return (await session.exec(added)).first() is not None


async def first_time(session: Session, key: str, day: date) -> bool:
    """Whether `key` was never seen before. It stays seen only if this transaction is committed."""
    return await add_if_new(session, Seen(key=key, day=day))


async def seen(session: Session, key: str) -> bool:
    """Whether `key` was counted already."""
    return await session.get(Seen, key) is not None


async def forget_seen(session: Session, before: date) -> None:
    """Drop the keys of days before this one."""
    await session.exec(delete(Seen).where(col(Seen.day) < before))
