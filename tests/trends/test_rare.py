"""Rare events: the chart that fits them, and no alarm that chance alone explains."""

from __future__ import annotations

from datetime import date, timedelta
from math import comb
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from benchmarks.false_alarms import (
    CLUSTERED,
    DIGEST,
    FLOOR,
    KINDS,
    VARYING,
    Kind,
    digests,
    stable,
    weeks_to_see,
)
from bot.measures.catalogue import MEASURES
from bot.trends.chance import of_events, of_successes
from bot.trends.plot import FEWEST_A_WEEK, FEWEST_TOGETHER, POINTS_NEEDED, WEEKS_READ
from bot.trends.rare import POWER, SAME_DAY, four_weeks, gaps, t_chart
from bot.trends.reading import CHANCE, chart_of, read
from bot.trends.series import WEEK, Series
from bot.trends.xmr import xmr

MONDAY = date(2025, 1, 6)
FOURTH = date(2024, 12, 30)
"""The first week of a four."""


def dated(every: list[int], weeks: int, what: str = "near misses") -> Series:
    """Events so many days apart from each other, over so many weeks."""
    days, at = [], MONDAY
    for gap in every:
        at += timedelta(days=gap)
        days.append(at)
    starts = tuple(MONDAY + week * WEEK for week in range(weeks))
    counts = tuple(sum(start <= day < start + WEEK for day in days) for start in starts)
    return Series(what, "decrease", starts, counts, days=tuple(days))


def test_days_between_are_charted_as_their_power_and_told_in_days() -> None:
    between = [9.0, 14, 3, 20, 7, 11, 5, 16, 8, 12, 4, 10]
    points = t_chart(between, 0, direction="increase")
    bare = xmr([one**POWER for one in between], direction="increase")
    assert [point.value for point in points] == pytest.approx(between)
    assert points[0].mean == pytest.approx(bare.mean**3.6)
    assert points[0].upper == pytest.approx(bare.upper**3.6)
    assert points[0].lower == pytest.approx(max(0.0, bare.lower) ** 3.6)


def test_two_on_one_day_are_less_than_a_day_apart() -> None:
    assert gaps([MONDAY, MONDAY, MONDAY + timedelta(days=3)]) == [SAME_DAY, 3.0]


def test_a_long_time_without_any_is_news_before_it_is_over() -> None:
    steady = [10, 14, 8, 12, 16, 9, 11, 13, 10, 15, 12, 9, 14, 11]
    usual = read(dated(steady, 27))
    assert (usual.method, usual.meaning) == ("days_between", "common_cause")
    assert "no real change" in usual.sentence
    long = read(dated(steady, 45))
    assert long.meaning == "improvement"
    assert "a real change" in long.sentence and "without any" in long.sentence
    assert long.points[-1].value == pytest.approx((MONDAY + 45 * WEEK - long.points[-1].start).days - 1)
    assert "t chart" in long.why and "a week" in long.why
    assert chart_of(long, "Restraint").unit == "days between near misses"


def test_a_note_stands_at_the_days_between_that_hold_it_or_nowhere() -> None:
    series = dated([10, 14, 8, 12, 16, 9, 11, 13, 10, 15, 12, 9, 14, 11], 24)
    last, notes = series.days[-1] if series.days else MONDAY, []
    for day, words in ((last - timedelta(days=1), "inside"), (last + timedelta(days=1), "after the last")):
        notes.append((day, words))
    reading = read(series)
    assert reading.points[-1].start < last, "the days since are too few to be drawn"
    assert [words for _, words in chart_of(reading, "Restraint", notes).marks] == ["inside, 18 Jun"]


def test_more_on_a_chart_of_days_between_is_said_as_more() -> None:
    rising = dated([20, 18, 22, 19, 21, 17, 23, 20, 18, 22, *[5] * 24], 46, "uses of restraint")
    reading = read(rising)
    assert (reading.method, reading.meaning) == ("days_between", "concern")
    assert "not the change hoped for" in reading.sentence


