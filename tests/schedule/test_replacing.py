"""Prompts that take the place of a posted one, and those for one reporter alone: done once they can be, or dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
import shutil

import pytest

from bot.chat.front import Refused, SendError, Unclear
from bot.handlers.wards_csv import import_wards
from bot.schedule.planner import occurrence
from bot.store import ledger, reports, wards
from bot.store.database import Store
from bot.store.tables import Report
from tests.schedule.test_sender import TIMES, Post
from tests.stage import settings_for
from tests.stories.conftest import COLUMNS

LINE, AGAIN, NOTICE = "report_line", "report_line_again", "answer_notice"


@pytest.fixture
async def post(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Post]:
    """One database is enough: what is looked at is the sender's doing."""
    shutil.copy(sqlite_template, tmp_path / "wardhuddle.db")
    store = Store(settings_for(f"sqlite:///{tmp_path}/wardhuddle.db", tmp_path).sqlalchemy_url)
    made = Post(store)
    async with store() as session:
        csv = f"{COLUMNS}\nRowan,mental_health,browser,,,leaders,{TIMES}\n"
        [ward], _ = await import_wards(session, csv, "secret", made.clock())
        report = Report(id="r1", kind="success", ward_id=ward.key, day=made.clock().date(), shift_band="night", area="")
        report.building, report.helped, report.level, report.reporter = [], ["space"], "prevention", "browser:nurse"
        await reports.save_report(session, report)
    yield made
    await store.close()


async def due(post: Post, kind: str, slot: str = "1") -> None:
    """A prompt about the report, due now."""
    async with post.store() as session:
        [ward] = await wards.every_ward(session)
        about = occurrence(ward, kind, "r1" if kind == LINE else slot, post.clock(), item="r1")
        await ledger.write_occurrence(session, about)


async def state(post: Post, kind: str) -> tuple[str, str | None]:
    """How it stands with the last prompt of this kind."""
    return [(state, problem) for one, state, problem in await post.states() if one == kind][-1]


async def test_a_posted_line_is_replaced_and_nothing_new_is_posted(post: Post) -> None:
    await due(post, LINE)
    await post.later(seconds=1)
    await due(post, AGAIN)
    await post.later(seconds=1)
    assert await state(post, AGAIN) == ("sent", None)
    assert post.front.kinds() == [LINE]
    [(at, message)] = post.front.updates
    assert at.address["message"] == post.front.posts[0][2]
    assert message.kind == LINE


async def test_it_waits_for_a_line_of_which_nobody_knows_whether_it_arrived(post: Post) -> None:
    post.front.fails, post.front.cannot_find = [Unclear("dropped")], Unclear("no_history")
    await due(post, LINE)
    await post.later(seconds=1)
    await due(post, AGAIN)
    await post.later(seconds=1)
    assert await state(post, AGAIN) == ("due", "not_posted_yet")
    assert post.front.updates == []


async def test_where_no_line_was_ever_posted_it_is_dropped(post: Post) -> None:
    post.front.fails = [SendError("too_long")]
    await due(post, LINE)
    await post.later(seconds=1)
    await due(post, AGAIN)
    await post.later(seconds=1)
    assert await state(post, AGAIN) == ("dropped", "not_wanted")


async def test_one_that_may_not_have_arrived_is_done_again_for_twice_does_no_harm(post: Post) -> None:
    await due(post, LINE)
    await post.later(seconds=1)
    post.front.fails = [Unclear("dropped")]
    await due(post, AGAIN)
    await post.later(seconds=1)
    assert await state(post, AGAIN) == ("due", "dropped")
    await post.later(minutes=6)
    assert await state(post, AGAIN) == ("sent", None)


async def test_one_that_took_too_long_is_done_again(post: Post) -> None:
    await due(post, LINE)
    await post.later(seconds=1)
    post.front.fails = [TimeoutError()]
    await due(post, AGAIN)
    await post.later(seconds=1)
    assert (await state(post, AGAIN))[0] == "unclear"
    await post.later(minutes=6)
    assert (await state(post, AGAIN))[0] == "sent"


async def test_a_ward_is_not_paused_for_a_line_that_may_not_be_changed_or_a_reporter_who_cant_be_told(
    post: Post,
) -> None:
    await due(post, LINE)
    await post.later(seconds=1)
    post.front.fails = [Refused("edit_window_closed")]
    post.front.cannot_tell = Refused("no_private_place")
    await due(post, AGAIN)
    async with post.store() as session:
        report = await reports.report_by_id(session, "r1")
        assert report
        await reports.save_answer(session, report, "Thank you", post.clock().date())
    await due(post, NOTICE)
    await post.later(seconds=1)
    assert await state(post, AGAIN) == ("refused", "edit_window_closed")
    assert await state(post, NOTICE) == ("refused", "no_private_place")
    assert await post.paused() is None
    assert "pause_notice" not in {kind for kind, _, _ in await post.states()}


async def test_a_line_about_a_report_that_is_gone_is_dropped(post: Post) -> None:
    await due(post, LINE)
    async with post.store() as session:
        await session.delete(await reports.report_by_id(session, "r1"))
    await due(post, NOTICE)
    await post.later(seconds=1)
    assert await state(post, LINE) == await state(post, NOTICE) == ("dropped", "not_wanted")
    assert post.front.posts == post.front.private == []
