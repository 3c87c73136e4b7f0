"""XmR charts as NHS England's Making Data Count has them: process limits, special causes, assurance.

The arithmetic and the rules are those of NHSRplotthedots 0.2.2 (MIT, written anew;
https://github.com/nhs-r-community/NHSRplotthedots). It differs from that package in three places only, each
where the package gives no answer or a wrong one: a run of equal values, and a segment of one point, have
limits that equal their mean (there: NaN); a rebase that is no point of the series is refused (there: ignored
in silence); and the last point of a trend keeps that trend's direction when an equal value starts the next
(there: always "decreasing").

All values are plain numbers in the unit of the series (reports a week, say), and so are the limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Literal, NamedTuple, get_args

Direction = Literal["increase", "decrease", "neutral"]
"""Which way is better; neutral where a change is neither good nor bad in itself."""

Rule = Literal["outside", "trend", "two_of_three", "shift"]
"""The special-cause rule that a point breaks; of several, the first in this order."""

Meaning = Literal["common_cause", "improvement", "concern", "neutral_high", "neutral_low"]
"""What a point says about the process."""

MEANING_WORDS: Mapping[Meaning, str] = {
    "common_cause": "Usual variation",
    "improvement": "Special cause: better",
    "concern": "Special cause: of concern",
    "neutral_high": "Special cause: higher",
    "neutral_low": "Special cause: lower",
}

Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]
"""Whether the process, as it now runs, will meet its target: always, never, or by chance."""

ASSURANCE_WORDS: Mapping[Assurance, str] = {
    "consistent_pass": "Met consistently",
    "consistent_fail": "Missed consistently",
    "inconsistent": "Met or missed by chance",
}
ASSURANCE_SIGNS: Mapping[Assurance, str] = {"consistent_pass": "P", "consistent_fail": "F", "inconsistent": "?"}
"""Making Data Count's letters: passing, failing, hit and miss."""

LIMIT = 2.66
"""Process limits lie this many mean moving ranges from the mean (3 / 1.128)."""
NEAR_LIMIT = 2 * (LIMIT / 3)
"""Near limits lie two thirds of the way from the mean to the limits."""
SCREEN = 3.267
"""A moving range of so many mean moving ranges or more is screened (Nelson 1982, J. Qual. Technol. 14(3))."""
RUN = 7
"""Points in a trend or a shift."""
FEWEST_FIXED = 12
"""Limits may be fixed after this many points, not fewer."""

_LARGEST = 1e300


class XmrPoint(NamedTuple):
    """One value, the mean and limits of its segment, the rule it breaks (None: none) and what that means."""

    value: float
    mean: float
    lower: float
    upper: float
    rule: Rule | None
    meaning: Meaning


@dataclass(frozen=True)
class Xmr:
    """A whole chart: `mean`, `lower`, `upper` are the last segment's, `variation` the last point's meaning.

    `assurance` holds the target against the last limits; None without a target or a direction.
    """

    points: tuple[XmrPoint, ...]
    mean: float
    lower: float
    upper: float
    variation: Meaning
    assurance: Assurance | None


def xmr(
    values: Sequence[float],
    *,
    screen: bool = True,
    direction: Direction = "neutral",
    rebase_at: Sequence[int] = (),
    fix_after: int | None = None,
    target: float | None = None,
) -> Xmr:
    """The XmR chart of `values`, oldest first.

    `screen` drops extreme moving ranges, once, before the limits are taken (NHS England's spreadsheet does
    not); the mean is never screened. `rebase_at` holds the places in `values` (from 0) where a new segment
    starts: each segment has its own limits, and no rule crosses from one to the next. `fix_after` takes each
    segment's limits from its first so many points only. `target` is in the unit of the values.

    Raises ValueError, in words for the person who gave the data, on an empty series, a value or target that
    is no ordinary number, an unknown direction, a rebase outside the series, or fewer than 12 points to fix
    after.
    """
    if not values:
        raise ValueError("There are no values to chart.")
    numbers = [_number(value, "value") for value in values]
    if direction not in get_args(Direction):
        raise ValueError(f"The direction must be increase, decrease or neutral, not {direction!r}.")
    for place in rebase_at:
        if not 0 <= place < len(numbers):
            raise ValueError(f"The series has {len(numbers)} points, so it cannot be rebased at place {place} from 0.")
    if fix_after is not None and fix_after < FEWEST_FIXED:
        raise ValueError(f"Limits can be fixed after {FEWEST_FIXED} points or more, not after {fix_after}.")

    starts = sorted({0, *rebase_at})
    points: list[XmrPoint] = []
    for start, end in pairwise([*starts, len(numbers)]):
        points += _segment(numbers[start:end], screen, direction, fix_after)
    last = points[-1]
    return Xmr(
        points=tuple(points),
        mean=last.mean,
        lower=last.lower,
        upper=last.upper,
        variation=last.meaning,
        assurance=None if target is None else assure(last.lower, last.upper, _number(target, "target"), direction),
    )


