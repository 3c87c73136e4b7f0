"""The command `bot spc`: a statistical process control chart of any file of dated values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
import json
import math
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from bot.given import text_of
from bot.trends.xmr import Direction

if TYPE_CHECKING:  # what they bring is for this command alone
    from bot.chat.message import Limits
    from bot.handlers.dated_csv import Dated
    from bot.trends.reading import Reading
    from bot.trends.series import Series

RULES = {
    "outside": "outside the usual range",
    "trend": "part of 7 in a row that all rise or all fall",
    "two_of_three": "one of 2 in 3 that come close to a limit",
    "shift": "part of 7 in a row on one side of the average",
}
FEWEST = 12
"""Points before limits mean anything."""
NOT_JUDGED = "say with --direction which way is better, to see whether it is met"
NO_TARGET = "it is a number of events, and this chart shows the days between them"
WEEK = 7
A_YEAR = 300
"""Days from which on the year belongs to a date."""


def add_to(app: typer.Typer, fail: Callable[..., NoReturn]) -> None:
    """Put the command on the app; `fail` is that of the other commands."""

    @app.command()
    def spc(
        file: Annotated[
            Path,
            typer.Argument(metavar="FILE.csv", help="CSV with the columns date and value; - for standard input."),
        ],
        direction: Annotated[Direction, typer.Option(help="Which way is better.")] = "neutral",
        rebase: Annotated[
            list[str] | None,
            typer.Option(metavar="DATE", help="Limits start anew at this date of the file; may be repeated."),
        ] = None,
        no_screen: Annotated[
            bool, typer.Option("--no-screen", help="Keep extreme moving ranges, as NHS England's spreadsheet does.")
        ] = False,
        target: Annotated[float | None, typer.Option(help="Is it met consistently, or by chance?")] = None,
        fix_after: Annotated[
            int | None, typer.Option(metavar="N", help="Take limits from the first N points alone, 12 or more.")
        ] = None,
        chart: Annotated[
            Literal["xmr", "auto"], typer.Option(help="auto: the one that fits, of rare events too.")
        ] = "xmr",
        as_json: Annotated[bool, typer.Option("--json", help="As JSON, unrounded.")] = False,
        png: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it as a picture.")] = None,
        svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it for a web page.")] = None,
    ) -> None:
        """Is a change real? An XmR chart of any CSV of dates and values, as NHS England's Making Data Count has it."""
        from bot.handlers.csv_file import CsvError
        from bot.handlers.dated_csv import read_dated

        name = "values" if str(file) == "-" else file.stem.replace("_", " ").replace("-", " ")
        try:
            dated = read_dated(text_of(file, fail), date.today())
            rebases = [_rebase(text, dated.dates, fail) for text in rebase or ()]
            reading = _auto(dated, name, direction, rebases, target) if chart == "auto" else None
            if reading is None:
                reading = _xmr(dated, name, direction, rebases, target, fix_after, screen=not no_screen)
            elif no_screen or fix_after is not None:
                fail(f"--no-screen and --fix-after are for an XmR chart, and --chart auto draws none. {reading.why}")
        except (CsvError, ValueError) as error:
            fail(str(error))
        for doubt in dated.doubts:
            typer.echo(doubt, err=True)
        _draw(reading, target, {"png": png, "svg": svg}, fail)
        if as_json and target is not None and reading.target is None:
            typer.echo(_of_target(reading, target), err=True)
        typer.echo(json.dumps(_shape(reading), indent=1) if as_json else _told(reading, target))


def _rebase(text: str, dates: Sequence[date], fail: Callable[..., NoReturn]) -> date:
    from bot.handlers.dated_csv import read_day

    day = read_day(text)
    if isinstance(day, str):
        fail(f"--rebase: {day}")
    if day not in dates:
        near = sorted(sorted(dates, key=lambda one: abs(one - day))[:2])
        fail(f"--rebase: {day} is no date of the file; the nearest are {' and '.join(map(str, near))}")
    return day


