"""Message, Form and their parts: what the bot says and asks, before any front draws it.

All texts are plain: no markup is interpreted, and every front escapes what it draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
import re
from typing import Annotated, Literal
import unicodedata

from pydantic import Field, TypeAdapter


@dataclass(frozen=True)
class Heading:
    """A heading of up to 150 characters."""

    text: str
    part: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Text:
    """A paragraph; line breaks are kept."""

    text: str
    part: Literal["text"] = "text"


@dataclass(frozen=True)
class Note:
    """Small print: what this is not, where something came from."""

    text: str
    part: Literal["note"] = "note"


@dataclass(frozen=True)
class Facts:
    """Rows of a label and its value, read in order."""

    rows: tuple[tuple[str, str], ...]
    part: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Button:
    """One tap: `action` names the handler, `value` what it is about; `style` is a hint.

    `opens`: the tap answers with a form, or with more to read, for this person alone: Teams must know before the tap.
    `about`: what it is about, where several have one label, for who hears it without seeing where it stands.
    """

    label: str
    action: str
    value: str = ""
    style: Literal["plain", "primary"] = "plain"
    opens: bool = False
    about: str = ""

    @property
    def spoken(self) -> str:
        """Its whole name, as a screen reader says it."""
        return f"{self.label}: {self.about}" if self.about else self.label


@dataclass(frozen=True)
class Buttons:
    """Buttons in a row (at most 5)."""

    buttons: tuple[Button, ...]
    part: Literal["buttons"] = "buttons"


@dataclass(frozen=True)
class Link:
    """A page of ours to open: what it is called, and its whole address (at a page of ours, its path)."""

    label: str
    address: str
    part: Literal["link"] = "link"


@dataclass(frozen=True)
class Divider:
    """A line between two parts."""

    part: Literal["divider"] = "divider"


@dataclass(frozen=True)
class Point:
    """One point of a chart: its axis label, its value and what it means (a Making Data Count meaning)."""

    label: str
    value: float
    meaning: str = "common_cause"


@dataclass(frozen=True)
class Limits:
    """The average and the usual range of a chart's points from the one at `start` (from 0) until the next `Limits`.

    Or until before `end`, from where on there are too few points for any.
    """

    start: int
    mean: float
    lower: float
    upper: float
    end: int | None = None


@dataclass(frozen=True)
class Chart:
    """A run of values over time with its process limits; `alt` says what the picture shows.

    `unit` names what the values count ("a week", "days between"). `limits` is empty where there is too little data to
    draw any; it has more than one where the chart was rebased. `target` is in the unit of the values. `marks` are notes
    at a point (by its place from 0): a date that somebody annotated, or rebased at. `variation` is the meaning of the
    chart's end, and `assurance` whether the target is met (both Making Data Count's; None where nothing is said of it).
    """

    title: str
    points: tuple[Point, ...]
    alt: str
    limits: tuple[Limits, ...] = ()
    unit: str = ""
    target: float | None = None
    marks: tuple[tuple[int, str], ...] = ()
    variation: str | None = None
    assurance: str | None = None
    part: Literal["chart"] = "chart"


PERSON_ID = r"[\w:.@-]{1,100}"
"""What an id of a person may look like, on any front: nothing that parts a list, and nothing to be drawn."""

Part = Annotated[Heading | Text | Note | Facts | Buttons | Link | Divider | Chart, Field(discriminator="part")]


@dataclass(frozen=True)
class Message:
    """What the bot posts. `summary` is the whole of it in a sentence: the notification, the screen reader's text."""

    kind: str
    summary: str
    parts: tuple[Part, ...]


_MESSAGE = TypeAdapter(Message)


def to_json(message: Message) -> str:
    """The message as JSON text, for a front that keeps its own messages."""
    return _MESSAGE.dump_json(message).decode()


def from_json(text: str) -> Message:
    """The message that `to_json` wrote."""
    return _MESSAGE.validate_json(text)


@dataclass(frozen=True)
class Option:
    """One choice of a pick list: what is stored, and what is shown."""

    value: str
    label: str


@dataclass(frozen=True)
class Line:
    """One line of free text, checked for identifiers before anything is stored."""

    name: str
    label: str
    hint: str = ""
    required: bool = False
    max_length: int = 280
    initial: str = ""
    part: Literal["line"] = "line"


