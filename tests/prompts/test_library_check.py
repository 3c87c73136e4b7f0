"""The rules that only the whole library can keep or break, each broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.prompts.library import Fault, Library
from bot.prompts.library.check import BUILT_IN, FEWEST_OF_TOPIC, WHOLE, check
from tests.prompts.conftest import Break, change, first_item, write

LIBRARY = Library.load()
HUDDLE = "huddles/close.yaml"


def without(kind: str, which: Callable[[Any], bool]) -> Library:
    """The built-in library without those items of a kind."""
    kept = {id: one for id, one in getattr(LIBRARY, kind).items() if not which(one)}
    return replace(LIBRARY, **{kind: kept})  # type: ignore[arg-type]


def test_band_shares_may_be_two_points_out_and_no_more() -> None:
    """Of 160 reminders, 112, 32 and 16; without three of prevention it is 69.4%, without twelve 67.6%."""
    few = [id for id, one in LIBRARY.reminders.items() if one.band == "prevention"]
    assert not [fault for fault in check(without("reminders", lambda one: one.id in few[:3])) if fault.item in BANDS]
    faults = [fault for fault in check(without("reminders", lambda one: one.id in few[:12])) if fault.item in BANDS]
    assert [str(fault) for fault in faults] == [
        "reminders/: prevention: 67.6% of reminders are of this band, should be 68 to 72%"
    ]


BANDS = ("prevention", "de_escalation", "intervention")


@pytest.mark.parametrize("topic", FEWEST_OF_TOPIC)
def test_a_topic_with_a_reminder_too_few_is_named(topic: str) -> None:
    of_topic = [one.id for one in LIBRARY.reminders.values() if one.topic == topic]
    kept = of_topic[: FEWEST_OF_TOPIC[topic] - 1]
    faults = check(without("reminders", lambda one: one.topic == topic and one.id not in kept))
    assert f"has {len(kept)} reminders, should have {len(kept) + 1}" in [
        fault.reason for fault in faults if fault.item == topic
    ]


@pytest.mark.parametrize(
    ("kind", "fewest"), [("scenarios", 40), ("supervision", 52), ("debriefs", 26), ("posters", 12)]
)
def test_a_kind_with_too_few_is_named(kind: str, fewest: int) -> None:
    kept = list(getattr(LIBRARY, kind))[: fewest - 1]
    faults = check(without(kind, lambda one: one.id not in kept))
    assert f"{kind}/: holds {fewest - 1}, should hold {fewest}" in map(str, faults)


def test_too_few_scenes_of_when_not_to_intervene_are_named() -> None:
    ids = [one.id for one in LIBRARY.scenarios.values() if one.topic == "when-not-to-intervene"]
    faults = check(without("scenarios", lambda one: one.id in ids[11:]))
    assert [fault.reason for fault in faults if fault.item == "when-not-to-intervene"] == [
        "has 11 scenarios, should have 12"
    ]


def test_the_numbers_are_not_asked_of_a_library_with_a_trusts_folder(own: Path) -> None:
    """A trust may withdraw what it likes."""
    scenes = [{"id": id, "on": "2026-12-01", "why": "Not for us"} for id in list(LIBRARY.scenarios)[:20]]
    write(own / "withdrawn.yaml", *scenes)
    assert check(Library.load(own)) == []


def faults_of_rules(shelf: Path, how: Break, file: str = HUDDLE) -> list[Fault]:
    """What the check finds beside the numbers, which a small library can't keep, once an item is changed."""
    change(shelf / file, how)
    library = Library.load(built_in=shelf)
    assert library.faults == ()
    return [fault for fault in check(library) if "should h" not in fault.reason and fault.item not in BANDS]


def test_an_overlap_in_the_day_is_named_with_its_sets(shelf: Path) -> None:
    [fault] = faults_of_rules(shelf, lambda one: one.update(between=["15:00", "19:01"]))
    assert str(fault) == "huddles/: close, night: both cover 19:00"


def question(one: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(asked for asked in one["questions"] if asked["name"] == name)
    return found


def test_one_value_with_two_labels_is_named(shelf: Path) -> None:
    [fault] = faults_of_rules(shelf, lambda one: question(one, "owner")["options"][0].update(label="Boss"))
    assert str(fault) == "huddles/: owner.nurse_in_charge: has two labels: “Nurse in charge” and “Boss”"


def test_the_questions_of_one_kind_of_ward_have_one_label_too(shelf: Path) -> None:
    [fault] = faults_of_rules(shelf, lambda one: one["variants"]["acute"][0]["options"][0].update(label="All of them"))
    assert fault.item == "delirium_checks.yes"


@pytest.mark.parametrize("name", ["environment", "relational"])
def test_triggers_that_differ_between_huddles_are_named(shelf: Path, name: str) -> None:
    [fault] = faults_of_rules(shelf, lambda one: question(one, name)["options"].pop())
    assert fault.item == name
    assert fault.reason.startswith("its options differ between ")


def test_the_same_words_under_another_id_are_named(shelf: Path) -> None:
    one = first_item(shelf / "panel/rights.yaml")
    write(shelf / "panel/zz.yaml", {**one, "id": "panel-900"})
    [fault] = faults_of_rules(shelf, lambda one: None)
    assert str(fault) == f"panel/zz.yaml:1: panel-900: says the same as {one['id']}"


def test_the_same_poster_under_another_id_is_named(shelf: Path) -> None:
    write(shelf / "posters/zz.yaml", {**first_item(shelf / "posters/debrief.yaml"), "id": "poster-zz", "theme": "blue"})
    [fault] = faults_of_rules(shelf, lambda one: None)
    assert str(fault) == "posters/zz.yaml:1: poster-zz: says the same as poster-debrief"


def test_a_leaning_to_a_value_that_no_list_offers_is_named(shelf: Path) -> None:
    [fault] = faults_of_rules(shelf, lambda one: one.update(moon=["sensory"]), "leanings.yaml")
    assert str(fault) == "leanings.yaml: moon: is no value of building, environment or relational"


def test_an_overdue_review_is_a_fault_of_the_day_it_is_checked_for() -> None:
    """And of no day where none is asked about: what is overdue isn't sent, so the bot works."""
    assert check(LIBRARY) == []
    late = check(LIBRARY, date(2027, 11, 24))
    assert len(late) == len(LIBRARY.overdue(date(2027, 11, 24))) > 50
    assert "sensory-001: review was due by 2027-11-23" in str(next(one for one in late if one.item == "sensory-001"))


def test_a_poster_whose_review_is_overdue_is_named() -> None:
    late = [str(fault) for fault in check(LIBRARY, date(2027, 11, 26)) if fault.item == "poster-soft-words"]
    assert late == ["posters/soft-words.yaml:1: poster-soft-words: review was due by 2027-11-25"]


def test_every_rule_says_why_it_is_there() -> None:
    for rule in (*WHOLE, *BUILT_IN):
        assert rule.__doc__
