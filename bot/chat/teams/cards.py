"""Messages and forms as Adaptive Cards 1.5: pure rendering, no network.

Whatever anybody typed is drawn by `RichTextBlock`, of which Teams interprets nothing: `**`, `[a](b)` and `<at>` show as
typed. Only headings are `TextBlock`s, since nothing else has a heading's role; their Markdown is escaped. Limits:
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import json
import re
from typing import Any, Literal

from bot.chat.message import (
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Form,
    FormField,
    Heading,
    Line,
    Link,
    Message,
    Note,
    OneOf,
    Part,
    People,
    SomeOf,
    Text,
    TimeOf,
    YesNo,
)
from bot.chat.sheet import Typed

Card = dict[str, Any]
Surface = Literal["chat", "plain chat", "dialog", "one way"]
"""Where a card is shown: in a chat, in one whose client has no dialogs, in a dialog, or where nobody can tap."""
PictureAddress = Callable[[Chart], str]
"""The address of a chart's picture, or nothing where Teams could not fetch one."""

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
CARD_BYTES = 25_000
"""A message to Teams may hold 28 KB (https://learn.microsoft.com/microsoftteams/limits-specifications-teams); an
incoming webhook refuses more than that, and the activity around a card needs some of it."""
ALL_SHOWN = 10
"""Options that are all shown at once; more are folded into a list."""
LINE_AT_MOST = 100
"""Characters for which one row is room enough."""
TYPED_AT_MOST = 2_000
"""Characters of a line that a form takes, and can still be shown again with: more than any line may have."""
TAP, SUBMIT = "tap", "submit"
TICKED = "true"
NO_ANSWER = "no answer"
ALT_MOST = 2_000

EVERYBODY: Card = {
    "type": "Input.ChoiceSet",
    "choices": [],
    "choices.data": {"type": "Data.Query", "dataset": "graph.microsoft.com/users"},
}
"""A list of all people of the tenant, by their object ids, which Teams keeps itself
(https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/people-picker)."""

_SHORTENED = "Some of this is too long to show here."
_REQUIRED: Mapping[str, str] = {
    "line": "Please fill this in.",
    "one_of": "Please choose one.",
    "some_of": "Please choose at least one.",
    "people": "Please choose at least one.",
    "time_of": "Please give a time.",
}


def no_pictures(_chart: Chart) -> str:
    """Where there is no address at which Teams could fetch a picture: its words are shown instead."""
    return ""


# What is said


def message_card(
    message: Message, picture: PictureAddress = no_pictures, surface: Surface = "chat", place: str = ""
) -> Card:
    """The message; `place` is what its buttons bring back where they are pressed away from their channel."""
    return _card(_Drawing(picture, surface, place).message(message))


def answer_card(messages: Sequence[Message], surface: Surface = "dialog", place: str = "") -> Card:
    """What came of a form, in the place of the form."""
    drawing = _Drawing(no_pictures, surface, place)
    return _card([element for message in messages for element in drawing.message(message)])


def size(card: Card) -> int:
    """Bytes of a card as it is sent."""
    return len(json.dumps(card, ensure_ascii=False).encode())


def _card(body: list[Card]) -> Card:
    """The card, without the last of its words where it would be too large, but always with headings and buttons."""
    card = {"type": "AdaptiveCard", "version": "1.5", "body": body}
    droppable = [n for n, element in enumerate(body) if element["type"] == "RichTextBlock"]
    if size(card) <= CARD_BYTES or not droppable:
        return card
    note = _rich([_run(_SHORTENED, small=True)])
    while droppable and size({**card, "body": [*body, note]}) > CARD_BYTES:
        del body[droppable.pop()]
    return {**card, "body": [*body, note]}


