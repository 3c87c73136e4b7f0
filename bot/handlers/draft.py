"""A ward as the set-up forms have it so far: it travels in their context, and nothing is saved before the last step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
import json

from pydantic import TypeAdapter

from bot.handlers.ward_row import DAY_NAMES, MOST_TIMES, NUDGE_AFTER, UK, people_of
from bot.store.shifts import DAYS, PATTERNS, Days, Shift, TimeOfDay, calendar_days, shift_at
from bot.store.tables import Ward

NO_SHIFTS, OWN_SHIFTS = "none", "own"
HUDDLE_AFTER, REMINDER_AFTER = timedelta(minutes=15), timedelta(hours=3)
"""How long after a shift begins its huddle comes, and after the first of the day the reminder, to begin with."""


@dataclass(frozen=True)
class Draft:
    """What a ward's manager chose. `shifts`, `huddles` and `reminders` are as `bot.store.shifts` writes them.

    `times_chosen`: the huddles and reminders are somebody's choice, no longer just what a new ward begins with.
    """

    name: str = ""
    specialty: str | None = None
    nation: str = "ENG"
    timezone: str = UK
    digest_day: str = DAY_NAMES[0]
    digest_time: str = "09:00"
    nudge_after: int = NUDGE_AFTER
    most_posts: int | None = None
    shifts: tuple[str, ...] = ()
    huddles: tuple[str, ...] = ("07:45",)
    reminders: tuple[str, ...] = ("11:00",)
    times_chosen: bool = False
    managers: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()

    @classmethod
    def of(cls, ward: Ward | None) -> Draft:
        """What is set now, or what most wards want."""
        if ward is None:
            return cls()
        return cls(
            ward.name,
            ward.specialty,
            ward.nation,
            ward.timezone,
            DAY_NAMES[ward.digest_day],
            ward.digest_time,
            ward.nudge_after,
            ward.most_posts,
            tuple(ward.shifts),
            tuple(ward.huddle_times),
            tuple(ward.reminder_times),
            times_chosen=True,
            managers=people_of(ward.front, ward.managers),
            leaders=people_of(ward.front, ward.leaders),
        )

    @classmethod
    def read(cls, context: Mapping[str, str], ward: Ward | None) -> Draft:
        """What a form's context carries; before the first step, what is set now."""
        return _DRAFT.validate_json(context["draft"]) if "draft" in context else cls.of(ward)

    def carried(self, context: Mapping[str, str]) -> dict[str, str]:
        """The context of the next form."""
        return {**context, "draft": json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))}

    @property
    def pattern(self) -> str:
        """Which shifts these are: the name of one of the `PATTERNS`, `NO_SHIFTS` or `OWN_SHIFTS`."""
        if not self.shifts:
            return NO_SHIFTS
        return next((name for name, shifts in PATTERNS.items() if shifts == self.shifts), OWN_SHIFTS)

    @property
    def worked(self) -> tuple[Shift, ...]:
        """The shifts."""
        return tuple(map(Shift.read, self.shifts))


_DRAFT = TypeAdapter(Draft)


def first_times(shifts: Sequence[Shift]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """When huddles and reminders come on shifts that have none yet: once on each, and on the first that is worked."""
    huddles = [TimeOfDay(_later(shift.start, HUDDLE_AFTER), shift.days) for shift in shifts]
    firsts = {days: shift for shift in reversed(shifts) for days in (shift.days,)}
    first = [firsts["every day"]] if "every day" in firsts else list(firsts.values())
    reminders = [TimeOfDay(_later(shift.start, REMINDER_AFTER), shift.days) for shift in first]
    return merged(huddles), merged(reminders)


def filled(shifts: Sequence[Shift], huddles: Sequence[str]) -> tuple[str, ...]:
    """Huddles as they are, and one more on each shift that has none, as long as a ward can have that many."""
    times = [TimeOfDay.read(text) for text in huddles]
    met = {
        on[0]
        for when in times
        for _, days in calendar_days(shifts, when)
        for weekday in map(int, days)
        if (on := shift_at(shifts, weekday, when.at))
    }
    firsts, _ = first_times([shift for shift in shifts if shift not in met])
    return merged([*times, *map(TimeOfDay.read, firsts)][: max(MOST_TIMES, len(times))])


def _later(at: time, much: timedelta) -> time:
    return (datetime.combine(datetime.min, at) + much).time()


def merged(times: Sequence[TimeOfDay]) -> tuple[str, ...]:
    """Times in order; one that comes on weekdays and at weekends comes every day."""
    found: dict[time, Days] = {}
    for one in times:
        found[one.at] = one.days if found.get(one.at, one.days) == one.days else "every day"
    return tuple(str(TimeOfDay(at, days)) for at, days in sorted(found.items()))


def by_shift(shifts: Sequence[Shift], times: Sequence[str]) -> tuple[list[list[str]], list[str]]:
    """Which times come on which shift, as a person writes them there; and those that come on none, or not as simply."""
    on_shift: list[list[str]] = [[] for _ in shifts]
    beside: list[str] = []
    for text in times:
        when = TimeOfDay.read(text)
        dates: dict[int, set[int]] = {}
        for days_before, days in calendar_days(shifts, when):
            for weekday in map(int, days):
                on = shift_at(shifts, weekday, when.at)
                place = shifts.index(on[0]) if on else -1
                dates.setdefault(place, set()).add((weekday - days_before) % 7)
        said = {place: _said(shifts[place], found) for place, found in dates.items() if place >= 0}
        if -1 in dates or None in said.values():
            beside.append(text)
            continue
        for place, days_said in said.items():
            on_shift[place].append(f"{when.at:%H:%M}{days_said}")
    return on_shift, beside


def _said(shift: Shift, dates: set[int]) -> str | None:
    """How the days are said on which a time comes on a shift: not at all where they are the shift's own."""
    if dates == DAYS[shift.days]:
        return ""
    return next((f" {days}" for days, those in DAYS.items() if dates == those), None)


def read_on(shifts: Sequence[Shift], shift: Shift, text: str) -> TimeOfDay:
    """A time that was written for a shift. Raises ValueError with words for who wrote it."""
    when = TimeOfDay.read(text)
    if when.days == "every day":
        when = TimeOfDay(when.at, shift.days)
    if not DAYS[when.days] <= DAYS[shift.days]:
        raise ValueError(f"“{shift.name}” is worked on {shift.days} only, so it has no {when}")
    for date in DAYS[when.days]:
        weekday = (date + (when.at < shift.start)) % 7
        if shift.covers(weekday, when.at) is None:
            raise ValueError(f"{when.at:%H:%M} is outside “{shift}”")
        on = shift_at(shifts, weekday, when.at)
        if on and on[0] != shift:
            raise ValueError(f"at {when.at:%H:%M} “{on[0].name}” has begun: please write it there")
    return when
