"""A ward's times on its own clocks: each planned local time comes once, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
import itertools
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.schedule.calendar import local, next_due

ZONES = st.sampled_from(
    ("Europe/London", "Europe/Dublin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "UTC", "Asia/Kolkata")
)
SLOTS = st.times().map(lambda at: f"{at:%H:%M}")
EVERY_DAY = "0123456"
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


@given(SLOTS, ZONES, INSTANTS)
def test_a_daily_time_comes_once_on_each_local_date(slot: str, zone: str, start: datetime) -> None:
    dues = [start]
    while dues[-1] < start + timedelta(days=20):
        dues.append(next_due(slot, EVERY_DAY, zone, dues[-1]))
    dates = [local(due, zone).date() for due in dues[1:]]
    assert all(one < other for one, other in itertools.pairwise(dues)), "never early, never twice"
    gone = {date(2011, 12, 30)}  # Samoa had no such day
    assert dates == [
        dates[0] + timedelta(days=n) for n in range(len(dates)) if dates[0] + timedelta(days=n) not in gone
    ]


@given(SLOTS, ZONES, INSTANTS)
def test_it_comes_at_its_minute_or_where_the_clocks_skip_that_just_after(slot: str, zone: str, start: datetime) -> None:
    shown = local(next_due(slot, EVERY_DAY, zone, start), zone)
    wanted = datetime.combine(shown.date(), time.fromisoformat(slot))
    exists = (
        wanted.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wanted
    )
    late = shown.replace(tzinfo=None) - wanted
    assert late == timedelta() if exists else timedelta() < late <= timedelta(hours=1)


@given(SLOTS, st.integers(0, 6), ZONES, INSTANTS)
def test_a_weekly_time_comes_on_its_weekday_within_a_week(slot: str, weekday: int, zone: str, start: datetime) -> None:
    due = next_due(slot, str(weekday), zone, start)
    assert local(due, zone).weekday() == weekday
    assert start < due <= start + timedelta(days=7, hours=1)


def test_a_skipped_time_is_due_when_the_clocks_have_moved_on() -> None:
    due = next_due("01:30", EVERY_DAY, "Europe/London", datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert due == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert f"{local(due, 'Europe/London'):%H:%M}" == "02:30"


def test_a_repeated_time_is_due_the_first_time_only() -> None:
    first = next_due("01:30", EVERY_DAY, "Europe/London", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_due("01:30", EVERY_DAY, "Europe/London", first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    between = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # the hour that comes again
    assert next_due("01:30", EVERY_DAY, "Europe/London", between) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
