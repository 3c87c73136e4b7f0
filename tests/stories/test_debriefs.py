"""Debriefs, from outside: offered at one of the ward's own times, people first; what is said stays with the ward."""

from __future__ import annotations

from sqlmodel import select

from bot.handlers.debrief import ASKING, WHEN
from bot.prompts.debrief import EVENTS, NOT_NOW, ONCE_MORE, WAS_HELD
from bot.prompts.library import Library
from bot.store.tables import Debrief
from tests.stories.actors import Actor
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.receipts import choose, sent
from tests.stories.test_stories import MONDAY, hold_huddle

NOT_YET = {"Was a debrief offered?": "Not yet"}
HOW = "Before anything else: how are we?"
TRY, HAPPENED = "What we would try next time", "What happened, in one line"
SHARE = "Post a summary in our own channel"
SAID = {
    HOW: "Somebody needs a break or a drink first",
    "What was building?": ["Waiting for something"],
    HAPPENED: "The lounge was full when the meal came late",
    "What helped?": ["Listening"],
    TRY: "Say early on that the meal is late",
    "Support for the person": ["Asked how they are and what they need"],
    "Support for staff": ["Time off the floor"],
}
SECLUSION = [one for one in Library.load().debriefs.values() if one.event == "seclusion"]
"""What the tally's answers (seated, seclusion) are talked about as."""


async def every_debrief(ward: Ward) -> list[Debrief]:
    async with ward.stage.house.store() as session:
        return list((await session.exec(select(Debrief))).all())


async def offered(ward: Ward, nurse: Actor) -> str:
    """Count something on Sunday evening, and have the debrief offered on Monday morning; the channel."""
    await sent(nurse, NOT_YET, "/report restrictive")
    assert "debrief" not in await nurse.channel(), "time to breathe first"
    await ward.stage.at(MONDAY)
    return await nurse.channel()


async def hold(nurse: Actor, **changes: object) -> None:
    await nurse.fill({**SAID, **changes})
    await nurse.submit()


async def test_a_debrief_is_offered_held_with_people_first_and_stays_with_the_ward(ward: Ward) -> None:
    nurse = await ward.somebody()
    shown = await offered(ward, nurse)
    assert "A debrief, if it would help" in shown and "Nobody has to take part" in shown
    await hold_huddle(nurse)

    await nurse.tap("Hold it")
    item = next(one for one in SECLUSION if one.title in nurse.form)
    words = " ".join(nurse.form.split())
    assert words.index(" ".join(item.wellbeing.split())) < words.index(HOW) < words.index(item.questions[0])
    assert words.index(item.questions[-1]) < words.index("Support for staff") < words.index(item.close.split(".")[0])
    await hold(nurse, **{HAPPENED: "Mr Khan was waiting in the lounge"})
    assert "Mr Khan" in nurse.errors[HAPPENED], "what points to a person is refused before it is kept"
    assert [one.state for one in await every_debrief(ward)] == ["offered"]
    await hold(nurse)
    assert WAS_HELD in nurse.told() and "see to the break first" in nurse.told()

    [kept] = await every_debrief(ward)
    assert (kept.state, kept.event, kept.answers["item"]) == ("held", "seclusion", item.id)
    assert (kept.answers["try"], kept.answers["staff"]) == (SAID[TRY], ["break"])
    shown = await nurse.channel()
    assert f"{item.title}: debrief held" in shown and SAID[TRY] not in shown
    await nurse.tap("What we said")
    assert SAID[TRY] in nurse.told() and "Time off the floor" in nurse.told()

    await ward.stage.at("2026-11-30 09:00")
    await ward.stage.at("2026-11-30 10:00")
    digest = (await nurse.channel()).rpartition("the week of")[2]
    assert "Debriefs held" in digest and "1 of 1 offered" in digest
    everywhere = await nurse.channel() + "".join(await leaders_read(ward))
    assert SAID[TRY] not in everywhere and SAID[HAPPENED] not in everywhere


async def leaders_read(ward: Ward) -> list[str]:
    if ward.stage.workspace and ward.leaders:
        return [one.visible for one in ward.stage.workspace.posts(ward.leaders)]
    if ward.stage.tenant and ward.teams_leaders:
        return [one.visible for one in ward.stage.tenant.posts(ward.teams_leaders)]
    return []


