"""What a reporter does with the code of a report, from outside, without ever giving a name."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from bot.handlers.desk import WRONG_CODES
from bot.handlers.receipt import AT_ONCE
from bot.privacy.codes import kept_receipt, reference
from bot.store import ledger
from bot.store.tables import Held
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.receipts import LINE, SHARE, WHAT, all_reports, choose, come_back, sent
from tests.stories.test_anonymity import everything_in
from tests.stories.test_stories import MONDAY, REPORT, hold_huddle

RADIO = "Calmer once the radio was off"
UNKNOWN = "No report has this code"


async def test_a_report_is_seen_added_to_and_taken_back_by_its_code(ward: Ward, database_url: str) -> None:
    nurse, other = await ward.somebody(), await ward.somebody("U0SECOND")
    code = await sent(nurse, {LINE: RADIO} | SHARE)
    assert "correct it (until the end of Mon 23 Nov)" in nurse.told()
    assert "take it back (until Sun 29 Nov)" in nurse.told()
    assert "it is shown this once" in nurse.told()
    [report] = await all_reports(ward)
    assert report.receipt == kept_receipt(ward.stage.house.settings.secret, code.replace("-", ""))
    for written in (code, code.replace("-", "")):
        assert written not in everything_in(database_url), "only its hash is kept"

    await ward.stage.at("2026-11-22 22:01")
    assert RADIO in await nurse.channel()
    assert reference(report.id) in await nurse.channel()
    await come_back(nurse, code.lower().replace("-", " "))
    assert RADIO in nurse.form
    assert "Dining area" in nurse.form
    assert "Nothing has been answered yet" in nurse.form
    await nurse.fill({"Add a line": "The lamp was off too"})
    await nurse.submit()
    assert "your line was added" in nurse.told()
    [report] = await all_reports(ward)
    assert (report.line, report.added) == (RADIO, "The lamp was off too")

    await ward.stage.at("2026-11-29 23:00")
    await choose(other, code, "withdraw", "Sun 29 Nov")  # whoever has the code, by whatever way they come
    assert "It was taken back" in other.told()
    assert await all_reports(ward) == []
    assert RADIO in await nurse.channel(), "the channel hears of it later, at a random time"
    await ward.stage.at("2026-11-30 00:01")
    channel = await nurse.channel()
    assert RADIO not in channel
    assert "taken back by whoever sent it" in channel
    await come_back(nurse, code)
    assert UNKNOWN in nurse.errors["Your code"]


@on("slack over http", "sqlite")
async def test_what_is_corrected_before_the_channel_hears_of_it_is_heard_corrected(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, {LINE: RADIO} | SHARE)
    await choose(nurse, code, "correct", "Mon 23 Nov")
    assert nurse.typed(LINE) == RADIO
    assert "Keep me anonymous" not in nurse.form, "who sent it stays as it was"
    await nurse.fill({LINE: "Calmer once the lamp was off", "Roughly where?": "Garden or outdoor space"})
    await nurse.submit()
    assert "it was corrected" in nurse.told()
    [report] = await all_reports(ward)
    assert (report.line, report.area, report.building) == ("Calmer once the lamp was off", "garden", ["noise"])
    await ward.stage.at("2026-11-22 22:01")
    await ward.stage.at("2026-11-23 00:01")
    channel = await nurse.channel()
    assert channel.count("A near miss was shared") == 1
    assert "Calmer once the lamp was off" in channel
    assert RADIO not in channel


@on("teams", "postgresql")
async def test_the_next_day_it_can_be_corrected_and_the_channels_line_follows_at_a_random_time(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, SHARE)
    await ward.stage.at("2026-11-22 22:01")
    await ward.stage.at("2026-11-23 23:30")
    await choose(nurse, code, "correct", "Mon 23 Nov")
    await nurse.fill({"What helped?": ["Something to do"]})
    await nurse.submit()
    assert "changes at a random time in the next hour" in nurse.told()
    assert "A quiet place" in await nurse.channel()
    async with ward.stage.house.store() as session:
        [due] = (await session.exec(select(Held.due_at))).all()
    assert 0 <= (due - ward.stage.clock()).total_seconds() < 3600
    await ward.stage.at("2026-11-24 00:31")
    channel = await nurse.channel()
    assert "Something to do" in channel
    assert channel.count("A near miss was shared") == 1


@on("browser", "postgresql")
async def test_two_corrections_leave_what_was_said_last(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, SHARE)
    await ward.stage.at("2026-11-22 22:01")
    for helped in ("Something to do", "Listening"):
        await choose(nurse, code, "correct", "Mon 23 Nov")
        await nurse.fill({"What helped?": [helped]})
        await nurse.submit()
        ward.stage.clock.at += timedelta(hours=1)
        await ward.stage.tick()
    channel = await nurse.channel()
    assert "Listening" in channel
    assert "Something to do" not in channel


@on("browser", "sqlite")
async def test_what_is_too_late_is_not_offered_and_not_done(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse)
    await ward.stage.at("2026-11-23 23:59")
    await choose(nurse, code, "correct", "Mon 23 Nov")
    ward.stage.clock.at += timedelta(minutes=2)
    await nurse.fill({"Roughly where?": "Garden or outdoor space"})
    await nurse.submit()
    assert "until the end of the day after it was sent" in nurse.form
    [report] = await all_reports(ward)
    assert report.area == "dining"
    await come_back(nurse, code)
    assert "Correct it" not in nurse.form
    assert "Take it back" in nurse.form

    await ward.stage.at("2026-11-30 00:01")
    await come_back(nurse, code)
    assert "Take it back" not in nurse.form
    await nurse.fill({"Add a line": "Still quieter"})
    await nurse.submit()
    [report] = await all_reports(ward)
    assert report.added == "Still quieter"


@on("slack by socket mode", "postgresql")
async def test_what_is_taken_back_before_the_channel_heard_of_it_is_never_shown(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, {LINE: RADIO} | SHARE)
    before = await nurse.channel()
    await choose(nurse, code, "withdraw", "Sun 29 Nov")
    assert "What the channel shows" not in nurse.told()
    await ward.stage.at("2026-11-22 22:01")
    await ward.stage.at("2026-11-22 23:02")
    assert await nurse.channel() == before
    async with ward.stage.house.store() as session:
        assert not await ledger.occurrences(session, states=["due"]), "nothing is left to be sent"
        assert not (await session.exec(select(Held))).all()


@on("slack over http", "postgresql")
async def test_a_code_is_typed_with_the_command_and_a_wrong_one_is_answered_kindly(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, {LINE: RADIO})
    before = await nurse.channel()
    assert RADIO not in nurse.told()
    await nurse.command(f"/report {code}")
    assert RADIO in nurse.told()
    assert await nurse.channel() == before
    await nurse.tap("Add, correct or take back")
    assert "Take it back" in nurse.form
    await nurse.command("/report BCDF-2345")
    assert nurse.told().count(UNKNOWN) == 1
    await come_back(nurse, "not a code")
    assert UNKNOWN in nurse.errors["Your code"]


@on("teams", "sqlite")
async def test_a_code_typed_where_others_read_it_is_not_used(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, {LINE: RADIO})
    tenant, channel = ward.stage.tenant, ward.teams_channel
    assert tenant and channel
    before = nurse.told()
    await tenant.person("U0NURSE").say(f"report {code}", channel)
    await tenant.settle()
    told = nurse.told().removeprefix(before)
    assert "your code was not used" in told and RADIO not in told
    assert code not in str(vars(tenant.posts(channel)[-1]))


@on("slack over http", "sqlite")
async def test_codes_cannot_be_guessed_for_long_and_only_who_guesses_waits(ward: Ward) -> None:
    nurse, other = await ward.somebody(), await ward.somebody("U0SECOND")
    code = await sent(nurse)
    for _ in range(WRONG_CODES):
        await nurse.command("/report BCDF-2345")
    await come_back(nurse, code)
    assert "none is looked up just now" in nurse.errors["Your code"]
    await come_back(other, code)
    assert "Take it back" in other.form
    ward.stage.clock.at += timedelta(minutes=6)
    await come_back(nurse, code)
    assert "Take it back" in nurse.form


@on("slack over http", "sqlite")
async def test_the_platform_keeps_no_code_in_its_forms_and_buttons(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse)
    workspace = ward.stage.workspace
    assert workspace
    await nurse.command(f"/report {code}")
    await nurse.tap("Add, correct or take back")
    view = workspace.person("U0NURSE").view
    assert view and code.replace("-", "") not in str(view.payload)


@on("teams", "sqlite")
async def test_words_that_follow_the_command_are_not_carried_into_the_channel(ward: Ward) -> None:
    nurse = await ward.somebody()
    tenant, channel = ward.stage.tenant, ward.teams_channel
    assert tenant and channel
    person = tenant.person("U0NURSE")
    await person.say("report Smith", channel)
    await tenant.settle()
    assert "Smith" not in str(vars(tenant.posts(channel)[-1]))
    await nurse.command("/report restrictive")
    assert "This is a tally" in nurse.form


@on("browser", "sqlite")
async def test_a_report_sent_twice_is_kept_once_and_tells_its_code_once(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse)
    told = nurse.told()
    await nurse.resubmit()
    again = nurse.told().removeprefix(told)
    assert "saved already" in again and code not in again
    assert len(await all_reports(ward)) == 1


@on("teams", "sqlite")
async def test_what_is_added_is_checked_and_one_thing_is_done_at_a_time(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse)
    await come_back(nurse, code)
    await nurse.fill({"Add a line": "Mr Smith was calmer"})
    await nurse.submit()
    assert "Mr Smith" in nurse.errors["Add a line"]
    await nurse.fill({"Add a line": "Calmer", WHAT: "Take it back: it is deleted (until Sun 29 Nov)"})
    await nurse.submit()
    assert "one at a time" in nurse.errors["Add a line"]
    [report] = await all_reports(ward)
    assert report.added == ""


@on("slack over http", "sqlite")
async def test_a_near_miss_is_reported_from_a_button_under_the_huddles_summary(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await nurse.tap("Report a near miss")
    await nurse.fill(REPORT)
    await nurse.submit()
    assert [one.kind for one in await all_reports(ward)] == ["near_miss"]


async def test_a_line_that_should_not_stand_there_is_taken_out_of_the_channel_at_once(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, {LINE: RADIO} | SHARE)
    await come_back(nurse, code)
    assert AT_ONCE in nurse.form, "it may be shown any minute"
    await ward.stage.at("2026-11-22 23:01")
    assert RADIO in await nurse.channel()
    await come_back(nurse, code)
    await nurse.fill({WHAT: AT_ONCE})
    await nurse.submit()
    assert "as soon as the channel lets us" in nurse.told()
    await ward.stage.tick()
    assert RADIO not in await nurse.channel()
    assert await all_reports(ward) == []
