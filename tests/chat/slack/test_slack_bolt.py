from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
import hashlib
import hmac
import json
import logging
import secrets
import time
from typing import Any

import aiohttp
import httpx
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from starlette.applications import Starlette
import structlog

from bot.chat.front import Destination, Person
from bot.chat.message import Button, Buttons, Form, Heading, Line, Message, OneOf, Option, Text, YesNo
from bot.chat.router import (
    Command,
    FieldErrors,
    Open,
    Opened,
    Outcomes,
    Post,
    Problem,
    Replace,
    Reply,
    Shown,
    Submit,
    Tap,
)
from bot.chat.slack import bolt, outcomes
from bot.chat.slack.bolt import BODY_MOST, bolt_app, http_routes
from bot.chat.slack.private import Envelope
from bot.chat.slack.socket import SocketMode
from tests.chat.slack.conftest import House, front_for, settings_for, tiny_router
from tests.serving import served
from tests.slack_workspace import Workspace

SECRET_WORDS = "a very particular sentence"


def said(words: str, *buttons: Button) -> Message:
    return Message("said", words, (Text(words), Buttons(buttons)))


def near_miss(context: Mapping[str, str]) -> Form:
    what = (Option("fall", "A fall"), Option("other", "Other"))
    parts = (OneOf("what", "What", what), Line("words", "In a few words"), YesNo("hurt", "Was anyone hurt?"))
    return Form("near_miss", "Near miss", "Send", (Text("Not the formal record."), *parts), context)


async def opened_form(house: House) -> None:
    house.desk.answers["form"] = near_miss
    house.desk.answers["report"] = [Open(near_miss({"ward": "7"}))]
    await house.ann.command("/report", "", house.ward)
    await house.ann.fill({"What": "A fall", "In a few words": SECRET_WORDS, "Was anyone hurt?": ["Yes"]})


# What people do


async def test_a_command_reaches_its_handler_with_its_words_person_and_place(house: House) -> None:
    house.desk.answers["huddle"] = [Reply(said("Only for you"))]
    await house.ann.command("/huddle", " skip ", house.ward)
    ann = Person("slack", "U1ANN", house.ws.team_id)
    assert house.desk.events == [Command("huddle", "skip", ann, house.place)]
    [reply] = house.ann.private_messages()
    assert (reply.visible, reply.channel) == ("Only for you", house.ward.id)


async def test_a_command_where_the_bot_is_not_is_answered_by_direct_message(house: House) -> None:
    birch = house.ws.channel("birch", members=[house.ann], bot=False)
    house.desk.answers["huddle"] = [Reply(said("Hello"))]
    await house.ann.command("/huddle", "", birch)
    [reply] = house.ann.private_messages()
    assert house.ws.channels[reply.channel].is_im


async def test_a_direct_message_is_no_place(house: House) -> None:
    house.desk.answers["huddle"] = [Reply(said("Hello"))]
    await house.ann.command("/huddle", "", house.ws.dm(house.ann.id))
    assert house.desk.events[0].place is None  # type: ignore[union-attr]
    assert house.ann.sees("Hello")


async def test_a_tap_knows_its_message_and_replaces_it(house: House) -> None:
    at = await house.front.post(house.place, said("Before", Button("Press", "press", "7")), "key")
    house.desk.answers["press"] = [Replace(said("After")), Reply(said("Thank you"))]
    await house.ann.tap("Press")
    [tap] = house.desk.events
    assert isinstance(tap, Tap)
    assert (tap.action, tap.value, tap.place, tap.message) == ("press", "7", house.place, at)
    assert [message.visible for message in house.ws.posts(house.ward)] == ["After"]
    assert [message.visible for message in house.ann.private_messages()] == ["Thank you"]


async def test_a_tap_delivered_twice_is_the_same_tap(house: House) -> None:
    await house.front.post(house.place, said("Before", Button("Press", "press")), "key")
    await house.ann.tap("Press")
    await house.ws.redeliver_last()
    first, second = house.desk.events
    assert isinstance(first, Tap) and first == second


