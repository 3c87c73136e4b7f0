"""A ward's own choice of questions: their order, their names, and how many there may be."""

from __future__ import annotations

from typing import Any

import pytest

from bot.prompts.library import MOST_QUESTIONS, Library
from bot.prompts.questions import ALWAYS, asked, known, own_questions, to_choose_from, too_many, with_own
from bot.store.tables import Ward

LIBRARY = Library.load()
SETTINGS = ("mental_health", "dementia", "learning_disability", "acute")
GARDEN = ("Is the garden open?", ["Yes", "No"])
LUNCH = ("Is lunch on time?", ["Yes", "No"])


def ward(specialty: str = "mental_health", **more: Any) -> Ward:
    return Ward(name="Rowan", specialty=specialty, **more)


def test_own_questions_come_before_the_action() -> None:
    one = ward()
    one.own_questions = with_own(one, [GARDEN, LUNCH])
    for huddle_set in LIBRARY.huddle_sets:
        names = [question.name for question in asked(huddle_set, one)]
        assert names[names.index("action") - 2 :][:3] == ["own_1", "own_2", "action"]


def test_what_is_switched_off_is_not_asked_and_can_still_be_read() -> None:
    one = ward(questions_off=["staffing"])
    first = LIBRARY.huddle_sets[0]
    assert "staffing" not in [question.name for question in asked(first, one)]
    assert "staffing" in [question.name for question in known(first, one)]


def test_what_every_huddle_asks_is_not_offered_and_stays_even_where_the_database_says_off() -> None:
    assert not set(ALWAYS) & to_choose_from(LIBRARY, ward()).keys()
    names = [question.name for question in asked(LIBRARY.huddle_sets[0], ward(questions_off=list(ALWAYS)))]
    assert set(ALWAYS) <= set(names)


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_question_of_the_setting_is_offered_once_under_words_of_its_own(setting: str) -> None:
    offered = to_choose_from(LIBRARY, ward(setting))
    assert len(set(offered.values())) == len(offered)
    for huddle_set in LIBRARY.huddle_sets:
        assert {one.name for one in huddle_set.questions_for(setting)} <= {*offered, *ALWAYS}


def test_a_name_is_never_used_again() -> None:
    one = ward()
    one.own_questions = with_own(one, [GARDEN])
    one.own_questions = with_own(one, [])
    assert own_questions(one) == ()
    one.own_questions = with_own(one, [LUNCH])
    assert [(own.name, own.label) for own in own_questions(one)] == [("own_2", LUNCH[0])]


def test_other_answers_make_another_question() -> None:
    one = ward()
    one.own_questions = with_own(one, [GARDEN])
    one.own_questions = with_own(one, [(GARDEN[0], ["No", "Yes"])])
    assert [own.name for own in own_questions(one)] == ["own_2"]


def test_a_question_that_comes_back_as_it_was_has_its_name_back() -> None:
    one = ward()
    for wanted in ([GARDEN], [LUNCH], [LUNCH, GARDEN], [LUNCH, GARDEN]):
        one.own_questions = with_own(one, wanted)
    assert {own.name for own in own_questions(one)} == {"own_1", "own_2"}
    assert len(one.own_questions) == 2


@pytest.mark.parametrize("setting", SETTINGS)
def test_three_own_questions_fit_once_as_many_are_off_as_is_said(setting: str) -> None:
    one = ward(setting)
    assert too_many(LIBRARY, one) == ""
    one.own_questions = with_own(one, [GARDEN, LUNCH, ("Is it warm enough?", ["Yes", "No"])])
    offered = {short: name for name, short in to_choose_from(LIBRARY, one).items()}
    for _ in range(12):
        if not (words := too_many(LIBRARY, one)):
            break
        named = [name for short, name in offered.items() if short in words.partition("such as")[2]]
        one.questions_off = [*one.questions_off, named[0]]
    assert too_many(LIBRARY, one) == ""
    assert all(len(asked(huddle_set, one)) <= MOST_QUESTIONS for huddle_set in LIBRARY.huddle_sets)
