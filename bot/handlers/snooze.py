"""Snoozing a huddle, and waking it again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat.router import Outcomes, Problem, Replace, Reply, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, tapped
from bot.handlers.huddle_form import in_channel
from bot.prompts import huddle as huddle_prompt
from bot.prompts import snooze as prompt
from bot.prompts.kinds import PROMPTS
from bot.schedule.follow_up import NUDGE, SNOOZE, SNOOZED, over_at
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import huddles, ledger
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward


def register(router: DeskRouter) -> None:
    """What people can do with a huddle that comes at a bad moment."""
    router.on_tap("huddle_snooze", snooze)
    router.on_tap("huddle_wake", wake)


async def snooze(tap: Tap, desk: Desk) -> Outcomes:
    """Bring a huddle back later; tapped again meanwhile, at another time. What was answered stays as it is."""
    async with desk.store() as session:
        occurrence, ward, minutes = await tapped(session, desk, tap)
        if minutes not in prompt.MINUTES:
            raise Problem(NOT_HERE)
        await ledger.lock_occurrence(session, occurrence.key)
        if await huddles.huddle_of(session, occurrence.key) is None:
            until = (desk.clock() + timedelta(minutes=int(minutes))).replace(second=0, microsecond=0)
            if refusal := await _put_off(session, ward, occurrence, until):
                return (Reply(prompt.refused(refusal, huddle_prompt.skip_buttons(desk.library, occurrence))),)
        return await _shown(session, desk, ward, occurrence, tap)


async def _put_off(session: Session, ward: Ward, occurrence: Occurrence, until: datetime) -> str | None:
    """Write when a huddle comes back, in the place of its nudge; or why it can't be put off."""
    if until >= over_at(ward, occurrence.sent_at or occurrence.due_at):
        return prompt.SHIFT_OVER
    times = {"due_at": until, "not_before": until, "expires_at": until + PROMPTS[SNOOZE].good_for}
    before = await ledger.following(session, SNOOZE, occurrence)
    for pending in before:
        if pending.state == "due" and await ledger.record(session, pending, "due", **times):
            return None
    if sum(one.problem != prompt.UNDONE for one in before) >= prompt.MOST:
        return prompt.TOO_OFTEN
    undone = next((one for one in before if one.problem == prompt.UNDONE), None)
    if undone:
        await ledger.record(session, undone, "dropped", state="due", problem=None, **times)
    else:
        slot = f"{occurrence.slot} ({len(before) + 1})"
        coming = new_occurrence(ward, SNOOZE, slot, until, on=occurrence.local_date, item=str(occurrence.key))
        await ledger.write_occurrence(session, coming)
    for nudge in await ledger.following(session, NUDGE, occurrence):
        await ledger.record(session, nudge, "due", state="dropped", problem=SNOOZED)
    return None


async def wake(tap: Tap, desk: Desk) -> Outcomes:
    """Take a snooze back; a nudge whose time is still to come comes after all."""
    async with desk.store() as session:
        occurrence, ward, _ = await tapped(session, desk, tap)
        await ledger.lock_occurrence(session, occurrence.key)
        for pending in await ledger.following(session, SNOOZE, occurrence):
            await ledger.record(session, pending, "due", state="dropped", problem=prompt.UNDONE)
        for nudge in await ledger.following(session, NUDGE, occurrence):
            if nudge.problem == SNOOZED and nudge.due_at > desk.clock():
                await ledger.record(session, nudge, "dropped", state="due", problem=None)
        return await _shown(session, desk, ward, occurrence, tap)


async def _shown(session: Session, desk: Desk, ward: Ward, occurrence: Occurrence, tap: Tap) -> Outcomes:
    """The prompt's new face, and that of the message under it, if it was tapped there."""
    changed = in_channel(ward, occurrence, await huddle_prompt.build(session, desk.supplies, ward, occurrence))
    under = [one for kind in (NUDGE, SNOOZE) for one in await ledger.following(session, kind, occurrence)]
    at = tap.message
    nudge = next((one for one in under if at and one.posted == dict(at.address)), None)
    if nudge is None:
        return changed
    until = await prompt.until(session, ward, occurrence)
    if until:
        return (*changed, Replace(prompt.in_the_place_of_a_nudge(occurrence, until), at))
    return (*changed, Replace(await PROMPTS[nudge.kind].build(session, desk.supplies, ward, nudge), at))
