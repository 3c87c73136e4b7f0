"""Small counts: none is shown, and none can be worked out from the total and the rest, whatever counts as small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.privacy.small import Small
from bot.settings import THRESHOLDS


@pytest.mark.parametrize(
    ("counts", "away"),
    [
        ([], []),
        ([0, 5, 9], []),
        ([0, 2, 0], [1]),
        ([3, 2, 9], [0, 1]),
        ([3, 9, 7], [0, 2]),  # the next larger one too, else the total tells the 3
        ([1, 1, 9, 6, 8], [0, 1, 3]),  # two that come to 2 are 1 and 1
        ([4, 4, 9], [0, 1, 2]),
        ([1, 5, 5, 30], [0, 1, 2, 3]),  # 1 and 5 come to 6, which is nothing else
        ([4, 5, 5, 5], [0, 1, 2, 3]),
    ],
)
def test_what_is_withheld(counts: list[int], away: list[int]) -> None:
    assert sorted(Small(5).withheld(counts)) == away


@pytest.mark.parametrize(
    ("fewest", "away", "under", "span"),
    [
        (3, [0, 1], "under 3", "from 1 to 2"),
        (5, [0, 1], "under 5", "from 1 to 4"),
        (10, [0, 1, 2], "under 10", "from 1 to 9"),
    ],
)
def test_what_is_small_is_for_a_deployment_to_say(fewest: int, away: list[int], under: str, span: str) -> None:
    """With 3 the 2 alone is small, and the next larger one keeps its secret."""
    small = Small(fewest)
    assert (sorted(small.withheld([2, 4, 9, 30])), small.under, small.span) == (away, under, span)
    assert [small.shown(count) for count in (0, fewest - 1, fewest)] == ["0", under, str(fewest)]


def wards(threshold: int) -> st.SearchStrategy[tuple[Small, list[int]]]:
    """A threshold, and the counts of some wards: so many that every guess of a reader can be gone through."""
    most = {3: 7, 4: 6, 5: 6, 6: 5, 7: 4, 8: 4, 9: 4}.get(threshold, 3)
    return st.tuples(st.just(Small(threshold)), st.lists(st.integers(0, threshold * 5 // 2), max_size=most))


any_wards = st.sampled_from(THRESHOLDS).flatmap(wards)


def readings(small: Small, counts: Sequence[int], away: frozenset[int]) -> Iterator[dict[int, int]]:
    """Every set of small counts that a reader can think of, who knows the total, what is shown, and the rule."""
    shown = [count for at, count in enumerate(counts) if at not in away and not small.is_small(count) and count]
    few = [at for at in sorted(away) if small.is_small(counts[at])]
    larger = [at for at in sorted(away) if not small.is_small(counts[at])]
    total = sum(counts[at] for at in away)
    largest = min(shown, default=total)
    for guess in product(range(1, small.fewest), repeat=len(few)):
        rest = total - sum(guess)
        fits = len(larger) * small.fewest <= rest <= len(larger) * largest if larger else rest == 0
        if fits:
            yield dict(zip(few, guess, strict=True))


@given(any_wards)
def test_no_small_count_is_shown_or_can_be_worked_out(given: tuple[Small, list[int]]) -> None:
    """Unless nothing is left to withhold: then the total is not shown."""
    small, counts = given
    away = small.withheld(counts)

    assert {at for at, count in enumerate(counts) if small.is_small(count)} <= away
    assert not any(counts[at] == 0 for at in away)
    thinkable = list(readings(small, counts, away))
    told = any(len({reading[at] for reading in thinkable}) == 1 for at in thinkable[0])
    everything_away = all(count == 0 or at in away for at, count in enumerate(counts))
    assert everything_away or not told
    assert small.tells(counts) or not (told or small.is_small(sum(counts)))


@given(any_wards)
def test_no_more_is_withheld_than_is_needed(given: tuple[Small, list[int]]) -> None:
    """Without the last of the larger ones, a small count could be worked out."""
    small, counts = given
    away = small.withheld(counts)
    larger = [at for at in away if not small.is_small(counts[at])]
    if larger:
        fewer = away - {max(larger, key=lambda at: counts[at])}
        thinkable = list(readings(small, counts, frozenset(fewer)))
        assert any(len({reading[at] for reading in thinkable}) == 1 for at in thinkable[0])
