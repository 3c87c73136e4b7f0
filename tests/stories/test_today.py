"""`/huddle today` and `/huddle` alone, from outside; and until when a huddle can be changed."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from bot.store.tables import Huddle, Occurrence
from tests.stories.conftest import Ward
from tests.stories.one_front import on, work_shifts
from tests.stories.test_stories import HUDDLE, MONDAY, hold_huddle

ADDED = {"What went well overnight?": ["It was calm and settled"]}


async def test_late_staff_see_what_the_shift_agreed_and_nobody_else_sees_them_ask(ward: Ward) -> None:
    nurse, late = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    ward.stage.clock.at += timedelta(minutes=50)
    before = await nurse.channel()
    await late.command("/huddle today")
    told = late.told()
    assert "Rowan: today, Mon 23 Nov" in told
    assert "07:45 Start of day huddle: held" in told
    assert "Offer a quiet hour after lunch (Nurse in charge)" in told
    assert "Building work or repairs" in told
    assert "Someone was worried" in told
    if ward.way != "teams":  # where a typed command is a message like any other
        assert await nurse.channel() == before

    await late.tap("Add or change")
    await late.fill(ADDED)
    await late.submit()
    assert "It was calm and settled" in await nurse.channel(), "the summary in the channel has it too"


@on("slack over http", "sqlite")
async def test_before_any_huddle_it_is_said_kindly(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/huddle today")
    assert "so you have missed none" in nurse.told()
    await nurse.tap("Start a huddle now")
    assert "Night huddle" in nurse.form


@on("browser", "postgresql")
async def test_a_prompt_without_an_answer_and_one_that_was_skipped_are_told_of(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await nurse.command("/huddle today")
    assert "07:45 Start of day huddle: no answer yet." in nurse.told()
    await nurse.tap("Too busy on the floor")
    await nurse.command("/huddle today")
    assert "07:45 Start of day huddle: not this time (too busy on the floor)." in nurse.told()
    await nurse.tap("Hold it after all")
    assert "Start of day huddle" in nurse.form


@on("browser", "sqlite")
async def test_the_present_shift_comes_first_with_its_name_and_times(ward: Ward) -> None:
    await work_shifts(ward)
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-23 19:45")
    await ward.stage.at("2026-11-24 02:00")  # the night of Monday
    await nurse.command("/huddle today")
    told = nurse.told()
    assert "Rowan: Night 19:30 to 08:00, Mon 23 Nov" in told
    assert "• Long day · 07:45 Start of day huddle: held. Agreed: Offer a quiet hour after lunch." in told
    assert told.index("19:45 Night huddle: no answer yet.") < told.index("Long day ·")


# `/huddle` alone


@on("slack over http", "postgresql")
async def test_huddle_alone_opens_the_prompt_that_waits_then_shows_what_was_agreed(ward: Ward) -> None:
    await work_shifts(ward)
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await nurse.command("/huddle")
    await nurse.fill(HUDDLE)
    await nurse.submit()
    ward.stage.clock.at += timedelta(hours=11)  # of the same long day
    await nurse.command("/huddle")
    assert not nurse.form
    assert "07:45 Start of day huddle: held." in nurse.told()
    assert "Add or change" in nurse.told()
    async with ward.stage.house.store() as session:
        assert len((await session.exec(select(Huddle))).all()) == 1


@on("teams", "sqlite")
async def test_huddle_alone_says_when_the_shifts_next_comes_and_offers_one_now(ward: Ward) -> None:
    await work_shifts(ward)
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 19:35")
    await nurse.command("/huddle")
    assert "The next huddle here is at 19:45" in nurse.told()
    await nurse.tap("Start a huddle now")
    assert "Night huddle" in nurse.form


@on("slack by socket mode", "sqlite")
async def test_huddle_alone_starts_one_where_none_is_near(ward: Ward) -> None:
    await work_shifts(ward)
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 14:00")  # the morning's came too late to be sent
    await nurse.command("/huddle")
    assert "Midday huddle" in nurse.form


@on("slack over http", "sqlite")
async def test_huddle_start_always_starts(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await nurse.command("/huddle start")
    assert "Start of day huddle" in nurse.form
    assert not nurse.typed("What went well overnight?"), "a new one, and not the one that was held"


@on("slack over http", "postgresql")
async def test_a_prompt_that_may_have_arrived_is_the_one_that_is_meant(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    async with ward.stage.house.store() as session:
        for one in (await session.exec(select(Occurrence).where(Occurrence.kind == "huddle"))).all():
            one.state, one.problem = "unclear", "timed_out"
            session.add(one)
    await nurse.command("/huddle")
    await nurse.fill(HUDDLE)
    await nurse.submit()
    async with ward.stage.house.store() as session:
        [only] = (await session.exec(select(Occurrence).where(Occurrence.kind == "huddle"))).all()
        [huddle] = (await session.exec(select(Huddle))).all()
    assert huddle.occurrence_id == only.id


# Until when


@on("browser", "postgresql")
async def test_a_huddle_is_changed_until_its_shift_ends_and_then_closed(ward: Ward) -> None:
    await work_shifts(ward)
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    ward.stage.clock.at += timedelta(hours=12, minutes=14)  # 19:59: the night has begun, and the day is still on
    await nurse.tap("Add or change")
    await nurse.fill(ADDED)
    await nurse.submit()
    assert "It was calm and settled" in await nurse.channel()

    ward.stage.clock.at += timedelta(minutes=1)
    await nurse.tap("Add or change")
    assert not nurse.form
    assert "its shift is over, so it stays as it is" in nurse.told()


@on("slack over http", "sqlite")
async def test_a_night_is_one_shift_across_midnight(ward: Ward) -> None:
    await work_shifts(ward)
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 19:45")
    ward.stage.clock.at += timedelta(hours=12, minutes=10)  # 07:55 on Tuesday, past what counts without shifts
    await nurse.tap("Start huddle")
    assert "Night huddle" in nurse.form


@on("teams", "sqlite")
async def test_a_form_opened_within_the_shift_may_be_sent_soon_after_it(ward: Ward) -> None:
    await work_shifts(ward)
    nurse, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(MONDAY)
    ward.stage.clock.at += timedelta(hours=12)
    await nurse.tap("Start huddle")
    await second.tap("Start huddle")
    await nurse.fill(HUDDLE)
    await second.fill(HUDDLE | {"One thing we will do to prevent distress": "Start one activity before mid-morning"})
    ward.stage.clock.at += timedelta(minutes=45)
    await nurse.submit()
    assert "Start of day huddle: held" in await nurse.channel()
    ward.stage.clock.at += timedelta(hours=1)
    await second.submit()
    assert "its shift is over" in second.form
    assert "Start one activity" not in await nurse.channel()