async def test_a_tap_in_a_private_message_is_answered_privately(house: House) -> None:
    house.desk.answers["huddle"] = [Reply(said("Private", Button("Press", "press")))]
    house.desk.answers["press"] = [Replace(said("Done"))]
    await house.ann.command("/huddle", "", house.ward)
    await house.ann.tap("Press")
    assert [message.visible for message in house.ann.private_messages()] == ["Private\n[Press]", "Done"]
    assert house.ws.posts(house.ward) == []


async def test_home_shows_the_reply_and_what_a_tap_there_puts_in_its_place(house: House) -> None:
    house.desk.answers["home"] = [Reply(Message("home", "", (Heading("Aspen"), Buttons((Button("Press", "press"),)))))]
    house.desk.answers["press"] = [Replace(said("Changed")), Reply(said("Told"))]
    await house.ann.open_home()
    assert house.ann.home_text() == "Aspen\n[Press]"
    [opened] = house.desk.events
    assert isinstance(opened, Opened) and opened.once.startswith("Ev")
    await house.ann.tap("Press", "home")
    assert house.ann.home_text() == "Changed"
    [told] = house.ann.private_messages()
    assert told.visible == "Told"


async def test_being_let_into_a_channel_is_answered_there(house: House) -> None:
    birch = house.ws.channel("birch", members=[house.ann], bot=False)
    house.desk.answers["joined"] = lambda event: [Reply(said("Set me up")), Post(event.place, said("Hello all"))]
    await house.ann.invite_bot(birch)
    [joined] = house.desk.events
    assert isinstance(joined, Opened)
    assert (joined.person.id, joined.place) == ("U1ANN", house.elsewhere(birch))
    assert house.ann.private_messages()[0].visible == "Set me up"
    assert house.ws.posts(birch)[0].visible == "Hello all"


async def test_being_let_in_by_nobody_is_answered_to_nobody(house: House) -> None:
    house.desk.answers["joined"] = lambda event: [Reply(said("Set me up")), Post(event.place, said("Hello all"))]
    await house.ws.event(
        {"type": "member_joined_channel", "user": house.ws.bot_user, "channel": house.ward.id, "channel_type": "C"}
    )
    assert [message.visible for message in house.ann.messages()] == ["Hello all"]


async def test_somebody_else_joining_is_not_told_to_the_handlers(house: House) -> None:
    event = {"type": "member_joined_channel", "user": "U1ANN", "channel": house.ward.id, "channel_type": "C"}
    await house.ws.event(event)
    assert house.desk.events == []


async def test_an_unknown_button_command_or_shortcut_says_so(house: House) -> None:
    await house.front.post(house.place, said("Old", Button("Gone", "long_gone")), "key")
    await house.ann.tap("Gone")
    await house.ann.command("/gone", "", house.ward)
    await house.ann.shortcut("share_as_gone")
    told = [message.visible for message in house.ann.private_messages()]
    assert len(told) == 3 and all("not known here any more" in words for words in told)


# Forms


async def test_a_form_reaches_its_handler_with_its_context_and_answers(house: House) -> None:
    await opened_form(house)
    house.desk.answers["near_miss"] = [Reply(said("Thank you"))]
    await house.ann.submit()
    submit = house.desk.events[-1]
    assert isinstance(submit, Submit)
    assert submit.context == {"ward": "7"}
    assert submit.answers == {"what": "fall", "words": SECRET_WORDS, "hurt": True}
    assert submit.once.startswith("V")
    assert "Thank you" in house.ann.view_text()
    assert house.ann.private_messages() == [], "a message would say who sent the form"


async def test_words_that_may_not_be_kept_keep_the_form_open(house: House) -> None:
    await opened_form(house)
    await house.ann.fill({"In a few words": "Mrs Smith fell"})
    await house.ann.submit()
    assert house.ann.errors == {"In a few words": "Please leave out names."}
    assert house.ann.fields()["In a few words"] == "Mrs Smith fell"


