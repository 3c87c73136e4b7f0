"""What a run of weekly figures honestly says: the chart that fits the data, and whether its end is a real change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
import math
from statistics import fmean
from typing import Literal

from bot.chat.message import Chart, Limits, Point
from bot.trends.series import Figure, Series
from bot.trends.xmr import RUN, Assurance, Direction, Meaning, Rule, Xmr, xmr

Method = Literal["xmr", "days_between", "four_weeks"]

POINTS_NEEDED = 12
"""Points before process limits mean anything."""
FEWEST_A_WEEK = 5
"""Mean count a week below which an XmR chart raises false alarms.

Stable Poisson series of 26 weeks raise one at the last point in 6.0% at a mean of 1, 3.5% at 2, 2.1% at 5.
"""


@dataclass(frozen=True)
class ReadPoint:
    """One point: the first day it stands for, its value in the reading's unit, its usual range, and what it means.

    `mean`, `lower` and `upper` are None where there is too little data for any.
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
    """What a series says. `meaning` is what may be said of its end: common cause where nothing can be said.

    `enough` says whether a change could be told from chance; `sentence` says what changed, that nothing did, or that
    there is too little data; `why` which chart was used and why. `unit` is that of the points.
    """

    what: str
    method: Method
    points: tuple[ReadPoint, ...]
    enough: bool
    meaning: Meaning
    sentence: str
    why: str
    unit: str
    assurance: Assurance | None = None


def read(series: Series, rebases: Sequence[date] = (), target: float | None = None) -> Reading:
    """The chart that fits `series`, and what its end says.

    Limits start anew at the first point on or after each day of `rebases`; one that no point follows yet, or that all
    follow, changes nothing. `target` is in the unit of the reading: a count a week, a percentage, a rate.
    """
    starts, values = _values(series)
    unit = _unit(series)
    places = sorted({place for day in rebases if 0 < (place := _place(starts, day)) < len(starts)})
    latest = places[-1] if places else 0
    points = len(values) - latest
    why = "An XmR chart of each week, as NHS England's Making Data Count has it."
    if points < POINTS_NEEDED:
        since = f" since {_day(starts[latest])}" if latest else ""
        sentence = (
            f"Not enough data yet: {points} of the {POINTS_NEEDED} weeks needed{since}"
            " before a change can be told from chance."
        )
        return Reading(series.what, "xmr", _bare(starts, values), False, "common_cause", sentence, why, unit)
    if _too_rare(series):
        sentence = _four_weeks(series.counts, series.what)
        return Reading(series.what, "xmr", _bare(starts, values), False, "common_cause", sentence, why, unit)

    chart = _chart(values, series.direction, places, target)
    most = 100.0 if series.figure == "share" else math.inf
    read_points = tuple(
        ReadPoint(start, one.value, one.mean, max(0.0, one.lower), min(most, one.upper), one.rule, one.meaning)
        for start, one in zip(starts, chart.points, strict=True)
    )
    sentence = _change(read_points, series.what, series.figure)
    return Reading(series.what, "xmr", read_points, True, chart.variation, sentence, why, unit, chart.assurance)


def chart_of(reading: Reading, title: str, marks: Sequence[tuple[date, str]] = ()) -> Chart:
    """The picture of `reading`, each of `marks` at the point whose days hold it; `alt` says what the picture shows."""
    starts = [point.start for point in reading.points]
    limits: list[Limits] = []
    for at, point in enumerate(reading.points):
        if point.mean is not None and point.lower is not None and point.upper is not None:
            own = (point.mean, point.lower, point.upper)
            if not limits or own != (limits[-1].mean, limits[-1].lower, limits[-1].upper):
                limits.append(Limits(at, *own))
    noted = tuple(
        (max(at for at, start in enumerate(starts) if start <= day), words)
        for day, words in marks
        if starts and day >= starts[0]
    )
    points = tuple(Point(_label(point.start), point.value, point.meaning) for point in reading.points)
    return Chart(title, points, _alt(reading, noted), tuple(limits), reading.unit, marks=noted)


def _values(series: Series) -> tuple[list[date], list[float]]:
    """The weeks that have a figure, and the figures: counts, percentages, or per 1,000 bed days."""
    if series.of is None:
        return list(series.starts), [float(one) for one in series.counts]
    scale = 100.0 if series.figure == "share" else 1000.0
    kept = [
        (start, scale * one / of) for start, one, of in zip(series.starts, series.counts, series.of, strict=True) if of
    ]
    return [start for start, _ in kept], [value for _, value in kept]


def _unit(series: Series) -> str:
    named = {"count": f"{series.what} a week", "share": "%", "rate": "per 1,000 occupied bed days"}
    return named[series.figure]


def _place(starts: Sequence[date], day: date) -> int:
    """The place of the first point on or after `day`."""
    return sum(start < day for start in starts)


