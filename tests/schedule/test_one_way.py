"""A channel without the bot reads a ward's reminders and digests too: once, the same, and at nobody else's cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
import logging
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr
import pytest
import respx
from structlog.testing import capture_logs

from bot.chat.front import Destination, Front, Refused, SendError, Unclear
from bot.chat.message import Button, Buttons, Heading, Message, Note, Text
from bot.chat.teams.workflow import WorkflowFront
from bot.chat.text import as_text
from bot.handlers.wards_csv import import_wards, write_rows
from bot.privacy.small import Small
from bot.prompts.library import Library
from bot.prompts.one_way import copy_of
from bot.prompts.supplies import Supplies
from bot.schedule.calendar import Planned, planned_prompts
from bot.schedule.sender import Sender
from bot.settings import BUILT_IN_CONTENT
from bot.store import ledger, wards
from bot.store.database import Store
from bot.store.tables import Occurrence, Ward
from tests.fake_front import FakeFront
from tests.stage import MovableClock, settings_for
from tests.stories.conftest import COLUMNS

LONDON = ZoneInfo("Europe/London")
SUPPLIES = Supplies(Library.load(BUILT_IN_CONTENT), Small(5))
HEADING = f"{COLUMNS},workflow"
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,boss;deputy"
ROWAN = Destination("workflow", {"name": "rowan"})
ADDRESS = "https://flows.example/run?sig=very-secret"


class Post:
    """A sender with a front for pages and one for workflows, and a clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.page = FakeFront()
        self.workflow = FakeFront()
        self.workflow.name = "workflow"
        self.fronts: dict[str, Front] = {"browser": self.page, "workflow": self.workflow}
        self.clock = MovableClock(datetime(2026, 11, 23, 7, 0, tzinfo=LONDON))

    async def wards(self, *rows: str) -> None:
        """Import these wards; one that is there already is changed."""
        async with self.store() as session:
            csv = "\n".join((f"{HEADING},nudge_after", *(f"{row},0" for row in rows)))
            await import_wards(session, csv, "secret", self.clock())

    async def tick(self) -> int:
        """Let one process work, now."""
        return await Sender(self.store, SUPPLIES, self.fronts, self.clock).tick()

    async def at(self, time: str, day: int = 23) -> int:
        """Let the sender work at this local time of November 2026."""
        hour, minute = time.split(":")
        self.clock.at = datetime(2026, 11, day, int(hour), int(minute), tzinfo=LONDON)
        return await self.tick()

    async def later(self, **much: float) -> int:
        """Let the sender work so much later."""
        self.clock.at += timedelta(**much)
        return await self.tick()

    async def ledger(self) -> dict[str, Occurrence]:
        """The latest occurrence of each kind."""
        async with self.store() as session:
            return {one.kind: one for one, _ in await ledger.occurrences(session)}

    async def rowan(self) -> Ward:
        """The ward as it is stored."""
        async with self.store() as session:
            ward = await wards.ward_named(session, "Rowan")
            assert ward
            return ward

    def told(self) -> list[tuple[str, str]]:
        """Which managers were told what."""
        return [(person.id, message.summary) for person, message in self.page.private]