async def test_a_handlers_errors_show_at_their_fields_and_others_at_the_first(house: House) -> None:
    await opened_form(house)
    house.desk.answers["near_miss"] = [FieldErrors({"words": "Shorter, please.", "elsewhere": "And this."})]
    await house.ann.submit()
    assert house.ann.errors == {"In a few words": "Shorter, please.", "What": "And this."}


async def test_what_can_not_be_saved_is_said_and_nothing_typed_is_lost(house: House) -> None:
    await opened_form(house)
    house.desk.answers["near_miss"] = Problem("The database is away; please try again.")
    await house.ann.submit()
    words = "This was not saved. The database is away; please try again. What you typed is still here."
    assert house.ann.errors == {"What": words}
    assert house.ann.fields()["In a few words"] == SECRET_WORDS
    house.desk.answers["near_miss"] = ()
    await house.ann.submit()
    assert house.ann.view is None


async def test_a_form_that_takes_too_long_stays_open_within_slacks_three_seconds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolt, "SUBMIT_WITHIN", 0.1)

    async def slow(event: Submit, desk: Any) -> Any:
        await asyncio.sleep(5)

    await opened_form(house)

    async def build(desk: Any, person: Person, context: Mapping[str, str]) -> Form:
        return near_miss(context)

    house.router.on_form("near_miss", build, slow)
    await house.ann.submit()
    assert "It took too long" in house.ann.errors["What"]


async def test_a_forged_or_borrowed_context_is_refused(house: House) -> None:
    await opened_form(house)
    view = house.ann.view
    assert view
    mine = view.payload["private_metadata"]
    ben = Person("slack", "U2BEN", house.ws.team_id)
    for forged in (
        "",
        "nonsense",
        mine + "x",
        Envelope("a secret for tests").seal(near_miss({"ward": "8"}), ben, None),
    ):
        view.payload["private_metadata"] = forged
        await house.ann.submit()
        assert "copy what you typed" in house.ann.errors["What"]
    assert not any(isinstance(event, Submit) for event in house.desk.events)
    view.payload["private_metadata"] = mine
    await house.ann.submit()
    assert house.ann.view is None


async def test_a_form_may_lead_to_another_in_its_place(house: House) -> None:
    await opened_form(house)
    form = near_miss({"ward": "8"})
    mended = replace(form, parts=(*form.parts[:2], replace(form.parts[2], initial="Shorter"), form.parts[3]))
    house.desk.answers["near_miss"] = [Open(mended), Reply(said("Please read it again"))]
    first = house.ann.view
    await house.ann.submit()
    assert house.ann.view is first
    assert house.ann.fields()["In a few words"] == "Shorter", "not what was typed before"
    assert house.ann.sees("Please read it again")
    await house.ws.redeliver_last()
    await house.ann.fill({"What": "Other"})
    house.desk.answers["near_miss"] = [FieldErrors({"words": "Longer, please."})]
    await house.ann.submit()
    assert house.ann.errors == {"In a few words": "Longer, please."}
    house.desk.answers["near_miss"] = ()
    await house.ann.submit()
    assert house.ann.view is None and not house.ws.calls_of("views.update")
    sent, again, wrong, right = (event for event in house.desk.events if isinstance(event, Submit))
    assert sent.once == again.once != wrong.once == right.once
    assert (sent.context, right.context, right.answers["what"]) == ({"ward": "7"}, {"ward": "8"}, "other")


async def test_a_form_that_can_not_be_drawn_leaves_the_one_before_it(house: House) -> None:
    await opened_form(house)
    house.desk.answers["near_miss"] = [Open(near_miss({"ward": secrets.token_hex(2_000)}))]
    await house.ann.submit()
    assert "the reference" in house.ann.errors["What"]
    assert house.ann.fields()["In a few words"] == SECRET_WORDS