def _auto(
    dated: Dated, name: str, direction: Direction, rebases: Sequence[date], target: float | None
) -> Reading | None:
    """What the bot itself would make of the values; nothing where that is an XmR chart, or they are no such counts."""
    from bot.trends.reading import read

    series = _series(dated, name, direction)
    if series is None:
        return None
    reading = read(series, rebases, target)
    return None if reading.method == "xmr" and reading.enough else reading


def _series(dated: Dated, name: str, direction: Direction) -> Series | None:
    """The values as weekly counts: given so, or as the days of rare events; nothing where they are neither."""
    from bot.trends.plot import FEWEST_A_WEEK
    from bot.trends.series import Series

    counts, dates = tuple(map(int, dated.values)), dated.dates
    steps = [(later - earlier).days for earlier, later in pairwise(dates)]
    if counts != dated.values or min(counts) < 0:
        return None
    if not steps or (median_low(steps) == WEEK and all(step % WEEK == 0 for step in steps)):
        return Series(name, direction, dates, counts)
    weeks = math.ceil(((dates[-1] - dates[0]).days + 1) / WEEK)
    regular = len(set(steps)) == 1 or (min(steps) >= WEEK and max(counts) > 1)
    if min(counts) == 0 or regular or sum(counts) >= FEWEST_A_WEEK * weeks:
        return None
    starts = tuple(dates[-1] - timedelta(days=WEEK * back - 1) for back in range(weeks, 0, -1))
    days = tuple(day for day, count in zip(dates, counts, strict=True) for _ in range(count))
    in_week = Counter((dates[-1] - day).days // WEEK for day in days)
    return Series(name, direction, starts, tuple(in_week[back] for back in range(weeks - 1, -1, -1)), days=days)


def _xmr(
    dated: Dated,
    name: str,
    direction: Direction,
    rebases: Sequence[date],
    target: float | None,
    fix_after: int | None,
    *,
    screen: bool,
) -> Reading:
    from bot.trends.reading import Reading, ReadPoint
    from bot.trends.xmr import xmr

    places = [dated.dates.index(day) for day in rebases]
    found = xmr(dated.values, direction=direction, screen=screen, rebase_at=places, fix_after=fix_after, target=target)
    points = tuple(
        ReadPoint(day, one.value, one.mean, one.lower, one.upper, one.rule, one.meaning)
        for day, one in zip(dated.dates, found.points, strict=True)
    )
    latest = len(points) - max(places, default=0)
    reading = Reading(
        what=name,
        method="xmr",
        points=points,
        enough=latest >= FEWEST,
        meaning=found.variation,
        sentence="",
        why="An XmR chart, as NHS England's Making Data Count has it.",
        unit=name,
        target=target,
        assurance=found.assurance,
    )
    return replace(reading, sentence=_sentence(reading, latest))


def _sentence(reading: Reading, latest: int) -> str:
    """What the end of the chart says; `latest` is how many points the last limits are from."""
    from bot.trends.xmr import MEANING_WORDS

    last = reading.points[-1]
    value = f"The latest value, {_numbers(reading)(last.value)} on {_day(last.start)},"
    if not reading.enough:
        many = f"{latest} point{'' if latest == 1 else 's'}"
        return f"{value} tells nothing yet, for limits from {many} are a guess: {FEWEST} are needed."
    if last.rule is None:
        return f"{value} shows no real change: chance alone can do this."
    change = MEANING_WORDS[last.meaning].partition(": ")[2]
    return f"{value} is a real change ({change}): it is {RULES[last.rule]}."


def _shape(reading: Reading) -> dict[str, Any]:
    """The reading as design.md promises it to other tools."""
    last = reading.points[-1]
    return {
        "chart": reading.method,
        "mean": last.mean,
        "lower": last.lower,
        "upper": last.upper,
        "variation": reading.variation,
        "assurance": reading.assurance,
        "points": [
            {
                "date": str(one.start),
                "value": one.value,
                "mean": one.mean,
                "lower": one.lower,
                "upper": one.upper,
                "rule": one.rule,
                "meaning": one.meaning,
            }
            for one in reading.points
        ],
    }


def _told(reading: Reading, target: float | None) -> str:
    """The reading for a person: a table, then what it says."""
    from bot.trends.xmr import MEANING_WORDS

    number = _numbers(reading)
    rows = [["date", reading.unit, "average", "lower", "upper", ""]]
    for point in reading.points:
        words = f"{MEANING_WORDS[point.meaning]}, {RULES[point.rule]}" if point.rule else ""
        figures = (point.value, point.mean, point.lower, point.upper)
        rows.append([str(point.start), *("-" if figure is None else number(figure) for figure in figures), words])
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    table = ["  ".join([*(f"{row[at]:>{widths[at]}}" for at in range(5)), row[5]]).rstrip() for row in rows]
    return "\n".join([*table, "", *_said(reading, target)])


def _said(reading: Reading, target: float | None) -> list[str]:
    """What the reading says, in sentences."""
    number, segments = _numbers(reading), _segments(reading)
    said = [reading.why]
    for one in segments:
        since = f" from {_day(reading.points[one.start].start)}" if segments[1:] else ""
        said.append(f"Average {number(one.mean)}, usual range {number(one.lower)} to {number(one.upper)}{since}.")
    said.append(reading.sentence)
    if target is not None:
        said.append(_of_target(reading, target))
    return said


def _of_target(reading: Reading, target: float) -> str:
    """Whether the target is met; or why it is neither drawn nor judged."""
    from bot.trends.xmr import ASSURANCE_WORDS

    if reading.target is None:
        why = NO_TARGET if reading.enough else "there are too few points for limits to hold it against"
        return f"Target {target:g}: not drawn and not judged, for {why}."
    drawn = "" if reading.target == target else f" a week, which is {reading.target:g} {reading.unit}"
    met = ASSURANCE_WORDS[reading.assurance].lower() if reading.assurance else NOT_JUDGED
    return f"Target {target:g}{drawn}: {met}."


def _segments(reading: Reading) -> list[Limits]:
    """The limits of the chart's segments, each from the point at which it starts."""
    from bot.chat.message import Limits

    found: list[Limits] = []
    for at, one in enumerate(reading.points):
        if one.mean is not None and one.lower is not None and one.upper is not None:
            limits = Limits(at, one.mean, one.lower, one.upper)
            if not found or replace(limits, start=found[-1].start) != found[-1]:
                found.append(limits)
    return found


def _draw(reading: Reading, target: float | None, files: dict[Any, Path | None], fail: Callable[..., NoReturn]) -> None:
    """Draw the picture into each of `files` that is asked for, by its kind."""
    if not any(files.values()):
        return
    from bot.chat.message import Chart, Point
    from bot.trends.chart.picture import picture

    long = (reading.points[-1].start - reading.points[0].start).days > A_YEAR
    chart = Chart(
        title=reading.what[:1].upper() + reading.what[1:],
        points=tuple(
            Point(f"{one.start.day} {one.start:{'%b %y' if long else '%b'}}", one.value, one.meaning)
            for one in reading.points
        ),
        alt=" ".join(_said(reading, target)),
        limits=tuple(_segments(reading)),
        unit="" if reading.unit == reading.what else reading.unit,
        target=reading.target,
        variation=reading.variation if reading.enough else None,
        assurance=reading.assurance,
    )
    for kind, file in files.items():
        if file:
            try:
                file.write_bytes(picture(chart, kind))
            except OSError as error:
                fail(f"--{kind}: {file}: {error.strerror}")


def _numbers(reading: Reading) -> Callable[[float], str]:
    """How the numbers of a reading are written: as they are where short, else to about a hundredth of their range."""
    shown = [figure for one in reading.points for figure in (one.value, one.lower, one.upper) if figure is not None]
    spread = max(shown, default=0) - min(shown, default=0)
    places = max(1, 2 - math.floor(math.log10(spread))) if spread else 1

    def written(number: float) -> str:
        return f"{number:.0f}" if number == int(number) else f"{number:.{places}f}"

    return written


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
