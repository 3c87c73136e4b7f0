"""Which reminder a ward gets: none twice before all have come, and the bands in balance."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.prompts.library import Library, Reminder, Setting
from bot.prompts.reminder import choose, message, more

LIBRARY = Library.load()
TODAY = date(2026, 11, 23)
A_YEAR = 365
SETTINGS = get_args(Setting)


def days_of(fitting: list[Reminder], days: int, ward: str = "Rowan") -> list[Reminder]:
    """What a ward gets, day by day."""
    sent: list[str] = []
    for _ in range(days):
        sent.insert(0, choose(fitting, sent, (), ward).id)
    by_id = {item.id: item for item in fitting}
    return [by_id[item] for item in reversed(sent)]


@pytest.mark.parametrize("setting", SETTINGS)
def test_none_comes_twice_before_all_that_fit_have_come(setting: Setting) -> None:
    fitting = list(LIBRARY.reminders_for(setting, TODAY))
    got = [item.id for item in days_of(fitting, A_YEAR)]
    for start in range(0, A_YEAR - len(fitting), len(fitting)):
        assert len(set(got[start : start + len(fitting)])) == len(fitting)


@pytest.mark.parametrize("setting", SETTINGS)
def test_any_twenty_days_hold_the_balance(setting: Setting) -> None:
    bands = [item.band for item in days_of(list(LIBRARY.reminders_for(setting, TODAY)), A_YEAR)]
    for start in range(A_YEAR - 20):
        counted = Counter(bands[start : start + 20])
        assert abs(counted["prevention"] - 14) <= 1
        assert abs(counted["de_escalation"] - 4) <= 1
        assert abs(counted["intervention"] - 2) <= 1


@given(st.lists(st.sampled_from(sorted(LIBRARY.reminders)), min_size=1, unique=True), st.integers(1, 200))
def test_any_library_is_gone_through_before_it_begins_again(ids: list[str], days: int) -> None:
    fitting = [LIBRARY.reminders[item] for item in ids]
    got = [item.id for item in days_of(fitting, days)]
    for start in range(0, days, len(ids)):
        part = got[start : start + len(ids)]
        assert len(part) == len(set(part))


def test_wards_go_through_it_in_their_own_order() -> None:
    fitting = list(LIBRARY.reminders_for("acute", TODAY))
    assert days_of(fitting, 10, "Rowan") != days_of(fitting, 10, "Hazel")


def test_what_a_ward_does_not_want_is_left_out_while_anything_else_fits() -> None:
    fitting = list(LIBRARY.reminders_for("acute", TODAY))[:3]
    unwanted = {fitting[0].id}
    sent: list[str] = []
    for _ in range(6):
        sent.insert(0, choose(fitting, sent, unwanted, "Rowan").id)
    assert fitting[0].id not in sent
    assert choose(fitting[:1], [], unwanted, "Rowan") == fitting[0]


def test_a_new_item_joins_the_round_that_is_under_way() -> None:
    fitting = list(LIBRARY.reminders_for("acute", TODAY))
    sent = [item.id for item in reversed(days_of(fitting[:-1], 40))]
    rest = []
    for _ in range(len(fitting) - 40):
        rest.append(choose(fitting, [*reversed(rest), *sent], (), "Rowan").id)
    assert fitting[-1].id in rest


def test_a_withdrawn_item_does_not_hold_the_round_up() -> None:
    fitting = list(LIBRARY.reminders_for("acute", TODAY))
    assert choose(fitting, ["withdrawn-001"] * 3, (), "Rowan") in fitting


def test_nothing_that_fits_is_an_error_in_words() -> None:
    with pytest.raises(ValueError, match="No reminder in the library fits"):
        choose([], [], (), "Rowan")


def test_a_reminder_names_its_source_claims_no_proof_and_is_no_training() -> None:
    for item in LIBRARY.reminders.values():
        for text in (str(message(item, "1")), str(more(item))):
            assert item.source_names in text
            assert "not accredited training" in text
            assert "proven" not in text.lower()
