"""What a run of weekly figures honestly says: the chart that fits the data, and whether its end is a real change.

docs/trends.md explains the choice and the rules, and has the simulation that they were chosen by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise, takewhile
from math import factorial
from typing import NamedTuple

from bot.chat.message import Chart, Limits, Point
from bot.trends import sentence
from bot.trends.chance import of_events, of_successes
from bot.trends.chart import EARLY, MOST_NOTES
from bot.trends.plot import FEWEST_A_WEEK, POINTS_NEEDED, SPANS, Plot, a_week, dispersion, rare, weekly, why
from bot.trends.rare import TOGETHER
from bot.trends.sentence import About, Method, Seen, plain
from bot.trends.series import Series
from bot.trends.xmr import MEANING_WORDS, RUN, Assurance, Meaning, Rule, XmrPoint, assure

CHANCE = 0.01
"""What chance alone brings so often, or more often, is not called a real change."""
FEWEST_SEEN = 2
"""Mean number a week below which most halvings are not seen within half a year (docs/trends.md): of what comes in
clusters, so many times more."""
SHOWN = 26
"""Points that a chart shows in chat."""
WITHIN_A_YEAR = timedelta(days=300)
"""Over more, a day and a month would not tell which year."""


class ReadPoint(NamedTuple):
    """One point: the first day it stands for, its value in the reading's unit, its usual range, and what it means.

    Days between two events stand from the first of them. `mean`, `lower` and `upper` are None where there is too little
    data for any. `rule` and `meaning` are the chart's own; a reading may say less of them.
    """

    start: date
    value: float
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    rule: Rule | None = None
    meaning: Meaning = "common_cause"


@dataclass(frozen=True)
class Reading:
    """What a series says.

    `enough` says whether a change could be told from chance. `meaning` is what may be said of the end of what was
    counted, common cause where nothing can be: "neutral_high" is more of it, on whatever chart. `sentence` says it
    whole: what changed, that nothing did, or that there is too little data. `why` says which chart was used and why.
    `unit` and `target` are those of the points, which tell of the days up to `until`. `aim` says the target, if there
    is any, and whether it is met. `early` says that the chart marks its end, and chance can still do it; `stale`, that
    newer weeks than the last point were looked at, and had nothing.
    """

    what: str
    method: Method
    points: tuple[ReadPoint, ...]
    enough: bool
    meaning: Meaning
    sentence: str
    why: str
    unit: str
    target: float | None = None
    assurance: Assurance | None = None
    aim: str = ""
    until: date | None = None
    stale: bool = False
    early: bool = False
    shows: Meaning | None = None
    """What its chart shows at the end, if that is more than its last point by itself."""
    faint: bool = False
    """Whether its events are so few that even a halving would mostly not be seen within half a year."""

    @property
    def changed(self) -> bool:
        """Whether its end is a real change, and news."""
        return self.enough and self.meaning != "common_cause" and not self.stale

    @property
    def variation(self) -> Meaning:
        """What the end of the chart shows: longer days between two are higher there."""
        return self.shows or (self.points[-1].meaning if self.enough else "common_cause")


class _Said(NamedTuple):
    """What is said of a series, and the part of a `Reading` that is of it."""

    sentence: str
    meaning: Meaning = "common_cause"
    early: bool = False
    shows: Meaning | None = None


def read(
    series: Series,
    rebases: Sequence[date] = (),
    target: float | None = None,
    among: int = 1,
    last: date | None = None,
) -> Reading:
    """The chart that fits `series`, and what its end says.

    Limits start anew at the first point on or after each day of `rebases`; until there are points enough from there on,
    nothing is said but that. A day before all points, or after the series, changes nothing. `target` is in the unit of
    the series (a count a week, a percentage, a rate). `among` is how many series one message speaks of: the more they
    are, the surer each must be. `last` is the last day that was looked at, if not that of the series: what ended before
    is told with its date, and is no news.
    """
    weeks = weekly(series, rebases)
    number = len(weeks.values)
    if number < POINTS_NEEDED:
        return _unread(series, weeks, sentence.not_enough(number, POINTS_NEEDED), target)
    mean = a_week(series, weeks)
    plots = [weeks] if mean >= FEWEST_A_WEEK else rare(series, rebases, mean)
    plot = next((one for one in plots if one.is_enough), None)
    if plot is None:
        best = next((one for one in plots if one.values), plots[0] if plots else None)
        said, faint = _Said(_not_enough(series, best)), False
        if best is None or not best.own:
            return _unread(series, weeks, said.sentence, target)
        plot, points = best, best.points(series)
    else:
        points = plot.points(series)
        faint = series.figure != "share" and mean < FEWEST_SEEN * dispersion(series, plot.method, 0)
        said = _said(series, plot, points, among, last or series.end, faint=faint)
    own_target = _target(series, plot, target) if plot.is_enough else None
    assurance = None if own_target is None else _assurance(points[-1], own_target, series)
    return Reading(
        what=series.what,
        method=plot.method,
        points=tuple(_read_points(plot, points)),
        enough=plot.is_enough,
        sentence=said.sentence,
        meaning=said.meaning,
        early=said.early,
        shows=said.shows,
        until=plot.until(series) if len(plot.starts) == len(points) else plot.starts[-1],
        stale=plot.until(series) <= (last or series.end) - SPANS[plot.method],
        faint=faint,
        why=why(series, plot, mean),
        unit=plot.unit(series),
        target=own_target,
        assurance=assurance,
        aim=_aim(series, plot, target, assurance),
    )


def chart_of(reading: Reading, title: str, marks: Sequence[tuple[date, str]] = (), shown: int = SHOWN) -> Chart:
    """The picture of the last `shown` points of `reading`, each of `marks` at the point whose days hold it.

    A mark of another day than its point's names it. `alt` says what the picture shows.
    """
    seen = reading.points[-shown:]
    limits = list(_limits(seen))
    noted = []
    for day, words in marks:
        if seen and seen[0].start <= day <= (reading.until or day):
            place = max(at for at, point in enumerate(seen) if point.start <= day)
            noted.append((place, words if seen[place].start == day else f"{words}, {_label(day, years=False)}"))
    years = bool(seen) and seen[-1].start - seen[0].start > WITHIN_A_YEAR
    points = tuple(Point(_label(point.start, years=years), point.value, point.meaning) for point in seen)
    return Chart(
        title,
        points,
        _alt(reading, points, limits, noted),
        tuple(limits),
        reading.unit,
        reading.target,
        tuple(noted),
        (EARLY if reading.early else reading.variation) if reading.enough else None,
        reading.assurance,
    )


def _limits(points: Sequence[ReadPoint]) -> Iterator[Limits]:
    """The limits of each segment that has any."""
    at = 0
    for (mean, lower, upper), segment in groupby(points, lambda point: (point.mean, point.lower, point.upper)):
        end = at + len(list(segment))
        if mean is not None and lower is not None and upper is not None:
            yield Limits(at, mean, lower, upper, None if end == len(points) or points[end].mean is not None else end)
        at = end


def named(reading: Reading) -> str:
    """What the points of `reading` count, whole: its unit alone says no more than "%" of a share."""
    if reading.what in reading.unit:
        return reading.unit
    return f"{reading.what} ({reading.unit})" if reading.unit == "%" else f"{reading.what} {reading.unit}"


def _unread(series: Series, weeks: Plot, said: str, target: float | None) -> Reading:
    points = tuple(ReadPoint(start, value) for start, value in zip(weeks.starts, weeks.values, strict=True))
    drawn = f"The weeks without a usual range, which takes {POINTS_NEEDED} points."
    unit, until = weeks.unit(series), series.end
    aim = _aim(series, weeks, target, None)
    return Reading(series.what, "xmr", points, False, "common_cause", said, drawn, unit, aim=aim, until=until)


def _not_enough(series: Series, plot: Plot | None) -> str:
    """How far the data are from what the best chart of them takes; None where there is no chart of so few."""
    if plot is None:
        return sentence.too_few(series.what)
    if plot.method == "days_between":
        days = {day for day in plot.starts if plot.anew is None or day >= plot.anew}
        return sentence.not_enough_days(series.what, len(days), POINTS_NEEDED + 1, plot.anew)
    return sentence.not_enough(plot.number, POINTS_NEEDED, plot.anew, few=plot.method == "four_weeks")


def _read_points(plot: Plot, points: Sequence[XmrPoint]) -> Iterator[ReadPoint]:
    """The points as they are shown: without limits where these are from too few."""
    for begin, end in pairwise([*plot.places, len(points)]):
        bare = not plot.is_enough if begin == plot.own else end - begin < POINTS_NEEDED
        for start, one in zip(plot.starts[begin:end], points[begin:end], strict=True):
            yield ReadPoint(start, one.value) if bare else ReadPoint(start, *one)


def _target(series: Series, plot: Plot, target: float | None) -> float | None:
    """In the unit of the points: none for days between, of which a number a week says nothing."""
    if target is None or plot.method == "days_between":
        return None
    return target * TOGETHER if plot.method == "four_weeks" and series.figure == "count" else target


def _assurance(last: XmrPoint, target: float, series: Series) -> Assurance | None:
    """What the limits say of the target. Where every value is the same and the target's, it was met each time."""
    if last.lower == last.upper == target and series.direction != "neutral":
        return "consistent_pass"
    return assure(last.lower, last.upper, target, series.direction)


