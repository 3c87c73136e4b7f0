"""Which of a ward's shifts a moment belongs to, and whether that shift is still on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.store.shifts import Shift, shift_at
from bot.store.tables import Ward


@dataclass(frozen=True)
class OnShift:
    """The shift that is on, None where the ward has none then, and the local date on which it began."""

    shift: Shift | None
    date: date


def on_shift(ward: Ward, instant: datetime) -> OnShift:
    """The shift that is on then; at a handover, the one that begins."""
    now = instant.astimezone(ZoneInfo(ward.timezone))
    on = shift_at(ward.shift_pattern, now.weekday(), now.time())
    return OnShift(on[0], now.date() - timedelta(days=on[1])) if on else OnShift(None, now.date())


def same_shift(ward: Ward, one: datetime, other: datetime, *, otherwise: timedelta) -> bool:
    """Whether both are of one shift; where no shift is on at one of them, whether they are no further apart than
    `otherwise`."""
    first, second = on_shift(ward, one), on_shift(ward, other)
    if first.shift and second.shift:
        return first == second
    return abs(one - other) <= otherwise


def still_on(ward: Ward, then: datetime, now: datetime, *, otherwise: timedelta) -> bool:
    """Whether the shift that was on `then` has not ended `now`: its last people stay through the handover.

    Where none was on, whether no more than `otherwise` has gone by.
    """
    was = on_shift(ward, then)
    if was.shift is None:
        return now - then <= otherwise
    clocks = now.astimezone(ZoneInfo(ward.timezone))
    days_before = was.shift.covers(clocks.weekday(), clocks.time())
    return days_before is not None and clocks.date() - timedelta(days=days_before) == was.date
