"""Which shift a moment belongs to, and until when it is on: at handover, over midnight, when the clocks change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.prompts.shift import on_shift, same_shift, still_on
from bot.store.tables import Ward

LONDON = ZoneInfo("Europe/London")
HOURS = timedelta(hours=6)


def ward(*shifts: str) -> Ward:
    return Ward(name="Rowan", specialty="acute", timezone="Europe/London", shifts=list(shifts))


ROWAN = ward("Long day 07:30-20:00", "Night 19:30-08:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("moment", "name", "began"),
    [
        ("2026-11-23 07:29", "Night", date(2026, 11, 22)),
        ("2026-11-23 07:30", "Long day", date(2026, 11, 23)),
        ("2026-11-23 19:30", "Night", date(2026, 11, 23)),
        ("2026-11-24 02:00", "Night", date(2026, 11, 23)),
    ],
)
def test_a_moment_belongs_to_the_shift_that_began_last(moment: str, name: str, began: date) -> None:
    on = on_shift(ROWAN, at(moment))
    assert on.shift and (on.shift.name, on.date) == (name, began)


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("2026-11-23 07:45", "2026-11-23 19:59", True),
        ("2026-11-23 07:45", "2026-11-23 20:00", False),
        ("2026-11-23 19:45", "2026-11-24 07:59", True),
        ("2026-11-23 19:45", "2026-11-24 08:00", False),
        ("2026-11-23 07:45", "2026-11-24 07:45", False),
        ("2026-10-24 19:45", "2026-10-25 07:59", True),  # the clocks go back: the night is an hour longer
        ("2027-03-27 19:45", "2027-03-28 07:59", True),
    ],
)
def test_a_shift_is_on_until_its_own_end(then: str, now: str, expected: bool) -> None:
    assert still_on(ROWAN, at(then), at(now), otherwise=timedelta()) is expected


def test_without_shifts_time_alone_decides() -> None:
    then = at("2026-11-23 07:45")
    for wait, expected in ((HOURS, True), (HOURS + timedelta(minutes=1), False)):
        assert still_on(ward(), then, then + wait, otherwise=HOURS) is expected
        assert same_shift(ward(), then, then + wait, otherwise=HOURS) is expected


def test_between_two_shifts_time_alone_decides() -> None:
    gap = ward("Early 07:00-13:00", "Late 15:00-21:00")
    assert same_shift(gap, at("2026-11-23 12:00"), at("2026-11-23 14:00"), otherwise=HOURS)
    assert not same_shift(gap, at("2026-11-23 12:00"), at("2026-11-23 15:00"), otherwise=HOURS)
