"""A house with three wards, and people who come to its dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.front import Person
from bot.chat.message import Link
from bot.chat.router import Command, Reply
from bot.store import wards
from bot.store.tables import Ward
from tests.stage import Stage, stage
from tests.web.browser import Browser

ADDRESS = "http://ward.test"
NURSE = Person("slack", "U0NURSE", "T0TRUST")
MANAGER = Person("slack", "U0MANAGER", "T0TRUST")
LEADER = Person("slack", "U0LEAD", "T0TRUST")
HEADING = (
    "name,specialty,front,workspace,channel,leaders_channel,timezone,nation,huddle_times,reminder_time,digest_day,"
    "digest_time,managers,leaders"
)
TIMES = ",,Europe/London,ENG,07:45,11:00,monday,09:00"
WARDS = f"""{HEADING}
Rowan,acute,slack,T0TRUST,C0ROWAN{TIMES},U0MANAGER,U0LEAD
Hazel,acute,slack,T0TRUST,C0HAZEL{TIMES},U0OTHER,U0LEAD;U0MANAGER
Birch,acute,slack,T0OTHER,C0BIRCH{TIMES},U0MANAGER;U0NURSE,
"""


@dataclass
class House:
    """A house with three wards, and what people do in it."""

    stage: Stage
    rowan: Ward
    hazel: Ward
    birch: Ward

    async def link(self, person: Person, ward: Ward | None = None) -> str:
        """The link that a person is given who asks in a ward's channel, or at home. Raises `Problem`."""
        [reply] = await self.stage.house.router.answer(
            Command("huddle", "dashboard", person, ward.channel if ward else None)
        )
        assert isinstance(reply, Reply)
        [link] = [part for part in reply.message.parts if isinstance(part, Link)]
        return link.address

    async def change(self, ward: Ward, **values: object) -> None:
        async with self.stage.house.store() as session:
            found = await wards.ward_by_id(session, ward.key)
            assert found
            for name, value in values.items():
                setattr(found, name, value)

    def later(self, **much: int) -> None:
        self.stage.clock.at += timedelta(**much)

    def browser(self) -> Browser:
        return Browser(self.stage.url)

    async def signed_in(self, person: Person, ward: Ward | None = None) -> Browser:
        browser = self.browser()
        await browser.sign_in(await self.link(person, ward))
        return browser


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with stage("browser", database_url, tmp_path, "2026-11-22 21:00", public_url=ADDRESS) as set_up:
        yield House(set_up, *await set_up.wards(WARDS))
