"""The parts of a form: what they hold at first, how a person fills them, how Slack reports them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .limits import CLOCK, DAY
from .render import Seen

if TYPE_CHECKING:
    from .workspace import Workspace

Element = dict[str, Any]

# For each element: the key of its value in `state.values`, and the property that holds its first value.
KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "radio_buttons": ("selected_option", "initial_option"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "timepicker": ("selected_time", "initial_time"),
    "datepicker": ("selected_date", "initial_date"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", ""),
}
TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
STATELESS = {"button", "workflow_button", "overflow", "image"}


def holds_many(element: Element) -> bool:
    return element["type"] in ("checkboxes", "file_input") or element["type"].startswith("multi_")


def first_value(element: Element, channel: str | None) -> Any:
    """What the element holds before anyone touches it."""
    _, initial = KEYS[element["type"]]
    value = element.get(initial)
    if value is None and element.get("default_to_current_conversation") and channel:
        value = [channel] if holds_many(element) else channel
    return [] if value is None and holds_many(element) else value


def state_of(element: Element, value: Any) -> dict[str, Any]:
    """The element's entry in `state.values`."""
    key, _ = KEYS[element["type"]]
    return {"type": element["type"], key: value}


def options_of(element: Element) -> dict[str, Element]:
    """The options by their visible label."""
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    return {Seen().words(option["text"]): option for group in groups for option in group["options"]}


def pick(element: Element, label: str, where: str) -> Element:
    options = options_of(element)
    assert label in options, f"{where} has no option {label!r}; there are {list(options)}"
    return options[label]


def filled(ws: Workspace, element: Element, wanted: Any, before: Any, where: str) -> tuple[Any, int]:
    """The element's new value, and how many taps it took to get there."""
    kind = element["type"]
    if kind in TYPED:
        return typed(element, wanted, where), 0
    if kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(wanted)}]}
        return ({"type": "rich_text", "elements": [section]} if wanted else None), 0
    assert "external" not in kind and kind != "file_input", f"{where}: the stand-in cannot fill a {kind}"
    if holds_many(element):
        assert isinstance(wanted, list | tuple | set), f"{where} takes a list of labels, not {wanted!r}"
        value: Any = [_one(ws, element, each, where) for each in wanted]
        if "options" in element or "option_groups" in element:
            order = list(options_of(element).values())
            value.sort(key=order.index)
        most = element.get("max_selected_items")
        assert not most or len(value) <= most, f"{where} takes at most {most}, not {len(value)}"
        changed = len([v for v in value if v not in before]) + len([v for v in before if v not in value])
        return value, changed + (1 if changed and kind != "checkboxes" else 0)
    value = None if wanted is None else _one(ws, element, wanted, where)
    if value == before:
        return value, 0
    return value, 1 if kind == "radio_buttons" else 2


def typed(element: Element, wanted: Any, where: str) -> str | None:
    """A text as the client lets it be typed."""
    if wanted is None or wanted == "":
        return None
    text = str(wanted)
    if element["type"] == "number_input":
        number = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
        assert re.fullmatch(number, text), f"{where} takes a number, not {text!r}"
        least, most = element.get("min_value"), element.get("max_value")
        assert least is None or float(text) >= float(least), f"{where} takes {least} or more, not {text}"
        assert most is None or float(text) <= float(most), f"{where} takes {most} or less, not {text}"
    if element["type"] == "email_text_input":
        assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text), f"{where} takes an email address"
    longest = int(element.get("max_length", 3000))
    shortest = int(element.get("min_length", 0))
    assert len(text) <= longest, f"{where} takes at most {longest} characters, not {len(text)}"
    assert len(text) >= shortest, f"{where} takes at least {shortest} characters, not {len(text)}"
    assert element.get("multiline") or "\n" not in text, f"{where} is one line"
    return text


def _one(ws: Workspace, element: Element, wanted: Any, where: str) -> Any:
    kind = element["type"].removeprefix("multi_")
    if kind == "timepicker":
        assert isinstance(wanted, str) and CLOCK.fullmatch(wanted), f"{where} takes a time such as 07:45"
        return wanted
    if kind == "datepicker":
        assert isinstance(wanted, str) and DAY.fullmatch(wanted), f"{where} takes a date such as 2026-03-01"
        return wanted
    if kind == "datetimepicker":
        return int(wanted)
    if kind == "users_select":
        known = {person.name: person.id for person in ws.people.values()}
    elif kind in ("conversations_select", "channels_select"):
        known = {c.name: c.id for c in ws.channels.values() if not c.is_im or kind == "conversations_select"}
    else:
        return pick(element, str(wanted), where)
    name = getattr(wanted, "id", wanted)
    found = known.get(str(name).removeprefix("#"), name if name in known.values() else None)
    assert found, f"{where} has no {wanted!r}; there are {list(known)}"
    return found
