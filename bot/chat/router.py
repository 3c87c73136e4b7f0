"""What a handler registers on (command, tap, form, opened), and the outcomes it answers with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.chat.front import Destination, Person, typed
from bot.chat.message import Answers, Form, Line, Message, Text, read
from bot.faults import fault_words, log_fault


@dataclass(frozen=True)
class Command:
    """Somebody typed a command, or used a shortcut or menu that stands for one (then `text` is empty)."""

    name: str
    text: str
    person: Person
    place: Destination | None = None


@dataclass(frozen=True)
class Tap:
    """Somebody pressed a button of `message`; the platform may deliver a tap again."""

    action: str
    value: str
    person: Person
    place: Destination | None = None
    message: Destination | None = None


@dataclass(frozen=True)
class Submit:
    """Somebody sent a form. `raw` is what the front received; the handler sees only the validated `answers`.

    `once` is the same when the form is sent or delivered again, and differs from step to step.
    """

    kind: str
    context: Mapping[str, str]
    raw: Mapping[str, object]
    person: Person
    once: str
    answers: Answers = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """Somebody opened a surface (`home`), or the bot was let into a place (`joined`)."""

    surface: str
    person: Person
    once: str
    place: Destination | None = None


@dataclass(frozen=True)
class Said:
    """Somebody wrote to the bot alone, in plain words that are no command; or, `chosen`, wants to report from a message
    that somebody wrote where others read it. `text` is never stored and never logged."""

    text: str = field(repr=False)
    person: Person
    place: Destination | None = None
    chosen: bool = False


@dataclass(frozen=True)
class Shown:
    """A `Replace` was carried out: what it was `about` is at `at` now, and shows `message`.

    That is elsewhere than before if its message had been deleted. Answered with a `Replace` where what is shown is out
    of date, because two people were at it at once.
    """

    about: str
    at: Destination
    message: Message


@dataclass(frozen=True)
class Open:
    """Show this form to the person, now.

    To a `Submit`: in the place of the form that was sent, such as a preview of it with a button that saves, or the
    first form again with what was typed as its `initial`. It has a context of its own, and a `once` that is the same
    however often the form before it was sent. A `FieldErrors` beside it wins; a `Reply` beside it is said privately.
    """

    form: Form


@dataclass(frozen=True)
class FieldErrors:
    """Keep the form open, with these words at these fields."""

    errors: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """Say this to the person alone (to `home` opened: show it there)."""

    message: Message


@dataclass(frozen=True)
class Replace:
    """Put this message in the place of the one at `at`, or of the one that was tapped.

    If it was deleted meanwhile, it is posted anew in the same place. With `about`, a tag that only the handler reads,
    `Shown` says where it then is and what it shows.
    """

    message: Message
    at: Destination | None = None
    about: str = ""


@dataclass(frozen=True)
class Post:
    """Post this to a channel."""

    to: Destination
    message: Message


Outcome = Open | FieldErrors | Reply | Replace | Post
Outcomes = Sequence[Outcome]
Event = Command | Tap | Submit | Opened | Said | Shown


class Problem(Exception):
    """Something the person should know: `words` say what happened and what to do next, in their language."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words

    def as_reply(self) -> Reply:
        """The problem as a private message."""
        return Reply(Message("problem", self.words, (Text(self.words),)))


class Fault(Problem):
    """A fault of ours, logged under a reference."""


Desk = TypeVar("Desk")
_E = TypeVar("_E", bound=Event)
Handler = Callable[[_E, Desk], Awaitable[Outcomes]]
FormBuilder = Callable[[Desk, Person, Mapping[str, str]], Awaitable[Form]]

UNKNOWN = "This button or command is not known here any more. Type {help} to see what is."


