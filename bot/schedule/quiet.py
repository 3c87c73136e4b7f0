"""Quiet by design: of what is due, what is not wanted any more, and what is more than a ward wants in a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from bot.prompts.kinds import PROMPTS
from bot.prompts.shift import on_shift
from bot.prompts.snooze import UNDONE
from bot.prompts.words import day_words
from bot.schedule.calendar import EVERY_DAY, date_of, local, next_due
from bot.schedule.follow_up import (
    ANSWERED,
    FOLLOW_UPS,
    GONE,
    MOVED,
    NUDGES_OFF,
    OFF_SHIFT,
    SKIPPED,
    SNOOZED,
    unwanted,
)
from bot.schedule.planner import Coming, planned_of
from bot.store import ledger, wards
from bot.store.database import Session
from bot.store.tables import EXTRA, Occurrence, Ward

Rule = Literal["goes all the same", "waits", "waits, then goes", "is dropped"]
RULES: Mapping[str, Rule] = {
    "debrief": "waits, then goes",
    "huddle": "goes all the same",
    "digest": "waits",
    "debrief_again": "waits",
    "report_line": "waits",
    "reminder": "is dropped",
    "scenario": "is dropped",
    "nudge": "is dropped",
}
"""What the bot says in a ward's channel of its own accord, the most important first, and what each does where the day
is full. Not here, for they are answers: a huddle that somebody asked to have later, or held beside the plan."""
IMPORTANCE = {kind: place for place, kind in enumerate(RULES)}
FULL, NOT_WANTED = "day_full", "not_wanted"
LONGEST_OWED = timedelta(days=3)
"""How far back what is still waiting can have been due."""
WHY: Mapping[str, str] = {
    FULL: "the ward wants no more posts on one day, and more important ones take its place",
    ANSWERED: "the huddle was answered",
    SKIPPED: "the huddle was skipped, with a reason",
    SNOOZED: "the huddle is snoozed",
    UNDONE: "the snooze was taken back",
    OFF_SHIFT: "the shift that it was for is over",
    MOVED: "the ward's channel or time is another by now",
    NUDGES_OFF: "the ward wants no nudges",
    NOT_WANTED: "it was answered or taken back before",
    GONE: "the huddle that it followed is no longer in the ledger",
}
"""The bot's own reasons in words; any other is the chat platform's, and left as it came."""


def why(ward: Ward, occurrence: Occurrence) -> str:
    """Why an occurrence was not sent, or waits; nothing where there is no more to say than its state does."""
    words = WHY.get(occurrence.problem or "", occurrence.problem or "")
    if words and occurrence.state == "due" and occurrence.problem == FULL:
        at = local(occurrence.not_before, ward.timezone)
        return f"waits until {day_words(at.date())} {at:%H:%M}: {words}"
    return words


async def no_room(session: Session, now: datetime) -> list[tuple[Occurrence, Ward]]:
    """What the last day had no room for, with its ward."""
    dropped = await ledger.occurrences(session, states=("dropped",), since=now - timedelta(days=1), until=now)
    return [(one, ward) for one, ward in dropped if one.problem == FULL]


async def hold_back(session: Session, now: datetime) -> None:
    """Drop, or put off, what is due now and should not be sent; each keeps the reason.

    A ward that wants only so many posts is locked until the transaction ends, so that two processes count one by one.
    """
    for one, ward in await ledger.ready(session, now, FOLLOW_UPS):
        if reason := await unwanted(session, ward, one, now):
            await ledger.record(session, one, "due", state="dropped", problem=reason)
    due = await ledger.ready(session, now, tuple(RULES))
    for key, ward in {ward.key: ward for _, ward in due if ward.most_posts is not None}.items():
        await wards.lock_ward(session, key)
        await _keep_to_the_most(session, ward, now)


class _Place(NamedTuple):
    """Something that wants to be posted today; those first in order have the first places."""

    importance: int
    due_at: datetime
    id: int
    occurrence: Occurrence | None = None


async def _keep_to_the_most(session: Session, ward: Ward, now: datetime) -> None:
    """Let as many posts through as the ward wants today, the more important ones that are still to come included."""
    today = on_shift(ward, now).date
    todays = await _of_today(session, ward, now)
    left = (ward.most_posts or 0) - sum(one.state != "due" for one in todays)
    places = [_Place(IMPORTANCE[one.kind], one.due_at, one.key, one) for one in todays if one.state == "due"]
    for schedule in await ledger.schedules_of(session, ward.key):
        due = schedule.next_due_at
        if schedule.kind in RULES and date_of(planned_of(schedule), due, ward.timezone) == today:
            places.append(_Place(IMPORTANCE[schedule.kind], due, 0))
    for one in (place.occurrence for place in sorted(places, key=lambda one: one[:3])[max(left, 0) :]):
        if one and one.not_before <= now:
            await _hold(session, ward, one, now)


async def _of_today(session: Session, ward: Ward, now: datetime) -> list[Occurrence]:
    """What was sent today, or may have been, or may be; a huddle beside the plan takes nobody's place."""
    known = await ledger.of_ward(session, ward.key, tuple(RULES), now - LONGEST_OWED)
    today = on_shift(ward, now).date
    return [one for one in known if _day(ward, one, now) == today and not one.slot.startswith(EXTRA)]


async def with_room(session: Session, ward: Ward, coming: Sequence[Coming], now: datetime) -> list[Coming]:
    """Of what the plan has, what the ward's days have room for: what waits comes on its next day, if it has any there.

    By the rule that `hold_back` keeps as each falls due, of which nobody knows yet what else will then be there.
    """
    if ward.most_posts is None:
        return list(coming)
    today = on_shift(ward, now).date
    had = sum(one.state != "due" for one in await _of_today(session, ward, now))
    days: defaultdict[date, list[tuple[int, datetime, Coming]]] = defaultdict(list)
    for one in coming:
        days[one.on].append((IMPORTANCE[one.kind], one.at, one))
    found: list[Coming] = []
    while days:
        on = min(days)
        for place, (importance, due, one) in enumerate(sorted(days.pop(on), key=lambda each: each[:2])):
            later = replace(one, at=one.at + timedelta(days=1), on=one.on + timedelta(days=1))
            if place < ward.most_posts - (had if on == today else 0) or RULES[one.kind] == "goes all the same":
                found.append(one)
            elif RULES[one.kind] == "waits" and later.at < due + PROMPTS[one.kind].good_for:
                days[later.on].append((importance, due, later))
    return sorted(found, key=lambda each: each.at)


def _day(ward: Ward, one: Occurrence, now: datetime) -> date:
    """The date that a post counts for: when it was sent, or may have been, or can be at the earliest."""
    at = one.sent_at if one.state == "sent" else one.due_at if one.state == "unclear" else max(one.not_before, now)
    return on_shift(ward, at or one.due_at).date


async def _hold(session: Session, ward: Ward, one: Occurrence, now: datetime) -> None:
    later = next_due(f"{local(one.due_at, ward.timezone):%H:%M}", EVERY_DAY, ward.timezone, now)
    match RULES[one.kind]:
        case "is dropped":
            await ledger.record(session, one, "due", state="dropped", problem=FULL)
        case "waits":
            await ledger.record(session, one, "due", not_before=later, problem=FULL)
        case "waits, then goes":  # it was promised
            if later < one.expires_at:
                await ledger.record(session, one, "due", not_before=later, problem=FULL)
        case "goes all the same":
            pass
