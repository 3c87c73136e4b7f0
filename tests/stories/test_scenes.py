"""The scenes, from outside: it comes, is answered in private, and only counts are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
import logging

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot.prompts.library import Scenario
from bot.store import ledger, scenarios
from bot.store.tables import Occurrence, ReminderAnswer, ScenarioAnswer
from tests.parity.drawn import folded
from tests.stage import LONDON
from tests.stories.conftest import Ward
from tests.stories.test_anonymity import everything_in

FRIDAY = "2026-11-27 13:00"
TITLE = "A scene to think through"


async def scene_of(ward: Ward) -> tuple[Occurrence, Scenario]:
    """The latest scene that the ward was sent."""
    async with ward.stage.house.store() as session:
        sent = [one for one, _ in await ledger.occurrences(session, states=("sent",)) if one.kind == "scenario"]
    return sent[-1], ward.stage.house.supplies.library.scenarios[sent[-1].item or ""]


def label(item: Scenario, *, safe: bool) -> str:
    """The button of a choice that is safe, or is not."""
    number = next(number for number, choice in enumerate(item.choices) if choice.safe is safe)
    return f"Choose {'ABCD'[number]}"


async def test_the_weekly_scene_comes_two_hours_after_fridays_reminder_and_once(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-27 12:59")
    assert TITLE not in await nurse.channel()
    assert await ward.stage.at(FRIDAY) == 1
    assert await ward.stage.tick() == 0

    channel = folded(await nurse.channel())
    _, item = await scene_of(ward)
    assert channel.count(TITLE) == 1
    for words in (item.scene, "What would you do first?", *(choice.text for choice in item.choices)):
        assert folded(words) in channel
    assert "only how many chose what is kept" in channel
    assert "not accredited training" in channel.partition(TITLE)[2]


async def test_a_choice_is_answered_in_private_in_one_tap_with_feedback_on_all(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(FRIDAY)
    _, item = await scene_of(ward)
    before, taps = await nurse.channel(), nurse.taps

    await nurse.tap(label(item, safe=True))

    assert nurse.taps == taps + 1
    told = folded(nurse.told())
    chosen = next(choice for choice in item.choices if choice.safe)
    rests = f"Consistent with: {chosen.source_names}."
    assert folded(f"You chose: {chosen.text} {chosen.feedback} {rests} And the others:") in told
    for choice in item.choices:
        assert folded(choice.text) in told
        assert folded(choice.feedback) in told
        assert choice is chosen or folded(f"({choice.source_names})") in told
    assert "Not accredited training" in told
    assert await nurse.channel() == before, "nobody else sees it"


async def test_an_unsafe_choice_is_answered_kindly_too(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(FRIDAY)
    occurrence, item = await scene_of(ward)
    before = await nurse.channel()

    await nurse.tap(label(item, safe=False))

    told = folded(nurse.told()).lower()
    chosen = next(choice for choice in item.choices if not choice.safe)
    assert folded(f"You chose: {chosen.text} {chosen.feedback}").lower() in told
    assert [word for word in ("you were wrong", "incorrect", "unsafe", "your mistake", "score") if word in told] == []
    assert await nurse.channel() == before
    async with ward.stage.house.store() as session:
        [showing] = await scenarios.showings(session, ward.ward.key)
    assert (showing.item, showing.on, showing.safe, showing.unsafe) == (item.id, occurrence.local_date, 0, 1)


async def test_only_the_first_choice_of_a_person_counts_and_only_counts_are_kept(
    ward: Ward, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    nurse, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(FRIDAY)
    occurrence, item = await scene_of(ward)
    safe, unsafe = label(item, safe=True), label(item, safe=False)
    with capture_logs() as logged:
        for button in (safe, unsafe, safe):
            await nurse.tap(button)
        await second.tap(unsafe)

    for choice in item.choices:
        assert folded(choice.feedback) in folded(nurse.told()), "looking at the others is welcome"
    async with ward.stage.house.store() as session:
        kept = (await session.exec(select(ScenarioAnswer))).all()
        [showing] = await scenarios.showings(session, ward.ward.key)
    assert sorted((one.choice, one.safe, one.count) for one in kept) == sorted(
        ("ABCD".index(button[-1]), button == safe, 1) for button in (safe, unsafe)
    )
    assert {one.occurrence_id for one in kept} == {occurrence.key}
    assert (showing.safe, showing.unsafe) == (1, 1)

    assert nurse.name != second.name and len(nurse.name) > 6
    database = everything_in(database_url)
    assert item.id in database, "the search sees what is stored"
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpcore", "httpx"))]
    for name in (nurse.name, second.name):
        assert name not in database
        assert name not in "\n".join((*map(str, logged), *ours))


async def test_a_scene_that_was_withdrawn_meanwhile_is_said_to_be(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(FRIDAY)
    _, item = await scene_of(ward)
    monkeypatch.delitem(ward.stage.house.supplies.library.scenarios, item.id)

    await nurse.tap("Choose A")

    assert "This scene has been withdrawn from the library since it was sent." in nurse.told()
    async with ward.stage.house.store() as session:
        assert (await session.exec(select(ScenarioAnswer))).all() == []


async def test_an_old_button_of_a_rewritten_scene_means_the_words_that_were_read(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its choices may stand in another order now, or one may be gone: nobody is told what they did not choose."""
    nurse = await ward.somebody()
    await ward.stage.at(FRIDAY)
    occurrence, item = await scene_of(ward)
    gone, kept, *others = item.choices
    reworded = gone.model_copy(update={"text": "Ask a colleague what they would do"})
    anew = item.model_copy(update={"choices": (kept, *others, reworded)})
    monkeypatch.setitem(ward.stage.house.supplies.library.scenarios, item.id, anew)

    await nurse.tap("Choose A")
    assert "This scene has been rewritten since it was sent, so that choice is not in it any more." in nurse.told()
    await nurse.tap("Choose B")
    assert folded(f"You chose: {kept.text} {kept.feedback}") in folded(nurse.told())

    async with ward.stage.house.store() as session:
        [counted] = (await session.exec(select(ScenarioAnswer))).all()
    assert (counted.occurrence_id, counted.choice, counted.safe, counted.count) == (occurrence.key, 0, kept.safe, 1)


