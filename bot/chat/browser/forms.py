"""Forms as a browser has them: handed out whole, and what was typed into their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from uuid import uuid4

from bot.chat.message import Form, FormField, SomeOf, YesNo

Typed = Mapping[str, str | list[str] | bool]
"""What stands in a form's fields, by their names: text, the chosen values of a `SomeOf`, the tick of a `YesNo`."""


@dataclass(frozen=True)
class Sheet:
    """A form as one person was given it. `once` is the same however often they send it."""

    page: str
    form: Form
    once: str


def new_sheet(page: str, form: Form) -> Sheet:
    """A form, handed out."""
    return Sheet(page, form, uuid4().hex)


def initial(form: Form) -> Typed:
    """What stands in the fields before anything is typed."""
    return {asked.name: _initial(asked) for asked in form.fields}


def _initial(asked: FormField) -> str | list[str] | bool:
    match asked.initial:
        case bool(ticked):
            return ticked
        case time() as at:
            return f"{at:%H:%M}"
        case tuple(chosen):
            return list(chosen)
        case text:
            return text or ""


def received(form: Form, posted: Mapping[str, Sequence[str]]) -> Typed:
    """What was typed, as the browser sent it."""
    typed: dict[str, str | list[str] | bool] = {}
    for asked in form.fields:
        sent = posted.get(asked.name, ())
        match asked:
            case SomeOf():
                typed[asked.name] = list(sent)
            case YesNo():
                typed[asked.name] = bool(sent)
            case _:
                typed[asked.name] = sent[0] if sent else ""
    return typed
