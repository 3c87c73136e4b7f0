"""Rare events: the days between them, on a t chart; or four weeks added together, where only weeks are known.

A count of 0, 1 or 2 a week is no bell curve, and limits at 2.66 moving ranges cry wolf on it. The days between rare
events are made near to one by raising them to the power of 1/3.6 (Nelson 1994, J. Qual. Technol. 26(3)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from bot.trends.series import WEEK, Series, week_number
from bot.trends.xmr import Direction, XmrPoint, xmr

POWER = 1 / 3.6
"""To which days between are raised, so that an XmR chart fits them (Nelson 1994)."""
SAME_DAY = 0.5
"""Days between two events on one day: less than a day, more than none, and the time of day is not kept."""
TOGETHER = 4
"""Weeks added together."""


def gaps(days: Sequence[date]) -> list[float]:
    """The days between each of the events on `days`, oldest first, and the next."""
    return [float((later - earlier).days) or SAME_DAY for earlier, later in pairwise(days)]


def t_chart(
    between: Sequence[float],
    since: float,
    *,
    direction: Direction,
    rebase_at: Sequence[int] = (),
    screen: bool = True,
) -> list[XmrPoint]:
    """A point for each of the days `between` events, and for those `since` the last if they are above its average.

    Its values, means and limits are days, floored at 0. `direction` is that of the days: longer is "increase" where
    fewer events are hoped for. The days since the last event can only grow: they count as soon as they tell something,
    never as a short gap, and no limit is taken from them.
    """
    values = [one**POWER for one in between]
    start = max(rebase_at, default=0)
    points = xmr(values, direction=direction, rebase_at=rebase_at, screen=screen).points
    if since**POWER > points[-1].mean:
        own = [*values[start:], since**POWER]
        last = xmr(own, direction=direction, fix_after=len(own) - 1, screen=screen).points
        points = (*points[:start], *last)
    return [_in_days(point) for point in points]


def four_weeks(series: Series) -> Series:
    """`series` in fours of weeks, the same fours whenever one looks; those that are not over, or not whole, left out.

    No four spans a week without data, which is unknown. Only in a share such a week is known: it had nothing to be a
    share of, and adds nothing.
    """
    known = series.starts if series.figure == "share" else series.starts[unbroken(series.starts) :]
    weeks = {week_number(start): at for at, start in enumerate(series.starts)}
    first, after = (week_number(known[0]), week_number(known[-1]) + 1) if known else (0, 0)
    fours = range(-(-first // TOGETHER) * TOGETHER, after // TOGETHER * TOGETHER, TOGETHER)

    def total(numbers: Sequence[int], four: int) -> int:
        return sum(numbers[weeks[week]] for week in range(four, four + TOGETHER) if week in weeks)

    return replace(
        series,
        starts=tuple(series.starts[-1] - (after - 1 - four) * WEEK for four in fours),
        counts=tuple(total(series.counts, four) for four in fours),
        of=None if series.of is None else tuple(total(series.of, four) for four in fours),
    )


def unbroken(starts: Sequence[date]) -> int:
    """The place from which the weeks that start then follow each other without a gap, up to the last."""
    return max((at for at, (one, other) in enumerate(pairwise(starts), 1) if other - one != WEEK), default=0)


def _in_days(point: XmrPoint) -> XmrPoint:
    def days(number: float) -> float:
        return float(max(0.0, number) ** (1 / POWER))

    value, mean, lower, upper, rule, meaning = point
    return XmrPoint(days(value), days(mean), days(lower), days(upper), rule, meaning)