def assure(lower: float, upper: float, target: float, direction: Direction) -> Assurance | None:
    """Whether a process with these limits meets `target` always, never or by chance; None if neutral."""
    if direction == "neutral":
        return None
    if target > upper:
        return "consistent_fail" if direction == "increase" else "consistent_pass"
    if target < lower:
        return "consistent_pass" if direction == "increase" else "consistent_fail"
    return "inconsistent"


def seven_one_side(sides: Sequence[int]) -> list[bool]:
    """Where seven points in a row on one side of the mean end; `sides` is 1 above it, -1 below, 0 on it."""
    return [side != 0 and run >= RUN for side, run in zip(sides, _runs(sides), strict=True)]


def seven_trend(values: Sequence[float]) -> list[int]:
    """Where seven points that all rise (1) or all fall (-1) end; 0 elsewhere. A tie breaks a trend."""
    steps = [0, *(_sign(after - before) for before, after in pairwise(values))][: len(values)]
    return [step if run >= RUN - 1 else 0 for step, run in zip(steps, _runs(steps), strict=True)]


def back_fill(ends: Sequence[int | bool]) -> list[bool]:
    """Every point of the sevens that end where `ends` is not 0."""
    filled, left = [], 0
    for end in reversed(ends):
        left = RUN if end else left - 1
        filled.append(left > 0)
    return filled[::-1]


def _runs(signs: Sequence[int]) -> Iterator[int]:
    """How many of the signs up to each are the same as it."""
    run, last = 0, 0
    for sign in signs:
        run = run + 1 if sign == last else 1
        last = sign
        yield run


def two_in_three(close: Sequence[bool], sides: Sequence[int]) -> list[bool]:
    """Every point of three in a row on one side of the mean, of which two or more are close to a limit."""
    found = [False] * len(close)
    for start in range(len(close) - 2):
        if sum(close[start : start + 3]) >= 2 and abs(sum(sides[start : start + 3])) == 3:
            found[start : start + 3] = [True] * 3
    return found


def part_of_two_in_three(close: Sequence[bool], sides: Sequence[int]) -> list[bool]:
    """The points that two-in-three flags: only those which are themselves close to a limit."""
    return [bool(is_close and found) for is_close, found in zip(close, two_in_three(close, sides), strict=True)]


def _segment(values: list[float], screen: bool, direction: Direction, fix_after: int | None) -> list[XmrPoint]:
    """The points of one segment, whose rules look no further than its ends."""
    mean, moving_range = _spread(values[:fix_after], screen)
    lower, upper = mean - LIMIT * moving_range, mean + LIMIT * moving_range
    near_lower, near_upper = mean - NEAR_LIMIT * moving_range, mean + NEAR_LIMIT * moving_range

    sides = [_sign(value - mean) for value in values]
    outside = [not lower <= value <= upper for value in values]
    close = [
        not is_outside and not near_lower <= value <= near_upper
        for value, is_outside in zip(values, outside, strict=True)
    ]
    trend = back_fill(seven_trend(values))
    two_of_three = part_of_two_in_three(close, sides)
    shift = back_fill(seven_one_side(sides))

    points = []
    for at, value in enumerate(values):
        way = sides[at]
        rule: Rule | None = None
        if outside[at]:
            rule = "outside"
        elif trend[at]:
            rule, way = "trend", _trend_way(values, trend, at)
        elif two_of_three[at]:
            rule = "two_of_three"
        elif shift[at]:
            rule = "shift"
        points.append(XmrPoint(value, mean, lower, upper, rule, _meaning(rule, way, direction)))
    return points


def _spread(values: list[float], screen: bool) -> tuple[float, float]:
    """The mean and the mean moving range; 0 for the latter where nothing moved."""
    ranges = [abs(after - before) for before, after in pairwise(values)]
    if not any(ranges):
        return values[0], 0.0
    moving_range = fmean(ranges)
    if screen:
        kept = [one for one in ranges if one < SCREEN * moving_range]
        moving_range = fmean(kept) if kept else 0.0
    return fmean(values), moving_range


def _trend_way(values: list[float], trend: list[bool], at: int) -> int:
    """1 if the trend that the point at `at` is part of rises, -1 if it falls; of two trends, the later."""
    if at + 1 < len(values) and trend[at + 1] and (step := _sign(values[at + 1] - values[at])):
        return step
    return _sign(values[at] - values[at - 1])


def _meaning(rule: Rule | None, way: int, direction: Direction) -> Meaning:
    if rule is None:
        return "common_cause"
    if direction == "neutral":
        return "neutral_high" if way > 0 else "neutral_low"
    return "improvement" if (way > 0) == (direction == "increase") else "concern"


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _number(value: float, what: str) -> float:
    number = float(value)
    if not abs(number) < _LARGEST:
        raise ValueError(f"Every {what} must be an ordinary number, and {number} is not.")
    return number
