"""Posting to Teams: what each answer means, where conversations are reached, and at what pace."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
import time

import pytest
from sqlmodel import select

from bot.chat.front import Destination, Front, Passing, Refused, SendError, Unclear
from bot.chat.front import Person as Somebody
from bot.chat.message import Button, Buttons, Chart, Message, Point, Text
from bot.chat.router import Command, Opened, Post, Replace, Reply
from bot.chat.teams.front import TeamsFront
from bot.store.database import AWAY, StoreAway
from bot.store.tables import Contact
from tests.chat.slack.test_slack_bolt import said
from tests.chat.teams.conftest import PICTURE, House, picture

HELLO = Message("hello", "Hello to all", (Text("Hello **all**"),))
CHARTED = Message("digest", "This week", (Text("This week"), Chart("Trend", (Point("1", 1.0),), alt="No change")))
ELSEWHERE = "The answer is in your own chat with Wardhuddle."
NOWHERE = "http://127.0.0.1:9/emea/"


async def contacts(house: House) -> dict[str, str]:
    async with house.store() as session:
        return {one.conversation: one.service_url for one in (await session.exec(select(Contact))).all()}


def shown(house: House) -> list[str]:
    return [message.visible for message in house.tenant.posts(house.ward)]


# Posting


async def test_a_post_arrives_as_written_with_the_words_of_its_notification(house: House) -> None:
    front: Front = house.front
    posted = await front.post(house.place, HELLO, "key")
    [message] = house.tenant.posts(house.ward)
    assert message.visible == "Hello **all**"
    assert posted == Destination("teams", {**house.place.address, "activity": message.id})
    [call] = house.tenant.calls
    assert call.body["summary"] == "Hello to all"
    assert call.body["attachments"][0]["content"] == house.front.card(HELLO)
    assert "key" not in str(call.body)


async def test_a_chart_is_a_picture_that_teams_fetches(house: House) -> None:
    await house.front.post(house.place, CHARTED, "key")
    assert house.tenant.posts(house.ward)[0].pictures == [{"url": PICTURE, "altText": "No change"}]


@pytest.mark.parametrize(
    ("fault", "raised", "reason"),
    [
        (401, Refused, "Unauthorized"),
        (403, Refused, "Forbidden"),
        (404, Refused, "NotFound"),
        (400, SendError, "BadRequest"),
        (418, SendError, ""),
        (412, Passing, "PreconditionFailed"),
        (429, Passing, "TooManyRequests"),
        (502, Passing, "BadGateway"),
        (503, Passing, "ServiceUnavailable"),
        (504, Passing, "GatewayTimeout"),
        (500, Unclear, "InternalServerError"),
        (501, Unclear, "NotImplemented"),
        ("drop_before", Unclear, "connection_lost"),
        ("drop_after", Unclear, "connection_lost"),
    ],
)
async def test_a_post_that_fails_says_how_and_is_not_repeated(
    house: House, fault: int | str, raised: type[SendError], reason: str
) -> None:
    house.tenant.fail("post", fault)
    with pytest.raises(SendError) as caught:
        await house.front.post(house.place, HELLO, "key")
    assert type(caught.value) is raised
    assert reason in caught.value.reason
    assert len(house.tenant.calls) == 1


@pytest.mark.parametrize("retry_after", [30, 0, None])
async def test_throttling_says_when_to_come_back(house: House, retry_after: int | None) -> None:
    house.tenant.fail("post", 429, retry_after=retry_after)
    with pytest.raises(Passing) as caught:
        await house.front.post(house.place, HELLO, "key")
    assert caught.value.retry_after == retry_after


async def test_a_conversation_without_the_bot_is_refused_and_not_reachable(house: House) -> None:
    assert await house.front.reachable(house.place)
    house.ward.bot = False
    with pytest.raises(Refused, match="BotNotInConversationRoster"):
        await house.front.post(house.place, HELLO, "key")
    assert not await house.front.reachable(house.place)
    gone = Destination("teams", {"workspace": house.tenant.tenant_id, "channel": "19:gone@thread.tacv2"})
    with pytest.raises(Refused, match="ConversationNotFound"):
        await house.front.post(gone, HELLO, "key")
    assert not await house.front.reachable(gone)
    house.ward.bot = True
    house.tenant.fail("members", 500, times=2)
    assert not await house.front.reachable(house.place), "Teams does not say"


async def test_an_unreachable_teams_passes(house: House) -> None:
    await house.front.met(house.place, NOWHERE)
    with pytest.raises(Passing, match="unreachable"):
        await house.front.post(house.place, HELLO, "key")


async def test_what_was_posted_can_not_be_looked_up(house: House) -> None:
    await house.front.post(house.place, HELLO, "key")
    with pytest.raises(Unclear, match="no_history"):
        await house.front.find(house.place, "key", datetime.now(UTC))


async def test_one_conversation_takes_one_post_a_second_and_another_does_not_wait(house: House) -> None:
    house.tenant.enforce_rates = True
    house.front.pace.seconds = 1.05
    other = house.at(house.tenant.group_chat("night", members=[house.ann]))
    began = time.monotonic()
    await house.front.post(house.place, HELLO, "1")
    await house.front.post(other, HELLO, "2")
    assert time.monotonic() - began < 0.9
    await asyncio.gather(*(house.front.post(where, HELLO, "3") for where in (house.place, other)))
    assert time.monotonic() - began >= 1
    assert len(house.tenant.calls) == len(house.tenant.messages) == 4


async def test_a_thread_has_no_pace_of_its_own(house: House) -> None:
    front, asked = house.front, []
    paced = front.pace.of
    front.pace.of = lambda place: asked.append(place) or paced(place)  # type: ignore[func-returns-value,method-assign]
    await house.ann.say("huddle", house.ward)
    house.desk.answers["huddle"] = [Reply(said("Hello"))]
    house.tenant.fail("create", 403)
    await house.ann.say("huddle", house.ward)
    assert set(asked) == {house.ward.id}


# Replacing


async def test_an_update_replaces_and_is_repeated_where_that_is_safe(house: House) -> None:
    at = await house.front.post(house.place, HELLO, "key")
    for fault in ("drop_after", "drop_before", 500):
        house.tenant.fail("update", fault)
        assert await house.front.update(at, said(str(fault))) == at
        assert shown(house) == [str(fault)]
    house.tenant.fail("update", 429, retry_after=0)
    assert await house.front.update(at, said("At last")) == at
    assert shown(house) == ["At last"]


@pytest.mark.parametrize(
    ("fault", "times", "raised", "calls"), [(429, 1, Passing, 1), (504, 2, Passing, 2), (403, 1, Refused, 1)]
)
async def test_an_update_is_given_up_in_time(
    house: House, fault: int, times: int, raised: type[SendError], calls: int
) -> None:
    at = await house.front.post(house.place, HELLO, "key")
    house.tenant.fail("update", fault, times=times, retry_after=60 if fault == 429 else 0)
    with pytest.raises(raised):
        await house.front.update(at, HELLO)
    assert len(house.tenant.calls_of("update")) == calls
    assert len(house.tenant.calls_of("post")) == 1


async def test_an_update_of_a_deleted_message_posts_it_anew_and_says_where(house: House) -> None:
    at = await house.front.post(house.place, HELLO, "key")
    house.tenant.posts(house.ward)[0].deleted = True
    now_at = await house.front.update(at, said("Anew"))
    message = house.tenant.posts(house.ward)[-1]
    assert message.visible == "Anew"
    assert now_at == Destination("teams", {**house.place.address, "activity": message.id})
    assert message.thread == message.id
    assert await house.front.update(now_at, HELLO) == now_at
    assert len(house.tenant.posts(house.ward)) == 2


# Under a message


async def test_a_post_under_a_message_of_a_channel_is_in_its_thread(house: House) -> None:
    at = await house.front.post(house.place, HELLO, "above")
    reply = await house.front.post(house.front.thread(at), HELLO, "below")
    parent, below = house.tenant.posts(house.ward)
    assert house.tenant.replies(parent) == [below]
    assert reply.address == {**house.place.address, "thread": parent.id, "activity": below.id}
    below.deleted = True
    anew = await house.front.update(reply, said("Anew"))
    assert [message.visible for message in house.tenant.replies(parent)] == ["", "Anew"]
    assert house.front.thread(anew) == house.front.thread(reply) == house.front.thread(at)


async def test_in_a_group_chat_it_is_in_the_chat(house: House) -> None:
    chat = house.at(house.tenant.group_chat("night", members=[house.ann]))
    assert house.front.thread(await house.front.post(chat, HELLO, "above")) == chat


async def test_a_post_under_a_message_that_is_gone_for_good_is_in_the_channel(house: House) -> None:
    under = house.front.thread(await house.front.post(house.place, HELLO, "above"))
    house.tenant.posts(house.ward)[0].deleted = True
    assert (await house.front.post(under, HELLO, "1")).address["thread"], "what a person deletes keeps its thread"
    house.tenant.purge(house.tenant.posts(house.ward)[0])
    posted = await house.front.post(under, said("Later"), "2")
    assert shown(house) == ["Later"]
    assert set(posted.address) == {"workspace", "channel", "activity"}
    house.ward.bot = False
    with pytest.raises(Refused, match="BotNotInConversationRoster"):
        await house.front.post(under, HELLO, "3")


async def test_what_may_have_arrived_under_a_message_is_not_posted_elsewhere_too(house: House) -> None:
    under = house.front.thread(await house.front.post(house.place, HELLO, "above"))
    house.tenant.fail("post", "drop_after")
    with pytest.raises(Unclear):
        await house.front.post(under, HELLO, "below")
    assert len(house.tenant.posts(house.ward)) == 2


# Privately


async def test_private_words_are_in_the_persons_own_chat(house: House) -> None:
    other = house.tenant.person("ben")
    await house.front.say_privately(Somebody("teams", house.ann.id, house.tenant.tenant_id), HELLO)
    assert [message.visible for message in house.ann.private_messages()] == ["Hello **all**"]
    assert shown(house) == []
    assert other.messages() == []
    with pytest.raises(Refused):
        await house.front.say_privately(Somebody("teams", "nobody", house.tenant.tenant_id), HELLO)


async def test_private_words_are_repeated_only_where_they_surely_did_not_arrive(house: House) -> None:
    ann = Somebody("teams", house.ann.id, house.tenant.tenant_id)
    house.tenant.fail("post", 429, retry_after=0)
    await house.front.say_privately(ann, HELLO)
    assert len(house.ann.private_messages()) == 1
    house.tenant.fail("post", "drop_after")
    with pytest.raises(Unclear):
        await house.front.say_privately(ann, HELLO)
    assert len(house.ann.private_messages()) == 2
    house.tenant.fail("post", 429, retry_after=600)
    with pytest.raises(Passing):
        await house.front.say_privately(ann, HELLO)
    house.tenant.fail("create", "drop_after")
    await house.front.say_privately(ann, HELLO)
    assert len(house.ann.private_messages()) == 3, "a chat is made once, however often it is asked for"


async def test_what_a_private_button_brings_back_is_its_channel(house: House) -> None:
    house.desk.answers["huddle"] = [Reply(said("Sure?", Button("Press", "press", "7")))]
    await house.ann.say("huddle", house.ward)
    await house.ann.say("huddle")
    in_channel, in_chat = house.ann.private_messages()
    await house.ann.tap("Press", in_channel)
    await house.ann.tap("Press", in_chat)
    places = [getattr(event, "place", None) for event in house.desk.events]
    assert places == [house.place, None, house.place, None]


# Where conversations are reached


async def test_a_conversation_is_reached_where_it_was_met_last(house: House) -> None:
    await house.front.met(house.place, NOWHERE)
    house.desk.answers["huddle"] = [Post(house.place, HELLO)]
    await house.ann.say("huddle", house.ward)
    assert shown(house) == ["Hello **all**"]
    assert await contacts(house) == {house.ward.id: house.tenant.service_url}
    another = TeamsFront(house.connector, house.store, picture)
    assert await another._service_url(house.ward.id) == house.tenant.service_url
    await another.met(house.place, NOWHERE)
    assert await contacts(house) == {house.ward.id: NOWHERE}
    with pytest.raises(Passing):
        await house.front.post(house.place, HELLO, "another process has heard that it moved")


async def test_a_conversation_never_met_is_reached_where_teams_is(house: House) -> None:
    await house.front.post(house.place, HELLO, "key")
    assert shown(house) == ["Hello **all**"]
    assert await contacts(house) == {}


async def test_only_conversations_that_people_share_are_noted(house: House) -> None:
    night = house.tenant.group_chat("night", members=[house.ann], bot=False)
    day = house.tenant.channel("day", members=[house.ann])
    await house.ann.install()
    await house.ann.say("huddle")
    await house.ann.extension("report_near_miss")
    await house.ann.extension("report_near_miss", night)
    await house.ann.extension("report_near_miss", house.ward)
    assert await contacts(house) == {}, "the menu is there in conversations without the bot, which tell who reports"
    await house.ann.add_bot(night)
    await house.front.post(house.place, said("Press", Button("Press", "press")), "1")
    await house.front.post(house.at(day), said("Open", Button("Open", "press", opens=True)), "2")
    await house.ann.tap("Press", house.ward)
    await house.ann.tap("Open", day)
    assert set(await contacts(house)) == {night.id, house.ward.id, day.id}


async def test_an_address_that_can_not_be_noted_stops_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.desk.answers["huddle"] = [Reply(said("Hello"))]
    with monkeypatch.context() as away:
        away.setattr("bot.store.contacts.remember", _away)
        await house.ann.say("huddle", house.ward)
    assert [message.visible for message in house.ann.private_messages()] == ["Hello"]
    assert await contacts(house) == {}
    await house.ann.say("huddle", house.ward)
    assert await contacts(house) == {house.ward.id: house.tenant.service_url}, "it is noted the next time"


async def _away(*_: object) -> None:
    raise StoreAway(AWAY)


# What people do


async def test_a_typed_command_reaches_its_handler_whatever_is_around_it(house: House) -> None:
    for typed in (
        "huddle skip",
        "/huddle   skip",
        "HUDDLE skip",
        "&nbsp;huddle skip",
        "huddle\n skip",
        "\u00a0huddle skip",
    ):
        await house.ann.say(typed, house.ward)
        command = house.desk.events.pop()
        assert isinstance(command, Command)
        assert (command.name, command.text) == ("huddle", "skip"), typed
    for typed in ("", "please help", "huddles", "skip", "homer"):
        await house.ann.say(typed, house.ward)
        command = house.desk.events.pop()
        assert isinstance(command, Command)
        assert (command.name, command.text) == ("huddle", "help"), typed
    await house.ann.say("Home", house.ward)
    assert isinstance(house.desk.events.pop(), Opened)


async def test_a_tap_knows_its_message_and_replaces_it(house: House) -> None:
    at = await house.front.post(house.place, said("Before", Button("Press", "press", "7")), "key")
    house.desk.answers["press"] = [Replace(said("After")), Reply(said("Thank you"))]
    await house.ann.tap("Press", house.ward)
    [tap] = house.desk.events
    assert (tap.action, tap.value, tap.place, tap.message) == ("press", "7", house.place, at)  # type: ignore[union-attr]
    assert shown(house) == [message.visible for message in house.ann.messages(house.ward)] == ["After"]
    assert [message.visible for message in house.ann.private_messages()] == ["Thank you"]


async def test_what_belongs_to_another_front_is_left_alone(house: House) -> None:
    there = Destination("slack", {"workspace": "T1", "channel": "C1"})
    house.desk.answers["huddle"] = [Replace(said("x"), there), Post(there, said("x")), Reply(said("Next"))]
    await house.ann.say("huddle", house.ward)
    assert [message.visible for message in house.ann.private_messages()] == ["Next"]
    assert shown(house) == [ELSEWHERE]


async def test_one_outcome_that_fails_is_told_of_and_does_not_stop_the_next(house: House) -> None:
    elsewhere = Destination("teams", {"workspace": house.tenant.tenant_id, "channel": "19:gone@thread.tacv2"})
    broken = Message("broken", "Broken", (Buttons((None,)),))  # type: ignore[arg-type]
    outcomes = [Post(elsewhere, HELLO), Post(house.place, broken), Post(house.place, HELLO), Reply(said("Next"))]
    house.desk.answers["huddle"] = outcomes
    await house.ann.say("huddle", house.ward)
    assert shown(house) == ["Hello **all**", ELSEWHERE]
    told = {message.visible for message in house.ann.private_messages()}
    assert "This was saved, but it could not be posted to the channel (ConversationNotFound)." in told
    assert "Next" in told
    assert [one for one in told if "the reference" in one]
