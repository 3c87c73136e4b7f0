"""A ward's times: which prompts it plans, and when each is next due on its own clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.prompts.one_way import COPIES_AFTER
from bot.store.tables import Ward

HUDDLE, REMINDER, DIGEST, LEADERS_DIGEST = "huddle", "reminder", "digest", "leaders_digest"
SCENARIO = "scenario"
REMINDER_COPY, DIGEST_COPY = "reminder_copy", "digest_copy"

LEADERS_AFTER = timedelta(hours=1)
"""How long after its ward's own digest the leaders' comes, so that a ward reads its own first."""

SCENE_DAYS, SCENE_AFTER = 3, timedelta(hours=2)
"""The weekly scene comes so many days after the digest, and so long after that day's reminder: never two at once."""


@dataclass(frozen=True)
class Planned:
    """A prompt that comes every day, or once a week on `weekday` (0 is Monday), at the local time `slot`."""

    kind: str
    slot: str
    weekday: int | None = None

    def then(self, kind: str, later: timedelta) -> Planned:
        """A prompt that follows this one, if need be into the next day."""
        at = datetime.combine(date(2026, 1, 5 + (self.weekday or 0)), time.fromisoformat(self.slot)) + later
        return Planned(kind, f"{at:%H:%M}", None if self.weekday is None else at.weekday())


def planned_prompts(ward: Ward, *, leads: bool) -> Iterator[Planned]:
    """What a ward plans; `leads`: it is the one of its leaders' wards that carries their digest."""
    for slot in ward.huddle_times:
        yield Planned(HUDDLE, slot)
    reminder = Planned(REMINDER, ward.reminder_time)
    digest = Planned(DIGEST, ward.digest_time, ward.digest_day)
    yield from (reminder, digest)
    yield Planned(REMINDER, ward.reminder_time, (ward.digest_day + SCENE_DAYS) % 7).then(SCENARIO, SCENE_AFTER)
    if ward.one_way_channel:
        yield from (reminder.then(REMINDER_COPY, COPIES_AFTER), digest.then(DIGEST_COPY, COPIES_AFTER))
    if leads:
        yield digest.then(LEADERS_DIGEST, LEADERS_AFTER)


@lru_cache(maxsize=4096)
def _trigger(slot: str, weekday: int | None) -> CronTrigger:
    """The rule of a prompt on a clock that is never changed."""
    hour, minute = slot.split(":")
    return CronTrigger(hour=hour, minute=minute, day_of_week=weekday, timezone=UTC)


def next_due(slot: str, weekday: int | None, timezone: str, after: datetime) -> datetime:
    """The first instant later than `after` at which a ward's clocks show `slot`.

    A local time that the clock change skips is due when the clocks have moved on (01:30 at 02:30, say); one that it
    repeats is due the first time. The trigger itself counts wall time: given a zone, APScheduler 3.11.3's returns
    the same instant for ever in the repeated hour.
    """
    zone = ZoneInfo(timezone)
    wall = after.astimezone(zone).replace(tzinfo=UTC)
    while True:
        wall = _trigger(slot, weekday).get_next_fire_time(None, wall + timedelta(microseconds=1))
        due: datetime = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if due > after:
            return due


def local(instant: datetime, timezone: str) -> datetime:
    """An instant on a ward's clocks."""
    return instant.astimezone(ZoneInfo(timezone))
