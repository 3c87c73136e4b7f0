"""Closing the actions that huddles decided: done (and by whom, if they like), or not needed and why; and opening them
again."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.front import Person
from bot.chat.message import Form, Line, Text
from bot.chat.router import Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, reply, tapped, ward_from, ward_here
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
OPEN_AGAIN = "This is open again, or closed as not needed, so nothing was kept."
LONGEST_NAME = 40


def register(router: DeskRouter) -> None:
    """What people can do with actions."""
    router.on_tap("action_done", close)
    router.on_tap("action_dropped", ask_why)
    router.on_tap("action_drop", close)
    router.on_tap("action_reopen", reopen)
    router.on_tap("action_done_by", ask_who)
    router.on_form("done_by", form, keep_who)


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


async def ask_who(tap: Tap, desk: Desk) -> Outcomes:
    """Who did it? Only where they want it known."""
    async with desk.store() as session:
        _, ward, action, _ = await _tapped(session, desk, tap)
    return (Open(await form(desk, tap.person, {"ward": str(ward.key), "action": str(action.id)})),)


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """A line for a name or a role. `context`: `ward` and `action`."""
    async with desk.store() as session:
        action = await _done(session, await ward_from(session, context), context)
    who = Line("who", "A name or role, if you want it known", max_length=LONGEST_NAME, initial=action.reason or "")
    return Form("done_by", "Who did it", "Save", (Text(action.text), who), context)


async def keep_who(event: Submit, desk: Desk) -> Outcomes:
    """Keep who did it, and show it in the summary of the huddle that decided it; left empty, nothing is kept."""
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
        action = await _done(session, ward, event.context)
        action.reason = str(event.answers["who"]) or None
        await session.flush()
        shown = await _shown(session, desk, ward, await huddles.decided_at(session, action))
    words = f"Thank you. The huddle's summary says: {action.text}{prompt.done_by(action)}."
    return (*shown, reply("done_by", words if action.reason else "Thank you. Nothing is kept about who did it."))


async def _done(session: Session, ward: Ward, context: Mapping[str, str]) -> Action:
    """The action that a form is about. Raises `Problem` unless it is done."""
    action = await huddles.action_by_id(session, int(context["action"]))
    if action is None or action.ward_id != ward.key or action.outcome != "done":
        raise Problem(OPEN_AGAIN)
    return action


async def _shown(session: Session, desk: Desk, ward: Ward, occurrence: Occurrence | None) -> Outcomes:
    """A huddle's message as it is now."""
    if occurrence is None:
        return ()
    return in_channel(ward, occurrence, await huddle_prompt.build(session, desk.supplies, ward, occurrence))


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
