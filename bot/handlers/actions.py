"""Closing the actions that huddles decided: done, or not needed and why; and opening them again."""

from __future__ import annotations

from bot.chat.router import Outcomes, Problem, Reply, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, reply, tapped, ward_here
from bot.handlers.huddle_form import in_channel
from bot.prompts import actions as prompt
from bot.prompts import huddle as huddle_prompt
from bot.schedule.calendar import HUDDLE
from bot.store import huddles, ledger
from bot.store.database import Session
from bot.store.huddles import CARRIED
from bot.store.tables import Action, Occurrence, Ward

TOO_OLD = (
    "It is more than a week old, so it does not come to the next huddles any more. If it still matters, please agree "
    "it anew at one."
)


def register(router: DeskRouter) -> None:
    """What people can do with actions."""
    router.on_tap("action_done", close)
    router.on_tap("action_dropped", ask_why)
    router.on_tap("action_drop", close)
    router.on_tap("action_reopen", reopen)


async def close(tap: Tap, desk: Desk) -> Outcomes:
    """Close an action as done, or for a reason; one that somebody closed before stays as they left it."""
    async with desk.store() as session:
        occurrence, ward, action, reason = await _tapped(session, desk, tap)
        already = action.closed_on is not None
        if not already:
            if reason and reason not in {one.value for one in prompt.REASONS}:
                raise Problem(NOT_HERE)
            action.outcome, action.reason = ("dropped", reason) if reason else ("done", None)
            action.closed_on = desk.now_at(ward).date()
            await session.flush()
        shown = await _shown(session, desk, ward, occurrence)
    return (*shown, Reply(prompt.closed(occurrence, action, already=already)))


async def ask_why(tap: Tap, desk: Desk) -> Outcomes:
    """Why is it not needed? If it is closed meanwhile, only that is said."""
    async with desk.store() as session:
        occurrence, ward, action, _ = await _tapped(session, desk, tap)
        if action.closed_on is None:
            return (Reply(prompt.why_not_needed(occurrence, action)),)
        shown = await _shown(session, desk, ward, occurrence)
    return (*shown, Reply(prompt.closed(occurrence, action, already=True)))


async def reopen(tap: Tap, desk: Desk) -> Outcomes:
    """Open an action again."""
    async with desk.store() as session:
        occurrence, ward, action, _ = await _tapped(session, desk, tap)
        action.outcome = action.closed_on = action.reason = None
        await session.flush()
        shown = await _shown(session, desk, ward, occurrence)
    too_old = action.opened_on <= desk.now_at(ward).date() - CARRIED
    return (*shown, reply("action_open", f"Open again: {action.text}", *([TOO_OLD] if too_old else [])))


async def _shown(session: Session, desk: Desk, ward: Ward, occurrence: Occurrence | None) -> Outcomes:
    """The message that showed the action, as it is now."""
    if occurrence is None:
        return ()
    return in_channel(ward, occurrence, await huddle_prompt.build(session, desk.library, ward, occurrence))


async def _tapped(session: Session, desk: Desk, tap: Tap) -> tuple[Occurrence | None, Ward, Action, str]:
    """The action that a button is about, and a reason where it gives one: `occurrence:action`, then `:reason`.

    Outside any huddle's message the first is empty, and stands for the latest huddle: people look at its message.
    """
    occurrence: Occurrence | None
    if tap.value.startswith(":"):
        ward = await ward_here(session, tap.place)
        await desk.remember(session, tap.person, ward)
        occurrence = await ledger.latest_occurrence(session, ward.key, HUDDLE, desk.clock() - CARRIED)
        rest = tap.value[1:]
    else:
        occurrence, ward, rest = await tapped(session, desk, tap)
    key, _, reason = rest.partition(":")
    action = await huddles.action_by_id(session, int(key)) if key.isdigit() else None
    if action is None or action.ward_id != ward.key:
        raise Problem(NOT_HERE)
    return occurrence, ward, action, reason
