"""The inputs of a card: what they hold, how a person fills them, what the client refuses to send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import re
from typing import Any

Input = dict[str, Any]

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def value_of(element: Input, values: Mapping[str, str]) -> str:
    """What the input holds: what was put in, or else what it came with; several choices are joined by commas."""
    empty = element.get("valueOff", "false") if element["type"] == "Input.Toggle" else ""
    return values.get(element["id"], str(element.get("value", empty)))


def sent(inputs: list[Input], values: Mapping[str, str]) -> dict[str, str]:
    """What the client adds to an action's data: no key for a choice that was not made, "" for an empty text."""
    held = {element["id"]: value_of(element, values) for element in inputs}
    choices = {element["id"] for element in inputs if element["type"] == "Input.ChoiceSet"}
    return {name: value for name, value in held.items() if value or name not in choices}


def refused(element: Input, value: str) -> str | None:
    """What the client says instead of sending this value."""
    nothing = element.get("valueOff", "false") if element["type"] == "Input.Toggle" else ""
    missing = element.get("isRequired") and value == nothing
    unlike = value and "regex" in element and not re.search(element["regex"], value)
    return element.get("errorMessage", "This field is not valid.") if missing or unlike else None


def shown(element: Input, values: Mapping[str, str]) -> Any:
    """The value as a person sees it: labels of choices, a bool for a toggle, or else the text."""
    value = value_of(element, values)
    if element["type"] == "Input.Toggle":
        return value == element.get("valueOn", "true")
    if element["type"] != "Input.ChoiceSet":
        return value
    chosen = value.split(",") if element.get("isMultiSelect") else [value]
    if "choices.data" in element:
        return [one for one in chosen if one]
    labels = [choice["title"] for choice in element["choices"] if choice["value"] in chosen]
    return labels if element.get("isMultiSelect") else next(iter(labels), "")


def lines(element: Input, values: Mapping[str, str]) -> Iterator[str]:
    """An input as it is read."""
    yield element.get("label", "")
    if element["type"] == "Input.Toggle":
        yield f"[{'x' if shown(element, values) else ' '}] {element.get('title', '')}"
    elif element["type"] == "Input.ChoiceSet":
        yield f"[{' | '.join(choice['title'] for choice in element['choices'])}]"
        held = shown(element, values)
        yield ", ".join(held) if isinstance(held, list) else held
    else:
        yield value_of(element, values) or element.get("placeholder", "")


def filled(element: Input, wanted: Any, before: str) -> tuple[str, int]:
    """The input's new value, and how many taps it took to get there."""
    kind, label = element["type"], element["label"]
    if kind == "Input.Toggle":
        assert isinstance(wanted, bool), f"{label!r} takes a bool, not {wanted!r}"
        value = element.get("valueOn", "true") if wanted else element.get("valueOff", "false")
        return value, int(value != before)
    if kind == "Input.ChoiceSet":
        return _chosen(element, wanted, before)
    text = "" if wanted is None else str(wanted)
    if kind == "Input.Text":
        most = element.get("maxLength", len(text))
        assert len(text) <= most, f"{label!r} takes at most {most} characters, not {len(text)}"
        assert element.get("isMultiline") or "\n" not in text, f"{label!r} is one line"
        return text, 0
    pattern, such = {"Input.Time": (CLOCK, "a time such as 07:45"), "Input.Date": (DAY, "a date")}.get(
        kind, (NUMBER, "a number")
    )
    assert not text or pattern.fullmatch(text), f"{label!r} takes {such}, not {text!r}"
    typed = kind == "Input.Number" or text == before
    return text, 0 if typed else 2


def _chosen(element: Input, wanted: Any, before: str) -> tuple[str, int]:
    label, many = element["label"], bool(element.get("isMultiSelect"))
    labels = [wanted] if isinstance(wanted, str) else list(wanted or [])
    assert many or len(labels) <= 1, f"{label!r} takes one choice, not {labels}"
    if "choices.data" in element:
        people = [getattr(one, "id", one) for one in labels]
        return ",".join(people), len(set(people) ^ {one for one in before.split(",") if one}) + 1
    values = {choice["title"]: choice["value"] for choice in element["choices"]}
    unknown = [one for one in labels if one not in values]
    assert not unknown, f"{label!r} has no option {unknown}; there are {list(values)}"
    new = [value for title, value in values.items() if title in labels]
    old = [one for one in before.split(",") if one]
    changed = len(set(new) ^ set(old)) if many else int(new != old)
    opening = 0 if element.get("style") == "expanded" or not changed else 1
    return ",".join(new), changed + opening
