"""The messages of wards' browser pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select, update

from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import PageMessage


async def put_message(session: Session, channel: str, key: str, body: str, at: datetime) -> bool:
    """Post to a page unless a message with this key is there already."""
    return await add_if_new(session, PageMessage(channel=channel, key=key, body=body, posted_at=at))


async def change_message(session: Session, key: str, body: str) -> bool:
    """Replace a message's content; whether it was there."""
    changed = await session.exec(update(PageMessage).where(col(PageMessage.key) == key).values(body=body))
    return bool(changed.rowcount)


async def message_with_key(session: Session, key: str) -> PageMessage | None:
    """The message posted with this key."""
    return (await session.exec(select(PageMessage).where(PageMessage.key == key))).first()


async def latest_messages(session: Session, channel: str, limit: int) -> Sequence[PageMessage]:
    """The newest messages of a page, oldest first."""
    query = select(PageMessage).where(PageMessage.channel == channel).order_by(col(PageMessage.id).desc()).limit(limit)
    return list(reversed((await session.exec(query)).all()))
