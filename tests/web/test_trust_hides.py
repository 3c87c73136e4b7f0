"""What the trust's page leaves out, whatever the numbers are: no small one can be told from what is left."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.measures.catalogue import MEASURES
from bot.privacy.small import Small
from bot.settings import THRESHOLDS
from bot.trends.series import WEEK, Series
from bot.web.dashboard.choice import Choice
from bot.web.dashboard.trust import SMALL, Trust, TrustView, said_of, trust_view

LAST = date(2026, 11, 15)
WEEKS = 13
OWN = frozenset({1})


def trust_of(counts: list[list[int]]) -> Trust:
    starts = tuple(date(2026, 8, 17) + week * WEEK for week in range(WEEKS))
    measure = MEASURES["restraint"]
    every = {ward: Series(measure.what, measure.direction, starts, tuple(own)) for ward, own in enumerate(counts, 1)}
    return Trust(tuple((ward, f"Ward {ward}") for ward in every), LAST, {"restraint": every}, {}, {frozenset()})


def viewed(trust: Trust, small: Small) -> TrustView:
    return trust_view(trust, said_of(trust, OWN, OWN, "restraint", small), Choice("restraint"), small)


ward_counts = st.lists(st.sampled_from([0, 0, 3, 5, 6, 7, 20]), min_size=WEEKS, max_size=WEEKS)
thresholds = st.sampled_from(THRESHOLDS)


@given(st.lists(ward_counts, min_size=2, max_size=5), thresholds)
def test_no_small_number_of_another_ward_is_told(counts: list[list[int]], fewest: int) -> None:
    small = Small(fewest)
    view = viewed(trust_of(counts), small)
    others = {ward: own for ward, own in enumerate(counts, 1) if ward not in OWN}
    hidden = {line.ward_id for line in view.lines if line.words == SMALL}
    assert {ward for ward, own in others.items() if any(map(small.is_small, own))} <= hidden <= set(others)
    if view.together is None:
        return
    for week in range(WEEKS):
        unknown = [own[week] for ward, own in others.items() if ward in hidden]
        assert not small.is_small(sum(own[week] for own in others.values()))
        assert len(unknown) != 1 or not small.is_small(unknown[0]), "the total would tell it"


@given(st.lists(ward_counts, min_size=1, max_size=4), thresholds)
def test_all_is_shown_of_wards_without_small_numbers(counts: list[list[int]], fewest: int) -> None:
    small = Small(fewest)
    large = [[number if not small.is_small(number) else fewest for number in own] for own in counts]
    view = viewed(trust_of(large), small)
    assert view.together and SMALL not in {line.words for line in view.lines}


def test_a_total_that_tells() -> None:
    tells = Small(5).tells
    assert tells([3]) and tells([1, 1]) and tells([4, 4]) and tells([1, 2])
    assert not tells([]) and not tells([0, 0]) and not tells([5]) and not tells([3, 3, 1])
    assert not tells([3, 9]), "the larger one is not shown either"