async def test_a_form_without_fields_that_can_not_be_saved_stays_open_and_says_so(house: House) -> None:
    preview = Form("near_miss", "Preview", "Save", (Text("It will say: all is well."),), {"ward": "7"})
    house.desk.answers["form"] = lambda context: preview
    house.desk.answers["report"] = [Open(preview)]
    await house.ann.command("/report", "", house.ward)
    house.desk.answers["near_miss"] = Problem("The database is away; please try again.")
    for _ in range(2):
        await house.ann.submit()
        assert house.ann.view_text().count("This was not saved. The database is away") == 1
    house.desk.answers["near_miss"] = ()
    await house.ann.submit()
    assert house.ann.view is None
    assert {event.once for event in house.desk.events if isinstance(event, Submit)} == {house.desk.events[-1].once}  # type: ignore[union-attr]


def test_a_context_too_long_for_slack_is_our_fault() -> None:
    form = near_miss({"ward": secrets.token_hex(2_000)})
    with pytest.raises(ValueError, match="too long"):
        Envelope("secret").seal(form, Person("slack", "U1"), None)


async def test_a_form_that_comes_too_late_says_tap_again(house: House) -> None:
    house.ws.fail("views.open", "expired_trigger_id")
    house.desk.answers["report"] = [Open(near_miss({}))]
    await house.ann.command("/report", "", house.ward)
    assert house.ann.sees(outcomes.TOO_SLOW)


async def test_a_command_delivered_twice_opens_one_form_and_says_nothing(house: House) -> None:
    house.desk.answers["report"] = [Open(near_miss({}))]
    await house.ann.command("/report", "", house.ward)
    await house.ws.redeliver_last()
    assert house.ann.view and house.ann.private_messages() == []


# What fails after it was saved


async def test_a_deleted_message_is_posted_anew(house: House) -> None:
    at = await house.front.post(house.place, said("Before"), "key")
    house.ws.messages.clear()
    house.desk.answers["huddle"] = [Replace(said("After"), at)]
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.until(lambda: house.ann.sees("After"))
    assert [message.visible for message in house.ws.posts(house.ward)] == ["After"]


async def test_where_a_deleted_message_went_is_noted(house: House) -> None:
    at = await house.front.post(house.place, said("Before"), "key")
    went: list[Shown] = []

    async def shown(event: Shown, desk: Any) -> Outcomes:
        went.append(event)
        return ()

    house.router.on_shown(shown)
    house.desk.answers["huddle"] = lambda event: [Replace(said("After"), went[-1].at if went else at, about="7")]
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.until(lambda: house.ann.sees("After"))
    assert [one.at for one in went] == [at]
    house.ws.messages.clear()
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.until(lambda: len(went) == 2)
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.settle()
    [message] = house.ws.posts(house.ward)
    anew = Destination("slack", {**house.place.address, "ts": message.ts})
    assert went[1:] == [Shown("7", anew, said("After"))] * 2


async def test_of_two_changes_at_the_same_moment_the_newer_is_shown_in_the_end(house: House) -> None:
    at = await house.front.post(house.place, said("Before"), "key")

    async def shown(event: Shown, desk: Any) -> Outcomes:
        return () if event.message == said("Newest") else (Replace(said("Newest"), event.at, event.about),)

    house.router.on_shown(shown)
    house.desk.answers["huddle"] = [Replace(said("Older"), at, about="7")]
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.until(lambda: house.ann.sees("Newest"))
    assert [message.visible for message in house.ws.posts(house.ward)] == ["Newest"]


async def test_nobody_is_told_that_it_could_not_be_noted_where_a_message_went(house: House) -> None:
    at = await house.front.post(house.place, said("Before"), "key")
    house.ws.messages.clear()

    async def shown(event: Shown, desk: Any) -> Outcomes:
        raise RuntimeError

    house.router.on_shown(shown)
    house.desk.answers["huddle"] = [Replace(said("After"), at, about="7"), Reply(said("Thank you"))]
    with structlog.testing.capture_logs() as logged:
        await house.ann.command("/huddle", "", house.ward)
        await house.ws.until(lambda: house.ann.sees("Thank you"))
    assert [message.visible for message in house.ann.private_messages()] == ["Thank you"]
    assert [line["during"] for line in logged if line["event"] == "fault"] == ["shown"]


