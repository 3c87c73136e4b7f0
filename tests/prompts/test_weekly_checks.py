"""On which day the weekly checks are asked, and how they read."""

from __future__ import annotations

from datetime import date

import pytest

from bot.prompts.checks import rows, rows_of_week, weekday
from bot.store.tables import Ward, WardCheck

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
NIGHT = ["Night 19:30-08:00"]


@pytest.mark.parametrize(
    ("digest_day", "times", "shifts", "expected"),
    [
        (MONDAY, ["07:45"], [], SUNDAY),
        (MONDAY, ["07:45 weekdays"], [], FRIDAY),
        (SATURDAY, ["07:45 weekdays"], [], FRIDAY),
        (FRIDAY, ["07:45 weekends"], [], SUNDAY),
        (SUNDAY, ["07:45 weekends", "19:45 weekdays"], [], SATURDAY),
        (SATURDAY, ["02:00 weekdays"], NIGHT, FRIDAY),  # in the small hours of Saturday, for Friday's shift
        (MONDAY, [], [], None),
    ],
)
def test_the_checks_ride_on_the_last_day_with_a_huddle_before_the_digest(
    digest_day: int, times: list[str], shifts: list[str], expected: int | None
) -> None:
    ward = Ward(name="Rowan", specialty="acute", digest_day=digest_day, huddle_times=times, shifts=shifts)
    assert weekday(ward) == expected


def counted(**numbers: tuple[int, int]) -> dict[str, WardCheck]:
    return {
        measure: WardCheck(ward_id=1, measure=measure, day=date(2026, 11, 29), done=done, total=total)
        for measure, (done, total) in numbers.items()
    }


def test_a_summary_has_what_was_counted_and_no_more() -> None:
    assert list(rows(counted(behaviour_plans=(0, 0), environment=(0, 1)))) == [
        ("Behaviour plans up to date", "0 of 0"),
        ("Low-arousal environment checklist", "not done"),
    ]


def test_a_week_is_read_beside_the_week_before_where_either_was_counted() -> None:
    now, before = counted(support_sheets=(9, 12)), counted(support_sheets=(7, 12), environment=(1, 1))
    assert list(rows_of_week(now, before)) == [
        ("Support sheets up to date", "9 of 12 (7 of 12 the week before)"),
        ("Low-arousal environment checklist", "not said (done the week before)"),
    ]
