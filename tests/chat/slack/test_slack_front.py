from __future__ import annotations

from datetime import UTC, datetime
import time

import pytest

from bot.chat.front import Destination, Front, Passing, Person, Refused, SendError, Unclear
from bot.chat.message import Chart, Message, Point, Text
from bot.chat.slack.blocks import payload
from tests.chat.slack.conftest import PICTURE, front_for
from tests.slack_workspace import Workspace

HELLO = Message("hello", "Hello & <!channel>", (Text("Hello <!channel>"),))
CHARTED = Message("digest", "This week", (Text("This week"), Chart("Trend", (Point("1", 1.0),), alt="No change")))


def in_channel(ws: Workspace, **more: bool) -> Destination:
    channel = ws.channel("aspen", **more)
    return Destination("slack", {"workspace": ws.team_id, "channel": channel.id})


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_post_arrives_as_written_and_can_be_found(ws: Workspace) -> None:
    front: Front = front_for(ws)
    place = in_channel(ws)
    posted = await front.post(place, HELLO, "key-1")
    [message] = ws.posts(place.address["channel"])
    assert message.visible == "Hello <!channel>"
    assert message.mentions == []
    assert posted.address == {**place.address, "ts": message.ts}
    assert await front.find(place, "key-1", now()) == posted
    assert await front.find(place, "key-2", now()) is None


