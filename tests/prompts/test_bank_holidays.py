"""Bank holidays as https://www.gov.uk/bank-holidays has them, nation by nation."""

from __future__ import annotations

from datetime import date

import pytest

from bot.chat.message import Heading, Message, Note, Text
from bot.prompts.bank_holidays import HUDDLE, bank_holiday, on_its_day


@pytest.mark.parametrize(
    ("on", "nations"),
    [
        (date(2026, 1, 1), "ENG WLS SCT NIR"),
        (date(2026, 1, 2), "SCT"),
        (date(2026, 3, 17), "NIR"),  # Saint Patrick's
        (date(2026, 4, 3), "ENG WLS SCT NIR"),  # Good Friday
        (date(2026, 4, 6), "ENG WLS NIR"),  # Easter Monday
        (date(2026, 7, 13), "NIR"),  # the Boyne, on the Monday
        (date(2026, 8, 3), "SCT"),
        (date(2026, 8, 31), "ENG WLS NIR"),
        (date(2026, 11, 30), "SCT"),  # Saint Andrew's
        (date(2026, 12, 25), "ENG WLS SCT NIR"),
        (date(2026, 12, 28), "ENG WLS SCT NIR"),  # Boxing Day is a Saturday
        (date(2026, 11, 24), ""),
    ],
)
def test_each_nation_has_its_own(on: date, nations: str) -> None:
    assert " ".join(nation for nation in ("ENG", "WLS", "SCT", "NIR") if bank_holiday(nation, on)) == nations


def test_a_prompt_says_so_below_its_heading_and_in_its_notification() -> None:
    plain = Message("huddle_prompt", "Huddle.", (Heading("Huddle"), Note("Small print")))
    shown = on_its_day(plain, HUDDLE, "ENG", date(2026, 12, 28))
    assert shown.summary == "Huddle. Bank holiday: Boxing Day, substitute day."
    heading, words, note = shown.parts
    assert (heading, note) == plain.parts
    assert isinstance(words, Text) and "who can you call" in words.text and "Boxing Day" in words.text
    assert on_its_day(plain, HUDDLE, "ENG", date(2026, 12, 29)) == plain
