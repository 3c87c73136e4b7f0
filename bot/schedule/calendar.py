"""A ward's times: which prompts it plans, and when each is next due on its own clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.store.tables import Ward

HUDDLE, REMINDER, DIGEST, LEADERS_DIGEST = "huddle", "reminder", "digest", "leaders_digest"

LEADERS_AFTER = timedelta(hours=1)
"""How long after its ward's own digest the leaders' comes, so that a ward reads its own first."""


@dataclass(frozen=True)
class Planned:
    """A prompt that comes every day, or once a week on `weekday` (0 is Monday), at the local time `slot`."""

    kind: str
    slot: str
    weekday: int | None = None


def planned_prompts(ward: Ward, *, leads: bool) -> Iterator[Planned]:
    """What a ward plans; `leads`: it is the one of its leaders' wards that carries their digest."""
    for slot in ward.huddle_times:
        yield Planned(HUDDLE, slot)
    yield Planned(REMINDER, ward.reminder_time)
    yield Planned(DIGEST, ward.digest_time, ward.digest_day)
    if leads:
        own = datetime.combine(date(2026, 1, 5 + ward.digest_day), datetime.strptime(ward.digest_time, "%H:%M").time())
        theirs = own + LEADERS_AFTER
        yield Planned(LEADERS_DIGEST, theirs.strftime("%H:%M"), theirs.weekday())


@lru_cache(maxsize=4096)
def _trigger(slot: str, weekday: int | None, timezone: str) -> CronTrigger:
    hour, minute = slot.split(":")
    return CronTrigger(hour=hour, minute=minute, day_of_week=weekday, timezone=ZoneInfo(timezone))


def next_due(slot: str, weekday: int | None, timezone: str, after: datetime) -> datetime:
    """The first instant later than `after` at which a ward's clocks show `slot`.

    A local time that the clock change skips is due when the clocks have moved on (01:30 at 02:30, say). One that it
    repeats comes up twice here; the ledger, unique by local date, takes the first.
    """
    zone = ZoneInfo(timezone)
    later = after.astimezone(zone) + timedelta(microseconds=1)
    found: datetime | None = _trigger(slot, weekday, timezone).get_next_fire_time(None, later)
    assert found is not None, "a daily or weekly time always comes again"
    return found.astimezone(after.tzinfo)


def local(instant: datetime, timezone: str) -> datetime:
    """An instant on a ward's clocks."""
    return instant.astimezone(ZoneInfo(timezone))