@pytest.fixture
async def post(database_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    post = Post(store)
    await post.wards(f"Rowan,mental_health,browser,,,,{TIMES},rowan")
    yield post
    await store.close()


# What is copied, and how it reads


async def test_a_day_copies_the_digest_and_the_reminder_once_and_no_huddle(post: Post) -> None:
    for hour in range(7, 24):
        for minute in (0, 1, 2, 45, 46):
            await post.at(f"{hour:02}:{minute:02}")
    assert post.page.kinds() == ["huddle_prompt", "digest", "reminder"]
    assert [(to, message.kind) for to, message, _ in post.workflow.posts] == [(ROWAN, "digest"), (ROWAN, "reminder")]
    assert {one.state for one in (await post.ledger()).values()} == {"sent"}


async def test_a_copy_comes_a_minute_later_and_is_the_same_without_its_buttons(post: Post) -> None:
    for own, copy in (("09:00", "09:01"), ("11:00", "11:01")):
        await post.at(own)
        before = len(post.workflow.posts)
        assert await post.at(copy) == 1
        assert len(post.workflow.posts) == before + 1
        shown, copied = post.page.posts[-1][1], post.workflow.posts[-1][1]
        assert (copied.kind, copied.summary) == (shown.kind, shown.summary)
        *parts, note = copied.parts
        assert parts == [part for part in shown.parts if not isinstance(part, Buttons)]
        assert isinstance(note, Note) and "use the ward's own page" in note.text
    occurrences = await post.ledger()
    assert occurrences["reminder"].item == occurrences["reminder_copy"].item is not None


def test_a_copy_says_where_to_answer_and_has_nothing_to_tap_in_plain_text_either() -> None:
    told = Message("reminder", "Tea", (Heading("Tea"), Text("Tea"), Buttons((Button("Useful", "useful"),))))
    ward = Ward(name="Rowan", front="teams")
    assert as_text(copy_of(told, ward)).splitlines() == [
        "Tea",
        "===",
        "Tea",
        "Nobody reads replies here. To answer this or to report something, please use the ward's own channel.",
    ]


async def test_after_a_time_away_both_come_and_are_the_same(post: Post) -> None:
    await post.at("10:59")
    await post.at("11:30")
    await post.later(seconds=6)
    await post.later(minutes=10)
    occurrences = await post.ledger()
    assert occurrences["reminder"].state == occurrences["reminder_copy"].state == "sent"
    assert occurrences["reminder"].item == occurrences["reminder_copy"].item is not None
    assert post.workflow.kinds().count("reminder") == post.page.kinds().count("reminder") == 1
    assert post.workflow.posts[-1][1].summary == post.page.posts[-1][1].summary


async def test_a_copy_waits_while_the_wards_own_reminder_cannot_be_made(post: Post) -> None:
    with patch("bot.prompts.reminder.choose", side_effect=ValueError):
        await post.at("11:00")
        await post.at("11:01")
    copy = (await post.ledger())["reminder_copy"]
    assert (copy.state, copy.problem) == ("due", "waits_for_reminder")
    await post.later(minutes=6)
    await post.later(minutes=6)
    assert post.workflow.posts[-1][1].summary == post.page.posts[-1][1].summary
    assert post.told() == []


async def test_one_minute_before_midnight_a_copy_is_still_of_the_same_day(post: Post) -> None:
    late = TIMES.replace("11:00", "23:59").replace("09:00", "23:59")
    await post.wards(f"Rowan,mental_health,browser,,,,{late},rowan")
    await post.at("23:59")
    await post.at("00:00", day=24)
    shown = {message.kind: message.summary for _, message, _ in post.page.posts if message.kind != "huddle_prompt"}
    assert {message.kind: message.summary for _, message, _ in post.workflow.posts} == shown
    assert len(shown) == 2


def test_the_copies_are_planned_only_for_a_ward_with_a_one_way_channel() -> None:
    ward = Ward(name="Rowan", huddle_times=["07:45"], reminder_times=["23:59"], digest_time="23:59", digest_day=6)
    daily = "0123456"
    own = [
        Planned("huddle", "07:45", daily),
        Planned("reminder", "23:59", daily),
        Planned("digest", "23:59", "6"),
        Planned("scenario", "01:59", "14"),  # two hours after Monday's and Thursday's reminder, and no copy
    ]
    assert list(planned_prompts(ward, leads=False)) == own
    ward.workflow = "rowan"
    copies = [Planned("reminder_copy", "00:00", daily), Planned("digest_copy", "00:00", "0")]
    assert list(planned_prompts(ward, leads=True)) == [*own, *copies, Planned("leaders_digest", "00:59", "0")]


async def test_copies_end_with_the_channel_and_begin_with_it(post: Post) -> None:
    await post.wards(f"Rowan,mental_health,browser,,,,{TIMES},")
    await post.at("11:00")
    await post.at("11:01")
    assert post.workflow.posts == []
    await post.wards(f"Rowan,mental_health,browser,,,,{TIMES},hazel")
    await post.at("11:00", day=24)
    await post.at("11:01", day=24)
    assert [to.address for to, _, _ in post.workflow.posts] == [{"name": "hazel"}]


async def test_a_ward_that_came_in_the_minute_between_has_nothing_to_copy_yet(post: Post) -> None:
    post.clock.at = datetime(2026, 11, 23, 11, 0, 30, tzinfo=LONDON)
    await post.wards(f"Hazel,acute,browser,,,,{TIMES},hazel")
    await post.at("11:02")
    assert "hazel" not in str(post.workflow.posts)
    assert post.told() == []
    await post.at("11:00", day=24)
    await post.at("11:01", day=24)
    assert "hazel" in str(post.workflow.posts)


async def test_leaders_may_read_their_digest_there(post: Post) -> None:
    await post.wards(f"Rowan,mental_health,browser,,,workflow:matrons,{TIMES},")
    await post.at("09:00")
    await post.at("10:00")
    [(to, message, _)] = post.workflow.posts
    assert (to, message.kind) == (Destination("workflow", {"name": "matrons"}), "leaders_digest")


# When something fails


async def test_a_copy_that_is_refused_stops_nothing_and_the_managers_are_told_once(post: Post) -> None:
    post.workflow.fails = [Refused("http_404")] * 9
    for hour in range(7, 24):
        for minute in (0, 1, 2, 45, 46):
            await post.at(f"{hour:02}:{minute:02}")
    assert post.workflow.posts == []
    assert post.page.kinds() == ["huddle_prompt", "digest", "reminder"]
    assert (await post.rowan()).paused_reason is None
    assert [person for person, _ in post.told()] == ["boss", "deputy"]
    words = post.told()[0][1]
    assert words.startswith("The reminders and digests of Rowan could not be posted in its one-way channel.")
    for part in ("“rowan”", "turned off or deleted", "TEAMS_WORKFLOWS", "http_404"):
        assert part in words
    await post.at("11:00", day=24)
    await post.at("11:01", day=24)
    await post.later(seconds=2)
    assert [person for person, _ in post.told()] == ["boss", "deputy", "boss", "deputy"], "again the next day"


async def test_a_channel_that_is_not_set_up_is_said_in_its_own_words(post: Post) -> None:
    post.workflow.fails = [Refused("workflow_not_set_up")]
    await post.at("09:01")
    await post.later(seconds=2)
    assert "No workflow is set up for the one-way channel, which is named “rowan”." in post.told()[0][1]


async def test_the_leaders_workflow_is_told_of_as_theirs(post: Post) -> None:
    await post.wards(f"Rowan,mental_health,browser,,,workflow:matrons,{TIMES},")
    post.workflow.fails = [Refused("WorkflowTriggerIsNotEnabled")]
    await post.at("10:00")
    await post.later(seconds=2)
    assert post.told()[0][1].startswith(
        "The leaders' digest with Rowan could not be posted. The workflow that posts in the leaders' channel, which is "
        "named “matrons”, takes nothing any more"
    )


async def test_a_reason_that_nobody_foresaw_is_passed_on(post: Post) -> None:
    """Also one that was kept by an earlier version, or has spaces."""
    await post.wards(f"Rowan,mental_health,browser,,,leaders,{TIMES},")
    await post.at("09:00")
    post.page.fails = [Refused("User blocked")]
    await post.at("10:00")
    await post.later(seconds=2)
    assert post.told()[0][1].endswith("which the chat platform gave as the reason: User blocked.")
    assert "leaders' digest" in post.told()[0][1]


async def test_another_leaders_channel_is_made_with_its_own_command(post: Post) -> None:
    await post.wards(f"Rowan,mental_health,browser,,,leaders,{TIMES},")
    await post.at("09:00")
    post.page.fails = [Refused("is_archived")]
    await post.at("10:00")
    await post.later(seconds=2)
    assert "The leaders' channel has been archived. Please restore it, or type /huddle leaders" in post.told()[0][1]


async def test_a_copy_of_which_nobody_knows_is_never_sent_again_and_stays_visible(post: Post) -> None:
    await post.at("11:00")
    post.workflow.fails = [Unclear("connection_lost")]
    post.workflow.cannot_find = Unclear("no_history")
    await post.at("11:01")
    for _ in range(60):
        await post.later(minutes=10)
    copy = (await post.ledger())["reminder_copy"]
    assert (copy.state, copy.problem) == ("unclear", "no_history")
    assert post.told() == []


async def test_an_unclear_copy_is_asked_after_ever_less_often(post: Post) -> None:
    await post.at("11:00")
    post.workflow.fails = [Unclear("connection_lost")]
    post.workflow.cannot_find = Unclear("no_history")
    await post.at("11:01")
    with capture_logs() as logs:
        for _ in range(60 * 6):
            await post.later(seconds=10)
    assert 10 < len(logs) < 40, "an hour of looking, without a line every few seconds"


async def test_the_copies_of_a_paused_ward_wait_with_it(post: Post) -> None:
    post.page.fails = [Refused("is_archived")]
    await post.at("07:45")
    post.page.is_reachable = False
    await post.at("09:01")
    await post.at("11:01")
    occurrences = await post.ledger()
    assert post.workflow.posts == []
    assert {occurrences[kind].problem for kind in ("digest_copy", "reminder_copy")} == {"is_archived"}
    await post.wards(f"Rowan,mental_health,browser,,new-page,,{TIMES},rowan")
    await post.later(minutes=1)
    await post.later(minutes=1)
    assert sorted(post.workflow.kinds()) == ["digest", "reminder"]


@pytest.mark.parametrize("fails", [SendError("invalid_blocks"), None], ids=["refuses the message", "is not set up"])
async def test_a_ward_whose_own_front_is_at_fault_still_has_its_copies(post: Post, fails: SendError | None) -> None:
    if fails:
        post.page.fails = [fails] * 9
    else:
        del post.fronts["browser"]
    for time in ("09:00", "09:01", "11:00", "11:01"):
        await post.at(time)
    assert post.workflow.kinds() == ["digest", "reminder"]


async def test_processes_side_by_side_post_each_copy_once(post: Post) -> None:
    names = [f"Ward {number}" for number in range(15)]
    await post.wards(*(f"{name},acute,browser,,,,{TIMES},{name}" for name in names))
    for time in ("11:00", "11:01", "11:02", "11:03", "11:10", "11:20"):
        hour, minute = time.split(":")
        post.clock.at = datetime(2026, 11, 23, int(hour), int(minute), tzinfo=LONDON)
        if post.store.is_sqlite:
            await post.tick()
        else:
            await asyncio.gather(*(post.tick() for _ in range(4)))
    copied = {str(to.address["name"]): message.summary for to, message, _ in post.workflow.posts}
    assert sorted(copied) == sorted([*names, "rowan"])
    reminders = [message for _, message, _ in post.workflow.posts if message.kind == "reminder"]
    assert len(reminders) == 16
    async with post.store() as session:
        by_ward: dict[str, set[str | None]] = {}
        for one, ward in await ledger.occurrences(session, states=("sent",)):
            if one.kind.startswith("reminder"):
                by_ward.setdefault(ward.name, set()).add(one.item)
    assert len(by_ward) == 16
    assert {len(items) for items in by_ward.values()} == {1}, "each ward's own and its copy are the same"


# The address


async def test_the_address_is_neither_stored_nor_logged_nor_exported(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither of a workflow that takes its message nor of one that has been turned off."""
    post.fronts["workflow"] = WorkflowFront({"rowan": SecretStr(ADDRESS)})
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.NOTSET, "httpx")
    with respx.mock() as mock, capture_logs() as logs:
        logging.getLogger("bot").debug("this much is captured")
        route = mock.post(ADDRESS)
        route.side_effect = [httpx.Response(202), httpx.Response(400, json={"error": {"code": "Nothing"}})]
        for time in ("09:00", "09:01", "11:00", "11:01"):
            await post.at(time)
    occurrences = await post.ledger()
    assert "this much" in caplog.text
    assert route.call_count == 2
    assert (occurrences["digest_copy"].state, occurrences["digest_copy"].posted) == ("sent", {"name": "rowan"})
    assert (occurrences["reminder_copy"].state, occurrences["reminder_copy"].problem) == ("refused", "Nothing")
    ward = await post.rowan()
    for kept in (write_rows([ward]), repr(ward), repr(list(occurrences.values())), repr(logs), caplog.text):
        assert kept and "very-secret" not in kept and "flows.example" not in kept
