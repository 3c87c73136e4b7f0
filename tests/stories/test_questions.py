"""A ward's own choice of questions, from outside: some switched off, some of its own."""

from __future__ import annotations

import pytest

from bot.store import wards
from tests.stories.actors import Actor
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.test_stories import HUDDLE, MONDAY

GARDEN, ANSWERS = "Is the garden open today?", "Yes; Not yet; Not today"
OFF = ("Staffing", "Support sheets read", "Leave")
WITHOUT = {
    label: answer
    for label, answer in HUDDLE.items()
    if label not in ("Staffing and skill mix", "Has everyone read the support sheets?")
}


async def choose(ward: Ward, manager: Actor, *off: str, **own: str) -> None:
    """Switch these questions off and all others on; `own` holds lines of the form by their names."""
    await manager.command("/huddle questions")
    every = [
        one.short
        for huddle_set in ward.stage.house.supplies.library.huddle_sets
        for one in huddle_set.questions_for("mental_health")
        if one.name not in ("action", "owner", "worried")
    ]
    lines = {name.replace("_", " ").capitalize().replace("Answers ", "Answers to question "): own[name] for name in own}
    await manager.fill({"Questions to ask": [one for one in dict.fromkeys(every) if one not in off], **lines})
    await manager.submit()


@pytest.mark.parametrize(
    ("way", "database_url"), [("slack over http", "sqlite"), ("teams", "postgresql")], indirect=["database_url"]
)
async def test_a_ward_asks_what_it_chose_and_one_of_its_own(ward: Ward) -> None:
    manager, nurse = await ward.somebody("U0MANAGER"), await ward.somebody()
    await choose(ward, manager, *OFF, own_question_1=GARDEN, answers_1=ANSWERS)
    assert "1 question of your own, and 3 are switched off" in manager.told()

    await ward.stage.at(MONDAY)
    await nurse.tap("Start huddle")
    assert "Staffing and skill mix" not in nurse.form
    assert nurse.form.index(GARDEN) < nurse.form.index("One thing we will do to prevent distress")
    await nurse.fill(WITHOUT | {GARDEN: "Not yet"})
    await nurse.submit()
    summary = (await nurse.channel()).rpartition("Start of day huddle")[2]
    assert GARDEN in summary and "Not yet" in summary
    await nurse.command("/huddle today")
    assert GARDEN in nurse.told()

    await choose(ward, manager, *OFF, own_question_1="Is the garden open this afternoon?")
    await nurse.tap("Add or change")
    assert GARDEN not in nurse.form
    await nurse.fill({"What went well overnight?": ["It was calm and settled"]})
    await nurse.submit()
    summary = (await nurse.channel()).rpartition("Start of day huddle")[2]
    assert GARDEN in summary and "Not yet" in summary, "what was answered stays readable"
    async with ward.stage.house.store() as session:
        found = await wards.ward_by_id(session, ward.ward.key)
        assert found and [one["name"] for one in found.own_questions] == ["own_1", "own_2"]


@on("slack over http", "sqlite")
async def test_a_form_that_is_open_asks_what_it_asked_when_it_was_opened(ward: Ward) -> None:
    manager, nurse = await ward.somebody("U0MANAGER"), await ward.somebody()
    await choose(ward, manager, *OFF, own_question_1=GARDEN, answers_1=ANSWERS)
    await ward.stage.at(MONDAY)
    await nurse.tap("Start huddle")
    await nurse.fill(WITHOUT | {GARDEN: "Not yet"})
    await choose(ward, manager, "Relational", "Leave", own_question_1="")  # two more on, one off
    await nurse.submit()
    assert not nurse.errors
    summary = (await nurse.channel()).rpartition("Start of day huddle")[2]
    assert GARDEN in summary and "Not yet" in summary


@on("slack by socket mode", "postgresql")
async def test_a_question_too_many_says_which_to_switch_off(ward: Ward) -> None:
    manager = await ward.somebody("U0MANAGER")
    await choose(ward, manager, own_question_1=GARDEN, answers_1=ANSWERS)
    words = manager.errors["Questions to ask"]
    assert "would ask 12 questions, and 11 fit into five minutes" in words
    assert "switch off 1 more, such as" in words
    assert "Worries" not in words and GARDEN not in words, "what can't be switched off, or was just written"
    async with ward.stage.house.store() as session:
        found = await wards.ward_by_id(session, ward.ward.key)
        assert found and found.own_questions == []


@pytest.mark.parametrize(
    ("lines", "field", "words"),
    [
        ({"own_question_2": GARDEN}, "Answers to question 2", "Please write 2 to 8 answers"),
        ({"own_question_2": GARDEN, "answers_2": "Yes"}, "Answers to question 2", "there is 1 answer now"),
        ({"own_question_2": GARDEN, "answers_2": "1;2;3;4;5;6;7;8;9"}, "Answers to question 2", "are 9 answers now"),
        ({"own_question_2": GARDEN, "answers_2": f"Yes; {'n' * 76}"}, "Answers to question 2", "has 76"),
        ({"own_question_2": GARDEN, "answers_2": "Yes; yes"}, "Answers to question 2", "are the same"),
        ({"answers_3": ANSWERS}, "Own question 3", "write the question to these answers"),
        ({"own_question_1": "Is Mr Smith in bed 4 calm?", "answers_1": ANSWERS}, "Own question 1", "Mr Smith"),
        ({"own_question_1": GARDEN, "answers_1": "Yes; Mr Smith in bed 4"}, "Answers to question 1", "Mr Smith"),
        ({"own_question_1": "Who is attention seeking?", "answers_1": ANSWERS}, "Own question 1", "find other words"),
    ],
)
@on("slack over http", "sqlite")
async def test_what_is_wrong_is_said_at_its_line(ward: Ward, lines: dict[str, str], field: str, words: str) -> None:
    manager = await ward.somebody("U0MANAGER")
    await choose(ward, manager, *OFF, **lines)
    assert words in manager.errors[field]


@on("teams", "sqlite")
async def test_only_a_manager_changes_the_questions(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/huddle questions")
    assert not nurse.form
    assert "only its managers can change it" in nurse.told()
