"""Which chart fits a series: each week, four weeks together, or the days between one event and the next."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import inf
from statistics import fmean

from bot.trends.chart import DAYS_BETWEEN
from bot.trends.rare import SAME_DAY, TOGETHER, four_weeks, gaps, t_chart, unbroken
from bot.trends.sentence import PER_DAYS, Method, plain
from bot.trends.series import WEEK, Series, week_number
from bot.trends.xmr import Direction, XmrPoint, xmr

POINTS_NEEDED = 12
"""Points before process limits mean anything."""
FEWEST_A_WEEK = 5
"""Mean number a week below which an XmR chart of weeks marks more stable weeks than it should."""
FEWEST_TOGETHER = 2
"""Mean number a week below which days between show a halving sooner than four weeks together do."""
WEEKS_READ: Mapping[Method, int] = {"xmr": 52, "days_between": 104, "four_weeks": 104}
"""The most weeks that each chart looks at: of the rarer, more are needed."""
WIDTHS: Mapping[Method, Sequence[int]] = {"xmr": (1, 2), "days_between": (2, 4), "four_weeks": (2, 4)}
"""Of weeks together, whose differences tell how much they vary."""
SLACK = 8
"""As if so many stretches of weeks fewer were known, where they vary more than by chance."""
HALF_A_YEAR = 26
"""Weeks."""
SPANS: Mapping[Method, timedelta] = {"xmr": WEEK, "days_between": WEEK, "four_weeks": TOGETHER * WEEK}
"""How often there is something new to read."""
_AGAINST: Mapping[Direction, Direction] = {"increase": "decrease", "decrease": "increase", "neutral": "neutral"}


@dataclass(frozen=True)
class Plot:
    """What is charted: a value from each of `starts` on, and what it is made of: `counts` of so much (`of`).

    `places` are where the limits start anew, the first at 0; the last may be after all points, where none follows yet
    the day from which on they are to count (`anew`). Days between have one start more, that of the days since the last
    event (`since`).
    """

    method: Method
    starts: Sequence[date]
    values: Sequence[float]
    counts: Sequence[int]
    of: Sequence[float]
    places: Sequence[int]
    anew: date | None = None
    since: float = 0.0

    @property
    def own(self) -> int:
        """Where the latest limits start."""
        return self.places[-1]

    def until(self, series: Series) -> date:
        """The last day that its points tell of: days between tell of every day of the series."""
        if self.method == "days_between" or not self.starts:
            return series.end
        return self.starts[-1] + SPANS[self.method] - timedelta(days=1)

    @property
    def number(self) -> int:
        """How many points the latest limits have: of events on one day, the days between tell nothing."""
        own = self.values[self.own :]
        return sum(one > SAME_DAY for one in own) if self.method == "days_between" else len(own)

    @property
    def is_enough(self) -> bool:
        """Whether the latest limits have points enough."""
        return self.number >= POINTS_NEEDED

    def unit(self, series: Series) -> str:
        """That of the values."""
        if self.method == "days_between":
            return f"{DAYS_BETWEEN} {series.what}"
        counted = f"{series.what} a week" if self.method == "xmr" else f"{series.what} in {TOGETHER} weeks"
        return {"count": counted, "share": "%", "rate": PER_DAYS.strip()}[series.figure]

    def points(self, series: Series) -> list[XmrPoint]:
        """The chart, its limits no further than its values can go, and its last point the days since if they tell."""
        points: list[XmrPoint] = []
        places = [place for place in self.places if place < len(self.values)]
        # What began before the limits were to start anew is not news of them.
        since = self.since if self.is_enough else 0.0
        for screen in (True, False):
            if self.method == "days_between":
                way = _AGAINST[series.direction]
                points = t_chart(self.values, since, direction=way, rebase_at=places, screen=screen)
            else:
                chart = xmr(self.values, direction=series.direction, rebase_at=places, screen=screen)
                points = list(chart.points)
            # Screening can drop the only points that moved; every one would then lie outside a range of no width.
            if all(point.lower < point.upper for point in points):
                break
        most = 100.0 if series.figure == "share" else inf
        return [
            XmrPoint(value, mean, max(0.0, lower), min(most, upper), rule, meaning)
            for value, mean, lower, upper, rule, meaning in points
        ]


def weekly(series: Series, rebases: Sequence[date]) -> Plot:
    """Each week."""
    return _plot("xmr", series.recent(WEEKS_READ["xmr"]), rebases, series.end)


def a_week(series: Series, weeks: Plot) -> float:
    """The mean number a week, or of what a share is of: since the latest rebase, if that is long enough ago.

    Up to the last half of a year, which begins in the same week for every ward: a chart that was chosen anew each week
    would change its mind with it.
    """
    numbers = weeks.of if series.figure == "share" else weeks.counts
    own = weeks.own if weeks.is_enough else 0
    half = series.starts[-1] - week_number(series.starts[-1]) % HALF_A_YEAR * WEEK
    first = max(half - WEEKS_READ["xmr"] * WEEK, weeks.starts[own] if own else date.min)
    every = (series.of if series.figure == "share" else None) or series.counts
    before = every[bisect_left(series.starts, first) : bisect_left(series.starts, half)]
    return fmean(before if len(before) >= POINTS_NEEDED else numbers[own:])


def may_be_rare(counts: Sequence[int]) -> bool:
    """Whether a chart of these weekly counts may need the day of each event, wherever its limits start.

    It does so only where some stretch that a chart is chosen by has a mean below `FEWEST_A_WEEK`. Each of these is
    made of stretches of 12 to 23 weeks, of which one is then below it too.
    """
    sums = list(accumulate(counts[-WEEKS_READ["xmr"] - HALF_A_YEAR :], initial=0))
    return any(
        sums[start + weeks] - sums[start] < FEWEST_A_WEEK * weeks
        for weeks in range(POINTS_NEEDED, 2 * POINTS_NEEDED)
        for start in range(len(sums) - weeks)
    )


def rare(series: Series, rebases: Sequence[date], mean: float) -> list[Plot]:
    """The charts of rare events, of that mean number a week, the better first."""
    plots = []
    if series.figure != "share" or mean * TOGETHER >= FEWEST_A_WEEK:
        plots.append(_plot("four_weeks", four_weeks(series.recent(WEEKS_READ["four_weeks"])), rebases, series.end))
    if series.days is not None:
        plots.append(_between(series.starts[-WEEKS_READ["days_between"] :], series.days, rebases, series.end))
    return plots if mean >= FEWEST_TOGETHER else plots[::-1]


def dispersion(series: Series, method: Method, without: int) -> float:
    """How many times as much the figures of its weeks vary as those of independent events would: 1 or more.

    The mean squared difference of one week and the next, or of two (or, of rare events, four) and the next so many,
    over what chance alone makes it: to those a change that lasts adds but little. Where events come in clusters, each
    tells so many times less; of few weeks, which tell it roughly, a little more is taken off. It is taken `without` the
    last weeks, if these are in question.
    """
    recent = series.recent(WEEKS_READ[method])
    of = recent.of or (1,) * len(recent.counts)
    kept = [pair for pair in zip(recent.counts, of, strict=True) if pair[1]]
    kept = kept[: len(kept) - without]
    total = sum(much for _, much in kept)
    mean = sum(count for count, _ in kept) / (total or 1)
    each = mean * (1 - mean) if series.figure == "share" else mean
    if not each:
        return 1.0
    over = list(accumulate((count - mean * much for count, much in kept), initial=0.0))
    room = list(accumulate((each * much for _, much in kept), initial=0.0))
    found = [1.0]
    for width in WIDTHS[method]:
        apart = [
            (over[at + width] - over[at]) / (room[at + width] - room[at]) ** 0.5 for at in range(len(kept) - width + 1)
        ]
        steps = [(after - before) ** 2 for before, after in zip(apart, apart[width:], strict=False)]
        if steps:
            found.append(1 + (fmean(steps) / 2 - 1) * (1 + SLACK * width / len(kept)))
    return max(found)


def why(series: Series, plot: Plot, mean: float) -> str:
    """Which chart it is, and why."""
    if plot.method == "xmr":
        return "An XmR chart of each week, as NHS England's Making Data Count has it: there are enough a week for one."
    said = plain(mean)
    number = f"fewer than {FEWEST_A_WEEK}" if said == str(FEWEST_A_WEEK) else "fewer than 0.1" if said == "0" else said
    few = f"{number} a week {'is' if number == '1' else 'are'} too few for a chart of weeks"
    if plot.method == "four_weeks":
        return f"An XmR chart of {TOGETHER} weeks together, as {few}."
    beds = ", and bed days are left out" if series.figure == "rate" else ""
    return (
        f"A t chart of the days between one and the next, as {few}: two on one day count as half a day apart{beds}."
        " Its middle is that of such days, a little less than their average; its last point, if longer, is the days"
        " since the last, and not over."
    )


def _between(weeks: Sequence[date], days: Sequence[date], rebases: Sequence[date], end: date) -> Plot:
    """The days between the events of the unbroken weeks: what happened in a week without data is not known."""
    weeks = weeks[unbroken(weeks) :]
    known = [day for day in days if weeks[0] <= day <= end]
    between = gaps(known)
    since = float((end - known[-1]).days) if known else 0.0
    places, anew = _places(known, rebases, end)
    places = sorted({min(place, len(between)) for place in places})
    return Plot("days_between", known, between, [1] * len(between), between, places, anew, since)


def _plot(method: Method, series: Series, rebases: Sequence[date], end: date) -> Plot:
    """Of the weeks, or fours of them, that have a figure: counts, percentages, or per 1,000 bed days."""
    of = series.of or (1,) * len(series.counts)
    scale = {"count": 1.0, "share": 100.0, "rate": 1000.0}[series.figure]
    kept = [row for row in zip(series.starts, series.counts, of, strict=True) if row[2]]
    starts = [start for start, _, _ in kept]
    return Plot(
        method,
        starts,
        [scale * one / much for _, one, much in kept],
        [one for _, one, _ in kept],
        [much for _, _, much in kept],
        *_places(starts, rebases, end),
    )


def _places(starts: Sequence[date], rebases: Sequence[date], end: date) -> tuple[list[int], date | None]:
    """Where the limits start: at 0, and at the first point on or after each rebase up to `end`; and the latest rebase
    that some point goes before."""
    places = {sum(start < day for start in starts): day for day in sorted(rebases) if day <= end}
    last = max(places, default=0)
    return sorted({0, *places}), places[last] if last else None
