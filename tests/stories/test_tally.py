"""The tally of a restrictive intervention, from outside: counted, nobody's name, and never the formal record."""

from __future__ import annotations

from sqlmodel import select

from bot.handlers.restrictive import RECORD_ASKS
from bot.prompts.library import Library
from bot.store.incidents import INTERVENTIONS
from bot.store.tables import Debrief, Report
from tests.stories.conftest import Ward
from tests.stories.one_front import on
from tests.stories.receipts import all_reports, choose, come_back, sent
from tests.stories.test_anonymity import everything_in
from tests.stories.test_stories import MONDAY, hold_huddle

NEVER_ASKED = ("Anything else", "Keep me anonymous", "Share with")


async def kept_tally(ward: Ward) -> Report:
    [report] = await all_reports(ward)
    return report


def test_the_record_has_sixteen_things_and_the_list_is_that_of_the_import() -> None:
    assert len(set(RECORD_ASKS)) == 16
    assert [option.value for option in Library.load().pick_lists.used] == list(INTERVENTIONS)


@on("slack over http", "postgresql")
async def test_a_tally_is_stored_without_a_name_and_points_to_the_formal_record(ward: Ward, database_url: str) -> None:
    nurse = await ward.somebody()
    before = await nurse.channel()
    await nurse.command("/report restrictive")
    assert "This is a tally" in nurse.form
    assert "Make the formal record first" in nurse.form and "here only a band and a kind" in nurse.form
    for asked in RECORD_ASKS:
        assert asked in nurse.form
    for words in NEVER_ASKED:
        assert words not in nurse.form
    code = await sent(nurse, command="/report restrictive")
    assert "Please make the formal record now" in nurse.told()
    assert RECORD_ASKS[-1] in nurse.told()
    tally = await kept_tally(ward)
    assert (tally.kind, tally.used, tally.duration) == ("restrictive", ["seated", "seclusion"], "under_15_minutes")
    assert (tally.recorded, tally.debrief, tally.shift_band) == ("not_yet", "yes", "evening")
    assert (tally.reporter, tally.line, tally.added, tally.area, tally.level) == (None, "", "", "", "")
    assert nurse.name not in everything_in(database_url)

    await ward.stage.at("2026-11-23 01:00")
    assert await nurse.channel() == before, "nothing of it is shared"
    await choose(nurse, code, "correct", "Mon 23 Nov")
    await nurse.fill({"Is the formal record made?": "Yes, it is formally recorded"})
    await nurse.submit()
    corrected = await kept_tally(ward)
    assert (corrected.id, corrected.recorded, corrected.used) == (tally.id, "yes", ["seated", "seclusion"])


@on("teams", "sqlite")
async def test_a_tally_takes_no_line_and_can_be_taken_back(ward: Ward) -> None:
    nurse = await ward.somebody()
    code = await sent(nurse, command="/report restrictive")
    await come_back(nurse, code)
    assert "Physical restraint: seated (11) and Seclusion" in nurse.form
    assert "Add a line" not in nurse.form
    await choose(nurse, code, "withdraw", "Sun 29 Nov")
    assert await all_reports(ward) == []


@on("browser", "postgresql")
async def test_the_digest_counts_tallies_in_a_row_of_their_own(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await sent(nurse, {"Is the formal record made?": "Yes, it is formally recorded"}, "/report restrictive")
    assert "make the formal record now" not in nurse.told()
    await ward.stage.at("2026-11-30 09:00")
    digest = (await nurse.channel()).rpartition("the week of")[2]
    assert "Restrictive interventions (tally)\n1 (0 the week before)" in digest
    assert "Near misses\n0 (0 the week before)" in digest


@on("browser", "sqlite")
async def test_something_must_have_been_used(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report restrictive")
    await nurse.submit()
    assert set(nurse.errors) == {
        "What was used?",
        "For how long, all together?",
        "Is the formal record made?",
        "Was a debrief offered?",
    }
    assert await all_reports(ward) == []


@on("slack over http", "postgresql")
async def test_a_tally_whose_kind_is_corrected_offers_the_debrief_that_fits(ward: Ward) -> None:
    nurse = await ward.somebody()
    not_yet = {"Was a debrief offered?": "Not yet", "What was used?": ["Physical restraint: seated (11)"]}
    code = await sent(nurse, not_yet, "/report restrictive")
    assert await events(ward) == ["restraint"]
    await choose(nurse, code, "correct", "Mon 23 Nov")
    await nurse.fill({"What was used?": ["Seclusion"]})
    await nurse.submit()
    assert await events(ward) == ["seclusion"]


async def events(ward: Ward) -> list[str]:
    """What the ward is offered debriefs about."""
    async with ward.stage.house.store() as session:
        return [one.event for one in (await session.exec(select(Debrief))).all()]


@on("slack over http", "postgresql")
async def test_what_happens_after_an_offer_was_posted_gets_a_debrief_of_its_own(ward: Ward) -> None:
    nurse = await ward.somebody()
    not_yet = {"Was a debrief offered?": "Not yet"}
    await sent(nurse, not_yet, "/report restrictive")
    await ward.stage.at("2026-11-23 07:46")
    assert len(await events(ward)) == 1
    await sent(nurse, not_yet, "/report restrictive")
    assert len(await events(ward)) == 2
