"""Where the conversations that several people share are reached, on a platform that has many addresses."""

from __future__ import annotations

from sqlmodel import col, update

from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import Contact


async def service_url(session: Session, conversation: str) -> str | None:
    """The address at which this conversation was last met."""
    found = await session.get(Contact, conversation)
    return found.service_url if found else None


async def remember(session: Session, conversation: str, address: str) -> None:
    """Keep the address at which a shared conversation was met.

    Never one that a single person has with the bot: when it was first kept would tell who sent a report.
    """
    if not await add_if_new(session, Contact(conversation=conversation, service_url=address)):
        kept = update(Contact).where(col(Contact.conversation) == conversation)
        await session.exec(kept.values(service_url=address))
