"""What a measure says: read by the chart that fits it, its limits starting anew where the ward decided so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.measures.catalogue import MEASURES
from bot.store.tables import Mark, Target
from bot.trends.reading import Reading, read
from bot.trends.series import Series


def reading_of(
    key: str,
    series: Series,
    marks: Iterable[Mark] = (),
    targets: Iterable[Target] = (),
    *,
    last: date | None = None,
    wards: int = 1,
) -> Reading:
    """The same wherever it is shown: as sure as one of all measures must be, so that together they seldom cry wolf.

    `targets` are the ward's. One in another figure than the series has (a count a week, and there are rates now) is
    none of it. `last` is the last day of the last week that is looked at: what ends before is no news. Where one
    message tells of several `wards`, each must be surer still.
    """
    rebases = [mark.day for mark in marks if key in mark.rebases]
    target = next((one.value for one in targets if one.measure == key and one.figure == series.figure), None)
    return read(series, rebases, target, among=len(MEASURES) * wards, last=last)
