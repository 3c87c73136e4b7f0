"""Huddles that nobody answers, four in a row: the ward's manager is asked once whether the time is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.schedule.planner import sync_schedules
from bot.store import ledger, wards
from tests.stage import Way, stage
from tests.stories.actors import Actor
from tests.stories.conftest import Ward

ASKED = "is 07:45 the right time?"


@pytest.fixture(params=["slack over http", "teams"])
def way(request: pytest.FixtureRequest) -> Way:
    """The fronts that have a private place."""
    return request.param


@pytest.fixture
async def ward(way: Way, database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Rowan Ward, a week earlier."""
    async with stage(way, database_url, tmp_path, "2026-11-15 21:00") as set_up:
        rowan = Ward(set_up, way)
        await rowan.open()
        await rowan.somebody("U0MANAGER")  # or the stand-in knows nobody to write to
        yield rowan


def asked(ward: Ward, id: str = "U0MANAGER") -> list[str]:
    """The questions that a person was asked alone."""
    house = ward.stage.workspace or ward.stage.tenant
    assert house
    return [one.visible for one in house.person(id).private_messages() if ASKED in one.visible]


async def mornings(ward: Ward, first: int, last: int) -> None:
    """The huddles of these days of November, and two hours later."""
    for day in range(first, last + 1):
        await ward.stage.at(f"2026-11-{day} 07:45")
        await ward.stage.at(f"2026-11-{day} 09:45")


async def private_tap(ward: Ward, label: str, id: str = "U0MANAGER") -> None:
    """Press a button of what a person was told alone."""
    if workspace := ward.stage.workspace:
        await workspace.person(id).tap(label, workspace.dm(id))
        await workspace.settle()
    elif tenant := ward.stage.tenant:
        await tenant.person(id).tap(label, "private")
        await tenant.settle()


async def times(ward: Ward) -> list[str]:
    async with ward.stage.house.store() as session:
        held = await wards.ward_by_id(session, ward.ward.key)
        assert held
        return held.huddle_times


async def set_times(ward: Ward, *new: str) -> None:
    """Change the ward's times, as setup does."""
    async with ward.stage.house.store() as session:
        held = await wards.ward_by_id(session, ward.ward.key)
        assert held
        held.huddle_times = list(new)
        await wards.save_ward(session, held)
        await sync_schedules(session, [held], ward.stage.clock())


async def told(ward: Ward, id: str = "U0MANAGER") -> str:
    """All that a person was told alone."""
    return (await ward.somebody(id)).told()


async def questions(ward: Ward) -> int:
    """How often managers were asked."""
    async with ward.stage.house.store() as session:
        return sum(one.kind == "missed" and one.state == "sent" for one, _ in await ledger.occurrences(session))


async def test_after_four_missed_in_a_row_the_manager_is_asked_once_and_moves_the_time(ward: Ward) -> None:
    await mornings(ward, 23, 25)
    assert asked(ward) == []
    await mornings(ward, 26, 28)
    assert len(asked(ward)) == 1
    assert asked(ward, "U0NURSE") == []

    await private_tap(ward, "30 minutes later")
    assert "is now at 08:15. The next comes on Sun 29 Nov at 08:15" in await told(ward)
    nurse = await ward.somebody()
    before = (await nurse.channel()).count("Start of day huddle")
    await ward.stage.at("2026-11-29 07:45")
    assert (await nurse.channel()).count("Start of day huddle") == before
    await ward.stage.at("2026-11-29 08:15")
    assert (await nurse.channel()).count("Start of day huddle") == before + 1
    assert await times(ward) == ["08:15", "19:45"]

    await private_tap(ward, "Undo")
    assert await times(ward) == ["07:45", "19:45"]
    assert "30 minutes later" in (await told(ward)).rpartition("is now at 08:15")[2] or ward.way == "slack over http"
    assert await questions(ward) == 1


async def test_it_is_asked_anew_only_after_one_was_answered_or_skipped(ward: Ward) -> None:
    nurse = await ward.somebody()
    await mornings(ward, 16, 19)
    await private_tap(ward, "Keep it")
    assert "stays at 07:45" in await told(ward)
    await mornings(ward, 20, 23)
    assert await questions(ward) == 1, "it was answered"
    await ward.stage.at("2026-11-24 07:45")
    await nurse.tap("Not enough of us")
    await mornings(ward, 25, 27)
    assert await questions(ward) == 1
    await mornings(ward, 28, 28)
    assert await questions(ward) == 2


async def test_a_time_that_setup_changed_meanwhile_stays_as_it_is(ward: Ward) -> None:
    await mornings(ward, 23, 26)
    await set_times(ward, "08:15", "19:45")
    await private_tap(ward, "30 minutes later")
    assert "This time was changed meanwhile: the ward's huddles are at 08:15 and 19:45 now" in await told(ward)

    await set_times(ward, "07:45", "19:45")
    await private_tap(ward, "1 hour later")
    await set_times(ward, "08:15", "19:45")
    await private_tap(ward, "Undo")
    assert await times(ward) == ["08:15", "19:45"]


async def test_only_a_manager_of_the_ward_moves_its_time(ward: Ward) -> None:
    await mornings(ward, 23, 26)
    async with ward.stage.house.store() as session:
        held = await wards.ward_by_id(session, ward.ward.key)
        assert held
        held.managers = ["somebody-else"]
    await private_tap(ward, "1 hour later")
    assert await times(ward) == ["07:45", "19:45"]
    assert "Only this ward's managers can change its times" in await told(ward)


async def test_where_there_is_no_manager_the_channel_is_asked_once(ward: Ward) -> None:
    async with ward.stage.house.store() as session:
        held = await wards.ward_by_id(session, ward.ward.key)
        assert held
        held.managers = []
    nurse: Actor = await ward.somebody()
    await mornings(ward, 23, 28)
    assert (await nurse.channel()).count(ASKED) == 1
    await nurse.tap("1 hour later")
    assert "is now at 08:45" in await nurse.channel()
    assert await times(ward) == ["08:45", "19:45"]
