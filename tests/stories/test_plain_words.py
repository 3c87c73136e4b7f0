"""Reports that begin with plain words, from outside: to the bot alone, or from a message; read, checked, then sent."""

from __future__ import annotations

import pytest

from bot.handlers.plain_words import CHECK
from tests.stories.actors import Actor, InTeams, OnSlack
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.test_anonymity import everything_in
from tests.stories.test_stories import kept_reports

WORDS = "It was noisy in the lounge in the evening & a quiet room helped"
LINE = "Anything else, in one line"
REST = {"How did it settle?": "Prevention: it settled early"}


async def write(somebody: Actor, text: str) -> None:
    """Write to the bot alone."""
    if isinstance(somebody, OnSlack):
        await somebody.person.writes(text)
    elif isinstance(somebody, InTeams):
        await somebody.person.say(text)


async def choose(ward: Ward, somebody: Actor, text: str) -> None:
    """Report from a message with these words in the ward's channel."""
    if isinstance(somebody, OnSlack) and ward.slack_channel:
        message = somebody.person.says(text, ward.slack_channel)
        await somebody.person.message_shortcut("report_from_message", message)
    elif isinstance(somebody, InTeams) and ward.teams_channel:
        await somebody.person.message_extension("report_from_message", text, ward.teams_channel)


async def open_private(somebody: Actor, label: str) -> None:
    """Press a button of what the bot answered to this person alone."""
    if isinstance(somebody, OnSlack):
        await somebody.person.tap(label, somebody.person.private_messages()[-1])
    elif isinstance(somebody, InTeams):
        await somebody.person.tap(label, "private")


@pytest.mark.parametrize(
    ("way", "database_url"),
    [("slack over http", "postgresql"), ("slack by socket mode", "sqlite"), ("teams", "postgresql")],
    indirect=["database_url"],
)
async def test_a_message_to_the_bot_alone_is_read_checked_and_sent(
    ward: Ward, database_url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    nurse = await ward.somebody()
    await write(nurse, WORDS)
    told = nurse.told()
    assert "I read: Noise or crowding; A quiet place; Lounge or day room; Evening" in told and CHECK in told
    assert await kept_reports(ward) == []
    assert "noisy" not in everything_in(database_url), "the words are kept nowhere until they are sent"

    await open_private(nurse, "Report a near miss")
    assert nurse.typed(LINE) == WORDS
    await nurse.fill(REST)
    await nurse.submit()
    [report] = await kept_reports(ward)
    assert (report.building, report.helped, report.area) == (["noise"], ["quiet_place"], "lounge")
    assert (report.shift_band, report.line, report.reporter) == ("evening", WORDS, None)
    assert nurse.name not in everything_in(database_url)
    assert "noisy" not in caplog.text + "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("way", "database_url"), [("slack over http", "sqlite"), ("teams", "sqlite")], indirect=["database_url"]
)
async def test_what_points_to_a_person_is_refused_and_not_said_again(
    ward: Ward, database_url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    nurse = await ward.somebody()
    await write(nurse, "Mrs Okonkwo, 943 476 5919, was upset by the noise")
    answer = nurse.told()
    assert "Please take out “Mr…” (name), “94…” (ten-digit number)" in answer
    logged = caplog.text + "".join(capsys.readouterr())
    for gone in ("Okonkwo", "476 5919"):
        bot_said = answer.replace("Mrs Okonkwo, 943 476 5919, was upset by the noise", "")
        assert gone not in bot_said + logged + everything_in(database_url)
    assert "I read" not in answer
    await write(nurse, "hello")
    assert "What you can do here" in nurse.told()


@pytest.mark.parametrize(
    ("way", "database_url"), [("slack by socket mode", "postgresql"), ("teams", "sqlite")], indirect=["database_url"]
)
async def test_a_report_begins_with_a_message_in_the_channel(ward: Ward, database_url: str) -> None:
    nurse = await ward.somebody()
    await choose(ward, nurse, f"That went well! {WORDS}")
    assert "I read: Noise or crowding" in nurse.form and nurse.typed(LINE) == f"That went well! {WORDS}"
    await nurse.fill(REST)
    await nurse.submit()
    [report] = await kept_reports(ward)
    assert (report.kind, report.area, report.reporter) == ("success", "lounge", None)
    assert nurse.name not in everything_in(database_url)

    await choose(ward, nurse, "Mr Smith was upset by the noise in the dining room")
    assert "“Mr…” (name), which could point to a patient" in nurse.form and "Smith" not in nurse.form
    assert not nurse.typed(LINE)


@on("slack over http", "sqlite")
async def test_changed_or_deleted_words_and_those_of_bots_are_not_answered(ward: Ward) -> None:
    nurse = await ward.somebody()
    assert isinstance(nurse, OnSlack) and ward.stage.workspace
    await write(nurse, WORDS)
    before = nurse.told()
    place = ward.stage.workspace.dm(nurse.person.id)
    event = {"type": "message", "channel": place.id, "channel_type": "im", "user": nurse.person.id, "text": WORDS}
    for change in ({"subtype": "message_changed"}, {"subtype": "message_deleted"}, {"bot_id": "B0OTHER"}):
        assert await ward.stage.workspace.event({**event, **change, "ts": ward.stage.workspace.new_ts()})
    assert nurse.told() == before
