"""A series as a page shows it: what it says, its picture, its table and its file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import csv
from dataclasses import dataclass
from datetime import date, timedelta
import io

from bot.chat.message import Chart
from bot.measures.catalogue import MEASURES
from bot.measures.signals import reading_of
from bot.privacy.cells import safe
from bot.prompts.words import count
from bot.store.tables import Mark, Target
from bot.trends import sentence
from bot.trends.reading import Reading, ReadPoint, chart_of
from bot.trends.series import WEEK, Figure, Series
from bot.trends.xmr import ASSURANCE_SIGNS, ASSURANCE_WORDS, MEANING_WORDS

ANEW = "limits start anew"
COLUMNS = (
    "ward",
    "measure",
    "from",
    "value",
    "unit",
    "average",
    "usual_from",
    "usual_to",
    "meaning",
    "notes",
    "target",
    "assurance",
)
NOT_ENOUGH = "Not enough data yet"


@dataclass(frozen=True)
class Row:
    """A point in words."""

    when: str
    value: str
    usual: str
    meaning: str


@dataclass(frozen=True)
class Shown:
    """One measure of a ward, or of several together (`name`)."""

    key: str
    name: str
    reading: Reading
    points: tuple[ReadPoint, ...]
    """Those of the period."""
    chart: Chart
    notes: tuple[Mark, ...]
    asides: tuple[str, ...]
    """What else must be known: weeks that are missing, limits that start anew."""
    figure: Figure = "count"
    """That of a week."""
    target: Target | None = None
    """As it was set, in whichever figure."""

    @property
    def title(self) -> str:
        """What its chart is called."""
        return MEASURES[self.key].title

    @property
    def unit(self) -> str:
        """That of a week, in which a target is set."""
        return "%" if self.figure == "share" else f"{self.reading.what}{sentence.UNITS[self.figure]}"

    @property
    def typed(self) -> str:
        """The target as it may be typed anew; empty where there is none in this figure."""
        return plain(self.target.value) if self.target and self.target.figure == self.figure else ""

    @property
    def sign(self) -> str:
        """Making Data Count's letter for whether the target is met; empty where nothing is said of it."""
        return ASSURANCE_SIGNS[self.reading.assurance] if self.reading.assurance else ""

    @property
    def aim(self) -> Row | None:
        """The target as a row of its table, where its chart has one."""
        if self.reading.target is None:
            return None
        return Row("Target", self._said(self.reading.target), "-", self._assured)

    @property
    def _assured(self) -> str:
        return f"{ASSURANCE_WORDS[self.reading.assurance]} ({self.sign})" if self.reading.assurance else NOT_ENOUGH

    @property
    def rows(self) -> list[Row]:
        """Its table, the latest first."""
        return [
            Row(_day(point.start), self._said(point.value), self._usual(point), _meaning(point))
            for point in reversed(self.points)
        ]

    def csv(self) -> str:
        """Its points as a file that no spreadsheet takes for formulas, oldest first."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        points, target = self.points, self.reading.target
        aimed = ("", "") if target is None else (plain(target), self._assured)
        for point, after in zip(points, [*(one.start for one in points[1:]), date.max], strict=True):
            notes = "; ".join(mark.text for mark in self.notes if point.start <= mark.day < after)
            numbers = (point.value, point.mean, point.lower, point.upper)
            value, *limits = ("" if number is None else f"{number:.7g}" for number in numbers)
            figures = (point.start.isoformat(), value, self.reading.unit, *limits)
            writer.writerow(map(safe, (self.name, self.title, *figures, _meaning(point), notes, *aimed)))
        return out.getvalue()

    def _said(self, value: float) -> str:
        return f"{value:.0f}%" if self.reading.unit == "%" else plain(value)

    def _usual(self, point: ReadPoint) -> str:
        if point.mean is None or point.lower is None or point.upper is None:
            return "-"
        middle = "middle" if self.reading.method == "days_between" else "average"
        return f"{plain(point.lower)} to {plain(point.upper)}, {middle} {plain(point.mean)}"


def _meaning(point: ReadPoint) -> str:
    return MEANING_WORDS[point.meaning] if point.mean is not None else NOT_ENOUGH


def shown(
    name: str,
    key: str,
    series: Series,
    marks: Sequence[Mark],
    first: date,
    last: date,
    targets: Sequence[Target] = (),
) -> Shown:
    """What is seen of a series from `first` to `last`, the end of the last week, with what was noted on it.

    It is read whole, so that it says the same for every period, and in the digest.
    """
    reading = reading_of(key, series, marks, targets, last=last)
    target = next((one for one in targets if one.measure == key), None)
    points = tuple(point for point in reading.points if point.start >= first)
    notes = tuple(mark for mark in marks if first <= mark.day <= last)
    words = [(mark.day, f"{mark.text} ({ANEW})" if key in mark.rebases else mark.text) for mark in notes]
    asides = [
        f"From the first point on or after {_day(mark.day)}, {ANEW}: {mark.text}."
        for mark in marks
        if key in mark.rebases
    ]
    chart = chart_of(reading, f"{name}: {MEASURES[key].title}", words, len(points))
    asides += [*_set_aside(series, target), *_gaps(series, last)]
    return Shown(key, name, reading, points, chart, notes, tuple(asides), series.figure, target)


def _set_aside(series: Series, target: Target | None) -> Iterable[str]:
    """Of a target in another figure than the weeks have now: bed days were imported since, or no longer are."""
    if target and target.figure != series.figure:
        set_in, now = sentence.UNITS[target.figure], sentence.UNITS[series.figure]
        yield f"The target of {plain(target.value)}{set_in} is not shown: the chart is of {series.what}{now}."


def _gaps(series: Series, last: date) -> Iterable[str]:
    if not series.starts:
        return
    missing = (series.starts[-1] - series.starts[0]) // WEEK + 1 - len(series.starts)
    if missing:
        yield f"{count(missing, 'week', 'weeks')} without figures left out: not counted as 0."
    if series.starts[-1] < last - WEEK + timedelta(days=1):
        yield f"The latest week with figures began on {_day(series.starts[-1])}."


def plain(number: float) -> str:
    """A number as people write it, to one decimal."""
    return f"{number:.1f}".removesuffix(".0")


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"