def _aim(series: Series, plot: Plot, target: float | None, assurance: Assurance | None) -> str:
    if target is None:
        return ""
    return sentence.aim(series.figure, series.direction, plot.method, target, assurance)


def _said(series: Series, plot: Plot, points: Sequence[XmrPoint], among: int, last: date, *, faint: bool) -> _Said:
    """What may be said of the end, and what it means."""
    until = plot.until(series)
    about = About(series.what, series.figure, plot.method, until, is_last=until == last)
    found = list(_seen(points[plot.own :], is_open=len(points) > len(plot.values)))
    if not found:
        return _Said(sentence.no_change(about, points[-1], plot.since, faint=faint))
    for one in found:
        if _chance(series, plot, points, one) < CHANCE / among:
            more = one.higher != (plot.method == "days_between")
            meaning = _meaning(series, more=more, higher=more)
            said = sentence.change(about, points, one, meaning)
            return _Said(said, meaning, shows=_meaning(series, more=more, higher=one.higher))
    return _Said(sentence.not_yet(about, points, found[0]), early=True)


def _meaning(series: Series, *, more: bool, higher: bool) -> Meaning:
    """What it means that there is more (or less) of what is counted; where that is neither good nor bad, which way."""
    if series.direction == "neutral":
        return "neutral_high" if higher else "neutral_low"
    return "improvement" if more == (series.direction == "increase") else "concern"


