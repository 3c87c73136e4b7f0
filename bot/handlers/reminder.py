"""What people answer to a reminder: useful, not for us, tell me more."""

from __future__ import annotations

from bot.chat.router import Outcomes, Problem, Reply, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, reply, ward_here
from bot.prompts import reminder as prompt
from bot.prompts.library import Reminder
from bot.store import ledger, reminders
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

USEFUL = "Thank you. We will keep sharing things like this."
NOT_FOR_US = "Thank you for saying so. If most of your ward finds the same, it won't come back."


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
        if await desk.first_time(session, "reminder", str(occurrence.key), desk.person_key(tap.person)):
            await reminders.count_answer(session, ward.key, item.id, given)
    return (reply("reminder_thanks", USEFUL if given == "useful" else NOT_FOR_US),)


async def more(tap: Tap, desk: Desk) -> Outcomes:
    """Why it may help, and where it comes from."""
    async with desk.store() as session:
        _, _, item = await _reminder(session, desk, tap)
    return (Reply(prompt.more(item)),)


async def _reminder(session: Session, desk: Desk, tap: Tap) -> tuple[Occurrence, Ward, Reminder]:
    occurrence = await ledger.occurrence_by_id(session, int(tap.value)) if tap.value.isdigit() else None
    ward = await ward_here(session, tap.place)
    if occurrence is None or occurrence.ward_id != ward.key:
        raise Problem(NOT_HERE)
    await desk.remember(session, tap.person, ward)
    item = desk.library.reminders.get(occurrence.item or "")
    if item is None:
        raise Problem("This reminder has been withdrawn from the library since it was sent, so it can't be answered.")
    return occurrence, ward, item
