"""The month or quarter that a board report is about, and its whole weeks."""

from __future__ import annotations

from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
import re

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(20[0-9]{2})-Q([1-4])", re.IGNORECASE)
QUARTER = 3
"""Months."""


@dataclass(frozen=True)
class Period:
    """`name` as it is typed, `title` as it is said; from the first day to the last."""

    name: str
    title: str
    first: date
    last: date

    @property
    def sunday(self) -> date:
        """The end of the last whole week that ends in it."""
        return self.last - timedelta(days=(self.last.weekday() + 1) % 7)

    @property
    def monday(self) -> date:
        """The beginning of the first whole week that ends in it."""
        return self.first - timedelta(days=self.first.weekday())


def month(name: str) -> Period:
    """`2026-10`. Raises ValueError."""
    if not (found := _MONTH.fullmatch(name)):
        raise ValueError(f"“{name}” is not a month; write it like 2026-10")
    return _months(name, int(found[1]), int(found[2]), 1)


def quarter(name: str) -> Period:
    """`2026-Q3`, of the calendar year: July to September. Raises ValueError."""
    if not (found := _QUARTER.fullmatch(name)):
        raise ValueError(f"“{name}” is not a quarter; write it like 2026-Q3 (July to September)")
    return _months(name.upper(), int(found[1]), QUARTER * (int(found[2]) - 1) + 1, QUARTER)


def _months(name: str, year: int, first: int, months: int) -> Period:
    last = first + months - 1
    words = month_name[first] if months == 1 else f"{month_name[first]} to {month_name[last]}"
    return Period(name, f"{words} {year}", date(year, first, 1), date(year, last, monthrange(year, last)[1]))
