"""What is kept back of several wards, from whoever knows some of them already: alone, together, or since last week."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.front import Destination
from bot.measures.small import kept_back, known_by_anybody, known_sets, known_together
from bot.measures.weekly import together
from bot.privacy.small import Small
from bot.store.tables import Ward
from bot.trends.series import WEEK, Series

MONDAY = date(2026, 8, 3)
FIVE = Small(5)
KEY = "near_misses"


def ward(key: int, leaders: tuple[str, ...] = (), channel: str = "") -> Ward:
    """One of a trust's, on the same front."""
    made = Ward(id=key, name=f"Ward {key}", specialty="acute", front="slack", place={"workspace": "T0"})
    made.managers, made.leaders = [], list(leaders)
    made.leaders_channel = Destination("browser", {"page": channel}) if channel else None
    return made


def figures(counts: dict[int, list[int]]) -> dict[str, dict[int, Series]]:
    """Weeks that end together, of near misses."""
    last = max(map(len, counts.values()))

    def series(own: list[int]) -> Series:
        starts = tuple(MONDAY + (last - len(own) + at) * WEEK for at in range(len(own)))
        return Series("near misses", "neutral", starts, tuple(own))

    return {KEY: {key: series(own) for key, own in counts.items()}}


def test_who_leads_two_of_three_wards_is_not_told_of_the_third() -> None:
    counts = figures({1: [10] * 13, 2: [9] * 13, 3: [3] * 13, 4: [2] * 13})
    assert kept_back(KEY, counts, FIVE, {frozenset({1, 2})}) == ({3, 4}, False), "of two, either may be which"
    assert kept_back(KEY, counts, FIVE, {frozenset({1, 2, 4})})[1]
    assert kept_back(KEY, counts, FIVE, {frozenset({1}), frozenset({1, 2, 4})})[1], "whoever else reads it"


def test_a_ward_that_joins_is_not_told_by_last_weeks_total() -> None:
    counts = {1: [10] * 20, 2: [9] * 20, 4: [1, 4] * 10}
    assert not kept_back(KEY, figures(counts | {3: [2, 3] * 5 + [2]}), FIVE, {frozenset({1})})[1], "not in it yet"
    assert kept_back(KEY, figures(counts | {3: [2, 3] * 6}), FIVE, {frozenset({1})})[1]


def test_who_may_know_what() -> None:
    led = [ward(1, ("U1",), "leaders"), ward(2, ("U1",)), ward(3, (), "leaders")]
    assert set(known_sets(led)) == {frozenset(), *(frozenset({key}) for key in (1, 2, 3)), frozenset({1, 2})}
    assert set(known_together(led)) == {frozenset(), frozenset({1, 3})}
    assert frozenset({1, 2, 3}) in known_by_anybody(led)


some = st.sets(st.integers(1, 5)).map(frozenset)


@given(
    st.lists(st.lists(st.sampled_from([0, 1, 3, 4, 5, 8, 20]), min_size=12, max_size=14), min_size=2, max_size=5),
    st.sets(some, max_size=3),
    st.integers(3, 8),
)
def test_no_total_without_known_wards_is_small_or_of_one_small_number(
    counts: list[list[int]], known: set[frozenset[int]], fewest: int
) -> None:
    every, small = dict(enumerate(counts, 1)), Small(fewest)
    hidden, told = kept_back(KEY, figures(every), small, known)
    whole = together(figures(every)[KEY].values())
    assert whole is not None
    if told:
        return
    for back in range(1, len(whole.starts) + 1):
        for taken in known:
            left = {key: own[-back] for key, own in every.items() if key not in taken}
            assert not small.is_small(sum(left.values()))
            unseen = [count for key, count in left.items() if key in hidden]
            assert len(unseen) != 1 or not small.is_small(unseen[0])
