"""The person in front of Teams: what they see, tap, type and send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from . import activities, forms
from .limits import CARD_TYPE, wrong_with_card, wrong_with_dialog
from .render import parts, visible, words_of
from .tenant import Conversation, Message, guid

if TYPE_CHECKING:
    from .tenant import Tenant

Card = dict[str, Any]
Place = Conversation | Message | Literal["private"] | None

EXECUTE, SUBMIT, SHOW_CARD = "Action.Execute", "Action.Submit", "Action.ShowCard"
THEME = {"theme": "default"}


@dataclass
class View:
    """A card as one person has it before them: a message's, or (without `message`) that of a dialog."""

    card: Card
    where: Conversation
    message: Message | None = None
    number: int = 0
    title: str = ""
    command: str | None = None
    """The message extension's command that opened this dialog."""
    values: dict[str, str] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def inputs(self) -> list[Card]:
        return [part for part in parts(self.card, self.opened) if part["type"].startswith("Input.")]

    @property
    def actions(self) -> list[Card]:
        shown = parts(self.card, self.opened)
        return [one for one in shown if one["type"].startswith("Action.") and one.get("isEnabled") is not False]

    @property
    def is_form(self) -> bool:
        """Whether it asks for something, or has a button that sends it (a preview asks for nothing)."""
        return bool(self.inputs) or any(_sends(one) for one in self.actions)

    @property
    def text(self) -> str:
        """Title, words, buttons, and what the client itself complains about."""
        complaints = [f"{label}: {words}" for label, words in self.refused.items()]
        return "\n".join(one for one in (self.title, visible(self.card, self.opened, self.values), *complaints) if one)

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong by the label of the input: the bot's `<id>-error` blocks, then the client's own words."""
        labels = {f"{one['id']}-error": one["label"] for one in self.inputs}
        blocks = [part for part in parts(self.card, self.opened) if part.get("id") in labels]
        return {labels[block["id"]]: words_of(block) for block in blocks} | self.refused


class Person:
    """A user of the tenant; `taps` counts presses, choices and submits (opening a list is one more)."""

    def __init__(self, tenant: Tenant, id: str, name: str) -> None:
        self.tenant = tenant
        self.id = id
        self.user_id = f"29:1{guid(id + ' in Teams').replace('-', '')}"
        self.name = name
        self.taps = 0
        self.toasts: list[str] = []
        """Short messages that the client showed for a moment."""
        self.troubles: list[str] = []
        """Errors that the client showed because the bot's answer was one."""
        self.dialog: View | None = None
        self._views: dict[str, View] = {}

    def __repr__(self) -> str:
        return f"<{self.name} {self.id}>"

    # starting things

    async def say(self, text: str, where: Conversation | None = None) -> None:
        """Types a message to the bot: in their own chat with it, or mentioning it where there are others."""
        if where is None:
            self._personal.bot = True
        place = where or self._personal
        assert self in place.members and place.bot, f"{self} does not meet the bot in {place.name}"
        await self._tell(activities.message(self.tenant, self, place, text))

    async def extension(self, command_id: str, where: Conversation | None = None) -> None:
        """Picks a command of the message extension at the compose box; its dialog opens."""
        self.taps += 1
        place = where or self._personal
        value = {"commandId": command_id, "commandContext": "compose", "context": THEME}
        answer = await self._invoke("composeExtension/fetchTask", value, place)
        self._show_task(answer, place, command_id, must=True)

    async def message_extension(self, command_id: str, words: str, where: Conversation) -> None:
        """Picks a command of the message extension in the menu of a message with these words; its dialog opens."""
        self.taps += 1
        body = {"contentType": "html", "content": f"<div><p>{escape(words)}</p></div>"}
        payload = {"id": self.tenant.new_activity_id(), "messageType": "message", "body": body}
        asked = {"commandId": command_id, "commandContext": "message", "messagePayload": payload, "context": THEME}
        answer = await self._invoke("composeExtension/fetchTask", asked, where)
        self._show_task(answer, where, command_id, must=True)

    async def install(self) -> None:
        """Installs the app for themselves."""
        self._personal.bot = True
        await self._tell(activities.installed(self.tenant, self, self._personal))
        await self._tell(activities.members_changed(self.tenant, self, self._personal, added=True))

    async def add_bot(self, channel: Conversation) -> None:
        channel.bot = True
        await self._tell(activities.members_changed(self.tenant, self, channel, added=True))

    async def remove_bot(self, channel: Conversation) -> None:
        channel.bot = False
        await self._tell(activities.members_changed(self.tenant, self, channel, added=False))

    # what they see

    def messages(self, channel: Conversation | None = None) -> list[Message]:
        """The bot's messages in this channel (or their own chat with it) as this person sees them, oldest first."""
        return [self._as_seen(message) for message in self._seen(channel or self._personal)]

    def private_messages(self) -> list[Message]:
        """The bot's messages in their own chat with it."""
        return self.messages()

    def sees(self, text: str, channel: Conversation | None = None) -> bool:
        return any(text in message.visible for message in self.messages(channel))

    def dialog_text(self) -> str:
        """The open dialog's words; empty if none is open."""
        return self.dialog.text if self.dialog else ""

    def form_text(self) -> str:
        """The open form's words, in a dialog or in place; empty if none is open."""
        form = self._form
        return form.text if form else ""

    def fields(self) -> dict[str, Any]:
        """The open form's fields by label, with what they hold as it is shown."""
        form = self._open_form()
        return {one["label"]: forms.shown(one, form.values) for one in form.inputs}

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong in the open form, by the label of the field."""
        form = self._form
        return form.errors if form else {}

    # tapping

    async def tap(self, label: str, where: Place = None) -> None:
        """Presses the newest button of this title: in a channel, a message, or their own chat with the bot.

        If a dialog is open and has such a button, it is that one.
        """
        there: list[str] = []
        for view in self._views_in(where):
            hits = [action for action in view.actions if action.get("title") == label]
            there += [action["title"] for action in view.actions]
            if hits:
                assert len(hits) == 1, f"{label!r} is there {len(hits)} times"
                await self._press(view, hits[0])
                return
        raise AssertionError(f"{self} sees nothing to tap called {label!r}; there are {list(dict.fromkeys(there))}")

    async def _press(self, view: View, action: Card) -> None:
        self.taps += 1
        kind = action["type"]
        if kind == SHOW_CARD:
            view.opened ^= {action["title"]}
        if kind not in (EXECUTE, SUBMIT):
            return
        inputs = [] if action.get("associatedInputs") == "none" else view.inputs
        complaints = {one["label"]: forms.refused(one, forms.value_of(one, view.values)) for one in inputs}
        view.refused = {label: words for label, words in complaints.items() if words}
        if view.refused:
            return
        data = action.get("data", {})
        data = data if isinstance(data, str) else data | forms.sent(inputs, view.values)
        if kind == EXECUTE:
            await self._execute(view, action, data)
        elif _opens_dialog(action):
            answer = await self._invoke("task/fetch", {"data": data, "context": THEME}, view.where, view.message)
            self._show_task(answer, view.where, must=True)
        else:
            assert view is self.dialog, f"{action['title']!r} is an Action.Submit outside a dialog"
            await self._send_dialog(view, data)

    async def _execute(self, view: View, action: Card, data: Any) -> None:
        pressed = {name: action[name] for name in ("type", "id", "title", "verb") if name in action} | {"data": data}
        asked = {"action": pressed, "trigger": "manual"}
        answer = await self._invoke("adaptiveCard/action", asked, view.where, view.message)
        if answer is None:
            return
        kind = answer.get("type")
        value: Any = answer.get("value")
        if answer.get("statusCode", 500) >= 400:
            words = value.get("message") if isinstance(value, dict) else value
            self.troubles.append(str(words or "no answer"))
        elif kind == "application/vnd.microsoft.activity.message":
            self.toasts.append(value)
        else:
            assert kind == CARD_TYPE, f"Teams knows no answer of type {kind!r} to an Action.Execute"
            _fine(wrong_with_card(value))
            assert view.message, "an Action.Execute in a dialog"
            self._views[view.message.id] = View(value, view.where, view.message, self.tenant.new_number())

    async def _send_dialog(self, view: View, data: Any) -> None:
        value: dict[str, Any] = {"data": data, "context": THEME}
        if view.command:
            value |= {"commandId": view.command, "commandContext": "compose"}
            answer = await self._invoke("composeExtension/submitAction", value, view.where)
        else:
            answer = await self._invoke("task/submit", value, view.where)
        self._show_task(answer, view.where, view.command)

    def _show_task(
        self, answer: dict[str, Any] | None, where: Conversation, command: str | None = None, must: bool = False
    ) -> None:
        """Does what the bot's answer says with the dialog; `must` if an empty answer is an error."""
        if answer is None:
            return
        unknown = set(answer) - {"task", "cacheInfo"}
        assert not unknown, f"Teams knows no {unknown} in the answer of a dialog"
        task = answer.get("task")
        if not task:
            self.dialog = None
            if must:
                self.troubles.append("no answer")
        elif task["type"] == "message":
            self.dialog = None
            self.toasts.append(task["value"])
        else:
            assert task["type"] == "continue", f"Teams knows no dialog answer of type {task['type']!r}"
            info = task["value"]
            _fine(wrong_with_dialog(info))
            self.dialog = View(info["card"]["content"], where, title=info["title"], command=command)

    # forms

    async def fill(self, values: Mapping[str, Any]) -> None:
        """Fills fields of the open form by their label; choices by their labels, toggles by a bool."""
        form = self._open_form()
        for label, wanted in values.items():
            found = [one for one in form.inputs if one["label"] == label]
            assert found, f"no field is labelled {label!r}; there are {[one['label'] for one in form.inputs]}"
            assert len(found) == 1, f"{len(found)} fields are labelled {label!r}"
            value, taps = forms.filled(found[0], wanted, forms.value_of(found[0], form.values))
            form.values[found[0]["id"]] = value
            self.taps += taps

    async def submit(self) -> None:
        """Sends the open form by its one button for that."""
        form = self._open_form()
        if form is self.dialog:
            sending = [one for one in form.actions if one["type"] == SUBMIT and not _opens_dialog(one)]
            sending = [one for one in sending if one["title"] not in ("Close", "Cancel")]
        else:
            sending = [one for one in form.actions if _sends(one)]
        titles = [one["title"] for one in sending]
        assert len(sending) == 1, f"the form wants one button that sends it, not {titles}"
        await self._press(form, sending[0])

    async def close(self) -> None:
        """Closes the open dialog by its cross (the bot is not told)."""
        assert self.dialog, f"{self} has no dialog open"
        self.dialog = None

    # behind it

    @property
    def _personal(self) -> Conversation:
        return self.tenant.personal(self)

    @property
    def _form(self) -> View | None:
        """The open dialog, or else the form in a card's place that came before this person's eyes last."""
        if self.dialog:
            return self.dialog
        mine = [where for where in self.tenant.conversations.values() if self in where.members]
        views = [self._view(message) for where in mine for message in self._seen(where) if message.card]
        return max((view for view in views if view.is_form), key=lambda view: view.number, default=None)

    def _open_form(self) -> View:
        form = self._form
        assert form, f"{self} has no form open; troubles: {self.troubles}"
        return form

    def _seen(self, where: Conversation) -> list[Message]:
        assert self in where.members, f"{self} is not in {where.name}"
        return [message for message in self.tenant.posts(where) if not message.deleted]

    def _view(self, message: Message) -> View:
        """This person's view of a message; whatever changed it since for all replaces what they had."""
        view = self._views.get(message.id)
        if view is None or view.number < message.number:
            view = self._views[message.id] = View(message.card or {}, message.conversation, message, message.number)
        return view

    def _as_seen(self, message: Message) -> Message:
        if not message.card:
            return message
        view = self._view(message)
        activity = message.activity | {"attachments": [{"contentType": CARD_TYPE, "content": view.card}]}
        return replace(message, activity=activity, opened=frozenset(view.opened))

    def _views_in(self, where: Place) -> Iterator[View]:
        if self.dialog:
            yield self.dialog
        if isinstance(where, Message):
            messages = [message for message in self._seen(where.conversation) if message.id == where.id]
            assert messages, f"{self} does not see that message"
        else:
            messages = self._seen(where if isinstance(where, Conversation) else self._personal)
        yield from (self._view(message) for message in reversed(messages) if message.card)

    async def _tell(self, activity: dict[str, Any]) -> None:
        status, body = await self.tenant.deliveries.send(activity)
        assert status < 300, f"{activity['type']} was answered with HTTP {status}: {body}"

    async def _invoke(
        self, name: str, value: dict[str, Any], where: Conversation, message: Message | None = None
    ) -> dict[str, Any] | None:
        """The bot's answer; None, and a trouble more, if it was an HTTP error."""
        told = {"thread": message.thread, "reply_to": message.id} if message else {}
        activity = activities.invoke(self.tenant, self, where, name, value, **told)
        status, body = await self.tenant.deliveries.send(activity)
        if status >= 400:
            self.troubles.append(f"{name} was answered with HTTP {status}: {body}")
            return None
        return body or {}


def _sends(action: Card) -> bool:
    return action["type"] == EXECUTE and action.get("verb") == "submit"


def _opens_dialog(action: Card) -> bool:
    data = action.get("data")
    return isinstance(data, dict) and (data.get("msteams") or {}).get("type") == "task/fetch"


def _fine(faults: list[str]) -> None:
    assert not faults, f"Teams would not show this card: {faults}"
