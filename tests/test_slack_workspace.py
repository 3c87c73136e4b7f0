"""The stand-in Slack, driven with a small real Bolt app over Socket Mode and over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
import pytest
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_workspace import (
    MESSAGE,
    METHODS,
    SCOPES,
    NotAcknowledged,
    Person,
    Workspace,
    wrong_with_blocks,
    wrong_with_view,
)

SECRET = "signing-secret"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def option(label: str) -> dict[str, Any]:
    return {"text": plain(label), "value": label.lower()}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str, action: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(label), "action_id": action, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def field(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain("A form"),
        "submit": plain("Send"),
        "blocks": list(blocks),
        **more,
    }


FORM = modal(
    field(
        "where",
        "Where",
        {"type": "radio_buttons", "action_id": "a", "options": [option("Bay"), option("Day room")]},
    ),
    field(
        "calm",
        "What helped",
        {
            "type": "checkboxes",
            "action_id": "a",
            "options": [option("Talking"), option("A walk"), option("Space")],
        },
        optional=True,
    ),
    field(
        "kind",
        "Kind",
        {
            "type": "static_select",
            "action_id": "a",
            "options": [option("Noise"), option("Waiting")],
            "initial_option": option("Noise"),
        },
    ),
    field("at", "When", {"type": "timepicker", "action_id": "a"}, optional=True),
    field(
        "room",
        "Channel",
        {"type": "conversations_select", "action_id": "a", "default_to_current_conversation": True},
    ),
    field("note", "A note", {"type": "plain_text_input", "action_id": "a", "max_length": 40}, optional=True),
    callback_id="form",
    private_metadata="kept",
)


class Bot:
    """A small Bolt app that does a little of everything."""

    def __init__(self, ws: Workspace) -> None:
        self.client = AsyncWebClient(token=ws.bot_token, base_url=ws.api_url)
        self.app = AsyncApp(client=self.client, signing_secret=SECRET)
        self.submitted: list[dict[str, Any]] = []
        self.retries: list[list[str]] = []
        self.event_ids: list[str] = []
        self.slow = 0.0
        self.app.middleware(self.flaky)
        self.app.command("/form")(self.on_command)
        self.app.command("/say")(self.on_say)
        self.app.view("form")(self.on_form)
        self.app.action("done")(self.on_done)
        self.app.action("again")(self.on_again)
        self.app.action("menu")(self.on_menu)
        self.app.shortcut("open_form")(self.on_shortcut)
        self.app.event("app_home_opened")(self.on_home)
        self.app.event("member_joined_channel")(self.on_joined)
        self.app.event("channel_created")(self.on_created)

    async def on_command(self, ack: Any, body: Any, client: Any) -> None:
        await ack("Here is your form")
        await asyncio.sleep(self.slow)
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def on_say(self, ack: Any, command: Any, respond: Any) -> None:
        await ack()
        for n in range(int(command["text"])):
            await respond(f"answer {n + 1}")

    async def on_shortcut(self, ack: Any, shortcut: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)

    async def on_form(self, ack: Any, view: Any) -> None:
        values = view["state"]["values"]
        if values["note"]["a"]["value"] == "Bob":
            await ack(response_action="errors", errors={"note": "No names, please"})
            return
        self.submitted.append(view)
        await ack()

    async def on_done(self, ack: Any, body: Any, client: Any) -> None:
        await ack()
        message = body["message"]
        await client.chat_update(
            channel=body["channel"]["id"], ts=message["ts"], text="Done", blocks=[section("*All done*")]
        )

    async def on_again(self, ack: Any, body: Any, client: Any) -> None:
        await ack()
        view = modal(field("new", "New", {"type": "plain_text_input", "action_id": "a"}), callback_id="form")
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    async def on_menu(self, ack: Any, body: Any, respond: Any) -> None:
        await ack()
        await respond(f"You chose {body['actions'][0]['selected_option']['value']}", replace_original=False)

    async def on_home(self, event: Any, client: Any, body: Any) -> None:
        self.event_ids.append(body["event_id"])
        blocks = [section("Your ward"), actions(button("Report", "report"))]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    async def on_joined(self, event: Any, client: Any, context: Any) -> None:
        if event["user"] == context["bot_user_id"]:
            await client.chat_postMessage(channel=event["channel"], text="Hello")

    async def on_created(self) -> None:
        """Acknowledged by Bolt itself, unless `flaky` gets in between."""

    async def flaky(self, req: Any, next: Any) -> Any:
        """Fails twice for this one event, and notes what Slack says of its retries."""
        if req.body.get("event", {}).get("type") == "channel_created":
            self.retries.append(list(req.headers.get("x-slack-retry-num", [])))
            if len(self.retries) < 3:
                return BoltResponse(status=500, body="not yet")
        return await next()


@pytest.fixture
async def ws() -> AsyncIterator[Workspace]:
    async with Workspace(events={"app_home_opened", "member_joined_channel", "channel_created"}) as workspace:
        yield workspace


@pytest.fixture
def bot(ws: Workspace) -> Bot:
    return Bot(ws)


@asynccontextmanager
async def over_socket(ws: Workspace, bot: Bot) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(bot.app, ws.app_token)
    await handler.connect_async()
    try:
        yield
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(ws: Workspace, bot: Bot) -> AsyncIterator[None]:
    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bot.app.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", events)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ws.deliver_http(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", SECRET)
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture
async def socket(ws: Workspace, bot: Bot) -> AsyncIterator[None]:
    async with over_socket(ws, bot):
        yield


@pytest.fixture
async def http(ws: Workspace, bot: Bot) -> AsyncIterator[None]:
    async with over_http(ws, bot):
        yield


@pytest.fixture(params=[over_socket, over_http])
async def either(request: pytest.FixtureRequest, ws: Workspace, bot: Bot) -> AsyncIterator[None]:
    """The bot, reached in either way."""
    async with request.param(ws, bot):
        yield


@pytest.fixture
def nurse(ws: Workspace) -> Person:
    return ws.person("U1NURSE", name="Nurse Ade")


@pytest.fixture
def ward(ws: Workspace, nurse: Person) -> Any:
    return ws.channel("ward-a", members=[nurse, ws.person("U2HCA", name="Bo")])


async def refused(call: Any) -> dict[str, Any]:
    """What Slack answered to a call that it refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


