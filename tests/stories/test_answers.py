"""What a manager answers to a report, from outside, and how whoever sent it hears of it."""

from __future__ import annotations

import pytest

from bot.privacy.codes import reference
from bot.store import reports
from tests.stories.actors import Actor
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.receipts import LINE, all_answers, all_reports, choose, come_back, sent
from tests.stories.test_stories import MONDAY

RADIO = "Calmer once the radio was off"
DONE = "Thank you: the radio is now off at meals"
NAMED = {"Keep me anonymous": False}
TOMORROW = "2026-11-23 06:30"
NOT_YOURS = "Only this ward's managers can read its reports"


async def answer(manager: Actor, words: str = DONE) -> None:
    await manager.command("/huddle reports")
    await manager.tap("Answer")
    await manager.fill({"What happened next?": words})
    await manager.submit()


@pytest.mark.parametrize(
    ("way", "database_url"),
    [("slack over http", "postgresql"), ("teams", "sqlite")],
    indirect=["database_url"],
)
async def test_a_manager_answers_by_reference_and_whoever_gave_a_name_is_told_privately(ward: Ward) -> None:
    nurse, manager = await ward.somebody(), await ward.somebody("U0MANAGER")
    await sent(nurse, {LINE: RADIO} | NAMED)
    [report] = await all_reports(ward)
    await manager.command("/huddle reports")
    told = manager.told()
    assert "Today's reports are here from tomorrow" in told
    assert reference(report.id) not in told
    await ward.stage.at(TOMORROW)
    before = await nurse.channel()
    await manager.command("/huddle reports")
    told = manager.told()
    assert "Rowan: 1 report in 4 weeks, 1 without an answer" in told
    assert reference(report.id) in told
    assert RADIO in told
    assert nurse.name not in told, "not even where a name was given"

    await answer(manager)
    await ward.stage.tick()
    assert "Thank you, it was answered" in manager.told()
    assert f"What happened next: Near miss {reference(report.id)}, Sun 22 Nov" in nurse.told()
    assert DONE in nurse.told()
    assert DONE not in await nurse.channel()
    if ward.way != "teams":  # where a typed command is a message like any other
        assert await nurse.channel() == before
    await manager.command(f"/huddle reports {reference(report.id).lower()}")
    assert "1 report in 4 weeks, 0 without an answer" in manager.told()


@on("slack by socket mode", "sqlite")
async def test_whoever_gave_no_name_reads_the_answer_by_the_code(ward: Ward) -> None:
    nurse, manager = await ward.somebody(), await ward.somebody("U0MANAGER")
    code = await sent(nurse, {LINE: RADIO})
    await ward.stage.at(TOMORROW)
    await answer(manager)
    before = nurse.told()
    await ward.stage.at(MONDAY)
    assert nurse.told() == before, "nobody knows whom to tell"
    await nurse.command(f"/report {code}")
    assert DONE in nurse.told()


@on("browser", "postgresql")
async def test_on_a_browser_page_the_code_shows_what_happened_next(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse)
    [report] = await all_reports(ward)
    async with ward.stage.house.store() as session:
        kept = await reports.report_by_id(session, report.id)
        assert kept
        await reports.save_answer(session, kept, DONE, ward.stage.clock().date())
    await come_back(nurse, code)
    assert f"What happened next (Sun 22 Nov): {DONE}" in nurse.form


@on("slack over http", "postgresql")
async def test_a_report_taken_back_takes_its_answer_with_it_and_can_be_answered_no_more(ward: Ward) -> None:
    nurse, manager = await ward.somebody(), await ward.somebody("U0MANAGER")
    code = await sent(nurse, NAMED)
    await ward.stage.at(TOMORROW)
    await answer(manager)
    assert await all_answers(ward) == [DONE]
    await manager.tap("Answer")
    await choose(nurse, code, "withdraw", "Sun 29 Nov")
    assert await all_answers(ward) == []
    await ward.stage.tick()
    assert DONE not in nurse.told(), "the notice that was still to be sent is gone too"
    await manager.fill({"What happened next?": "Once more"})
    await manager.submit()
    assert "taken back by whoever sent it" in manager.form
    assert await all_answers(ward) == []


@on("slack over http", "sqlite")
async def test_nobody_but_a_manager_may_read_or_answer(ward: Ward) -> None:
    nurse, manager = await ward.somebody(), await ward.somebody("U0MANAGER")
    await sent(nurse, {LINE: RADIO})
    await ward.stage.at(TOMORROW)
    await nurse.command("/huddle reports")
    assert NOT_YOURS in nurse.told()
    assert RADIO not in nurse.told()
    await manager.command("/huddle reports")
    await manager.tap("Answer")
    async with ward.stage.house.store() as session:
        kept = await session.merge(ward.ward)
        kept.managers = ["U0SECOND"]
    await manager.fill({"What happened next?": DONE})
    await manager.submit()
    assert NOT_YOURS in manager.form, "asked again when it is sent"
    assert await all_answers(ward) == []


@on("teams", "postgresql")
async def test_an_identifier_in_an_answer_is_refused(ward: Ward) -> None:
    nurse, manager = await ward.somebody(), await ward.somebody("U0MANAGER")
    await sent(nurse)
    await ward.stage.at(TOMORROW)
    await answer(manager, "Mr Smith has moved to bed 4")
    assert "Mr Smith" in manager.errors["What happened next?"]
    assert await all_answers(ward) == []


@on("slack over http", "sqlite")
async def test_the_digest_has_the_share_of_reports_with_an_answer(ward: Ward) -> None:
    nurse, manager = await ward.somebody(), await ward.somebody("U0MANAGER")
    await ward.stage.at("2026-11-23 12:00")
    await sent(nurse)
    await ward.stage.at("2026-11-24 12:00")
    await answer(manager)
    for command in ("/success", "/report", "/report restrictive"):
        await sent(nurse, command=command)
    await ward.stage.at("2026-11-30 10:00")
    digest = (await nurse.channel()).rpartition("Rowan: the week of")[2]
    assert "1 of 3 (none to answer the week before)" in digest
    leaders = ward.leaders
    assert leaders and ward.stage.workspace
    across = ward.stage.workspace.posts(leaders)[-1].visible
    assert "under 5 (none to answer the week before)" in across
