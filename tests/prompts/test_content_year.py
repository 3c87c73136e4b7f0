"""The simulated year of `python -m benchmarks.content_year`: what a ward gets, day by day, from the real library."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from benchmarks import content_year
from benchmarks.content_year import DAYS, WARDS, returns, weeks_until_again, year_of_reminders, year_of_scenes
from bot.prompts.library import Library, Reminder
from bot.prompts.reminder import SHARES

LIBRARY = Library.load()
FIVE = 5.001
"""Points: one reminder in 20."""


def worst_of_twenty(got: list[Reminder]) -> float:
    """How far any 20 days in a row are from the shares, the last 20 among them; in points."""
    windows = [Counter(one.band for one in got[start : start + 20]) for start in range(len(got) - 20 + 1)]
    return max(abs(100 * counted[band] / 20 - 100 * share) for counted in windows for band, share in SHARES.items())


@pytest.mark.parametrize("setting", WARDS)
def test_a_year_keeps_the_bands_and_nothing_comes_again_within_a_month(setting: str) -> None:
    """When this was written, every 20 days had exactly 14, 4 and 2, and the first to come again did so on day 51."""
    got = year_of_reminders(LIBRARY, setting)
    assert len(got) == DAYS
    assert worst_of_twenty(got) <= FIVE
    assert min(returns([one.id for one in got])) >= 30


@pytest.mark.parametrize("setting", WARDS)
def test_the_bands_are_kept_while_nobody_reviews_anything(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A year with half of it past review by its end: what is left comes again within days, in the same shares."""
    dates = sorted(one.review_by for one in LIBRARY.reminders.values())
    monkeypatch.setattr(content_year, "FIRST", dates[len(dates) // 2] - timedelta(days=DAYS))
    assert worst_of_twenty(year_of_reminders(LIBRARY, setting)) <= FIVE


@pytest.mark.parametrize("setting", WARDS)
def test_a_year_of_scenes_brings_new_ones_and_old_ones_about_when_they_should(setting: str) -> None:
    """After about 1, 3, 8 and 16 weeks; in fact up to three weeks late, since other scenes are due too."""
    scenes = year_of_scenes(LIBRARY, setting)
    assert len(scenes) == 2 * DAYS // 7
    assert len({one.item for one in scenes}) >= 15
    for weeks, wanted in zip(weeks_until_again(scenes), (1, 3, 8, 16), strict=False):
        assert wanted <= min(weeks)
        assert max(weeks) <= wanted + 3


def test_returns_are_counted_from_one_showing_to_the_next() -> None:
    assert returns(["a", "b", "a", "c", "a", "b"]) == [2, 2, 4]
