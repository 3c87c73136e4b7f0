"""On which day the weekly checks are asked, and how they read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.prompts.checks import digest_rows, rows, weekdays
from bot.store.tables import Ward, WardCheck

MONDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 2, 3, 4, 5, 6
NIGHT = ["Night 19:30-08:00"]


@pytest.mark.parametrize(
    ("digest_day", "times", "shifts", "expected"),
    [
        (MONDAY, ["07:45"], [], [SUNDAY, SATURDAY, FRIDAY]),
        (MONDAY, ["07:45 weekdays"], [], [FRIDAY, THURSDAY, WEDNESDAY]),
        (SATURDAY, ["07:45 weekdays"], [], [FRIDAY, THURSDAY, WEDNESDAY]),
        (FRIDAY, ["07:45 weekends"], [], [SUNDAY, SATURDAY]),
        (SUNDAY, ["07:45 weekends", "19:45 weekdays"], [], [SATURDAY, FRIDAY, THURSDAY]),
        (
            SATURDAY,
            ["02:00 weekdays"],
            NIGHT,
            [FRIDAY, THURSDAY, WEDNESDAY],
        ),  # in the small hours of Saturday, for Friday's shift
        (MONDAY, [], [], []),
    ],
)
def test_the_checks_ride_on_the_last_days_with_a_huddle_before_the_digest(
    digest_day: int, times: list[str], shifts: list[str], expected: list[int]
) -> None:
    ward = Ward(name="Rowan", specialty="acute", digest_day=digest_day, huddle_times=times, shifts=shifts)
    assert weekdays(ward) == expected


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


LAST = date(2026, 11, 29)


def weeks(measure: str, *shares: tuple[int, int]) -> list[WardCheck]:
    """A count a week, the last in the week that ends on `LAST`."""
    first = LAST - timedelta(weeks=len(shares) - 1)
    return [
        WardCheck(ward_id=1, measure=measure, day=first + timedelta(weeks=number), done=done, total=total)
        for number, (done, total) in enumerate(shares)
    ]


def test_a_week_is_read_beside_the_week_before_where_either_was_counted() -> None:
    counted = [*weeks("support_sheets", (7, 12), (9, 12)), *weeks("environment", (1, 1))]
    counted[-1].day -= timedelta(weeks=1)
    assert list(digest_rows(counted, LAST)) == [
        ("Support sheets up to date", "9 of 12 (7 of 12 the week before)"),
        ("Low-arousal environment checklist", "not said (done the week before)"),
    ]


def test_of_documents_nothing_is_claimed() -> None:
    """The same patients each week: 18 of them as they are, then two sheets out of date for good, is no trend."""
    stays = weeks("support_sheets", *[(18, 18)] * 20, *[(16, 18)] * 8)
    assert list(digest_rows(stays, LAST)) == [("Support sheets up to date", "16 of 18 (16 of 18 the week before)")]


def test_a_checklist_that_is_done_or_not_says_how_often_it_was() -> None:
    done = weeks("environment", (1, 1), (0, 1), (1, 1))
    assert list(digest_rows(done, LAST)) == [
        ("Low-arousal environment checklist", "done (not done the week before); done in 2 of 3 weeks")
    ]
