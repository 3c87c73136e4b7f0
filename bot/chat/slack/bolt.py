"""What people do in Slack, as the router's events: Bolt verifies, acknowledges and dispatches."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
import re
import secrets
from typing import Any

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
import structlog

from bot.chat.bounded import bounded
from bot.chat.front import Destination, Person
from bot.chat.menu import MESSAGE_SHORTCUTS, SHORTCUTS
from bot.chat.router import (
    Command,
    Event,
    FieldErrors,
    Open,
    Opened,
    Outcomes,
    Problem,
    Reply,
    Router,
    Said,
    Submit,
    Tap,
)
from bot.chat.saving import field_errors, saved
from bot.chat.slack.blocks import action_of, answered, input_names, read_state, with_words
from bot.chat.slack.call import again, quiet, web_client
from bot.chat.slack.front import SlackFront
from bot.chat.slack.manifest import EVENTS_PATH
from bot.chat.slack.outcomes import Performer, Scene, Surface
from bot.chat.slack.private import Envelope, place_of
from bot.faults import fault_words, log_fault
from bot.settings import Settings

log = structlog.get_logger(__name__)

SUBMIT_WITHIN = 2.5
"""Seconds for saving a form: Slack waits three for the acknowledgement that may keep it open."""
BODY_MOST = 1_000_000

REOPEN = "This form cannot be sent any more. Please copy what you typed, close it and open it again."


def bolt_app(settings: Settings, router: Router[Any], front: SlackFront) -> AsyncApp:
    """Bolt with every listener; building it calls nobody.

    Where no signing secret is set, requests over HTTP are refused. `authorize` is our own so that Bolt does not
    start an OAuth flow with files for storage when it finds SLACK_CLIENT_ID in the environment.
    """
    envelope = Envelope(settings.secret)
    listeners = _Listeners(router, Performer(router, front, envelope), envelope)
    known: list[AuthorizeResult] = []

    async def authorize() -> AuthorizeResult:
        if not known:
            answer = await again(front.client.auth_test)
            known.append(
                AuthorizeResult.from_auth_test_response(auth_test_response=answer, bot_token=front.client.token)
            )
        return known[0]

    app = AsyncApp(
        name="wardhuddle",
        logger=quiet,
        client=web_client(settings, None),
        authorize=authorize,
        signing_secret=settings.slack_signing_secret.get_secret_value() or secrets.token_hex(),
        raise_error_for_unhandled_request=True,
    )
    app.error(_log_error)
    anything = re.compile(".+")  # the router knows what there is, and has words for what there is no more
    app.command(anything)(listeners.command)
    app.shortcut(anything)(listeners.shortcut)
    app.action(anything)(listeners.tap)
    app.view_submission(anything)(listeners.submit)
    app.event("app_home_opened")(listeners.home_opened)
    app.event("member_joined_channel")(listeners.joined)
    app.event("message")(listeners.wrote)
    return app


def http_routes(app: AsyncApp) -> list[Route]:
    """Where Slack posts events, commands and taps (for Socket Mode none is needed)."""

    async def events(request: Request) -> Response:
        body = await bounded(request.stream(), BODY_MOST)
        if body is None:
            return PlainTextResponse("too large", 413)
        try:
            asked = to_async_bolt_request(request, body)
        except (AttributeError, TypeError, ValueError):  # Bolt parses a body before it verifies its signature
            return PlainTextResponse("not understood", 400)
        return to_starlette_response(await app.async_dispatch(asked))

    return [Route(EVENTS_PATH, events, methods=["POST"])]


class _Listeners:
    """Each acknowledges, makes a router's event of what Slack sent, and has the outcomes carried out."""

    def __init__(self, router: Router[Any], performer: Performer, envelope: Envelope) -> None:
        self._router = router
        self._performer = performer
        self._envelope = envelope

    async def command(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        person, place = _who(context), _where(context)
        name, text = body["command"].removeprefix("/"), _plain(body).strip()
        await self._answer(Command(name, text, person, place), Scene(person, place, trigger_id=body["trigger_id"]))

    async def shortcut(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        person = _who(context)
        if body["callback_id"] in MESSAGE_SHORTCUTS:
            place = _where(context)
            chosen = Said(_plain(body["message"]), person, place, chosen=True)
            await self._answer(chosen, Scene(person, place, trigger_id=body["trigger_id"]))
            return
        known = SHORTCUTS.get(body["callback_id"])
        command = Command(known.command if known else body["callback_id"], "", person)
        await self._answer(command, Scene(person, trigger_id=body["trigger_id"]))

    async def tap(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        tapped = body["actions"][0]
        person, place, message = _who(context), _where(context), _tapped_message(body, context)
        trigger_id = body.get("trigger_id", "")
        surface: Surface = "home" if (body.get("view") or {}).get("type") == "home" else "channel"
        tap = Tap(action_of(tapped["action_id"]), tapped.get("value", ""), person, place, message)
        await self._answer(tap, Scene(person, place, message, trigger_id, surface))

    async def submit(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        """Save before the acknowledgement: only with that can the form stay open with what was typed, or the next form
        take its place.

        A reply is shown in the form's own place, and so kept nowhere: a message would say who sent a report.
        """
        person, kind = _who(context), view["callback_id"]
        opened = self._envelope.open(view["private_metadata"], kind, person)
        scene = Scene(person, opened.place if opened else None, trigger_id=body.get("trigger_id", ""))
        once = (opened and opened.once) or view["id"]
        if opened:
            form = Submit(kind, opened.context, read_state(view), person, once)
            outcomes = await saved(self._router, form, SUBMIT_WITHIN)
        else:
            log.warning("slack_form_not_ours", form=kind)
            outcomes = (FieldErrors({"": REOPEN}),)
        words = field_errors(outcomes)
        forms = [outcome.form for outcome in outcomes if isinstance(outcome, Open)]
        following = None
        if forms and not words:
            try:
                following = self._performer.following(forms[-1], once, scene)
            except Exception as error:
                words = {"": fault_words(log_fault(error, "slack form"))}
        if words:
            await _refuse(ack, view, words)
            return
        replies = [outcome.message for outcome in outcomes if isinstance(outcome, Reply)]
        if following:
            await ack(response_action="update", view=following)
        elif replies:
            await ack(response_action="update", view=answered(view["title"]["text"], replies))
        else:
            await ack()
        shown = Open if following else Open | Reply
        await self._performer.perform([each for each in outcomes if not isinstance(each, shown)], scene)

    async def home_opened(self, event: Mapping[str, Any], body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        if event.get("tab") == "home":
            person = _who(context)
            await self._answer(Opened("home", person, body["event_id"]), Scene(person, surface="opened home"))

    async def joined(self, event: Mapping[str, Any], body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """The bot was let into a channel; the person is who invited it, with an empty id where Slack names nobody."""
        if event["user"] == context.bot_user_id:
            person = Person("slack", event.get("inviter") or "", context.team_id or "")
            place = _where(context)
            await self._answer(Opened("joined", person, body["event_id"], place), Scene(person, place))

    async def wrote(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Somebody wrote to the bot alone. What is changed or deleted there, or comes from a bot, is no new word of
        theirs (https://docs.slack.dev/reference/events/message)."""
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            person = _who(context)
            await self._answer(Said(_plain(event), person), Scene(person))

    async def _answer(self, event: Event, scene: Scene) -> None:
        outcomes: Outcomes
        try:
            outcomes = await self._router.answer(event)
        except Problem as problem:
            outcomes = (problem.as_reply(),)
        await self._performer.perform(outcomes, scene)


async def _refuse(ack: AsyncAck, view: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Leave the form open with these words: at its fields, or where it has none, above it."""
    names = input_names(view)
    if names:
        await ack(response_action="errors", errors=_at_fields(words, names))
    else:
        await ack(response_action="update", view=with_words(view, words.values()))


def _at_fields(words: Mapping[str, str], names: list[str]) -> dict[str, str]:
    """Errors by field; what belongs to no field of the form as it was shown goes to the first."""
    at: dict[str, str] = {}
    for name, text in words.items():
        field = name if name in names else names[0]
        at[field] = f"{at[field]} {text}" if field in at else text
    return at


def _who(context: AsyncBoltContext) -> Person:
    return Person("slack", context.user_id or "", context.team_id or "")


def _where(context: AsyncBoltContext) -> Destination | None:
    return place_of(context.team_id or "", context.channel_id)


def _plain(message: Mapping[str, Any]) -> str:
    """What a message or command says, as it was typed (https://docs.slack.dev/messaging/formatting-message-text)."""
    return unescape(message.get("text") or "")


def _tapped_message(body: Mapping[str, Any], context: AsyncBoltContext) -> Destination | None:
    """The message that holds the button, unless only this person sees it: that one can't be updated."""
    container = body.get("container") or {}
    if container.get("type") != "message" or container.get("is_ephemeral"):
        return None
    ts, thread = container["message_ts"], container.get("thread_ts")
    address = {"workspace": context.team_id or "", "channel": context.channel_id or "", "ts": ts}
    return Destination("slack", address | ({"thread": thread} if thread and thread != ts else {}))


async def _log_error(error: Exception) -> BoltResponse | None:
    """What reaches Bolt's own error handling, without the body that Bolt would have logged.

    What nothing listens to is acknowledged, or Slack would deliver it three times more.
    """
    if isinstance(error, BoltUnhandledRequestError):
        log.info("slack_not_listened_to", what=(error.body or {}).get("type"))
        return BoltResponse(status=200)
    log_fault(error, "bolt")
    return None
