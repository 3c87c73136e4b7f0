"""What people do in Teams, as the router's events; and their answers, in the way that each of Teams' surfaces wants.

A typed message is answered by messages; a button of a card, by the card that takes its place or by a line of words; a
dialog, by what it shows next. https://learn.microsoft.com/microsoftteams/platform/bots/bot-concepts
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from html import unescape
import re
from typing import Any, TypeVar

from itsdangerous import BadSignature, URLSafeSerializer
from microsoft_teams.api.activities import (
    AdaptiveCardInvokeActivity,
    ConversationUpdateActivity,
    InstalledActivity,
    MessageActivity,
)
from microsoft_teams.api.activities.invoke.message_extension import (
    MessageExtensionFetchTaskInvokeActivity,
    MessageExtensionSubmitActionInvokeActivity,
)
from microsoft_teams.api.activities.invoke.task import TaskFetchInvokeActivity, TaskSubmitInvokeActivity
from microsoft_teams.api.models import InvokeResponse
from microsoft_teams.apps import ActivityContext
import structlog

from bot.chat.front import Destination, Person, Refused, SendError
from bot.chat.menu import COMMANDS, MESSAGE_SHORTCUTS, SHORTCUTS
from bot.chat.message import Button, Buttons, Form, Heading, Message, Note, Part, Text
from bot.chat.putting import Put, put
from bot.chat.router import (
    Command,
    Event,
    FieldErrors,
    Open,
    Opened,
    Outcomes,
    Post,
    Problem,
    Replace,
    Reply,
    Router,
    Said,
    Submit,
    Tap,
)
from bot.chat.saving import field_errors, saved
from bot.chat.sheet import TOO_OLD, NotOurs, Sheet, Sheets, initial, new_sheet, next_sheet
from bot.chat.teams.cards import CARD_TYPE, SUBMIT, Card, Surface, answer_card, form_card, read_inputs
from bot.chat.teams.connector import Connector
from bot.chat.teams.front import NAME, TeamsFront
from bot.faults import fault_words, log_fault

log = structlog.get_logger(__name__)

SUBMIT_WITHIN = 6.0
"""Seconds for saving a form: Teams waits some ten for the answer to one, and then tells the person that it failed."""
MENTION = re.compile(r"<at[^>]*>.*?</at>|^\s*@Wardhuddle\b", re.IGNORECASE)
"""The bot's name before a command: as Teams sends it, or merely typed."""
TAG = re.compile(r"<[^>]*>")
ANSWER_WITHIN = 2.0
"""Seconds that an answer then waits for what it says elsewhere; a throttled channel may want half a minute."""
HEARD = 1_000
"""Messages remembered, so that one which Teams delivers again is not answered again."""
COMMAND_MOST = 40
"""Characters of a typed command that its button brings back."""
TITLE, TITLE_MOST = "Wardhuddle", 60
DONE = "Done."
SENT_TO_YOU = "The answer is in your own chat with Wardhuddle."
OPEN_FORM, OPEN_HERE = "open_form", "open_form_here"
QUICK = "Under a minute, anonymous unless you say so."
CALL_ME_UNSEEN = (
    "Nobody needs to see you ask: choose Wardhuddle in the menu under the message box, or write to me in our own chat."
)
NOT_IN_YOUR_CHAT = (
    "I have an answer for you alone, but can't write to you. Please add Wardhuddle in Teams under Apps, then try again."
)
NOT_TOLD = (
    "I have an answer for you alone, but Teams did not surely take it. If it is not in our own chat, please try again "
    "in a minute."
)
SLOW = "This was saved. Teams is slow just now: please look at the channel in a minute."
REOPEN = (
    "This form can't be sent any more: it is from an older version of Wardhuddle, or was opened by somebody else. "
    "Nothing was sent. What you typed is below, so that you can copy it into a new one."
)

T = TypeVar("T")
Answer = InvokeResponse[Any]
"""What Teams shows in answer to a button, a form or a menu entry."""


