"""Each rule of what an item says, with an item that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.prompts.library import Banned, Fault, Library
from bot.prompts.library.check import check
from bot.prompts.library.rules import TO_BE_CLEAN, TO_BE_SENT, no_banned_words, no_holds, phrase_pattern, reading_age_of
from tests.prompts.conftest import Break, change, first_item, write

REMINDERS = "reminders/surroundings.yaml"  # its first item is environment-001
INTERVENTION = "reminders/intervention.yaml"  # its first item is when-not-to-intervene-001
SCENARIOS = "scenarios/talking.yaml"  # its first item is scene-one-voice-001
POSTER = "posters/debrief.yaml"
CALM = "posters/soft-words.yaml"

PADDED = ", so that we can all see how it goes. Tell each other what you found, and what was of most help to you today."


def left_out(shelf: Path, file: str, how: Break) -> Fault:
    """The fault of the first item of a file once it is changed; the item is not in the library."""
    change(shelf / file, how)
    library = Library.load(built_in=shelf)
    [fault] = library.faults
    assert fault.item not in {item.id for item in library.items}
    return fault


def still_sent(shelf: Path, file: str, how: Break) -> Fault:
    """The fault that only the check finds in the first item of a file once it is changed."""
    change(shelf / file, how)
    library = Library.load(built_in=shelf)
    assert library.faults == ()
    item = first_item(shelf / file)["id"]
    [fault] = [one for one in check(library) if one.item == item]
    return fault


# An item that breaks these is left out


def test_an_item_that_tells_of_a_patient_is_not_sent(shelf: Path) -> None:
    """A trust's own may have begun as a real event; NHS numbers here are of the test range."""
    how = f"Sit with Mr Smith in bed 4, NHS number 999 123 4578{PADDED}"
    change(shelf / REMINDERS, lambda one: one.update(text=how))
    library = Library.load(built_in=shelf)
    assert {fault.item for fault in library.faults} == {"environment-001"}
    assert "environment-001" not in library.reminders
    assert any("999 123 4578” could point to a patient" in fault.reason for fault in library.faults)


@pytest.mark.parametrize(
    "words",
    [
        "This is proven",
        "Kicking off",
        "A KICK-OFF",
        "He is non-compliant",
        "Her noncompliance",
        "Attention-seeking people",
        "attention\n  seekers",
        "Frequent flyers",
        "Two aggressive patients",
        "Nursed on obs",
        "The elderly",
        "Someone suffering from dementia",
    ],
)
def test_a_banned_word_is_refused_in_any_writing(shelf: Path, words: str) -> None:
    fault = left_out(shelf, REMINDERS, lambda one: one.update(text=f"{words} here now{PADDED}"))
    assert fault.item == "environment-001"
    assert fault.reason.startswith("text: should not say “")
    assert fault.line > 1


@pytest.mark.parametrize("words", ["A kick offered in play", "A refusal", "The elder", "An unproven idea"])
def test_a_word_that_only_begins_or_ends_like_a_banned_one_is_fine(shelf: Path, words: str) -> None:
    change(shelf / REMINDERS, lambda one: one.update(text=f"{words} here now{PADDED}"))
    assert Library.load(built_in=shelf).faults == ()


@pytest.mark.parametrize(
    ("file", "how", "where"),
    [
        (SCENARIOS, lambda one: one["choices"][1].update(text="Ask the refuser to stop"), "choices.2.text"),
        (
            SCENARIOS,
            lambda one: one["choices"][1].update(feedback=f"A tantrum{PADDED}"),
            "choices.2.feedback",
        ),
        ("supervision/repair.yaml", lambda one: one["ask"].append("Who is manipulative?"), "ask.3"),
        ("debriefs/force.yaml", lambda one: one.update(title="After a tantrum"), "title"),
        ("newsletter/winter.yaml", lambda one: one.update(title="Bed blockers"), "title"),
        ("recognition/care.yaml", lambda one: one.update(text=f"No tantrums{PADDED}"), "text"),
        ("panel/rights.yaml", lambda one: one.update(text=f"Are you a sufferer{PADDED}"), "text"),
        (POSTER, lambda one: one.update(subtitle="A proven way"), "subtitle"),
        (POSTER, lambda one: one.update(alt="A poster of a tantrum"), "alt"),
        (
            POSTER,
            lambda one: one["blocks"][0]["steps"][2].update(no="Do not kick off"),
            "blocks.1.steps.3.no",
        ),
    ],
)
def test_banned_words_are_looked_for_in_every_text_of_every_kind(
    shelf: Path, file: str, how: Break, where: str
) -> None:
    assert left_out(shelf, file, how).reason.startswith(f"{where}: should not say “")


