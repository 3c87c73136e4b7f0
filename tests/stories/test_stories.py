"""What people do on a ward and what comes of it, from outside: on Slack (both ways in) and in the browser."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.prompts.reminder import unwanted_by
from bot.store import figures, reminders, reports
from bot.store.tables import Report
from tests.parity.drawn import folded
from tests.stories.actors import Actor
from tests.stories.conftest import Ward, words_read

MONDAY = "2026-11-23 07:45"
HUDDLE = {
    "Staffing and skill mix": "Short, and some new to the ward",
    "What went well overnight?": ["People rested well"],
    "What around us may unsettle people today?": ["Noise", "Building work or repairs"],
    "What between people may unsettle them today?": ["Ward round or meeting today"],
    "Has everyone read the support sheets?": "Yes, all of us",
    "One thing we will do to prevent distress": "Offer a quiet hour after lunch",
    "Which role will see to it?": "Nurse in charge",
    "Who leads if someone becomes distressed?": "Named nurse",
    "Is anyone worried about anything?": "Yes: we will talk about it now, face to face",
}
CLOSE = {
    "Did we do what we agreed earlier?": "Partly, we will carry on",
    "One thing we will do before or at handover": "Offer one calm activity before supper",
    "Which role will see to it?": "Named nurse",
    "Is anyone worried about anything?": "No",
}
REPORT = {
    "Roughly where?": "Dining area",
    "What was building?": ["Noise or crowding"],
    "What helped?": ["A quiet place"],
    "How did it settle?": "Prevention: it settled early",
}


async def kept_reports(ward: Ward) -> list[Report]:
    async with ward.stage.house.store() as session:
        today = ward.stage.clock().date()
        return list(await reports.reports_between(session, [ward.ward.key], today - timedelta(days=9), today))


async def hold_huddle(somebody: Actor, **changes: object) -> None:
    await somebody.tap("Start huddle")
    await somebody.fill(HUDDLE | changes)
    await somebody.submit()


async def test_a_huddle_is_prompted_held_and_shown(ward: Ward) -> None:
    nurse = await ward.somebody()
    assert await ward.stage.at("2026-11-23 07:44") == 0
    assert await ward.stage.at(MONDAY) == 1
    assert "Start of day huddle" in await nurse.channel()

    await hold_huddle(nurse)

    shown = await nurse.channel()
    assert "Start of day huddle: held" in shown
    for said in ("Short, and some new to the ward", "Building work or repairs", "Offer a quiet hour after lunch"):
        assert said in shown
    assert "Someone is worried" in shown
    assert "Start huddle" not in shown, "the prompt has become the summary"
    assert "Thank you" in nurse.told()


async def test_yesterdays_open_actions_come_first_until_they_are_closed(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-24 07:45")

    prompt = (await nurse.channel()).rpartition("Start of day huddle")[2]
    assert "Offer a quiet hour after lunch (Nurse in charge, Mon 23 Nov)" in prompt
    assert prompt.index("Offer a quiet hour") < prompt.index("Start huddle")

    await nurse.tap("Done")
    assert "Offer a quiet hour" not in (await nurse.channel()).rpartition("Start of day huddle")[2]
    async with ward.stage.house.store() as session:
        [done] = await figures.actions_done(session, [ward.ward.key], *[ward.stage.clock().date()] * 2)
        assert done.number == 1


async def test_closing_an_action_can_be_undone(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-24 07:45")
    await nurse.tap("Done")
    await nurse.tap("Undo")
    assert "Offer a quiet hour" in (await nurse.channel()).rpartition("Start of day huddle")[2]


async def test_a_huddle_is_skipped_in_one_tap_and_undone_in_another(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    before = nurse.taps
    await nurse.tap("Too busy on the floor")
    assert nurse.taps == before + 1
    assert "not this time" in await nurse.channel()
    assert "The reason given: too busy on the floor. Thank you for saying so" in await nurse.channel()

    await nurse.tap("Undo")
    assert "Start huddle" in await nurse.channel()


async def test_a_skipped_huddle_can_still_be_held(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await nurse.tap("Not enough of us")
    await nurse.tap("Hold it after all")
    await nurse.fill(HUDDLE)
    await nurse.submit()
    assert "Start of day huddle: held" in await nurse.channel()


async def test_a_huddle_needs_an_action_and_says_so_at_the_field(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await nurse.tap("Start huddle")
    without = {label: answer for label, answer in HUDDLE.items() if not label.startswith("One thing")}
    await nurse.fill(without)
    await nurse.submit()
    assert "choose one thing to do" in nurse.errors["One thing we will do to prevent distress"]

    await nurse.fill({"Or in your own words": "Tea with whoever is up early <!channel> *now*"})
    await nurse.submit()
    assert "Tea with whoever is up early <!channel> *now* (Nurse in charge)" in await nurse.channel()
    if ward.stage.workspace:
        assert not [one for one in ward.stage.workspace.messages if one.mentions], "it mentions nobody"


async def test_two_people_who_answer_at_once_both_keep_their_answers(ward: Ward) -> None:
    first, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(MONDAY)
    await first.tap("Start huddle")
    await second.tap("Start huddle")
    await first.fill(HUDDLE)
    await second.fill(
        HUDDLE
        | {
            "What around us may unsettle people today?": ["Too hot or too cold"],
            "One thing we will do to prevent distress": "Start one activity before mid-morning",
            "Is anyone worried about anything?": "No",
        }
    )
    await first.submit()
    await second.submit()

    shown = await first.channel()
    for said in ("Noise", "Too hot or too cold", "Offer a quiet hour after lunch", "Start one activity", "is worried"):
        assert said in shown
    assert "your answers were added" in second.told()


async def test_changing_a_huddle_replaces_what_was_said(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await nurse.tap("Add or change")
    await nurse.fill({"One thing we will do to prevent distress": "Start one activity before mid-morning"})
    await nurse.submit()
    shown = await nurse.channel()
    assert "Start one activity before mid-morning" in shown
    assert "Offer a quiet hour" not in shown
    assert "Building work or repairs" in shown, "what was not changed stays"


async def test_a_huddle_can_be_started_beside_the_plan(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 16:30")  # too late for the morning's prompt
    assert "Start huddle" not in await nurse.channel()
    await nurse.command("/huddle")
    await nurse.fill(CLOSE)
    await nurse.submit()
    await ward.stage.tick()
    assert "Close of day huddle: held" in await nurse.channel()


async def test_a_reminder_comes_each_day_and_is_answered_in_one_tap(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 11:00")
    assert "One small thing for today" in await nurse.channel()
    assert "not accredited training" in await nurse.channel()

    before = nurse.taps
    await nurse.tap("Useful")
    assert nurse.taps == before + 1
    assert "Thank you" in nurse.told()

    await nurse.tap("Tell me more")
    assert "Consistent with:" in nurse.told()


async def test_a_near_miss_takes_six_taps_and_gives_something_back(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")
    opening = 1 if ward.stage.workspace else 0  # typing /report; a button or menu entry is counted already
    await nurse.fill(REPORT)
    await nurse.submit()
    assert nurse.taps + opening <= 6

    assert "with no trace of who you are" in nurse.told()
    assert "None here in the 4 weeks before today with noise or crowding" in nurse.told()
    assert "record it in your incident system" in nurse.told()
    [report] = await kept_reports(ward)
    assert (report.kind, report.area, report.building, report.level) == ("near_miss", "dining", ["noise"], "prevention")
    assert report.reporter is None
    assert (report.shift_band, report.recorded) == ("evening", "not_yet")


async def test_the_next_report_hears_what_helped_before(ward: Ward) -> None:
    nurse = await ward.somebody()
    for time in ("2026-11-23 11:00", "2026-11-24 11:00"):
        await ward.stage.at(time)
        await nurse.command("/report")
        await nurse.fill(REPORT)
        await nurse.submit()
    assert "1 report with noise or crowding. What helped most then: a quiet place" in nurse.told()


async def test_the_channel_hears_of_a_report_only_where_the_reporter_wants_it_and_not_at_once(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/success")
    await nurse.fill(REPORT | {"Share with the ward's channel": True})
    await nurse.submit()
    assert "will appear in the channel" in nurse.told()
    await nurse.command("/report")
    await nurse.fill(REPORT)
    await nurse.submit()

    await ward.stage.at("2026-11-22 22:01")
    channel = await nurse.channel()
    assert channel.count("A success was shared") == 1
    assert "near miss was shared" not in channel
    assert nurse.name not in channel


async def test_an_identifier_is_refused_before_it_is_stored_and_the_rest_is_kept(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")
    await nurse.fill(REPORT | {"Anything else, in one line": "Mr Smith in bed 4 was calmer with music"})
    await nurse.submit()
    assert "Mr Smith" in nurse.errors["Anything else, in one line"]
    assert nurse.typed("Anything else, in one line") == "Mr Smith in bed 4 was calmer with music"
    assert await kept_reports(ward) == []

    await nurse.fill({"Anything else, in one line": "Calmer with music"})
    await nurse.submit()
    assert [report.line for report in await kept_reports(ward)] == ["Calmer with music"]


async def test_a_line_that_is_too_long_is_kept_for_the_person_to_shorten(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")
    await nurse.fill(REPORT | {"Anything else, in one line": "calm " * 60})
    await nurse.submit()
    assert "keep it to 280 characters; this is 299" in nurse.errors["Anything else, in one line"]
    assert await kept_reports(ward) == []


async def test_the_forms_say_what_they_are_not(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")
    assert "Not the formal record" in nurse.form
    assert "urgent help" in nurse.form
    await ward.stage.at(MONDAY)
    assert "not the handover or the formal record" in await nurse.channel()


async def test_the_weekly_digest_says_what_is_known_and_no_more(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 07:45")
    await hold_huddle(nurse)
    await nurse.command("/report")
    await nurse.fill(REPORT)
    await nurse.submit()
    await ward.stage.at("2026-11-30 09:00")

    channel = await nurse.channel()
    digest = channel[channel.index("Rowan: the week of 23 to 29 November") :]
    assert "Not enough data yet: 1 of the 12 weeks needed" in digest
    assert "1 (0 the week before)" in digest
    assert "Noise" in digest
    assert "A quiet place (1)" in digest
    thanks = [one.text for one in ward.stage.house.supplies.library.recognition.values()]
    assert any(folded(text) in folded(digest) for text in thanks)


async def test_a_huddle_beside_the_plan_is_not_counted_as_a_planned_one(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 16:30")
    await nurse.command("/huddle")
    await nurse.fill(CLOSE)
    await nurse.submit()
    await ward.stage.at("2026-11-24 07:45")
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-30 09:00")
    digest = (await nurse.channel()).rpartition("the week of")[2]
    assert "1 of 14 planned, and 1 beside the plan" in digest


async def test_the_digest_is_short_enough_to_read_at_handover(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 07:45")
    await hold_huddle(nurse)
    await nurse.command("/report")
    await nurse.fill(
        REPORT | {"What was building?": ["Noise or crowding", "Waiting for something", "A change of plan"]}
    )
    await nurse.submit()
    await ward.stage.at("2026-11-30 09:00")
    digest = (await nurse.channel()).rpartition("the week of")[2]
    assert words_read(digest) < 200, digest


async def test_an_action_in_own_words_is_there_when_somebody_changes_the_huddle(ward: Ward) -> None:
    nurse, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse, **{"Or in your own words": "Move the radio away from the door"})
    await second.tap("Add or change")
    assert second.typed("Or in your own words") == "Move the radio away from the door"
    await second.fill({"What went well overnight?": ["It was calm and settled"]})
    await second.submit()
    assert (await nurse.channel()).count("Move the radio away from the door") == 2, "as the action, and as still to do"


async def test_two_changes_at_the_same_moment_both_stay(ward: Ward) -> None:
    first, second = await ward.somebody(), await ward.somebody("U0SECOND")
    await ward.stage.at(MONDAY)
    await hold_huddle(first)
    action = "One thing we will do to prevent distress"
    chosen = ("Start one activity before mid-morning", "Check pain, drinks, food and toilet on each round")
    for person, choice in zip((first, second), chosen, strict=True):
        await person.tap("Add or change")
        await person.fill({action: choice})
    await asyncio.gather(first.submit(), second.submit())
    shown = await first.channel()
    assert all(choice in shown for choice in chosen)


async def test_a_new_huddle_is_started_where_the_last_was_held(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    await ward.stage.at("2026-11-23 12:00")
    await nurse.command("/huddle start")
    assert "Midday huddle" in nurse.form


async def test_a_huddle_of_another_shift_is_not_answered_for_it(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    ward.stage.clock.at += timedelta(hours=13)
    await nurse.tap("Start huddle")
    assert "time has passed" in nurse.told()
    assert not nurse.form


async def test_a_ward_that_has_just_begun_is_not_shown_noughts(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 09:00")
    assert "This ward has just begun" in await nurse.channel()
    assert "0 of 0" not in await nurse.channel()


async def test_what_was_reported_before_the_first_whole_week_is_shown_too(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")  # on the Sunday before the first digest
    await nurse.fill(REPORT)
    await nurse.submit()
    await ward.stage.at("2026-11-23 09:00")
    digest = (await nurse.channel()).rpartition("the week of")[2]
    assert "1 (0 the week before)" in digest
    assert "0 of the 12 weeks needed" in digest


async def test_one_person_does_not_take_a_reminder_from_the_ward(ward: Ward) -> None:
    nurse = await ward.somebody()
    await ward.stage.at("2026-11-23 11:00")
    await nurse.tap("Not for us")
    assert "If more of you say the same" in nurse.told()
    async with ward.stage.house.store() as session:
        assert await unwanted_by(session, ward.ward.key) == set()
        [answered] = await reminders.answers_to(session, ward.ward.key)
        for _ in range(2):
            await reminders.count_answer(session, ward.ward.key, answered.item, "not_for_us")
        assert await unwanted_by(session, ward.ward.key) == {answered.item}


async def test_the_thanks_tell_of_earlier_days_alone(ward: Ward) -> None:
    nurse = await ward.somebody()
    for time in ("2026-11-23 11:00", "2026-11-23 11:05", "2026-11-24 11:00"):
        await ward.stage.at(time)
        await nurse.command("/report")
        await nurse.fill(REPORT | {"What helped?": []})
        await nurse.submit()
    assert nurse.told().count("None here in the 4 weeks before today with noise or crowding") == 2
    assert "2 reports with noise or crowding. Worth a word" in nurse.told()
