"""A channel that is archived, deleted or renamed: the ward is marked, its manager told once, and nothing is lost."""

from __future__ import annotations

import asyncio

import pytest
import structlog
from typer.testing import CliRunner

from bot.cli import app
from bot.store import ledger
from tests.stage import Way
from tests.stories.conftest import Ward


@pytest.fixture(params=["slack over http", "teams"])
def way(request: pytest.FixtureRequest) -> Way:
    """The fronts whose channels can be lost."""
    return request.param


async def wards_list(database_url: str) -> str:
    """What `bot wards list` says."""
    environment = {"DATABASE_URL": database_url, "SECRET_KEY": "a-secret-for-tests"}
    logs = structlog.get_config()
    ran = await asyncio.to_thread(CliRunner().invoke, app, ["wards", "list"], env=environment)
    structlog.configure(**logs)
    assert ran.exit_code == 0, ran.output
    return ran.output


def lose(ward: Ward, *, lost: bool) -> str:
    """Archive the channel, or take the bot out of its team unseen; the platform's word for it."""
    if ward.slack_channel:
        ward.slack_channel.is_archived = lost
        return "is_archived"
    assert ward.teams_channel
    ward.teams_channel.bot = not lost
    return "BotNotInConversationRoster"


async def notices(ward: Ward) -> int:
    """How often the manager was told."""
    house = ward.stage.workspace or ward.stage.tenant
    assert house
    return sum("have stopped" in one.visible for one in house.person("U0MANAGER").private_messages())


async def test_a_lost_channel_marks_its_ward_and_tells_its_manager_once_and_all_goes_on_when_it_is_back(
    ward: Ward, database_url: str
) -> None:
    nurse, _ = await ward.somebody(), await ward.somebody("U0MANAGER")
    await ward.stage.at("2026-11-23 07:45")
    await nurse.tap("Not enough of us")
    reason = lose(ward, lost=True)
    for time in ("11:00", "11:01", "19:45", "19:50"):
        await ward.stage.at(f"2026-11-23 {time}")
        await ward.stage.house.sender.probe()
    assert f"PAUSED: {reason}" in await wards_list(database_url)
    assert await notices(ward) == 1
    before = await nurse.channel()

    lose(ward, lost=False)
    await ward.stage.house.sender.probe()
    assert "PAUSED" not in await wards_list(database_url)
    await ward.stage.at("2026-11-23 20:00")
    assert "Night huddle" in (await nurse.channel()).removeprefix(before), "it was still of use"
    await ward.stage.at("2026-11-24 07:45")
    assert "not enough of us" in await nurse.channel(), "nothing is lost"
    assert await notices(ward) == 1
    async with ward.stage.house.store() as session:
        states = [(one.kind, one.state, one.problem) for one, _ in await ledger.occurrences(session)]
    assert ("reminder", "expired", reason) in states, "what was not posted can be seen"


async def test_a_renamed_channel_changes_nothing(ward: Ward, database_url: str) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 07:45")
    channel = ward.slack_channel or ward.teams_channel
    assert channel
    channel.name = "rowan-and-hazel"
    await nurse.tap("Not enough of us")
    await ward.stage.at("2026-11-23 11:00")
    shown = await nurse.channel()
    assert "not enough of us" in shown and "One small thing" in shown
    assert "PAUSED" not in await wards_list(database_url)
    assert await notices(ward) == 0
