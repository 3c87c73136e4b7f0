"""Which scene a ward gets, when one comes back, and what is said of each choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from bot.chat.message import Button, Buttons, Facts, Message, Note, Text
from bot.prompts.library import Library, NothingFits, Scenario, Setting
from bot.prompts.scenario import IN_A_ROW, choice_key, choose, feedback, message, next_return
from bot.store.scenarios import Showing
from tests.parity.drawn import FRONTS

LIBRARY = Library.load()
FIRST = date(2026, 11, 26)
WEEK = timedelta(weeks=1)
SAFE, UNSAFE, NOBODY = (3, 1), (1, 3), (0, 0)
ANSWERS = st.lists(st.sampled_from((SAFE, UNSAFE, NOBODY)), min_size=1, max_size=30)
SCENES = list(LIBRARY.scenarios.values())
BLAME = ("you were wrong", "incorrect", "your mistake", "bad choice", "you should have", "you failed")


def shown(*answers: tuple[int, int], item: str = SCENES[0].id, every: timedelta = WEEK) -> list[Showing]:
    """Showings of a scene, one a week, answered so."""
    return [Showing(item, FIRST + number * every, *answered) for number, answered in enumerate(answers)]


def spacing(*answers: tuple[int, int]) -> int:
    """After how many weeks a scene comes back that was answered so."""
    had = shown(*answers)
    back = next_return(had)
    assert back
    return (back - had[-1].on) // WEEK


def weeks_of(
    fitting: Sequence[Scenario], weeks: int, answers: Sequence[tuple[int, int]] = (SAFE,), apart: Sequence[int] = (7,)
) -> list[Showing]:
    """What a ward gets, week by week; the answers, and the days between, come round again."""
    had: list[Showing] = []
    on = FIRST
    for week in range(weeks):
        item = choose(fitting, had, "Rowan", on).item
        had.append(Showing(item.id, on, *answers[week % len(answers)]))
        on += timedelta(days=apart[week % len(apart)])
    return had


# When a scene comes back


def test_a_scene_comes_back_after_1_3_8_and_16_weeks_and_then_every_16() -> None:
    assert next_return([]) is None
    assert [spacing(*[SAFE] * times) for times in range(1, 7)] == [1, 3, 8, 16, 16, 16]
    assert [spacing(*[NOBODY] * times) for times in range(1, 6)] == [1, 3, 8, 16, 16], "nobody answered: as planned"
    assert spacing((2, 2), (2, 2)) == 3, "as many safe as not"


@given(ANSWERS)
def test_mostly_unsafe_answers_bring_it_back_after_a_week_and_it_begins_anew(answers: list[tuple[int, int]]) -> None:
    assert [spacing(*answers, UNSAFE, *[SAFE] * times) for times in range(5)] == [1, 3, 8, 16, 16]


def test_the_order_is_overdue_then_new_then_the_next_to_come_back() -> None:
    one, other, third = sorted(SCENES[:3], key=lambda item: item.id)
    had = [Showing(one.id, FIRST, *SAFE), Showing(other.id, FIRST + WEEK, *SAFE)]

    overdue = choose([one, other, third], had, "Rowan", FIRST + 3 * WEEK)
    assert (overdue.item, overdue.why) == (one, ("It was due to come back on 2026-12-03.",)), "before one due later"

    had.append(Showing(one.id, FIRST + 2 * WEEK, *SAFE))
    had.append(Showing(other.id, FIRST + 3 * WEEK, *SAFE))
    new = choose([one, other, third], had, "Rowan", FIRST + 4 * WEEK)
    assert (new.item, new.why) == (third, ("The ward has not had it yet.",))

    early = choose([one, other], had, "Rowan", FIRST + 4 * WEEK)
    assert (early.item, early.why) == (one, ("All have been had; it is the next to come back, on 2026-12-31.",))


def test_one_that_has_come_back_all_four_times_waits_while_there_are_new_ones() -> None:
    old, new = SCENES[:2]
    had = shown(*[SAFE] * 5, item=old.id)
    much_later = had[-1].on + 40 * WEEK
    assert choose([old, new], had, "Rowan", much_later).item == new
    assert choose([old], had, "Rowan", much_later).item == old
    assert choose([old, new], had[:4], "Rowan", much_later).item == old, "the fourth return is still to come"
    missed = [*had[:4], Showing(old.id, had[-1].on, *UNSAFE)]
    assert choose([old, new], missed, "Rowan", much_later).item == old, "it begins anew"


def test_one_that_is_always_missed_does_not_take_every_week() -> None:
    got = [one.item for one in weeks_of(SCENES[:3], 60, [UNSAFE])]
    assert len(set(got[: IN_A_ROW + 1])) == 1
    assert len(set(got[: IN_A_ROW + 2])) == 2
    assert set(got) == {item.id for item in SCENES[:3]}


@settings(max_examples=40, deadline=None)
@given(ANSWERS, st.sampled_from(get_args(Setting)))
def test_over_any_answers_every_scene_that_fits_comes_in_the_end(
    answers: list[tuple[int, int]], setting: Setting
) -> None:
    fitting = LIBRARY.scenarios_for(setting, FIRST)
    got = [one.item for one in weeks_of(fitting, len(fitting) * (IN_A_ROW + 1), answers)]
    assert set(got) == {item.id for item in fitting}


@settings(max_examples=60, deadline=None)
@given(
    ANSWERS,
    st.lists(st.sampled_from(SCENES), min_size=2, max_size=8, unique=True),
    st.lists(st.integers(1, 10), min_size=1, max_size=9),
)
def test_over_any_answers_none_comes_back_within_a_week_while_others_are_to_be_had(
    answers: list[tuple[int, int]], fitting: list[Scenario], apart: list[int]
) -> None:
    """Also where a ward changes its day, so that two come within a week."""
    had = weeks_of(fitting, 60, answers, apart)
    for place, one in enumerate(had):
        lately = {before.item for before in had[:place] if before.on > one.on - WEEK}
        assert one.item not in lately or len(lately) == len(fitting)


@given(ANSWERS, st.integers(1, 60))
def test_none_comes_back_before_it_is_due_while_there_is_a_new_one(answers: list[tuple[int, int]], weeks: int) -> None:
    had = weeks_of(SCENES, weeks, answers)
    for place, one in enumerate(had):
        back = next_return([before for before in had[:place] if before.item == one.item])
        assert back is None or back <= one.on


def test_where_answers_are_safe_no_scene_of_the_first_year_comes_back_more_than_three_weeks_late() -> None:
    had = weeks_of(SCENES, 52)
    late = []
    for place, one in enumerate(had):
        back = next_return([before for before in had[:place] if before.item == one.item])
        late += [(one.on - back) // WEEK] if back else []
    assert max(late) <= 3
    assert len({one.item for one in had}) >= 10


def test_wards_have_their_own_order_and_one_that_no_longer_fits_is_not_chosen() -> None:
    firsts = {choose(SCENES, [], ward, FIRST).item.id for ward in ("Rowan", "Hazel", "Birch", "Linden")}
    assert len(firsts) > 1
    had = shown(UNSAFE, item=SCENES[0].id)
    assert choose(SCENES[1:], had, "Rowan", FIRST + 9 * WEEK).item != SCENES[0]


def test_nothing_that_fits_is_an_error_in_words() -> None:
    with pytest.raises(NothingFits, match="No scene in the library fits this ward"):
        choose([], [], "Rowan", FIRST)


# How it reads


def buttons_of(said: Message) -> list[Button]:
    return [button for part in said.parts if isinstance(part, Buttons) for button in part.buttons]


def notes_of(said: Message) -> str:
    return " ".join(part.text for part in said.parts if isinstance(part, Note))


@pytest.mark.parametrize("item", SCENES, ids=lambda item: item.id)
def test_a_scene_has_a_button_for_each_choice_is_private_and_within_every_fronts_limits(item: Scenario) -> None:
    said = message(item, "9" * 10)
    [facts] = [part for part in said.parts if isinstance(part, Facts)]
    assert [text for _, text in facts.rows] == [choice.text for choice in item.choices]
    assert [button.label for button in buttons_of(said)] == [f"Choose {letter}" for letter, _ in facts.rows]
    values = [button.value for button in buttons_of(said)]
    assert values == [f"{'9' * 10}:{choice_key(choice)}" for choice in item.choices]
    assert len(set(values)) == len(values), "no button may mean another's choice"
    assert item.scene in said.summary
    assert "only how many chose what is kept" in notes_of(said)
    assert "made-up" in notes_of(said) and "not accredited training" in notes_of(said)
    for name, front in FRONTS.items():
        assert front.wrong_with_message(said) == [], name
        fullness = front.fullness(said)
        assert fullness is None or fullness < 0.5, name


@pytest.mark.parametrize("item", SCENES, ids=lambda item: item.id)
def test_each_choice_is_answered_with_feedback_on_all_their_sources_and_that_it_is_no_training(item: Scenario) -> None:
    for number, choice in enumerate(item.choices):
        said = feedback(item, number)
        assert said.summary == f"You chose: {choice.text}. {choice.feedback}"
        mine = said.parts.index(Text(choice.feedback))
        assert said.parts[mine + 1] == Note(f"Consistent with: {choice.source_names}.")
        [others] = [part.rows for part in said.parts if isinstance(part, Facts)]
        assert others == tuple(
            (one.text, f"{one.feedback} ({one.source_names})") for one in item.choices if one is not choice
        )
        assert "In brackets: what it is consistent with." in notes_of(said)
        assert "Not accredited training." in notes_of(said)
        assert buttons_of(said) == []
        for name, front in FRONTS.items():
            assert front.wrong_with_message(said) == [], name


def test_a_button_means_its_choices_words_and_no_other_once_they_are_changed() -> None:
    choice = SCENES[0].choices[0]
    assert choice_key(choice.model_copy(update={"text": f"{choice.text} now"})) != choice_key(choice)
    again = choice.model_copy(update={"feedback": "Put in other words.", "safe": not choice.safe})
    assert choice_key(again) == choice_key(choice)


def test_no_choice_is_answered_with_blame() -> None:
    for item in SCENES:
        for choice in item.choices:
            assert [word for word in BLAME if word in choice.feedback.lower()] == [], (item.id, choice.text)
