"""A run of weekly figures of one thing, as the trends read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from bot.trends.xmr import Direction

WEEK = timedelta(days=7)

_FIRST = date(2024, 1, 1)

Figure = Literal["count", "share", "rate"]
"""A count; a share (a count of so many); or a rate per 1,000 occupied bed days."""


def week_number(start: date) -> int:
    """Of the week that starts then, in one count of weeks for all: what is grouped by it stays grouped as time goes."""
    return (start - _FIRST) // WEEK


@dataclass(frozen=True)
class Series:
    """What was counted in whole weeks, oldest first.

    `what` names it in the plural and lower case ("near misses"). `starts` is the first day of each week that has data:
    a week without any is left out, never counted as 0. `of` is what each count is part of, or the occupied bed days of
    the week: None for a plain count. `days` holds the day of each event, oldest first, two on one day twice; None where
    only weeks are known, or where there are so many that no chart needs them (`plot.may_be_rare`).
    """

    what: str
    direction: Direction
    starts: tuple[date, ...]
    counts: tuple[int, ...]
    figure: Figure = "count"
    of: tuple[int, ...] | None = None
    days: tuple[date, ...] | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where the parts do not fit together."""
        if len(self.counts) != len(self.starts) or (self.of is not None and len(self.of) != len(self.starts)):
            raise ValueError("Each week needs one count, and one number that it is part of.")
        if (self.figure == "count") != (self.of is None):
            raise ValueError("A share or a rate needs what it is part of, and a count has nothing of the kind.")
        if any(later - earlier < WEEK for earlier, later in zip(self.starts, self.starts[1:], strict=False)):
            raise ValueError("Weeks must be in order, and must not overlap.")
        if min(self.counts, default=0) < 0 or min(self.of or (), default=0) < 0:
            raise ValueError("A count cannot be below zero.")

    @property
    def end(self) -> date:
        """The last day of its last week."""
        return self.starts[-1] + WEEK - timedelta(days=1) if self.starts else date.min

    def recent(self, weeks: int) -> Series:
        """The latest so many of its weeks."""
        of = None if self.of is None else self.of[-weeks:]
        return replace(self, starts=self.starts[-weeks:], counts=self.counts[-weeks:], of=of)
