"""The rules that only the whole library can keep or break, each broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.prompts.library import Fault, Library, Reminder, Setting
from bot.prompts.library.check import (
    BUILT_IN,
    FEWEST_FOR_A_WARD,
    FEWEST_OF_TOPIC,
    FEWEST_SCENES_FOR_A_WARD,
    WHOLE,
    check,
    too_few_for_a_ward,
)
from tests.prompts.conftest import Break, change, faults_beside_numbers, first_item, write

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
    """A trust may withdraw what it likes, as long as its wards have enough."""
    scenes = [{"id": id, "on": "2026-12-01", "why": "Not for us"} for id in list(LIBRARY.scenarios)[:20]]
    write(own / "withdrawn.yaml", *scenes)
    assert check(Library.load(own)) == []


def faults_of_rules(shelf: Path, how: Break, file: str = HUDDLE) -> list[Fault]:
    """What the check finds beside the numbers, once an item is changed."""
    change(shelf / file, how)
    library = Library.load(built_in=shelf)
    assert library.faults == ()
    return faults_beside_numbers(library)


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
    first = min(one.review_by for one in LIBRARY.items)
    due = {f"{one.id}: review was due by {first}" for one in LIBRARY.items if one.review_by == first}
    assert check(LIBRARY, first) == []
    late = check(LIBRARY, first + timedelta(days=1))
    assert {f"{fault.item}: {fault.reason}" for fault in late} == due


def test_a_poster_whose_review_is_overdue_is_named() -> None:
    poster = LIBRARY.posters["poster-soft-words"]
    late = check(LIBRARY, poster.review_by + timedelta(days=1))
    assert [str(fault) for fault in late if fault.item == poster.id] == [
        f"posters/soft-words.yaml:1: poster-soft-words: review was due by {poster.review_by}"
    ]


# Enough for every ward

TODAY = date(2026, 12, 1)


def enough_of(reminders: Sequence[Reminder]) -> Library:
    """The library with no other reminders than these."""
    return replace(LIBRARY, reminders={one.id: one for one in reminders})


@pytest.fixture
def just_enough() -> list[Reminder]:
    """For an acute ward at any time: 14, 4 and 2."""
    always = [
        one for one in LIBRARY.reminders.values() if "acute" in one.settings and not one.shifts and not one.seasons
    ]
    return [
        one
        for band, number in FEWEST_FOR_A_WARD.items()
        for one in [each for each in always if each.band == band][:number]
    ]


def for_acute_wards(library: Library, on: date | None = None) -> list[str]:
    return [str(fault) for fault in too_few_for_a_ward(library, on) if "acute" in str(fault)]


def test_a_ward_needs_fourteen_four_and_two_reminders_of_the_bands(just_enough: list[Reminder]) -> None:
    assert len(just_enough) == 20
    assert for_acute_wards(enough_of(just_enough)) == []
    assert for_acute_wards(enough_of(just_enough[1:-1])) == [
        "reminders/: intervention: 1 reminders of this band fit acute wards, should be 2 or more",
        "reminders/: prevention: 13 reminders of this band fit acute wards, should be 14 or more",
    ]


@pytest.mark.parametrize("only", [{"shifts": ("day",)}, {"shifts": ("night",)}, {"seasons": ("spring", "summer")}])
def test_a_ward_needs_them_on_every_shift_and_in_every_season(
    just_enough: list[Reminder], only: dict[str, tuple[str, ...]]
) -> None:
    first, *others = just_enough
    assert for_acute_wards(enough_of([first.model_copy(update=only), *others])) == [
        "reminders/: prevention: 13 reminders of this band fit acute wards, should be 14 or more"
    ]


def test_what_is_overdue_on_a_day_does_not_count_on_it(just_enough: list[Reminder]) -> None:
    *others, last = just_enough
    library = enough_of([*others, last.model_copy(update={"review_by": TODAY})])
    assert for_acute_wards(library, TODAY) == []
    assert for_acute_wards(library, TODAY + timedelta(days=1)) == [
        "reminders/: intervention: 1 reminders of this band fit acute wards, should be 2 or more"
    ]
    assert for_acute_wards(library) == [], "without a day, as if all were in review"


def test_a_ward_needs_eight_scenes() -> None:
    acute = [one for one in LIBRARY.scenarios.values() if "acute" in one.settings]
    kept = acute[:FEWEST_SCENES_FOR_A_WARD]
    assert for_acute_wards(replace(LIBRARY, scenarios={one.id: one for one in kept})) == []
    assert for_acute_wards(replace(LIBRARY, scenarios={one.id: one for one in kept[1:]})) == [
        "scenarios/: acute: 7 fit acute wards, should be 8 or more"
    ]


def test_a_trust_that_withdraws_all_that_fits_its_acute_wards_is_told(own: Path) -> None:
    """Without this the check was content, and the ward heard nothing."""
    fitting = [one.id for kind in (LIBRARY.reminders, LIBRARY.scenarios) for one in kind.values() if acute(one)]
    write(own / "withdrawn.yaml", *({"id": id, "on": "2026-11-25", "why": "Not for us"} for id in fitting))
    library = Library.load(own)
    assert library.faults == ()
    assert [str(fault) for fault in check(library) if "acute" in str(fault)] == [
        "reminders/: de_escalation: 0 reminders of this band fit acute wards, should be 4 or more",
        "reminders/: intervention: 0 reminders of this band fit acute wards, should be 2 or more",
        "reminders/: prevention: 0 reminders of this band fit acute wards, should be 14 or more",
        "scenarios/: acute: 0 fit acute wards, should be 8 or more",
    ]


def acute(one: Any) -> bool:
    return "acute" in one.settings


def test_a_day_on_which_too_little_is_in_review_is_told_of_beforehand() -> None:
    """If nobody reviewed anything: on the last item's last day every kind of ward has too little."""
    last = max(one.review_by for one in LIBRARY.items)
    late = [str(fault) for fault in check(LIBRARY, last)]
    for setting in get_args(Setting):
        assert any(f"reminders of this band fit {setting} wards" in fault for fault in late), setting
        assert any(fault.startswith(f"scenarios/: {setting}: ") for fault in late), setting


def test_a_day_on_which_no_huddle_set_is_in_review_is_told_of_beforehand() -> None:
    last = max(one.review_by for one in LIBRARY.huddle_sets)
    after = last + timedelta(days=1)
    assert f"huddles/: none is in review on {after}" in map(str, check(LIBRARY, after))
    assert not [fault for fault in check(LIBRARY, last) if "none is in review" in fault.reason]


def test_every_rule_says_why_it_is_there() -> None:
    for rule in (*WHOLE, *BUILT_IN):
        assert rule.__doc__
