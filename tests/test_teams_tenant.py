"""The stand-in Teams, driven with a small real bot built on the Teams SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
from microsoft_teams.api import ActivityTypeAdapter, MessageActivityInput
from microsoft_teams.api.auth.cloud_environment import PUBLIC, with_overrides
from microsoft_teams.api.clients.conversation import ConversationClient
from microsoft_teams.apps import ActivityContext, App, FastAPIAdapter
from microsoft_teams.common import Client, ClientOptions
import pytest

from tests.serving import served
from tests.teams_tenant import (
    Conversation,
    Person,
    Tenant,
    interpreted,
    visible,
    wrong_with_card,
    wrong_with_dialog,
    wrong_with_message,
)

CARD = "application/vnd.microsoft.card.adaptive"
Part = dict[str, Any]


def card(*body: Part, **more: Any) -> Part:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}


def text(words: str, **more: Any) -> Part:
    return {"type": "TextBlock", "text": words, "wrap": True, **more}


def button(title: str, kind: str = "Execute", **more: Any) -> Part:
    return {"type": f"Action.{kind}", "title": title, **more}


def opens(title: str, what: str) -> Part:
    return button(title, "Submit", data={"msteams": {"type": "task/fetch"}, "action": what})


def buttons(*actions: Part) -> Part:
    return {"type": "ActionSet", "actions": list(actions)}


def field(kind: str, id: str, label: str, **more: Any) -> Part:
    return {"type": f"Input.{kind}", "id": id, "label": label, **more}


def choices(*labels: str) -> list[Part]:
    return [{"title": label, "value": label.lower()} for label in labels]


REQUIRED = {"isRequired": True, "errorMessage": "Please fill this in."}


def form(sending: Part, *, error: str = "", where: str = "") -> Part:
    complaint = [text(error, id="where-error", color="Attention")] if error else []
    cancel = [button("Cancel", "Submit", associatedInputs="none")] if sending["type"] == "Action.Submit" else []
    return card(
        text("Near miss", style="heading"),
        *complaint,
        field("Text", "where", "Where?", maxLength=40, value=where, **REQUIRED),
        field("ChoiceSet", "kind", "What kind?", choices=choices("Fall", "Drug"), style="expanded", **REQUIRED),
        field("ChoiceSet", "who", "Who saw it?", choices=choices("Staff", "Kin"), isMultiSelect=True),
        field("Toggle", "harm", "Harm?", title="Yes"),
        field("Time", "at", "When?"),
        actions=[sending, *cancel],
    )


def attachment(content: Part) -> Part:
    return {"contentType": CARD, "content": content}


def dialog(content: Part) -> Part:
    info = {"title": "Report", "height": "medium", "width": "medium", "card": attachment(content)}
    return {"task": {"type": "continue", "value": info}}


SEND = button("Send", "Submit", data={"form": "sealed"})


class Bot:
    """A bot of a few lines. It keeps what it was told."""

    def __init__(self, tenant: Tenant) -> None:
        self.heard: list[Any] = []
        self.fastapi = FastAPIAdapter()
        self.app = App(
            client_id=tenant.client_id,
            tenant_id=tenant.tenant_id,
            token=tenant.token,
            service_url=tenant.service_url,
            cloud=with_overrides(PUBLIC, openid_metadata_url=tenant.openid_metadata_url),
            http_server_adapter=self.fastapi,
        )
        app = self.app

        @app.on_message
        async def said(ctx: ActivityContext[Any]) -> None:
            self.heard.append(ctx.activity)
            hello = card(
                text("Hello \\*there\\*"),
                buttons(
                    opens("Report", "report"),
                    button("Done", verb="tap", data={"action": "done"}),
                    button("Fill", verb="tap", data={"action": "fill"}),
                    button("Thanks", verb="tap", data={"action": "thanks"}),
                    button("Break", verb="tap", data={"action": "break"}),
                    button("More", "ShowCard", card={"type": "AdaptiveCard", "body": [text("The rest")]}),
                ),
            )
            await ctx.send(MessageActivityInput(attachments=[attachment(hello)]))

        @app.on_conversation_update
        async def joined(ctx: ActivityContext[Any]) -> None:
            self.heard.append(ctx.activity)

        @app.on_install_add
        async def installed(ctx: ActivityContext[Any]) -> None:
            self.heard.append(ctx.activity)

        @app.on_card_action
        async def pressed(ctx: ActivityContext[Any]) -> Any:
            self.heard.append(ctx.activity)
            action = ctx.activity.value.action
            what = action.data.get("action")
            in_place = button("Send", verb="submit", data={"form": "sealed"})
            if action.verb == "submit":
                return {"statusCode": 200, "type": CARD, "value": card(text(f"Thanks for {action.data['where']}"))}
            if what == "thanks":
                return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Thank you"}
            if what == "break":
                return {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": {"message": "Oh no"}}
            return {"statusCode": 200, "type": CARD, "value": form(in_place) if what == "fill" else card(text("Done"))}

        @app.on_dialog_open
        async def opened(ctx: ActivityContext[Any]) -> Any:
            self.heard.append(ctx.activity)
            return dialog(form(SEND))

        @app.on_message_ext_open
        async def picked(ctx: ActivityContext[Any]) -> Any:
            self.heard.append(ctx.activity)
            return dialog(form(SEND) if ctx.activity.value.command_id == "report" else card(text("")))

        @app.on_dialog_submit
        @app.on_message_ext_submit
        async def sent(ctx: ActivityContext[Any]) -> Any:
            self.heard.append(ctx.activity)
            where = ctx.activity.value.data.get("where", "")
            if where == "nowhere":
                return dialog(form(SEND, error="There is no such place.", where=where))
            if where == "bay 1":
                return {"task": {"type": "message", "value": "Saved."}}
            return dialog(card(text("Saved."))) if where else {}


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    async with Tenant() as tenant:
        yield tenant


@pytest.fixture
async def bot(tenant: Tenant) -> AsyncIterator[Bot]:
    """The bot, served in this very event loop."""
    bot = Bot(tenant)
    await bot.app.initialize()
    async with served(bot.fastapi.app) as url:
        tenant.deliver_to(f"{url}/api/messages")
        yield bot


@pytest.fixture
def nurse(tenant: Tenant) -> Person:
    return tenant.person("U0NURSE", name="Ada Nurse")


@pytest.fixture
def rowan(tenant: Tenant, nurse: Person) -> Conversation:
    return tenant.channel("rowan", id="19:rowan@thread.tacv2", members=[nurse])


@pytest.fixture
async def api(tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {tenant.token()}"}
    async with httpx.AsyncClient(base_url=f"{tenant.service_url}v3/", headers=headers) as client:
        yield client


def post_of(*parts: Part) -> Part:
    return {"type": "message", "attachments": [attachment(card(*parts))]}


# people and the bot


async def test_a_message_goes_in_and_a_reply_comes_out(
    tenant: Tenant, bot: Bot, nurse: Person, rowan: Conversation
) -> None:
    await nurse.say("hello", rowan)
    heard = bot.heard[0]
    assert heard.text == "<at>Wardhuddle</at> hello"
    assert heard.from_.aad_object_id == nurse.id
    assert heard.conversation.id == f"{rowan.id};messageid={heard.id}"
    (reply,) = tenant.posts(rowan)
    assert reply.visible == "Hello *there*\n[Report]  [Done]  [Fill]  [Thanks]  [Break]  [More]"
    assert reply.thread == heard.id
    assert nurse.sees("there", rowan)


async def test_every_activity_is_one_that_the_sdk_knows(
    tenant: Tenant, bot: Bot, nurse: Person, rowan: Conversation
) -> None:
    chat = tenant.group_chat("night", members=[nurse])
    await nurse.install()
    await nurse.say("hello")
    await nurse.say("hello", chat)
    await nurse.say("hello", rowan)
    await nurse.tap("Report", rowan)
    await nurse.tap("Cancel")
    await nurse.extension("report", rowan)
    await nurse.tap("Cancel")
    await nurse.tap("Done")
    await nurse.remove_bot(rowan)
    await nurse.add_bot(rowan)
    for activity in tenant.deliveries.all:
        ActivityTypeAdapter.validate_python(activity)
    kinds = {heard.type for heard in bot.heard}
    assert kinds == {"installationUpdate", "conversationUpdate", "message", "invoke"}
    assert len(bot.heard) == len(tenant.deliveries.all) == 12
    removed, added = bot.heard[-2:]
    assert removed.members_removed[0].id == added.members_added[0].id == tenant.bot_id
    assert added.channel_data.event_type == "teamMemberAdded"


async def test_a_dialog_opens_refuses_and_is_sent(tenant: Tenant, bot: Bot, nurse: Person, rowan: Conversation) -> None:
    await nurse.say("hello", rowan)
    await nurse.tap("Report", rowan)
    assert bot.heard[-1].value.data["action"] == "report"
    assert bot.heard[-1].reply_to_id == tenant.posts(rowan)[0].id
    assert nurse.dialog_text().startswith("Report\nNear miss\nWhere?")
    before = len(bot.heard)
    await nurse.submit()
    assert nurse.errors == {"Where?": "Please fill this in.", "What kind?": "Please fill this in."}
    assert len(bot.heard) == before

    taps = nurse.taps
    await nurse.fill({"Where?": "nowhere", "What kind?": "Fall", "Harm?": True, "When?": "07:45"})
    assert nurse.taps == taps + 0 + 1 + 1 + 2
    await nurse.fill({"Who saw it?": ["Kin", "Staff"]})
    assert nurse.taps == taps + 4 + 3
    assert nurse.fields() == {
        "Where?": "nowhere",
        "What kind?": "Fall",
        "Who saw it?": ["Staff", "Kin"],
        "Harm?": True,
        "When?": "07:45",
    }
    await nurse.submit()
    assert bot.heard[-1].value.data == {
        "form": "sealed",
        "where": "nowhere",
        "kind": "fall",
        "who": "staff,kin",
        "harm": "true",
        "at": "07:45",
    }
    assert nurse.errors == {"Where?": "There is no such place."}
    assert nurse.fields()["Where?"] == "nowhere"

    await nurse.fill({"Where?": "bay 2", "What kind?": "Drug"})
    await nurse.submit()
    assert bot.heard[-1].value.data == {"form": "sealed", "where": "bay 2", "kind": "drug", "harm": "false", "at": ""}
    assert nurse.dialog_text() == "Report\nSaved."
    await nurse.close()
    assert nurse.dialog is None
    assert nurse.form_text() == ""


async def test_a_dialog_can_end_in_a_message_or_in_nothing(bot: Bot, nurse: Person) -> None:
    await nurse.say("hello")
    await nurse.tap("Report")
    await nurse.fill({"Where?": "bay 1", "What kind?": "Fall"})
    await nurse.submit()
    assert (nurse.toasts, nurse.dialog) == (["Saved."], None)
    await nurse.tap("Report", "private")
    await nurse.tap("Cancel")
    assert nurse.dialog is None


async def test_the_message_extension_opens_a_dialog(bot: Bot, nurse: Person, rowan: Conversation) -> None:
    await nurse.extension("report", rowan)
    assert nurse.taps == 1
    assert bot.heard[-1].value.command_id == "report"
    assert bot.heard[-1].conversation.id == rowan.id
    await nurse.fill({"Where?": "bay 1", "What kind?": "Fall"})
    await nurse.submit()
    assert bot.heard[-1].name == "composeExtension/submitAction"
    assert nurse.toasts == ["Saved."]


async def test_a_messages_own_menu_hands_over_its_words(bot: Bot, nurse: Person, rowan: Conversation) -> None:
    await nurse.message_extension("report", "2 < 3", rowan)
    value = bot.heard[-1].value
    assert (value.command_context, value.command_id) == ("message", "report")
    assert value.message_payload.body.content == "<div><p>2 &lt; 3</p></div>"


async def test_execute_replaces_the_card_for_one_person_only(
    tenant: Tenant, bot: Bot, nurse: Person, api: httpx.AsyncClient
) -> None:
    other = tenant.person("another")
    chat = tenant.group_chat("night", members=[nurse, other])
    await nurse.say("hello", chat)
    (message,) = tenant.posts(chat)
    await nurse.tap("Done", message)
    assert bot.heard[-1].value.action.data == {"action": "done"}
    assert nurse.messages(chat)[0].visible == "Done"
    assert other.sees("Hello", chat)
    assert "Hello" in message.visible

    await api.put(f"conversations/{chat.id}/activities/{message.id}", json=post_of(text("New for all")))
    assert nurse.messages(chat)[0].visible == other.messages(chat)[0].visible == "New for all"
    assert message.edited


async def test_a_form_can_take_the_cards_place(bot: Bot, nurse: Person) -> None:
    await nurse.say("hello")
    await nurse.tap("Fill")
    await nurse.submit()
    assert "Where?: Please fill this in." in nurse.form_text()
    await nurse.fill({"Where?": "bay 3", "What kind?": "Fall"})
    await nurse.submit()
    assert bot.heard[-1].value.action.verb == "submit"
    assert nurse.messages()[0].visible == "Thanks for bay 3"


async def test_other_answers_and_other_buttons(bot: Bot, nurse: Person) -> None:
    await nurse.say("hello")
    await nurse.tap("Thanks")
    await nurse.tap("Break")
    assert (nurse.toasts, nurse.troubles) == (["Thank you"], ["Oh no"])
    assert not nurse.sees("The rest")
    await nurse.tap("More")
    assert nurse.sees("The rest")
    assert nurse.taps == 3
    with pytest.raises(AssertionError, match="nothing to tap called 'Nothing'"):
        await nurse.tap("Nothing")


async def test_what_is_not_rightly_signed_is_refused(tenant: Tenant, bot: Bot, nurse: Person) -> None:
    assert await tenant.deliver_unsigned() == 401
    assert await tenant.deliver_forged() == 401
    await nurse.say("hello")
    assert await tenant.deliver_expired() == 401
    assert await tenant.deliver_for_another_audience() == 401
    assert await tenant.deliver_from_another_issuer() == 401
    assert await tenant.deliver_with_another_service_url() == 401
    assert len(bot.heard) == 1
    # The SDK leaves the tenant to the bot, and this one does not look.
    tenant.fail("post", 403)
    assert await tenant.deliver_for_another_tenant() == 500
    assert bot.heard[-1].conversation.tenant_id == bot.heard[-1].channel_data.tenant.id != tenant.tenant_id
    assert await tenant.redeliver_last() == 200
    assert bot.heard[-1].id == bot.heard[0].id


# the Connector


async def test_the_sdks_own_client_is_served(tenant: Tenant, nurse: Person, rowan: Conversation) -> None:
    client = ConversationClient(tenant.service_url, Client(ClientOptions(token=tenant.token())))
    sent = await client.create_activity(rowan.id, MessageActivityInput(text="one"))
    await client.update_activity(rowan.id, sent.id, MessageActivityInput(text="two"))
    assert [message.visible for message in tenant.posts(rowan)] == ["two"]
    await client.create_activity(f"{rowan.id};messageid={sent.id}", MessageActivityInput(text="below"))
    assert tenant.posts(rowan)[1].thread == sent.id
    await client.delete_activity(rowan.id, sent.id)
    assert tenant.posts(rowan)[0].deleted
    assert [message.visible for message in nurse.messages(rowan)] == ["below"]
    members = await client.get_members(rowan.id)
    assert [(member.aad_object_id, member.name) for member in members] == [(nurse.id, "Ada Nurse")]


async def test_members_come_in_pages(tenant: Tenant, api: httpx.AsyncClient) -> None:
    people = [tenant.person(f"someone {n}") for n in range(120)]
    big = tenant.channel("big", members=people)
    client = ConversationClient(tenant.service_url, Client(ClientOptions(token=tenant.token())))
    seen, token = [], None
    while True:
        page = await client.get_paged_members(big.id, continuation_token=token)
        seen.append(len(page.members))
        token = page.continuation_token
        if not token:
            break
    assert seen == [50, 50, 20]
    assert (await api.get(f"conversations/{big.id}/pagedmembers")).json()["continuationToken"] == "50"
    assert len(tenant.calls_of("members")) == 4


async def test_a_personal_chat_is_made_or_found(
    tenant: Tenant, api: httpx.AsyncClient, nurse: Person, rowan: Conversation
) -> None:
    async def create(member: str, tenant_id: str = tenant.tenant_id) -> httpx.Response:
        return await api.post("conversations", json={"members": [{"id": member}], "tenantId": tenant_id})

    made = await create(nurse.id)
    assert made.status_code == 201
    assert (await create(nurse.user_id)).json()["id"] == made.json()["id"]
    await api.post(f"conversations/{made.json()['id']}/activities", json=post_of(text("Only you")))
    assert [message.visible for message in nurse.private_messages()] == ["Only you"]

    assert (await create(nurse.id, "another")).json()["error"]["code"] == "BadSyntax"
    stranger = tenant.person("stranger")
    refused = await create(stranger.id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "BotNotInConversationRoster")


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_what_the_connector_refuses(
    tenant: Tenant, api: httpx.AsyncClient, bot: Bot, nurse: Person, rowan: Conversation
) -> None:
    activities = f"conversations/{rowan.id}/activities"
    assert error_of(await api.post(activities, json={}, headers={"Authorization": "Bearer no"})) == (
        401,
        "Unauthorized",
    )
    wrong = {"Authorization": f"Bearer {tenant.token('https://graph.microsoft.com/.default')}"}
    assert (await api.post(activities, json=post_of(text("x")), headers=wrong)).status_code == 401
    assert error_of(await api.post("conversations/19:no@thread.v2/activities", json=post_of(text("x")))) == (
        404,
        "ConversationNotFound",
    )
    gone = (404, "ActivityNotFoundInConversation")
    assert error_of(await api.put(f"{activities}/1", json=post_of(text("x")))) == gone
    post = (await api.post(activities, json=post_of(text("x")))).json()["id"]
    assert (await api.delete(f"{activities}/{post}")).status_code == 200
    assert error_of(await api.delete(f"{activities}/{post}")) == gone

    assert error_of(await api.post(activities, json=post_of(text("")))) == (400, "BadSyntax")
    assert tenant.refusals == ["card.body[0]: needs a text"]
    assert error_of(await api.post(activities, json=post_of(text("x" * 100_001)))) == (413, "MessageSizeTooBig")
    await nurse.remove_bot(rowan)
    not_there = (403, "BotNotInConversationRoster")
    assert error_of(await api.post(activities, json=post_of(text("x")))) == not_there
    assert error_of(await api.get(f"conversations/{rowan.id}/members")) == not_there


async def test_faults_and_rates(tenant: Tenant, api: httpx.AsyncClient, rowan: Conversation) -> None:
    activities = f"conversations/{rowan.id.replace(':', '%3A')}/activities"
    tenant.fail("post", 429, retry_after=7)
    answer = await api.post(activities, json=post_of(text("x")))
    assert (answer.status_code, answer.headers["Retry-After"], tenant.posts(rowan)) == (429, "7", [])
    for error, posts in (("drop_before", 0), ("drop_after", 1)):
        tenant.fail("post", error)
        with pytest.raises(httpx.RemoteProtocolError):
            await api.post(activities, json=post_of(text("x")))
        assert len(tenant.posts(rowan)) == posts
    tenant.enforce_rates = True
    assert (await api.post(activities, json=post_of(text("x")))).status_code == 429
    assert len(tenant.calls_of("post")) == 4
    assert tenant.calls[0].body == post_of(text("x"))
    assert tenant.calls[0].headers["authorization"].startswith("Bearer ")


# the limits

FINE = card(
    text("Rowan \\#1", style="heading", size="Large", weight="Bolder", id="title"),
    {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "**b**", "isSubtle": True}]},
    {"type": "FactSet", "facts": [{"title": "Staff", "value": "5"}]},
    {"type": "Image", "url": "http://127.0.0.1/chart.png", "altText": "A chart"},
    {"type": "ColumnSet", "columns": [{"type": "Column", "width": "auto", "items": [text("left")]}]},
    {
        "type": "Table",
        "columns": [{"width": 1}, {"width": 2}],
        "rows": [{"type": "TableRow", "cells": [{"type": "TableCell", "items": [text(word)]} for word in "pq"]}],
    },
    {"type": "Chart.Line", "title": "Week", "data": [{"legend": "Falls", "values": [{"x": "Mon", "y": 2}]}]},
    {"type": "Container", "items": [text("hidden", isVisible=False)]},
    buttons(button("Go", "OpenUrl", url="https://example.org"), button("Tap", verb="tap", data={})),
)


def test_a_right_card_is_fine_and_reads_well() -> None:
    assert wrong_with_card({"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", **FINE}) == []
    assert visible(FINE).split("\n") == [
        *("Rowan #1", "**b**", "Staff 5", "[image: A chart]", "left", "p | q", "Falls: Mon 2", "[Go]  [Tap]")
    ]


def picture(**more: Any) -> Part:
    return {"type": "Image", "url": "https://example.org/a.png", "altText": "A", **more}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (card(text("x" * 25_000)), "more than 25000"),
        (card(text("x")) | {"version": "1.6"}, "version must be '1.5'"),
        (card({"type": "TextBlok", "text": "x"}), "unknown type 'TextBlok'"),
        (card(text("x", warp=True)), "TextBlock has no property 'warp'"),
        (card(text("x", size="Huge")), "size: Input should be"),  # the SDK's opinion
        (card(text(" ")), "needs a text"),
        (card(text("x", style="title")), "style 'title'"),
        (card(field("Text", "", "a")), "needs a id"),
        (card(field("Text", "a", "a"), field("Text", "a", "b")), "2 parts have the id 'a'"),
        (card(field("Text", "a", "")), "needs a label"),
        (card(field("Text", "a", "a", isRequired=True)), "needs a errorMessage"),
        (card(field("ChoiceSet", "a", "a", choices=[])), "needs choices"),
        (card(field("ChoiceSet", "a", "a", choices=choices("A", "a"))), "two choices have the same value"),
        (card(field("ChoiceSet", "a", "a", choices=choices("A,b"), isMultiSelect=True)), "a value with a comma"),
        (card(field("ChoiceSet", "a", "a", choices=choices("A"), value="b")), "'b' is not among the choices"),
        (card(field("ChoiceSet", "a", "a", choices=[{"title": "A"}])), "must have a title and a value"),
        (card(field("Time", "a", "a", value="7:45")), "value must be HH:MM"),
        (card(field("Toggle", "a", "a")), "needs a title"),
        (card(field("Toggle", "a", "a", title="A", value="yes")), "is neither on nor off"),
        (card(picture(url="http://example.org/a.png")), "url must be https"),
        (card(picture(altText="")), "needs a altText"),
        (card(buttons(*[button(str(n)) for n in range(7)])), "more than 6 actions"),
        (card(actions=[button("")]), "needs a title"),
        (card(actions=[button("a", "Http")]), "unknown type 'Action.Http'"),
        (card(actions=[button("a", "Submit", data={"action": "x"})]), "outside a dialog"),
        (card({"type": "RichTextBlock", "inlines": []}), "needs inlines"),
        (card({"type": "FactSet", "facts": [{"title": "a"}]}), "must have a title and a value"),
    ],
)
def test_a_wrong_card_is_named(wrong: Part, words: str) -> None:
    assert any(words in fault for fault in wrong_with_card(wrong)), wrong_with_card(wrong)


def test_a_wrong_dialog_is_named() -> None:
    info = dialog(form(SEND))["task"]["value"]
    assert wrong_with_dialog(info) == []
    assert "1 to 60 characters" in wrong_with_dialog(info | {"title": "x" * 61})[0]
    assert "dialog.height" in wrong_with_dialog(info | {"height": "tall"})[0]
    assert "dialog.width" in wrong_with_dialog(info | {"width": 5000})[0]
    assert "an attachment" in wrong_with_dialog(info | {"card": form(SEND)})[0]
    executing = attachment(card(actions=[button("a")]))
    assert "no Action.Execute" in wrong_with_dialog(info | {"card": executing})[0]


def test_a_wrong_message_is_named() -> None:
    assert wrong_with_message({"type": "message"}) == ["message: needs a text or an attachment"]
    assert "more than 28000" in wrong_with_message({"type": "message", "text": "x" * 28_000})[0]
    assert "no attachment of type" in wrong_with_message({"attachments": [{"contentType": "image/png"}]})[0]


async def test_a_wrong_card_in_an_answer_fails_the_test(bot: Bot, nurse: Person) -> None:
    with pytest.raises(AssertionError, match="needs a text"):
        await nurse.extension("something else")


@pytest.mark.parametrize("words", ["**b**", "_x_ y", "[a](b)", "- a", "1. a", "# a", "a\n* b", "{{DATE(2026,SHORT)}}"])
def test_markup_is_noticed(words: str) -> None:
    assert interpreted(words)


@pytest.mark.parametrize("words", ["2 * 3", "a_b_c", "\\*\\*b\\*\\*", "[a] (b)", "\\- a", "1\\. a", "ward-9", "5.1"])
def test_plain_words_are_left_alone(words: str) -> None:
    assert not interpreted(words)
