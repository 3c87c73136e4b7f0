"""Which wards' figures are not shown to whoever may see no small numbers, and whether the total stays out of sight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from bot.measures import weekly
from bot.measures.catalogue import MEASURES
from bot.privacy.small import Small
from bot.trends.series import Series

Figures = Mapping[str, Mapping[int, Series]]
"""All weeks that are ever read, by measure and ward."""


def kept_back(key: str, figures: Figures, small: Small, own: Collection[int] = ()) -> tuple[frozenset[int], bool]:
    """Which wards are not shown in this measure, and whether the total of all has to stay out of sight as well.

    Of the `own` wards of who looks, all may be seen. `figures` has every measure of the source. What is hidden is
    decided on all weeks that are ever read, of whichever period, and on all measures of the reports, which make each
    other up: else the difference between two pages would tell it.
    """
    source = MEASURES[key].source
    hidden: set[int] = set()
    told = False
    if source != "huddles":  # whether a huddle was held points at nobody
        for every in figures.values() if source == "reports" else (figures[key],):
            others = {ward_id: one for ward_id, one in every.items() if ward_id not in own}
            away, tell = _kept_back(others, every, small)
            hidden |= away
            told |= tell
    return frozenset(hidden), told


def counted_in(every: Mapping[int, Series], together: Series | None) -> frozenset[int]:
    """The wards whose weeks are in those of several together (`weekly.together`)."""
    return frozenset(
        ward_id
        for ward_id, one in every.items()
        if together and len(one.starts) >= weekly.FEWEST_WEEKS and one.figure == together.figure
    )


def _kept_back(others: Mapping[int, Series], every: Mapping[int, Series], small: Small) -> tuple[set[int], bool]:
    together = weekly.together(every.values())
    shared = set(together.starts) if together else set()
    counted = counted_in(others, together)
    hidden: set[int] = set()
    told = False
    for by_week in _weeks(others):
        for week, counts in by_week.items():
            hidden |= {ward_id for ward_id, count in counts.items() if small.is_small(count)}
            if week in shared and (summed := [ward_id for ward_id in counts if ward_id in counted]):
                numbers = [counts[ward_id] for ward_id in summed]
                hidden |= {summed[at] for at in small.withheld(numbers)}
                told = told or small.tells(numbers)
    return hidden, told


def _weeks(series: Mapping[int, Series]) -> Iterable[Mapping[date, Mapping[int, int]]]:
    """By week and ward what was counted; of a share also what it is of, and the rest of that."""
    counted: defaultdict[date, dict[int, int]] = defaultdict(dict)
    of: defaultdict[date, dict[int, int]] = defaultdict(dict)
    rest: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for ward_id, one in series.items():
        for at, (week, number) in enumerate(zip(one.starts, one.counts, strict=True)):
            counted[week][ward_id] = number
            if one.figure == "share" and one.of:
                of[week][ward_id], rest[week][ward_id] = one.of[at], one.of[at] - number
    return counted, of, rest