@on("browser", "sqlite")
async def test_a_debrief_that_was_not_offered_yet_follows_its_tally(ward: Ward) -> None:
    nurse = await ward.somebody()
    first = await sent(nurse, NOT_YET, "/report restrictive")
    assert "A debrief will be offered" in nurse.told()
    second = await sent(nurse, None, "/report restrictive")
    assert nurse.told().count("A debrief will be offered") == 1, "it was offered already"
    await choose(nurse, second, "correct", "Mon 23 Nov")
    await nurse.fill(NOT_YET)
    await nurse.submit()
    assert nurse.told().count("A debrief will be offered") == 2
    await choose(nurse, first, "withdraw", "Sun 29 Nov")
    assert len(await every_debrief(ward)) == 1, "it stands for the other one too"
    await choose(nurse, second, "withdraw", "Sun 29 Nov")
    assert await every_debrief(ward) == []
    await ward.stage.at(MONDAY)
    assert "A debrief, if it would help" not in await nurse.channel()


@on("browser", "sqlite")
async def test_what_the_ward_asked_for_stays_when_a_tally_is_taken_back(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, NOT_YET, "/report restrictive")
    await nurse.command("/huddle debrief")
    await nurse.fill({"What was it?": EVENTS["seclusion"], "When?": WHEN[1].label})
    await nurse.submit()
    await choose(nurse, code, "withdraw", "Sun 29 Nov")
    assert [one.state for one in await every_debrief(ward)] == ["offered"]


@on("slack by socket mode", "postgresql")
async def test_not_this_time_is_one_tap_and_nobody_is_asked_again(ward: Ward) -> None:
    nurse = await ward.somebody()
    await offered(ward, nurse)
    taps = nurse.taps
    await nurse.tap("Not this time")
    assert nurse.taps == taps + 1
    shown = await nurse.channel()
    assert NOT_NOW in shown and "Hold it\n" not in shown
    for day in range(24, 30):
        await ward.stage.at(f"2026-11-{day} 07:45")
    assert ONCE_MORE not in await nurse.channel()
    await nurse.tap("Hold it after all")
    await hold(nurse)
    assert [one.state for one in await every_debrief(ward)] == ["held"]
    assert "debrief held" in await nurse.channel()


@on("teams", "sqlite")
async def test_without_an_answer_it_is_asked_once_more_after_three_days_and_then_no_more(ward: Ward) -> None:
    nurse = await ward.somebody()
    await offered(ward, nurse)
    await ward.stage.at("2026-11-26 07:44")
    assert ONCE_MORE not in await nurse.channel()
    await ward.stage.at("2026-11-26 07:45")
    for day in range(27, 31):
        await ward.stage.at(f"2026-11-{day} 07:45")
    assert (await nurse.channel()).count(ONCE_MORE) == 1
    await nurse.tap("Hold it")
    await hold(nurse)
    shown = await nurse.channel()
    assert shown.count(": debrief held") == 2 and ONCE_MORE not in shown, "both offers say what came of it"


@on("browser", "postgresql")
async def test_a_ward_asks_for_one_and_holds_it_at_once_with_other_questions_than_last_time(ward: Ward) -> None:
    nurse = await ward.somebody()
    titles = []
    for _ in range(2):
        await nurse.command("/huddle debrief")
        assert ASKING in nurse.form
        await nurse.fill({"What was it?": "Something that went well"})
        await nurse.submit()
        titles.append(next(one.title for one in Library.load().debriefs.values() if one.title in nurse.form))
        await hold(nurse)
    assert len(set(titles)) == 2
    kept = await every_debrief(ward)
    assert {(one.event, one.state) for one in kept} == {("success", "held")}
    assert "debrief" not in await nurse.channel(), "what they said was for them"


@on("slack over http", "sqlite")
async def test_a_summary_is_posted_in_the_wards_own_channel_only_where_they_tick_it(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/huddle debrief")
    await nurse.fill({"What was it?": "A near miss", "When?": "Offer it to the ward at one of its next times"})
    await nurse.submit()
    assert "It is offered in the ward's channel on Mon 23 Nov at 07:45" in nurse.told()
    await nurse.command("/huddle debrief")
    await nurse.fill({"What was it?": "A near miss", "When?": "Offer it to the ward at one of its next times"})
    await nurse.submit()
    assert "it stands for both" in nurse.told()
    await ward.stage.at(MONDAY)
    await nurse.tap("Hold it")
    second = await ward.somebody("U0SECOND")
    await second.tap("Hold it")
    await hold(nurse, **{SHARE: True})
    assert SAID[TRY] in await nurse.channel()
    assert "".join(await leaders_read(ward)).count(SAID[TRY]) == 0
    await hold(second, **{TRY: "Another thought"})
    assert "Somebody finished this debrief" in second.told() and "Another thought" in second.told()
    [kept] = await every_debrief(ward)
    assert kept.answers["try"] == SAID[TRY]
