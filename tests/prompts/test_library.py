"""The built-in library: it keeps every rule, holds enough of every kind, and answers what is asked of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta
import time as clock

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.chat.message import Option
from bot.prompts.library import MOST_QUESTIONS, TOPICS, Library, NothingFits
from bot.prompts.library.check import FEWEST_OF_TOPIC, check

LIBRARY = Library.load()
SETTINGS = ("mental_health", "dementia", "learning_disability", "acute")
IN_REVIEW = date(2026, 12, 1)
DAY = timedelta(days=1)


# What ships


def test_the_built_in_library_keeps_every_rule() -> None:
    """Among them the numbers of every topic and kind, the shares of the bands, the reading age and the banned words."""
    assert check(LIBRARY, IN_REVIEW) == []


def test_the_numbers_of_the_topics_are_a_hundred_and_sixty() -> None:
    assert FEWEST_OF_TOPIC.keys() == TOPICS.keys()
    bands = Counter[str]()
    for topic, fewest in FEWEST_OF_TOPIC.items():
        bands[TOPICS[topic]] += fewest
    assert bands == {"prevention": 112, "de_escalation": 32, "intervention": 16}


def test_loading_and_checking_takes_less_than_a_second() -> None:
    """Of this process's own time: other work on the machine is no fault of the library."""
    started = clock.process_time()
    check(Library.load(), IN_REVIEW)
    assert clock.process_time() - started < 1


def test_every_item_names_its_source_and_no_reviewer_is_made_up() -> None:
    for item in LIBRARY.items:
        assert item.source_names
        assert item.reviewers == (), "a reviewer is added by a real review, together with this test's line"


def test_numbers_from_900_are_left_to_trusts() -> None:
    """Else an item that a later version adds would be taken for one that a trust has added."""
    assert not [item.id for item in LIBRARY.items if item.id[-3:].isdigit() and int(item.id[-3:]) >= 900]


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_has_enough_reminders_and_scenarios(setting: str) -> None:
    fitting = LIBRARY.reminders_for(setting, IN_REVIEW)
    bands = Counter(one.band for one in fitting)
    assert len(fitting) >= 120
    assert bands["de_escalation"] >= 24
    assert bands["intervention"] >= 12
    assert {one.topic for one in fitting} == set(TOPICS)
    assert len(LIBRARY.scenarios_for(setting, IN_REVIEW)) >= 30


def test_three_scenarios_offer_not_touching_and_getting_help() -> None:
    offering = [
        one
        for one in LIBRARY.scenarios.values()
        if any(choice.safe and choice.text.startswith("Don't touch, get help") for choice in one.choices)
    ]
    assert len(offering) >= 3


def test_the_start_of_day_asks_its_questions_in_order() -> None:
    questions = LIBRARY.huddle_set_at(time(7, 45), IN_REVIEW).questions
    assert [one.name for one in questions] == [
        "staffing",
        "went_well",
        "environment",
        "relational",
        "sheets",
        "action",
        "owner",
        "lead",
        "worried",
    ]
    assert {one.name for one in questions if one.required} == {"staffing", "action", "owner", "worried"}


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("mental_health", {"leave_plan", "ward_round_plan", "new_scores"}),
        ("dementia", {"comfort_checks", "late_afternoon", "carers"}),
        ("learning_disability", {"plan_changes", "sensory_load", "communication_aids"}),
        ("acute", {"delirium_checks", "observation_cover", "security_calls"}),
    ],
)
def test_a_ward_is_asked_what_its_own_kind_needs(setting: str, wanted: set[str]) -> None:
    """Over the day all of it; each huddle some of it, before the action is decided, and within five minutes."""
    over_the_day: set[str] = set()
    for huddle_set in LIBRARY.huddle_sets:
        asked = [one.name for one in huddle_set.questions_for(setting)]
        added = [name for name in asked if name not in {one.name for one in huddle_set.questions}]
        assert added
        assert asked.index(added[-1]) == asked.index("action") - 1
        assert len(asked) <= MOST_QUESTIONS
        over_the_day |= set(added)
    assert over_the_day == wanted


def test_a_ward_of_another_kind_is_asked_what_all_are_asked() -> None:
    for huddle_set in LIBRARY.huddle_sets:
        assert huddle_set.questions_for("maternity") == huddle_set.questions