async def error_of(call: Any) -> str:
    return str((await refused(call))["error"])


# a form, from the command to the answer


async def test_a_form_is_opened_filled_refused_and_sent(
    ws: Workspace, bot: Bot, either: None, nurse: Person, ward: Any
) -> None:
    await nurse.command("/form", "", ward)
    assert nurse.sees("Here is your form", ward)
    assert not ws.person("U2HCA").sees("Here is your form", ward)
    assert nurse.view and "Where" in nurse.view_text()
    assert nurse.fields()["Kind"]["value"] == "noise"
    assert nurse.fields()["Channel"] == ward.id

    await nurse.fill({"A note": "Bob", "When": "07:45", "What helped": ["Space", "Talking"]})
    with pytest.raises(AssertionError, match="required fields are empty: \\['Where'\\]"):
        await nurse.submit()
    await nurse.fill({"Where": "Day room"})
    await nurse.submit()
    assert nurse.errors == {"A note": "No names, please"}
    assert nurse.view and nurse.fields()["When"] == "07:45" and not bot.submitted

    await nurse.fill({"A note": None})
    await nurse.submit()
    assert nurse.view is None and nurse.errors == {}
    view = bot.submitted[0]
    assert view["private_metadata"] == "kept" and view["callback_id"] == "form"
    values = {block_id: entry["a"] for block_id, entry in view["state"]["values"].items()}
    assert values["where"]["selected_option"]["value"] == "day room"
    assert [o["value"] for o in values["calm"]["selected_options"]] == ["talking", "space"]
    assert values["at"] == {"type": "timepicker", "selected_time": "07:45"}
    assert values["note"] == {"type": "plain_text_input", "value": None}
    assert nurse.taps == 2 + 2 + 1 + 1 + 1  # clock, two boxes, radio, two submits