def test_stars_stand_for_any_ending_of_a_word_and_nothing_else_is_a_pattern() -> None:
    library = Library.load()
    item = library.reminders["environment-001"]  # "Stand still in the main lounge for one minute and listen. ..."
    assert list(no_banned_words(item, Banned(labels=("li*", "l.sten", "l(sten", "stand still")))) == [
        (("text",), "should not say “Stand still”: it is in banned.yaml")
    ]
    assert list(no_banned_words(item, Banned(labels=("listen",))))
    assert not list(no_banned_words(item, Banned(labels=("liste", "isten", "l.sten", "lounge minute"))))


@pytest.mark.parametrize(
    "words",
    ["Take hold of the person", "Hold their arms", "Grab a sleeve", "Lay the person face-down", "Use a safe hold"],
)
def test_an_instruction_in_holds_is_refused(shelf: Path, words: str) -> None:
    fault = left_out(shelf, REMINDERS, lambda one: one.update(text=f"{words}{PADDED}"))
    assert fault.reason.startswith("text: reads as an instruction in holds or restraint (“")


def test_many_stars_are_as_good_as_one() -> None:
    """Each by itself, a dozen of them would be tried in all the ways there are: minutes for the library."""
    assert phrase_pattern(("kick**** off",)) == phrase_pattern(("kick* off",))


HOLDS = yaml.safe_load((Path(__file__).parent / "holds.yaml").read_text(encoding="utf-8"))


def refused(lines: list[str]) -> list[str]:
    """Those that would be left out as a reminder's text."""
    library = Library.load()
    item = library.reminders["environment-001"]
    return [line for line in lines if any(no_holds(item.model_copy(update={"text": line}), library.banned))]


def test_every_known_way_of_teaching_a_hold_is_refused() -> None:
    """A list of known phrases, for which `banned.yaml` was written: it says nothing of what nobody thought of."""
    lines = HOLDS["refused"]
    passed = sorted(set(lines) - set(refused(lines)))
    assert not passed, f"recall {1 - len(passed) / len(lines):.2f} of {len(lines)}; not refused: {passed}"


def test_no_plain_sentence_on_the_list_is_taken_for_a_hold() -> None:
    """Also a list of known phrases: what uses the same words and is fine."""
    lines = HOLDS["allowed"]
    alarms = refused(lines)
    assert not alarms, f"{len(alarms)} false alarms in {len(lines)}: {alarms}"


def test_a_hold_is_refused_on_a_poster_also_among_words_to_leave(shelf: Path) -> None:
    """A wall is read in passing: nobody sees which column it stood in."""
    fault = left_out(shelf, CALM, lambda one: one["blocks"][0]["swaps"][2].update(rather_than="Hold their arms"))
    assert fault.reason.startswith("blocks.1.swaps.3.rather_than: reads as an instruction in holds or restraint (“")


def test_a_hold_may_be_named_as_what_not_to_do(shelf: Path) -> None:
    """In the text of a choice that is marked unsafe, and nowhere else in the scene."""
    change(shelf / SCENARIOS, lambda one: one["choices"][1].update(text="Take their arm", safe="false"))
    assert Library.load(built_in=shelf).faults == ()
    fault = left_out(shelf, SCENARIOS, lambda one: one["choices"][1].update(safe="true"))
    assert fault.reason.startswith("choices.2.text: reads as an instruction in holds or restraint (“Take their arm”)")


@pytest.mark.parametrize(
    ("file", "how", "where"),
    [
        (
            INTERVENTION,
            lambda one: one.update(text="Step back" + PADDED + " and then again later", more="It may help" + PADDED),
            "text",
        ),
        (
            SCENARIOS,
            lambda one: one.update(id="scene-last-resort-900", topic="last-resort"),
            "scene",
        ),
        ("debriefs/force.yaml", lambda one: one.update(close="We will tell you more" + PADDED), "close"),
        (POSTER, lambda one: one.update(note="Ask your manager."), "note"),
        (POSTER, lambda one: one.pop("note"), "note"),
        (CALM, lambda one: one.update(subtitle="After seclusion"), "note"),
        (CALM, lambda one: one["blocks"][1].update(text="Force comes last."), "note"),
    ],
)
def test_where_it_comes_to_intervention_certified_training_is_named(
    shelf: Path, file: str, how: Break, where: str
) -> None:
    assert left_out(shelf, file, how).reason == f"{where}: should say that it does not replace “certified training”"


