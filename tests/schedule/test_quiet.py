"""Where more is due than a ward wants in a day, importance decides, and the rest waits or is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import pytest

from bot.handlers.wards_csv import import_wards
from bot.prompts.library import Library
from bot.schedule.calendar import OWN
from bot.schedule.debriefs import offer
from bot.schedule.planner import coming
from bot.schedule.planner import occurrence as new_occurrence
from bot.schedule.quiet import FULL, hold_back, why, with_room
from bot.store import ledger, wards
from bot.store.database import Store
from tests.schedule.test_sender import LONDON, Post
from tests.stage import settings_for
from tests.stories.conftest import COLUMNS

HEADING = f"{COLUMNS},shifts,nudge_after"


@pytest.fixture
async def post(database_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    yield Post(store)
    await store.close()


async def plan(
    post: Post,
    most: int | None,
    huddles: str = "07:45;19:45",
    *,
    reminders: str = "11:00",
    digest: str = "monday,09:00",
    nudge: int = 0,
    shifts: str = "",
) -> None:
    """Rowan Ward, with so many posts a day."""
    where = "browser,,,leaders,Europe/London,ENG"
    row = f"Rowan,mental_health,{where},{huddles},{reminders},{digest},boss,{shifts},{nudge}"
    async with post.store() as session:
        [ward], _ = await import_wards(session, f"{HEADING}\n{row}\n", "secret", post.clock())
        ward.most_posts = most


async def day(post: Post, day: int) -> list[str]:
    """The kinds of the posts in the ward's channel on this day of November."""
    before = len(post.front.posts)
    for time in ("02:00", "07:45", "08:30", "09:00", "10:00", "11:00", "13:00", "19:45", "20:30"):
        await post.at(time, day=day)
    return [message.kind for _, message, _ in post.front.posts[before:] if message.kind != "leaders_digest"]


async def held(post: Post) -> list[tuple[str, str, str | None]]:
    """What was not sent: kind, state, reason."""
    return [one for one in await post.states() if one[1] != "sent"]


async def test_a_ward_that_sets_no_most_is_told_everything(post: Post) -> None:
    await plan(post, None, nudge=45)
    assert await day(post, 23) == ["huddle_prompt", "nudge", "digest", "reminder", "huddle_prompt", "nudge"]


async def test_a_reminder_does_not_take_the_evening_huddles_place(post: Post) -> None:
    await plan(post, 2, digest="friday,09:00")
    assert await day(post, 23) == ["huddle_prompt", "huddle_prompt"]
    assert await held(post) == [("reminder", "dropped", FULL)]


async def test_the_digest_goes_before_the_reminder_and_the_nudge_goes_first(post: Post) -> None:
    await plan(post, 3, nudge=45)
    assert await day(post, 23) == ["huddle_prompt", "digest", "huddle_prompt"]
    assert await held(post) == [("nudge", "dropped", FULL), ("reminder", "dropped", FULL), ("nudge", "dropped", FULL)]
    assert "leaders_digest" in post.front.kinds(), "that is another channel"


async def test_what_still_has_room_is_said(post: Post) -> None:
    await plan(post, 5, nudge=45)
    assert await day(post, 23) == ["huddle_prompt", "nudge", "digest", "reminder", "huddle_prompt"]


async def test_huddles_come_all_the_same(post: Post) -> None:
    await plan(post, 1, digest="friday,09:00")
    assert await day(post, 23) == ["huddle_prompt", "huddle_prompt"]


async def test_a_digest_waits_for_the_next_day_and_has_its_place_there(post: Post) -> None:
    await plan(post, 1, "07:45 weekdays", digest="friday,09:00")
    assert await day(post, 27) == ["huddle_prompt"]
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        [digest] = [one for one, _ in await ledger.occurrences(session) if one.kind == "digest"]
    assert (digest.state, digest.not_before) == ("due", datetime(2026, 11, 28, 9, tzinfo=LONDON))
    assert why(ward, digest).startswith("waits until Sat 28 Nov 09:00: the ward wants no more posts on one day")

    assert await day(post, 28) == ["digest"], "the reminder is dropped for it"
    assert await day(post, 29) == ["reminder"]


async def test_a_digest_that_never_had_room_expires_with_the_reason(post: Post) -> None:
    await plan(post, 1)
    for number in (23, 24, 25):
        assert await day(post, number) == ["huddle_prompt", "huddle_prompt"]
    assert ("digest", "expired", FULL) in await post.states()


@pytest.mark.parametrize(("most", "huddles"), [(1, "07:45 weekdays"), (2, "07:45"), (2, "07:45;19:45 weekdays")])
async def test_what_is_said_to_come_is_what_comes(post: Post, most: int, huddles: str) -> None:
    await plan(post, most, huddles, digest="friday,09:00")
    end = datetime(2026, 11, 29, 23, tzinfo=LONDON)
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        planned = await coming(session, ward, post.clock(), end + timedelta(days=3))
        said = await with_room(session, ward, planned, post.clock())
    for number in range(post.clock().day, 30):
        await day(post, number)
    async with post.store() as session:
        sent = [one for one, _ in await ledger.occurrences(session, states=("sent",)) if one.kind in OWN]
    came = sorted((one.sent_at, one.kind) for one in sent if one.sent_at)
    assert [(one.at, one.kind) for one in said if one.at <= end] == came
    assert len(planned) > len(said)


