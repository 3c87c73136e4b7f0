"""A form in steps that stands in a card's place, and a next form that is too large for Teams."""

from __future__ import annotations

from bot.chat.message import Form, Line, Text
from bot.chat.router import FieldErrors, Open, Reply, Submit
from tests.chat.slack.test_slack_bolt import near_miss, said
from tests.chat.teams.conftest import House

PREVIEW = Form("near_miss", "Preview", "Save", (Text("It will say: a fall."),), {"ward": "8"})


async def opened(house: House) -> None:
    house.desk.answers["form"] = lambda context: PREVIEW if context["ward"] == "8" else near_miss(context)
    house.desk.answers["report"] = [Open(near_miss({"ward": "7"}))]
    await house.ann.say("report")
    await house.ann.tap("Answer here instead")
    await house.ann.fill({"What": "A fall", "In a few words": "by the door"})


async def test_in_a_cards_place_the_next_form_takes_the_place_of_the_first(house: House) -> None:
    await opened(house)
    house.desk.answers["near_miss"] = [Open(PREVIEW)]
    await house.ann.submit()
    assert "It will say: a fall." in house.ann.form_text() and "Preview" in house.ann.form_text()
    assert await house.tenant.redeliver_last() == 200
    house.desk.answers["near_miss"] = [FieldErrors({"": "Not now."})]
    await house.ann.submit()
    assert "Not now." in house.ann.form_text() and "It will say: a fall." in house.ann.form_text()
    house.desk.answers["near_miss"] = [Reply(said("Thank you"))]
    await house.ann.submit()
    assert [message.visible for message in house.ann.private_messages()] == ["Thank you"]
    sent, again, wrong, right = (event for event in house.desk.events if isinstance(event, Submit))
    assert sent.once == again.once != wrong.once == right.once
    assert house.ann.troubles == [] and house.ann.dialog is None


async def test_a_next_form_that_teams_would_not_take_leaves_the_first(house: House) -> None:
    await opened(house)
    lines = tuple(Line(f"line-{n}", "A line", initial="x" * 2_000) for n in range(20))
    house.desk.answers["near_miss"] = [Open(Form("near_miss", "Large", "Save", lines))]
    await house.ann.submit()
    assert "the reference" in house.ann.form_text()
    assert house.ann.fields()["In a few words"] == "by the door"
