"""What follows a huddle that nobody answers, by the ledger's rules: once, whatever fails, and never off shift."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.front import Passing, Person, Refused, Unclear
from bot.chat.router import Outcomes, Problem, Replace, Router, Tap
from bot.handlers import build_router
from bot.handlers.desk import Desk
from bot.handlers.wards_csv import import_wards
from bot.schedule.follow_up import over_at
from bot.store import ledger, wards
from bot.store.database import Store
from bot.store.tables import Occurrence, Ward
from tests.schedule.test_sender import LONDON, SUPPLIES, Post
from tests.stage import settings_for
from tests.stories.conftest import COLUMNS

NIGHT = "Long day 07:30-20:00;Night 19:30-08:00"


@pytest.fixture
async def post(database_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    post = Post(store)
    await plan(post)
    yield post
    await store.close()


async def plan(post: Post, huddles: str = "07:45", *, shifts: str = "", nudge: str = "45") -> Ward:
    """Rowan Ward, with nothing else on most days than its huddles."""
    row = f"Rowan,mental_health,browser,,,,Europe/London,ENG,{huddles},23:30,sunday,23:00,boss,{shifts},{nudge}"
    async with post.store() as session:
        [ward], _ = await import_wards(session, f"{COLUMNS},shifts,nudge_after\n{row}\n", "secret", post.clock())
    return ward


async def follow_ups(post: Post, kind: str = "nudge") -> list[Occurrence]:
    """The ledger's rows of a kind."""
    async with post.store() as session:
        return [one for one, _ in await ledger.occurrences(session) if one.kind == kind]


# The nudge


async def test_it_is_due_so_long_after_the_prompt_was_sent_and_goes_under_it(post: Post) -> None:
    await post.at("08:10")
    [nudge] = await follow_ups(post)
    assert (nudge.due_at, nudge.slot) == (datetime(2026, 11, 23, 8, 55, tzinfo=LONDON), "07:45")
    await post.at("08:54")
    assert post.front.kinds() == ["huddle_prompt"]
    await post.at("08:55")
    (_, _, key), (under, _, _) = post.front.posts
    assert under.address["thread"] == key


@pytest.mark.parametrize(("nudge", "then"), [("0", []), ("120", ["nudge"]), ("240", ["nudge"])])
async def test_it_comes_as_late_as_the_ward_wants_it_if_at_all(post: Post, nudge: str, then: list[str]) -> None:
    await plan(post, nudge=nudge)
    await post.at("07:45")
    await post.later(minutes=int(nudge))
    assert post.front.kinds() == ["huddle_prompt", *then]


async def test_it_is_never_said_off_shift(post: Post) -> None:
    await plan(post, "07:15;07:45", shifts=NIGHT)
    for time in ("07:15", "07:45", "08:00", "08:30"):
        await post.at(time)
    assert post.front.kinds() == ["huddle_prompt", "huddle_prompt", "nudge"]
    assert [(one.slot, one.state, one.problem) for one in await follow_ups(post)] == [
        ("07:15", "dropped", "off shift"),
        ("07:45", "sent", None),
    ], "the night's people have gone home"


async def test_turned_off_meanwhile_or_moved_to_another_channel_it_is_dropped(post: Post) -> None:
    ward = await plan(post, "07:45;08:15")
    await post.at("07:45")
    await post.at("08:15")
    async with post.store() as session:
        held = await wards.ward_by_id(session, ward.key)
        assert held
        held.nudge_after = 0
    await post.at("08:30")
    async with post.store() as session:
        held = await wards.ward_by_id(session, ward.key)
        assert held
        held.place = {"page": "another"}
        held.nudge_after = 45
    await post.at("09:00")
    assert [(one.slot, one.problem) for one in await follow_ups(post)] == [("07:45", "nudges off"), ("08:15", "moved")]


async def test_many_processes_say_it_once(post: Post) -> None:
    await post.at("07:45")
    post.clock.at += timedelta(minutes=45)
    await asyncio.gather(*(post.another().tick() for _ in range(4)))
    assert post.front.kinds() == ["huddle_prompt", "nudge"]


async def test_an_unclear_one_is_found_and_not_repeated(post: Post) -> None:
    await post.at("07:45")
    unclear = Unclear("connection_dropped")
    unclear.arrived = True  # type: ignore[attr-defined]
    post.front.fails = [unclear]
    await post.at("08:30")
    await post.later(seconds=31)
    assert [one.state for one in await follow_ups(post)] == ["sent"]
    assert post.front.kinds() == ["huddle_prompt", "nudge"]


async def test_one_that_was_put_off_and_then_answered_is_dropped(post: Post) -> None:
    await post.at("07:45")
    post.front.fails = [Passing("rate_limited", 60)]
    await post.at("08:30")
    [huddle] = await follow_ups(post, "huddle")
    await tapped(post, "huddle_skip", f"{huddle.key}:staffing")
    await post.later(seconds=61)
    assert [(one.state, one.problem) for one in await follow_ups(post)] == [("dropped", "skipped")]


async def test_a_huddle_that_was_healed_is_nudged_too(post: Post) -> None:
    unclear = Unclear("connection_dropped")
    unclear.arrived = True  # type: ignore[attr-defined]
    post.front.fails = [unclear]
    await post.at("07:45")
    await post.later(seconds=31)
    await post.later(minutes=45)
    assert post.front.kinds() == ["huddle_prompt", "nudge"]