class Router(Generic[Desk]):
    """Finds the handler for an event and hands it the desk (store, clock, content: all a handler works with).

    `refuse_text` says, for a line of free text, why it may not be kept (or None): it is asked about every
    `Line` of every form before its handler sees any of it.
    """

    def __init__(self, desk: Desk, refuse_text: Callable[[str], str | None]) -> None:
        self._desk = desk
        self._refuse_text = refuse_text
        self._commands: dict[str, Handler[Command, Desk]] = {}
        self._taps: dict[str, Handler[Tap, Desk]] = {}
        self._opened: dict[str, Handler[Opened, Desk]] = {}
        self._forms: dict[str, tuple[FormBuilder[Desk], Handler[Submit, Desk]]] = {}
        self._said: Handler[Said, Desk] | None = None
        self._shown: Handler[Shown, Desk] | None = None

    def on_command(self, name: str, handler: Handler[Command, Desk]) -> None:
        """Register what `/name` or the shortcut `name` does."""
        self._commands[name] = handler

    def on_tap(self, action: str, handler: Handler[Tap, Desk]) -> None:
        """Register what a button with this action does."""
        self._taps[action] = handler

    def on_opened(self, surface: str, handler: Handler[Opened, Desk]) -> None:
        """Register what is shown when a surface opens."""
        self._opened[surface] = handler

    def on_form(self, kind: str, build: FormBuilder[Desk], submit: Handler[Submit, Desk]) -> None:
        """Register a form: `build` makes it from its context (also to hold answers against it), `submit` takes them."""
        self._forms[kind] = (build, submit)

    def on_said(self, handler: Handler[Said, Desk]) -> None:
        """Register what is answered to plain words. It checks them itself: no form holds them yet."""
        self._said = handler

    def on_shown(self, handler: Handler[Shown, Desk]) -> None:
        """Register what looks after a message that was replaced."""
        self._shown = handler

    @property
    def names(self) -> Mapping[str, frozenset[str]]:
        """Everything registered, by what happens: for a front's manifest and its tests."""
        return {
            "command": frozenset(self._commands),
            "tap": frozenset(self._taps),
            "form": frozenset(self._forms),
            "opened": frozenset(self._opened),
        }

    async def answer(self, event: Event) -> Outcomes:
        """What the bot does about an event.

        Raises `Problem` where the person must be told that something failed and nothing was kept: `Fault` where
        nobody foresaw it.
        """
        try:
            return await self._answer(event)
        except Problem:
            raise
        except Exception as error:
            raise Fault(fault_words(log_fault(error, type(event).__name__.lower()))) from error

    async def _answer(self, event: Event) -> Outcomes:
        match event:
            case Command():
                return await _or_unknown(event, self._commands.get(event.name))(event, self._desk)
            case Tap():
                return await _or_unknown(event, self._taps.get(event.action))(event, self._desk)
            case Opened():
                opened = self._opened.get(event.surface)
                return await opened(event, self._desk) if opened else ()
            case Said():
                return await self._said(event, self._desk) if self._said else ()
            case Shown():
                return await self._shown(event, self._desk) if self._shown else ()
            case Submit():
                return await self._submit(event)

    async def _submit(self, event: Submit) -> Outcomes:
        if event.kind not in self._forms:
            raise _unknown(event)
        build, submit = self._forms[event.kind]
        form = await build(self._desk, event.person, event.context)
        answers, errors = read(form, event.raw)
        for asked in form.fields:
            answer = answers.get(asked.name)
            if isinstance(asked, Line) and isinstance(answer, str) and answer:
                refusal = self._refuse_text(answer)
                if refusal:
                    errors[asked.name] = refusal
        if errors:
            return (FieldErrors(errors),)
        checked = Submit(event.kind, event.context, {}, event.person, event.once, answers)
        return await submit(checked, self._desk)


def _or_unknown(event: Command | Tap, handler: Handler[_E, Desk] | None) -> Handler[_E, Desk]:
    if handler is None:
        raise _unknown(event)
    return handler


def _unknown(event: Command | Tap | Submit) -> Problem:
    return Problem(UNKNOWN.format(help=typed("huddle help", event.person.front)))
