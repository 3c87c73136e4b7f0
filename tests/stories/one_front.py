"""A story told on one front and one database, where no other front could tell it differently."""

from __future__ import annotations

from typing import Literal

import pytest

from bot.schedule.planner import sync_schedules
from bot.store import wards
from tests.stage import Way
from tests.stories.conftest import Ward

DAY_AND_NIGHT = ("Long day 07:30-20:00", "Night 19:30-08:00")


def on(way: Way, database: Literal["sqlite", "postgresql"]) -> pytest.MarkDecorator:
    """Tell it there."""
    return pytest.mark.parametrize(("way", "database_url"), [(way, database)], indirect=["database_url"])


async def work_shifts(ward: Ward, *shifts: str) -> None:
    """Let the ward work these shifts."""
    async with ward.stage.house.store() as session:
        found = await wards.ward_by_id(session, ward.ward.key)
        assert found
        found.shifts = list(shifts or DAY_AND_NIGHT)
        await wards.save_ward(session, found)
        await sync_schedules(session, [found], ward.stage.clock())
