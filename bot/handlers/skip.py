"""Skipping a huddle: why there is none this time, and taking that back."""

from __future__ import annotations

from bot.chat.router import Outcomes, Problem, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, tapped
from bot.handlers.huddle_form import in_channel, must_be_on
from bot.prompts import huddle as prompt
from bot.store import huddles, ledger
from bot.store.tables import Huddle


def register(router: DeskRouter) -> None:
    """What people can do instead of a huddle."""
    router.on_tap("huddle_skip", skip)
    router.on_tap("huddle_unskip", unskip)


async def skip(tap: Tap, desk: Desk) -> Outcomes:
    """Note why there was no huddle. One already held stays held."""
    async with desk.store() as session:
        occurrence, ward, reason = await tapped(session, desk, tap)
        if reason not in {option.value for option in desk.library.pick_lists.skip_reason}:
            raise Problem(NOT_HERE)
        must_be_on(ward, occurrence, desk.clock())
        await ledger.lock_occurrence(session, occurrence.key)
        if await huddles.huddle_of(session, occurrence.key) is None:
            skipped = Huddle(
                ward_id=ward.key,
                occurrence_id=occurrence.key,
                local_date=occurrence.local_date,
                huddle_set=prompt.set_for(desk.library, occurrence).id,
                skip_reason=reason,
                answers={},
            )
            await huddles.save_huddle(session, skipped)
        return in_channel(ward, occurrence, await prompt.build(session, desk.supplies, ward, occurrence))


async def unskip(tap: Tap, desk: Desk) -> Outcomes:
    """Take a skip back."""
    async with desk.store() as session:
        occurrence, ward, _ = await tapped(session, desk, tap)
        must_be_on(ward, occurrence, desk.clock())
        await ledger.lock_occurrence(session, occurrence.key)
        await huddles.unskip(session, occurrence.key)
        return in_channel(ward, occurrence, await prompt.build(session, desk.supplies, ward, occurrence))
