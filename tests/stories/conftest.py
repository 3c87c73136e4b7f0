"""Each story is told on every front, over both databases: one list, whatever people come by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest

from tests.slack_workspace import Channel
from tests.stage import Stage, Way, stage
from tests.stories.actors import Actor, AtThePage, InTeams, OnSlack
from tests.teams_tenant import Conversation

COLUMNS = (
    "name,specialty,front,workspace,channel,leaders_channel,timezone,nation,"
    "huddle_times,reminder_time,digest_day,digest_time,managers"
)
TIMES = "Europe/London,ENG,07:45;19:45,11:00,monday,09:00"


class Ward:
    """A ward of a story, its stage, and the people on it."""

    def __init__(self, stage: Stage, way: Way) -> None:
        self.stage = stage
        self.way = way
        self.slack_channel: Channel | None = None
        self.leaders: Channel | None = None
        self.teams_channel: Conversation | None = None
        self.teams_leaders: Conversation | None = None

    async def open(self) -> None:
        """Set up Rowan Ward on this front."""
        workspace, tenant, manager = self.stage.workspace, self.stage.tenant, "U0MANAGER"
        if tenant:
            manager = tenant.person(manager).id
            members = [tenant.person(name) for name in ("U0NURSE", "U0SECOND", "U0MANAGER")]
            self.teams_channel = tenant.channel("rowan", id="19:rowan@thread.tacv2", members=members)
            self.teams_leaders = tenant.channel("leaders", id="19:leaders@thread.tacv2", members=members[2:])
            where = f"teams,{tenant.tenant_id},{self.teams_channel.id},{self.teams_leaders.id}"
        elif workspace:
            self.slack_channel = workspace.channel("rowan", id="C0ROWAN", members=["U0NURSE", "U0SECOND", "U0MANAGER"])
            self.leaders = workspace.channel("leaders", id="C0LEADERS", members=["U0MANAGER"])
            where = f"slack,{workspace.team_id},C0ROWAN,C0LEADERS"
        else:
            where = "browser,,,leaders"
        [self.ward] = await self.stage.wards(f"{COLUMNS}\nRowan,mental_health,{where},{TIMES},{manager}\n")

    async def somebody(self, id: str = "U0NURSE") -> Actor:
        """A member of staff of this ward."""
        if self.stage.workspace and self.slack_channel:
            return OnSlack(self.stage.workspace, self.stage.workspace.person(id), self.slack_channel)
        if self.stage.tenant and self.teams_channel:
            return InTeams(self.stage.tenant, self.stage.tenant.person(id), self.teams_channel)
        visitor = AtThePage(self.stage.url, f"/ward/{self.ward.place['page']}")
        await visitor.open()
        return visitor


def words_read(digest: str) -> int:
    """How many words it has, beside what says the same as its picture."""
    lines = digest.partition("Show the figures")[0].splitlines()
    return sum(len(line.split()) for line in lines if "Line chart of" not in line)


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
