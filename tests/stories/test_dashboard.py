"""From chat to the dashboard: the link, the session it becomes, and what the ward's roles let people see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import wards
from tests.stage import Way, stage
from tests.stories.actors import InTeams, OnSlack
from tests.stories.conftest import Ward
from tests.stories.one_front import on
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


@on("slack over http", "sqlite")
async def test_the_home_gives_a_link_too(ward: Ward) -> None:
    workspace, manager = ward.stage.workspace, await ward.somebody("U0MANAGER")
    assert workspace and isinstance(manager, OnSlack)
    await manager.person.open_home()
    await workspace.settle()
    await manager.person.tap("Dashboard", "home")
    await workspace.settle()
    browser = Browser(ward.stage.url)
    assert "Rowan: you are its manager" in await browser.sign_in(manager.link(OPEN))
    assert OPEN not in await manager.channel()


@on("teams", "postgresql")
async def test_the_home_in_teams_gives_a_link_too(ward: Ward) -> None:
    nurse = await ward.somebody()
    assert isinstance(nurse, InTeams)
    await nurse.command("/huddle today")
    await nurse.person.say("home")
    await nurse.tap("Dashboard")
    browser = Browser(ward.stage.url)
    assert "Rowan: you are its staff" in await browser.sign_in(nurse.link(OPEN))


@on("teams", "sqlite")
async def test_who_is_nobody_to_any_ward_is_told_where_to_ask(ward: Ward) -> None:
    nurse = await ward.somebody()
    assert isinstance(nurse, InTeams)
    await nurse.person.install()
    await nurse.person.say("huddle dashboard")
    await ward.stage.tick()
    assert "Type @Wardhuddle huddle dashboard in your ward's own channel" in nurse.told()


@on("browser", "sqlite")
async def test_in_a_try_out_the_visitor_is_the_sample_wards_manager(ward: Ward) -> None:
    async with ward.stage.house.store() as session:
        found = await wards.ward_by_id(session, ward.ward.key)
        assert found
        found.sample = True
    visitor, browser = await ward.somebody(), Browser(ward.stage.url)
    await visitor.command("/huddle dashboard")
    assert visitor.link(OPEN).startswith("/dashboard/in/"), "it leads to wherever the visitor is"
    assert "Rowan: you are its manager" in await browser.sign_in(visitor.link(OPEN))
