"""Carrying out on Slack what a handler answered with, and telling people what could not be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import structlog

from bot.chat.front import Destination, Person, SendError
from bot.chat.message import Form, Message, Text
from bot.chat.putting import put
from bot.chat.router import FieldErrors, Open, Outcome, Outcomes, Post, Replace, Reply, Router
from bot.chat.sheet import once_after
from bot.chat.slack.blocks import Block, home, view
from bot.chat.slack.call import again
from bot.chat.slack.front import SlackFront
from bot.chat.slack.private import Envelope
from bot.faults import fault_words, log_fault

log = structlog.get_logger(__name__)

TOO_SLOW = "That took too long for Slack; please tap again."

Surface = Literal["channel", "home", "opened home"]


@dataclass(frozen=True)
class Scene:
    """Who acted, and what of Slack's they acted on: here their answer is shown."""

    person: Person
    place: Destination | None = None
    message: Destination | None = None
    trigger_id: str = ""
    surface: Surface = "channel"


class Performer:
    """Carries out outcomes. One that fails is told of and does not stop the next."""

    def __init__(self, router: Router[Any], front: SlackFront, envelope: Envelope) -> None:
        self._router = router
        self._front = front
        self._envelope = envelope

    async def perform(self, outcomes: Outcomes, scene: Scene) -> None:
        """Do what the handler wants done, in order."""
        for outcome in outcomes:
            try:
                await self._do(outcome, scene)
            except Exception as error:
                await self.tell(scene, fault_words(log_fault(error, "slack outcome")))

    async def tell(self, scene: Scene, words: str) -> None:
        """Say something to the person alone; that this may fail too is only logged."""
        try:
            await self._whisper(Message("notice", words, (Text(words),)), scene)
        except SendError as error:
            log.warning("slack_not_told", reason=error.reason)

    async def _do(self, outcome: Outcome, scene: Scene) -> None:
        match outcome:
            case Open(form=form):
                await self._open(form, scene)
            case Reply(message=message):
                await self._reply(message, scene)
            case Replace():
                await self._replace(outcome, scene)
            case Post(to=to):
                await self._put(outcome, to, scene)
            case FieldErrors():
                raise TypeError("only the answer to a form can have field errors")

    def following(self, form: Form, once: str, scene: Scene) -> Block:
        """A form for the place of the one that had this `once`. Raises where it can't be drawn."""
        new = once_after(once, form)
        return view(form, self._envelope.seal(form, scene.person, scene.place, new), new)

    async def _open(self, form: Form, scene: Scene) -> None:
        """Open a modal: the trigger lives three seconds and is good for one
        (https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses)."""
        drawn = view(form, self._envelope.seal(form, scene.person, scene.place))
        try:
            await again(lambda: self._front.views.views_open(trigger_id=scene.trigger_id, view=drawn))
        except SendError as error:
            if error.reason == "exchanged_trigger_id":  # delivered twice: the form is open already
                return
            if error.reason != "expired_trigger_id":
                raise
            await self.tell(scene, TOO_SLOW)

    async def _reply(self, message: Message, scene: Scene) -> None:
        if scene.surface == "opened home":
            await self._show_home(message, scene)
        else:
            await self._whisper(message, scene)

    async def _whisper(self, message: Message, scene: Scene) -> None:
        if scene.person.id:  # nobody is named where Slack itself let the bot in
            await self._front.whisper(scene.person, scene.place, message)

    async def _show_home(self, message: Message, scene: Scene) -> None:
        await again(lambda: self._front.client.views_publish(user_id=scene.person.id, view=home(message)))

    async def _replace(self, outcome: Replace, scene: Scene) -> None:
        at = outcome.at or scene.message
        if at:
            await self._put(outcome, at, scene)
        elif scene.surface == "home":
            await self._show_home(outcome.message, scene)
        else:
            await self._whisper(outcome.message, scene)

    async def _put(self, outcome: Post | Replace, at: Destination, scene: Scene) -> None:
        done = await put(self._router, self._front, outcome, at)
        if done.words:
            await self.tell(scene, done.words)