RARE = [1, 0, 2, 1, 1, 0, 1, 2, 1, 0] * 6


def rare(counts: list[int], *, days_known: bool = True) -> Series:
    """Restraints of so many weeks in a row; of those of one week each on a day of its own."""
    starts = tuple(MONDAY + week * WEEK for week in range(len(counts)))
    days = tuple(start + timedelta(days=2 + at) for start, one in zip(starts, counts, strict=True) for at in range(one))
    return Series("uses of restraint", "decrease", starts, tuple(counts), days=days if days_known else None)


@pytest.mark.parametrize(
    ("after", "anew_at", "said"),
    [
        ([], 58, "There were any on 1 day since"),  # at the last event
        ([], 50, "There were any on 9 days since"),
        ([0] * 20, 60, "There were any on 0 days since"),  # after the last event, then none for long
        ([*[0] * 20, 1], 60, "There were any on 1 day since"),
        ([*[0] * 20, 1, 1], 60, "There were any on 2 days since"),
    ],
)
def test_nothing_is_told_across_limits_that_start_anew_of_days_between(
    after: list[int], anew_at: int, said: str
) -> None:
    series, anew = rare([*RARE, *after]), MONDAY + anew_at * WEEK
    reading = read(series, [anew])
    assert (reading.method, reading.enough, reading.meaning) == ("days_between", False, "common_cause")
    assert reading.sentence.startswith(f"Uses of restraint: not enough data yet. {said} {anew.day} {anew:%B}, and")
    old = [point for point in reading.points if point.start < anew]
    assert all(point.mean is not None for point in old)
    assert all(point.mean is None and point.rule is None for point in reading.points[len(old) :])
    chart = chart_of(reading, "Restraint", shown=len(reading.points))
    assert chart.limits[0].end == (len(old) if len(old) < len(reading.points) else None)


@pytest.mark.parametrize(("anew_at", "fours"), [(99, 1), (102, 0), (95, 2)])
def test_nothing_is_told_across_limits_that_start_anew_of_four_weeks(anew_at: int, fours: int) -> None:
    """Of 0 in the weeks since the old limits would make a change."""
    series = rare([*[3, 2, 4, 3] * 24, *[0] * 8], days_known=False)
    assert read(series).meaning == "improvement"
    reading = read(series, [MONDAY + anew_at * WEEK])
    assert (reading.method, reading.enough, reading.meaning) == ("four_weeks", False, "common_cause")
    assert reading.sentence.startswith(f"Not enough data yet: {fours} of the 12 four-week figures needed since ")


def test_days_between_take_twelve_that_are_a_day_at_least() -> None:
    """Of thirteen on one day, the time since is no news: no two were ever apart."""
    counts = [0] * 20 + [13] + [0] * 40
    starts = tuple(MONDAY + week * WEEK for week in range(len(counts)))
    for number in (13, 14, 30):
        days = (MONDAY + 20 * WEEK,) * number
        counts[20] = number
        reading = read(Series("uses of restraint", "decrease", starts, tuple(counts), days=days), among=10)
        assert reading.method == "four_weeks" and reading.meaning == "common_cause"


def test_where_only_weeks_are_known_four_are_added_together() -> None:
    counts = tuple([0, 1, 0, 1] * 26)
    weeks = tuple(MONDAY + week * WEEK for week in range(104))
    reading = read(Series("uses of restraint", "decrease", weeks, counts))
    assert (reading.method, reading.enough) == ("four_weeks", True)
    assert {point.value for point in reading.points} == {2}
    assert "4 weeks together" in reading.why