@dataclass(frozen=True)
class Scene:
    """Who acted, and where: `place` is a channel or group chat, None in a person's own chat with the bot.

    `conversation` and `service_url` are where an answer in public goes: in a channel, its thread.
    """

    person: Person
    place: Destination | None
    message: Destination | None
    conversation: str
    service_url: str
    id: str

    @property
    def channel(self) -> str:
        """The place's conversation, or nothing in a person's own chat."""
        return self.place.address["channel"] if self.place else ""


@dataclass
class Done:
    """What came of an event, for the surface to show."""

    form: Form | None = None
    errors: dict[str, str] = field(default_factory=dict)
    replies: list[Message] = field(default_factory=list)
    replaced: Message | None = None
    """What now stands in the place of the message that was tapped."""

    def tell(self, words: str) -> None:
        """Say something more to the person."""
        if words:
            self.replies.append(_notice(words))


class People:
    """Hears the SDK's app, and answers."""

    def __init__(self, router: Router[Any], front: TeamsFront, connector: Connector, secret: str) -> None:
        self._router = router
        self._front = front
        self._tenant = connector.tenant
        self._sheets = Sheets(secret, NAME)
        self._places = URLSafeSerializer(secret, salt="teams-place")
        self._heard: deque[tuple[str, str]] = deque(maxlen=HEARD)
        self._late: set[asyncio.Task[Any]] = set()
        app = connector.app
        app.on_message(self.typed)
        app.on_card_action(self.pressed)
        app.on_dialog_open(self.dialog_asked)
        app.on_dialog_submit(self.dialog_sent)
        app.on_message_ext_open(self.extension_opened)
        app.on_message_ext_submit(self.extension_sent)
        app.on_conversation_update(self.joined)
        app.on_install_add(self.installed)

    # What comes in

    async def typed(self, ctx: ActivityContext[MessageActivity]) -> None:
        """Words to the bot: a command; or in one's own chat with it, plain words; or else a wish for help."""
        scene = self._scene(ctx)
        if (scene.conversation, scene.id) in self._heard:
            return
        self._heard.append((scene.conversation, scene.id))
        await self._note(scene)
        typed = _typed(ctx.activity.text or "")
        word, text = _command(typed)
        event: Event = Command(word, text, scene.person, scene.place)
        if not word and scene.place is None and typed:
            event = Said(typed, scene.person)
        elif not word:
            event = Command("huddle", "help", scene.person, scene.place)
        if word == "home":
            event = Opened("home", scene.person, scene.id)
        done = await self._done(event, scene)
        if done.form:
            await self._answer_typed(scene, self._launcher(done.form, word, text, scene))
        told = [await self._privately(scene, reply) for reply in done.replies]
        if scene.place and any(told):  # or it would look deaf where it was spoken to
            await self._answer_typed(scene, _notice(SENT_TO_YOU))

    async def pressed(self, ctx: ActivityContext[AdaptiveCardInvokeActivity]) -> Answer:
        """A button that opens no dialog, or a form that took a card's place."""
        scene = self._scene(ctx)
        action = ctx.activity.value.action
        data: Mapping[str, Any] = action.data or {}
        if action.verb == SUBMIT:
            _, card = await self._sent(scene, data, self._front.surface)
            return _card_answer(card)
        await self._note(scene)
        done = await self._done(self._tap(scene, data), scene)
        if done.form:
            sheet = self._sheet(scene, done.form)
            token = self._sheets.seal(sheet)
            return _card_answer(form_card(done.form, token, initial(done.form), surface="plain chat"))
        if done.replaced is None and all(_is_a_line(reply) for reply in done.replies):
            return _words_answer(" ".join(reply.summary for reply in done.replies) or DONE)
        for reply in done.replies:
            await self._soon(self._privately(scene, reply))
        return _card_answer(self._front.card(done.replaced)) if done.replaced else _words_answer(SENT_TO_YOU)

    async def dialog_asked(self, ctx: ActivityContext[TaskFetchInvokeActivity]) -> Answer:
        """A button that opens a dialog."""
        scene = self._scene(ctx)
        await self._note(scene)
        return await self._opened(scene, self._tap(scene, ctx.activity.value.data or {}))

    async def dialog_sent(self, ctx: ActivityContext[TaskSubmitInvokeActivity]) -> Answer:
        """A form in a dialog, or a button of what a dialog shows."""
        return await self._in_dialog(self._scene(ctx), ctx.activity.value.data or {})

    async def extension_opened(self, ctx: ActivityContext[MessageExtensionFetchTaskInvokeActivity]) -> Answer:
        """An entry of the menu under the message box, or of a message's own menu."""
        scene = self._scene(ctx)
        chosen, message = ctx.activity.value.command_id or "", ctx.activity.value.message_payload
        if chosen in MESSAGE_SHORTCUTS:
            words = _without_markup(message.body.content or "") if message and message.body else ""
            return await self._opened(scene, Said(words, scene.person, scene.place, chosen=True))
        name = SHORTCUTS[chosen].command if chosen in SHORTCUTS else chosen
        return await self._opened(scene, Command(name, "", scene.person, scene.place))

    async def extension_sent(self, ctx: ActivityContext[MessageExtensionSubmitActionInvokeActivity]) -> Answer:
        """What was opened there was sent."""
        return await self._in_dialog(self._scene(ctx), ctx.activity.value.data or {})

    async def joined(self, ctx: ActivityContext[ConversationUpdateActivity]) -> None:
        """The bot was let into a team or a group chat."""
        added = [member.id for member in ctx.activity.members_added or []]
        if ctx.activity.recipient.id in added:
            scene = self._scene(ctx)
            if scene.place:
                await self._note(scene)
                await self._done(Opened("joined", scene.person, scene.id, scene.place), scene)

    async def installed(self, ctx: ActivityContext[InstalledActivity]) -> None:
        """Somebody added the bot for themselves: its home comes first."""
        scene = self._scene(ctx)
        if scene.place is None:
            done = await self._done(Opened("home", scene.person, scene.id), scene)
            for reply in done.replies:
                await self._privately(scene, reply)

    # What comes of it

    async def _done(self, event: Event, scene: Scene) -> Done:
        try:
            outcomes = await self._router.answer(event)
        except Problem as problem:
            outcomes = (problem.as_reply(),)
        return await self._carry_out(outcomes, scene)

    async def _carry_out(self, outcomes: Outcomes, scene: Scene) -> Done:
        """Do what the handler wants done, in order. One that fails is told of and does not stop the next."""
        done = Done()
        for outcome in outcomes:
            match outcome:
                case Open(form=form):
                    done.form = form
                case FieldErrors(errors=errors):
                    done.errors.update(errors)
                case Reply(message=message):
                    done.replies.append(message)
                case Post(to=to):
                    done.tell((await self._put(outcome, to)).words)
                case Replace(message=message) if at := outcome.at or scene.message:
                    there = await self._put(outcome, at)
                    done.tell(there.words)
                    if scene.message and at.address == scene.message.address:
                        done.replaced = there.newer or message
                case Replace(message=message):
                    done.replies.append(message)
        return done

    async def _put(self, outcome: Post | Replace, at: Destination) -> Put:
        return await self._soon(self._put_surely(outcome, at)) or Put(None, SLOW)

    async def _soon(self, doing: Coroutine[Any, Any, T]) -> T | None:
        """What comes of it, or None where that takes longer than an answer may wait; then it goes on by itself."""
        task = asyncio.ensure_future(doing)
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        await asyncio.wait({task}, timeout=ANSWER_WITHIN)
        return task.result() if task.done() else None

    async def _put_surely(self, outcome: Post | Replace, at: Destination) -> Put:
        try:
            return await put(self._router, self._front, outcome, at)
        except Exception as error:  # the next outcome must not be lost for it
            return Put(None, fault_words(log_fault(error, "teams outcome")))

    async def _opened(self, scene: Scene, event: Event) -> Answer:
        """What a dialog shows first."""
        done = await self._done(event, scene)
        if done.form:
            sheet = self._sheet(scene, done.form)
            return _dialog(done.form.title, form_card(done.form, self._sheets.seal(sheet), initial(done.form)))
        return self._answered(scene, done)

    async def _in_dialog(self, scene: Scene, data: Mapping[str, Any]) -> Answer:
        """What a dialog shows after something was sent from it."""
        if "form" not in data:
            return await self._opened(scene, self._tap(scene, data))
        return _dialog(*await self._sent(scene, data, "dialog"))

    def _answered(self, scene: Scene, done: Done) -> Answer:
        if not done.replies:
            return Answer(body={"task": {"type": "message", "value": DONE}})
        return _dialog(TITLE, answer_card(done.replies, place=self._sealed_place(scene)))

    async def _sent(self, scene: Scene, data: Mapping[str, Any], surface: Surface) -> tuple[str, Card]:
        """Save a form; the title and the card that then take its place: the form again with what is wrong, the next
        form, or what came of it."""
        try:
            sheet, too_old = self._sheets.opened(str(data.get("form", "")))
            if sheet.holder["person"] != scene.person.id:
                raise NotOurs
        except NotOurs:
            log.warning("teams_form_not_ours")
            return TITLE, answer_card([_as_typed(data)], surface)
        form, typed = sheet.form, read_inputs(sheet.form, data)
        if too_old:
            return form.title, form_card(form, self._sheets.seal(sheet), typed, {"": TOO_OLD}, surface)
        place = self._place(sheet.holder["channel"])
        submit = Submit(form.kind, form.context, typed, scene.person, sheet.once)
        outcomes = await saved(self._router, submit, SUBMIT_WITHIN)
        if errors := field_errors(outcomes):
            return form.title, form_card(form, str(data["form"]), typed, errors, surface)
        held_by = scene.message if surface != "dialog" else None
        asked_at = Scene(scene.person, place, held_by, scene.conversation, scene.service_url, scene.id)
        done = await self._carry_out(outcomes, asked_at)
        if done.form:
            for reply in done.replies:
                await self._soon(self._privately(asked_at, reply))
            try:
                token = self._sheets.seal(next_sheet(sheet, done.form))
                return done.form.title, form_card(done.form, token, initial(done.form), surface=surface)
            except Exception as error:
                wrong = {"": fault_words(log_fault(error, "teams form"))}
                return form.title, form_card(form, str(data["form"]), typed, wrong, surface)
        if done.replaced:  # the form had taken this message's place, and its sender must see it as it is now
            for reply in done.replies:
                await self._soon(self._privately(asked_at, reply))
            return form.title, self._front.card(done.replaced)
        replies = done.replies or [Message("done", DONE, (Text(DONE),))]
        return form.title, answer_card(replies, surface, self._sealed_place(asked_at))

    # Saying it

    async def _answer_typed(self, scene: Scene, message: Message) -> None:
        card = self._front.card(message)
        try:
            await self._front.reply_now(scene.conversation, scene.service_url, card, message.summary)
        except SendError as error:
            log.warning("teams_not_answered", message=message.kind, reason=error.reason)

    async def _privately(self, scene: Scene, message: Message) -> bool:
        """Say something to the person alone, and whether that could be done; where they asked they read that it could
        not, without a word of what it was."""
        if scene.place is None:
            await self._answer_typed(scene, message)
            return True
        try:
            await self._front.whisper(scene.person, message, self._sealed_place(scene))
        except SendError as error:
            log.warning("teams_not_told", message=message.kind, reason=error.reason)
            await self._answer_typed(scene, _notice(NOT_IN_YOUR_CHAT if isinstance(error, Refused) else NOT_TOLD))
            return False
        return True

    def _launcher(self, form: Form, word: str, text: str, scene: Scene) -> Message:
        """A form can't be opened by typing, only by a button. Of what was typed it brings back the command alone."""
        known = COMMANDS[word].usage.split(" | ")  # anything else that follows `report` may be somebody's name
        asked = [one for one in text.split()[:1] if one.lower() in known]
        command = " ".join((word, *asked))[:COMMAND_MOST]
        buttons = [Button("Open the form", OPEN_FORM, command, "primary", opens=True)]
        if scene.place is None and self._front.surface == "chat":
            buttons.append(Button("Answer here instead", OPEN_HERE, command))
        reporting = word in {shortcut.command for shortcut in SHORTCUTS.values()}
        parts: list[Part] = [Heading(form.title), *([Text(QUICK)] if reporting else []), Buttons(tuple(buttons))]
        if scene.place and reporting:
            parts.append(Note(CALL_ME_UNSEEN))
        return Message("launcher", form.title, tuple(parts))

    # Who and where

    def _scene(self, ctx: ActivityContext[Any]) -> Scene:
        activity = ctx.activity
        service_url = str(activity.service_url)
        person = Person(NAME, activity.from_.aad_object_id or activity.from_.id, self._tenant)
        conversation: str = activity.conversation.id
        shared = activity.conversation.conversation_type in ("channel", "groupChat")
        channel = conversation.partition(";")[0] if shared else ""
        place, message = self._place(channel), None
        if place and activity.reply_to_id:
            thread = conversation.partition(";messageid=")[2]
            under = {"thread": thread} if thread not in ("", activity.reply_to_id) else {}
            message = Destination(NAME, {**place.address, **under, "activity": activity.reply_to_id})
        return Scene(person, place, message, conversation, service_url, activity.id)

    async def _note(self, scene: Scene) -> None:
        """Note where a conversation is reached.

        Never when a form is sent, which must be answered whatever the database does; and never from the menu under the
        message box, which is there in conversations without the bot: those would tell who reports.
        """
        if scene.place:
            try:
                await self._front.met(scene.place, scene.service_url)
            except Problem:
                log.warning("teams_address_not_noted")

    def _place(self, channel: str) -> Destination | None:
        return Destination(NAME, {"workspace": self._tenant, "channel": channel}) if channel else None

    def _sheet(self, scene: Scene, form: Form) -> Sheet:
        return new_sheet(form, person=scene.person.id, channel=scene.channel)

    def _sealed_place(self, scene: Scene) -> str:
        """What a button in a person's own chat brings back, so that it acts in the channel that it is about."""
        return str(self._places.dumps([scene.person.id, scene.channel])) if scene.channel else ""

    def _tap(self, scene: Scene, data: Mapping[str, Any]) -> Event:
        """What a button stands for. What it brings back is not trusted: handlers ask who may do what, and where."""
        action, value = str(data.get("action", "")), str(data.get("value", ""))
        place = scene.place
        if sealed := data.get("place"):
            try:
                person, channel = self._places.loads(str(sealed))
            except BadSignature:
                person, channel = "", ""
            place = self._place(channel) if person == scene.person.id else place
        if action in (OPEN_FORM, OPEN_HERE):
            word, _, text = value.partition(" ")
            return Command(word, text, scene.person, place)
        return Tap(action, value, scene.person, place, scene.message)


