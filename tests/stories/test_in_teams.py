"""What only Teams has, and what Teams does to a bot: dialogs, its menu, private chats, redelivery, throttling, teams
that removed it, cards from an older version."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import httpx
import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot.app import PARTS, build, put_away, web_app
from bot.chat.front import Destination
from bot.chat.message import Button, Buttons, Message, Text
from bot.chat.slack.front import SlackFront
from bot.chat.teams.front import TeamsFront
from bot.store import ledger, reminders, reports, wards
from bot.store.database import AWAY, Store, StoreAway
from bot.store.tables import Contact
from tests.serving import served
from tests.slack_workspace import Workspace
from tests.stage import LONDON, SIGNING_SECRET, MovableClock, Stage, cloud_of, in_teams, settings_for
from tests.stories.conftest import COLUMNS, TIMES, Ward
from tests.stories.test_anonymity import everything_in
from tests.stories.test_on_slack import SETUP
from tests.stories.test_stories import HUDDLE, MONDAY, REPORT, hold_huddle, kept_reports
from tests.teams_tenant import Conversation, Person, Tenant

LINE = "Anything else, in one line"
ELSEWHERE = ["The answer is in your own chat with Wardhuddle."]
"""All that a channel reads of an answer for one person."""
MENU = {"report_near_miss": "near_miss", "share_success": "success"}


@pytest.fixture
def way() -> str:
    """These stories are Teams' own."""
    return "teams"


def teams(ward: Ward) -> tuple[Tenant, Conversation]:
    assert ward.stage.tenant and ward.teams_channel
    return ward.stage.tenant, ward.teams_channel


def front_of(ward: Ward) -> TeamsFront:
    return cast(TeamsFront, ward.stage.house.fronts["teams"])


def new_channel(ward: Ward, name: str, *members: str) -> Conversation:
    tenant, _ = teams(ward)
    return tenant.channel(name, id=f"19:{name}@thread.tacv2", members=[tenant.person(one) for one in members])


async def another_ward(ward: Ward, name: str, channel: Conversation) -> None:
    tenant, _ = teams(ward)
    await ward.stage.wards(f"{COLUMNS}\n{name},dementia,teams,{tenant.tenant_id},{channel.id},,{TIMES},\n")


async def typed_form(person: Person, typed: str, channel: Conversation) -> None:
    """Type a command, and open its form by the button that answers."""
    await person.say(typed, channel)
    await person.tap("Open the form", channel)


async def reported(person: Person, **more: object) -> None:
    await person.fill(REPORT | more)
    await person.submit()
    assert "Thank you" in person.dialog_text()
    await person.close()


async def broken(person: Person, token: object) -> None:
    """Send the open form with another token than it came with."""
    form = person._form
    assert form
    form.card["actions"][0]["data"] = {"form": token}
    await person.submit()
    assert person.troubles == []


def read_in(channel: Conversation, ward: Ward) -> list[str]:
    return [message.visible for message in teams(ward)[0].posts(channel)]


async def states(ward: Ward) -> list[str]:
    async with ward.stage.house.store() as session:
        return [one.state for one, _ in await ledger.occurrences(session) if one.kind == "huddle"]


def database_away() -> Any:
    """While this lasts, the database can't be reached."""
    return patch.object(Store, "__call__", side_effect=StoreAway(AWAY))


@pytest.fixture
def silent_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Event]:
    """A database that says nothing until the event is set."""
    asked = Store.__call__
    goes_on = asyncio.Event()

    @asynccontextmanager
    async def slowly(self: Store) -> AsyncIterator[Any]:
        await goes_on.wait()
        async with asked(self) as session:
            yield session

    goes_on.set()
    monkeypatch.setattr(Store, "__call__", slowly)
    monkeypatch.setattr("bot.chat.teams.people.SUBMIT_WITHIN", 0.05)
    yield goes_on
    goes_on.set()


def as_another_process(ward: Ward) -> None:
    """What was met so far is met for the first time: by a process that has just been started."""
    front_of(ward)._met.clear()


# Setting up


async def set_up(person: Person) -> None:
    """The form is sent, and what will come is looked at and saved."""
    await person.submit()
    assert "The next five times it will post here" in person.dialog_text()
    await person.submit()


async def test_a_ward_is_set_up_from_its_channel_and_prompted(ward: Ward) -> None:
    tenant, _ = teams(ward)
    sister = tenant.person("U0SISTER")
    channel = new_channel(ward, "willow", "U0SISTER")
    await sister.say("huddle setup", channel)
    [launcher] = tenant.posts(channel)
    assert launcher.thread != launcher.id, "it answers in the thread of what was typed"
    assert sister.dialog is None
    await sister.tap("Open the form", channel)
    await sister.fill(SETUP)
    await set_up(sister)
    assert "Willow is set up" in sister.dialog_text()
    assert "Mon 23 Nov 07:30, huddle" in sister.dialog_text()
    await ward.stage.at("2026-11-23 07:30")
    prompt = tenant.posts(channel)[-1]
    assert "Start of day huddle" in prompt.visible
    assert prompt.thread == prompt.id, "a prompt begins a thread of its own"