def test_no_four_weeks_span_one_without_data() -> None:
    weeks = tuple(FOURTH + week * WEEK for week in range(13) if week != 5)
    whole = four_weeks(Series("x", "neutral", weeks, (1,) * 12))
    assert (whole.starts, whole.counts) == ((FOURTH + 8 * WEEK,), (4,))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_time_turned_round_turns_the_fours_round_where_no_week_is_over(quarters: list[int]) -> None:
    """Of whole fours; a week more or less at either end changes none of the others."""
    counts = [one for quarter in quarters for one in (quarter, 0, quarter + 1, 3)]
    weeks = tuple(FOURTH + at * WEEK for at in range(len(counts)))
    before, after = (four_weeks(Series("x", "neutral", weeks, tuple(one))) for one in (counts, counts[::-1]))
    assert (after.starts, after.counts) == (before.starts, before.counts[::-1])
    over = four_weeks(Series("x", "neutral", weeks[1:], tuple(counts[1:])))
    assert (over.starts, over.counts) == (before.starts[1:], before.counts[1:])
    under = four_weeks(Series("x", "neutral", weeks[:-1], tuple(counts[:-1])))
    assert (under.starts, under.counts) == (before.starts[:-1], before.counts[:-1])


@given(st.lists(st.integers(0, 60), min_size=2, max_size=40), st.lists(st.integers(1, 39), max_size=2), st.booleans())
def test_time_turned_round_mirrors_the_days_between(steps: list[int], rebase_at: list[int], screen: bool) -> None:
    """But for those since the last event, which no event ends: left out here, by the last event being now."""
    days = [MONDAY + timedelta(days=sum(steps[:at])) for at in range(len(steps) + 1)]
    between = gaps(days)
    assert gaps([MONDAY - (day - MONDAY) for day in reversed(days)]) == between[::-1]
    rebase_at = [at for at in rebase_at if at < len(between)]
    before = t_chart(between, 0, direction="neutral", rebase_at=rebase_at, screen=screen)
    turned = [len(between) - at for at in rebase_at]
    after = t_chart(between[::-1], 0, direction="neutral", rebase_at=turned, screen=screen)
    for old, new in zip(before, after[::-1], strict=True):
        assert new._replace(meaning=old.meaning) == old


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9))
def test_chance_is_the_sum_that_it_stands_for(counted: int, more: int, tenths: int) -> None:
    of, share = counted + more, tenths / 10
    exact = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(counted, of + 1))
    assert of_events(counted, of, share, more=True) == pytest.approx(exact, rel=1e-6)
    both = of_events(counted, of, share, more=True) + of_events(counted, of, share, more=False)
    once = comb(of, counted) * share**counted * (1 - share) ** (of - counted)
    assert both == pytest.approx(1 + once, rel=1e-6)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_chance_of_a_share_is_the_sum_that_it_stands_for(done: int, left: int, other: int, other_left: int) -> None:
    asked, everything = done + left, done + left + other + other_left
    exact = sum(
        comb(asked, k) * comb(everything - asked, done + other - k) / comb(everything, done + other)
        for k in range(done, min(asked, done + other) + 1)
    )
    assert of_successes(done, asked, done + other, everything, more=True) == pytest.approx(exact, rel=1e-6)


@given(st.lists(st.integers(0, 9), min_size=12, max_size=60), st.lists(st.integers(0, 59), max_size=2))
def test_every_reading_of_rare_events_is_sane(counts: list[int], rebases: list[int]) -> None:
    starts = tuple(MONDAY + at * WEEK for at in range(len(counts)))
    days = tuple(start + timedelta(days=at % 7) for start, one in zip(starts, counts, strict=True) for at in range(one))
    for known in (tuple(sorted(days)), None):
        series = Series("near misses", "neutral", starts, tuple(counts), days=known)
        reading = read(series, [MONDAY + at * WEEK for at in rebases])
        assert reading.sentence.endswith(".") and "nan" not in reading.sentence
        for point in reading.points:
            if point.mean is not None and point.lower is not None and point.upper is not None:
                assert 0 <= point.lower <= point.mean <= point.upper
        assert ("a real change -" in reading.sentence) == (reading.meaning != "common_cause")
        assert chart_of(reading, "Near misses").alt.endswith(reading.sentence)


