"""Bank holidays of the four nations, and what a prompt says on one: cover is thinner, so who can you call?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

from holidays import country_holidays

from bot.chat.message import Message, Text


@lru_cache(maxsize=512)
def bank_holiday(nation: str, on: date) -> str | None:
    """What the bank holiday of a nation (ENG, WLS, SCT or NIR) is called that is on this date, if any.

    From `holidays`, which follows https://www.gov.uk/bank-holidays: with the substitute days, and one-off ones once
    its release knows them.
    """
    name = country_holidays("GB", subdiv=nation, years=on.year, language="en_GB").get(on)
    return name and name.replace(" (observed)", ", substitute day")


HUDDLE = (
    "It is a bank holiday ({name}), so cover may be thinner than usual. Worth asking together: who can you call if you "
    "need help, and what is closed or runs late today (pharmacy, therapies, transport, visits)?"
)
REMINDER = "It is a bank holiday ({name}): if cover is thin, know before you start who you can call."


def on_its_day(message: Message, words: str, nation: str, on: date) -> Message:
    """A prompt as it reads on that date (a night shift's is the one it began on): these words come below its heading
    on a bank holiday, with its `{name}`."""
    name = bank_holiday(nation, on)
    if name is None:
        return message
    heading, *rest = message.parts
    summary = f"{message.summary} Bank holiday: {name}."
    return replace(message, summary=summary, parts=(heading, Text(words.format(name=name)), *rest))
