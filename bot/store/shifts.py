"""A ward's shifts and times: how they are written, on which days they come, and which date a moment belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
import re
from typing import Literal, get_args

Days = Literal["every day", "weekdays", "weekends"]

WEEK = range(7)
"""The days of the week; 0 is Monday."""
DAYS: Mapping[Days, frozenset[int]] = {
    "every day": frozenset(WEEK),
    "weekdays": frozenset(range(5)),
    "weekends": frozenset((5, 6)),
}
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "long day and night": ("Long day 07:30-20:00", "Night 19:30-08:00"),
    "early, late and night": ("Early 07:00-14:30", "Late 13:30-21:00", "Night 20:30-07:30"),
}
"""What most wards work, to begin with."""
MOST_SHIFTS = 8
LONGEST_NAME = 30
LONGEST = timedelta(hours=16)
HANDOVER = timedelta(hours=2)
"""How long two shifts may overlap: longer than any handover, and shorter than any mistake."""

_CLOCK = r"([01]?\d|2[0-3]):([0-5]\d)"
_DAYS = "|".join(get_args(Days))
_TIME = re.compile(rf"{_CLOCK}(?: ({_DAYS}))?")
_SHIFT = re.compile(rf"([^;]{{1,{LONGEST_NAME}}}?) {_CLOCK} ?[-\u2013] ?{_CLOCK}(?: ({_DAYS}))?")


@dataclass(frozen=True, order=True)
class TimeOfDay:
    """A local time, and the days on which it counts."""

    at: time
    days: Days = "every day"

    def __str__(self) -> str:
        return f"{self.at:%H:%M}" + _suffix(self.days)

    @classmethod
    def read(cls, text: str) -> TimeOfDay:
        """`07:45`, or `13:45 weekdays`. Raises ValueError with words for the person who wrote it."""
        if not (found := _TIME.fullmatch(" ".join(text.lower().split()))):
            raise ValueError(f"“{text}” is not a time; write it like 07:45, or 07:45 weekdays")
        hour, minute, days = found.groups()
        return cls(time(int(hour), int(minute)), _days(days))


@dataclass(frozen=True)
class Shift:
    """Who is on, from a local time up to another, which may be on the next day. It belongs to the date it starts on."""

    name: str
    start: time
    end: time
    days: Days = "every day"

    def __str__(self) -> str:
        return f"{self.name} {self.start:%H:%M}-{self.end:%H:%M}" + _suffix(self.days)

    @classmethod
    def read(cls, text: str) -> Shift:
        """`Night 19:30-08:00`, or `Late 13:30-21:00 weekdays`. Raises ValueError with words for who wrote it."""
        if not (found := _SHIFT.fullmatch(" ".join(text.split()))):
            raise ValueError(f"“{text}” is not a shift; write it like Night 19:30-08:00, or Late 13:30-21:00 weekdays")
        name, *clock, days = found.groups()
        from_hour, from_minute, to_hour, to_minute = map(int, clock)
        return cls(name, time(from_hour, from_minute), time(to_hour, to_minute), _days(days))

    @property
    def length(self) -> timedelta:
        """How long it is on a day when the clocks don't change; a whole day where it ends when it starts."""
        return (_since_midnight(self.end) - _since_midnight(self.start)) % timedelta(days=1) or timedelta(days=1)

    def covers(self, weekday: int, at: time) -> int | None:
        """Whether it is on at that time of that weekday: how many days before (0 or 1) it then started, or None."""
        into = _since_midnight(at) - _since_midnight(self.start)
        for days_before in (0, 1):
            started = (weekday - days_before) % 7
            if started in DAYS[self.days] and timedelta() <= into + timedelta(days=days_before) < self.length:
                return days_before
        return None


def shift_at(shifts: Sequence[Shift], weekday: int, at: time) -> tuple[Shift, int] | None:
    """The shift that is on then, and how many days before it started; of two, at a handover, the one that begins."""
    on = [(shift, before) for shift in shifts if (before := shift.covers(weekday, at)) is not None]
    return min(
        on, key=lambda one: (_since_midnight(at) - _since_midnight(one[0].start)) % timedelta(days=1), default=None
    )


def calendar_days(shifts: Sequence[Shift], when: TimeOfDay) -> Iterator[tuple[int, str]]:
    """The weekdays on which a time comes, as digits, by how many days before its shift started.

    `02:00 weekdays` on a night shift comes from Tuesday to Saturday, and belongs to the days before. A date has a time
    once: of a moment that nobody works and one on its shift, the latter; of two on its shifts, the first.
    """
    chosen: dict[int, tuple[bool, int, int]] = {}  # by date: whether it is worked, and sooner; on which weekday
    for weekday in WEEK:
        on = shift_at(shifts, weekday, when.at)
        days_before = on[1] if on else 0
        if (belongs_to := (weekday - days_before) % 7) in DAYS[when.days]:
            this = (on is not None, -days_before, weekday)
            chosen[belongs_to] = max(this, chosen.get(belongs_to, this))
    found: dict[int, str] = {}
    for _, sooner, weekday in sorted(chosen.values(), key=lambda one: one[2]):
        found[-sooner] = found.get(-sooner, "") + str(weekday)
    yield from sorted(found.items())


def impossible(shifts: Sequence[Shift]) -> tuple[int, str] | None:
    """What can't be in a ward's shifts: the place of the shift that is wrong, and words for who wrote them.

    None where all is well.
    """
    if len(shifts) > MOST_SHIFTS:
        return MOST_SHIFTS, f"a ward can have up to {MOST_SHIFTS} shifts, and here are {len(shifts)}"
    for place, shift in enumerate(shifts):
        if shift.length > LONGEST:
            hours = shift.length / timedelta(hours=1)
            return place, f"“{shift}” is {hours:g} hours long: a shift is at most {LONGEST // timedelta(hours=1)}"
        for other in shifts[:place]:
            if shift.name.lower() == other.name.lower() and DAYS[shift.days] & DAYS[other.days]:
                return place, f"two shifts on the same days are called “{shift.name}”"
            if _overlap(shift, other) > HANDOVER:
                hours = HANDOVER // timedelta(hours=1)
                return place, f"“{other}” and “{shift}” overlap for longer than a handover of {hours} hours"
    return None


def _overlap(one: Shift, other: Shift) -> timedelta:
    """The longest that both are on at a time, on any day."""
    longest = timedelta()
    for day in DAYS[one.days]:
        start = timedelta(days=day) + _since_midnight(one.start)
        for another_day in DAYS[other.days]:
            for week in (-7, 0, 7):
                begins = timedelta(days=another_day + week) + _since_midnight(other.start)
                longest = max(longest, min(start + one.length, begins + other.length) - max(start, begins))
    return longest


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def _days(given: str | None) -> Days:
    return next((days for days in get_args(Days) if days == given), "every day")


def _suffix(days: Days) -> str:
    return "" if days == "every day" else f" {days}"
