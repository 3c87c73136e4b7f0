"""What a measure says: read by the chart that fits it, its limits starting anew where the ward decided so."""

from __future__ import annotations

from collections.abc import Iterable

from bot.measures.catalogue import MEASURES
from bot.store.tables import Mark
from bot.trends.reading import Reading, read
from bot.trends.series import Series


def reading_of(key: str, series: Series, marks: Iterable[Mark] = ()) -> Reading:
    """The same wherever it is shown: as sure as one of all measures must be, so that together they seldom cry wolf."""
    return read(series, [mark.day for mark in marks if key in mark.rebases], among=len(MEASURES))
