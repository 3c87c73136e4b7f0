"""The ledger's way: claimed before it is sent, sent once, and every failure visible."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.front import Passing, Refused, SendError, Unclear
from bot.chat.message import Message
from bot.handlers.wards_csv import import_wards
from bot.privacy.small import Small
from bot.prompts import digest
from bot.prompts.kinds import PROMPTS
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.schedule.planner import plan
from bot.schedule.sender import Sender
from bot.store import held, ledger, wards
from bot.store.database import Session, Store
from bot.store.tables import Held, Occurrence, Ward
from tests.fake_front import FakeFront
from tests.stage import MovableClock, settings_for
from tests.stories.conftest import COLUMNS

LONDON = ZoneInfo("Europe/London")
LIBRARY = Library.load()
SUPPLIES = Supplies(LIBRARY, Small(5))
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,boss;deputy"


class Post:
    """A sender with one fake front, and a clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.front = FakeFront()
        self.clock = MovableClock(datetime(2026, 11, 23, 7, 0, tzinfo=LONDON))
        self.sender = self.another()

    def another(self) -> Sender:
        """One more sender on the same database: another process."""
        return Sender(self.store, SUPPLIES, {self.front.name: self.front}, self.clock)

    async def at(self, time: str, day: int = 23) -> int:
        """Let the sender work at this local time of November 2026."""
        hour, minute = time.split(":")
        self.clock.at = datetime(2026, 11, day, int(hour), int(minute), tzinfo=LONDON)
        return await self.sender.tick()

    async def later(self, **much: float) -> int:
        """Let the sender work so much later."""
        self.clock.at += timedelta(**much)
        return await self.sender.tick()

    async def states(self) -> list[tuple[str, str, str | None]]:
        """The ledger: kind, state, problem, as they came due."""
        async with self.store() as session:
            return [(one.kind, one.state, one.problem) for one, _ in await ledger.occurrences(session)]

    async def paused(self) -> str | None:
        """Why the ward is paused."""
        async with self.store() as session:
            [ward] = await wards.every_ward(session)
            return ward.paused_reason


