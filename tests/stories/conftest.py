"""Each story is told on every front, over both databases: one list, whatever people come by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest

from tests.slack_workspace import Channel
from tests.stage import Stage, Way, stage
from tests.stories.actors import Actor, AtThePage, OnSlack

COLUMNS = (
    "name,specialty,front,workspace,channel,leaders_channel,timezone,nation,"
    "huddle_times,reminder_time,digest_day,digest_time,managers"
)
TIMES = "Europe/London,ENG,07:45;19:45,11:00,monday,09:00,U0MANAGER"


class Ward:
    """A ward of a story, its stage, and the people on it."""

    def __init__(self, stage: Stage, way: Way) -> None:
        self.stage = stage
        self.way = way
        self.slack_channel: Channel | None = None
        self.leaders: Channel | None = None

    async def open(self) -> None:
        """Set up Rowan Ward on this front."""
        workspace = self.stage.workspace
        if workspace:
            self.slack_channel = workspace.channel("rowan", id="C0ROWAN", members=["U0NURSE", "U0SECOND", "U0MANAGER"])
            self.leaders = workspace.channel("leaders", id="C0LEADERS", members=["U0MANAGER"])
            where = f"slack,{workspace.team_id},C0ROWAN,C0LEADERS"
        else:
            where = "browser,,,leaders"
        [self.ward] = await self.stage.wards(f"{COLUMNS}\nRowan,mental_health,{where},{TIMES}\n")

    async def somebody(self, id: str = "U0NURSE") -> Actor:
        """A member of staff of this ward."""
        if self.stage.workspace and self.slack_channel:
            return OnSlack(self.stage.workspace, self.stage.workspace.person(id), self.slack_channel)
        visitor = AtThePage(self.stage.url, self.ward)
        await visitor.open()
        return visitor


@pytest.fixture(params=get_args(Way))
def way(request: pytest.FixtureRequest) -> Way:
    """The front that people come by."""
    return request.param


@pytest.fixture
async def ward(way: Way, database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Rowan Ward on the evening of Sunday 22 November 2026, its first prompt still to come."""
    async with stage(way, database_url, tmp_path, "2026-11-22 21:00") as set_up:
        rowan = Ward(set_up, way)
        await rowan.open()
        yield rowan
