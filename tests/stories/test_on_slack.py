"""What only Slack has, and what Slack does to a bot: commands, home, redelivery, late triggers, lost channels."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from bot.store import ledger, reminders, reports, wards
from bot.store.database import AWAY, Store, StoreAway
from tests.slack_workspace import Channel, Person, Workspace
from tests.stage import Stage, stage
from tests.stories.conftest import COLUMNS, Ward
from tests.stories.test_stories import HUDDLE, MONDAY, REPORT, hold_huddle, kept_reports

SETUP = {
    "Name of the ward": "Willow",
    "Kind of ward": "Dementia",
    "Huddle 1": "07:30",
    "Huddle 2": "19:30",
    "Daily reminder": "10:15",
    "Day of the weekly digest": "Friday",
    "Time of the weekly digest": "14:00",
}


@pytest.fixture
def way() -> str:
    """These stories are Slack's own."""
    return "slack over http"


def slack(ward: Ward) -> tuple[Workspace, Channel]:
    assert ward.stage.workspace and ward.slack_channel
    return ward.stage.workspace, ward.slack_channel


async def reported(ward: Ward, person: Person) -> None:
    await person.fill(REPORT)
    await person.submit()
    await slack(ward)[0].settle()
    assert "Thank you" in person.view_text()
    await person.close()


def new_channel(ward: Ward, id: str, *members: str) -> Channel:
    return slack(ward)[0].channel(id.lower(), id=id, members=list(members))


async def settled(workspace: Workspace, act: Awaitable[None]) -> None:
    """Do something, and wait until the bot has done all that it does about it."""
    await act
    await workspace.settle()


# Setting up


async def set_up(workspace: Workspace, person: Person) -> None:
    """The form is sent, and what will come is looked at and saved."""
    await settled(workspace, person.submit())
    assert "The next five times it will post here" in person.view_text()
    await settled(workspace, person.submit())


async def test_a_ward_is_set_up_from_its_channel_and_prompted(ward: Ward) -> None:
    workspace, _ = slack(ward)
    sister = workspace.person("U0SISTER")
    channel = new_channel(ward, "C0WILLOW", "U0SISTER")
    await settled(workspace, sister.command("/huddle", "setup", channel))
    await sister.fill(SETUP)
    await set_up(workspace, sister)
    told = sister.view_text()
    assert "Willow is set up" in told
    assert "Mon 23 Nov 07:30, huddle" in told
    await ward.stage.at("2026-11-23 07:30")
    assert sister.sees("Start of day huddle", channel)