# One that breaks these is still sent, and the check names it

LEARNED = (
    "Environmental modification necessitates multidisciplinary deliberation regarding individualised sensory "
    "sensitivities, organisational considerations, interdependent responsibilities, institutional regulations, "
    "architectural characteristics and environmental vulnerabilities."
)


def test_a_text_that_is_hard_to_read_is_named(shelf: Path) -> None:
    words = f"{LEARNED} {' '.join(LEARNED.split()[:10])}"
    fault = still_sent(shelf, REMINDERS, lambda one: one.update(text=words))
    assert fault.reason.startswith("text: has a reading age of ")
    assert fault.reason.endswith(", over 11: use shorter sentences or words")
    assert fault.line > 1


@pytest.mark.parametrize(
    ("how", "where"),
    [
        (lambda one: one["blocks"][0]["steps"][0].update(detail=LEARNED), "blocks.1.steps.1.detail"),
        (lambda one: one["blocks"][1]["cards"][1].update(text=LEARNED), "blocks.2.cards.2.text"),
        (lambda one: one.update(alt=LEARNED), "alt"),
    ],
)
def test_a_text_of_a_poster_that_is_hard_to_read_is_named(shelf: Path, how: Break, where: str) -> None:
    fault = still_sent(shelf, POSTER, how)
    assert fault.reason.startswith(f"{where}: has a reading age of ")
    assert fault.line > 1


def in_pieces(words: int) -> list[str]:
    """So many words that are hard to read, in pieces too short to be judged by themselves."""
    hard = LEARNED.split()[:words]
    return [" ".join(hard[place : place + 5]) for place in range(0, words, 5)]


@pytest.mark.parametrize(("words", "named"), [(20, True), (10, False)])
def test_short_texts_are_judged_together_once_there_are_fifteen_words(shelf: Path, words: int, named: bool) -> None:
    """A poster is all short texts: each is too short for the formula."""
    blocks = [{"kind": "quote", "text": text} for text in in_pieces(words)]
    only = {"title": "Hush", "subtitle": "Calm", "alt": "Words", "note": "Hush", "blocks": blocks}
    change(shelf / CALM, lambda one: one.update(only))
    library = Library.load(built_in=shelf)
    assert library.faults == ()
    found = [fault.reason for fault in check(library) if fault.item == "poster-soft-words"]
    assert len(found) == named
    assert all(reason.startswith("its short texts together have a reading age of ") for reason in found)


def test_reading_age_is_a_school_year_and_five() -> None:
    """So a text for the first years of school is for children of six or seven."""
    assert reading_age_of("The cat sat on the mat. The dog ran to the cat. They had fun in the sun all day.") < 7
    assert reading_age_of(LEARNED) > 20


def test_two_choices_with_the_same_feedback_are_named(shelf: Path) -> None:
    def same(one: dict[str, list[dict[str, str]]]) -> None:
        one["choices"][1]["feedback"] = one["choices"][0]["feedback"]

    assert still_sent(shelf, SCENARIOS, same).reason == "choices: two choices have the same feedback"


def test_a_scene_with_nothing_to_choose_is_named(shelf: Path) -> None:
    fault = still_sent(shelf, SCENARIOS, lambda one: [each.update(safe="true") for each in one["choices"]])
    assert fault.reason == "choices: every choice is safe, so there is nothing to choose"


def test_every_rule_says_why_it_is_there() -> None:
    for rule in (*TO_BE_SENT, *TO_BE_CLEAN):
        assert rule.__doc__


def test_an_item_added_beside_a_broken_one_is_sent(shelf: Path) -> None:
    """A fault is its item's alone."""
    one = first_item(shelf / REMINDERS)
    write(shelf / "reminders/own.yaml", {**one, "id": "environment-900"}, {**one, "id": "environment-901", "text": ""})
    library = Library.load(built_in=shelf)
    assert "environment-900" in library.reminders
    assert [fault.item for fault in library.faults] == ["environment-901"]
