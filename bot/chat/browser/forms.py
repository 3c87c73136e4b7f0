"""Forms as a browser carries them: plain values out, what was typed back in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from bot.chat.message import Form, FormField, Line, Note, OneOf, SomeOf, Text, TimeOf, YesNo

Typed = Mapping[str, str | list[str] | bool]
"""What stands in a form's fields, by their names: text, the chosen values of a `SomeOf`, the tick of a `YesNo`."""

_PARTS: dict[str, TypeAdapter[FormField | Text | Note]] = {
    part.__name__: TypeAdapter(part) for part in (Line, OneOf, SomeOf, YesNo, TimeOf, Text, Note)
}


@dataclass(frozen=True)
class Sheet:
    """A form as one person was given it. `once` is the same however often they send it."""

    page: str
    form: Form
    once: str


def new_sheet(page: str, form: Form) -> Sheet:
    """A form, handed out."""
    return Sheet(page, form, uuid4().hex)


def to_plain(form: Form) -> list[object]:
    """A form whole, as JSON values."""
    parts = [(type(part).__name__, _PARTS[type(part).__name__].dump_python(part, mode="json")) for part in form.parts]
    return [form.kind, form.title, form.submit, parts, dict(form.context)]


def from_plain(kept: list[Any]) -> Form:
    """The form that `to_plain` was given."""
    kind, title, submit, parts, context = kept
    return Form(kind, title, submit, tuple(_PARTS[name].validate_python(part) for name, part in parts), context)


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
