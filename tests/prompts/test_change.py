"""The first sentence of a digest: what changed for real, and nothing that did not, or that is old."""

from __future__ import annotations

from datetime import date, timedelta

from bot.measures.catalogue import MEASURES
from bot.prompts.digest.change import first_sentence, read_all
from bot.trends.series import Series

MONDAY = date(2026, 3, 2)
STEADY = [6, 8, 5, 7, 9, 6, 4, 7, 8, 6, 5, 9, 7, 6, 8, 5, 7, 6]


def series(key: str, counts: list[int], of: int = 0) -> Series:
    """A measure, week by week from one Monday on."""
    measure = MEASURES[key]
    starts = tuple(MONDAY + timedelta(weeks=at) for at in range(len(counts)))
    if of:
        return Series(measure.what, measure.direction, starts, tuple(counts), "share", (of,) * len(counts))
    return Series(measure.what, measure.direction, starts, tuple(counts))


def test_a_change_that_was_imported_weeks_ago_is_no_news() -> None:
    figures = {
        "restraint": series("restraint", [*STEADY, 25]),
        "near_misses": series("near_misses", [*STEADY, 7, *STEADY]),
    }
    found = read_all(figures, [])
    assert not any(one.changed for one in found)
    assert first_sentence(found) == "No real change in near misses."
    figures["restraint"] = series("restraint", [*STEADY, 7, *STEADY[:-1], 25])
    assert first_sentence(read_all(figures, [])).startswith("Uses of restraint: a real change - the week's 25")


def test_an_early_sign_is_not_called_no_change() -> None:
    figures = {
        "restraint": series("restraint", [6, 7, 5, 8, 6, 7, 5, 6, 8, 7, 6, 5, 7, 6, 8, 12]),
        "near_misses": series("near_misses", STEADY[:16]),
    }
    said = first_sentence(read_all(figures, []))
    assert said == "No sure change, but an early sign in uses of restraint; no real change in near misses."


def test_no_change_is_said_only_of_what_could_be_seen() -> None:
    figures = {"seclusion": series("seclusion", [0, 1] * 52), "near_misses": series("near_misses", [7, 5, 6, 8] * 26)}
    assert first_sentence(read_all(figures, [])) == "No real change in near misses."


def test_a_share_is_higher_or_lower_and_not_more_or_fewer() -> None:
    figures = {
        "huddles": series("huddles", [12, 13, 11, 12] * 6 + [2, 3], 14),
        "near_misses": series("near_misses", STEADY),
    }
    [huddles, _] = read_all(figures, [])
    assert huddles.changed and huddles.words == "a lower share of planned huddles that were held"


def test_where_many_wards_are_read_together_each_must_be_surer() -> None:
    figures = {"near_misses": series("near_misses", [*STEADY, 19])}
    assert read_all(figures, [])[0].changed
    assert not read_all(figures, [], wards=30)[0].changed
