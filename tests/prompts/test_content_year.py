"""The simulated year of `python -m benchmarks.content_year`: what a ward gets, day by day, from the real library."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from benchmarks.content_year import DAYS, WARDS, returns, year_of_reminders, year_of_scenes
from bot.prompts.library import Library, Reminder
from bot.prompts.reminder import SHARES

SHIPPED = Library.load()
REVIEWED = replace(
    SHIPPED,
    reminders={id: one.model_copy(update={"review_by": date(2030, 1, 1)}) for id, one in SHIPPED.reminders.items()},
)
"""Had each reminder been reviewed in time, and found good."""


def worst_of_twenty(got: list[Reminder]) -> float:
    """How far any 20 days in a row are from the shares, in points."""
    last = DAYS - 20
    windows = [Counter(one.band for one in got[start : start + 20]) for start in range(last + 1)]
    return max(abs(100 * counted[band] / 20 - 100 * share) for counted in windows for band, share in SHARES.items())


@pytest.mark.parametrize("setting", WARDS)
def test_a_year_keeps_the_bands_and_nothing_comes_again_within_a_month(setting: str) -> None:
    """Within 5 points, which is one reminder in 20; in fact, the first to come again did so after 37 days."""
    got = year_of_reminders(REVIEWED, setting)
    assert len(got) == DAYS
    assert worst_of_twenty(got) <= 5.001
    assert min(returns([one.id for one in got])) >= 30


@pytest.mark.parametrize("setting", WARDS)
def test_if_nobody_reviews_anything_the_bands_are_kept_all_the_same(setting: str) -> None:
    """From June on, there is less and less to send; then some things do come again within a month."""
    assert worst_of_twenty(year_of_reminders(SHIPPED, setting)) <= 5.001


def test_a_year_of_scenes_brings_new_ones_and_old_ones_again() -> None:
    scenes = [one.item for one in year_of_scenes(SHIPPED, "acute")]
    assert len(scenes) == DAYS // 7
    assert len(set(scenes)) >= 8
    assert min(returns(scenes)) == 1, "a week, the first time"


def test_returns_are_counted_from_one_showing_to_the_next() -> None:
    assert returns(["a", "b", "a", "c", "a", "b"]) == [2, 2, 4]
