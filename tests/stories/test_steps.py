"""A form in steps, and a post under a message, on every front."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
import shutil
from typing import Any

import pytest

from bot.chat.front import Destination, Person
from bot.chat.message import Button, Buttons, Form, Line, Message, Text, YesNo
from bot.chat.router import Command, FieldErrors, Open, Outcomes, Problem, Replace, Reply, Router, Submit, Tap
from tests.stage import Way
from tests.stories.conftest import Ward

WORDS = "What went well?"
CHANGE = "Change it first"


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database is enough: what is looked at here is the fronts' doing."""
    file = tmp_path / "wardhuddle.db"
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


def said(words: str, *buttons: Button) -> Message:
    return Message("said", words, (Text(words), *([Buttons(buttons)] if buttons else [])))


class Steps:
    """A form whose answer is shown once more before it is saved. What was typed waits here, as in a database."""

    def __init__(self, router: Router[Any], *, may_change: bool = True) -> None:
        self.draft = ""
        self.saved: dict[str, str] = {}
        self.trouble: Problem | None = None
        self.refused = ""
        self._may_change = may_change
        router.on_command("report", self.start)
        router.on_form("first", self.first, self.sent)
        router.on_form("preview", self.preview, self.save)

    async def start(self, command: Command, desk: Any) -> Outcomes:
        return (Open(await self.first(desk, command.person, {"ward": "7"})),)

    async def first(self, desk: Any, person: Person, context: Mapping[str, str]) -> Form:
        return Form("first", "A success", "Look at it", (Line("words", WORDS, initial=self.draft),), context)

    async def preview(self, desk: Any, person: Person, context: Mapping[str, str]) -> Form:
        change = (YesNo("change", CHANGE),) if self._may_change else ()
        return Form("preview", "Is this right?", "Save", (Text(f"It will say: {self.draft}"), *change), context)

    async def sent(self, submit: Submit, desk: Any) -> Outcomes:
        assert submit.context == {"ward": "7"}
        self.draft = str(submit.answers["words"])
        return (Open(await self.preview(desk, submit.person, {"draft": "1"})),)

    async def save(self, submit: Submit, desk: Any) -> Outcomes:
        assert submit.context == {"draft": "1"}
        if self.trouble:
            raise self.trouble
        if self.refused:
            return (FieldErrors({"change": self.refused}),)
        if submit.answers.get("change"):
            return (Open(await self.first(desk, submit.person, {"ward": "7"})),)
        self.saved[submit.once] = self.draft
        return (Reply(said("Thank you")),)


async def test_a_form_is_looked_at_changed_and_saved(ward: Ward) -> None:
    steps, nurse = Steps(ward.stage.house.router), await ward.somebody()
    await nurse.command("/report")
    await nurse.fill({WORDS: "A walk"})
    await nurse.submit()
    assert "It will say: A walk" in nurse.form

    await nurse.fill({CHANGE: True})
    await nurse.submit()
    assert nurse.typed(WORDS) == "A walk"
    await nurse.fill({WORDS: "A quiet walk"})
    await nurse.submit()
    assert "It will say: A quiet walk" in nurse.form and steps.saved == {}

    await nurse.submit()
    assert list(steps.saved.values()) == ["A quiet walk"]
    assert nurse.form == "" and "Thank you" in nurse.told()


async def test_each_step_counts_once_however_often_it_is_sent(ward: Ward) -> None:
    steps, nurse = Steps(ward.stage.house.router), await ward.somebody()
    await nurse.command("/report")
    await nurse.fill({WORDS: "A walk"})
    for _ in range(2):  # the second time from what the first one showed
        await nurse.submit()
        await nurse.resubmit()
    assert list(steps.saved.values()) == ["A walk"]


async def test_what_is_wrong_with_the_second_form_is_said_there(ward: Ward) -> None:
    steps, nurse = Steps(ward.stage.house.router), await ward.somebody()
    await nurse.command("/report")
    await nurse.submit()
    steps.refused = "Please look again."
    await nurse.submit()
    assert steps.refused in nurse.errors[CHANGE]
    steps.refused = ""
    await nurse.submit()
    assert len(steps.saved) == 1


async def test_a_form_that_only_shows_stays_until_it_is_saved(ward: Ward) -> None:
    steps, nurse = Steps(ward.stage.house.router, may_change=False), await ward.somebody()
    await nurse.command("/report")
    await nurse.fill({WORDS: "A walk"})
    await nurse.submit()
    steps.trouble = Problem("The database is away.")
    await nurse.submit()
    assert "The database is away." in nurse.form and "It will say: A walk" in nurse.form
    steps.trouble = None
    await nurse.submit()
    assert list(steps.saved.values()) == ["A walk"] and nurse.form == ""


async def test_a_post_under_a_message_is_tapped_changed_and_found(ward: Ward, way: Way) -> None:
    taps: list[Tap] = []

    async def press(tap: Tap, desk: Any) -> Outcomes:
        taps.append(tap)
        return (Replace(said("Pressed")),)

    ward.stage.house.router.on_tap("press", press)
    nurse, front = await ward.somebody(), ward.stage.house.fronts[ward.ward.front]
    at = await front.post(Destination(front.name, ward.ward.place), said("Above"), "above")
    under = front.thread(at)
    assert await front.reachable(under)
    below = await front.post(under, said("Below", Button("Press", "press")), "below")
    assert front.thread(below) == under
    if way != "teams":
        assert await front.find(under, "below", ward.stage.clock()) == below
        assert await front.find(under, "never", ward.stage.clock()) is None

    await nurse.tap("Press")
    assert taps[0].message == below
    shown = await nurse.channel()
    assert "Above" in shown and "Pressed" in shown and "Below" not in shown
