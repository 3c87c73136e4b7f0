"""From chat to the dashboard: the link, the session it becomes, and what the ward's roles let people see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stage import Way, stage
from tests.stories.conftest import Ward
from tests.web.browser import Browser

ADDRESS = "http://ward.test"
OPEN = "Open the dashboard"


@pytest.fixture
async def ward(way: Way, database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Rowan Ward, where people's browsers reach us."""
    async with stage(way, database_url, tmp_path, "2026-11-22 21:00", public_url=ADDRESS) as set_up:
        rowan = Ward(set_up, way)
        await rowan.open()
        yield rowan


async def test_staff_come_by_a_link_that_only_they_are_given(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/huddle dashboard")
    link = nurse.link(OPEN)
    assert "works once" in nurse.told() and "for you alone" in nurse.told()
    assert OPEN not in await nurse.channel() and link not in await nurse.channel()
    browser = Browser(ward.stage.url)
    assert "Sign in to the dashboard" in await browser.open(link)
    assert "Rowan: you are its staff" in await browser.press("Sign in")
    assert "You are signed out" in await browser.press("Sign out")
    assert "Please sign in from chat" in await browser.open("/dashboard/")