@pytest.mark.parametrize(
    ("at", "id"),
    [
        (time(5), "start-of-day"),
        (time(10, 59), "start-of-day"),
        (time(11), "midday"),
        (time(15), "close"),
        (time(19), "night"),
    ],
)
def test_a_huddle_set_begins_on_its_minute(at: time, id: str) -> None:
    assert LIBRARY.huddle_set_at(at, IN_REVIEW).id == id


@given(st.times())
def test_every_moment_of_the_day_has_exactly_one_huddle_set(at: time) -> None:
    covering = [one for one in LIBRARY.huddle_sets if one.covers(at)]
    assert covering == [LIBRARY.huddle_set_at(at, IN_REVIEW)]


@pytest.mark.parametrize(
    ("overdue", "at", "id"),
    [
        ({"close"}, time(15), "midday"),
        ({"close"}, time(18, 59), "midday"),
        ({"close"}, time(19), "night"),
        ({"close", "midday"}, time(16), "start-of-day"),
        ({"start-of-day"}, time(7, 45), "night"),
        ({"night"}, time(2), "close"),
    ],
)
def test_an_overdue_huddle_set_gives_way_to_the_one_for_the_hours_before_it(
    overdue: set[str], at: time, id: str
) -> None:
    """A ward is never left without a huddle because one form waits for its review."""
    assert overdue_since_yesterday(overdue).huddle_set_at(at, IN_REVIEW).id == id


def test_where_all_huddle_sets_are_overdue_none_fits() -> None:
    library = overdue_since_yesterday({one.id for one in LIBRARY.huddle_sets})
    assert library.huddle_set_at(time(16), IN_REVIEW - DAY).id == "close", "on its last day it is still in review"
    with pytest.raises(NothingFits, match="No huddle set is in review on 2026-12-01"):
        library.huddle_set_at(time(16), IN_REVIEW)


def overdue_since_yesterday(ids: set[str]) -> Library:
    """The library, where the review of these huddle sets was due on the day before `IN_REVIEW`."""
    late = {"review_by": IN_REVIEW - DAY}
    sets = tuple(one.model_copy(update=late) if one.id in ids else one for one in LIBRARY.huddle_sets)
    return replace(LIBRARY, huddle_sets=sets)


# What it answers


def test_an_item_is_sent_until_its_review_day_and_not_after() -> None:
    reminder = LIBRARY.reminders["sensory-001"]
    last = reminder.review_by
    assert reminder in LIBRARY.reminders_for("acute", last)
    assert reminder not in LIBRARY.reminders_for("acute", last + DAY)
    assert reminder not in LIBRARY.overdue(last)
    assert reminder in LIBRARY.overdue(last + DAY)
    assert LIBRARY.overdue(IN_REVIEW) == ()


def test_reminders_are_those_that_fit_the_setting() -> None:
    dusk = LIBRARY.reminders["environment-003"]
    assert dusk in LIBRARY.reminders_for("dementia", IN_REVIEW)
    assert dusk not in LIBRARY.reminders_for("mental_health", IN_REVIEW)


def test_reminders_are_those_of_the_season_and_the_shift() -> None:
    """Where an item names none, it fits all."""
    december, june = LIBRARY.reminders_for("acute", IN_REVIEW), LIBRARY.reminders_for("acute", date(2027, 6, 1))
    assert {one.seasons for one in december} >= {(), ("winter",)}
    assert not [one.id for one in june if one.seasons == ("winter",)]
    by_day = LIBRARY.reminders_for("acute", IN_REVIEW, "day")
    assert [one.id for one in december if one not in by_day] == [one.id for one in december if one.shifts == ("night",)]


def test_a_stored_value_is_shown_with_its_label() -> None:
    assert LIBRARY.label("helped", "familiar_face") == "A familiar face"
    assert LIBRARY.label("action", "quiet_hour") == "Offer a quiet hour after lunch"
    assert LIBRARY.label("recorded", "yes") == "Yes, it is formally recorded"
    assert LIBRARY.label("comfort_checks", "thirst") == "Drinks within reach"


def test_a_value_no_longer_offered_is_still_shown_in_plain_words() -> None:
    assert LIBRARY.label("area", "smoking_shelter") == "Smoking shelter"


def test_options_are_those_of_the_message_vocabulary() -> None:
    assert LIBRARY.pick_lists.recorded[0] == Option("yes", "Yes, it is formally recorded")


def test_sources_are_named_as_staff_know_them() -> None:
    assert LIBRARY.reminders["environment-001"].source_names == "NICE NG10 (2015)"