async def test_a_message_that_can_not_be_changed_is_told_of(house: House) -> None:
    at = await house.front.post(house.place, said("Before"), "key")
    house.ws.fail("chat.update", "http 500", times=2)
    house.desk.answers["huddle"] = [Replace(said("After"), at), Reply(said("Next"))]
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.until(lambda: house.ann.sees("Next"))
    told = [message.visible for message in house.ann.private_messages()]
    assert told == ["This was saved, but the message in the channel could not be changed (http_500).", "Next"]


@pytest.mark.parametrize(
    ("fault", "times", "words"),
    [
        ("is_archived", 1, "could not be posted to the channel (is_archived)"),
        ("drop_after", 1, "please look in the channel"),
        ("service_unavailable", 2, "could not be posted to the channel (service_unavailable)"),
    ],
)
async def test_a_post_that_fails_is_told_of(house: House, fault: str, times: int, words: str) -> None:
    house.ws.fail("chat.postMessage", fault, times=times)
    house.desk.answers["huddle"] = [Post(house.place, said("News"))]
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.until(lambda: house.ann.sees(words), what=words)


async def test_a_post_that_surely_did_not_arrive_is_tried_again(house: House) -> None:
    house.ws.fail("chat.postMessage", "ratelimited", retry_after=1)
    house.desk.answers["huddle"] = [Post(house.place, said("News"))]
    await house.ann.command("/huddle", "", house.ward)
    await house.ws.until(lambda: house.ws.posts(house.ward), what="the post")
    assert house.ann.private_messages() == []


async def test_what_belongs_to_another_front_is_left_alone(house: House) -> None:
    there = Destination("browser", {"page": "1"})
    house.desk.answers["huddle"] = [Replace(said("x"), there), Post(there, said("x")), Reply(said("Next"))]
    await house.ann.command("/huddle", "", house.ward)
    assert [message.visible for message in house.ann.private_messages()] == ["Next"]


# What is kept out of the logs


