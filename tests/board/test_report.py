"""What a board report says of any numbers: no small one of any ward, and no more than can be told."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.board.report import Gathered, Report, report
from bot.measures.catalogue import MEASURES
from bot.privacy.small import Small
from bot.settings import THRESHOLDS
from bot.trends.series import WEEK, Series

WEEKS = 14
STARTS = tuple(date(2026, 6, 29) + week * WEEK for week in range(WEEKS))
KEY = "rapid_tranquillisation"
PLACE = list(MEASURES).index(KEY)


def report_of(counts: list[list[int]], small: Small) -> Report:
    """Of wards that counted one thing, and nothing else."""
    figures: dict[str, dict[int, Series]] = {key: {} for key in MEASURES}
    for ward, own in enumerate(counts):
        figures[KEY][ward] = Series(MEASURES[KEY].what, MEASURES[KEY].direction, STARTS, tuple(own))
    return report(
        Gathered(
            tuple((ward, f"Ward {ward}") for ward in range(len(counts))),
            figures,
            {},
            {frozenset()},
            STARTS[-1] + timedelta(days=6),
        ),
        small,
    )


@given(
    st.lists(st.lists(st.sampled_from([0, 3, 5, 6, 20]), min_size=WEEKS, max_size=WEEKS), max_size=4),
    st.sampled_from(THRESHOLDS),
)
def test_no_small_number_is_told(counts: list[list[int]], fewest: int) -> None:
    """Of a ward that has one nothing is said, and no total that tells one is shown."""
    small = Small(fewest)
    found = report_of(counts, small)
    hidden = {line.name for line in found.lines if line.small}
    assert {f"Ward {ward}" for ward, own in enumerate(counts) if any(map(small.is_small, own))} <= hidden
    assert not any(line.changes or line.steady for line in found.lines if line.small)
    told = any(small.tells(week) for week in zip(*counts, strict=True))
    one = found.together[PLACE]
    assert (one.small, one.reading is None) == (told, told or not counts)


def test_an_early_sign_is_neither_a_change_nor_its_absence() -> None:
    """A mark of the chart that chance brings too often to call it a real change."""
    early = [20, 23, 18, 21, 22, 19, 24, 20, 21, 18, 22, 20, 21, 32]
    one = report_of([early], Small(5)).together[PLACE]
    assert one.early and not one.changed and not one.steady
    assert one.reading and "early sign" in one.reading.sentence
    assert report_of([[20, 21] * 7], Small(5)).together[PLACE].steady
