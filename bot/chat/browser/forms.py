"""What was typed into a form, as a browser sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.message import Form, People, SomeOf, YesNo
from bot.chat.sheet import Typed


def received(form: Form, posted: Mapping[str, Sequence[str]]) -> Typed:
    """What was typed, by field."""
    typed: dict[str, str | list[str] | bool] = {}
    for asked in form.fields:
        sent = posted.get(asked.name, ())
        match asked:
            case SomeOf():
                typed[asked.name] = list(sent)
            case People():
                typed[asked.name] = [one.strip() for one in sent[0].split(";") if one.strip()] if sent else []
            case YesNo():
                typed[asked.name] = bool(sent)
            case _:
                typed[asked.name] = sent[0] if sent else ""
    return typed