@pytest.fixture
async def post(database_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    post = Post(store)
    async with store() as session:
        csv = f"{COLUMNS},nudge_after\nRowan,mental_health,browser,,,leaders,{TIMES},0\n"
        await import_wards(session, csv, "secret", post.clock())
    yield post
    await store.close()


async def test_a_prompt_is_sent_at_its_time_and_only_once(post: Post) -> None:
    assert await post.at("07:44") == 0
    assert await post.at("07:45") == 1
    assert await post.at("07:45") == 0
    assert await post.later(minutes=30) == 0
    assert post.front.kinds() == ["huddle_prompt"]


async def test_a_prompt_that_is_too_late_to_help_expires_and_can_be_seen(post: Post) -> None:
    await post.at("10:00")
    assert ("huddle", "expired", None) in await post.states()
    assert sorted(post.front.kinds()) == ["digest", "leaders_digest"], "a digest is still of use"


@pytest.mark.parametrize("fails", [False, True])
async def test_digests_that_are_due_together_go_once_to_each_ward(
    post: Post, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each its own, as it is built alone; and where building them together fails, all the same."""
    async with post.store() as session:
        rows = "".join(f"{name},mental_health,browser,,,,{TIMES},0\n" for name in ("Hazel", "Birch"))
        await import_wards(session, f"{COLUMNS},nudge_after\n{rows}", "secret", post.clock())
    asked: list[int] = []

    async def together(session: Session, supplies: Supplies, due: Sequence[tuple[Ward, Occurrence]]) -> list[Message]:
        asked.append(len(due))
        if fails:
            raise RuntimeError("not to be built")
        return await digest.build_together(session, supplies, due)

    monkeypatch.setitem(PROMPTS, "digest", replace(PROMPTS["digest"], together=together))  # type: ignore[arg-type]
    await post.at("07:45")
    await post.at("09:00")
    await post.later(minutes=1)
    sent = [message for _, message, _ in post.front.posts if message.kind == "digest"]
    assert sorted(message.summary.partition(":")[0] for message in sent) == ["Birch", "Hazel", "Rowan"]
    assert asked == [3]
    async with post.store() as session:
        for one, ward in await ledger.occurrences(session):
            if one.kind == "digest":
                alone = await digest.build(session, SUPPLIES, ward, one)
                assert alone in sent


async def test_what_was_missed_in_days_away_is_in_the_ledger(post: Post) -> None:
    await post.at("07:45", day=27)
    huddles = [state for kind, state, _ in await post.states() if kind == "huddle"]
    assert huddles == ["expired"] * 4 + ["sent"]


async def test_a_permanent_refusal_pauses_the_ward_and_tells_its_managers_once(post: Post) -> None:
    post.front.fails = [Refused("not_in_channel")]
    await post.at("07:45")
    assert await post.paused() == "not_in_channel"
    await post.later(minutes=1)
    await post.at("11:00")
    await post.at("07:45", day=24)
    assert [person.id for person, _ in post.front.private] == ["boss", "deputy"]
    assert "invite it again" in post.front.private[0][1].summary
    assert post.front.kinds() == ["leaders_digest"], "the leaders' channel is another place"
    unsent = [(kind, state) for kind, state, problem in await post.states() if problem == "not_in_channel"]
    assert unsent == [("huddle", "expired"), ("digest", "due"), ("reminder", "expired"), ("huddle", "due")], (
        "what was not posted can be seen"
    )


async def test_the_prompt_that_met_the_refusal_comes_too_when_the_bot_is_invited_again_in_time(post: Post) -> None:
    post.front.fails = [Refused("not_in_channel")]
    await post.at("07:45")
    await post.later(minutes=5)
    assert post.front.kinds() == [], "it waits with its ward"
    await post.sender.probe()
    assert await post.later(minutes=1) == 1
    assert post.front.kinds() == ["huddle_prompt"]


async def test_the_managers_are_told_of_each_removal_though_there_are_two_in_a_day(post: Post) -> None:
    for removed, back in (("07:45", "07:50"), ("11:00", "11:05")):
        post.front.fails = [Refused("not_in_channel")]
        await post.at(removed)
        await post.later(seconds=2)
        await post.sender.probe()
        await post.at(back)
    assert [person.id for person, _ in post.front.private] == ["boss", "deputy"] * 2
    assert "reminder" in post.front.kinds()


async def test_a_manager_who_cannot_be_told_is_told_by_the_leaders_channel(post: Post) -> None:
    post.front.fails = [Refused("is_archived")]
    post.front.cannot_tell = Refused("user_not_found")
    await post.at("07:45")
    await post.later(seconds=2)
    assert post.front.kinds() == ["pause_notice"]


async def test_a_channel_that_can_be_reached_but_refuses_every_post_is_told_of_once_a_day(post: Post) -> None:
    post.front.fails = [Refused("restricted_action")] * 50
    for hour in range(8, 24):
        await post.at(f"{hour:02}:00")
        await post.sender.probe()
    stopped = [message for _, message in post.front.private if "have stopped" in message.summary]
    assert len(stopped) == 2, "one notice, to each of two managers"


async def test_the_managers_are_told_that_the_leaders_channel_refuses(post: Post) -> None:
    await post.at("09:00")
    post.front.fails = [Refused("not_in_channel")]
    await post.at("10:00")
    await post.later(seconds=2)
    assert "leaders' digest with Rowan could not be posted" in post.front.private[0][1].summary
    assert await post.paused() is None


async def test_a_clock_gone_wrong_does_not_silence_a_ward(post: Post) -> None:
    post.clock.at = datetime(2026, 12, 23, 7, 45, tzinfo=LONDON)
    await post.sender.tick()
    await post.at("07:00")
    await post.sender.probe()
    assert await post.at("07:45") == 1


async def test_prompts_go_on_when_the_channel_can_be_reached_again(post: Post) -> None:
    post.front.fails = [Refused("not_in_channel")]
    await post.at("07:45")
    post.front.is_reachable = False
    await post.sender.probe()
    assert await post.paused()
    post.front.is_reachable = True
    await post.sender.probe()
    assert await post.paused() is None
    await post.at("11:00")
    assert "reminder" in post.front.kinds()


async def test_a_passing_refusal_is_tried_again_when_the_platform_says(post: Post) -> None:
    post.front.fails = [Passing("ratelimited", retry_after=30)]
    await post.at("07:45")
    assert await post.later(seconds=29) == 0
    assert await post.later(seconds=2) == 1
    assert await post.paused() is None


async def test_a_fault_of_ours_is_retried_and_does_not_stop_the_rest(post: Post) -> None:
    post.front.fails = [RuntimeError("poison")]
    await post.at("09:00")
    assert ("huddle", "due", "failed") in await post.states()
    assert post.front.kinds() == ["digest"]
    await post.later(minutes=1)
    assert post.front.kinds() == ["digest", "huddle_prompt"]


async def test_a_message_the_platform_will_not_take_is_refused_without_pausing(post: Post) -> None:
    post.front.fails = [SendError("invalid_blocks")]
    await post.at("07:45")
    assert await post.states() == [("huddle", "refused", "invalid_blocks")]
    assert await post.paused() is None


async def test_a_prompt_for_which_nothing_is_in_review_is_refused_in_words_and_the_ward_goes_on(post: Post) -> None:
    """The digital team sees it in `bot due --all`; trying again would not help, and the ward is not at fault."""
    late = {"review_by": date(2026, 11, 22)}
    library = replace(
        LIBRARY,
        reminders={id: one.model_copy(update=late) for id, one in LIBRARY.reminders.items()},
        huddle_sets=tuple(one.model_copy(update=late) for one in LIBRARY.huddle_sets),
    )
    post.sender = Sender(post.store, Supplies(library, Small(5)), {post.front.name: post.front}, post.clock)
    for time in ("07:45", "09:00", "11:00", "11:05"):
        await post.at(time)
    nothing = [(kind, state) for kind, state, problem in await post.states() if problem == "nothing_in_review"]
    assert nothing == [("huddle", "refused"), ("reminder", "refused")]
    assert post.front.kinds() == ["digest", "leaders_digest"]
    assert await post.paused() is None
    assert post.front.private == []


async def test_an_unclear_post_that_arrived_is_found_and_not_repeated(post: Post) -> None:
    unclear = Unclear("connection_dropped")
    unclear.arrived = True  # type: ignore[attr-defined]
    post.front.fails = [unclear]
    await post.at("07:45")
    assert await post.states() == [("huddle", "unclear", "connection_dropped")]
    await post.later(seconds=31)
    assert [state for _, state, _ in await post.states()] == ["sent"]
    assert len(post.front.posts) == 1


async def test_an_unclear_post_that_never_arrived_is_sent(post: Post) -> None:
    post.front.fails = [Unclear("connection_dropped")]
    await post.at("07:45")
    assert await post.later(seconds=31) == 1
    assert len(post.front.posts) == 1


async def test_an_unclear_post_stays_unclear_where_nobody_can_tell(post: Post) -> None:
    post.front.fails = [Unclear("connection_dropped")]
    post.front.cannot_find = SendError("missing_scope")
    await post.at("07:45")
    for _ in range(5):
        await post.later(minutes=10)
    assert await post.states() == [("huddle", "unclear", "missing_scope")]
    assert post.front.posts == []


async def test_a_fault_while_healing_does_not_stop_the_rest(post: Post) -> None:
    post.front.fails = [Unclear("connection_dropped")]
    post.front.cannot_find = KeyError("poison")
    await post.at("07:45")
    await post.at("09:00")
    assert "digest" in post.front.kinds()
    assert ("huddle", "unclear", "failed") in await post.states()


async def test_a_ward_whose_front_is_not_set_up_here_is_not_paused(post: Post) -> None:
    post.sender = Sender(post.store, SUPPLIES, {}, post.clock)
    await post.at("07:45")
    assert await post.paused() is None
    assert await post.states() == [("huddle", "due", "front_not_set_up")]


async def test_what_a_process_claimed_before_it_died_is_healed(post: Post) -> None:
    await post.at("07:44")
    post.clock.at += timedelta(minutes=1)
    async with post.store() as session:
        await plan(session, post.clock())
        assert len(await ledger.claim(session, post.clock(), timedelta(minutes=2), 10, [])) == 1
    assert await post.later(seconds=60) == 0, "it may still be at work"
    assert await post.later(seconds=61) == 0, "the platform's own history may be behind"
    assert await post.later(seconds=31) == 1
    assert [state for _, state, _ in await post.states()] == ["sent"]


async def test_many_senders_on_one_database_send_each_prompt_once(post: Post) -> None:
    async with post.store() as session:
        lines = [f"Ward {number},acute,browser,,,,{TIMES}" for number in range(60)]
        await import_wards(session, "\n".join((COLUMNS, *lines)), "secret", post.clock())
    post.clock.at = datetime(2026, 11, 23, 7, 45, tzinfo=LONDON)
    if post.store.is_sqlite:
        await post.sender.tick()
    else:
        await asyncio.gather(*(post.another().tick() for _ in range(4)))
    keys = [key for _, _, key in post.front.posts]
    assert len(keys) == len(set(keys)) == 61


async def test_what_is_held_for_a_ward_whose_time_zone_is_gone_stops_no_other(post: Post) -> None:
    async with post.store() as session:
        csv = f"{COLUMNS}\nLost,acute,browser,,,,{TIMES}\n"
        lost = (await import_wards(session, csv, "secret", post.clock()))[0][0]
        lost.timezone = "Europe/Atlantis"
        session.add(lost)
        await held.hold(session, Held(kind="report_line", slot="r1", ward_id=lost.key, due_at=post.clock()))
    await post.at("07:45")
    assert post.front.kinds() == ["huddle_prompt"], "of the other ward"
    async with post.store() as session:
        assert await held.is_held(session, "report_line", "r1"), "for another day"
