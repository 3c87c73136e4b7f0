"""A ward's times: which prompts it plans, and when each is next due on its own clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.prompts.one_way import COPIES_AFTER
from bot.store.shifts import TimeOfDay, calendar_days
from bot.store.tables import Ward

HUDDLE, REMINDER, DIGEST, LEADERS_DIGEST = "huddle", "reminder", "digest", "leaders_digest"
SCENARIO = "scenario"
REMINDER_COPY, DIGEST_COPY = "reminder_copy", "digest_copy"
OWN = (HUDDLE, REMINDER, SCENARIO, DIGEST)
"""What comes to a ward's own channel."""
EACH_DATE = (HUDDLE, REMINDER, REMINDER_COPY)
"""What a date has or has not had; the other kinds come once or twice a week, and may move between its days."""

LEADERS_AFTER = timedelta(hours=1)
"""How long after its ward's own digest the leaders' comes, so that a ward reads its own first."""

SCENE_DAYS, SCENE_AFTER = (1, 4), timedelta(hours=2)
"""The scenes of a week come so many days after the digest, and so long after the day's first reminder."""


EVERY_DAY = "0123456"
"""All days of the week, as a schedule has them."""
DAY = 24 * 60
FURTHEST_EAST = 13 * 60
"""How far ahead of UTC a ward's clocks are taken to be at most, in minutes: beyond it they are behind."""


@dataclass(frozen=True, order=True)
class Planned:
    """A prompt that comes at the local time `slot` on some `days` of the week (digits; 0 is Monday).

    `days_before`: so many days before them the shift began that it belongs to.
    """

    kind: str
    slot: str
    days: str
    days_before: int = 0

    @property
    def minutes(self) -> int:
        """The slot, in minutes since midnight."""
        return minutes(self.slot)

    def comes_on(self, on: date) -> bool:
        """Whether a prompt of that date (its shift's) is planned."""
        return str((on.weekday() + self.days_before) % 7) in self.days

    def then(self, kind: str, later: timedelta) -> Planned:
        """A prompt that follows this one, if need be into the next day."""
        at = datetime.combine(date.min, time.fromisoformat(self.slot)) + later
        days = "".join(sorted(str((int(day) + (at.date() - date.min).days) % 7) for day in self.days))
        return Planned(kind, f"{at:%H:%M}", days, self.days_before)


def planned_prompts(ward: Ward, *, leads: bool) -> Iterator[Planned]:
    """What a ward plans; `leads`: it is the one of its leaders' wards that carries their digest."""
    reminders = list(_daily(REMINDER, ward, ward.reminder_times))
    digest = Planned(DIGEST, ward.digest_time, str(ward.digest_day))
    yield from _daily(HUDDLE, ward, ward.huddle_times)
    yield from reminders
    yield digest
    scene_days = "".join(sorted(str((ward.digest_day + days) % 7) for days in SCENE_DAYS))
    yield Planned(REMINDER, reminders[0].slot, scene_days).then(SCENARIO, SCENE_AFTER)
    if ward.one_way_channel:
        yield from (one.then(REMINDER_COPY, COPIES_AFTER) for one in reminders)
        yield digest.then(DIGEST_COPY, COPIES_AFTER)
    if leads:
        yield digest.then(LEADERS_DIGEST, LEADERS_AFTER)


def _daily(kind: str, ward: Ward, times: list[str]) -> Iterator[Planned]:
    """The planned prompts of a kind, in the order of a ward's times."""
    for text in times:
        when = TimeOfDay.read(text)
        for days_before, days in calendar_days(ward.shift_pattern, when):
            yield Planned(kind, f"{when.at:%H:%M}", days, days_before)


@lru_cache(maxsize=4096)
def _trigger(slot: str, days: str) -> CronTrigger:
    """The rule of a prompt on a clock that is never changed."""
    hour, minute = slot.split(":")
    return CronTrigger(hour=hour, minute=minute, day_of_week=",".join(days), timezone=UTC)


def next_due(slot: str, days: str, timezone: str, after: datetime) -> datetime:
    """The first instant later than `after` at which a ward's clocks show `slot`, on one of those days of the week.

    A local time that the clock change skips is due when the clocks have moved on (01:30 at 02:30, say); one that it
    repeats is due the first time. The trigger itself counts wall time: given a zone, APScheduler 3.11.3's returns
    the same instant for ever in the repeated hour.
    """
    zone = ZoneInfo(timezone)
    wall = after.astimezone(zone).replace(tzinfo=UTC)
    while True:
        wall = _trigger(slot, days).get_next_fire_time(None, wall + timedelta(microseconds=1))
        due: datetime = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if due > after:
            return due


def next_from(slot: str, days: str, timezone: str, first: date) -> datetime:
    """The first time that `next_due` gives on that local date or later."""
    zone = ZoneInfo(timezone)
    midnight = datetime.combine(first, time(), zone) - timedelta(microseconds=1)
    return next_due(slot, days, timezone, midnight)


def due_on(planned: Planned, timezone: str, on: date) -> datetime:
    """When the prompt of that date (its shift's) is due: it must be one on which it comes."""
    return next_from(planned.slot, planned.days, timezone, on + timedelta(days=planned.days_before))


def date_of(planned: Planned, due: datetime, timezone: str) -> date:
    """The date (of its shift) of a prompt that is due then, by clocks that show its slot or, where the ward has moved
    to another time zone since, by the most likely that did."""
    shown = local(due, timezone)
    if f"{shown:%H:%M}" != planned.slot:
        ahead = (planned.minutes - minutes(f"{due.astimezone(UTC):%H:%M}")) % DAY
        shown = due.astimezone(UTC) + timedelta(minutes=ahead if ahead <= FURTHEST_EAST else ahead - DAY)
    return shown.date() - timedelta(days=planned.days_before)


def minutes(slot: str) -> int:
    """A slot in minutes since midnight."""
    return int(slot[:2]) * 60 + int(slot[3:])


def local(instant: datetime, timezone: str) -> datetime:
    """An instant on a ward's clocks."""
    return instant.astimezone(ZoneInfo(timezone))
