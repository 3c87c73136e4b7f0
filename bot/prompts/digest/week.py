"""A digest's week, and what happened in it and in the week before, ward by ward."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.trends.series import WEEK

COUNTED = (
    ("Near misses", "near_miss"),
    ("Successes", "success"),
    ("Restrictive interventions (tally)", "restrictive"),
    ("Huddles skipped", "skipped"),
    ("Actions done", "closed"),
)
ALWAYS = ("near_miss", "success", "closed")
"""Shown where they are none too: of the others, none counted is not the same as none."""

Shown = Callable[[str, int], str]
"""How a count may be seen: by its name, of the digest's week (0) or of the one before (1)."""


@dataclass(frozen=True)
class Week:
    """Seven local dates, both included: those before the day of the digest."""

    first: date
    last: date

    @classmethod
    def before(cls, day: date) -> Week:
        """The week that ends the day before `day`: what was reported today would tell at which hour."""
        return cls(day - WEEK, day - timedelta(days=1))

    @property
    def earlier(self) -> Week:
        """The week before it."""
        return Week(self.first - WEEK, self.last - WEEK)


@dataclass(frozen=True)
class Counts:
    """What a ward counted in the digest's week (0) and in the one before (1), by name; and why huddles were skipped."""

    weeks: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    reasons: list[str] = field(default_factory=list)

    def total(self, name: str) -> int:
        """In both weeks."""
        return self.weeks[0][name] + self.weeks[1][name]


def rows(counts: Sequence[Counts], shown: Shown) -> list[tuple[str, str]]:
    """What wards counted, beside the week before; whether huddles were held points at nobody, and is always shown."""
    now, before = ([one.weeks[back] for one in counts] for back in (0, 1))
    extra = sum(one["extra"] for one in now)
    beside = f", and {extra} beside the plan" if extra else ""
    found = [("Huddles held", f"{_of_planned(now)}{beside} ({_of_planned(before)} the week before)")]
    for label, name in COUNTED:
        if name in ALWAYS or any(one.total(name) for one in counts):
            found.append((label, f"{shown(name, 0)} ({shown(name, 1)} the week before)"))
    if any(one.total("to_answer") for one in counts):
        answers = [_answered(counts, shown, back) for back in (0, 1)]
        found.append(("Reports answered", f"{answers[0]} ({answers[1]} the week before)"))
    return found


def _of_planned(weeks: Sequence[Counter[str]]) -> str:
    planned = sum(one["planned"] for one in weeks)
    return f"{sum(one['held'] for one in weeks)} of {planned} planned" if planned else "none planned"


def _answered(counts: Sequence[Counts], shown: Shown, back: int) -> str:
    """How many of a week's reports have an answer by now."""
    if not any(one.weeks[back]["to_answer"] for one in counts):
        return "none to answer"
    answered, of = shown("answered", back), shown("to_answer", back)
    return f"{answered} of {of}" if of.isdigit() else of
