"""Who manages and who leads a ward: chosen in set-up by its managers, from people's own list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.front import Person
from bot.chat.message import Form, People, read
from bot.handlers.draft import Draft
from bot.handlers.setup_save import row_of
from bot.store import wards
from bot.store.tables import Ward as Stored
from tests.stage import Way
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.test_setup import FIRST, sister_of_willow


@pytest.fixture(params=("slack over http", "teams"))
def way(request: pytest.FixtureRequest) -> Way:
    """Where a ward can be set up: a page knows no manager."""
    return request.param


def ids(ward: Ward, *names: str) -> list[str]:
    """These people's ids on this front."""
    stand_in = ward.stage.tenant or ward.stage.workspace
    assert stand_in
    return sorted(stand_in.person(name).id for name in names)


async def stored(ward: Ward, name: str = "Rowan") -> Stored:
    async with ward.stage.house.store() as session:
        found = await wards.ward_named(session, name)
        assert found
        return found


async def test_who_sets_a_ward_up_is_its_manager_and_may_name_others_and_leaders(ward: Ward) -> None:
    sister = await sister_of_willow(ward)
    await sister.command("/huddle setup")
    assert sister.typed("Managers") == ids(ward, "U0SISTER") and not sister.typed("Leaders")
    people = {"Managers": ids(ward, "U0SISTER", "U0NURSE"), "Leaders": ids(ward, "U0MANAGER")}
    await sister.fill(FIRST | {"Shifts": "No shifts: the times below"} | people)
    await sister.submit()
    assert "Managers: 2. Leaders: 1." in sister.form
    await sister.submit()
    willow = await stored(ward, "Willow")
    assert (willow.managers, willow.leaders) == (ids(ward, "U0SISTER", "U0NURSE"), ids(ward, "U0MANAGER"))

    await sister.command("/huddle setup")
    assert sister.typed("Leaders") == ids(ward, "U0MANAGER")
    await sister.fill({"Leaders": []})
    await sister.submit()
    await sister.submit()
    willow = await stored(ward, "Willow")
    assert (len(willow.managers), willow.leaders) == (2, [])


async def test_a_ward_keeps_a_manager_and_others_can_change_nothing(ward: Ward) -> None:
    manager, nurse = await ward.somebody("U0MANAGER"), await ward.somebody()
    await manager.command("/huddle setup")
    await manager.fill({"Managers": ids(ward, "U0SECOND")})
    await manager.submit()
    await manager.submit()
    assert (await stored(ward)).managers == ids(ward, "U0SECOND")
    for who in (manager, nurse):
        await who.command("/huddle setup")
        assert not who.form and "only its managers can change it" in who.told()


def test_there_is_always_a_manager_and_nobody_that_is_no_id() -> None:
    """Whatever a client sends."""
    managers, leaders = People("managers", "Managers", required=True, most=2), People("leaders", "Leaders", most=2)
    form = Form("setup", "Set up", "Next", (managers, leaders))
    for sent, words in (
        ([], "Please choose at least one."),
        (None, "Please choose at least one."),
        (["U1", "U2", "U3"], "Please choose at most 2."),
        (["U1;U2"], "Please choose from the list."),
        (["U1\n"], None),
        (["x" * 101], "Please choose from the list."),
        (["U1", "U1"], None),
    ):
        assert read(form, {"managers": sent})[1].get("managers") == words, sent
    assert read(form, {"managers": ["U1", "U1"]})[0] == {"managers": ("U1",), "leaders": ()}


@on("slack over http", "sqlite")
async def test_managers_whom_a_file_names_by_no_id_do_not_keep_the_form_from_opening(ward: Ward) -> None:
    """Slack opens no form that has somebody chosen whom it does not know."""
    async with ward.stage.house.store() as session:
        found = await wards.ward_by_id(session, ward.ward.key)
        assert found
        found.managers = ["Jane", *found.managers]
    manager = await ward.somebody("U0MANAGER")
    await manager.command("/huddle setup")
    assert manager.typed("Managers") == ["U0MANAGER"]


@on("slack over http", "sqlite")
async def test_a_form_of_an_earlier_version_leaves_the_managers_as_they_are(ward: Ward) -> None:
    """It was opened before an upgrade, and asked for none."""
    async with ward.stage.house.store() as session:
        found = await wards.ward_by_id(session, ward.ward.key)
        assert found
        found.managers = ["U0MANAGER", "U0SECOND"]
        older = replace(Draft.of(found), managers=())
        row, _ = await row_of(session, older, found.channel, Person("slack", "U0SECOND", found.place["workspace"]))
    assert row.managers == ("U0MANAGER", "U0SECOND")
