"""A note on the ward's charts, from chat: kept for today, checked first, and taken back by whoever may."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.chat.front import Person
from bot.chat.router import Command, Problem, Reply, Submit, Tap
from bot.store import marks
from bot.store.tables import Mark
from tests.stories.actors import OnSlack
from tests.stories.conftest import Ward
from tests.stories.one_front import on

TODAY = date(2026, 11, 22)
WHAT = "What changed?"


async def kept(ward: Ward) -> list[Mark]:
    async with ward.stage.house.store() as session:
        return list(await marks.of_wards(session, [ward.ward.key]))


async def test_a_note_is_kept_for_today_once_and_taken_back_by_its_author(ward: Ward) -> None:
    nurse = await ward.somebody()
    for _ in range(2):
        await nurse.command("/huddle mark")
        await nurse.fill({WHAT: "sensory room opened"})
        await nurse.submit()
    [mark] = await kept(ward)
    assert (mark.day, mark.text, mark.rebases) == (TODAY, "sensory room opened", [])
    assert "From Sun 22 Nov on, this ward's charts say: sensory room opened." in nurse.told()
    assert "say so at Sun 22 Nov already" in nurse.told()

    if ward.way == "browser":
        await nurse.command("/huddle mark")
        await nurse.fill({WHAT: "new rota"})
        await nurse.submit()
    else:
        await nurse.command("/huddle mark new rota")
    await nurse.tap("Take it back")
    assert "Taken back: new rota" in nurse.told()
    assert [one.text for one in await kept(ward)] == ["sensory room opened"]


async def test_a_note_that_points_to_somebody_is_not_kept(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/huddle mark")
    await nurse.fill({WHAT: "Mr Smith moved to bed 4"})
    await nurse.submit()
    assert "Please take out “Mr Smith” (name)" in nurse.form
    assert not await kept(ward)


@on("slack over http", "postgresql")
async def test_a_note_may_be_typed_behind_the_command(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command('/huddle mark "sensory room opened"')
    await nurse.command("/huddle mark tea & talk at four")
    assert [one.text for one in await kept(ward)] == ["sensory room opened", "tea & talk at four"]
    assert "sensory room" not in await nurse.channel()

    for words, said in (
        ("Mr Smith moved", "Please take out"),
        ("x" * 81, "Please keep it to 80 characters; this is 81. Nothing was kept."),
    ):
        await nurse.command(f"/huddle mark {words}")
        assert said in nurse.told()
    assert "Mr Smith" not in nurse.told(), "the answer does not hold what it asks to take out"
    assert len(await kept(ward)) == 2


@on("teams", "sqlite")
async def test_a_ward_notes_no_more_than_fits_a_day(ward: Ward) -> None:
    nurse = await ward.somebody()
    for n in range(6):
        await nurse.command(f"/huddle mark change number {n}")
    assert "There are 5 notes at that day already" in nurse.told()
    assert len(await kept(ward)) == 5
    ward.stage.clock.at = ward.stage.clock.at.replace(day=23)
    await nurse.command("/huddle mark change number 6")
    assert [one.day for one in await kept(ward)][-1] == date(2026, 11, 23)


@on("slack over http", "sqlite")
async def test_a_ward_notes_no_more_than_can_be_read(ward: Ward) -> None:
    def older(many: int, weeks: int) -> list[Mark]:
        texts = (f"change {weeks} {nth}" for nth in range(many))
        return [
            Mark(ward_id=ward.ward.key, day=TODAY - timedelta(weeks=weeks), text=one, by="slack:U") for one in texts
        ]

    async with ward.stage.house.store() as session:
        session.add_all([*older(59, 100), *older(30, 106)])
    nurse = await ward.somebody()
    await nurse.command("/huddle mark quiet room opened")
    assert "this ward's charts say: quiet room opened" in nurse.told()
    await nurse.command("/huddle mark new rota")
    assert "This ward's charts have 60 notes already" in nurse.told() and "can remove it" in nurse.told()
    assert len(await kept(ward)) == 90, "what is older than the charts is not counted"
    await nurse.tap("Take it back")
    await nurse.command("/huddle mark new rota")
    assert "this ward's charts say: new rota" in nurse.told()


@on("slack over http", "sqlite")
async def test_a_manager_may_take_any_note_back_and_others_only_their_own(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/huddle mark sensory room opened")
    [mark] = await kept(ward)
    workspace = ward.ward.place["workspace"]

    async def taken_back_by(id: str, workspace: str = workspace, front: str = "slack") -> str:
        try:
            [said] = await ward.stage.house.router.answer(
                Tap("mark_undo", str(mark.id), Person(front, id, workspace), ward.ward.channel)
            )
        except Problem as problem:
            return problem.words
        assert isinstance(said, Reply)
        return said.message.summary

    assert "Only whoever wrote this note" in await taken_back_by("U0SECOND")
    assert "Only whoever wrote this note" in await taken_back_by("U0NURSE", "T0OTHER")
    assert "Only whoever wrote this note" in await taken_back_by("U0MANAGER", front="teams")
    async with ward.stage.house.store() as session:
        session.add(mark)
        mark.rebases = ["near_misses"]
    assert "only a manager of its ward" in await taken_back_by("U0NURSE"), "its limits start anew there"
    for value in ("²", "٣", "9" * 10, "9" * 40, "9" * 5_000, "-1", f"{mark.id} ", ""):
        with pytest.raises(Problem, match="taken back already"):
            await ward.stage.house.router.answer(
                Tap("mark_undo", value, Person("slack", "U0MANAGER", workspace), ward.ward.channel)
            )
    assert "Taken back" in await taken_back_by("U0MANAGER")
    assert "taken back already" in await taken_back_by("U0NURSE")
    assert not await kept(ward)


@on("slack over http", "sqlite")
async def test_only_people_of_the_wards_own_workspace_write_on_its_charts(ward: Ward) -> None:
    """In a channel that is shared with another organisation there are others too, and a form's ward is a hint."""
    guest, context = Person("slack", "U0NURSE", "T0OTHER"), {"ward": str(ward.ward.key)}
    for event in (
        Command("huddle", "mark new rota", guest, ward.ward.channel),
        Submit("mark", context, {"text": "new rota"}, guest, "once"),
    ):
        with pytest.raises(Problem, match="people of this ward's own organisation"):
            await ward.stage.house.router.answer(event)
    assert not await kept(ward)


@on("teams", "sqlite")
async def test_what_can_not_be_seen_is_not_kept(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/huddle mark rota\u202e \u200bnew\x07 \u2069\ufeff👍")
    assert [one.text for one in await kept(ward)] == ["rota new 👍"]
    await nurse.command("/huddle mark 943\u200b476\u200b5919")
    assert "Please take out" in nurse.told()
    for nothing in ("\u200b", "\u2800", "\u3164", "\u0301"):
        await nurse.command(f"/huddle mark {nothing}")
        assert "Please fill this in. Nothing was kept." in nurse.told()
    assert len(await kept(ward)) == 1


@on("slack over http", "postgresql")
async def test_it_is_taken_back_in_the_place_of_the_form_too(ward: Ward) -> None:
    nurse = await ward.somebody()
    assert isinstance(nurse, OnSlack) and ward.stage.workspace
    await nurse.command("/huddle mark")
    await nurse.fill({WHAT: "new rota"})
    await nurse.person.submit()
    await nurse.person.tap("Take it back", "view")
    await ward.stage.workspace.settle()
    assert "Taken back: new rota" in nurse.person.view_text() + nurse.told()
    assert not await kept(ward)
