"""The person in front of Slack: what they see, tap, type and send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .delivery import COMMANDS, INTERACTIVE
from .fields import KEYS, STATELESS, filled, first_value, options_of, state_of
from .render import Seen, look
from .workspace import Channel, Message, SlackError, View, Workspace

Block = dict[str, Any]
Values = dict[tuple[str, str], Any]
Place = Channel | Message | str | None


@dataclass
class Surface:
    """Where something can be tapped: a message, or a view (a modal or the home)."""

    blocks: list[Block]
    values: Values
    message: Message | None = None
    view: View | None = None


@dataclass
class Hit:
    """An element that was looked for, and the option in it if that was meant."""

    surface: Surface
    block: Block
    element: Block
    option: Block | None


class Person:
    """A user of the workspace; `taps` counts taps, options and submits (opening a select is one more)."""

    def __init__(self, ws: Workspace, id: str, name: str, tz: str) -> None:
        self.ws = ws
        self.id = id
        self.name = name
        self.tz = tz
        self.taps = 0
        self.errors: dict[str, str] = {}
        self._in_messages: dict[str, Values] = {}

    def __repr__(self) -> str:
        return f"<{self.name} {self.id}>"

    # starting things

    async def command(self, command: str, text: str, channel: Channel) -> None:
        """Types a slash command; what the bot acknowledges it with is shown to this person."""
        assert self.id in channel.members, f"{self} is not in {channel.name}"
        ws = self.ws
        ack = await ws.deliveries.deliver(COMMANDS, {
            "token": ws.verification_token,
            "team_id": ws.team_id,
            "team_domain": ws.team_domain,
            "channel_id": channel.id,
            "channel_name": "privategroup" if channel.is_private and not channel.is_im else channel.name,
            "user_id": self.id,
            "user_name": self.name,
            "command": command,
            "text": _escaped(text),
            "api_app_id": ws.app_id,
            "is_enterprise_install": "false",
            "response_url": ws.new_response_url(self.id, channel.id),
            "trigger_id": ws.new_trigger(self.id, channel.id),
        })  # fmt: skip
        if ack and (ack.get("text") or ack.get("blocks")):
            words, blocks = self._checked(lambda: self._methods().check_words(ack), "the answer")
            for_user = None if ack.get("response_type") == "in_channel" else self.id
            ws.add_message(channel.id, ws.bot_user, words, blocks, by_bot=True, for_user=for_user)

    async def shortcut(self, callback_id: str) -> None:
        """A global shortcut."""
        payload = self._payload("shortcut", callback_id=callback_id, action_ts=self.ws.new_ts())
        await self.ws.deliveries.deliver(INTERACTIVE, payload | {"trigger_id": self.ws.new_trigger(self.id)})

    async def message_shortcut(self, callback_id: str, message: Message) -> None:
        """A shortcut from a message's own menu."""
        payload = self._payload("message_action", callback_id=callback_id, action_ts=self.ws.new_ts())
        payload |= self._about(message)
        payload |= {"message_ts": message.ts, "message": self._methods().shown(message)}
        await self.ws.deliveries.deliver(INTERACTIVE, payload)

    async def open_home(self) -> None:
        """Opens the app's Home tab."""
        event = {"type": "app_home_opened", "user": self.id, "channel": self.ws.dm(self.id).id, "tab": "home"}
        home = self.ws.homes.get(self.id)
        if home:
            event["view"] = self._methods().view_shown(home)
        await self.ws.event(event)

    async def invite_bot(self, channel: Channel) -> None:
        ws = self.ws
        channel.members.add(ws.bot_user)
        kind = "G" if channel.is_private else "C"
        event = {
            "type": "member_joined_channel",
            "user": ws.bot_user,
            "channel": channel.id,
            "channel_type": kind,
        }
        await ws.event({**event, "team": ws.team_id, "inviter": self.id})

    async def remove_bot(self, channel: Channel) -> None:
        self.ws.channels[channel.id].members.discard(self.ws.bot_user)
        kind = "group_left" if channel.is_private else "channel_left"
        await self.ws.event({"type": kind, "channel": channel.id, "actor_id": self.id})

    def says(self, text: str, channel: Channel, *, thread: Message | None = None) -> Message:
        """Writes a message of their own (the bot is not told)."""
        assert self.id in channel.members, f"{self} is not in {channel.name}"
        if thread:
            thread.thread_ts = thread.thread_ts or thread.ts
        return self.ws.add_message(channel.id, self.id, text, [], thread_ts=thread.thread_ts if thread else None)

    async def writes(self, text: str) -> Message:
        """Writes to the bot alone, in its Messages tab; as Slack escapes it, and the bot is told of it."""
        place = self.ws.dm(self.id)
        escaped = _escaped(text)
        message = self.ws.add_message(place.id, self.id, escaped, [])
        event = {"type": "message", "channel": place.id, "channel_type": "im", "user": self.id, "text": escaped}
        await self.ws.event({**event, "ts": message.ts, "team": self.ws.team_id})
        return message

    # what they see

    def messages(self, channel: Channel | str | None = None) -> list[Message]:
        """The messages this person sees (in this channel), oldest first."""
        wanted = channel.id if isinstance(channel, Channel) else channel
        return [
            m
            for m in self.ws.messages
            if wanted in (None, m.channel)
            and m.for_user in (None, self.id)
            and self.id in self.ws.channels[m.channel].members
        ]

    def private_messages(self) -> list[Message]:
        """What only this person sees: ephemeral messages, and the direct messages with the bot."""
        return [m for m in self.messages() if m.for_user or self.ws.channels[m.channel].is_im]

    def sees(self, text: str, channel: Channel | str | None = None) -> bool:
        return any(text in m.visible for m in self.messages(channel))

    def home_text(self) -> str:
        home = self.ws.homes.get(self.id)
        return look(home.payload["blocks"]).text if home else ""

    @property
    def view(self) -> View | None:
        """The modal on top, if one is open."""
        stack = self.ws.stacks.get(self.id)
        return self.ws.views[stack[-1]] if stack else None

    def view_text(self) -> str:
        """The open modal's words: title, blocks, errors and buttons."""
        view = self.view
        if view is None:
            return ""
        payload = view.payload
        errors = [f"{label}: {words}" for label, words in self.errors.items()]
        ends = [Seen().words(payload.get(name)) for name in ("submit", "close")]
        lines = [
            Seen().words(payload["title"]),
            look(payload["blocks"]).text,
            *errors,
            *(f"[{e}]" for e in ends if e),
        ]
        return "\n".join(lines)

    def fields(self) -> dict[str, Any]:
        """The open modal's fields by label, with what they hold (as in `state.values`)."""
        view = self._open_view()
        surface = self._on(view)
        return {label: self._value(surface, block, block["element"]) for label, block in self._inputs(view)}

    # tapping

    async def tap(self, text: str, in_: Place = None, *, near: str | None = None) -> None:
        """Taps a button, or an option of a menu, by its visible text.

        `in_` is a channel (its newest message with such a button), a message, "home" or "view"; without it
        the open modal is tried, then the newest message anywhere, then the home. `near`: words of its block.
        """
        hit = self._find(text, in_, near)
        element, option = hit.element, hit.option
        self.taps += 1 + (1 if element["type"] in ("overflow", "static_select", "multi_static_select") else 0)
        self.taps += 1 if "confirm" in element else 0
        action: dict[str, Any] = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": hit.block["block_id"],
            "action_ts": self.ws.new_ts(),
        }
        if option is None:
            action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
        else:
            key, _ = KEYS[element["type"]]
            value: Any = option
            if key == "selected_options":
                before = self._value(hit.surface, hit.block, element)
                value = [o for o in before if o != option] + ([] if option in before else [option])
            if element["type"] not in STATELESS:
                hit.surface.values[hit.block["block_id"], element["action_id"]] = value
            action[key] = value
        await self._act(hit.surface, action)

    async def _act(self, surface: Surface, action: dict[str, Any]) -> None:
        payload = self._payload("block_actions", actions=[action])
        state = self._state(surface)
        if surface.view:
            view = surface.view
            payload |= {
                "container": {"type": "view", "view_id": view.id},
                "trigger_id": self.ws.new_trigger(self.id, view.channel),
                "view": self._methods().view_shown(view, state),
            }
        else:
            message = surface.message
            assert message
            container: dict[str, Any] = {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
            }
            container["is_ephemeral"] = bool(message.for_user)
            if message.thread_ts:
                container["thread_ts"] = message.thread_ts
            payload |= self._about(message) | {"container": container, "state": {"values": state}}
            if not message.for_user:
                payload["message"] = self._methods().shown(message)
        await self.ws.deliveries.deliver(INTERACTIVE, payload)

    def _find(self, text: str, in_: Place, near: str | None) -> Hit:
        there: list[str] = []
        for surface in self._surfaces(in_):
            hits = []
            for block, element, option, label in _tappable(surface.blocks):
                there.append(label)
                if label == text and (near is None or near in look([block]).text):
                    hits.append(Hit(surface, block, element, option))
            if hits:
                assert len(hits) == 1, f"{text!r} is there {len(hits)} times; say which with near="
                return hits[0]
        there = list(dict.fromkeys(there))
        raise AssertionError(f"{self} sees nothing to tap called {text!r}; there are {there}")

    def _surfaces(self, in_: Place) -> Iterator[Surface]:
        if isinstance(in_, Message):
            assert in_ in self.messages(), f"{self} does not see that message"
            yield self._of_message(in_)
            return
        if in_ in (None, "view") and self.view:
            yield self._on(self.view)
        if in_ not in ("home", "view"):
            for message in reversed(self.messages(in_)):
                yield self._of_message(message)
        home = self.ws.homes.get(self.id)
        if in_ in (None, "home") and home:
            yield self._on(home)

    def _of_message(self, message: Message) -> Surface:
        return Surface(message.blocks, self._in_messages.setdefault(message.ts, {}), message=message)

    def _on(self, view: View) -> Surface:
        return Surface(view.payload["blocks"], view.values, view=view)

    # forms

    async def fill(self, values: Mapping[str, Any]) -> None:
        """Fills fields of the open modal by their visible label; an option is named by its label too."""
        for label, wanted in values.items():
            view = self._open_view()
            inputs = self._inputs(view)
            found = [block for name, block in inputs if name == label]
            assert found, f"no field is labelled {label!r}; there are {[name for name, _ in inputs]}"
            assert len(found) == 1, f"{len(found)} fields are labelled {label!r}"
            block, element = found[0], found[0]["element"]
            before = self._value(self._on(view), block, element)
            value, taps = filled(self.ws, element, wanted, before, repr(label))
            view.values[block["block_id"], element["action_id"]] = value
            self.taps += taps
            if block.get("dispatch_action") and value != before:
                ids = {"action_id": element["action_id"], "block_id": block["block_id"]}
                action = state_of(element, value) | ids | {"action_ts": self.ws.new_ts()}
                await self._act(self._on(view), action)

    async def submit(self) -> None:
        """Sends the open modal, and does what the bot's acknowledgement says with it."""
        view = self._open_view()
        assert view.payload.get("submit"), "this view has no submit button"
        on = self._on(view)
        empty = [
            label
            for label, block in self._inputs(view)
            if not block.get("optional") and self._value(on, block, block["element"]) in (None, "", [])
        ]
        assert not empty, f"Slack does not send a form whose required fields are empty: {empty}"
        self.taps += 1
        self.errors = {}
        payload = self._payload("view_submission", trigger_id=self.ws.new_trigger(self.id, view.channel))
        payload["view"] = self._methods().view_shown(view, self._state(self._on(view)))
        payload["response_urls"] = []
        self._answered(view, await self.ws.deliveries.deliver(INTERACTIVE, payload))

    async def close(self) -> None:
        """Closes the open modal by its cross."""
        view = self._open_view()
        stack = self.ws.stacks[self.id]
        cleared = bool(view.payload.get("clear_on_close"))
        self.errors = {}
        if cleared:
            stack.clear()
        else:
            stack.remove(view.id)
        if view.payload.get("notify_on_close"):
            payload = self._payload("view_closed", is_cleared=cleared)
            payload["view"] = self._methods().view_shown(view, self._state(self._on(view)))
            await self.ws.deliveries.deliver(INTERACTIVE, payload)

    def _answered(self, view: View, ack: Any) -> None:
        stack = self.ws.stacks[self.id]
        action = (ack or {}).get("response_action")
        if not action:
            assert not ack, f"Slack shows an error: a form takes an empty answer or an action, not {ack}"
            if view.id in stack:
                stack.remove(view.id)
        elif action == "clear":
            stack.clear()
        elif action == "errors":
            labels = {block["block_id"]: label for label, block in self._inputs(view)}
            unknown = set(ack["errors"]) - set(labels)
            assert not unknown, f"Slack shows an error: {sorted(unknown)} are not among {sorted(labels)}"
            self.errors = {labels[block_id]: words for block_id, words in ack["errors"].items()}
        elif action == "update":
            self._checked(lambda: self._methods().replace(view, ack), "the view in the answer")
        elif action == "push":
            push = self._methods().push
            self._checked(lambda: push(self.id, ack, view.channel), "the view in the answer")
        else:
            raise AssertionError(f"Slack knows no response_action {action!r}")

    def _open_view(self) -> View:
        view = self.view
        assert view, f"{self} has no form open"
        return view

    def _inputs(self, view: View) -> list[tuple[str, Block]]:
        blocks = view.payload["blocks"]
        return [(Seen().words(block["label"]), block) for block in blocks if block["type"] == "input"]

    def _value(self, surface: Surface, block: Block, element: Block) -> Any:
        key = (block["block_id"], element["action_id"])
        if key in surface.values:
            return surface.values[key]
        return first_value(element, surface.view.channel if surface.view else None)

    def _state(self, surface: Surface) -> dict[str, dict[str, Any]]:
        """`state.values`: every element that holds something, the empty ones with nulls."""
        state: dict[str, dict[str, Any]] = {}
        for block, element in _interactive(surface.blocks):
            if element["type"] not in STATELESS:
                value = self._value(surface, block, element)
                state.setdefault(block["block_id"], {})[element["action_id"]] = state_of(element, value)
        return state

    # payloads

    def _payload(self, kind: str, **more: Any) -> dict[str, Any]:
        ws = self.ws
        username = self.name.lower().replace(" ", ".")
        return {
            "type": kind,
            "user": {"id": self.id, "username": username, "name": username, "team_id": ws.team_id},
            "api_app_id": ws.app_id,
            "token": ws.verification_token,
            "team": {"id": ws.team_id, "domain": ws.team_domain},
            "enterprise": None,
            "is_enterprise_install": False,
            **more,
        }

    def _about(self, message: Message) -> dict[str, Any]:
        channel = self.ws.channels[message.channel]
        return {
            "channel": {"id": channel.id, "name": channel.name},
            "trigger_id": self.ws.new_trigger(self.id, channel.id),
            "response_url": self.ws.new_response_url(self.id, channel.id, message.ts),
        }

    def _methods(self) -> Any:
        assert self.ws._server, "the workspace is not started"
        return self.ws._server.methods

    def _checked(self, work: Any, what: str) -> Any:
        try:
            return work()
        except SlackError as error:
            raise AssertionError(f"Slack refuses {what}: {error.answer()}") from None


def _escaped(text: str) -> str:
    """What is typed, as Slack sends it to an app."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _interactive(blocks: list[Block]) -> Iterator[tuple[Block, Block]]:
    """Every element with an action id, with its block."""
    for block in blocks:
        inside = [
            *block.get("elements", []),
            *block.get("actions", []),
            block.get("accessory"),
            block.get("element"),
        ]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element
        yield from _interactive(block.get("child_blocks", []))


def _tappable(blocks: list[Block]) -> Iterator[tuple[Block, Block, Block | None, str]]:
    """Every button, and every option of the menus outside input blocks, with its label."""
    for block, element in _interactive(blocks):
        if element["type"] in ("button", "workflow_button"):
            yield block, element, None, Seen().words(element["text"])
        elif block["type"] != "input" and ("options" in element or "option_groups" in element):
            for label, option in options_of(element).items():
                yield block, element, option, label