def _seen(points: Sequence[XmrPoint], *, is_open: bool) -> Iterator[Seen]:
    """The rules that the end of `points` breaks, the chart's own first."""
    last = points[-1]
    higher = last.value > last.mean
    if last.rule == "trend":
        yield Seen("trend", RUN, last.value > points[-2].value, is_open)
    elif last.rule == "outside":
        yield Seen("outside", 1, higher, is_open)
    elif last.rule == "two_of_three":
        yield Seen("two_of_three", 3, higher, is_open)
    run = _one_side(points)
    if run >= RUN:
        yield Seen("shift", run, higher, is_open)
    elif run > 1 and any(one.rule in ("outside", "two_of_three") for one in points[-run:]):
        yield Seen(None, run, higher, is_open)


def _one_side(points: Sequence[XmrPoint]) -> int:
    """How many of the last points are on one side of the average."""
    higher = points[-1].value > points[-1].mean
    run = takewhile(lambda point: point.value != point.mean and (point.value > point.mean) == higher, reversed(points))
    return len(list(run))


def _chance(series: Series, plot: Plot, points: Sequence[XmrPoint], seen: Seen) -> float:
    """How often chance alone, on a stable ward, brings a last stretch so far from the rest, on either side.

    Of a trend it is the order that tells, not the total. Where figures vary so many `times` as much as those of
    independent events, so many are taken as one.
    """
    if seen.rule == "trend":
        return 2 / factorial(RUN)
    # A lone point may be one cluster, and a long shift steps once; but a short run may be most of what varies at all.
    run = _one_side(points[plot.own :])
    apart = run > 1 and plot.method == "xmr" and seen.rule in ("outside", "two_of_three")
    times = dispersion(series, plot.method, run if apart else 0)
    counts, of = plot.counts[plot.own :], plot.of[plot.own :]
    counted, total, much, whole = sum(counts[-seen.length :]), sum(counts), sum(of[-seen.length :]), sum(of)
    if plot.method == "days_between":
        days = [point.value for point in points[plot.own :]]
        share = sum(days[-seen.length :]) / sum(days)
        # The stretch ends at an event, or now: the more days, the fewer of the other events lie within.
        within, others = seen.length - seen.higher, len(days) - 1
        chance = of_events(round(within / times), round(others / times), share, more=not seen.higher)
    elif series.figure == "share":
        # What was and what was not: either by itself, so that no part is more than its whole.
        done, left = round(counted / times), round((much - counted) / times)
        others, others_left = round((total - counted) / times), round((whole - much - total + counted) / times)
        every = done + left + others + others_left
        chance = of_successes(done, done + left, done + others, every, more=seen.higher)
    else:
        inside, outside = round(counted / times), round((total - counted) / times)
        chance = of_events(inside, inside + outside, much / whole, more=seen.higher)
    return min(1.0, 2 * chance)


