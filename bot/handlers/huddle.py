"""`/huddle`: what each of its words does, and what it does alone at each hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat.message import Message, Text
from bot.chat.router import Command, Open, Outcomes, Problem, Reply, Tap
from bot.handlers import answer, dashboard, debrief, home, leaders, mark, questions, setup, supervision
from bot.handlers.desk import Desk, DeskRouter, ward_here
from bot.handlers.huddle_form import ANSWERED_WITHIN, beside_the_plan, form
from bot.prompts import huddle as prompt
from bot.prompts import today
from bot.prompts.shift import same_shift
from bot.schedule.calendar import HUDDLE
from bot.store import huddles, ledger
from bot.store.database import Session
from bot.store.shifts import LONGEST
from bot.store.tables import Occurrence, Ward

STILL_OPEN = timedelta(hours=6)
"""On a ward without shifts: for how long `/huddle` means the last prompt and not a new one."""
SOON = timedelta(hours=2)
"""So long before the next prompt `/huddle` says that it comes."""


def register(router: DeskRouter) -> None:
    """What people can ask for."""
    router.on_command("huddle", command)
    router.on_tap("huddle_today", show_today)


async def command(event: Command, desk: Desk) -> Outcomes:
    """`/huddle`, with its first word: start, today, skip, questions ...; or alone."""
    if not event.text.strip():
        return await _fitting_the_hour(event, desk)
    return await SUBCOMMANDS.get(event.text.split(maxsplit=1)[0].lower(), home.help_here)(event, desk)


async def _fitting_the_hour(event: Command, desk: Desk) -> Outcomes:
    """The prompt that waits; the shift so far, where it has had its huddle; else when the next comes, or a new one."""
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        latest = await _latest_prompt(session, desk, ward)
        if latest and not await _waits(session, latest):
            return await _today(session, desk, ward)
        due_at = None if latest else await _next_due(session, ward, desk.clock())
    if due_at:
        return (Reply(today.soon(ward, due_at)),)
    return await _start(event, desk)


async def _start(event: Command, desk: Desk) -> Outcomes:
    """The form: of the prompt that waits, or of a huddle for now."""
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        await desk.remember(session, event.person, ward)
        latest = await _latest_prompt(session, desk, ward)
        if latest and await _waits(session, latest):
            context = {"ward": str(ward.key), "occurrence": str(latest.key)}
        else:
            context = beside_the_plan(desk, ward)
    return (Open(await form(desk, event.person, context)),)


async def _latest_prompt(session: Session, desk: Desk, ward: Ward) -> Occurrence | None:
    """The latest prompt of the present shift."""
    now = desk.clock()
    latest = await ledger.latest_occurrence(session, ward.key, HUDDLE, now - LONGEST)
    return latest if latest and same_shift(ward, latest.due_at, now, otherwise=STILL_OPEN) else None


async def _waits(session: Session, occurrence: Occurrence) -> bool:
    """Whether a prompt can still be answered for the first time; one that was skipped can be held after all."""
    huddle = await huddles.huddle_of(session, occurrence.key)
    return huddle is None or huddle.skip_reason is not None


async def _next_due(session: Session, ward: Ward, now: datetime) -> datetime | None:
    """When the present shift's next prompt comes, if it comes soon."""
    planned = [one.next_due_at for one in await ledger.schedules_of(session, ward.key) if one.kind == HUDDLE]
    due_at = min((at for at in planned if at > now), default=None)
    if ward.paused_reason or due_at is None or due_at > now + SOON:
        return None
    return due_at if same_shift(ward, due_at, now, otherwise=SOON) else None


async def _offer_skip(event: Command, desk: Desk) -> Outcomes:
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        found = await _latest_prompt(session, desk, ward)
        if found is None or not await _waits(session, found):
            raise Problem("There is no huddle prompt waiting for an answer here, so there is nothing to skip.")
    words = "Why is there no huddle this time? One tap, and it can be undone."
    return (Reply(Message("huddle_skip", words, (Text(words), prompt.skip_buttons(desk.library, found)))),)


async def show_today(event: Command | Tap, desk: Desk) -> Outcomes:
    """The shift so far, for one person alone."""
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        await desk.remember(session, event.person, ward)
        return await _today(session, desk, ward)


async def _today(session: Session, desk: Desk, ward: Ward) -> Outcomes:
    return (Reply(await today.build(session, desk.library, ward, desk.clock(), ANSWERED_WITHIN)),)


SUBCOMMANDS = {
    "start": _start,
    "today": show_today,
    "skip": _offer_skip,
    "questions": questions.open_questions,
    "reports": answer.show,
    "debrief": debrief.ask,
    "dashboard": dashboard.give_link,
    "setup": setup.open_setup,
    "leaders": leaders.open_leaders,
    "mark": mark.mark,
    "supervision": supervision.show,
}
