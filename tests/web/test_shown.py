"""A series as a page shows it: its table and its file say the same, and no more than is known."""

from __future__ import annotations

import csv
from datetime import date, timedelta
import io

from bot.store.tables import Mark
from bot.trends.series import WEEK, Series
from bot.web.dashboard.shown import NOT_ENOUGH, Shown, shown

MONDAY = date(2026, 3, 2)


def page(weeks: int, rebased_at: int) -> Shown:
    """Near misses of so many weeks, their limits anew from one of them on."""
    starts = tuple(MONDAY + at * WEEK for at in range(weeks))
    series = Series("near misses", "neutral", starts, tuple(7 + at % 3 for at in range(weeks)))
    noted = Mark(ward_id=1, day=MONDAY + rebased_at * WEEK, text="a new team", rebases=["near_misses"], by="x")
    return shown("Rowan", "near_misses", series, [noted], MONDAY, starts[-1] + timedelta(days=6))


def test_points_that_are_too_few_have_no_range_in_the_table_or_the_file() -> None:
    found = page(30, 29)
    latest, before, *_ = found.rows
    assert (latest.usual, latest.meaning) == ("-", NOT_ENOUGH)
    assert before.usual == "4.5 to 11.5, average 8" and before.meaning == "Usual variation"
    lines = list(csv.DictReader(io.StringIO(found.csv())))
    assert (lines[-1]["average"], lines[-1]["meaning"]) == ("", NOT_ENOUGH)
    assert lines[-2]["meaning"] == "Usual variation"
    assert "From the first point on or after 21 Sep 2026, limits start anew: a new team." in found.asides


def test_what_ended_weeks_ago_is_dated() -> None:
    starts = tuple(MONDAY + at * WEEK for at in range(30))
    series = Series("near misses", "neutral", starts, tuple(7 + at % 3 for at in range(30)))
    found = shown("Rowan", "near_misses", series, [], MONDAY, starts[-1] + timedelta(days=6) + 9 * WEEK)
    assert found.reading.sentence.startswith("Near misses, up to 27 September: no real change.")