def _alt(reading: Reading, points: Sequence[Point], limits: Sequence[Limits], marks: Sequence[tuple[int, str]]) -> str:
    if not points:
        return f"No data yet. {reading.sentence}"
    values = [point.value for point in points]
    middle = "middle" if reading.method == "days_between" else "average"
    many = "1 point" if len(points) == 1 else f"{len(points)} points"
    said = [
        f"Line chart of {named(reading)}, {many} from {points[0].label} to {points[-1].label}:"
        f" lowest {plain(min(values))}, highest {plain(max(values))}, latest {plain(values[-1])}."
    ]
    said += [
        f"From {points[one.start].label}: {middle} {plain(one.mean)},"
        f" usual range {plain(one.lower)} to {plain(one.upper)}."
        for one in limits
    ]
    if not limits:
        said.append("Too little data to draw a usual range.")
    if reading.aim:
        said.append(reading.aim)
    if marked := list(_marked(reading.points[-len(points) :], points)):
        said.append(f"Special cause at {', '.join(marked)}.")
    earlier = len(marks) - MOST_NOTES
    said += [f"Note at {points[at].label}: {words.rstrip('.')}." for at, words in sorted(marks)[-MOST_NOTES:]]
    if earlier > 0:
        said.append(f"And {earlier} earlier.")
    return " ".join([*said, reading.sentence])


def _marked(read: Sequence[ReadPoint], points: Sequence[Point]) -> Iterator[str]:
    """Which points the chart marks, and as what: those in a row together."""
    labelled = zip(read, points, strict=True)
    for meaning, together in groupby(labelled, lambda pair: pair[0].meaning):
        labels = [point.label for _, point in together]
        if meaning != "common_cause":
            span = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
            yield f"{span} ({MEANING_WORDS[meaning].partition(': ')[2]})"


def _label(day: date, *, years: bool) -> str:
    return f"{day.day} {day:%b} {day:%y}" if years else f"{day.day} {day:%b}"
