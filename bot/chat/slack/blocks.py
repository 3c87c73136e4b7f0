"""Messages and forms as Block Kit: pure rendering, no network.

Whatever anybody typed is drawn by `plain_text` objects with emoji off and by `rich_text` elements, of which Slack
interprets neither: `<!channel>`, `*` and `:smile:` show as typed. The limits are those of the pages under
https://docs.slack.dev/reference/block-kit/ (blocks, composition objects, views).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

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
    Option,
    Part,
    People,
    SomeOf,
    Text,
    TimeOf,
    YesNo,
)

Block = dict[str, Any]

MESSAGE_BLOCKS, HOME_BLOCKS, VIEW_BLOCKS = 50, 100, 100
CHARACTERS = 10_000
"""Slack refuses a message of about 13,200 characters in all; it documents no number."""
CONTEXT_METADATA = 3_000

_TEXT, _HEADER, _LABEL, _ALT = 3_000, 150, 2_000, 2_000
_FACT, _FACT_VALUE = 3_000, 2_500
_BUTTON, _VALUE, _TITLE = 75, 2_000, 24
_OPTION, _CHECKS, _OPTIONS = 75, 10, 100

_VIEW = ("type", "callback_id", "private_metadata", "title", "submit", "close")
_WRONG = "what is wrong"

_NOTHING = "-"
_TICKED = "ticked by wardhuddle"
_SHORTENED = "Some of this is too long to show here."


# What is posted


def payload(message: Message, *, files: Mapping[int, str] | None = None) -> dict[str, Any]:
    """What is sent of a message. (Pictures are `files` that Slack has to be given first.)"""
    return {"text": notification(message), "blocks": message_blocks(message, files=files)}


def message_blocks(message: Message, *, files: Mapping[int, str] | None = None) -> list[Block]:
    """The message for a channel; `files` holds Slack's file id of the drawn chart at that place among the parts."""
    return _bounded(_blocks(message, files or {}), MESSAGE_BLOCKS)


def home(message: Message) -> Block:
    """The message as App Home."""
    return {"type": "home", "blocks": _bounded(_blocks(message, {}), HOME_BLOCKS)}


def answered(title: str, messages: Sequence[Message]) -> Block:
    """A modal that says what came of a form, in the place of the form."""
    parts = [block for message in messages for block in _blocks(message, {})]
    return {
        "type": "modal",
        "title": _plain(title, _TITLE),
        "close": _plain("Close", _TITLE),
        "blocks": _bounded(parts, HOME_BLOCKS),
    }


def notification(message: Message) -> str:
    """The `text` beside the blocks, which is mrkdwn: for notifications and screen readers.

    `chat.update` takes 4,000 characters; entities count as they are written
    (https://docs.slack.dev/messaging/formatting-message-text#escaping).
    """
    summary = cut(message.summary.strip() or _NOTHING, 3_000)
    return cut(summary.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), 3_900)


def fits(blocks: Sequence[Block], most: int = MESSAGE_BLOCKS) -> bool:
    """Whether Slack takes so many blocks with so many characters together."""
    return len(blocks) <= most and characters(blocks) <= CHARACTERS


def characters(thing: Any) -> int:
    """How many characters of words blocks hold."""
    match thing:
        case dict():
            words = [thing[name] for name in ("text", "alt_text") if isinstance(thing.get(name), str)]
            return sum(len(each) for each in words) + sum(characters(each) for each in thing.values())
        case list():
            return sum(characters(each) for each in thing)
    return 0


def action_of(action_id: str) -> str:
    """The action of the button that was drawn with this `action_id`."""
    return action_id.rpartition("#")[0]


