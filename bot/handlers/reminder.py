"""What people answer to a reminder: useful, not for us, tell me more."""

from __future__ import annotations

from bot.chat.router import Outcomes, Problem, Reply, Tap
from bot.handlers.desk import Desk, DeskRouter, reply, tapped
from bot.prompts import reminder as prompt
from bot.prompts.library import Reminder
from bot.store import reminders
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

USEFUL = "Thank you. We will keep sharing things like this."
NOT_FOR_US = "Thank you for saying so. If more of you say the same than find it useful, it won't come back."
ALREADY = (
    "You have answered this one already, or it was sent over two weeks ago: only a first answer counts. Thank you."
)


def register(router: DeskRouter) -> None:
    """What people can do with reminders."""
    router.on_tap("reminder_useful", answer)
    router.on_tap("reminder_not_for_us", answer)
    router.on_tap("reminder_more", more)


async def answer(tap: Tap, desk: Desk) -> Outcomes:
    """Count an answer, once for each person and reminder; which person is not kept."""
    given = tap.action.removeprefix("reminder_")
    async with desk.store() as session:
        occurrence, ward, item = await _reminder(session, desk, tap)
        new = await desk.first_answer(session, "reminder", occurrence, tap.person)
        if new:
            await reminders.count_answer(session, ward.key, item.id, given)
    if not new:
        return (reply("reminder_thanks", ALREADY),)
    return (reply("reminder_thanks", USEFUL if given == "useful" else NOT_FOR_US),)


async def more(tap: Tap, desk: Desk) -> Outcomes:
    """Why it may help, and where it comes from."""
    async with desk.store() as session:
        _, _, item = await _reminder(session, desk, tap)
    return (Reply(prompt.more(item)),)


async def _reminder(session: Session, desk: Desk, tap: Tap) -> tuple[Occurrence, Ward, Reminder]:
    occurrence, ward, _ = await tapped(session, desk, tap)
    item = desk.library.reminders.get(occurrence.item or "")
    if item is None:
        raise Problem("This reminder has been withdrawn from the library since it was sent, so it can't be answered.")
    return occurrence, ward, item
