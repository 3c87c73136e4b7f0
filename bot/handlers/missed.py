"""What a manager answers to whether a huddle comes at the wrong time: it is moved, or kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.chat.front import typed
from bot.chat.router import Outcomes, Problem, Replace, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter
from bot.prompts import missed as prompt
from bot.prompts.words import listed
from bot.schedule.calendar import HUDDLE, local
from bot.schedule.follow_up import MISSED, times_of
from bot.schedule.planner import sync_schedules
from bot.store import ledger, wards
from bot.store.database import Session
from bot.store.shifts import TimeOfDay
from bot.store.tables import Occurrence, Ward

NOT_YOURS = "Only this ward's managers can change its times, so nothing was changed: please ask one of them."
TAKEN = (
    "There is a huddle at {at} already, so nothing was changed. For another time type {setup} in the ward's channel."
)
CHANGED = "This time was changed meanwhile: the ward's huddles are at {times} now. Nothing more was changed."


def register(router: DeskRouter) -> None:
    """What a manager can answer."""
    router.on_tap("missed_move", move)
    router.on_tap("missed_undo", undo)
    router.on_tap("missed_keep", keep)


async def move(tap: Tap, desk: Desk) -> Outcomes:
    """Move the huddle later, from its next time on."""
    async with desk.store() as session:
        asked, ward, minutes = await _managed(session, tap)
        old, new = _both(asked, minutes)
        if _is_planned(ward, old):
            await _change(session, desk, ward, old, new)
            asked.problem = _moved_to(new)
        elif asked.problem != _moved_to(new):
            raise _changed(ward)
        next_at = await _next_at(session, ward, new)
    return (Replace(prompt.moved(ward, asked, minutes, next_at)),)


async def undo(tap: Tap, desk: Desk) -> Outcomes:
    """Move it back, and ask again as before."""
    async with desk.store() as session:
        asked, ward, minutes = await _managed(session, tap)
        old, new = _both(asked, minutes)
        if asked.problem == _moved_to(new) and _is_planned(ward, new):
            await _change(session, desk, ward, new, old)
            asked.problem = None
        elif not _is_planned(ward, old):
            raise _changed(ward)
        return (Replace(await prompt.build(session, desk.supplies, ward, asked)),)


async def keep(tap: Tap, desk: Desk) -> Outcomes:
    """Leave it where it is."""
    async with desk.store() as session:
        asked, ward, _ = await _managed(session, tap)
        if not _is_planned(ward, time.fromisoformat(asked.slot)):
            raise _changed(ward)
    return (Replace(prompt.kept(ward, asked)),)


async def _managed(session: Session, tap: Tap) -> tuple[Occurrence, Ward, str]:
    """The question that a button is about, its ward, locked, and the rest.

    Raises `Problem` unless a manager of that ward tapped it, wherever that was; where a ward has none, somebody in its
    own channel.
    """
    key, _, rest = tap.value.partition(":")
    asked = await ledger.lock_occurrence(session, int(key)) if key.isdigit() else None
    if asked is None or asked.kind != MISSED:
        raise Problem(NOT_HERE)
    await wards.lock_ward(session, asked.ward_id)
    ward = await wards.ward_by_id(session, asked.ward_id)
    if ward is None or not _may_change(ward, tap):
        raise Problem(NOT_YOURS)
    return asked, ward, rest


def _may_change(ward: Ward, tap: Tap) -> bool:
    return wards.manages(ward, tap.person) if ward.managers else tap.place == ward.channel


def _both(asked: Occurrence, minutes: str) -> tuple[time, time]:
    """The time that was asked about, and the later one, which may lie past midnight."""
    if minutes not in prompt.LATER:
        raise Problem(NOT_HERE)
    old = time.fromisoformat(asked.slot)
    return old, (datetime.combine(date.min, old) + timedelta(minutes=int(minutes))).time()


def _is_planned(ward: Ward, at: time) -> bool:
    return at in times_of(ward)


def _moved_to(new: time) -> str:
    """Noted at the question that moved a huddle: only its own move is taken back, never another of the same minutes."""
    return f"moved to {new:%H:%M}"


def _changed(ward: Ward) -> Problem:
    return Problem(CHANGED.format(times=listed(ward.huddle_times)))


async def _change(session: Session, desk: Desk, ward: Ward, old: time, new: time) -> None:
    """Move a ward's huddle, on all its days. Raises `Problem` where the new time is taken."""
    if _is_planned(ward, new):
        raise Problem(TAKEN.format(at=f"{new:%H:%M}", setup=typed("huddle setup", ward.front)))
    times = [TimeOfDay.read(text) for text in ward.huddle_times]
    ward.huddle_times = [str(one) for one in sorted(replace(one, at=new) if one.at == old else one for one in times)]
    await wards.save_ward(session, ward)
    await sync_schedules(session, [ward], desk.clock())


async def _next_at(session: Session, ward: Ward, at: time) -> datetime:
    """When the huddle of that time comes next, on the ward's clocks. Raises `Problem` where it is gone."""
    coming = [
        one.next_due_at
        for one in await ledger.schedules_of(session, ward.key)
        if one.kind == HUDDLE and one.slot == f"{at:%H:%M}"
    ]
    if not coming:
        raise _changed(ward)
    return local(min(coming), ward.timezone)