def test_a_claim_stands_from_one_week_to_the_next() -> None:
    """While nothing new is known of four weeks, the same is said; and the chart is chosen anew twice a year."""
    before, after = (
        rare([3, 5, 4, 4] * 20, days_known=False),
        rare([3, 5, 4, 4] * 20 + [1, 2, 1, 2] * 4, days_known=False),
    )
    told: dict[date, set[tuple[bool, str]]] = {}
    for weeks in range(len(before.starts), len(after.starts) + 1):
        one = Series(after.what, after.direction, after.starts[:weeks], after.counts[:weeks])
        reading = read(one)
        told.setdefault(reading.until or MONDAY, set()).add((reading.changed, reading.method))
        assert not reading.stale
    assert all(len(said) == 1 for said in told.values()) and len(told) == 5
    assert (True, "four_weeks") in told[max(told)]


def test_the_next_usual_week_of_a_run_does_not_deny_its_claim() -> None:
    steady = [6, 8, 5, 7, 9, 6, 4, 7, 8, 6, 5, 9, 7, 6, 8, 5, 7, 6] * 2
    starts = tuple(MONDAY + at * WEEK for at in range(len(steady) + 3))
    for counts, changed in (([*steady, 21], True), ([*steady, 21, 9], True), ([*steady, 21, 9, 2], False)):
        reading = read(Series("uses of restraint", "decrease", starts[: len(counts)], tuple(counts)), among=10)
        assert reading.changed == changed, reading.sentence
    reading = read(Series("uses of restraint", "decrease", starts[:38], (*steady, 21, 9)), among=10)
    assert (reading.points[-1].rule, reading.variation) == (None, "concern")
    assert "each of the last 2 weeks was above the average of 7.1, and one at least came close" in reading.sentence


def test_the_same_code_as_the_table_keeps_the_floor() -> None:
    """A small run of `make alarms`: 300 wards a cell, so each by itself within the floor and three standard errors."""
    rng = np.random.default_rng(5)
    cells = [stable(kind, 52, 300, rng, among=1).told for kind in KINDS[:11:2]]
    assert sum(cells) / len(cells) < FLOOR
    assert max(cells) < FLOOR + 3 * (FLOOR * (1 - FLOOR) / 300) ** 0.5
    assert digests(DIGEST, 26, 300, rng) < FLOOR + 3 * (FLOOR * (1 - FLOOR) / 300) ** 0.5


def test_events_that_come_in_clusters_keep_the_floor_too() -> None:
    """As do huddles that were held or not on a whole day, or all through a bad week."""
    rng = np.random.default_rng(5)
    cells = [stable(kind, 52, 200, rng).told for kind in (*CLUSTERED, *VARYING)]
    assert sum(cells) / len(cells) < FLOOR
    assert max(cells) < FLOOR + 3 * (FLOOR * (1 - FLOOR) / 200) ** 0.5


def test_a_halving_is_seen() -> None:
    seen = list(weeks_to_see(Kind("7 a week", 7), 20, np.random.default_rng(5)))
    assert sum(week is not None for week in seen) >= 18


def test_the_document_says_what_the_code_does() -> None:
    said = Path("docs/trends.md").read_text()
    assert f"| {FEWEST_A_WEEK} or more a week | XmR, a point a week | {WEEKS_READ['xmr']} weeks |" in said
    assert f"| {FEWEST_TOGETHER} to {FEWEST_A_WEEK} a week |" in said
    assert f"fewer than {POINTS_NEEDED} points" in said
    assert f"fewer than {CHANCE * 100:.0f} of 100 stable series, divided by the ten measures" in said
    assert len(MEASURES) == 10
    assert "MISSED" not in said
