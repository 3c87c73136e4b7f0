"""Small counts: none is shown, and none can be worked out from the total and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.privacy.small import FEWEST_SHOWN, is_small, withheld


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
    assert sorted(withheld(counts)) == away


def readings(counts: Sequence[int], away: frozenset[int]) -> Iterator[dict[int, int]]:
    """Every set of small counts that a reader can think of, who knows the total, what is shown, and the rule."""
    shown = [count for at, count in enumerate(counts) if at not in away and not is_small(count) and count]
    small = [at for at in sorted(away) if is_small(counts[at])]
    larger = [at for at in sorted(away) if not is_small(counts[at])]
    total = sum(counts[at] for at in away)
    largest = min(shown, default=total)
    for guess in product(range(1, FEWEST_SHOWN), repeat=len(small)):
        rest = total - sum(guess)
        fits = len(larger) * FEWEST_SHOWN <= rest <= len(larger) * largest if larger else rest == 0
        if fits:
            yield dict(zip(small, guess, strict=True))


@given(st.lists(st.integers(0, 12), max_size=6))
def test_no_small_count_is_shown_or_can_be_worked_out(counts: list[int]) -> None:
    """Unless nothing is left to withhold."""
    away = withheld(counts)

    assert {at for at, count in enumerate(counts) if is_small(count)} <= away
    assert not any(counts[at] == 0 for at in away)
    thinkable = list(readings(counts, away))
    everything_away = all(count == 0 or at in away for at, count in enumerate(counts))
    if not everything_away:
        for at in thinkable[0]:
            assert len({reading[at] for reading in thinkable}) > 1


@given(st.lists(st.integers(0, 12), max_size=6))
def test_no_more_is_withheld_than_is_needed(counts: list[int]) -> None:
    """Without the last of the larger ones, a small count could be worked out."""
    away = withheld(counts)
    larger = [at for at in away if not is_small(counts[at])]
    if larger:
        fewer = away - {max(larger, key=lambda at: counts[at])}
        thinkable = list(readings(counts, frozenset(fewer)))
        assert any(len({reading[at] for reading in thinkable}) == 1 for at in thinkable[0])