def _notice(words: str) -> Message:
    return Message("notice", words, (Text(words),))


def _typed(text: str) -> str:
    """What was typed, without the mention that made the bot hear it."""
    return " ".join(MENTION.sub(" ", text).replace("&nbsp;", " ").split())


def _command(typed: str) -> tuple[str, str]:
    """The command that was typed: its first word, and the rest; nothing where it is none."""
    first, _, rest = typed.partition(" ")
    word = first.lower().removeprefix("/")
    return (word, rest) if word in (*COMMANDS, "home") else ("", "")


def _without_markup(content: str) -> str:
    """The words of a message that Teams hands over as HTML."""
    return " ".join(unescape(TAG.sub(" ", content)).replace("\xa0", " ").split())


def _is_a_line(message: Message) -> bool:
    """Whether a message is no more than words, which Teams can show beside the button that was pressed."""
    return all(isinstance(part, Text | Note) for part in message.parts)


def _as_typed(data: Mapping[str, Any]) -> Message:
    """A form that can't be read any more: what was typed into it, to be copied."""
    typed = [str(value) for name, value in data.items() if name not in ("form", "msteams") and value]
    return Message("reopen", REOPEN, (Text(REOPEN), *(Text(value) for value in typed)))


def _card_answer(card: Card) -> Answer:
    return Answer(body={"statusCode": 200, "type": CARD_TYPE, "value": card})


def _words_answer(words: str) -> Answer:
    return Answer(body={"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": words})


def _dialog(title: str, card: Card) -> Answer:
    content = {"contentType": CARD_TYPE, "content": card}
    shown = {"title": title[:TITLE_MOST], "height": "large", "width": "medium", "card": content}
    return Answer(body={"task": {"type": "continue", "value": shown}})