async def test_an_answer_two_weeks_late_is_answered_kindly_and_not_counted(ward: Ward) -> None:
    """By then it is forgotten who has answered, and a second answer would count as a first. Reminders are the same."""
    nurse, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at("2026-11-27 11:00")
    await ward.stage.at(FRIDAY)
    _, item = await scene_of(ward)
    chosen = next(choice for choice in item.choices if choice.safe)

    for after, told in (("11:00", "only a first answer counts. Thank you."), ("13:00", chosen.feedback)):
        button = label(item, safe=True) if after == "13:00" else "Useful"
        ward.stage.clock.at = datetime.fromisoformat(f"2026-12-11 {after}").replace(tzinfo=LONDON)
        ward.stage.clock.at -= timedelta(minutes=1)
        await nurse.tap(button)
        ward.stage.clock.at += timedelta(minutes=1)
        await second.tap(button)
        assert folded(told) in folded(second.told())

    async with ward.stage.house.store() as session:
        useful = (await session.exec(select(ReminderAnswer.count))).all()
        safe = (await session.exec(select(ScenarioAnswer.count))).all()
    assert (useful, safe) == ([1], [1]), "the nurse's, who was in time"


async def test_next_week_a_scene_comes_back_and_counts_anew(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(FRIDAY)
    _, item = await scene_of(ward)
    await nurse.tap(label(item, safe=True))
    await ward.stage.at("2026-12-04 13:00")
    assert (await scene_of(ward))[1] == item, "after a week, the first time"
    await nurse.tap(label(item, safe=True))
    async with ward.stage.house.store() as session:
        assert [(one.safe, one.unsafe) for one in await scenarios.showings(session, ward.ward.key)] == [(1, 0), (1, 0)]
    await ward.stage.at("2026-12-11 13:00")
    assert (await scene_of(ward))[1] != item