async def test_the_preview_is_what_is_posted(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    await front.post(place, HELLO, "key")
    sent = ws.calls_of("chat.postMessage")[0].args
    assert {name: sent[name] for name in ("text", "blocks")} == payload(HELLO)
    assert not sent["unfurl_links"] and not sent["unfurl_media"]


@pytest.mark.parametrize(
    ("fault", "raised", "reason"),
    [
        ("not_in_channel", Refused, "not_in_channel"),
        ("is_archived", Refused, "is_archived"),
        ("channel_not_found", Refused, "channel_not_found"),
        ("invalid_auth", Refused, "invalid_auth"),
        ("missing_scope", Refused, "missing_scope"),
        ("invalid_blocks", SendError, "invalid_blocks"),
        ("msg_too_long", SendError, "msg_too_long"),
        ("a_new_error", SendError, "a_new_error"),
        ("service_unavailable", Passing, "service_unavailable"),
        ("http 403", Passing, "http_403"),
        ("http 503", Unclear, "http_503"),
        ("http 200", Unclear, "http_200"),
        ("internal_error", Unclear, "internal_error"),
        ("fatal_error", Unclear, "fatal_error"),
        ("drop_before", Unclear, "connection_lost"),
        ("drop_after", Unclear, "connection_lost"),
    ],
)
async def test_a_post_that_fails_says_how_and_is_not_repeated(
    ws: Workspace, fault: str, raised: type[SendError], reason: str
) -> None:
    ws.fail("chat.postMessage", fault)
    with pytest.raises(SendError) as caught:
        await front_for(ws).post(in_channel(ws), HELLO, "key")
    assert type(caught.value) is raised
    assert caught.value.reason == reason
    assert len(ws.calls_of("chat.postMessage")) == 1


async def test_a_channel_without_the_bot_is_refused_and_not_reachable(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws, bot=False)
    with pytest.raises(Refused, match="not_in_channel"):
        await front.post(place, HELLO, "key")
    assert not await front.reachable(place)


async def test_reachable_is_a_channel_with_the_bot_that_is_not_archived(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    assert await front.reachable(place)
    ws.channels[place.address["channel"]].is_archived = True
    assert not await front.reachable(place)
    assert not await front.reachable(Destination("slack", {"workspace": ws.team_id, "channel": "C404"}))
    ws.fail("conversations.info", "http 500", times=2)
    assert not await front.reachable(in_channel(ws))


async def test_rate_limited_says_when_to_come_back(ws: Workspace) -> None:
    ws.fail("chat.postMessage", "ratelimited", retry_after=30)
    with pytest.raises(Passing) as caught:
        await front_for(ws).post(in_channel(ws), HELLO, "key")
    assert caught.value.retry_after == 30


async def test_an_unreachable_slack_passes(ws: Workspace) -> None:
    front = front_for(ws, slack_api_url="http://127.0.0.1:9/api")
    with pytest.raises(Passing, match="unreachable"):
        await front.post(in_channel(ws), HELLO, "key")


async def test_a_post_whose_answer_was_lost_is_found(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    ws.fail("chat.postMessage", "drop_after")
    with pytest.raises(Unclear):
        await front.post(place, HELLO, "key")
    found = await front.find(place, "key", now())
    assert found and found.address["ts"] == ws.posts(place.address["channel"])[0].ts
    ws.fail("chat.postMessage", "drop_before")
    with pytest.raises(Unclear):
        await front.post(place, HELLO, "other")
    assert await front.find(place, "other", now()) is None


async def test_what_can_not_be_looked_up_stays_unclear(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    ws.fail("conversations.history", "missing_scope")
    with pytest.raises(Unclear, match="missing_scope"):
        await front.find(place, "key", now())
    ws.fail("conversations.history", "ratelimited", retry_after=60)
    with pytest.raises(Unclear, match="ratelimited"):
        await front.find(place, "key", now())
    channel = ws.channels[place.address["channel"]]
    for n in range(700):
        ws.person("U1ANN") if n == 0 else None
        ws.add_message(channel.id, "U1ANN", f"chat {n}", [])
    with pytest.raises(Unclear, match="history_too_long"):
        await front.find(place, "key", now())


async def test_one_channel_takes_one_post_a_second_and_another_does_not_wait(ws: Workspace) -> None:
    ws.enforce_rates = True
    front, one, other = front_for(ws), in_channel(ws), in_channel(ws)
    began = time.monotonic()
    await front.post(one, HELLO, "1")
    await front.post(other, HELLO, "2")
    assert time.monotonic() - began < 0.8
    await front.post(one, HELLO, "3")
    assert time.monotonic() - began >= 1
    assert len(ws.posts(one.address["channel"])) == 2


async def test_an_update_replaces_and_is_repeated_where_that_is_safe(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    at = await front.post(place, HELLO, "key")
    for fault in ("drop_after", "http 500", "ratelimited"):
        ws.fail("chat.update", fault)
        assert await front.update(at, Message("hello", fault, (Text(fault),))) == at
        assert ws.posts(place.address["channel"])[0].visible == fault
    assert await front.find(place, "key", now()) == at
    ws.fail("chat.update", "ratelimited", retry_after=60)
    with pytest.raises(Passing):
        await front.update(at, HELLO)


async def test_an_update_of_a_deleted_message_posts_it_anew_and_says_where(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    at = await front.post(place, HELLO, "key")
    ws.messages.clear()
    now_at = await front.update(at, HELLO)
    [message] = ws.posts(place.address["channel"])
    assert now_at.address == {**place.address, "ts": message.ts}
    assert await front.update(now_at, HELLO) == now_at


async def test_a_post_under_a_message_is_looked_for_in_its_thread(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    front.pace.seconds = 0.001
    at = await front.post(place, HELLO, "above")
    under = front.thread(at)
    for fault in ("drop_before", "drop_after"):
        ws.fail("chat.postMessage", fault)
        with pytest.raises(Unclear):
            await front.post(under, HELLO, fault)
    assert await front.find(under, "drop_before", now()) is None
    found = await front.find(under, "drop_after", now())
    [parent, reply] = ws.posts(place.address["channel"])
    assert ws.replies(parent) == [reply]
    assert found == Destination("slack", {**place.address, "thread": parent.ts, "ts": reply.ts})
    assert await front.find(place, "above", now()) == at, "it is still named as before, though it has a thread"
    assert await front.find(place, "drop_after", now()) is None
    ws.fail("conversations.replies", "missing_scope")
    with pytest.raises(Unclear, match="missing_scope"):
        await front.find(under, "drop_after", now())
    ws.delete(reply)
    assert (await front.update(found, HELLO)).address["thread"] == parent.ts, "posted anew in the same thread"


async def test_a_post_under_a_deleted_message_arrives_and_is_found(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    front.pace.seconds = 0.001
    at, other = await front.post(place, HELLO, "1"), await front.post(place, HELLO, "2")
    await front.post(front.thread(other), HELLO, "first reply")
    for message in ws.posts(place.address["channel"])[:2]:
        ws.delete(message)

    in_the_channel = await front.post(front.thread(at), HELLO, "3")
    assert set(in_the_channel.address) == {"workspace", "channel", "ts"}
    assert await front.find(front.thread(at), "3", now()) == in_the_channel
    under_the_tombstone = await front.post(front.thread(other), HELLO, "4")
    assert front.thread(under_the_tombstone) == front.thread(other)
    assert await front.find(front.thread(other), "4", now()) == under_the_tombstone


async def test_private_words_are_a_direct_message(ws: Workspace) -> None:
    ann, ben = ws.person("U1ANN"), ws.person("U2BEN")
    await front_for(ws).say_privately(Person("slack", ann.id, ws.team_id), HELLO)
    assert [message.visible for message in ann.private_messages()] == ["Hello <!channel>"]
    assert ben.messages() == []


async def test_whispers_go_to_a_direct_message_where_the_channel_does_not_take_them(ws: Workspace) -> None:
    ann, place = ws.person("U1ANN"), in_channel(ws, bot=False)
    await front_for(ws).whisper(Person("slack", ann.id, ws.team_id), place, HELLO)
    [message] = ann.private_messages()
    assert ws.channels[message.channel].is_im


async def test_a_chart_is_posted_as_a_picture(ws: Workspace) -> None:
    place = in_channel(ws)
    await front_for(ws).post(place, CHARTED, "key")
    assert ws.posts(place.address["channel"])[0].visible == "This week\nTrend\n[image: No change]"
    assert [file.content for file in ws.files.values()] == [PICTURE]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
@pytest.mark.parametrize("fault", ["http 500", "drop_before", "missing_scope", "ratelimited"])
async def test_a_chart_that_can_not_be_uploaded_is_its_text(ws: Workspace, method: str, fault: str) -> None:
    if (method, fault) == ("upload", "missing_scope"):
        pytest.skip("an upload has no Slack errors")
    place = in_channel(ws)
    ws.fail(method, fault)
    await front_for(ws).post(place, CHARTED, "key")
    assert [message.visible for message in ws.posts(place.address["channel"])] == ["This week\nNo change"]


async def test_a_picture_that_slack_is_not_ready_with_is_posted_a_moment_later_or_not_at_all(ws: Workspace) -> None:
    front, place = front_for(ws), in_channel(ws)
    ws.file_ready_after = 0.5
    front.picture_pause = 0.6
    await front.post(place, CHARTED, "1")
    ws.file_ready_after = 3600
    front.picture_pause = 0.0
    await front.post(place, CHARTED, "2")
    shown = [message.visible for message in ws.posts(place.address["channel"])]
    assert shown == ["This week\nTrend\n[image: No change]", "This week\nNo change"]
