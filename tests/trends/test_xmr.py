"""The arithmetic and the rules against NHSRplotthedots' published numbers, and what must hold for any series."""

from __future__ import annotations

from itertools import pairwise
import json
import math
from pathlib import Path
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st
import pytest

from bot.trends import xmr as rules
from bot.trends.xmr import NEAR_LIMIT, Xmr, assure, xmr

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "spc_golden.json").read_text())

SERIES = st.lists(st.integers(-200, 200), min_size=1, max_size=40)
REBASES = st.lists(st.integers(0, 39), max_size=3)
ANY_SERIES = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40)
RAMPS = st.lists(
    st.builds(
        lambda start, step, many: [start + step * at for at in range(many)],
        st.integers(-20, 20),
        st.sampled_from([-3, -1, 0, 0.1, 2]),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=6,
).map(lambda parts: [value for part in parts for value in part])
"""Runs that rise, fall or stay, one after the other: chance alone makes few."""
UP_DOWN = [1, -1] * 10
WIDE = [30, -30] * 6


def published(case: dict[str, Any], number: float) -> float:
    """The number as the source prints it."""
    if "decimals" in case:
        return float(f"{number:.{case['decimals']}f}")
    return float(f"{number:.{case['significant_digits']}g}")


@pytest.mark.parametrize("case", GOLDEN["limits"], ids=lambda case: case["id"])
def test_limits_are_those_published(case: dict[str, Any]) -> None:
    chart = xmr(case["values"], screen=case["screen"])
    for name in ("mean", "lower", "upper"):
        assert published(case, getattr(chart, name)) == case[name]
    if "outside" in case:
        assert [at for at, point in enumerate(chart.points, 1) if point.rule == "outside"] == case["outside"]


def test_two_segments_are_the_two_published_ones() -> None:
    whole, *facets = GOLDEN["limits"][:3]
    chart = xmr(whole["values"], rebase_at=[10])
    for case, point in zip(facets, (chart.points[0], chart.points[10]), strict=True):
        assert [published(case, one) for one in (point.mean, point.lower, point.upper)] == [
            case["mean"],
            case["lower"],
            case["upper"],
        ]
    assert (chart.mean, chart.lower) == (chart.points[-1].mean, chart.points[-1].lower)


@pytest.mark.parametrize("name", ["seven_one_side", "back_fill", "seven_trend"])
def test_rule_vectors_are_those_published(name: str) -> None:
    for case in GOLDEN["rules"][name]:
        assert getattr(rules, name)(case["in"]) == case["out"]


@pytest.mark.parametrize("name", ["two_in_three", "part_of_two_in_three"])
def test_two_in_three_vectors_are_those_published(name: str) -> None:
    for case in GOLDEN["rules"][name]:
        assert getattr(rules, name)(case["close"], case["rel"]) == case["out"]


@pytest.mark.parametrize("name", ["seven_one_side", "back_fill", "seven_trend", "part_of_two_in_three"])
def test_the_chart_uses_the_rules_that_the_vectors_test(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, name, lambda *args: (_ for _ in ()).throw(ZeroDivisionError))
    with pytest.raises(ZeroDivisionError):
        xmr(UP_DOWN)


def test_two_points_near_opposite_limits_are_common_cause() -> None:
    case = GOLDEN["opposite_sides"]
    chart = xmr(case["values"])
    assert all(abs(point.value - point.mean) > (point.upper - point.mean) * 2 / 3 for point in chart.points[-2:])
    assert [point.meaning for point in chart.points[-2:]] == case["last_two"]


@pytest.mark.parametrize("case", GOLDEN["assurance"], ids=lambda case: f"{case['direction']} {case['assurance']}")
def test_assurance_is_that_published(case: dict[str, Any]) -> None:
    assert assure(case["lower"], case["upper"], case["target"], case["direction"]) == case["assurance"]


def test_assurance_looks_at_the_last_segment() -> None:
    values = [10, 11] * 6 + [50, 51] * 6
    assert xmr(values, rebase_at=[12], direction="increase", target=30).assurance == "consistent_pass"
    assert xmr(values[:12], direction="increase", target=30).assurance == "consistent_fail"
    assert xmr(values, direction="increase", target=30).assurance == "inconsistent"
    assert xmr(values, rebase_at=[12], target=30).assurance is None
    assert xmr(values, rebase_at=[12], direction="increase").assurance is None


def test_a_target_on_a_limit_is_inconsistent() -> None:
    assert assure(1, 3, 3, "increase") == assure(1, 3, 1, "decrease") == "inconsistent"


def flagged(chart: Xmr) -> list[str | None]:
    return [point.rule for point in chart.points]


def test_the_first_rule_in_order_is_named() -> None:
    # Seven rising points above the mean, of which the last is outside the limits: trend and shift, but not there.
    chart = xmr([*UP_DOWN, 2, 3, 4, 5, 6, 7, 30])
    assert flagged(chart)[-7:] == ["trend"] * 6 + ["outside"]
    # The same run with its order broken is a shift, save two points of three close to the limit.
    chart = xmr([*UP_DOWN, 1, 2, 1, 2, 1, 5, 5], fix_after=20)
    assert flagged(chart)[-7:] == ["shift"] * 5 + ["two_of_three"] * 2


def test_a_point_outside_is_not_close() -> None:
    # Near limits +/-3.6 and limits +/-5.3 round a mean of 0: one close and one outside do not make two of three.
    chart = xmr([*UP_DOWN, 4, 9, 1, *UP_DOWN], fix_after=20)
    assert flagged(chart)[20:23] == [None, "outside", None]
    assert flagged(xmr([*UP_DOWN, 4, 4, 9, *UP_DOWN], fix_after=20))[20:23] == ["two_of_three"] * 2 + ["outside"]


def test_a_value_on_a_limit_is_not_outside_and_one_on_the_mean_breaks_a_shift() -> None:
    chart = xmr(UP_DOWN)
    assert xmr([*UP_DOWN, chart.upper], fix_after=20).points[-1].rule is None
    assert flagged(xmr([*UP_DOWN, 1, 1, 1, 0, 1, 1, 1], fix_after=20))[-7:] == [None] * 7
    # 19 is a -1 before the run, so the run of seven starts at its first point.
    assert flagged(xmr([*UP_DOWN, 1, 1, 1, 1, 1, 1, 1], fix_after=20))[-8:] == [None] + ["shift"] * 7


def test_no_rule_crosses_a_rebase() -> None:
    values = [*UP_DOWN, 1, 1, 1, 1, 1, 1, 1]
    assert "shift" in flagged(xmr(values))
    assert flagged(xmr(values, rebase_at=[22])) == [None] * 27


@pytest.mark.parametrize(
    ("direction", "up", "down"),
    [
        ("neutral", "neutral_high", "neutral_low"),
        ("increase", "improvement", "concern"),
        ("decrease", "concern", "improvement"),
    ],
)
def test_meanings_follow_the_direction(direction: Any, up: str, down: str) -> None:
    for sign, meaning in ((1, up), (-1, down)):
        chart = xmr([*UP_DOWN, 20 * sign], direction=direction)
        assert chart.variation == chart.points[-1].meaning == meaning
        assert {point.meaning for point in chart.points[:-1]} == {"common_cause"}
        # A trend means which way it goes, on whichever side of the mean its points lie.
        chart = xmr([*UP_DOWN, *(sign * step for step in (-2, -1.5, -1, 0, 1, 1.5, 2))], direction=direction)
        assert [point.rule for point in chart.points[-7:]] == ["trend"] * 7
        assert [point.meaning for point in chart.points[-7:]] == [meaning] * 7


def test_of_two_trends_that_meet_the_later_names_the_point_between() -> None:
    chart = xmr([*WIDE, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1], fix_after=12)
    assert [point.meaning for point in chart.points[12:]] == ["neutral_high"] * 6 + ["neutral_low"] * 7


def test_a_trend_that_an_equal_value_ends_keeps_its_direction() -> None:
    chart = xmr([*WIDE, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11, 12, 13], fix_after=12)
    assert {point.meaning for point in chart.points[12:]} == {"neutral_high"}


def test_limits_may_be_fixed_after_some_points() -> None:
    chart = xmr([*UP_DOWN, 9, 9, 9], fix_after=20)
    alone = xmr(UP_DOWN)
    assert (chart.mean, chart.lower, chart.upper) == (alone.mean, alone.lower, alone.upper)
    assert flagged(chart)[-3:] == ["outside"] * 3
    assert xmr([1, 2, 3], fix_after=12) == xmr([1, 2, 3])
    # Each segment has its own first points.
    chart = xmr([*UP_DOWN[:14], *(value + 50 for value in UP_DOWN[:14])], rebase_at=[14], fix_after=12)
    assert [chart.points[0].mean, chart.points[-1].mean] == [0, 50]


@pytest.mark.parametrize("value", [0, 7, 0.1, -1 / 3, 1e15])
@pytest.mark.parametrize("length", [1, 2, 3, 49])
def test_equal_values_have_limits_at_their_mean(value: float, length: int) -> None:
    for screen in (True, False):
        chart = xmr([value] * length, screen=screen, direction="increase", target=value)
        assert (chart.mean, chart.lower, chart.upper) == (value, value, value)
        assert (chart.variation, chart.assurance) == ("common_cause", "inconsistent")


def test_a_segment_of_one_point_is_common_cause() -> None:
    chart = xmr([*UP_DOWN, 40], rebase_at=[20])
    assert (chart.lower, chart.mean, chart.upper, chart.variation) == (40, 40, 40, "common_cause")


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        ([], {}, "no values"),
        ([1, math.nan], {}, "ordinary number"),
        ([1, math.inf], {}, "ordinary number"),
        ([1, 1e305], {}, "ordinary number"),
        ([1], {"target": math.nan}, "target"),
        ([1, 2], {"rebase_at": [2]}, "2 points"),
        ([1, 2], {"rebase_at": [-1]}, "2 points"),
        ([1, 2], {"fix_after": 11}, "12 points or more"),
        ([1, 2], {"direction": "up"}, "increase, decrease or neutral"),
    ],
)
def test_what_cannot_be_charted_is_refused_in_words(values: list[float], options: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        xmr(values, **options)


def away_from_ties(chart: Xmr) -> bool:
    """Whether no value lies so near a limit that rounding could tip it over."""
    return all(
        abs(abs(point.value - point.mean) - width) > 1e-6
        for point in chart.points
        for width in (point.upper - point.mean, (point.upper - point.mean) * NEAR_LIMIT / 2.66)
    )


@given(SERIES, REBASES, st.integers(-1000, 1000), st.booleans())
def test_adding_a_constant_moves_the_limits_and_changes_no_flag(
    values: list[int], rebase_at: list[int], shift: int, screen: bool
) -> None:
    rebase_at = [at for at in rebase_at if at < len(values)]
    before = xmr(values, rebase_at=rebase_at, screen=screen)
    assume(away_from_ties(before))
    after = xmr([value + shift for value in values], rebase_at=rebase_at, screen=screen)
    for old, new in zip(before.points, after.points, strict=True):
        assert (new.rule, new.meaning) == (old.rule, old.meaning)
        for name in ("mean", "lower", "upper"):
            assert getattr(new, name) == pytest.approx(getattr(old, name) + shift, abs=1e-9)


@given(SERIES, REBASES, st.sampled_from([0.001, 0.1, 0.5, 3, 1024, 1e6]))
def test_scaling_scales_the_limits(values: list[int], rebase_at: list[int], scale: float) -> None:
    rebase_at = [at for at in rebase_at if at < len(values)]
    before = xmr(values, rebase_at=rebase_at)
    after = xmr([value * scale for value in values], rebase_at=rebase_at)
    for old, new in zip(before.points, after.points, strict=True):
        for name in ("mean", "lower", "upper"):
            assert getattr(new, name) == pytest.approx(getattr(old, name) * scale, abs=1e-9 * scale)


@given(SERIES, st.integers(-6, 6))
def test_scaling_changes_no_flag(values: list[int], power: int) -> None:
    # By powers of two, which rounding leaves alone.
    assert flagged(xmr([value * 2.0**power for value in values])) == flagged(xmr(values))


@given(SERIES, REBASES)
def test_turning_the_signs_swaps_high_and_low(values: list[int], rebase_at: list[int]) -> None:
    rebase_at = [at for at in rebase_at if at < len(values)]
    swapped = {"neutral_high": "neutral_low", "neutral_low": "neutral_high", "common_cause": "common_cause"}
    before = xmr(values, rebase_at=rebase_at)
    after = xmr([-value for value in values], rebase_at=rebase_at)
    for old, new in zip(before.points, after.points, strict=True):
        assert (new.mean, new.lower, new.upper) == (-old.mean, -old.upper, -old.lower)
        assert (new.rule, new.meaning) == (old.rule, swapped[old.meaning])
    turned = xmr([-value for value in values], rebase_at=rebase_at, direction="decrease")
    assert [point.meaning for point in turned.points] == [
        point.meaning for point in xmr(values, rebase_at=rebase_at, direction="increase").points
    ]


def trend_of_two(values: list[float]) -> list[bool]:
    """Which points lie between a rise and a fall, with a trend's points on either side."""
    trend = rules.back_fill(rules.seven_trend(values))
    return [
        0 < at < len(values) - 1
        and trend[at - 1]
        and trend[at + 1]
        and (values[at] - values[at - 1]) * (values[at + 1] - values[at]) < 0
        for at in range(len(values))
    ]


@example([1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1], [], True)
@example([1, 2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6, 7, 8], [], True)
@given(SERIES | ANY_SERIES | RAMPS, REBASES, st.booleans())
def test_time_turned_round_mirrors_the_flags_and_turns_the_trends(
    values: list[float], rebase_at: list[int], screen: bool
) -> None:
    """To the last digit: every point of a run is flagged, as NHSRplotthedots has it, so no rule knows a first or last.

    What does is `fix_after`, and the name of a point where a rise and a fall meet: of two trends, the later's.
    """
    size = len(values)
    rebase_at = [at for at in rebase_at if 0 < at < size]
    before = xmr(values, rebase_at=rebase_at, screen=screen)
    after = xmr(values[::-1], rebase_at=[size - at for at in rebase_at], screen=screen)
    ends = [0, *sorted({*rebase_at}), size]
    two = [is_two for start, end in pairwise(ends) for is_two in trend_of_two(values[start:end])]
    turned = {"neutral_high": "neutral_low", "neutral_low": "neutral_high"}
    for old, new, is_two in zip(before.points, after.points[::-1], two, strict=True):
        assert (new.value, new.mean, new.lower, new.upper, new.rule) == (
            old.value,
            old.mean,
            old.lower,
            old.upper,
            old.rule,
        )
        turns = old.rule == "trend" and not is_two
        assert new.meaning == (turned[old.meaning] if turns else old.meaning)


@given(
    ANY_SERIES,
    REBASES,
    st.booleans(),
    st.sampled_from(["increase", "decrease", "neutral"]),
    st.none() | st.integers(12, 30),
    st.floats(-1e9, 1e9),
)
def test_every_number_is_one_and_limits_are_in_order(
    values: list[float],
    rebase_at: list[int],
    screen: bool,
    direction: Any,
    fix_after: int | None,
    target: float,
) -> None:
    rebase_at = [at for at in rebase_at if at < len(values)]
    chart = xmr(values, screen=screen, direction=direction, rebase_at=rebase_at, fix_after=fix_after, target=target)
    assert [point.value for point in chart.points] == values
    for point in chart.points:
        assert all(math.isfinite(number) for number in (point.mean, point.lower, point.upper))
        assert point.lower <= point.mean <= point.upper
        assert (point.rule is None) == (point.meaning == "common_cause")
    assert (chart.assurance is None) == (direction == "neutral")
    assert chart.variation == chart.points[-1].meaning