async def test_a_fault_gives_a_reference_and_the_logs_hold_nobodys_words_or_name(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    fault = RuntimeError(f"{SECRET_WORDS} by U1ANN")
    with structlog.testing.capture_logs() as logged:
        await opened_form(house)
        house.desk.answers["near_miss"] = fault
        await house.ann.submit()
        house.desk.answers |= {"huddle": fault, "home": fault}
        await house.ann.command("/huddle", SECRET_WORDS, house.ward)
        await house.ann.open_home()
        house.ws.events.add("channel_left")
        await house.ann.remove_bot(house.ward)
    assert house.ann.fields()["In a few words"] == SECRET_WORDS
    references = [line["reference"] for line in logged if line["event"] == "fault"]
    assert len(references) == 3 and all(len(reference) == 8 for reference in references)
    assert references[0] in house.ann.errors["What"]
    assert references[1] in house.ann.private_messages()[0].visible
    assert references[2] in house.ann.home_text()
    everything = str(logged) + caplog.text + "".join(capfd.readouterr())
    assert SECRET_WORDS not in everything
    assert "U1ANN" not in everything
    assert {"slack_not_listened_to"} <= {line["event"] for line in logged}


# Ways in


@asynccontextmanager
async def over_http(house: House) -> AsyncIterator[str]:
    """The bot over HTTP, and the workspace delivering to it."""
    settings = settings_for(house.ws, slack_signing_secret="a signing secret")
    async with served(Starlette(routes=http_routes(bolt_app(settings, house.router, house.front)))) as address:
        url = f"{address}/slack/events"
        house.ws.deliver_http(url, "a signing secret")
        yield url


async def test_the_same_over_http_and_only_rightly_signed(house: House) -> None:
    async with over_http(house):
        assert await house.ws.url_verification()
        await opened_form(house)
        house.desk.answers["near_miss"] = [Reply(said("Thank you"))]
        await house.ann.submit()
        assert "Thank you" in house.ann.view_text()
        before = len(house.desk.events)
        assert await house.ws.deliver_forged() == 401
        assert await house.ws.deliver_stale() == 401
        assert len(house.desk.events) == before


async def test_what_is_not_slacks_is_turned_away(house: House) -> None:
    async with over_http(house) as url, aiohttp.ClientSession() as session:
        for body, kind, status in (
            (b"x" * (BODY_MOST + 1), "text/plain", 413),
            (b"\xff\xfe", "application/json", 400),
            (b"{not json", "application/json", 400),
            (b"payload=[]", "application/x-www-form-urlencoded", 400),
            (json.dumps({"type": "event_callback"}).encode(), "application/json", 401),
        ):
            async with session.post(url, data=body, headers={"Content-Type": kind}) as answer:
                assert answer.status == status, body[:20]


async def test_without_a_signing_secret_http_is_closed(house: House) -> None:
    app = Starlette(routes=http_routes(bolt_app(house.settings, house.router, house.front)))
    body, stamp = b'{"type": "url_verification", "challenge": "c"}', str(int(time.time()))
    signature = hmac.new(b"", f"v0:{stamp}:{body.decode()}".encode(), hashlib.sha256).hexdigest()
    headers = {"x-slack-signature": f"v0={signature}", "x-slack-request-timestamp": stamp}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        answer = await client.post("/slack/events", content=body, headers=headers)
    assert answer.status_code == 401


async def test_socket_mode_connects_again_and_says_whether_it_is_connected(house: House) -> None:
    other = SocketMode(bolt_app(house.settings, house.router, house.front), house.ws.app_token)
    assert not await other.is_connected()
    await other.start()
    await house.ws.until(lambda: len(house.ws.deliveries.sockets) == 2)
    await house.ws.settle()
    assert await other.is_connected()
    await house.ws.deliveries.drop_connections(warn=True)
    await house.ws.until(lambda: len(house.ws.deliveries.sockets) >= 2, what="new connections")
    await other.stop()
    assert not await other.is_connected()


async def test_socket_mode_asks_for_a_new_address_when_one_leads_nowhere(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SocketModeClient.issue_new_wss_url
    addresses: list[str] = []

    async def first_leads_nowhere(client: SocketModeClient) -> str:
        address = await real(client)
        addresses.append(address)
        return address if len(addresses) > 1 else address + "-used"

    monkeypatch.setattr(SocketModeClient, "issue_new_wss_url", first_leads_nowhere)
    other = SocketMode(bolt_app(house.settings, house.router, house.front), house.ws.app_token, patience=0.3)
    await other.start()
    await house.ws.until(lambda: len(house.ws.deliveries.sockets) == 2, what="the second address")
    await asyncio.sleep(0.5)
    assert await other.is_connected()
    assert len(addresses) == 2
    await other.stop()


async def test_stopping_while_slack_is_away_does_not_hang(ws: Workspace) -> None:
    settings = settings_for(ws, slack_api_url="http://127.0.0.1:9/")
    from tests.chat.slack.conftest import Desk

    away = SocketMode(bolt_app(settings, tiny_router(Desk()), front_for(ws)), ws.app_token)
    await away.start()
    await asyncio.sleep(0.1)
    assert not await away.is_connected()
    await asyncio.wait_for(away.stop(), 2)


async def test_building_the_bot_calls_nobody_and_starts_no_oauth(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "s")
    before = len(ws.calls)
    app = bolt_app(house.settings, house.router, house.front)
    assert len(ws.calls) == before
    one = SocketMode(app, ws.app_token)
    await one.start()
    await ws.until(lambda: len(ws.deliveries.sockets) == 2)
    house.desk.answers["huddle"] = [Reply(said("Hello"))]
    for _ in range(2):
        await house.ann.command("/huddle", "", house.ward)
    assert len(house.ann.private_messages()) == 2
    await one.stop()
