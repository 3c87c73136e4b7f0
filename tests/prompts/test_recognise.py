"""What is read of plain words: what they say, in the lists' own values, and never how bad it was."""

from __future__ import annotations

import pytest

from bot.prompts.library import Library
from bot.prompts.recognise import LISTS, WORDS, recognise


def test_every_value_is_one_that_the_form_offers() -> None:
    lists = Library.load().pick_lists
    for name, values in WORDS.items():
        assert set(values) <= {option.value for option in getattr(lists, name)}, name
    assert set(LISTS) == set(WORDS) and not {"level", "recorded"} & set(WORDS)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Noisy in the lounge this evening", {"building": "noise", "area": "lounge", "shift_band": "evening"}),
        (
            "Dinner came late, two people ARGUED; a drink helped",
            {"building": "waiting peer_conflict", "helped": "need_met"},
        ),
        ("We gave her space and listened in the quiet room", {"helped": "listening space quiet_place"}),
        ("From the lounge to the garden, in the morning and again at night", {}),
        ("Chocolate, a gardener, a serious injury", {"area": "garden"}),
        ("It was very serious, nobody could have stopped it", {}),
        ("", {}),
    ],
)
def test_plain_words_are_matched_as_words(text: str, values: dict[str, str]) -> None:
    assert recognise(text).values == {name: tuple(chosen.split()) for name, chosen in values.items()}


@pytest.mark.parametrize(("text", "success"), [("It went well in the end", True), ("It did not go to plan", False)])
def test_what_went_well_is_a_success(text: str, success: bool) -> None:
    assert recognise(text).success is success
