"""The weekly checks, from outside: asked once, corrected at leave, and read in the digest."""

from __future__ import annotations

from datetime import date

import pytest

from bot.store import checks, wards
from tests.stories.conftest import Ward, words_read
from tests.stories.one_front import on
from tests.stories.test_stories import HUDDLE, MONDAY, hold_huddle

SUNDAY, EVENING, DIGEST = "2026-11-29 07:45", "2026-11-29 19:45", "2026-11-30 09:00"
SHEETS, SHEETS_IN_ALL = "Support sheets that are up to date", "Support sheets there are in all"
PLANS, PLANS_IN_ALL = "Behaviour plans that are up to date", "Behaviour plans there are in all"
ENVIRONMENT = "Is this week's low-arousal environment checklist done?"
COUNTS = {SHEETS: "9", SHEETS_IN_ALL: "12", PLANS: "0", PLANS_IN_ALL: "3", ENVIRONMENT: "Yes"}
LATEST = "Start of day huddle"


async def trend(ward: Ward, measure: str) -> list[tuple[str, int, int]]:
    async with ward.stage.house.store() as session:
        found = await checks.between(session, [ward.ward.key], date.min, date.max)
    return [(str(one.day), one.done, one.total) for one in found if one.measure == measure]


@pytest.mark.parametrize(
    ("way", "database_url"),
    [("slack over http", "sqlite"), ("teams", "postgresql"), ("browser", "sqlite")],
    indirect=["database_url"],
)
async def test_checks_ride_on_the_huddle_before_the_digest_and_become_a_trend(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await nurse.tap("Start huddle")
    assert SHEETS not in nurse.form, "only in the last days before the digest"

    await ward.stage.at(SUNDAY)
    await hold_huddle(nurse, **COUNTS)
    summary = (await nurse.channel()).rpartition(LATEST)[2]
    assert "Support sheets up to date" in summary and "9 of 12" in summary
    assert "0 of 3" in summary
    assert "Low-arousal environment checklist" in summary

    await ward.stage.at(EVENING)
    await nurse.tap("Start huddle")
    assert SHEETS not in nurse.form, "and in the first of that day alone"
    await ward.stage.at(DIGEST)
    digest = (await nurse.channel()).rpartition("the week of")[2]
    assert "9 of 12 (not counted the week before)" in digest
    assert words_read(digest) < 200, digest

    await ward.stage.at("2026-12-06 07:45")
    await hold_huddle(nurse, **{SHEETS: "11", SHEETS_IN_ALL: "12", ENVIRONMENT: "Not yet"})
    await ward.stage.at("2026-12-07 09:00")
    digest = (await nurse.channel()).rpartition("the week of")[2]
    assert "11 of 12 (9 of 12 the week before)" in digest
    assert "not counted (0 of 3 the week before)" in digest
    assert "not done (done the week before)" in digest
    assert await trend(ward, "support_sheets") == [("2026-11-29", 9, 12), ("2026-12-06", 11, 12)]
    assert await trend(ward, "environment") == [("2026-11-29", 1, 1), ("2026-12-06", 0, 1)]


@on("slack by socket mode", "postgresql")
async def test_a_count_is_corrected_or_taken_back_by_answering_again(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(SUNDAY)
    await hold_huddle(nurse, **COUNTS)
    await nurse.tap("Add or change")
    assert nurse.typed(SHEETS) == "9"
    await nurse.fill({SHEETS: "10", PLANS: "", PLANS_IN_ALL: ""})
    await nurse.submit()
    assert await trend(ward, "support_sheets") == [("2026-11-29", 10, 12)]
    assert await trend(ward, "behaviour_plans") == []
    assert await trend(ward, "environment") == [("2026-11-29", 1, 1)]
    assert "10 of 12" in await nurse.channel()


@on("teams", "sqlite")
async def test_two_who_answer_at_once_keep_each_others_counts(ward: Ward) -> None:
    first, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(SUNDAY)
    for nurse, counted in ((first, {SHEETS: "9", SHEETS_IN_ALL: "12"}), (second, {PLANS: "2", PLANS_IN_ALL: "3"})):
        await nurse.tap("Start huddle")
        await nurse.fill(HUDDLE | counted)
    await first.submit()
    await second.submit()
    assert await trend(ward, "support_sheets") == [("2026-11-29", 9, 12)]
    assert await trend(ward, "behaviour_plans") == [("2026-11-29", 2, 3)]


@on("browser", "postgresql")
async def test_where_the_first_huddle_is_skipped_the_next_asks(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(SUNDAY)
    await nurse.tap("Too busy on the floor")
    await ward.stage.at(EVENING)
    await nurse.tap("Start huddle")
    assert SHEETS in nurse.form


@on("browser", "sqlite")
async def test_they_are_asked_from_two_days_before_until_they_are_answered_and_keep_their_huddle(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-27 07:45")
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-28 07:45")
    await hold_huddle(nurse, **COUNTS)
    await ward.stage.at(SUNDAY)
    await nurse.tap("Start huddle")
    assert SHEETS not in nurse.form, "Saturday has told"

    await ward.stage.at("2026-11-28 19:00")
    async with ward.stage.house.store() as session:
        found = await wards.ward_by_id(session, ward.ward.key)
        assert found
        found.digest_day = 2
    await nurse.tap("Add or change")
    assert nurse.typed(SHEETS) == "9", "the digest has another day, and Saturday's counts are where they were"
    await nurse.submit()
    assert "9 of 12" in await nurse.channel()


@on("browser", "sqlite")
async def test_what_can_not_be_a_count_is_said_at_its_field_and_blanks_are_fine(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(SUNDAY)
    await hold_huddle(nurse, **{SHEETS: "13", SHEETS_IN_ALL: "12", PLANS: "two", PLANS_IN_ALL: "100"})
    assert "more than the 12 in all" in nurse.errors[SHEETS]
    assert "whole number from 0 to 99" in nurse.errors[PLANS]
    assert "whole number from 0 to 99" in nurse.errors[PLANS_IN_ALL]
    await nurse.fill({SHEETS: "12", PLANS: "", PLANS_IN_ALL: "3"})
    await nurse.submit()
    assert nurse.errors == {PLANS: "Please write both numbers, or leave both empty."}
    await nurse.fill({PLANS_IN_ALL: ""})
    await nurse.submit()
    assert await trend(ward, "support_sheets") == [("2026-11-29", 12, 12)]
    assert await trend(ward, "behaviour_plans") == []
