"""Closing the actions that huddles decided: done, or not needed and why; and opening them again."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.front import Person
from bot.chat.message import Form, OneOf, Text
from bot.chat.router import Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, reply, tapped, ward_from, ward_here
from bot.handlers.huddle_form import in_channel
from bot.prompts import actions as prompt
from bot.prompts import huddle as huddle_prompt
from bot.store import huddles, ledger
from bot.store.database import Session
from bot.store.huddles import CARRIED
from bot.store.tables import Action, Occurrence, Ward

TOO_OLD = "It is more than a week old, so it does not come to the next huddles any more. If it still matters, agree it "
TOO_OLD += "anew at one."


def register(router: DeskRouter) -> None:
    """What people can do with actions."""
    router.on_tap("action_done", done)
    router.on_tap("action_dropped", ask_why)
    router.on_tap("action_reopen", reopen)
    router.on_form("drop_action", why_form, dropped)


async def done(tap: Tap, desk: Desk) -> Outcomes:
    """Close an action as done."""
    async with desk.store() as session:
        occurrence, ward, action = await _tapped(session, desk, tap)
        return await _close(session, desk, ward, occurrence, action, "done")


async def ask_why(tap: Tap, desk: Desk) -> Outcomes:
    """The form that asks why an action is not needed; one closed meanwhile is only said to be so."""
    async with desk.store() as session:
        occurrence, ward, action = await _tapped(session, desk, tap)
        if action.closed_on:
            return await _close(session, desk, ward, occurrence, action, "dropped")
    about = {"ward": str(ward.key), "occurrence": str(occurrence.key) if occurrence else "", "action": str(action.id)}
    return (Open(await why_form(desk, tap.person, about)),)


async def why_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """Why an action is dropped. `context`: `ward`, `action`, and the `occurrence` whose message showed it, if any."""
    async with desk.store() as session:
        action = await _action(session, await ward_from(session, context), context["action"])
    parts = (Text(action.text), OneOf("reason", "Why is it not needed?", prompt.REASONS))
    return Form("drop_action", "Not needed", "Close it", parts, context)


async def dropped(event: Submit, desk: Desk) -> Outcomes:
    """Close an action for a reason."""
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
        action = await _action(session, ward, event.context["action"])
        occurrence = await ledger.occurrence_by_id(session, int(event.context["occurrence"] or 0))
        if not await desk.first_time(session, "form", event.once):
            return (Reply(prompt.closed(event.context["occurrence"], action)),)
        return await _close(session, desk, ward, occurrence, action, "dropped", str(event.answers["reason"]))


async def reopen(tap: Tap, desk: Desk) -> Outcomes:
    """Open an action again."""
    async with desk.store() as session:
        occurrence, ward, action = await _tapped(session, desk, tap)
        action.outcome = action.closed_on = action.reason = None
        await session.flush()
        shown = await _shown(session, desk, ward, occurrence)
    too_old = action.opened_on <= desk.now_at(ward).date() - CARRIED
    return (*shown, reply("action_open", f"Open again: {action.text}", *([TOO_OLD] if too_old else [])))


async def _close(
    session: Session,
    desk: Desk,
    ward: Ward,
    occurrence: Occurrence | None,
    action: Action,
    outcome: str,
    reason: str | None = None,
) -> Outcomes:
    """Close an action, unless somebody has; and show its message as it now is."""
    already = action.closed_on is not None
    if not already:
        action.outcome, action.reason, action.closed_on = outcome, reason, desk.now_at(ward).date()
        await session.flush()
    shown = await _shown(session, desk, ward, occurrence)
    return (*shown, Reply(prompt.closed(str(occurrence.key) if occurrence else "", action, already=already)))


async def _shown(session: Session, desk: Desk, ward: Ward, occurrence: Occurrence | None) -> Outcomes:
    """The message that showed the action, without it."""
    if occurrence is None:
        return ()
    return in_channel(ward, occurrence, await huddle_prompt.build(session, desk.library, ward, occurrence))


async def _tapped(session: Session, desk: Desk, tap: Tap) -> tuple[Occurrence | None, Ward, Action]:
    """The action that a button is about: `occurrence:action`, or `:action` outside any huddle's message.

    In the latter case the huddle is the latest, whose message is the one that people look at.
    """
    if not tap.value.startswith(":"):
        occurrence, ward, rest = await tapped(session, desk, tap)
        return occurrence, ward, await _action(session, ward, rest)
    ward = await ward_here(session, tap.place)
    await desk.remember(session, tap.person, ward)
    latest = await ledger.latest_occurrence(session, ward.key, "huddle", desk.clock() - CARRIED)
    return latest, ward, await _action(session, ward, tap.value[1:])


async def _action(session: Session, ward: Ward, key: str) -> Action:
    action = await huddles.action_by_id(session, int(key)) if key.isdigit() else None
    if action is None or action.ward_id != ward.key:
        raise Problem(NOT_HERE)
    return action
