"""What stories about reports do again and again: send one, come back with its code, look at what is kept."""

from __future__ import annotations

import re
from typing import Any

from sqlmodel import select

from bot.store.tables import Report, ReportAnswer
from tests.stories.actors import Actor
from tests.stories.conftest import Ward
from tests.stories.test_stories import REPORT

LINE = "Anything else, in one line"
SHARE = {"Share with the ward's channel": True}
WHAT = "Or do something else"
TALLY = {
    "What was used?": ["Physical restraint: seated (11)", "Seclusion"],
    "For how long, all together?": "5 to 15 minutes",
    "Is the formal record made?": "Not yet",
    "Was a debrief offered?": "Yes, it was offered",
}


async def sent(somebody: Actor, answers: dict[str, Any] | None = None, command: str = "/report") -> str:
    """Send a report; its code."""
    await somebody.command(command)
    await somebody.fill((TALLY if command == "/report restrictive" else REPORT) | (answers or {}))
    await somebody.submit()
    return code_told(somebody)


def code_told(somebody: Actor) -> str:
    """The code that somebody was told last."""
    return re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", somebody.told())[-1]


async def come_back(somebody: Actor, code: str) -> None:
    """Give the code on the form that asks for it."""
    await somebody.command("/report code")
    await somebody.fill({"Your code": code})
    await somebody.submit()


async def choose(somebody: Actor, code: str, begins: str, day: str) -> None:
    """Come back, and correct the report or take it back; the choice says until when."""
    await come_back(somebody, code)
    label = {"correct": "Correct it (until the end of {})", "withdraw": "Take it back: it is deleted (until {})"}[
        begins
    ]
    await somebody.fill({WHAT: label.format(day)})
    await somebody.submit()


async def all_reports(ward: Ward) -> list[Report]:
    """Every report that is kept."""
    async with ward.stage.house.store() as session:
        return list((await session.exec(select(Report))).all())


async def all_answers(ward: Ward) -> list[str]:
    """The words of every answer that is kept."""
    async with ward.stage.house.store() as session:
        return [one.text for one in (await session.exec(select(ReportAnswer))).all()]
