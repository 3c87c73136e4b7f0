"""The content library: what ships is sound, and each rule catches the item that breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
import shutil
import time as clock
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest
import yaml

from bot.chat.message import Option
from bot.prompts.library import MOST_OPTIONS, TOPICS, ContentError, Fault, Library

CONTENT = Path(__file__).parents[2] / "content"
LIBRARY = Library.load(CONTENT)
SETTINGS = ("mental_health", "dementia", "learning_disability", "acute")
IN_REVIEW = date(2026, 12, 1)

Break = Callable[[dict[str, Any]], object]


# What ships


def test_the_built_in_library_holds_enough_of_every_kind() -> None:
    counts = LIBRARY.check_counts()
    assert counts["reminders"] >= 50
    assert counts["scenarios"] >= 10
    assert counts["huddle_sets"] == 4


def test_every_item_names_its_source_and_its_review() -> None:
    for item in (*LIBRARY.reminders.values(), *LIBRARY.scenarios.values(), *LIBRARY.huddle_sets):
        assert item.source
        assert item.written_on < item.review_by
        assert item.reviewers == (), "a reviewer is added by a real review, together with this test's line"


def test_reminders_keep_the_share_of_seventy_twenty_ten() -> None:
    bands = Counter(one.band for one in LIBRARY.reminders.values())
    total = len(LIBRARY.reminders)
    assert {band: count * 10 // total for band, count in bands.items()} == {
        "prevention": 7,
        "de_escalation": 2,
        "intervention": 1,
    }


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_has_enough_reminders_and_scenarios(setting: str) -> None:
    fitting = LIBRARY.reminders_for(setting, IN_REVIEW)
    bands = Counter(one.band for one in fitting)
    assert len(fitting) >= 40
    assert bands["de_escalation"] >= 6
    assert bands["intervention"] >= 3
    assert len(LIBRARY.scenarios_for(setting, IN_REVIEW)) >= 8


def test_every_topic_has_a_reminder() -> None:
    assert {one.topic for one in LIBRARY.reminders.values()} == set(TOPICS)


def test_no_two_reminders_say_the_same() -> None:
    texts = [one.text for one in LIBRARY.reminders.values()]
    assert len(set(texts)) == len(texts)


def test_three_scenarios_offer_not_touching_and_getting_help() -> None:
    offering = [
        one
        for one in LIBRARY.scenarios.values()
        if any(choice.safe and choice.text.startswith("Don't touch, get help") for choice in one.choices)
    ]
    assert len(offering) >= 3


def test_every_choice_has_its_own_feedback_and_not_all_are_safe() -> None:
    for scenario in LIBRARY.scenarios.values():
        assert len({choice.feedback for choice in scenario.choices}) == len(scenario.choices)
        assert {choice.safe for choice in scenario.choices} == {True, False}


def test_the_start_of_day_asks_its_questions_in_order() -> None:
    questions = LIBRARY.huddle_set_at(time(7, 45)).questions
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
    assert LIBRARY.huddle_set_at(at).id == id


@given(st.times())
def test_every_moment_of_the_day_has_exactly_one_huddle_set(at: time) -> None:
    covering = [one for one in LIBRARY.huddle_sets if one.covers(at)]
    assert covering == [LIBRARY.huddle_set_at(at)]


def test_loading_takes_less_than_a_second() -> None:
    started = clock.perf_counter()
    Library.load(CONTENT)
    assert clock.perf_counter() - started < 1


# What it answers


def test_a_reminder_is_shown_until_its_review_day_and_not_after() -> None:
    reminder = LIBRARY.reminders["sensory-001"]
    assert not reminder.expired(reminder.review_by)
    assert reminder.expired(date(2027, 11, 24))
    assert LIBRARY.reminders_for("acute", date(2027, 11, 24)) == ()


def test_reminders_are_those_that_fit_the_setting() -> None:
    dusk = LIBRARY.reminders["environment-003"]
    assert dusk in LIBRARY.reminders_for("dementia", IN_REVIEW)
    assert dusk not in LIBRARY.reminders_for("mental_health", IN_REVIEW)


def test_a_stored_value_is_shown_with_its_label() -> None:
    assert LIBRARY.label("helped", "familiar_face") == "A familiar face"
    assert LIBRARY.label("action", "quiet_hour") == "Offer a quiet hour after lunch"
    assert LIBRARY.label("recorded", "yes") == "Yes, it is formally recorded"


def test_a_value_no_longer_offered_is_still_shown_in_plain_words() -> None:
    assert LIBRARY.label("area", "smoking_shelter") == "Smoking shelter"


def test_options_are_those_of_the_message_vocabulary() -> None:
    assert LIBRARY.pick_lists.recorded[0] == Option("yes", "Yes, it is formally recorded")


# What it refuses


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A copy of the built-in content, to break."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def faults_in(folder: Path) -> list[Fault]:
    with pytest.raises(ContentError) as caught:
        Library.load(folder)
    return caught.value.faults


def broken(shelf: Path, file: str, change: Break) -> list[Fault]:
    """The faults once `change` is made to the first item of a file (rewritten with that item alone)."""
    path = shelf / file
    raw = yaml.load(path.read_text(), yaml.BaseLoader)
    item = raw[0] if isinstance(raw, list) else raw
    change(item)
    path.write_text(yaml.safe_dump([item] if isinstance(raw, list) else item))
    return faults_in(shelf)


REMINDERS = "reminders/intervention.yaml"  # its first item is when-not-to-intervene-001


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one.update(band="prevent"), "band: should be 'prevention', 'de_escalation' or"),
        (lambda one: one.update(band="prevention"), "belongs to the band intervention"),
        (lambda one: one.update(topic="weather"), "topic: “weather” is not one of relationship,"),
        (lambda one: one.update(settings=["acute", "maternity"]), "settings.2: should be 'mental_health'"),
        (lambda one: one.update(settings=[]), "settings: should hold at least 1"),
        (lambda one: one.update(settings="acute"), "settings: should be a list"),
        (lambda one: one.pop("source"), "source: is missing"),
        (lambda one: one.update(source=" "), "source: is empty"),
        (lambda one: one.update(text="word " * 24), "text: should be 25 to 60 words, and is 24"),
        (lambda one: one.update(text="word " * 61), "text: should be 25 to 60 words, and is 61"),
        (lambda one: one.update(more="word " * 19), "more: should be 20 to 80 words, and is 19"),
        (lambda one: one.update(more="word " * 81), "more: should be 20 to 80 words, and is 81"),
        (lambda one: one.update(more="word " * 30), "does not replace “certified training”"),
        (lambda one: one.update(text="This is proven. " + "word " * 30), "text: should not say “proven”"),
        (lambda one: one.update(text="Kicking off " + "word " * 30), "text: should not say “Kicking off”"),
        (lambda one: one.update(review_by="2027-13-45"), "review_by: Input should be a valid date"),
        (lambda one: one.update(version="0"), "version: Input should be greater than 0"),
        (lambda one: one.update(author="A. Nurse"), "author: is not a field here"),
    ],
)
def test_a_reminder_that_breaks_a_rule_is_named(shelf: Path, change: Break, reason: str) -> None:
    [fault] = broken(shelf, REMINDERS, change)
    assert (fault.file, fault.item) == (REMINDERS, "when-not-to-intervene-001")
    assert reason in fault.reason


def test_an_id_that_is_not_its_topic_and_a_number_is_named(shelf: Path) -> None:
    [fault] = broken(shelf, REMINDERS, lambda one: one.update(id="when-not-1"))
    assert fault == Fault(REMINDERS, "when-not-1", "the id should be when-not-to-intervene-NNN")


def test_an_item_with_no_id_is_named_by_its_position(shelf: Path) -> None:
    [fault] = broken(shelf, REMINDERS, lambda one: one.pop("id"))
    assert fault == Fault(REMINDERS, "item 1", "id: is missing")


def test_an_item_of_the_wrong_shape_is_named_by_its_position(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").write_text("- just words\n")
    assert faults_in(shelf) == [Fault("reminders/own.yaml", "item 1", "should be fields and their values")]


def test_an_id_used_twice_is_named_with_both_files(shelf: Path) -> None:
    shutil.copy(shelf / REMINDERS, shelf / "reminders/zz_again.yaml")
    faults = faults_in(shelf)
    assert len(faults) == 7
    assert (faults[0].file, faults[0].item) == ("reminders/zz_again.yaml", "when-not-to-intervene-001")
    assert faults[0].reason == f"the id is taken in {REMINDERS}"


def test_broken_yaml_names_its_line(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").write_text("- id: sensory-900\n  text: 'never closed\n")
    [fault] = faults_in(shelf)
    assert (fault.file, fault.item) == ("reminders/own.yaml", "line 3")
    assert fault.reason.startswith("is not YAML: ")


def test_a_field_given_twice_names_its_line(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").write_text("- id: sensory-900\n  text: one\n  text: two\n")
    assert faults_in(shelf) == [Fault("reminders/own.yaml", "line 3", "is not YAML: “text” is there twice")]


@pytest.mark.parametrize(
    "written", [b"- id: \xff\xfe\n", b"- ? [a]\n  : b\n", b"- &a [*a]\n", b"\t", b"- !!python/name:os.x y\n"]
)
def test_a_file_of_nonsense_is_a_fault_and_no_crash(shelf: Path, written: bytes) -> None:
    (shelf / "reminders/own.yaml").write_bytes(written)
    [fault] = faults_in(shelf)
    assert fault.file == "reminders/own.yaml"


def test_every_fault_of_every_file_is_listed_at_once(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").write_text("- one\n- two\n")
    (shelf / "scenarios/own.yaml").write_text("- three\n")
    with pytest.raises(ContentError, match=r"scenarios/own\.yaml: item 1: should be fields") as caught:
        Library.load(shelf)
    assert len(caught.value.faults) == 3


def test_an_empty_folder_is_told_what_it_lacks(tmp_path: Path) -> None:
    assert [fault.file for fault in faults_in(tmp_path)] == [
        "reminders/",
        "scenarios/",
        "huddles/",
        "picklists.yaml",
    ]


def test_an_empty_file_is_a_fault(shelf: Path) -> None:
    (shelf / "picklists.yaml").write_text("")
    assert faults_in(shelf) == [Fault("picklists.yaml", "file", "is empty")]


def test_an_overdue_review_is_no_fault(shelf: Path) -> None:
    path = shelf / REMINDERS
    path.write_text(path.read_text().replace("2027-11-23", "2026-11-24"))
    late = Library.load(shelf)
    assert late.reminders["debrief-001"].expired(IN_REVIEW)
    assert all(one.band != "intervention" for one in late.reminders_for("acute", IN_REVIEW))


SCENARIOS = "scenarios/talking.yaml"  # its first item is scene-one-voice-001


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one.update(scene="word " * 39), "scene: should be 40 to 70 words, and is 39"),
        (lambda one: one.update(scene="word " * 71), "scene: should be 40 to 70 words, and is 71"),
        (lambda one: one.update(topic="weather"), "topic: “weather” is not one of"),
        (lambda one: one.update(settings=["acute", "school"]), "settings.2: should be 'mental_health'"),
        (lambda one: one.pop("source"), "source: is missing"),
        (lambda one: one.update(choices=one["choices"][:2]), "choices: should hold at least 3"),
        (
            lambda one: one.update(choices=one["choices"] + one["choices"][:1]),
            "choices: should hold at most 4",
        ),
        (lambda one: one["choices"][1].pop("feedback"), "choices.2.feedback: is missing"),
        (
            lambda one: one["choices"][0].update(text="x" * 76),
            "choices.1.text: should be at most 75 characters",
        ),
        (lambda one: one["choices"][0].update(safe="false"), "at least one choice should be safe"),
        (lambda one: one.update(topic="listening"), "the id should be scene-listening-NNN"),
    ],
)
def test_a_scenario_that_breaks_a_rule_is_named(shelf: Path, change: Break, reason: str) -> None:
    [fault] = broken(shelf, SCENARIOS, change)
    assert (fault.file, fault.item) == (SCENARIOS, "scene-one-voice-001")
    assert reason in fault.reason


HUDDLE = "huddles/close.yaml"


def question(one: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(asked for asked in one["questions"] if asked["name"] == name)
    return found


def eleven_options(one: dict[str, Any]) -> None:
    options = [{"value": f"v{n}", "label": f"Option {n}"} for n in range(MOST_OPTIONS + 1)]
    question(one, "owner")["options"] = options


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (eleven_options, "questions.6.options: should hold at most 10"),
        (
            lambda one: question(one, "owner").update(options=[]),
            "questions.6.options: should hold at least 1",
        ),
        (
            lambda one: question(one, "worried")["options"][0].update(label="x" * 76),
            "questions.7.options.1: the label of no should be 1 to 75 characters",
        ),
        (
            lambda one: question(one, "worried")["options"][0].update(value="Not Now"),
            "questions.7.options.1: the value “Not Now” should be in snake_case",
        ),
        (
            lambda one: question(one, "worried")["options"][1].update(value="no"),
            "questions.7.options: these values are there twice: no",
        ),
        (
            lambda one: question(one, "owner").update(ask="maybe"),
            "questions.6.ask: should be 'one_of' or 'some_of'",
        ),
        (lambda one: one["questions"].pop(), "questions: should ask for: worried"),
        (
            lambda one: one["questions"].append(one["questions"][0]),
            "questions: two questions have the same name",
        ),
        (lambda one: one.update(between=["14:00", "7pm"]), "between.2: should be a time such as 05:00"),
        (
            lambda one: one.update(title="A very long huddle title indeed"),
            "title: should be at most 24 characters",
        ),
        (lambda one: one.pop("source"), "source: is missing"),
    ],
)
def test_a_huddle_set_that_breaks_a_rule_is_named(shelf: Path, change: Break, reason: str) -> None:
    [fault] = broken(shelf, HUDDLE, change)
    assert (fault.file, fault.item) == (HUDDLE, "close")
    assert reason in fault.reason


def test_a_gap_in_the_day_is_named(shelf: Path) -> None:
    [fault] = broken(shelf, HUDDLE, lambda one: one.update(between=["15:30", "19:00"]))
    assert fault == Fault("huddles/", "between", "no huddle set covers 15:00")


def test_an_overlap_in_the_day_is_named_with_its_sets(shelf: Path) -> None:
    [fault] = broken(shelf, HUDDLE, lambda one: one.update(between=["15:00", "19:01"]))
    assert fault == Fault("huddles/", "close, night", "both cover 19:00")


def test_one_value_with_two_labels_is_named(shelf: Path) -> None:
    [fault] = broken(shelf, HUDDLE, lambda one: question(one, "owner")["options"][0].update(label="Boss"))
    assert (fault.file, fault.item) == ("huddles/", "owner.nurse_in_charge")
    assert "has two labels" in fault.reason


@pytest.mark.parametrize("name", ["environment", "relational"])
def test_triggers_that_differ_between_huddles_are_named(shelf: Path, name: str) -> None:
    [fault] = broken(shelf, HUDDLE, lambda one: question(one, name)["options"].pop())
    assert (fault.file, fault.item) == ("huddles/", name)
    assert fault.reason.startswith("its options differ between ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lists: lists.pop("helped"), "helped: is missing"),
        (lambda lists: lists.update(colours=[]), "colours: is not a field here"),
        (
            lambda lists: lists["shift_band"].append({"value": "dawn", "label": "Dawn"}),
            "shift_band: should hold at most 4",
        ),
        (lambda lists: lists["area"][0].pop("label"), "area.1.label: is missing"),
        (lambda lists: lists["area"][0].update(icon="bed"), "area.1.icon: is not a field here"),
        (
            lambda lists: lists["skip_reason"][0].update(label="There is far too much going on now"),
            "skip_reason: these labels are over 30 characters, too long for a button: acuity",
        ),
    ],
)
def test_a_pick_list_that_breaks_a_rule_is_named(shelf: Path, change: Break, reason: str) -> None:
    [fault] = broken(shelf, "picklists.yaml", change)
    assert (fault.file, fault.item) == ("picklists.yaml", "pick lists")
    assert reason in fault.reason
