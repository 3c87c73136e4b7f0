"""Actions, from outside: carried until they are closed, dropped with a reason, or a week old."""

from __future__ import annotations

from bs4 import BeautifulSoup
import pytest

from bot.store.tables import Action
from tests.stories.actors import AtThePage
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.test_stories import MONDAY, hold_huddle

QUIET_HOUR = "Offer a quiet hour after lunch"
LATEST = "Start of day huddle"


async def kept(ward: Ward) -> Action:
    """The one action of the first huddle."""
    async with ward.stage.house.store() as session:
        found = await session.get(Action, 1)
        assert found
        return found


async def test_an_action_that_is_not_needed_is_dropped_with_a_reason_and_that_can_be_undone(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-24 07:45")
    await nurse.tap("Not needed")
    assert f"Why is it not needed? {QUIET_HOUR}" in nurse.told()
    assert (await kept(ward)).closed_on is None, "asking is not closing"
    await nurse.tap("It was done another way")

    assert "Closed, thank you: it was done another way" in nurse.told()
    assert QUIET_HOUR not in (await nurse.channel()).rpartition(LATEST)[2]
    action = await kept(ward)
    assert (action.outcome, action.reason) == ("dropped", "other_way")

    await nurse.tap("Undo")
    assert QUIET_HOUR in (await nurse.channel()).rpartition(LATEST)[2]
    assert (await kept(ward)).reason is None


@pytest.mark.parametrize(
    ("way", "database_url"),
    [("slack over http", "sqlite"), ("teams", "postgresql"), ("browser", "sqlite")],
    indirect=["database_url"],
)
async def test_who_did_it_is_kept_only_where_they_say_so(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await nurse.tap("Done")
    assert (await kept(ward)).reason is None
    await nurse.tap("Say who did it")
    await nurse.fill({"A name or role, if you want it known": "for patient in bed 4"})
    await nurse.submit()
    assert nurse.errors
    await nurse.fill({"A name or role, if you want it known": "Activity worker"})
    await nurse.submit()
    assert "(Nurse in charge), done by Activity worker" in (await nurse.channel()).rpartition(LATEST)[2]
    await nurse.command("/huddle today")
    assert "done by Activity worker" in nurse.told()


@on("slack over http", "sqlite")
async def test_an_action_is_carried_for_seven_days(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-29 07:45")
    assert QUIET_HOUR in (await nurse.channel()).rpartition(LATEST)[2]
    await ward.stage.at("2026-11-30 07:45")
    assert QUIET_HOUR not in (await nurse.channel()).rpartition(LATEST)[2]


@pytest.mark.parametrize("again", ["Done", "Not needed"])
@on("teams", "postgresql")
async def test_an_action_closed_elsewhere_says_so_where_it_still_seemed_open(ward: Ward, again: str) -> None:
    nurse, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-24 07:45")
    await nurse.tap("Done")
    assert QUIET_HOUR in await nurse.channel(), "Monday's summary is as it was"

    await second.tap(again)  # on Monday's summary: Tuesday's prompt has it no more
    assert "Somebody had seen to this already: done on Tue 24 Nov" in second.told()
    assert (await nurse.channel()).count("Not needed") == 0
    assert (await kept(ward)).outcome == "done"


@on("browser", "sqlite")
async def test_the_wards_page_shows_open_actions_first_and_closes_them_there(ward: Ward) -> None:
    nurse = await ward.somebody()
    assert isinstance(nurse, AtThePage)
    assert await board(nurse) == ""
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-24 07:45")
    assert f"{QUIET_HOUR} (Nurse in charge, Mon 23 Nov)" in await board(nurse)

    await nurse.open()
    await nurse.tap("Done")  # the first on the page
    assert await board(nurse) == ""
    assert QUIET_HOUR not in (await nurse.channel()).rpartition(LATEST)[2], "nor is it on the newest prompt"
    await nurse.tap("Undo")
    assert QUIET_HOUR in await board(nurse)


async def board(nurse: AtThePage) -> str:
    """What stands above the messages."""
    page = BeautifulSoup((await nurse._http.get(nurse._page)).text, "html.parser")
    found = page.select_one("#open-actions")
    if found:
        assert page.text.index("Open actions") < page.text.index("Start of day huddle")
    return found.get_text("\n", strip=True) if found else ""


@on("slack by socket mode", "postgresql")
async def test_an_old_action_can_be_opened_again_but_is_not_carried(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await nurse.tap("Done")
    await ward.stage.at("2026-11-30 07:00")
    await nurse.tap("Undo")
    assert "more than a week old" in nurse.told()