class _Drawing:
    def __init__(self, picture: PictureAddress, surface: Surface, place: str) -> None:
        self._picture = picture
        self._surface = surface
        self._place = place

    def message(self, message: Message) -> list[Card]:
        return list(_parted(message.parts, self._part)) or list(_lines(message.summary))

    def _part(self, part: Part) -> Iterator[Card]:
        match part:
            case Heading(text=text) if text.strip():
                yield _heading(text)
            case Text(text=text):
                yield from _lines(text)
            case Note(text=text):
                yield from _lines(text, small=True)
            case Facts(rows=rows):
                for n, (label, value) in enumerate(rows):
                    row = _rich([_run(f"{label}{'' if label[-1:] in ':?' else ':'} ", bold=True), _run(value)])
                    yield {**row, **({"spacing": "Small"} if n else {})}
            case Buttons(buttons=buttons) if buttons and self._surface != "one way":
                yield {"type": "ActionSet", "actions": [self._button(button) for button in buttons]}
            case Link(label=label, address=address):
                yield {"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": label, "url": address}]}
            case Chart():
                yield from self._chart(part)

    def _chart(self, chart: Chart) -> Iterator[Card]:
        address = self._picture(chart)
        if not address:
            yield from _lines(chart.alt)
            return
        alt = (chart.alt.strip() or chart.title.strip())[:ALT_MOST]
        yield {"type": "Image", "url": address, "altText": alt, "size": "Stretch", "msteams": {"allowExpand": True}}

    def _button(self, button: Button) -> Card:
        data: Card = {"action": button.action, "value": button.value} | ({"place": self._place} if self._place else {})
        drawn: Card = {"title": button.label} | ({"style": "positive"} if button.style == "primary" else {})
        if button.about:
            drawn["tooltip"] = button.spoken
        if self._surface == "dialog":
            return {"type": "Action.Submit", **drawn, "data": data}
        if button.opens and self._surface == "chat":
            return {"type": "Action.Submit", **drawn, "data": {"msteams": {"type": "task/fetch"}, **data}}
        return {"type": "Action.Execute", **drawn, "verb": TAP, "data": data}


def _parted(parts: Iterable[Part], draw: Callable[[Part], Iterator[Card]]) -> Iterator[Card]:
    """The parts, with a line above what follows a divider."""
    line = False
    for part in parts:
        if isinstance(part, Divider):
            line = True
            continue
        for element in draw(part):
            yield {**element, "separator": True, "spacing": "Medium"} if line else element
            line = False


def _lines(text: str, *, small: bool = False) -> Iterator[Card]:
    """A block for each line, the later ones close to the first."""
    for n, line in enumerate(line for line in text.strip().split("\n") if line.strip()):
        yield {**_rich([_run(line.strip(), small=small)]), **({"spacing": "None"} if n else {})}


def _heading(text: str) -> Card:
    look: Card = {"style": "heading", "size": "Large", "weight": "Bolder", "wrap": True}
    return {"type": "TextBlock", **look, "text": escaped(text.strip())}


def _rich(runs: list[Card]) -> Card:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, *, bold: bool = False, small: bool = False, wrong: bool = False) -> Card:
    look: Card = {"weight": "Bolder"} if bold else {}
    look |= {"size": "Small", "isSubtle": True} if small else {}
    look |= {"color": "Attention"} if wrong else {}
    return {"type": "TextRun", "text": text if text.strip() else "-", **look}


def escaped(text: str) -> str:
    """Text for a `TextBlock`, so that its subset of Markdown shows as typed
    (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features)."""
    return re.sub(r"([\\`*_\[\]#~])|^(\s*)([-+]|\d+[.)])(?=\s)", _escape, text, flags=re.MULTILINE)


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\{found[1]}"
    return f"{found[2]}{found[3][:-1]}\\{found[3][-1]}"


# What is asked