def cut(text: str, most: int) -> str:
    """The text, or as many of its whole words as fit, closed by an ellipsis."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    whole, space, _ = head.rpartition(" ")
    return (whole if space and len(whole) > most // 2 else head).rstrip() + "…"


def _blocks(message: Message, files: Mapping[int, str]) -> list[Block]:
    blocks = [block for place, part in enumerate(message.parts) for block in _part(part, place, files.get(place))]
    return blocks or list(_sections(message.summary.strip() or _NOTHING))


def _part(part: Part, place: int, file: str | None) -> Iterator[Block]:
    match part:
        case Heading(text=text):
            if text.strip():
                yield {"type": "header", "text": _plain(text, _HEADER)}
        case Text(text=text):
            yield from _sections(text)
        case Note(text=text):
            for piece in _pieces(text):
                yield {"type": "context", "elements": [_plain(piece, _TEXT)]}
        case Facts(rows=rows):
            yield from _facts(rows)
        case Buttons(buttons=buttons):
            if buttons:
                drawn = [_button(button, f"{place}.{n}") for n, button in enumerate(buttons)]
                yield {"type": "actions", "elements": drawn}
        case Link(label=label, address=address):
            yield _rich_text([{"type": "link", "url": address, "text": cut(label, _BUTTON)}])
        case Divider():
            yield {"type": "divider"}
        case Chart() if file:
            picture = {
                "slack_file": {"id": file},
                "alt_text": cut(part.alt.strip() or part.title.strip() or _NOTHING, _ALT),
            }
            title = {"title": _plain(part.title, _LABEL)} if part.title.strip() else {}
            yield {"type": "image", **picture, **title}
        case Chart(alt=alt):
            yield from _sections(alt)


def _sections(text: str) -> Iterator[Block]:
    for piece in _pieces(text):
        yield {"type": "section", "text": _plain(piece, _TEXT)}


def _facts(rows: Iterable[tuple[str, str]]) -> Iterator[Block]:
    """A line for each row, its label bold; a block is closed before it holds more than a section might."""
    elements: list[Block] = []
    for label, value in rows:
        name = cut(label.strip(), _FACT - _FACT_VALUE)
        for piece in list(_pieces(value, _FACT_VALUE)) or [_NOTHING]:
            row = [_rich(name, bold=True), _rich(" " if name[-1] in ":?" else ": ")] if name else []
            row.append(_rich(piece))
            name = ""
            if elements and characters([*elements, *row]) > _FACT:
                yield _rich_text(elements)
                elements = []
            elements += [_rich("\n"), *row] if elements else row
    if elements:
        yield _rich_text(elements)


def _rich_text(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _rich(text: str, *, bold: bool = False) -> Block:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})


def _button(button: Button, which: str) -> Block:
    """Slack wants action ids unique within a block, so each carries its place behind the action."""
    drawn: Block = {
        "type": "button",
        "text": _plain(button.label, _BUTTON),
        "action_id": f"{button.action}#{which}",
        "value": button.value[:_VALUE],
    }
    if button.about:
        drawn["accessibility_label"] = cut(button.spoken, _BUTTON)
    return drawn | ({"style": "primary"} if button.style == "primary" else {})


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": cut(text.strip() or _NOTHING, most), "emoji": False}


def _pieces(text: str, most: int = _TEXT) -> Iterator[str]:
    """The text in pieces that each fit a block, parted between lines or words where there are any."""
    rest = text.strip()
    while len(rest) > most:
        breaks = (rest.rfind(sign, most // 2, most) for sign in "\n ")
        end = next((at for at in breaks if at > 0), most)
        yield rest[:end].rstrip()
        rest = rest[end:].strip()
    if rest:
        yield rest


def _bounded(blocks: list[Block], most: int) -> list[Block]:
    """The blocks if they fit; else without the last of the words, but always with every heading and button."""
    if fits(blocks, most):
        return blocks
    kept_anyway = {n for n, block in enumerate(blocks) if block["type"] in ("header", "actions")}
    room = most - 1 - len(kept_anyway)
    left = CHARACTERS - len(_SHORTENED) - sum(characters(blocks[n]) for n in kept_anyway)
    kept: list[Block] = []
    for n, block in enumerate(blocks):
        if n in kept_anyway:
            kept.append(block)
            continue
        room, left = room - 1, left - characters(block)
        if room >= 0 and left >= 0:
            kept.append(block)
    return [*kept[: most - 1], {"type": "context", "elements": [_plain(_SHORTENED, _TEXT)]}]


# What is asked


def view(form: Form, private_metadata: str, step: str = "") -> Block:
    """The form as a modal: an input block for each field, under the field's name.

    `step` tells it from the form in whose place it is shown: where an element has the same ids, Slack keeps what was
    typed rather than show the initial value (https://docs.slack.dev/reference/views).
    """
    blocks: list[Block] = []
    for part in form.parts:
        blocks += list(_part(part, 0, None)) if isinstance(part, Text | Note) else [_field(part, step)]
    return {
        "type": "modal",
        "callback_id": form.kind,
        "private_metadata": private_metadata,
        "title": _plain(form.title, _TITLE),
        "submit": _plain(form.submit, _TITLE),
        "close": _plain("Cancel", _TITLE),
        "blocks": blocks[:VIEW_BLOCKS],
    }


def with_words(view: Mapping[str, Any], words: Iterable[str]) -> Block:
    """A form as Slack handed it back, with words above it: where it has no field, no error can be shown at one."""
    kept: Block = {name: view[name] for name in _VIEW if view.get(name)}
    above = {"type": "section", "block_id": _WRONG, "text": _plain(" ".join(words), _TEXT)}
    below = [block for block in view.get("blocks", []) if block["block_id"] != _WRONG]
    return kept | {"blocks": [above, *below][:VIEW_BLOCKS]}


def read_state(view: Mapping[str, Any]) -> dict[str, object]:
    """What was put into a form that `view` drew, by field name: text, a list of texts, a bool, or None."""
    values: Mapping[str, Any] = view.get("state", {}).get("values", {})
    return {name: _value(answer) for name, block in values.items() for answer in block.values()}


def input_names(view: Mapping[str, Any]) -> list[str]:
    """The names of the fields of a form as Slack handed it back: only these can show an error."""
    return [block["block_id"] for block in view.get("blocks", []) if block["type"] == "input"]


def _value(answer: Mapping[str, Any]) -> object:
    match answer:
        case {"selected_options": list() as options}:
            chosen = [str(option["value"]) for option in options]
            return True if chosen == [_TICKED] else chosen
        case {"selected_users": list() as people}:
            return [str(one) for one in people]
        case {"selected_option": option}:
            return option and str(option["value"])
        case {"selected_time": time}:
            return time
        case {"value": text}:
            return text
    return None


def _field(asked: FormField, step: str) -> Block:
    required = not isinstance(asked, YesNo) and asked.required
    block = {
        "type": "input",
        "block_id": asked.name,
        "label": _plain(asked.label, _LABEL),
        "element": {**_element(asked), "action_id": f"answer{step}"},
        "optional": not required,
    }
    hint = asked.hint.strip()
    if isinstance(asked, Line):
        hint = f"{hint} Up to {asked.max_length} characters.".strip()
    return block | ({"hint": _plain(hint, _LABEL)} if hint else {})


def _element(asked: FormField) -> Block:
    match asked:
        case Line(initial=initial):
            return _input("plain_text_input", initial_value=initial[:_TEXT])
        case YesNo(initial=ticked):
            box = _option(Option(_TICKED, "Yes"))
            return _input("checkboxes", options=[box], initial_options=[box] if ticked else [])
        case People(initial=people, most=most):
            return _input("multi_users_select", initial_users=list(people), max_selected_items=most)
        case TimeOf(initial=at):
            return _input("timepicker", initial_time=at and f"{at:%H:%M}")
        case OneOf(options=options, initial=initial):
            first = _chosen(options, lambda option: option.value == initial)
            kind = "radio_buttons" if len(options) <= _CHECKS else "static_select"
            return _input(kind, **_offered(options), initial_option=first and first[0])
        case SomeOf(options=options, initial=already):
            kind = "checkboxes" if len(options) <= _CHECKS else "multi_static_select"
            several = _chosen(options, lambda option: option.value in already)
            return _input(kind, **_offered(options), initial_options=several)


def _input(kind: str, **what: Any) -> Block:
    given = {name: value for name, value in what.items() if value}
    return {"type": kind, **given}


def _offered(options: Sequence[Option]) -> Block:
    """The options; more than 100 go in groups of 100, each named by its first and last."""
    drawn = [_option(option) for option in options]
    if len(drawn) <= _OPTIONS:
        return {"options": drawn}
    groups = [drawn[n : n + _OPTIONS] for n in range(0, len(drawn), _OPTIONS)]
    return {"option_groups": [{"label": _group_label(group), "options": group} for group in groups]}


def _group_label(group: Sequence[Block]) -> Block:
    first, last = (cut(str(group[n]["text"]["text"]), 35) for n in (0, -1))
    return _plain(f"{first} to {last}", _OPTION)


def _chosen(options: Sequence[Option], wanted: Callable[[Option], bool]) -> list[Block]:
    return [_option(option) for option in options if wanted(option)]


def _option(option: Option) -> Block:
    return {"text": _plain(option.label or option.value, _OPTION), "value": option.value}