def _too_rare(series: Series) -> bool:
    return fmean(series.of if series.figure == "share" and series.of else series.counts) < FEWEST_A_WEEK


def _chart(values: Sequence[float], direction: Direction, places: Sequence[int], target: float | None) -> Xmr:
    chart = xmr(values, direction=direction, rebase_at=places, target=target)
    if any(point.lower == point.upper for point in chart.points):
        # Screening can drop the only weeks that moved; every week would then lie outside a range of no width.
        chart = xmr(values, direction=direction, rebase_at=places, target=target, screen=False)
    return chart


def _bare(starts: Sequence[date], values: Sequence[float]) -> tuple[ReadPoint, ...]:
    return tuple(ReadPoint(start, value) for start, value in zip(starts, values, strict=True))


def _four_weeks(counts: Sequence[int], what: str) -> str:
    now, before = sum(counts[-4:]), sum(counts[-8:-4])
    lead = f"{_capital(what)}: 1" if now == 1 else f"{now} {what}"
    totals = f"{lead} in the last 4 weeks, {before} in the 4 before"
    return f"{totals}: too few a week to tell a real change from chance."


def _change(points: Sequence[ReadPoint], what: str, figure: Figure) -> str:
    last = points[-1]
    if last.mean is None or last.lower is None or last.upper is None:
        raise ValueError("A point without limits tells no change.")
    usual = _usual(last.lower, last.upper, figure)
    value = _said(last.value, figure)
    if last.rule is None:
        return f"{_capital(what)}: no real change. The week's {value} is within {usual}."
    if last.rule == "trend":
        higher = last.value > points[-2].value
        seen = f"each of the last {RUN - 1} weeks was {'higher' if higher else 'lower'} than the week before"
    else:
        higher = last.value > last.mean
        if last.rule == "outside":
            seen = f"the week's {value} is {'above' if higher else 'below'} {usual}"
        elif last.rule == "two_of_three":
            seen = f"at least 2 of the last 3 weeks came close to the {'top' if higher else 'bottom'} of {usual}"
        else:
            side = "above" if higher else "below"
            seen = f"each of the last {RUN} weeks was {side} the average of {_plain(last.mean)}"
    return f"{_capital(what)}: a real change - {seen}. {_asking(last.meaning)}"


def _asking(meaning: Meaning) -> str:
    if meaning == "improvement":
        return "It is the change hoped for: worth asking together what helped."
    if meaning == "concern":
        return "It is not the change hoped for: worth asking together what has been different."
    return "It is neither good nor bad in itself: worth asking together what has been different."


def _usual(lower: float, upper: float, figure: Figure) -> str:
    """The figures that lie within the limits, in words."""
    if figure == "rate":
        return f"the usual range of {_plain(lower)} to {_plain(upper)}"
    sign = "%" if figure == "share" else ""
    fewest, most = math.ceil(lower), math.floor(upper)
    if fewest > most:
        return f"the usual range of {_plain(lower)}{sign} to {_plain(upper)}{sign}"
    if fewest == most:
        return f"the usual range, which is {most}{sign}"
    return f"the usual range of {fewest}{sign} to {most}{sign}"


def _said(value: float, figure: Figure) -> str:
    return {"count": f"{value:.0f}", "share": f"{value:.0f}%", "rate": _plain(value)}[figure]


def named(reading: Reading) -> str:
    """What the points of `reading` count, whole: its unit alone says no more than "%" of a share."""
    if reading.what in reading.unit:
        return reading.unit
    return f"{reading.what} ({reading.unit})" if reading.unit == "%" else f"{reading.what} {reading.unit}"


def _alt(reading: Reading, marks: Sequence[tuple[int, str]]) -> str:
    if not reading.points:
        return f"No data yet. {reading.sentence}"
    values = [point.value for point in reading.points]
    first, last = reading.points[0], reading.points[-1]
    said = [
        f"Line chart of {named(reading)}, {len(values)} points from {_label(first.start)} to {_label(last.start)}:"
        f" lowest {_plain(min(values))}, highest {_plain(max(values))}, latest {_plain(last.value)}."
    ]
    if all(point.mean is None for point in reading.points):
        said.append("Too little data to draw a usual range.")
    for before, point in pairwise([ReadPoint(first.start, 0), *reading.points]):
        own = (point.mean, point.lower, point.upper)
        if own != (before.mean, before.lower, before.upper) and None not in own:
            mean, lower, upper = (_plain(number) for number in own if number is not None)
            said.append(f"Average {mean}, usual range {lower} to {upper} from {_label(point.start)}.")
    said += [f"{_label(reading.points[at].start)}: {words}." for at, words in marks]
    return " ".join([*said, reading.sentence])


def _label(day: date) -> str:
    return f"{day.day} {day:%b}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _plain(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