async def test_what_is_not_there_is_named(bot: Bot, socket: None, nurse: Person, ward: Any) -> None:
    await nurse.shortcut("open_form")
    with pytest.raises(AssertionError, match="no field is labelled 'Nowhere'; there are \\['Where', "):
        await nurse.fill({"Nowhere": "x"})
    with pytest.raises(AssertionError, match="'Where' has no option 'Roof'; there are \\['Bay', 'Day"):
        await nurse.fill({"Where": "Roof"})
    with pytest.raises(AssertionError, match="at most 40 characters"):
        await nurse.fill({"A note": "x" * 41})
    with pytest.raises(AssertionError, match="a time such as 07:45"):
        await nurse.fill({"When": "7.45"})
    await nurse.close()
    with pytest.raises(AssertionError, match="has no form open"):
        await nurse.submit()


async def test_a_slow_bot_is_waited_for_unless_its_trigger_is_too_old(
    ws: Workspace, bot: Bot, either: None, nurse: Person, ward: Any
) -> None:
    bot.slow = 0.2
    ws.expire_next_trigger()
    await nurse.command("/form", "", ward)
    assert nurse.view is None and len(ws.calls_of("views.open")) == 1
    await nurse.command("/form", "", ward)
    assert nurse.view


async def test_an_unknown_command_times_out(ws: Workspace, either: None, nurse: Person, ward: Any) -> None:
    ws.ack_within = 0.2
    with pytest.raises(NotAcknowledged, match="slash_commands /nothing"):
        await nurse.command("/nothing", "", ward)


# messages


async def test_a_tap_updates_it(ws: Workspace, bot: Bot, either: None, nurse: Person, ward: Any) -> None:
    blocks = [section("Ready?"), actions(button("Start huddle", "done", value="7"), button("Later", "later"))]
    await bot.client.chat_postMessage(channel=ward.id, text="Ready?", blocks=blocks)
    await nurse.tap("Start huddle", in_=ward)
    assert nurse.sees("All done", ward) and not nurse.sees("Start huddle", ward)
    assert len(ws.posts(ward)) == 1 and len(ws.calls_of("chat.update")) == 1
    action = ws.deliveries.all[-1].payload["actions"][0]
    assert action["value"] == "7" and action["block_id"] and nurse.taps == 1
    with pytest.raises(AssertionError, match="nothing to tap called 'Start huddle'; there are \\[\\]"):
        await nurse.tap("Start huddle", in_=ward)


async def test_a_menu_is_answered(ws: Workspace, bot: Bot, either: None, nurse: Person, ward: Any) -> None:
    menu = {"type": "overflow", "action_id": "menu", "options": [option("Skip"), option("Help")]}
    for day in ("Monday", "Tuesday"):
        await bot.client.chat_postMessage(channel=ward.id, text=day, blocks=[section(day, accessory=menu)])
    await nurse.tap("Skip", in_=ward, near="Tuesday")
    assert [m.visible for m in nurse.private_messages()] == ["You chose skip"]
    assert nurse.taps == 2


async def test_a_response_url_has_five_uses_and_half_an_hour(
    ws: Workspace, bot: Bot, socket: None, nurse: Person, ward: Any
) -> None:
    await nurse.command("/say", "6", ward)
    assert [m.visible for m in nurse.private_messages()] == [f"answer {n}" for n in range(1, 6)]
    url = ws.new_response_url(nurse.id, ward.id)
    later = ws.now() + 1801
    ws.now = lambda: later
    async with aiohttp.ClientSession() as session, session.post(url, json={"text": "late"}) as answer:
        assert answer.status == 404 and (await answer.json())["error"] == "expired_url"


async def test_escaped_words_mention_nobody(bot: Bot, nurse: Person, ward: Any) -> None:
    safe = "&lt;!channel&gt; &amp; &lt;@U2HCA&gt; *bold*"
    await bot.client.chat_postMessage(channel=ward.id, text=safe, blocks=[section(safe)])
    await bot.client.chat_postMessage(channel=ward.id, text="x", blocks=[section("<!here> <http://a.b|c>")])
    first, second = nurse.messages(ward)
    assert first.visible == "<!channel> & <@U2HCA> bold" and first.mentions == []
    assert second.visible == "@here c" and second.mentions == ["<!here>", "<http://a.b|c>"]


