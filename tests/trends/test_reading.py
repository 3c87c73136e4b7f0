"""A reading claims a change only where the numbers carry one, in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.trends.plot import may_be_rare
from bot.trends.reading import Reading, chart_of, read
from bot.trends.series import Series
from bot.trends.xmr import Direction

MONDAY = date(2026, 7, 6)
WEEK = timedelta(days=7)
STEADY = [6, 8, 5, 7, 9, 6, 4, 7, 8, 6, 5, 9, 7, 6, 8, 5, 7, 6]


def weekly(counts: list[int], what: str = "near misses", direction: Direction = "neutral") -> Reading:
    """The reading of counts of so many weeks in a row."""
    return read(Series(what, direction, tuple(MONDAY + at * WEEK for at in range(len(counts))), tuple(counts)))


def limits(reading: Reading) -> tuple[float | None, float | None, float | None]:
    """Those of the last point."""
    last = reading.points[-1]
    return last.mean, last.lower, last.upper


@given(
    st.lists(st.integers(2, 12), min_size=12, max_size=110),
    st.lists(st.integers(0, 110), max_size=2),
)
def test_where_no_chart_may_be_of_days_none_is_wherever_the_limits_start(counts: list[int], weeks: list[int]) -> None:
    starts = tuple(MONDAY + at * WEEK for at in range(len(counts)))
    days = tuple(start for start, number in zip(starts, counts, strict=True) for _ in range(number))
    whole = Series("near misses", "neutral", starts, tuple(counts), days=days)
    rebases = [MONDAY + at * WEEK for at in weeks]
    if not may_be_rare(counts):
        assert read(replace(whole, days=None), rebases) == read(whole, rebases)


def test_under_twelve_weeks_nothing_is_claimed() -> None:
    for counts in ([], [3], [90, *[5] * 10]):
        reading = weekly(counts, "near misses")
        assert reading.sentence == (
            f"Not enough data yet: {len(counts)} of the 12 weeks needed before a change can be told from chance."
        )
        assert not reading.enough
        assert {(point.mean, point.lower, point.upper, point.meaning) for point in reading.points} <= {
            (None, None, None, "common_cause")
        }


def test_of_rare_counts_no_two_stretches_are_compared() -> None:
    for last_eight in ([2, 3, 2, 3, 3, 3, 3, 3], [0] * 8):
        reading = weekly([2] * 12 + last_eight, "near misses")
        assert reading.sentence == (
            "Not enough data yet: 4 of the 12 four-week figures needed, with so few a week,"
            " before a change can be told from chance."
        )
        assert limits(reading) == (None, None, None)
        assert not reading.enough


def test_five_a_week_is_enough() -> None:
    assert not weekly([4, 6] * 6 + [4], "near misses").enough
    assert weekly([4, 6] * 6, "near misses").enough


def test_a_usual_week_is_no_real_change() -> None:
    reading = weekly(STEADY, "near misses")
    assert reading.sentence == "Near misses: no real change. The week's 6 is within the usual range of 1 to 12."
    assert reading.enough
    mean, lower, upper = limits(reading)
    assert mean == pytest.approx(6.611, abs=1e-3)
    assert upper is not None and 12 <= upper < 13
    assert lower is not None and 0 < lower <= 1
    assert [point.value for point in reading.points] == STEADY


def test_the_lower_limit_is_never_below_zero() -> None:
    reading = weekly([2, 9] * 8, "near misses")
    assert reading.points[-1].lower == 0
    assert "the usual range of 0 to " in reading.sentence


@pytest.mark.parametrize(
    ("counts", "seen"),
    [
        ([*STEADY, 19], "the week's 19 is above the usual range of 2 to 12"),
        ([*(value + 10 for value in STEADY), 2], "the week's 2 is below the usual range of 11 to 21"),
        ([*STEADY, 5, 6, 7, 8, 9, 10, 11], "each of the last 6 weeks was higher than the week before"),
        ([*STEADY, 10, 9, 8, 7, 6, 5, 4], "each of the last 6 weeks was lower than the week before"),
        (
            [*STEADY, *STEADY, 11, 12, 12],
            "at least 2 of the last 3 weeks came close to the top of the usual range of 2 to 12",
        ),
        ([*STEADY, 10, 9, 11, 10, 11, 10, 11], "each of the last 7 weeks was above the average of 7.6"),
        ([*STEADY, *STEADY, 3, 4, 3, 4, 3, 4, 3], "each of the last 8 weeks was below the average of 6.1"),
    ],
)
def test_a_real_change_says_what_was_seen(counts: list[int], seen: str) -> None:
    assert weekly(counts, "near misses").sentence == (
        f"Near misses: a real change - {seen}."
        " It is neither good nor bad in itself: worth asking together what has been different."
    )


def test_a_direction_says_whether_the_change_was_hoped_for() -> None:
    up = [*STEADY, 19]
    assert "the change hoped for: worth asking together what helped" in weekly(up, "thanks", "increase").sentence
    assert "not the change hoped for" in weekly(up, "restraints", "decrease").sentence
    assert weekly(up, "restraints", "decrease").meaning == "concern"


def test_what_ended_before_is_told_with_its_day_and_is_no_news() -> None:
    """Imports that stop, or weeks without anything to be a share of."""
    starts = tuple(MONDAY + at * WEEK for at in range(19))
    series = Series("uses of restraint", "decrease", starts, (*STEADY, 25))
    end = starts[-1] + timedelta(days=6)
    now, late = read(series, last=end), read(series, last=end + 9 * WEEK)
    assert (now.changed, now.stale, late.changed, late.stale) == (True, False, False, True)
    assert now.sentence.startswith("Uses of restraint: a real change - the week's 25 is above")
    assert late.sentence.startswith("Uses of restraint, up to 15 November: a real change - the week's 25 is above")
    usual = Series("planned huddles that were held", "increase", starts, (10, 11) * 9 + (10,), "share", (14,) * 19)
    assert read(usual, last=end + WEEK).sentence.startswith(
        "Planned huddles that were held, up to 15 November: no real change."
    )


EARLY_SIGN = [6, 7, 5, 8, 6, 7, 5, 6, 8, 7, 6, 5, 7, 6, 8, 12]


def test_an_early_sign_is_one_everywhere() -> None:
    """In the sentence, the picture and what other tools read: neither a change nor usual."""
    reading = weekly(EARLY_SIGN, "restraints", "decrease")
    assert (reading.early, reading.changed, reading.meaning) == (True, False, "common_cause")
    assert reading.points[-1].meaning == reading.variation == "concern"
    assert reading.sentence.startswith("Restraints: an early sign, and no sure change yet. The week's 12 is above")
    assert reading.sentence.endswith(". Chance alone can still do that.")
    assert chart_of(reading, "Restraint").variation == "early_sign"
    assert not weekly(STEADY).early


def test_what_a_shift_means_is_not_what_a_trend_within_it_means() -> None:
    """All high, and falling: where the fall is not sure, the height may still be."""
    counts = [*[4, 10] * 30, 18, 17, 16, 15, 14, 13, 12]
    starts = tuple(MONDAY + at * WEEK for at in range(len(counts)))
    reading = read(Series("restraints", "decrease", starts, tuple(counts)), among=100)
    assert (reading.points[-1].rule, reading.points[-1].meaning) == ("trend", "improvement")
    assert reading.meaning == reading.variation == "concern" and "was above the average" in reading.sentence


def test_the_alternative_text_names_what_is_marked_and_no_more_notes_than_the_picture() -> None:
    reading = weekly([*STEADY, 19, 20], "restraints", "decrease")
    notes = [(MONDAY + at * WEEK, f"note {at}") for at in range(12)]
    alt = chart_of(reading, "Restraint", notes).alt
    assert "Special cause at 9 Nov to 16 Nov (of concern)." in alt
    assert "note 11" in alt and "note 4." in alt and "note 3." not in alt and "And 4 earlier." in alt
    assert "Special cause" not in chart_of(weekly(STEADY), "Restraint").alt


def test_a_note_of_a_day_after_the_last_stands_at_no_point() -> None:
    reading = weekly(STEADY)
    last = MONDAY + 17 * WEEK + timedelta(days=6)
    chart = chart_of(reading, "Near misses", [(last, "inside"), (last + timedelta(days=1), "today")])
    assert chart.marks == ((17, "inside, 8 Nov"),), "the day that was noted, for the point is another"


def test_a_share_and_its_range_are_rounded_alike_and_a_rate_has_its_unit() -> None:
    starts = tuple(MONDAY + at * WEEK for at in range(19))
    done = (*[7, 8, 9, 10] * 4, 9, 8, 5)
    share = read(Series("huddles", "increase", starts, done, "share", (11,) * 19)).sentence
    value, low, high = (float(one) for one in re.findall(r"([\d.]+)%", share))
    assert low <= value <= high and value == 45.5
    rate = read(Series("uses of restraint", "decrease", starts, (7, 8) * 9 + (20,), "rate", (120,) * 19))
    assert "the week's 166.7 per 1,000 occupied bed days is above" in rate.sentence


def test_a_range_that_holds_no_whole_number_is_still_a_range() -> None:
    """Never “0 to 0”."""
    starts = tuple(MONDAY + at * WEEK for at in range(104))
    for counts in ([0] * 103 + [1], [0] * 50 + [1] + [0] * 53):
        reading = read(Series("uses of seclusion", "decrease", starts, tuple(counts)))
        assert "0 to 0 " not in reading.sentence and "0 to 0." not in reading.sentence


def test_where_so_few_happen_it_says_that_a_change_would_hardly_be_seen() -> None:
    starts = tuple(MONDAY + at * WEEK for at in range(104))
    few = read(Series("uses of seclusion", "decrease", starts, (0, 1) * 52))
    assert few.faint and "even a halving would mostly take over half a year to see" in few.sentence
    uneven = read(Series("uses of restraint", "decrease", starts, (0, 0, 14, 1, 0, 9, 12, 12) * 13))
    assert uneven.faint and not uneven.changed
    assert not weekly(STEADY).faint and "halving" not in weekly(STEADY).sentence


def test_why_never_says_that_five_are_too_few_or_none_a_week() -> None:
    starts = tuple(MONDAY + at * WEEK for at in range(104))
    assert "fewer than 5 a week are too few" in read(Series("x", "neutral", starts, (5,) * 102 + (4, 4))).why
    assert "fewer than 0.1 a week are too few" in read(Series("x", "neutral", starts, (0,) * 100 + (1, 0, 0, 0))).why


def test_limits_from_too_few_points_are_neither_drawn_nor_said() -> None:
    starts = tuple(MONDAY + at * WEEK for at in range(18))
    reading = read(Series("near misses", "neutral", starts, tuple(STEADY)), [starts[-1]])
    chart = chart_of(reading, "Near misses")
    few = read(Series("restraints", "decrease", starts, tuple(STEADY)), [starts[-2]], target=20)
    assert (few.target, few.assurance) == (None, None), "nor is a target held against them"
    assert [(one.start, one.end) for one in chart.limits] == [(0, 17)]
    assert chart.variation is None and chart.alt.count("usual range") == 1


def aimed(counts: list[int], target: float, direction: Direction = "decrease", **more: Any) -> Reading:
    """The reading of restraints, or of what is given as `what`, held against a target a week."""
    starts = tuple(MONDAY + at * WEEK for at in range(len(counts)))
    return read(Series("restraints", direction, starts, tuple(counts), **more), target=target)


@pytest.mark.parametrize(
    ("target", "assurance", "said"),
    [
        (13.5, "consistent_pass", "Target: at most 13.5 a week. Met consistently (P): as things are now, chance alone"),
        (0, "consistent_fail", "Target: at most 0 a week. Missed consistently (F): as things are now, chance alone"),
        (
            4,
            "inconsistent",
            "Target: at most 4 a week. Met or missed by chance (?): one point that meets it, or",
        ),
    ],
)
def test_a_target_is_held_against_the_limits(target: float, assurance: str, said: str) -> None:
    reading = aimed(STEADY, target)
    assert (reading.target, reading.assurance) == (target, assurance)
    assert reading.aim.startswith(said) and chart_of(reading, "Restraint").alt.count(reading.aim) == 1


def test_where_every_week_is_the_targets_own_it_is_met() -> None:
    of = {"figure": "share", "of": (14,) * 20}
    assert aimed([14] * 20, 100, "increase", **of).aim == (
        "Target: at least 100%. Met consistently (P): as things are now, chance alone does not miss it."
    )
    assert aimed([14] * 19 + [13], 100, "increase", **of).assurance == "inconsistent"
    assert aimed([7] * 20, 7).assurance == "consistent_pass"
    assert aimed([7] * 20, 7, "neutral").assurance is None
    assert "so nothing is said of whether it is met" in aimed([7] * 20, 7, "neutral").aim


def test_of_too_few_weeks_no_target_is_drawn_or_judged() -> None:
    for reading in (aimed(STEADY[:11], 5), aimed([0] * 20, 5)):
        assert (reading.target, reading.assurance) == (None, None)
        assert reading.aim == "Target: at most 5 a week. There is too little data yet to tell whether it is met."
    starts = tuple(MONDAY + at * WEEK for at in range(18))
    anew = read(Series("restraints", "decrease", starts, tuple(STEADY)), [starts[12]], 5)
    assert (anew.target, anew.assurance) == (None, None) and "too little data yet" in anew.aim
    assert weekly(STEADY).aim == ""


def test_four_weeks_have_four_times_the_target_and_days_between_none() -> None:
    fours = aimed([2, 3, 3, 2] * 13, 4)
    assert (fours.method, fours.target, fours.assurance) == ("four_weeks", 16, "consistent_pass")
    assert fours.aim.startswith("Target: at most 4 a week, which is 16 in 4 weeks. Met consistently (P)")
    share = aimed([1, 2] * 26, 90, "increase", figure="share", of=(2,) * 52)
    assert (share.method, share.target) == ("four_weeks", 90) and "in 4 weeks" not in share.aim
    days = tuple(MONDAY + at * 2 * WEEK for at in range(26))
    between = aimed([1, 0] * 26, 0.5, days=days)
    assert (between.method, between.target, between.assurance) == ("days_between", None, None)
    assert between.aim.startswith("Target: at most 0.5 a week. This chart shows the days between one and the next,")


def test_equal_weeks_read_well() -> None:
    assert weekly([6] * 14, "near misses").sentence == (
        "Near misses: no real change. The week's 6 is within the usual range, which is 6."
    )


def test_one_odd_week_among_equal_ones_flags_that_week_only() -> None:
    # Screening leaves a range of no width here, outside which every week would lie.
    reading = weekly([6] * 6 + [9] + [6] * 6, "near misses")
    assert reading.sentence.startswith("Near misses: no real change. The week's 6 is within the usual range")
    assert [at for at, point in enumerate(reading.points) if point.meaning != "common_cause"] == [6]


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        weekly([-1] * 12, "near misses")


@given(st.lists(st.integers(0, 60), max_size=40), st.sampled_from(["increase", "decrease", "neutral"]))
def test_every_reading_is_a_whole_sentence_that_agrees_with_its_numbers(
    counts: list[int], direction: Direction
) -> None:
    reading = weekly(counts, "near misses", direction)
    assert reading.sentence.endswith(".") and "nan" not in reading.sentence
    assert len(reading.points) == len(counts)
    assert reading.enough == any(point.mean is not None for point in reading.points)
    assert ("a real change -" in reading.sentence) == (reading.enough and reading.meaning != "common_cause")
    if found := re.search(r"usual range of (\d+) to (\d+)", reading.sentence):
        fewest, most = map(int, found.groups())
        assert fewest < most
        if "is within" in reading.sentence:
            assert fewest <= counts[-1] <= most
