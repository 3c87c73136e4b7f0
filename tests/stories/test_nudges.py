"""A huddle that comes at a bad moment: one quiet nudge, snoozing, and what is skipped counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.chat.front import Person
from bot.chat.router import Reply, Tap
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import huddles, ledger
from bot.store.tables import Huddle, Occurrence
from tests.stage import Way
from tests.stories.conftest import Ward
from tests.stories.one_front import on

MONDAY = "2026-11-23"
NUDGE, AGAIN = "is still open", "again, as you wanted"


async def at(ward: Ward, time: str) -> None:
    """Let the sender work at this time of Monday; twice, for a second look must find nothing."""
    for _ in range(2):
        await ward.stage.at(f"{MONDAY} {time}")


async def posts(ward: Ward, words: str) -> int:
    """How many messages of the channel have these words."""
    shown = await (await ward.somebody()).channel()
    return sum(words in one for one in shown.split("\n\n"))


async def occurrences(ward: Ward, kind: str) -> list[Occurrence]:
    """The ledger's rows of a kind."""
    async with ward.stage.house.store() as session:
        return [one for one, _ in await ledger.occurrences(session) if one.kind == kind]


async def states(ward: Ward, kind: str) -> list[tuple[str, str | None]]:
    """What became of each prompt of a kind."""
    return [(one.state, one.problem) for one in await occurrences(ward, kind)]


async def test_a_huddle_that_nobody_answers_is_nudged_once_quietly_in_its_thread(ward: Ward) -> None:
    nurse = await ward.somebody()
    await at(ward, "07:45")
    await at(ward, "08:29")
    assert NUDGE not in await nurse.channel()
    for time in ("08:30", "08:31", "09:15", "09:44", "10:00"):
        await at(ward, time)
    assert await posts(ward, NUDGE) == 1
    shown = await nurse.channel()
    assert "@" not in shown.partition(NUDGE)[2]
    if ward.slack_channel and ward.stage.workspace:
        prompt, nudge = ward.stage.workspace.posts(ward.slack_channel)[:2]
        assert nudge.thread_ts == prompt.ts
        assert not nudge.mentions
    if ward.teams_channel and ward.stage.tenant:
        [prompt] = [one for one in ward.stage.tenant.posts(ward.teams_channel) if "Start of day" in one.visible][:1]
        assert [one.visible.count(NUDGE) for one in ward.stage.tenant.replies(prompt)] == [1]

    await nurse.tap("Dealing with an emergency")  # from the nudge, which has the newest of these buttons
    assert "The reason given: dealing with an emergency" in await nurse.channel()


async def test_a_huddle_that_was_skipped_is_not_nudged_and_the_reason_is_in_the_digest(ward: Ward, way: Way) -> None:
    nurse = await ward.somebody()
    await at(ward, "07:45")
    await nurse.tap("Not enough of us")
    await at(ward, "08:30")
    assert NUDGE not in await nurse.channel()
    assert await states(ward, "nudge") == [("dropped", "skipped")]

    await at(ward, "19:45")
    await nurse.tap("Dealing with an emergency")
    await ward.stage.at("2026-11-30 09:00")
    shown = await nurse.channel()
    assert "2 (0 the week before)" in shown
    assert "Dealing with an emergency (1); Not enough of us (1)" in shown
    if way == "slack over http" and ward.leaders and ward.stage.workspace:
        await ward.stage.at("2026-11-30 10:00")
        digest = ward.stage.workspace.posts(ward.leaders)[-1]
        assert "under 5" in digest.visible.partition("Huddles skipped")[2][:20]
        assert "emergency" not in digest.visible


@on("browser", "sqlite")
async def test_skips_become_a_trend_on_a_ward_that_reports_nothing(ward: Ward) -> None:
    """One huddle of three skipped each day for twelve weeks and the others held, and then all three skipped."""
    async with ward.stage.house.store() as session:
        for day in range(7 * 19):
            then = date(2026, 7, 20) + timedelta(days=day)
            for hour in (8, 14, 20):
                due = datetime(then.year, then.month, then.day, hour, tzinfo=ward.stage.clock.at.tzinfo)
                asked = new_occurrence(ward.ward, "huddle", f"{hour:02}:00", due, on=then)
                asked.state = "sent"
                await ledger.write_occurrence(session, asked)
                found = await ledger.occurrence_at(session, ward.ward.key, "huddle", then, asked.slot)
                if found:
                    why = Huddle(
                        ward_id=ward.ward.key,
                        occurrence_id=found.key,
                        local_date=then,
                        huddle_set="start_of_day",
                        skip_reason="staffing" if hour == 8 or day >= 7 * 12 else None,
                        answers={},
                    )
                    await huddles.save_huddle(session, why)
    await ward.stage.at("2026-11-30 09:00")
    digest = (await (await ward.somebody()).channel()).rpartition("the week of")[2]
    assert "Planned huddles that were held: a real change" in digest
    assert "Thank you for saying why huddles were skipped" in digest