async def test_history_and_the_clock(ws: Workspace, bot: Bot, nurse: Person, ward: Any) -> None:
    ws.now = lambda: 1_800_000_000.0
    metadata = {"event_type": "occurrence", "event_payload": {"id": "7"}}
    first = await bot.client.chat_postMessage(channel=ward.id, text="one", metadata=metadata)
    second = await bot.client.chat_postMessage(channel=ward.id, text="two")
    assert first["ts"] == "1800000000.000000" < second["ts"]
    await bot.client.chat_postEphemeral(channel=ward.id, user=nurse.id, text="psst")
    history = await bot.client.conversations_history(channel=ward.id, include_all_metadata=True)
    assert [m["text"] for m in history["messages"]] == ["two", "one"]
    assert history["messages"][1]["metadata"] == metadata
    one = await bot.client.conversations_history(
        channel=ward.id, oldest=first["ts"], latest=first["ts"], inclusive=True, limit=1
    )
    assert [m["text"] for m in one["messages"]] == ["one"] and "metadata" not in one["messages"][0]


async def test_a_direct_message(ws: Workspace, bot: Bot, nurse: Person) -> None:
    opened = await bot.client.conversations_open(users=nurse.id)
    await bot.client.chat_postMessage(channel=opened["channel"]["id"], text="Only you")
    assert nurse.sees("Only you") and not ws.person("U3").sees("Only you")
    assert (await bot.client.users_info(user=nurse.id))["user"]["real_name"] == "Nurse Ade"


async def test_words_to_the_bot_alone_reach_it_where_it_subscribed_and_may_read_them(
    ws: Workspace, bot: Bot, either: None, nurse: Person
) -> None:
    heard: list[dict[str, Any]] = []

    async def hear(event: dict[str, Any]) -> None:
        heard.append(event)

    bot.app.event("message")(hear)
    await nurse.writes("nobody subscribed")
    ws.events.add("message.im")
    ws.scopes.discard("im:history")
    await nurse.writes("it may not read this")
    ws.scopes.add("im:history")
    await nurse.writes("2 < 3 & so on")
    [event] = heard
    assert (event["channel_type"], event["text"], event["user"]) == ("im", "2 &lt; 3 &amp; so on", nurse.id)
    assert event["channel"].startswith("D") and nurse.sees("nobody subscribed")


# home, membership


async def test_home_and_invitation(ws: Workspace, bot: Bot, either: None, nurse: Person, ward: Any) -> None:
    await nurse.open_home()
    assert "Your ward" in nurse.home_text() and "[Report]" in nurse.home_text()
    quiet = ws.channel("ward-b", members=[nurse], bot=False)
    assert await error_of(bot.client.chat_postMessage(channel=quiet.id, text="x")) == "not_in_channel"
    await nurse.invite_bot(quiet)
    assert nurse.sees("Hello", quiet)
    await nurse.remove_bot(quiet)
    assert await error_of(bot.client.chat_update(channel=quiet.id, ts="1.0", text="x")) == "message_not_found"


async def test_a_redelivery_is_the_same_again(ws: Workspace, bot: Bot, either: None, nurse: Person) -> None:
    await nurse.open_home()
    await ws.redeliver_last()
    await ws.redeliver_last(retry_num=1, retry_reason="http_timeout")
    assert len(bot.event_ids) == 3 and len(set(bot.event_ids)) == 1


# HTTP


async def test_forged_and_stale_are_turned_away(ws: Workspace, bot: Bot, http: None, nurse: Person) -> None:
    assert await ws.deliver_forged() == 401
    assert await ws.deliver_stale() == 401
    await nurse.open_home()
    assert await ws.deliver_forged() == 401 and await ws.deliver_stale(10) == 200
    assert await ws.url_verification()


async def test_events_are_retried_with_slacks_headers(ws: Workspace, bot: Bot, http: None) -> None:
    ws.event_retries = 3
    assert await ws.event({"type": "channel_created", "channel": {"id": "C9"}})
    assert bot.retries == [[], ["1"], ["2"]]
    assert not await ws.event({"type": "channel_archive", "channel": "C9"}), "not subscribed to"


async def test_each_event_goes_to_one_socket(ws: Workspace, bot: Bot, socket: None, nurse: Person) -> None:
    other = Bot(ws)
    async with over_socket(ws, other):
        for _ in range(4):
            await nurse.open_home()
        assert len(bot.event_ids) == len(other.event_ids) == 2
        assert not set(bot.event_ids) & set(other.event_ids)


