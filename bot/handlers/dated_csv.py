"""A file of dated values that a person has made with whatever they have: its values in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
import math
import re
from statistics import median

from bot.handlers.csv_file import CsvFault, heading_of, refuse, rows_of, uneven

COLUMNS = ("date", "value")
UNEVEN = timedelta(days=3)
"""A month may be so much longer than another."""
WEEK = 7
MOSTLY = 0.75
"""Of the steps between dates, the share that makes them regular."""
EARLIEST = date(1900, 1, 1)
LARGEST = 1e15
"""Beyond that a float no longer tells one whole number from the next."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
"""Python takes 20261116 and 2026-W47 too; the first may as well be a number in the wrong column."""
_MONTH_NAMED = ("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d-%b-%y")


@dataclass(frozen=True)
class Dated:
    """Values with their dates, oldest first; `doubts` are what whoever made the file should know of how it was read."""

    dates: tuple[date, ...]
    values: tuple[float, ...]
    doubts: tuple[str, ...]


def read_dated(text: str, today: date) -> Dated:
    """The columns `date` and `value` of a file; its others are left alone, and so are empty rows.

    Names may be in any case and order, cells parted by comma, semicolon or tab as the heading shows it, rows in any
    order. A date after `today` is refused, but for the last where it names a period that still runs (a month by its
    last day). Raises `CsvError`, with every fault by line and column.
    """
    separator, heading = heading_of(text, COLUMNS)
    missing = f"this column is missing; the first line has {', '.join(f'“{name}”' for name in heading[:6])}"
    refuse(
        [
            CsvFault(1, name, "this column is there twice" if name in heading else missing)
            for name in COLUMNS
            if heading.count(name) != 1
        ]
    )
    faults: list[CsvFault] = []
    found: dict[date, tuple[float, int]] = {}
    written: list[str] = []
    for line, cells in rows_of(text, separator):
        if fault := uneven(line, cells, heading):
            faults.append(fault)
            continue
        day_text, value_text = (cells[heading.index(name)].strip() for name in COLUMNS)
        day, value = read_day(day_text), _value(value_text)
        if isinstance(day, str):
            faults.append(CsvFault(line, "date", day))
        elif day in found:
            words = f"{day} is there twice, first in line {found[day][1]}; give each date one row"
            faults.append(CsvFault(line, "date", words))
        if isinstance(value, str):
            faults.append(CsvFault(line, "value", value))
        if isinstance(day, date) and day not in found:
            found[day] = (0.0 if isinstance(value, str) else value, line)
            written.append(day_text)
    days = sorted(found)
    running = _still_runs(days, today)
    faults += [
        CsvFault(found[day][1], "date", f"{day} is in the future: is the year right?")
        for day in (days[:-1] if running else days)
        if day > today
    ]
    if not days and not faults:
        faults = [CsvFault(1, "row", "there is no value below the heading; each date needs a row")]
    refuse(faults)
    doubts = []
    if unclear := _unclear(written):
        doubts.append(f"“{unclear[0]}” was read with the day first: {_said(unclear[1])}.")
    if gap := _gap(days):
        doubts.append(f"There is no row between {_said(gap[0])} and {_said(gap[1])}: the chart has them side by side.")
    if running:
        doubts.append(
            f"The last date, {_said(days[-1])}, is still to come: a period that still runs can look like a change."
        )
    return Dated(tuple(days), tuple(found[day][0] for day in days), tuple(doubts))


def read_day(text: str) -> date | str:
    """The date that `text` is, day first as in the UK; or what is wrong, in words."""
    day = _day(text)
    if day is None:
        return f"“{text}” is not a date; write it like 2026-12-31 or, day first, 31/12/2026" if text else "it is empty"
    return day if day >= EARLIEST else f"“{text}” is too long ago: is the year right?"


def _day(text: str) -> date | None:
    try:
        if parts := _DAY_FIRST.fullmatch(text):
            return date(int(parts[4]), int(parts[3]), int(parts[1]))
        if _YEAR_FIRST.match(text):
            return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for form in _MONTH_NAMED:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _value(text: str) -> float | str:
    """The number that `text` is; or what is wrong, in words."""
    if not text:
        return "it is empty; leave the row out where there is no value"
    if not _NUMBER.fullmatch(text):
        return f"“{text}” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out"
    number = float(text)
    return number if math.isfinite(number) and abs(number) <= LARGEST else f"“{text}” is too large"


def _still_runs(days: Sequence[date], today: date) -> bool:
    """Whether the last date alone is to come, and no further on than a month, a quarter or a year in the file goes."""
    steps = [later - earlier for earlier, later in pairwise(days)]
    return len(steps) > 1 and days[-2] <= today < days[-1] and steps[-1] <= max(steps[:-1]) + UNEVEN


def _gap(days: Sequence[date]) -> tuple[date, date] | None:
    """The widest gap between two dates of a file that otherwise goes by weeks, months or the like."""
    steps = [(later - earlier).days for earlier, later in pairwise(days)]
    usual = median(steps) if steps else 0
    regular = sum(abs(step - usual) <= UNEVEN.days for step in steps)
    if usual < WEEK or regular < len(steps) * MOSTLY or max(steps) <= usual * 1.5 + UNEVEN.days:
        return None
    at = steps.index(max(steps))
    return days[at], days[at + 1]


def _unclear(written: Sequence[str]) -> tuple[str, date] | None:
    """A date that is another with the month first, where no date of the file shows which comes first."""
    parted = [parts for text in written if (parts := _DAY_FIRST.fullmatch(text))]
    if any(int(parts[1]) > 12 for parts in parted):
        return None
    for parts in parted:
        if int(parts[1]) != int(parts[3]):
            return parts[0], date(int(parts[4]), int(parts[3]), int(parts[1]))
    return None


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
