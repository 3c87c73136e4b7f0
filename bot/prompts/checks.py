"""A ward's weekly checks: at which huddle they are asked, and how they read. Counts of documents, never of names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.prompts.words import count
from bot.store import checks as counts
from bot.store import huddles
from bot.store.database import Session
from bot.store.shifts import WEEK, TimeOfDay, calendar_days
from bot.store.tables import Ward, WardCheck

COUNTED: Mapping[str, str] = {"support_sheets": "Support sheets", "behaviour_plans": "Behaviour plans"}
"""What is counted as up to date, of how many."""
ENVIRONMENT = "environment"
"""The low-arousal environment checklist: 1 of 1 where it was done, 0 of 1 where not."""
MEASURES = (*COUNTED, ENVIRONMENT)
DAYS_ASKED = 3
"""More than one: on a single day every huddle may be missed."""
WEEKS_READ = 26


def weekdays(ward: Ward) -> Sequence[int]:
    """The days on which the checks may be asked: the last with a huddle before the day of the digest, which shows them;
    the latest first."""
    dates = {
        (int(day) - days_before) % 7
        for text in ward.huddle_times
        for days_before, days in calendar_days(ward.shift_pattern, TimeOfDay.read(text))
        for day in days
    }
    before_the_digest = ((ward.digest_day - back) % 7 for back in range(1, len(WEEK) + 1))
    return [day for day in before_the_digest if day in dates][:DAYS_ASKED]


async def asked_at(session: Session, ward: Ward, on: date, due_at: datetime) -> bool:
    """Whether the huddle of that local date and instant asks the checks: on each of their days the first that is held,
    until they were answered in the digest's week. One that has their answers keeps them, to be corrected."""
    if await huddles.held_before(session, ward.key, on, due_at):
        return False
    began = on - timedelta(days=(on.weekday() - ward.digest_day) % len(WEEK))
    if counted := await counts.latest(session, ward.key, began, on):
        return any(one.day == on for one in counted.values())
    return on.weekday() in weekdays(ward)


def rows(counted: Mapping[str, WardCheck]) -> Iterator[tuple[str, str]]:
    """What was counted, for a summary."""
    for measure in MEASURES:
        if measure in counted:
            yield _label(measure), _said(measure, counted.get(measure))


def digest_rows(counted: Sequence[WardCheck], last: date) -> Iterator[tuple[str, str]]:
    """What was counted, oldest first, in the week that ends on `last`: beside the week before, and how often a
    checklist was done.

    Of documents no more is told: they are the same from week to week, so a chart would call a change what is one sheet
    that stays out of date.
    """
    for measure in MEASURES:
        weeks = {(last - one.day) // timedelta(days=7): one for one in counted if one.measure == measure}
        if 0 in weeks or 1 in weeks:
            said = f"{_said(measure, weeks.get(0))} ({_said(measure, weeks.get(1))} the week before)"
            if measure == ENVIRONMENT and 0 in weeks:
                done = sum(one.done for one in weeks.values())
                said += f"; done in {done} of {count(len(weeks), 'week', 'weeks')}"
            yield _label(measure), said


def _label(measure: str) -> str:
    return f"{COUNTED[measure]} up to date" if measure in COUNTED else "Low-arousal environment checklist"


def _said(measure: str, check: WardCheck | None) -> str:
    if measure == ENVIRONMENT:
        return "done" if check and check.done else "not done" if check else "not said"
    return f"{check.done} of {check.total}" if check else "not counted"