def form_card(
    form: Form,
    token: str,
    typed: Typed,
    errors: Mapping[str, str] | None = None,
    surface: Surface = "dialog",
) -> Card:
    """The form with what stands in its fields; `token` is what brings the form back. A dialog shows its title itself.

    Errors stand above their fields, and all together at the top; those under a name that is no field, only there.
    Raises `ValueError` where Teams would not take so large a card.
    """
    wrong = errors or {}
    body = [] if surface == "dialog" else [_heading(form.title)]
    body += _wrong_at_the_top(form, wrong)
    for part in form.parts:
        match part:
            case Text():
                body += _lines(part.text)
            case Note():
                body += _lines(part.text, small=True)
            case _:
                body += _field(part, typed.get(part.name, ""), wrong.get(part.name, ""))
    data = {"form": token}
    send: Card = {"title": form.submit, "style": "positive", "data": data}
    if surface == "dialog":
        send = {"type": "Action.Submit", **send}
    else:
        send = {"type": "Action.Execute", **send, "verb": SUBMIT}
    card = {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": [send]}
    if (bytes_ := size(card)) > CARD_BYTES:
        raise ValueError(f"the form {form.kind} is too large for Teams: {bytes_} bytes")
    return card


def read_inputs(form: Form, data: Mapping[str, object]) -> Typed:
    """What was put into a form that `form_card` drew, by field."""
    return {asked.name: _typed(asked, data.get(asked.name)) for asked in form.fields}


def _typed(asked: FormField, given: object) -> str | list[str] | bool:
    text = given if isinstance(given, str) else ""
    match asked:
        case YesNo():
            return given is True or text == TICKED  # toggles arrive as text
        case SomeOf() | People():
            return [value for value in text.split(",") if value]
        case OneOf():
            return "" if text == NO_ANSWER else text
        case _:
            return text


def _wrong_at_the_top(form: Form, wrong: Mapping[str, str]) -> Iterator[Card]:
    labels = {asked.name: asked.label for asked in form.fields}
    for name, words in wrong.items():
        if name not in labels:
            yield _rich([_run(words, bold=True, wrong=True)])
    named = [labels[name] for name in wrong if name in labels]
    if named:
        yield _rich([_run(f"Please look again at: {'; '.join(named)}", bold=True, wrong=True)])


def _field(asked: FormField, value: str | list[str] | bool, error: str) -> Iterator[Card]:
    if error:
        words = _rich([_run(f"Error: {error}", bold=True, wrong=True)])
        yield {**words, "id": f"{asked.name}-error"}
    required = not isinstance(asked, YesNo) and asked.required
    needed: Card = {"isRequired": True, "errorMessage": _REQUIRED[asked.part]} if required else {}
    yield {"id": asked.name, "label": asked.label, **needed, **_input(asked, value)}
    hint = asked.hint.strip()
    if isinstance(asked, Line):
        hint = f"{hint} Up to {asked.max_length} characters.".strip()
    if hint:
        yield {**_rich([_run(hint, small=True)]), "spacing": "None"}


def _input(asked: FormField, value: str | list[str] | bool) -> Card:
    match asked:
        case Line():
            long = {"isMultiline": True} if asked.max_length > LINE_AT_MOST else {}
            shown = str(value)[:TYPED_AT_MOST]  # not every client keeps to it
            return {"type": "Input.Text", **long, "maxLength": TYPED_AT_MOST, "value": shown}
        case YesNo():
            return {"type": "Input.Toggle", "title": "Yes", "wrap": True, "value": TICKED if value else "false"}
        case TimeOf():
            return {"type": "Input.Time", **({"value": value} if value else {})}
        case SomeOf():
            chosen = [one for one in asked.options if isinstance(value, list) and one.value in value]
            ticked = {"value": ",".join(one.value for one in chosen)} if chosen else {}
            return {**_choices(asked), "isMultiSelect": True, **ticked}
        case People():
            picked = ",".join(value) if isinstance(value, list) else ""
            return {**EVERYBODY, "isMultiSelect": True, **({"value": picked} if picked else {})}
        case OneOf():
            offered = {option.value for option in asked.options}
            choices = _choices(asked)
            folded = choices["style"] == "compact"
            chosen_one = value if value in offered else "" if asked.required or folded else NO_ANSWER
            return {**choices, **({"value": chosen_one} if chosen_one else {})}


def _choices(asked: OneOf | SomeOf) -> Card:
    choices = [{"title": option.label or option.value, "value": option.value} for option in asked.options]
    if isinstance(asked, OneOf) and not asked.required:
        choices.append({"title": "No answer", "value": NO_ANSWER})
    style = "expanded" if len(choices) <= ALL_SHOWN else "compact"
    hint = {"placeholder": "Choose"} if style == "compact" else {}
    return {"type": "Input.ChoiceSet", "style": style, "wrap": True, **hint, "choices": choices}