async def test_the_line_of_a_report_waits_a_whole_day_so_that_nobody_can_tell_when_it_was_sent(post: Post) -> None:
    await plan(post, 1, digest="friday,09:00")
    await post.at("07:45")
    due = datetime(2026, 11, 23, 15, 17, tzinfo=LONDON)
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        await ledger.write_occurrence(session, new_occurrence(ward, "report_line", "a-report", due))
    async with post.store() as session:
        await hold_back(session, due + timedelta(minutes=1))
    async with post.store() as session:
        [line] = [one for one, _ in await ledger.occurrences(session) if one.kind == "report_line"]
    assert (line.state, line.problem, line.not_before) == ("due", FULL, due + timedelta(days=1))


@pytest.mark.parametrize(
    ("shifts", "dropped"), [("Long day 07:30-20:00;Night 19:30-08:00", "02:00"), ("", "11:00")], ids=["night", "none"]
)
async def test_a_night_counts_for_the_date_on_which_its_shift_began(post: Post, shifts: str, dropped: str) -> None:
    await plan(post, 2, "20:30", reminders="02:00;11:00", digest="friday,09:00", shifts=shifts)
    assert await day(post, 23) == ["reminder", "huddle_prompt"]
    for time in ("02:00", "11:00", "20:30"):
        await post.at(time, day=24)
    async with post.store() as session:
        lost = [(one.kind, one.slot) for one, _ in await ledger.occurrences(session) if one.state == "dropped"]
    lost = [one for one in lost if one[0] == "reminder"]
    assert lost == [("reminder", dropped)]


async def test_a_huddle_beside_the_plan_and_a_snooze_take_no_place(post: Post) -> None:
    await plan(post, 2, "07:45", digest="friday,09:00")
    await post.at("07:45")
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        await ledger.write_occurrence(session, new_occurrence(ward, "huddle", "extra 09:00", post.clock()))
    await post.later(minutes=5)
    await post.at("11:00")
    assert post.front.kinds() == ["huddle_prompt", "huddle_prompt", "reminder"]


async def test_processes_side_by_side_count_one_by_one(post: Post) -> None:
    await plan(post, 2, "07:45", digest="friday,09:00")
    await post.at("07:45")
    post.clock.at = datetime(2026, 11, 23, 11, 1, tzinfo=LONDON)
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        for number in range(3):
            due = post.clock() - timedelta(minutes=number)
            await ledger.write_occurrence(session, new_occurrence(ward, "reminder", f"10:5{number}", due))
    await asyncio.gather(*(post.another().tick() for _ in range(4)))
    await post.later(minutes=10)
    assert post.front.kinds() == ["huddle_prompt", "reminder"]


async def test_a_paused_wards_prompts_are_not_counted_out_while_they_wait(post: Post) -> None:
    await plan(post, 1, "07:45", digest="monday,09:00")
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        await wards.pause_ward(session, ward.key, "not_in_channel")
    await post.at("11:00")
    assert FULL not in {reason for _, _, reason in await post.states()}


@pytest.mark.parametrize("most", range(1, 6))
async def test_no_day_has_more_posts_than_wanted_but_for_its_huddles(post: Post, most: int) -> None:
    await plan(post, most, "07:45;19:45 weekdays", digest="wednesday,09:00", nudge=45)
    for number in (25, 28):
        posts = await day(post, number)
        huddles = posts.count("huddle_prompt")
        assert huddles == (2 if number == 25 else 1)
        assert len(posts) <= max(most, huddles)


async def offered_at(post: Post, time: str, day: int) -> None:
    """Something happens then."""
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        now = datetime.combine(date(2026, 11, day), clock_time.fromisoformat(time), LONDON)
        first, second = [await offer(session, Library.load(), ward, "restraint", now) for _ in range(2)]
        assert first and second and first.id == second.id, "one offer stands for both"


async def test_a_full_day_lets_the_offer_of_a_debrief_through_before_a_reminder_or_a_digest(post: Post) -> None:
    await plan(post, 2)
    await offered_at(post, "01:00", 23)
    assert sorted(await day(post, 23)) == ["debrief", "huddle_prompt", "huddle_prompt"]


async def test_the_offer_of_a_debrief_waits_for_the_next_day_where_there_is_no_room(post: Post) -> None:
    await plan(post, 1, "07:45")
    await post.at("07:45")
    await offered_at(post, "08:00", 23)
    assert await day(post, 23) == []
    assert ("debrief", "due", "day_full") in await held(post)


async def test_the_offer_of_a_debrief_that_was_promised_goes_at_last_though_every_day_is_full(post: Post) -> None:
    await plan(post, 1, "07:45")
    await post.at("07:45")
    await offered_at(post, "08:00", 23)
    for on in (23, 24):
        assert "debrief" not in await day(post, on)
    assert "debrief" in await day(post, 25), "the last of its 72 hours"


async def test_a_paused_ward_is_offered_no_debrief_and_after_72_hours_it_is_too_late(post: Post) -> None:
    await plan(post, None)
    await offered_at(post, "01:00", 23)
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        await wards.pause_ward(session, ward.key, "not_in_channel")
    await post.at("07:45", day=25)
    assert ("debrief", "due", "not_in_channel") in await held(post)
    await post.at("01:01", day=26)
    async with post.store() as session:
        await wards.resume_ward(session, ward.key)
    await post.at("07:45", day=26)
    assert ("debrief", "expired", "not_in_channel") in await held(post)