@dataclass(frozen=True)
class OneOf:
    """Choose one."""

    name: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    required: bool = True
    initial: str | None = None
    part: Literal["one_of"] = "one_of"


@dataclass(frozen=True)
class SomeOf:
    """Choose any number."""

    name: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    required: bool = False
    initial: tuple[str, ...] = ()
    part: Literal["some_of"] = "some_of"


@dataclass(frozen=True)
class YesNo:
    """A box to tick."""

    name: str
    label: str
    hint: str = ""
    initial: bool = False
    part: Literal["yes_no"] = "yes_no"


@dataclass(frozen=True)
class TimeOf:
    """A time of day."""

    name: str
    label: str
    hint: str = ""
    required: bool = False
    initial: time | None = None
    part: Literal["time_of"] = "time_of"


@dataclass(frozen=True)
class People:
    """Choose people of the front's own workspace, by their ids there; each front offers its own list of them."""

    name: str
    label: str
    hint: str = ""
    required: bool = False
    most: int = 10
    initial: tuple[str, ...] = ()
    part: Literal["people"] = "people"


FormField = Line | OneOf | SomeOf | YesNo | TimeOf | People
FormPart = Annotated[FormField | Text | Note, Field(discriminator="part")]


@dataclass(frozen=True)
class Form:
    """What the bot asks. `context` comes back with the answers, unseen by the person and unchanged."""

    kind: str
    title: str
    submit: str
    parts: tuple[FormPart, ...]
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[FormField, ...]:
        """The parts that ask for an answer, in order."""
        return tuple(part for part in self.parts if not isinstance(part, Text | Note))


Answer = str | tuple[str, ...] | bool | time | None
Answers = Mapping[str, Answer]


def read(form: Form, raw: Mapping[str, object]) -> tuple[dict[str, Answer], dict[str, str]]:
    """The answers in `raw` as the form's own types, and the errors by field name in the person's words.

    `raw` holds text, a list of texts or a bool by field name, from a front that is not trusted:
    what the form did not offer is refused, and unknown names are dropped.
    """
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    for asked in form.fields:
        try:
            answers[asked.name] = _read_field(asked, raw.get(asked.name))
        except ValueError as error:
            errors[asked.name] = str(error)
    return answers, errors


def _read_field(asked: FormField, given: object) -> Answer:
    match asked:
        case YesNo():
            return given is True
        case SomeOf():
            chosen = tuple(dict.fromkeys(str(one) for one in given)) if isinstance(given, list | tuple) else ()
            if not set(chosen) <= {option.value for option in asked.options}:
                raise ValueError("Please choose from the list.")
            if asked.required and not chosen:
                raise ValueError("Please choose at least one.")
            return chosen
        case People():
            people = tuple(dict.fromkeys(str(one).strip() for one in given)) if isinstance(given, list | tuple) else ()
            if asked.required and not people:
                raise ValueError("Please choose at least one.")
            if len(people) > asked.most:
                raise ValueError(f"Please choose at most {asked.most}.")
            if not all(re.fullmatch(PERSON_ID, one) for one in people):
                raise ValueError("Please choose from the list.")
            return people
        case OneOf():
            one = str(given) if given else None
            if one is None and asked.required:
                raise ValueError("Please choose one.")
            if one is not None and one not in {option.value for option in asked.options}:
                raise ValueError("Please choose from the list.")
            return one
        case TimeOf():
            if not given:
                if asked.required:
                    raise ValueError("Please give a time.")
                return None
            try:
                return time.fromisoformat(str(given)).replace(second=0, microsecond=0, tzinfo=None)
            except ValueError:
                raise ValueError("Please give a time such as 07:45.") from None
        case Line():
            line = seen_of(str(given or ""))
            if asked.required and not line:
                raise ValueError("Please fill this in.")
            if len(line) > asked.max_length:
                raise ValueError(f"Please keep it to {asked.max_length} characters; this is {len(line)}.")
            return line


BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that are drawn as nothing."""


def seen_of(typed: str) -> str:
    """What can be seen of a line that somebody typed: no control characters, no marks of direction or of no width.

    These hide what a line says, and PostgreSQL keeps no NUL. Empty where nothing could be seen.
    """
    kept = "".join(one for one in " ".join(typed.split()) if unicodedata.category(one) not in ("Cc", "Cf", "Cs"))
    line = " ".join(kept.split())
    return line if any(unicodedata.category(one)[0] not in "MZ" and one not in BLANK for one in line) else ""
