"""Wards of any shifts and times, and when a time of theirs comes, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, get_args

from hypothesis import strategies as st

from bot.store.shifts import DAYS, PATTERNS, Days, Shift, TimeOfDay, impossible
from bot.store.tables import Ward

ZONES = st.sampled_from(
    ("Europe/London", "Europe/Dublin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "UTC", "Asia/Kolkata")
)
ANY_DAYS = st.sampled_from(get_args(Days))
NIGHTS_AT_WORK = (
    ("Day 07:00-19:30", "Night 19:00-07:30 weekdays"),
    ("Late 13:00-21:00 weekdays", "Long 08:00-20:30 weekends"),
)


def ward(zone: str = "Europe/London", **changes: Any) -> Ward:
    """A ward of which only the times matter."""
    told: dict[str, Any] = {
        "timezone": zone,
        "shifts": [],
        "huddle_times": ["07:45"],
        "reminder_times": ["11:00"],
        "digest_day": 0,
        "digest_time": "09:00",
    }
    return Ward(**told | changes)


@st.composite
def shifts(draw: st.DrawFn) -> list[str]:
    """Up to three shifts that can be."""
    found: list[Shift] = []
    for number in range(draw(st.integers(0, 3))):
        start, hours = draw(st.integers(0, 95)), draw(st.integers(4, 14))
        clock = [time(quarter // 4, quarter % 4 * 15) for quarter in (start, (start + hours * 4) % 96)]
        shift = Shift(f"Shift {number}", clock[0], clock[1], draw(ANY_DAYS))
        if not impossible([*found, shift]):
            found.append(shift)
    return [str(one) for one in found]


@st.composite
def plans(draw: st.DrawFn) -> Ward:
    """A ward with shifts and times."""
    ready = st.sampled_from([*PATTERNS.values(), *NIGHTS_AT_WORK]).map(list)
    times = st.lists(
        st.builds(TimeOfDay, st.times().map(lambda at: at.replace(second=0, microsecond=0)), ANY_DAYS),
        min_size=1,
        max_size=3,
        unique_by=lambda one: one.at,
    ).map(lambda found: [str(one) for one in sorted(found)])
    return ward(shifts=draw(shifts() | ready), huddle_times=draw(times), reminder_times=draw(times))


def by_hand(worked: Sequence[Shift], when: TimeOfDay, on: date) -> datetime | None:
    """When the prompt of a time comes that belongs to this date, as the wall shows it; None where none does.

    A moment belongs to the date on which the shift began that is on then, and began last; else to its own. Of two
    moments the one that somebody works counts, and else the first.
    """
    if on.weekday() not in DAYS[when.days]:
        return None
    found: list[tuple[bool, datetime]] = []
    for day in (on, on + timedelta(days=1)):
        moment = datetime.combine(day, when.at)
        starts = [
            start
            for shift in worked
            for began in (day - timedelta(days=1), day)
            for start in [datetime.combine(began, shift.start)]
            if began.weekday() in DAYS[shift.days] and start <= moment < start + shift.length
        ]
        if (max(starts).date() if starts else day) == on:
            found.append((bool(starts), moment))
    return max(found, key=lambda one: one[0])[1] if found else None