async def test_a_channel_that_refuses_it_pauses_its_ward(post: Post) -> None:
    await post.at("07:45")
    post.front.fails = [Refused("is_archived")]
    await post.at("08:30")
    await post.later(seconds=2)
    assert await post.paused() == "is_archived"
    assert [person.id for person, _ in post.front.private] == ["boss"]


# The question whether the time is wrong


async def missed(post: Post, days: int, at: str = "07:45") -> None:
    """So many days from the 23rd on whose huddle nobody answers."""
    for day in range(23, 23 + days):
        await post.at(at, day=day)
        await post.later(hours=12)


def questions(post: Post) -> int:
    """How often managers were asked."""
    return sum(message.kind == "missed" for _, message in post.front.private)


async def tapped(post: Post, action: str, value: str, person: str = "boss") -> Outcomes:
    """Somebody presses a button, at the ward's page where that matters."""
    router: Router[Desk] = build_router(Desk(post.store, SUPPLIES, post.clock, "secret"), lambda text: None)
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
    return await router.answer(Tap(action, value, Person("browser", person), ward.channel))


async def test_it_is_asked_at_the_end_of_the_shift_of_the_fourth(post: Post) -> None:
    await plan(post, shifts=NIGHT)
    await missed(post, 3)
    await post.at("07:45", day=26)
    await post.at("19:59", day=26)
    assert questions(post) == 0
    await post.at("20:00", day=26)
    assert questions(post) == 1
    for day in (27, 28, 29, 30):
        await post.at("07:45", day=day)
        await post.at("20:00", day=day)
    assert questions(post) == 1


async def test_an_answer_at_the_last_moment_means_that_nobody_is_asked(post: Post) -> None:
    await missed(post, 3)
    await post.at("07:45", day=26)
    await tapped(post, "huddle_skip", f"{(await follow_ups(post, 'huddle'))[-1].key}:acuity")
    await post.later(hours=12)
    assert questions(post) == 0
    assert [(one.state, one.problem) for one in await follow_ups(post, "missed")] == [("dropped", "skipped")]


async def test_what_was_never_sent_is_nobodys_miss(post: Post) -> None:
    for day in range(23, 29):
        await post.at("11:00", day=day)
    assert questions(post) == 0 and await follow_ups(post, "missed") == []


async def test_a_night_time_is_moved_past_midnight_and_belongs_to_the_same_night(post: Post) -> None:
    await plan(post, "23:45 weekdays", shifts=NIGHT)
    await missed(post, 4, "23:45")
    [asked] = await follow_ups(post, "missed")
    [moved] = await tapped(post, "missed_move", f"{asked.key}:30")
    assert isinstance(moved, Replace)
    assert "is now at 00:15. The next comes on Sat 28 Nov at 00:15" in moved.message.summary
    await post.at("00:15", day=28)
    huddle = (await follow_ups(post, "huddle"))[-1]
    assert (huddle.slot, huddle.state, huddle.local_date.day) == ("00:15", "sent", 27)


async def test_a_time_that_is_taken_or_changed_meanwhile_is_refused_kindly(post: Post) -> None:
    await plan(post, "07:45;08:15 weekends")
    await missed(post, 4)
    [asked] = await follow_ups(post, "missed")
    with pytest.raises(Problem, match="There is a huddle at 08:15 already, so nothing was changed"):
        await tapped(post, "missed_move", f"{asked.key}:30")
    for _ in range(2):  # the second tap changes nothing more
        [moved] = await tapped(post, "missed_move", f"{asked.key}:60")
        assert isinstance(moved, Replace) and "now at 08:45" in moved.message.summary
    await plan(post, "10:00")
    with pytest.raises(Problem, match="the ward's huddles are at 10:00 now"):
        await tapped(post, "missed_undo", f"{asked.key}:60")


@pytest.mark.parametrize("value", ["", "x", "999:30", "{}:31", "{}"])
async def test_a_button_that_is_none_of_ours_changes_nothing(post: Post, value: str) -> None:
    await missed(post, 4)
    [asked] = await follow_ups(post, "missed")
    with pytest.raises(Problem, match="nothing was changed"):
        await tapped(post, "missed_move", value.format(asked.key))


async def test_only_a_manager_changes_it(post: Post) -> None:
    await missed(post, 4)
    [asked] = await follow_ups(post, "missed")
    with pytest.raises(Problem, match="Only this ward's managers"):
        await tapped(post, "missed_move", f"{asked.key}:30", "a-visitor")


# When a shift is over


def test_a_shift_is_over_at_its_end_on_the_wards_clocks_also_when_they_change() -> None:
    where = {"front": "browser", "place": {}, "place_key": "", "timezone": "Europe/London", "nation": "ENG"}
    times = {"shifts": NIGHT.split(";"), "huddle_times": [], "digest_day": 0, "digest_time": "09:00"}
    ward = Ward(name="Rowan", specialty="acute", managers=[], **where, **times)
    for then, ends in (
        ("2026-11-23T12:00", "2026-11-23T20:00"),
        ("2026-11-23T20:30", "2026-11-24T08:00"),
        ("2026-11-24T02:00", "2026-11-24T08:00"),
        ("2026-10-24T21:00", "2026-10-25T08:00"),  # thirteen and a half hours long
    ):
        at = datetime.fromisoformat(then).replace(tzinfo=LONDON)
        assert over_at(ward, at) == datetime.fromisoformat(ends).replace(tzinfo=LONDON)