# faults, rates, tokens


async def test_drop_after_leaves_the_message_there(ws: Workspace, bot: Bot, ward: Any) -> None:
    client = AsyncWebClient(token=ws.bot_token, base_url=ws.api_url, retry_handlers=[])
    ws.fail("chat.postMessage", "drop_after")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ward.id, text="once")
    assert [m.text for m in ws.posts(ward)] == ["once"]
    ws.fail("chat.postMessage", "drop_before")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ward.id, text="never")
    assert len(ws.posts(ward)) == 1 and len(ws.calls_of("chat.postMessage")) == 2


async def test_other_faults(ws: Workspace, bot: Bot, ward: Any) -> None:
    ws.fail("chat.postMessage", "is_archived")
    assert await error_of(bot.client.chat_postMessage(channel=ward.id, text="x")) == "is_archived"
    ws.fail("chat.postMessage", "ratelimited", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await bot.client.chat_postMessage(channel=ward.id, text="x")
    assert caught.value.response.status_code == 429 and caught.value.response.headers["Retry-After"] == "7"
    ws.fail("chat.postMessage", "http 500")
    with pytest.raises(SlackApiError):
        await bot.client.chat_postMessage(channel=ward.id, text="x")
    assert ws.posts(ward) == []


async def test_one_post_a_second_a_channel(ws: Workspace, bot: Bot, ward: Any) -> None:
    ws.enforce_rates = True
    await bot.client.chat_postMessage(channel=ward.id, text="one")
    assert await error_of(bot.client.chat_postMessage(channel=ward.id, text="two")) == "ratelimited"
    bot.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await bot.client.chat_postMessage(channel=ward.id, text="three")
    assert [m.text for m in ws.posts(ward)] == ["one", "three"]


async def test_tokens_scopes_and_unknown_things(ws: Workspace, bot: Bot, ward: Any) -> None:
    assert set(SCOPES) == set(METHODS)
    stranger = AsyncWebClient(token="xoxb-other", base_url=ws.api_url)
    assert await error_of(stranger.auth_test()) == "invalid_auth"
    assert (await refused(bot.client.apps_connections_open(app_token=ws.bot_token)))[
        "error"
    ] == "not_allowed_token_type"
    assert await error_of(bot.client.api_call("chat.meow")) == "unknown_method"
    ws.scopes.discard("chat:write")
    answer = await refused(bot.client.chat_postMessage(channel=ward.id, text="x"))
    assert answer["error"] == "missing_scope" and answer["needed"] == "chat:write"
    ws.scopes.add("chat:write")
    assert await error_of(bot.client.chat_postMessage(channel="C0", text="x")) == "channel_not_found"
    ward.is_archived = True
    assert await error_of(bot.client.chat_postMessage(channel=ward.id, text="x")) == "is_archived"
    assert "chat:write" in (await bot.client.auth_test()).headers["x-oauth-scopes"]


async def test_only_its_own_messages_change(ws: Workspace, bot: Bot, nurse: Person, ward: Any) -> None:
    theirs = nurse.says("mine", ward)
    change = bot.client.chat_update(channel=ward.id, ts=theirs.ts, text="x")
    assert await error_of(change) == "cant_update_message"
    assert await error_of(bot.client.chat_delete(channel=ward.id, ts=theirs.ts)) == "cant_delete_message"
    stranger = bot.client.chat_postEphemeral(channel=ward.id, user="U9", text="x")
    assert await error_of(stranger) == "user_not_in_channel"


# triggers and views


async def test_a_trigger_expires_and_works_once(ws: Workspace, bot: Bot, nurse: Person, ward: Any) -> None:
    assert await error_of(bot.client.views_open(trigger_id="1.2", view=FORM)) == "invalid_trigger_id"
    trigger = ws.new_trigger(nurse.id)
    await bot.client.views_open(trigger_id=trigger, view=FORM)
    assert await error_of(bot.client.views_open(trigger_id=trigger, view=FORM)) == "exchanged_trigger_id"
    old = ws.new_trigger(nurse.id)
    later = ws.now() + 3.1
    ws.now = lambda: later
    assert await error_of(bot.client.views_open(trigger_id=old, view=FORM)) == "expired_trigger_id"
    ws.expire_next_trigger()
    soon = ws.new_trigger(nurse.id)
    assert await error_of(bot.client.views_open(trigger_id=soon, view=FORM)) == "expired_trigger_id"


async def test_views_push_and_update(ws: Workspace, bot: Bot, socket: None, nurse: Person, ward: Any) -> None:
    view = modal(actions(button("Again", "again")), field("x", "X", TEXT_INPUT))
    await bot.client.views_open(trigger_id=ws.new_trigger(nurse.id), view=view)
    await nurse.tap("Again")
    assert list(nurse.fields()) == ["New"]
    assert nurse.view
    gone = bot.client.views_update(view_id=nurse.view.id, hash="old", view=FORM)
    assert await error_of(gone) == "hash_conflict"
    for _ in range(2):
        await bot.client.views_push(trigger_id=ws.new_trigger(nurse.id, ward.id), view=FORM)
    fourth = bot.client.views_push(trigger_id=ws.new_trigger(nurse.id), view=FORM)
    assert await error_of(fourth) == "push_limit_reached"
    assert nurse.view.previous
    await nurse.close()
    await nurse.fill({"Where": "Bay"})
    await nurse.submit()
    assert list(nurse.fields()) == ["New"], "the one below is open again"


# files


async def test_an_uploaded_picture_can_be_shown(ws: Workspace, bot: Bot, nurse: Person, ward: Any) -> None:
    picture = {"type": "image", "alt_text": "A chart of falls", "slack_file": {"id": "F0"}}
    answer = await refused(bot.client.chat_postMessage(channel=ward.id, text="Chart", blocks=[picture]))
    assert answer["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
    sent = await bot.client.files_upload_v2(filename="chart.png", content=b"\x89PNG...", title="Falls")
    picture["slack_file"] = {"id": sent["file"]["id"]}
    await bot.client.chat_postMessage(channel=ward.id, text="Chart", blocks=[picture])
    assert nurse.sees("[image: A chart of falls]", ward)
    assert ws.files[sent["file"]["id"]].content == b"\x89PNG..."
    assert (await bot.client.files_info(file=sent["file"]["id"]))["file"]["mimetype"] == "image/png"


# limits

RADIO = {"type": "radio_buttons", "action_id": "a", "options": [option("A")]}
SELECT = {"type": "static_select", "action_id": "a", "options": [option("A")]}
TEXT_INPUT = {"type": "plain_text_input", "action_id": "a"}

BLOCK_FAULTS: dict[str, tuple[list[Any], str]] = {
    "unknown type": ([{"type": "banner"}], "unsupported type: banner [json-pointer:/blocks/0/type]"),
    "unknown property": (
        [section("x", colour="red")],
        "invalid additional property: colour [json-pointer:/blocks/0]",
    ),
    "long section": (
        [section("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty section": ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "no text": ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "long header": (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "mrkdwn header": (
        [{"type": "header", "text": mrkdwn("x")}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "11 fields": (
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "long field": (
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    "long button": (
        [actions(button("x" * 76, "a"))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "long value": (
        [actions(button("x", "a", value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "button style": (
        [actions(button("x", "a", style="default"))],
        "must be a valid enum value: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "same action id": (
        [actions(button("x", "a"), button("y", "a"))],
        '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ),
    "same block id": (
        [section("x", block_id="b"), section("y", block_id="b")],
        '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
    ),
    "26 buttons": (
        [actions(*(button("x", str(n)) for n in range(26)))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "11 in a context": (
        [{"type": "context", "elements": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "no alt text": (
        [{"type": "image", "image_url": "https://a.example/b.png"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "no picture": (
        [{"type": "image", "alt_text": "x"}],
        "must provide exactly one of `image_url` or `slack_file` [json-pointer:/blocks/0]",
    ),
    "11 choices": (
        [actions({**RADIO, "options": [option(str(n)) for n in range(11)]})],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "101 options": (
        [actions({**SELECT, "options": [option(str(n)) for n in range(101)]})],
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "no options": (
        [actions({**SELECT, "options": []})],
        "must provide at least 1 items [json-pointer:/blocks/0/elements/0/options]",
    ),
    "long option": (
        [actions({**SELECT, "options": [{"text": plain("x" * 76), "value": "x"}]})],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    "long option value": (
        [actions({**SELECT, "options": [{"text": plain("x"), "value": "x" * 151}]})],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    "strange initial option": (
        [actions({**SELECT, "initial_option": option("B")})],
        "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    "input in actions": (
        [actions(TEXT_INPUT)],
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    "long chart title": (
        [
            {
                "type": "data_visualization",
                "title": "x" * 51,
                "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
            }
        ],
        "must be less than 51 characters [json-pointer:/blocks/0/title]",
    ),
}

VIEW_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "long title": (
        modal(section("x"), title=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/title/text]",
    ),
    "long submit": (
        modal(section("x"), submit=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/submit/text]",
    ),
    "no submit": (
        {k: v for k, v in modal(field("b", "B", TEXT_INPUT)).items() if k != "submit"},
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]",
    ),
    "long metadata": (
        modal(section("x"), private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    "long callback id": (
        modal(section("x"), callback_id="x" * 256),
        "must be less than 256 characters [json-pointer:/view/callback_id]",
    ),
    "long label": (
        modal(field("b", "x" * 2001, TEXT_INPUT)),
        "must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]",
    ),
    "long placeholder": (
        modal(field("b", "B", {**TEXT_INPUT, "placeholder": plain("x" * 151)})),
        "must be less than 151 characters [json-pointer:/view/blocks/0/element/placeholder/text]",
    ),
    "time": (
        modal(field("b", "B", {"type": "timepicker", "action_id": "a", "initial_time": "7:45"})),
        "must be a valid time in the format HH:mm [json-pointer:/view/blocks/0/element/initial_time]",
    ),
    "chart": (
        modal({"type": "data_visualization", "title": "x", "chart": {"type": "pie", "segments": []}}),
        "unsupported type: data_visualization [json-pointer:/view/blocks/0/type]",
    ),
    "101 blocks": (
        modal(*[{"type": "divider"}] * 101),
        "no more than 100 items allowed [json-pointer:/view/blocks]",
    ),
    "a button as field": (
        modal(field("b", "B", button("x", "a"))),
        "unsupported type: button [json-pointer:/view/blocks/0/element/type]",
    ),
}


@pytest.mark.parametrize("fault", BLOCK_FAULTS)
def test_slack_refuses_these_blocks(fault: str) -> None:
    blocks, words = BLOCK_FAULTS[fault]
    assert wrong_with_blocks(blocks, MESSAGE, lambda file: False) == [words]


@pytest.mark.parametrize("fault", VIEW_FAULTS)
def test_slack_refuses_these_views(fault: str) -> None:
    view, words = VIEW_FAULTS[fault]
    assert wrong_with_view(view, lambda file: False) == [words]


@pytest.mark.filterwarnings("ignore:The top-level `text`")
async def test_refusals_have_slacks_shape(ws: Workspace, bot: Bot, nurse: Person, ward: Any) -> None:
    blocks, words = BLOCK_FAULTS["long section"]
    answer = await refused(bot.client.chat_postMessage(channel=ward.id, text="x", blocks=blocks))
    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [words],
        "response_metadata": {"messages": [f"[ERROR] {words}"]},
    }
    view, words = VIEW_FAULTS["long title"]
    answer = await refused(bot.client.views_open(trigger_id=ws.new_trigger(nurse.id), view=view))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {words}"]
    assert nurse.view is None

    async def error(**args: Any) -> str:
        return await error_of(bot.client.chat_postMessage(channel=ward.id, **args))

    assert await error(text="", blocks=[section("x")]) == "no_text"
    assert await error(text="x", blocks=[section("x" * 3000)] * 4) == "msg_blocks_too_long"
    assert await error(text="x" * 40_001) == "msg_too_long"
    sent = await bot.client.chat_postMessage(channel=ward.id, text="x")
    long = bot.client.chat_update(channel=ward.id, ts=sent["ts"], text="x" * 4001)
    assert await error_of(long) == "msg_too_long"
    big = modal(*[section("x" * 2900) for _ in range(90)])
    answer = await refused(bot.client.views_open(trigger_id=ws.new_trigger(nurse.id), view=big))
    assert answer["error"] == "view_too_large"