async def test_only_a_manager_changes_a_ward(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse, manager = tenant.person("U0NURSE"), tenant.person("U0MANAGER")
    await nurse.say("huddle setup", channel)
    assert read_in(channel, ward) == ELSEWHERE, "no form is offered"
    assert "only its managers can change it" in nurse.private_messages()[-1].visible

    await typed_form(manager, "huddle setup", channel)
    await nurse.tap("Open the form", channel)
    assert nurse.dialog
    assert nurse.dialog.inputs == []
    assert "only its managers can change it" in nurse.dialog_text(), "nor to whoever else presses the button"

    await manager.fill({"Huddle 1": "08:15"})
    await set_up(manager)
    assert await ward.stage.at("2026-11-23 07:45") == 0
    assert await ward.stage.at("2026-11-23 08:15") == 1


async def test_the_channel_hears_that_it_has_a_manager(ward: Ward) -> None:
    tenant, _ = teams(ward)
    sister = tenant.person("U0SISTER")
    channel = new_channel(ward, "willow", "U0SISTER")
    await typed_form(sister, "huddle setup", channel)
    await sister.fill(SETUP)
    await set_up(sister)
    assert sister.sees("can change it with @Wardhuddle huddle setup", channel)
    assert sister.name not in "".join(message.visible for message in tenant.posts(channel))
    before = len(tenant.posts(channel))
    await tenant.redeliver_last()
    assert len(tenant.posts(channel)) == before


async def test_two_wards_cannot_have_one_name(ward: Ward) -> None:
    tenant, _ = teams(ward)
    sister = tenant.person("U0SISTER")
    channel = new_channel(ward, "willow", "U0SISTER")
    await typed_form(sister, "huddle setup", channel)
    await sister.fill(SETUP | {"Name of the ward": "Rowan"})
    await sister.submit()
    assert "Another ward has this name" in sister.errors["Name of the ward"]
    assert sister.fields()["Kind of ward"] == "Dementia"
    await sister.fill({"Name of the ward": "Rowan House"})
    await set_up(sister)
    assert "Rowan House is set up" in sister.dialog_text()


async def test_a_manager_moves_a_ward_to_a_new_channel(ward: Ward) -> None:
    tenant, old = teams(ward)
    manager = tenant.person("U0MANAGER")
    channel = new_channel(ward, "new", "U0MANAGER")
    await typed_form(manager, "huddle setup", channel)
    await manager.fill(SETUP | {"Name of the ward": "Rowan"})
    await set_up(manager)
    await ward.stage.at("2026-11-23 07:30")
    assert manager.sees("Start of day huddle", channel)
    assert tenant.posts(old) == []


async def test_a_group_chat_may_be_a_ward(ward: Ward) -> None:
    tenant, _ = teams(ward)
    sister, nurse = tenant.person("U0SISTER"), tenant.person("U0NURSE")
    chat = tenant.group_chat("willow", members=[sister, nurse], bot=False)
    await sister.add_bot(chat)
    assert sister.sees("To begin, type @Wardhuddle huddle setup", chat)
    await typed_form(sister, "huddle setup", chat)
    await sister.fill(SETUP)
    await set_up(sister)
    await ward.stage.at("2026-11-23 07:30")
    await nurse.tap("Start huddle", chat)
    await nurse.fill(HUDDLE)
    await nurse.submit()
    assert "Start of day huddle: held" in nurse.messages(chat)[-1].visible
    await typed_form(nurse, "huddle", chat)
    assert "Start of day huddle" in nurse.form_text() or "huddle" in nurse.form_text()


# Leaders


async def test_leaders_choose_their_channel_by_typing_in_it(ward: Ward) -> None:
    tenant, _ = teams(ward)
    manager = tenant.person("U0MANAGER")
    channel = new_channel(ward, "matrons", "U0MANAGER")
    await typed_form(manager, "huddle leaders", channel)
    await manager.fill({"Wards": ["Rowan"]})
    await manager.submit()
    assert "weekly digest of Rowan" in manager.dialog_text()
    await ward.stage.at("2026-11-30 10:00")
    assert [one for one in tenant.posts(channel) if "no ranking" in one.visible]
    assert ward.teams_leaders
    assert tenant.posts(ward.teams_leaders) == [], "there it is read no longer"


async def test_nobody_but_a_manager_sends_a_wards_figures_elsewhere(ward: Ward) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.say("huddle leaders", new_channel(ward, "elsewhere", "U0NURSE"))
    assert "Only a ward's manager" in nurse.private_messages()[-1].visible


async def test_one_digest_covers_a_ward_on_slack_and_one_in_teams(ward: Ward) -> None:
    tenant, channel = teams(ward)
    assert ward.teams_leaders
    nurse = tenant.person("U0NURSE")
    leaders = f"teams:{tenant.tenant_id}/{ward.teams_leaders.id}"
    await ward.stage.wards(f"{COLUMNS}\nHazel,dementia,slack,T1TRUST,C0HAZEL,{leaders},{TIMES},\n")
    async with ward.stage.house.store() as session:
        hazel = await wards.ward_named(session, "Hazel")
    assert hazel
    assert hazel.leaders_channel == Destination(
        "teams", {"workspace": tenant.tenant_id, "channel": ward.teams_leaders.id}
    )
    await ward.stage.at(MONDAY)
    await nurse.extension("report_near_miss", channel)
    await reported(nurse)
    await ward.stage.at("2026-11-30 10:00")
    [digest] = tenant.posts(ward.teams_leaders)
    assert digest.visible.startswith("2 wards: the week of 23 to 29 November")


async def test_one_house_serves_slack_and_teams_together(database_url: str, tmp_path: Path) -> None:
    clock = MovableClock(datetime.fromisoformat("2026-11-22 21:00").replace(tzinfo=LONDON))

    def now() -> float:
        return clock().timestamp()

    async with Workspace(now=now) as workspace, Tenant(now=now) as tenant:
        settings = settings_for(
            database_url,
            tmp_path,
            workspace,
            slack_signing_secret=SIGNING_SECRET,
            teams_client_id=tenant.client_id,
            teams_tenant_id=tenant.tenant_id,
        )
        house = build(settings, clock, teams=cloud_of(tenant))
        for name in ("slack", "teams"):
            cast(SlackFront | TeamsFront, house.fronts[name]).pace.seconds = 0.001
        async with served(web_app(house, PARTS)) as url:
            workspace.deliver_http(f"{url}/slack/events", SIGNING_SECRET)
            tenant.deliver_to(f"{url}/api/messages")
            stage = Stage(house, clock, url, workspace, tenant)
            nurse, colleague = tenant.person("U0NURSE"), workspace.person("U0NURSE")
            rowan = tenant.channel("rowan", id="19:rowan@thread.tacv2", members=[nurse])
            hazel = workspace.channel("hazel", id="C0HAZEL", members=["U0NURSE"])
            leaders = tenant.channel("leaders", id="19:leaders@thread.tacv2")
            here = f"teams:{tenant.tenant_id}/{leaders.id}"
            await stage.wards(
                f"{COLUMNS}\nRowan,acute,teams,{tenant.tenant_id},{rowan.id},{leaders.id},{TIMES},\n"
                f"Hazel,dementia,slack,{workspace.team_id},C0HAZEL,{here},{TIMES},\n"
            )
            await stage.at(MONDAY)
            assert nurse.sees("Start of day huddle", rowan)
            assert colleague.sees("Start of day huddle", hazel)
            await nurse.tap("Too busy on the floor", rowan)
            await colleague.tap("Not enough of us", hazel)
            await workspace.settle()
            assert "too busy on the floor" in nurse.messages(rowan)[-1].visible
            assert colleague.sees("not enough of us", hazel)
            await nurse.extension("report_near_miss")
            assert "Hazel" not in nurse.form_text(), "wards of the other platform are not offered"
            await reported(nurse)
            await stage.at("2026-11-30 10:00")
            [digest] = tenant.posts(leaders)
            assert digest.visible.startswith("2 wards: the week of 23 to 29 November")
        await put_away(house)
        assert not tenant.refusals, tenant.refusals


# Ways in


@pytest.mark.parametrize("entry", MENU)
async def test_the_menu_opens_the_form_from_anywhere(ward: Ward, entry: str) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    await another_ward(ward, "Hazel", new_channel(ward, "hazel"))
    await nurse.extension(entry)
    with pytest.raises(AssertionError):
        await reported(nurse)
    assert "Ward" in nurse.errors, "which ward, only the person knows"
    await nurse.fill({"Ward": "Rowan"})
    await nurse.submit()
    assert "Thank you" in nurse.dialog_text()
    [report] = await kept_reports(ward)
    assert report.kind == MENU[entry]


async def test_in_a_wards_channel_the_menu_knows_the_ward(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await another_ward(ward, "Hazel", new_channel(ward, "hazel"))
    before = nurse.taps
    await nurse.extension("report_near_miss", channel)
    assert "Ward" not in nurse.fields()
    await reported(nurse)
    assert nurse.taps - before <= 6
    assert len(await kept_reports(ward)) == 1


async def test_the_home_comes_first_and_reports_and_shows_open_actions(ward: Ward) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.install()
    [home] = nurse.private_messages()
    assert "Report a near miss" in home.visible
    assert "Offer a quiet hour" not in home.visible

    await ward.stage.at(MONDAY)
    await hold_huddle(await ward.somebody())
    await nurse.say("home")
    assert "Offer a quiet hour after lunch (Nurse in charge" in nurse.private_messages()[-1].visible

    before = nurse.taps
    await nurse.tap("Report a near miss", "private")
    await reported(nurse)
    assert nurse.taps - before <= 6
    assert len(await kept_reports(ward)) == 1


async def test_home_typed_in_a_channel_is_shown_to_the_person_alone(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.say("home", channel)
    assert read_in(channel, ward) == ELSEWHERE
    assert "Report a near miss" in nurse.private_messages()[-1].visible


async def test_help_says_what_can_be_typed(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    for typed in ("huddle help", "help", "hello", "/huddle Help", "huddle nonsense", "?", "<b>"):
        tenant.messages.clear()
        await nurse.say(typed, channel)
        assert read_in(channel, ward) == ELSEWHERE, "only the person reads it"
        await nurse.say(typed)
        in_channel, in_chat = (message.visible for message in nurse.private_messages())
        for said in ("@Wardhuddle huddle setup", "@Wardhuddle report", "[Report a near miss]"):
            assert said in in_channel, typed
            assert said in in_chat, typed


async def test_help_asked_for_in_a_channel_reports_for_its_ward(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await another_ward(ward, "Hazel", new_channel(ward, "hazel"))
    await nurse.say("help", channel)
    await nurse.tap("Report a near miss", "private")
    assert "Ward" not in nurse.fields()
    await reported(nurse)
    assert len(await kept_reports(ward)) == 1


async def test_a_report_typed_for_in_the_channel_says_how_to_ask_unseen(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.say("report", channel)
    assert "Nobody needs to see you ask" in nurse.messages(channel)[-1].visible
    await nurse.tap("Open the form", channel)
    await reported(nurse)
    assert len(await kept_reports(ward)) == 1


async def test_what_is_typed_after_a_command_is_not_said_again(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    for typed in ("report Mr Smith in bed 4 fell", "report " + "Smith " * 4_000, "report " + "Smith" * 5_000):
        for where in (channel, None):
            await nurse.say(typed, where)
            assert nurse.messages(where)[-1].visible.startswith("Near miss")
    said = [str(message.activity) for message in tenant.messages]
    assert not [one for one in said if "Smith in" in one or "Smith Smith" in one or "Smith" * 9 in one]


async def test_a_huddle_is_skipped_by_typing_too_and_for_the_right_ward(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    other = new_channel(ward, "hazel", "U0NURSE")
    await another_ward(ward, "Hazel", other)
    await ward.stage.at(MONDAY)
    for where in (channel, other):
        await nurse.say("huddle skip", where)
    about_rowan, _ = nurse.private_messages()
    await nurse.tap("Not enough of us", about_rowan)
    assert nurse.sees("not this time", channel)
    assert not nurse.sees("not this time", other)
    assert nurse.toasts == ["Done."]


async def test_a_closed_action_is_opened_again_from_the_private_chat(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await ward.stage.at(MONDAY)
    await hold_huddle(await ward.somebody())
    await ward.stage.at("2026-11-24 07:45")
    prompt = next(one for one in tenant.posts(channel) if "Start huddle" in one.visible)
    await nurse.tap("Done", prompt)
    assert "Offer a quiet hour" not in prompt.visible
    await nurse.tap("Undo", "private")
    assert "Offer a quiet hour" in prompt.visible
    assert nurse.toasts[-1].startswith("Open again: Offer a quiet hour")


async def test_what_belongs_to_a_channel_is_not_done_from_the_private_chat(ward: Ward) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.say("huddle")
    await nurse.say("huddle setup")
    first, second = (message.visible for message in nurse.private_messages())
    assert "works in a ward's own channel only" in first
    assert "type this in the ward's own channel" in second


async def test_a_form_is_answered_in_its_place_in_the_private_chat(ward: Ward) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.say("report")
    await nurse.tap("Answer here instead", "private")
    assert nurse.dialog is None
    await nurse.submit()
    assert nurse.errors["Roughly where?"] == "Please choose one.", "the client itself sends no form with a gap"
    words = "Mr Smith in bed 4 was calmer with music"
    await nurse.fill(REPORT | {LINE: words})
    await nurse.submit()
    assert "Mr Smith" in nurse.errors[LINE]
    assert nurse.fields()[LINE] == words
    assert nurse.fields()["What was building?"] == ["Noise or crowding"]
    assert await kept_reports(ward) == []

    await nurse.fill({LINE: "Calmer with music"})
    await nurse.submit()
    assert "Thank you" in nurse.private_messages()[-1].visible
    assert nurse.form_text() == "", "the thanks stand where the form was"
    assert len(nurse.private_messages()) == 1
    assert [report.line for report in await kept_reports(ward)] == ["Calmer with music"]
    await tenant.redeliver_last()
    assert len(await kept_reports(ward)) == 1


async def test_a_channel_that_is_no_ward_is_told_how_to_become_one(ward: Ward) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.say("huddle", new_channel(ward, "other", "U0NURSE"))
    assert "not a ward's yet. Type @Wardhuddle huddle setup" in nurse.private_messages()[-1].visible


async def test_a_person_who_has_not_added_the_bot_is_told_where_they_asked(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    tenant.fail("create", 403)
    await nurse.say("huddle help", channel)
    assert nurse.private_messages() == []
    assert "Please add Wardhuddle in Teams under Apps" in nurse.messages(channel)[-1].visible
    assert "huddle setup" not in nurse.messages(channel)[-1].visible


@pytest.fixture
async def without_dialogs(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """A ward whose people's client opens no dialogs, as Microsoft's local one."""
    clock = MovableClock(datetime.fromisoformat("2026-11-22 21:00").replace(tzinfo=LONDON))
    async with Tenant(now=lambda: clock().timestamp()) as tenant:
        settings = settings_for(
            database_url, tmp_path, teams_client_id=tenant.client_id, teams_tenant_id=tenant.tenant_id
        )
        house = build(settings, clock, teams=replace(cloud_of(tenant), dialogs=False))
        cast(TeamsFront, house.fronts["teams"]).pace.seconds = 0.001
        async with served(web_app(house, PARTS)) as url:
            tenant.deliver_to(f"{url}/api/messages")
            ward = Ward(Stage(house, clock, url, tenant=tenant), "teams")
            await ward.open()
            yield ward
        await put_away(house)
        assert not tenant.refusals, tenant.refusals


async def test_without_dialogs_a_form_takes_a_cards_place_for_one_person_alone(without_dialogs: Ward) -> None:
    ward = without_dialogs
    tenant, channel = teams(ward)
    nurse, second = tenant.person("U0NURSE"), tenant.person("U0SECOND")
    await ward.stage.at(MONDAY)
    await nurse.tap("Start huddle", channel)
    assert nurse.dialog is None
    assert "Start huddle" in second.messages(channel)[-1].visible, "the others still have the prompt"
    await nurse.fill(HUDDLE | {"One thing we will do to prevent distress": []})
    await nurse.submit()
    assert "choose one thing to do" in nurse.errors["One thing we will do to prevent distress"]
    await nurse.fill({"Or in your own words": "Tea with whoever is up early"})
    await nurse.submit()
    for person in (nurse, second):
        assert "Start of day huddle: held" in person.messages(channel)[-1].visible
        assert "Tea with whoever is up early" in person.messages(channel)[-1].visible
    assert nurse.form_text() == ""


async def test_without_dialogs_a_report_is_typed_for_and_sent_in_place(without_dialogs: Ward) -> None:
    ward = without_dialogs
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    for where in (channel, None):
        await nurse.say("report", where)
        await nurse.tap("Open the form", where or "private")
        await nurse.fill(REPORT | {LINE: "Mr Smith in bed 4 was calmer with music"})
        await nurse.submit()
        assert "Mr Smith" in nurse.errors[LINE]
        await nurse.fill({LINE: "Calmer with music"})
        await nurse.submit()
        assert "Thank you" in nurse.messages(where)[-1].visible
    assert not [message for message in tenant.messages if "Thank you" in message.visible], "nobody else sees thanks"
    assert len(await kept_reports(ward)) == 2


# Nobody is told who


async def test_the_thanks_for_a_report_leave_no_message_behind(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    for where in (channel, None):
        await nurse.extension("report_near_miss", where)
        await reported(nurse)
    assert tenant.calls == [], "not even a private one: it would say who, and when"


async def test_no_way_to_report_leads_back_to_the_reporter(
    ward: Ward, database_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE", name="Nurse Unmistakable")
    nurse.name = "Nurse Unmistakable"
    friends = tenant.group_chat("friends", members=[nurse, "U0SECOND"], bot=False)
    before = everything_in(database_url)
    words = "Calmer once the radio was off"
    with capture_logs() as logged:
        for where in (channel, friends, None):
            await nurse.extension("report_near_miss", where)
            await reported(nurse, **{LINE: words})
        await nurse.say("success")
        await nurse.tap("Answer here instead", "private")
        await nurse.fill(REPORT | {LINE: words})
        await nurse.submit()
        await typed_form(nurse, "report", channel)
        await reported(nurse, **{LINE: words})
        for fault in (database_away(), patch("bot.handlers.report.reports.save_report", side_effect=ValueError(words))):
            await nurse.extension("report_near_miss", channel)
            await nurse.fill(REPORT | {LINE: words})
            with fault:
                await nurse.submit()
            assert "not saved" in nurse.form_text()
        await broken(nurse, "older")
    assert {"fault", "teams_form_not_ours"} <= {line["event"] for line in logged}, "the search sees what is logged"
    assert len(await kept_reports(ward)) == 5
    async with ward.stage.house.store() as session:
        contacts = [one.conversation for one in (await session.exec(select(Contact))).all()]
    assert set(contacts) <= {channel.id}, "where a report was sent from is not kept, unless it is the ward's channel"
    database, out = everything_in(database_url), "".join(capfd.readouterr())
    logs = f"{logged}{caplog.text}{out}"
    assert words in database
    assert words not in logs
    personal = tenant.personal(nurse).id
    for trace in (nurse.id, nurse.id.replace("-", ""), nurse.user_id, nurse.name, personal, friends.id):
        assert trace not in database
        assert trace not in logs
    assert "19:rowan" in before, "the search sees what is stored"


# Once


@pytest.mark.parametrize("in_place", [False, True])
async def test_a_redelivered_form_counts_once(ward: Ward, in_place: bool) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    if in_place:
        await nurse.say("report")
        await nurse.tap("Answer here instead", "private")
    else:
        await nurse.extension("report_near_miss", channel)
    await nurse.fill(REPORT)
    await nurse.submit()
    assert await tenant.redeliver_last() == 200
    assert len(await kept_reports(ward)) == 1


async def test_a_form_sent_again_before_it_was_answered_counts_once(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.extension("report_near_miss", channel)
    await nurse.fill(REPORT)
    form = nurse.dialog
    assert form
    for _ in range(2):
        nurse.dialog = form
        await nurse.submit()
    assert "saved already" in nurse.dialog_text()
    assert len(await kept_reports(ward)) == 1


async def test_a_redelivered_huddle_form_changes_nothing(ward: Ward) -> None:
    tenant, _ = teams(ward)
    actor = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(actor)
    before = await actor.channel()
    await tenant.redeliver_last()
    assert await actor.channel() == before


async def test_a_redelivered_or_repeated_tap_counts_once(ward: Ward) -> None:
    tenant, _ = teams(ward)
    actor = await ward.somebody()
    await ward.stage.at("2026-11-23 11:00")
    await actor.tap("Useful")
    await tenant.redeliver_last()
    await actor.tap("Useful")
    async with ward.stage.house.store() as session:
        assert [one.count for one in await reminders.answers_to(session, ward.ward.key)] == [1]


async def test_a_redelivered_welcome_is_said_once(ward: Ward) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    channel = new_channel(ward, "other", "U0NURSE")
    await nurse.add_bot(channel)
    await tenant.redeliver_last()
    assert [message.visible.count("@Wardhuddle huddle setup") for message in tenant.posts(channel)] == [1]


@pytest.mark.parametrize("typed", ["huddle", "report", "help", "home"])
async def test_a_redelivered_message_is_answered_once(ward: Ward, typed: str) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    for where in (channel, None):
        before = len(tenant.messages)
        await nurse.say(typed, where)
        answered = len(tenant.messages)
        assert answered > before
        await tenant.redeliver_last()
        assert len(tenant.messages) == answered
    await nurse.say(typed)
    assert len(tenant.messages) == answered + 1, "typed again, it is answered again"


# When things go wrong


async def test_a_report_is_kept_though_teams_takes_no_post(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.extension("report_near_miss", channel)
    tenant.fail("*", "drop_before", times=9)
    await reported(nurse)
    assert len(await kept_reports(ward)) == 1


async def test_a_prompt_deleted_meanwhile_is_posted_again_as_the_summary(ward: Ward) -> None:
    tenant, channel = teams(ward)
    actor = await ward.somebody()
    await ward.stage.at(MONDAY)
    await actor.tap("Start huddle")
    tenant.posts(channel)[-1].deleted = True
    await actor.fill(HUDDLE)
    await actor.submit()
    assert (await actor.channel()).count("Start of day huddle: held") == 1
    await actor.tap("Add or change")
    await actor.submit()
    assert (await actor.channel()).count("Start of day huddle: held") == 1


@pytest.mark.parametrize("in_place", [False, True])
async def test_a_database_that_is_away_keeps_the_form_and_what_was_typed(ward: Ward, in_place: bool) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    if in_place:
        await nurse.say("report")
        await nurse.tap("Answer here instead", "private")
    else:
        await nurse.extension("report_near_miss", channel)
    await nurse.fill(REPORT | {LINE: "Calmer with music"})
    as_another_process(ward)
    with database_away():
        await nurse.submit()
    assert nurse.troubles == []
    assert "This was not saved. Our database can't be reached" in nurse.form_text()
    assert "still here" in nurse.form_text()
    assert nurse.fields()[LINE] == "Calmer with music"
    await nurse.submit()
    assert [report.line for report in await kept_reports(ward)] == ["Calmer with music"]


async def test_a_database_that_says_nothing_keeps_the_form_and_what_was_typed(
    ward: Ward, silent_database: asyncio.Event
) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.extension("report_near_miss", channel)
    await nurse.fill(REPORT | {LINE: "Calmer with music"})
    as_another_process(ward)
    silent_database.clear()
    await nurse.submit()
    assert "It took too long" in nurse.form_text()
    assert nurse.fields()[LINE] == "Calmer with music"
    silent_database.set()
    with patch("bot.chat.teams.people.SUBMIT_WITHIN", 6.0):
        await nurse.submit()
    assert "Thank you" in nurse.dialog_text()
    assert len(await kept_reports(ward)) == 1


async def test_whatever_is_pressed_or_typed_while_the_database_is_away_is_answered_in_words(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await ward.stage.at("2026-11-23 11:00")
    with database_away():
        await nurse.tap("Useful", channel)
        await nurse.tap("Tell me more", channel)
        await nurse.say("huddle", channel)
    assert nurse.troubles == []
    assert "nothing was kept" in nurse.toasts[-1]
    assert "nothing was kept" in nurse.dialog_text()
    assert "nothing was kept" in nurse.private_messages()[-1].visible


async def test_a_team_that_removed_the_bot_pauses_tells_the_manager_once_and_comes_back(ward: Ward) -> None:
    tenant, channel = teams(ward)
    manager = tenant.person("U0MANAGER")
    await manager.remove_bot(channel)
    for time in ("07:45", "07:46", "11:00"):
        await ward.stage.at(f"2026-11-23 {time}")
    assert len([one for one in manager.private_messages() if "have stopped" in one.visible]) == 1
    assert tenant.posts(channel) == []

    await manager.add_bot(channel)
    assert tenant.posts(channel) == [], "it needs no introduction"
    await ward.stage.at("2026-11-23 19:45")
    assert manager.sees("Night huddle", channel)
    async with ward.stage.house.store() as session:
        known = {(one.kind, one.slot, one.state) for one, _ in await ledger.occurrences(session)}
    assert ("huddle", "07:45", "expired") in known
    assert ("huddle", "19:45", "sent") in known


async def test_a_ward_goes_on_though_nobody_said_that_the_bot_is_back(ward: Ward) -> None:
    tenant, channel = teams(ward)
    manager = tenant.person("U0MANAGER")
    channel.bot = False
    await ward.stage.at(MONDAY)
    await ward.stage.house.sender.probe()
    channel.bot = True
    await ward.stage.at("2026-11-23 19:45")
    assert tenant.posts(channel) == []
    await ward.stage.house.sender.probe()
    await ward.stage.at("2026-11-24 07:45")
    assert manager.sees("Start of day huddle", channel)


async def test_a_button_of_another_ward_changes_nothing(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await ward.stage.at(MONDAY)
    prompt = tenant.posts(channel)[-1]
    other = new_channel(ward, "other", "U0NURSE")
    prompt.conversation = other  # what a client might claim
    await nurse.tap("Too busy on the floor", other)
    assert "not a ward's yet" in nurse.toasts[-1]
    await another_ward(ward, "Hazel", other)
    await nurse.tap("Too busy on the floor", other)
    assert "another ward's channel, so nothing was changed" in nurse.toasts[-1]
    await nurse.tap("Start huddle", other)
    assert "another ward's channel, so nothing was changed" in nurse.dialog_text()
    prompt.conversation = channel
    assert nurse.sees("Start huddle", channel)


async def test_a_place_that_was_not_told_to_this_person_is_no_place(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse, second = tenant.person("U0NURSE"), tenant.person("U0SECOND")
    await ward.stage.at(MONDAY)
    for person in (nurse, second):
        await person.say("huddle skip", channel)

    def row(person: Person) -> list[dict[str, Any]]:
        card = person.private_messages()[-1].card
        assert card
        return next(element["actions"] for element in card["body"] if element["type"] == "ActionSet")

    [place] = {button["data"]["place"] for button in row(nurse)}
    [others] = {button["data"]["place"] for button in row(second)}
    for forged in (others, place[:-1], place + "x", "nonsense", "", "é", 7, [place], {"channel": channel.id}):
        for button in row(nurse):
            button["data"]["place"] = forged
        await nurse.tap("Not enough of us", "private")
        assert "works in a ward's own channel only" in nurse.toasts[-1], forged
        assert nurse.troubles == []
    assert not nurse.sees("not this time", channel)
    for button in row(nurse):
        button["data"]["place"] = place
    await nurse.tap("Not enough of us", "private")
    assert nurse.sees("not this time", channel)


async def test_a_form_of_another_person_is_not_taken_and_gives_back_what_was_typed(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse, second = tenant.person("U0NURSE"), tenant.person("U0SECOND")
    await nurse.extension("report_near_miss", channel)
    await nurse.fill(REPORT | {LINE: "Calmer with music"})
    assert nurse.dialog
    second.dialog = replace(nurse.dialog, values=dict(nurse.dialog.values))
    await second.submit()
    assert "can't be sent any more" in second.dialog_text()
    assert "Calmer with music" in second.dialog_text()
    assert await kept_reports(ward) == []


@pytest.mark.parametrize("in_place", [False, True])
async def test_a_form_of_an_older_version_gives_back_what_was_typed(ward: Ward, in_place: bool) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    for token in ("older", "", "a.b.c", None, 7, {"kind": "near_miss"}, "é"):
        if in_place:
            await nurse.say("report")
            await nurse.tap("Answer here instead", "private")
        else:
            await nurse.extension("report_near_miss", channel)
        await nurse.fill(REPORT | {LINE: "Calmer **with** music"})
        await broken(nurse, token)
        shown = nurse.private_messages()[-1].visible if in_place else nurse.dialog_text()
        assert "from an older version" in shown, token
        assert "Calmer **with** music" in shown, token
    assert await kept_reports(ward) == []


async def test_a_form_older_than_twelve_hours_comes_back_and_can_be_sent_again(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    await nurse.extension("report_near_miss", channel)
    await nurse.fill(REPORT | {LINE: "Calmer with music"})
    with monkeypatch.context() as later:
        later.setattr("bot.chat.sheet.FORM_LIFE", -1)
        await nurse.submit()
    assert "more than 12 hours ago, so nothing was sent" in nurse.form_text()
    assert nurse.fields()[LINE] == "Calmer with music"
    assert await kept_reports(ward) == []
    await nurse.submit()
    assert "Thank you" in nurse.dialog_text()
    assert len(await kept_reports(ward)) == 1


async def test_what_an_older_card_asks_for_is_answered_in_words(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    old = (Text("Old"), Buttons((Button("Gone", "long_gone"), Button("Gone too", "long_gone", opens=True))))
    place = Destination("teams", {"workspace": tenant.tenant_id, "channel": channel.id})
    await front_of(ward).post(place, Message("old", "Old", old), "key")
    await nurse.tap("Gone", channel)
    assert "not known here any more. Type @Wardhuddle huddle help" in nurse.toasts[-1]
    await nurse.tap("Gone too", channel)
    assert "not known here any more" in nurse.dialog_text()
    await nurse.close()
    await nurse.extension("share_as_story", channel)
    assert "not known here any more" in nurse.dialog_text()
    await nurse.close()

    [card] = [message.card for message in tenant.posts(channel)]
    assert card
    for button in card["body"][1]["actions"]:
        button["data"] = {name: value for name, value in button["data"].items() if name == "msteams"}
    await nurse.tap("Gone", channel)
    await nurse.tap("Gone too", channel)
    assert "not known here any more" in nurse.toasts[-1]
    assert "not known here any more" in nurse.dialog_text()
    assert nurse.troubles == []


# Sending


@pytest.mark.parametrize("retry_after", [7, None])
async def test_a_throttled_prompt_is_posted_when_teams_wants_it(ward: Ward, retry_after: int | None) -> None:
    tenant, channel = teams(ward)
    tenant.fail("post", 429, retry_after=retry_after)
    assert await ward.stage.at(MONDAY) == 0
    assert await states(ward) == ["due"]
    ward.stage.clock.at += timedelta(seconds=6 if retry_after else 2)
    assert await ward.stage.tick() == 0
    assert len(tenant.calls_of("post")) == 1, "it is not asked again before its time"
    ward.stage.clock.at += timedelta(seconds=5)
    assert await ward.stage.tick() == 1
    assert len(tenant.posts(channel)) == 1
    assert await states(ward) == ["sent"]


@pytest.mark.parametrize("status", [412, 502, 503, 504])
async def test_a_prompt_that_met_a_busy_teams_is_posted_a_little_later(ward: Ward, status: int) -> None:
    tenant, channel = teams(ward)
    tenant.fail("post", status, times=2)
    for _ in range(6):
        await ward.stage.tick() if tenant.calls else await ward.stage.at(MONDAY)
        ward.stage.clock.at += timedelta(seconds=20)
    assert len(tenant.calls_of("post")) == 3
    assert len(tenant.posts(channel)) == 1
    assert await states(ward) == ["sent"]


async def test_a_throttled_summary_is_tried_again_at_once_where_that_is_soon(ward: Ward) -> None:
    tenant, _ = teams(ward)
    actor = await ward.somebody()
    await ward.stage.at(MONDAY)
    tenant.fail("update", 429, retry_after=0)
    await hold_huddle(actor)
    assert "Start of day huddle: held" in await actor.channel()
    await actor.tap("Add or change")
    await actor.fill({"What went well overnight?": ["It was calm and settled"]})
    tenant.fail("update", 429, retry_after=600)
    await actor.submit()
    assert "This was saved, but the message in the channel could not be changed" in actor.told()


async def test_an_answer_does_not_wait_for_a_throttled_channel(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, _ = teams(ward)
    sister = tenant.person("U0SISTER")
    channel = new_channel(ward, "willow", "U0SISTER")
    await typed_form(sister, "huddle setup", channel)
    await sister.fill(SETUP)
    await sister.submit()
    half_a_minute_later, pauses = asyncio.Event(), []

    async def paused(seconds: float) -> None:
        pauses.append(seconds)
        await half_a_minute_later.wait()

    monkeypatch.setattr("bot.chat.teams.front.asyncio", SimpleNamespace(sleep=paused))
    monkeypatch.setattr("bot.chat.teams.people.ANSWER_WITHIN", 0.02)
    tenant.patience = 0.1
    tenant.fail("post", 429, retry_after=30)
    try:
        await asyncio.wait_for(sister.submit(), 5)
        assert pauses == [30]
        assert "Willow is set up" in sister.dialog_text()
        assert "please look at the channel in a minute" in sister.dialog_text()
        assert not sister.sees("can change it", channel)
    finally:
        half_a_minute_later.set()
    async with asyncio.timeout(5):
        while not sister.sees("can change it with @Wardhuddle huddle setup", channel):
            await tenant.settle()


@pytest.mark.parametrize("where", ["channel", "chat"])
async def test_a_throttled_answer_is_said_all_the_same(ward: Ward, where: str) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    tenant.fail("post", 429, retry_after=0)
    await nurse.say("help", channel if where == "channel" else None)
    assert "@Wardhuddle huddle setup" in nurse.private_messages()[-1].visible
    assert read_in(channel, ward) == (ELSEWHERE if where == "channel" else [])


async def test_an_answer_that_teams_did_not_take_is_not_laid_at_the_persons_door(ward: Ward) -> None:
    tenant, channel = teams(ward)
    nurse = tenant.person("U0NURSE")
    tenant.fail("post", 429, retry_after=600)
    await nurse.say("help", channel)
    [said] = nurse.messages(channel)
    assert "try again" in said.visible
    assert "add Wardhuddle" not in said.visible


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", 500])
async def test_a_post_that_may_have_been_taken_is_not_repeated_and_shows_as_unclear(
    ward: Ward, fault: int | str
) -> None:
    tenant, channel = teams(ward)
    tenant.fail("post", fault)
    assert await ward.stage.at(MONDAY) == 0
    for _ in range(4):
        ward.stage.clock.at += timedelta(minutes=10)
        await ward.stage.tick()
    assert len(tenant.posts(channel)) == (fault == "drop_after")
    assert len(tenant.calls_of("post")) == 1
    assert await states(ward) == ["unclear"]
    await ward.stage.at("2026-11-23 19:45")
    assert len(tenant.calls_of("post")) > 1, "the next is posted"


# Pictures


async def test_the_digests_chart_is_fetched_as_a_picture_whose_words_say_the_same(
    database_url: str, tmp_path: Path
) -> None:
    clock = MovableClock(datetime.fromisoformat("2026-11-22 21:00").replace(tzinfo=LONDON))
    public = "https://wardhuddle.example"
    async with (
        Tenant(now=lambda: clock().timestamp()) as tenant,
        in_teams(tenant, database_url, tmp_path, clock, public_url=public) as stage,
    ):
        ward = Ward(stage, "teams")
        await ward.open()
        _, channel = teams(ward)
        nurse = tenant.person("U0NURSE")
        await stage.at(MONDAY)
        await nurse.extension("report_near_miss", channel)
        await reported(nurse)
        await stage.at("2026-11-30 09:00")
        digest = next(one for one in tenant.posts(channel) if "the week of" in one.visible)
        [picture] = digest.pictures
        assert "Line chart of near misses a week" in picture["altText"]
        assert "Too little data to draw a usual range" in picture["altText"]
        assert picture["url"].startswith(f"{public}/teams/chart/")
        path = picture["url"].removeprefix(public)
        async with httpx.AsyncClient(base_url=stage.url) as machine:
            fetched = await machine.get(path)
            assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/png")
            assert fetched.content.startswith(b"\x89PNG")
            again = await machine.get(path, headers={"if-none-match": fetched.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            signed = path.removeprefix("/teams/chart/").removesuffix(".png")
            for forged in (signed[:-1], signed + "x", "x" + signed, "a.b", "", "é", signed.partition(".")[0], "." * 9):
                answer = await machine.get(f"/teams/chart/{forged}.png")
                assert answer.status_code == 404, forged
        assert not tenant.refusals, tenant.refusals


async def test_a_ward_reports_only_for_itself_from_its_channel(ward: Ward) -> None:
    tenant, _ = teams(ward)
    nurse = tenant.person("U0NURSE")
    other = new_channel(ward, "hazel", "U0NURSE")
    await another_ward(ward, "Hazel", other)
    await nurse.extension("share_success", other)
    await reported(nurse)
    assert await kept_reports(ward) == []
    async with ward.stage.house.store() as session:
        hazel = await wards.ward_named(session, "Hazel")
        assert hazel
        today = ward.stage.clock().date()
        assert len(await reports.reports_between(session, [hazel.key], today, today)) == 1


async def test_a_prompt_of_which_nobody_knew_whether_it_arrived_is_known_once_somebody_taps_it(ward: Ward) -> None:
    assert ward.stage.tenant
    ward.stage.tenant.fail("post", "drop_after")
    nurse = await ward.somebody()
    await ward.stage.at(MONDAY)
    await hold_huddle(nurse)
    assert "Start of day huddle: held" in await nurse.channel()
    async with ward.stage.house.store() as session:
        assert [one.state for one, _ in await ledger.occurrences(session) if one.kind == "huddle"] == ["sent"]


async def test_a_nul_that_was_pasted_into_a_line_does_no_harm(ward: Ward) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")
    await nurse.fill(REPORT | {"Anything else, in one line": "Calmer\0 with music"})
    await nurse.submit()
    assert [report.line for report in await kept_reports(ward)] == ["Calmer with music"]