async def test_only_a_manager_changes_a_ward(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse, manager = workspace.person("U0NURSE"), workspace.person("U0MANAGER")
    await settled(workspace, nurse.command("/huddle", "setup", channel))
    assert nurse.view is None
    assert "only its managers can change it" in nurse.private_messages()[-1].visible

    await settled(workspace, manager.command("/huddle", "setup", channel))
    await manager.fill({"Huddle 1": "08:15"})
    await set_up(workspace, manager)
    assert await ward.stage.at("2026-11-23 07:45") == 0
    assert await ward.stage.at("2026-11-23 08:15") == 1


async def test_huddle_times_that_a_file_set_beside_the_form_stay(ward: Ward) -> None:
    workspace, channel = slack(ward)
    manager = workspace.person("U0MANAGER")
    times = "07:15;13:30;19:30;23:00"
    csv = f"Rowan,mental_health,slack,T1TRUST,C0ROWAN,C0LEADERS,Europe/London,ENG,{times},11:00,monday,09:00,U0MANAGER"
    await ward.stage.wards(f"{COLUMNS}\n{csv}\n")
    await settled(workspace, manager.command("/huddle", "setup", channel))
    await set_up(workspace, manager)
    async with ward.stage.house.store() as session:
        rowan = await wards.ward_named(session, "Rowan")
    assert rowan
    assert rowan.huddle_times == times.split(";")
    assert rowan.leaders_place == {"workspace": "T1TRUST", "channel": "C0LEADERS"}


async def test_the_channel_hears_that_it_has_a_manager(ward: Ward) -> None:
    workspace, _ = slack(ward)
    sister = workspace.person("U0SISTER")
    channel = new_channel(ward, "C0WILLOW", "U0SISTER")
    await settled(workspace, sister.command("/huddle", "setup", channel))
    await sister.fill(SETUP)
    await set_up(workspace, sister)
    assert sister.sees("can change it with /huddle setup", channel)


async def test_two_wards_cannot_have_one_name(ward: Ward) -> None:
    workspace, _ = slack(ward)
    sister = workspace.person("U0SISTER")
    channel = new_channel(ward, "C0WILLOW", "U0SISTER")
    await settled(workspace, sister.command("/huddle", "setup", channel))
    await sister.fill(SETUP | {"Name of the ward": "Rowan"})
    await sister.submit()
    assert "Another ward has this name" in sister.errors["Name of the ward"]


async def test_a_manager_moves_a_ward_to_a_new_channel(ward: Ward) -> None:
    workspace, _ = slack(ward)
    manager = workspace.person("U0MANAGER")
    channel = new_channel(ward, "C0NEW", "U0MANAGER")
    await settled(workspace, manager.command("/huddle", "setup", channel))
    await manager.fill(SETUP | {"Name of the ward": "Rowan"})
    await set_up(workspace, manager)
    await ward.stage.at("2026-11-23 07:30")
    assert manager.sees("Start of day huddle", channel)


async def test_leaders_read_one_digest_across_wards_with_small_numbers_left_out(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse, manager = workspace.person("U0NURSE"), workspace.person("U0MANAGER")
    await ward.stage.at(MONDAY)
    await settled(workspace, nurse.command("/report", "", channel))
    await reported(ward, nurse)
    await ward.stage.at("2026-11-30 10:00")
    assert ward.leaders
    [digest] = [
        one.visible for one in workspace.posts(ward.leaders) if "30 Nov" in one.visible or "23 to 29" in one.visible
    ]
    assert "under 5" in digest
    assert "no ranking" in digest

    await settled(workspace, manager.command("/huddle", "leaders", ward.leaders))
    await manager.fill({"Wards": []})
    await settled(workspace, manager.submit())
    before = len(workspace.posts(ward.leaders))
    await ward.stage.at("2026-12-07 10:00")
    assert len(workspace.posts(ward.leaders)) == before


async def test_the_digests_chart_is_a_picture_whose_words_say_the_same(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await ward.stage.at(MONDAY)
    await settled(workspace, nurse.command("/report", "", channel))
    await reported(ward, nurse)
    await ward.stage.at("2026-11-30 09:00")
    digest = next(one for one in workspace.posts(channel) if "the week of" in one.visible)
    [picture] = [block for block in digest.blocks if block["type"] == "image"]
    assert "Line chart of near misses a week" in picture["alt_text"]
    assert "Too little data to draw a usual range" in picture["alt_text"]
    assert workspace.files[picture["slack_file"]["id"]].is_image


async def test_nobody_but_a_manager_sends_a_wards_figures_elsewhere(ward: Ward) -> None:
    workspace, _ = slack(ward)
    nurse = workspace.person("U0NURSE")
    channel = new_channel(ward, "C0OTHER", "U0NURSE")
    await settled(workspace, nurse.command("/huddle", "leaders", channel))
    assert "Only a ward's manager" in nurse.private_messages()[-1].visible


# Ways in


@pytest.mark.parametrize("shortcut", ["report_near_miss", "share_success"])
async def test_a_shortcut_opens_the_form_from_anywhere(ward: Ward, shortcut: str) -> None:
    workspace, _ = slack(ward)
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.shortcut(shortcut))
    await reported(ward, nurse)
    [report] = await kept_reports(ward)
    assert report.kind == {"report_near_miss": "near_miss", "share_success": "success"}[shortcut]


async def test_the_home_reports_and_shows_open_actions(ward: Ward) -> None:
    workspace, _channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    actor = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(actor)
    await settled(workspace, nurse.open_home())
    assert "Offer a quiet hour after lunch (Nurse in charge" in nurse.home_text()

    before = nurse.taps
    await settled(workspace, nurse.tap("Report a near miss", "home"))
    await reported(ward, nurse)
    assert nurse.taps - before <= 6
    assert len(await kept_reports(ward)) == 1


async def test_somebody_on_two_wards_chooses_between_them(ward: Ward) -> None:
    workspace, _ = slack(ward)
    csv = "Hazel,dementia,slack,T1TRUST,C0HAZEL,,Europe/London,ENG,07:15,10:30,tuesday,09:30,"
    await ward.stage.wards(f"{COLUMNS}\n{csv}\n")
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.shortcut("report_near_miss"))
    await nurse.fill({"Ward": "Hazel"})
    await reported(ward, nurse)
    async with ward.stage.house.store() as session:
        hazel = await wards.ward_named(session, "Hazel")
        assert hazel
        today = ward.stage.clock().date()
        assert len(await reports.reports_between(session, [hazel.key], today, today)) == 1


async def test_a_form_opened_anywhere_says_which_ward_it_is_for(ward: Ward) -> None:
    workspace, _ = slack(ward)
    nurse = workspace.person("U0NURSE")
    csv = "Hazel,dementia,slack,T1TRUST,C0HAZEL,,Europe/London,ENG,07:15,10:30,tuesday,09:30,"
    await ward.stage.wards(f"{COLUMNS}\n{csv}\n")
    await settled(workspace, nurse.shortcut("report_near_miss"))
    await ward.stage.at("2026-11-23 11:00")
    other = await ward.somebody()
    await other.tap("Useful")  # meanwhile the person becomes known on Rowan
    await nurse.fill({"Ward": "Hazel"})
    await reported(ward, nurse)
    await settled(workspace, nurse.shortcut("report_near_miss"))
    assert nurse.fields()["Ward"]["text"]["text"] == "Rowan"
    assert await kept_reports(ward) == []


async def test_help_says_what_can_be_typed(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.command("/huddle", "help", channel))
    for typed in ("/huddle setup", "/report", "/success"):
        assert typed in nurse.private_messages()[-1].visible


async def test_a_huddle_is_skipped_by_command_too(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await ward.stage.at(MONDAY)
    await settled(workspace, nurse.command("/huddle", "skip", channel))
    await settled(workspace, nurse.tap("Not enough of us", nurse.private_messages()[-1]))
    assert nurse.sees("not this time", channel)


async def test_figures_for_machines_do_not_tell_when_a_report_was_sent(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.command("/report", "", channel))
    await nurse.fill({"Share with the ward's channel": ["Yes"]})
    await reported(ward, nurse)
    async with httpx.AsyncClient(base_url=ward.stage.url) as machine:
        assert "report_line" not in (await machine.get("/metrics")).text
        await ward.stage.at("2026-11-22 22:01")
        assert 'kind="report_line",state="sent"} 1.0' in (await machine.get("/metrics")).text


async def test_a_channel_that_is_no_ward_is_told_how_to_become_one(ward: Ward) -> None:
    workspace, _ = slack(ward)
    nurse = workspace.person("U0NURSE")
    channel = new_channel(ward, "C0OTHER", "U0NURSE")
    await settled(workspace, nurse.command("/huddle", "", channel))
    assert "not a ward's yet. Type /huddle setup" in nurse.private_messages()[-1].visible


async def test_the_thanks_for_a_report_leave_no_message_behind(ward: Ward) -> None:
    workspace, _ = slack(ward)
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.shortcut("report_near_miss"))
    await reported(ward, nurse)
    assert nurse.messages() == [], "not even a private one: it would say who, and when"


# Once


async def test_a_redelivered_form_counts_once(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.command("/report", "", channel))
    await reported(ward, nurse)
    await workspace.redeliver_last()
    await workspace.settle()
    assert len(await kept_reports(ward)) == 1


async def test_a_redelivered_huddle_form_changes_nothing(ward: Ward) -> None:
    workspace, _ = slack(ward)
    actor = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(actor)
    before = await actor.channel()
    await workspace.redeliver_last()
    await workspace.settle()
    assert await actor.channel() == before


async def test_a_redelivered_or_repeated_tap_counts_once(ward: Ward) -> None:
    workspace, _ = slack(ward)
    actor = await ward.somebody()
    await ward.stage.at("2026-11-23 11:00")
    await actor.tap("Useful")
    await workspace.redeliver_last()
    await workspace.settle()
    await actor.tap("Useful")
    async with ward.stage.house.store() as session:
        assert [one.count for one in await reminders.answers_to(session, ward.ward.key)] == [1]


async def test_a_redelivered_event_counts_once(ward: Ward) -> None:
    workspace, _ = slack(ward)
    nurse = workspace.person("U0NURSE")
    channel = new_channel(ward, "C0OTHER", "U0NURSE")
    await settled(workspace, nurse.invite_bot(channel))
    await workspace.redeliver_last(retry_num=1, retry_reason="http_timeout")
    await workspace.settle()
    assert [message.visible.count("/huddle setup") for message in workspace.posts(channel)] == [1]


# When things go wrong


async def test_a_late_trigger_says_to_tap_again(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    workspace.expire_next_trigger()
    await settled(workspace, nurse.command("/report", "", channel))
    assert nurse.view is None
    assert "please tap again" in nurse.private_messages()[-1].visible


async def test_a_report_is_kept_though_slack_takes_no_post(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.command("/report", "", channel))
    workspace.fail("chat.postEphemeral", "drop_before", times=9)
    workspace.fail("chat.postMessage", "drop_before", times=9)
    await reported(ward, nurse)
    assert len(await kept_reports(ward)) == 1


async def test_a_prompt_deleted_meanwhile_is_posted_again_as_the_summary(ward: Ward) -> None:
    workspace, channel = slack(ward)
    actor = await ward.somebody()
    await ward.stage.at(MONDAY)
    await actor.tap("Start huddle")
    workspace.messages.remove(workspace.posts(channel)[-1])
    await actor.fill(HUDDLE)
    await actor.submit()
    assert (await actor.channel()).count("Start of day huddle: held") == 1
    await actor.tap("Add or change")
    await actor.submit()
    assert (await actor.channel()).count("Start of day huddle: held") == 1


async def test_a_database_that_is_away_keeps_the_form_and_what_was_typed(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await settled(workspace, nurse.command("/report", "", channel))
    await nurse.fill(REPORT | {"Anything else, in one line": "Calmer with music"})
    with patch.object(Store, "__call__", side_effect=StoreAway(AWAY)):
        await nurse.submit()
    assert nurse.view is not None
    [words] = nurse.errors.values()
    assert words.startswith("This was not saved. Our database can't be reached")
    assert "still here" in words
    await settled(workspace, nurse.submit())
    assert [report.line for report in await kept_reports(ward)] == ["Calmer with music"]


async def test_a_tap_while_the_database_is_away_says_so(ward: Ward) -> None:
    _workspace, _ = slack(ward)
    actor = await ward.somebody()
    await ward.stage.at("2026-11-23 11:00")
    with patch.object(Store, "__call__", side_effect=StoreAway(AWAY)):
        await actor.tap("Useful")
    assert "nothing was kept" in actor.told()


async def test_a_bot_removed_from_the_channel_pauses_tells_the_manager_once_and_comes_back(ward: Ward) -> None:
    workspace, channel = slack(ward)
    manager = workspace.person("U0MANAGER")
    await manager.remove_bot(channel)
    await ward.stage.at(MONDAY)
    await ward.stage.at("2026-11-23 07:46")
    await ward.stage.at("2026-11-23 11:00")
    notices = [one for one in manager.private_messages() if "have stopped" in one.visible]
    assert len(notices) == 1
    assert "/invite @Wardhuddle" in notices[0].visible

    await settled(workspace, manager.invite_bot(channel))
    await ward.stage.at("2026-11-23 19:45")
    assert manager.sees("Night huddle", channel)
    async with ward.stage.house.store() as session:
        states = {(one.kind, one.slot, one.state) for one, _ in await ledger.occurrences(session)}
    assert ("huddle", "07:45", "expired") in states
    assert ("huddle", "19:45", "sent") in states


async def test_a_post_that_slack_took_without_saying_so_is_not_repeated(ward: Ward) -> None:
    workspace, channel = slack(ward)
    workspace.fail("chat.postMessage", "drop_after")
    await ward.stage.at(MONDAY)
    await ward.stage.at("2026-11-23 07:46")
    assert len(workspace.posts(channel)) == 1
    async with ward.stage.house.store() as session:
        assert [one.state for one, _ in await ledger.occurrences(session) if one.kind == "huddle"] == ["sent"]


async def test_forged_and_stale_requests_are_refused(ward: Ward) -> None:
    workspace, channel = slack(ward)
    await workspace.person("U0NURSE").command("/huddle", "help", channel)
    assert await workspace.deliver_forged() == 401
    assert await workspace.deliver_stale() == 401


async def test_a_button_of_another_ward_changes_nothing(ward: Ward) -> None:
    workspace, channel = slack(ward)
    nurse = workspace.person("U0NURSE")
    await ward.stage.at(MONDAY)
    message = workspace.posts(channel)[-1]
    other = new_channel(ward, "C0OTHER", "U0NURSE")
    message.channel = other.id  # what a client might claim
    await settled(workspace, nurse.tap("Too busy on the floor", other))
    assert "not a ward's yet" in nurse.private_messages()[-1].visible


async def test_socket_mode_is_opened_where_slack_api_url_says(database_url: str, tmp_path: Path) -> None:
    async with stage("slack by socket mode", database_url, tmp_path, "2026-11-22 21:00") as by_socket:
        assert isinstance(by_socket, Stage)
        assert by_socket.workspace
        assert by_socket.workspace.calls_of("apps.connections.open")