async def test_a_snoozed_huddle_comes_back_once_when_it_was_wanted_and_is_not_nudged(ward: Ward) -> None:
    nurse = await ward.somebody()
    await at(ward, "07:45")
    ward.stage.clock.at = ward.stage.clock.at.replace(minute=50)
    await nurse.tap("30 minutes")
    await nurse.tap("Start huddle")  # it can still be started
    shown = await nurse.channel()
    assert "Snoozed until 08:20" in shown
    assert "15 minutes" not in shown
    assert await states(ward, "nudge") == [("dropped", "snoozed")]

    await at(ward, "08:19")
    assert AGAIN not in await nurse.channel()
    for time in ("08:20", "08:30", "09:30"):
        await at(ward, time)
    assert (await posts(ward, AGAIN), await posts(ward, NUDGE)) == (1, 0)

    await nurse.tap("Not enough of us")
    assert "The reason given: not enough of us" in await nurse.channel()


async def test_a_snooze_is_taken_back_and_the_nudge_comes_after_all(ward: Ward) -> None:
    nurse = await ward.somebody()
    await at(ward, "07:45")
    await nurse.tap("15 minutes")
    assert "Snoozed until 08:00" in await nurse.channel()
    await nurse.tap("Undo")
    shown = await nurse.channel()
    assert "Snoozed" not in shown and "15 minutes" in shown
    await at(ward, "08:00")
    await at(ward, "08:30")
    assert (await posts(ward, AGAIN), await posts(ward, NUDGE)) == (0, 1)


async def test_a_nudge_can_be_snoozed_and_that_taken_back(ward: Ward) -> None:
    nurse = await ward.somebody()
    await at(ward, "07:45")
    await at(ward, "08:30")
    await nurse.tap("15 minutes")
    assert await posts(ward, "Snoozed until 08:45") == 2, "on the prompt and on the nudge"
    assert NUDGE not in await nurse.channel()
    await nurse.tap("Undo")
    shown = await nurse.channel()
    assert "Snoozed" not in shown and NUDGE in shown
    await at(ward, "08:45")
    assert AGAIN not in await nurse.channel()


async def test_a_huddle_is_not_snoozed_past_its_shift(ward: Ward) -> None:
    nurse = await ward.somebody()
    await at(ward, "07:45")
    ward.stage.clock.at = ward.stage.clock.at.replace(hour=8, minute=50)
    await nurse.tap("1 hour")
    assert "This shift is over by then" in nurse.told()
    assert "Snoozed" not in await nurse.channel()
    await nurse.tap("Too busy on the floor")
    assert "The reason given: too busy on the floor" in await nurse.channel()


@pytest.mark.parametrize("way", ["slack over http"], indirect=True)
async def test_a_huddle_is_snoozed_three_times_at_most(ward: Ward) -> None:
    nurse = await ward.somebody()
    await at(ward, "07:45")
    await nurse.tap("15 minutes")
    await nurse.tap("Undo")
    for time in ("08:00", "08:15", "08:30"):
        await nurse.tap("15 minutes")
        await at(ward, time)
    newest = (await nurse.channel()).rpartition("Here is the")[2]
    assert AGAIN in newest and "15 minutes" not in newest

    prompt, *_ = await occurrences(ward, "huddle")
    stale = Tap("huddle_snooze", f"{prompt.key}:15", Person("slack", "U0NURSE"), ward.ward.channel)
    [reply] = await ward.stage.house.router.answer(stale)
    assert isinstance(reply, Reply) and "snoozed three times already" in reply.message.summary
    await at(ward, "08:45")
    assert await states(ward, "snooze") == [("sent", None)] * 3
