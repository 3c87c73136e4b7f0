"""What Teams takes: what is wrong with an Adaptive Card 1.5, with the dialog around it, or with a whole message.

Where a number or a rule comes from: [facts] our page of Teams facts, [schema] the published Adaptive Card 1.5 schema,
[assumption] ours, on the strict side, as nothing published says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
import json
from typing import Any
from urllib.parse import urlparse

from microsoft_teams import cards as sdk
from pydantic import BaseModel, ValidationError

from .forms import CLOCK
from .render import parts

Part = dict[str, Any]
Names = frozenset[str]

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
CARD_BYTES = 25_000  # [facts] our own cap
MESSAGE_BYTES = 28_000  # [facts] what webhooks take: a bot may send more, but no message of ours needs to
REFUSED_BYTES = 100_000  # [facts] "about 100 KB for bots"
ACTIONS_MOST = 6  # [assumption] more are cut off or hidden in a menu
TITLE_MOST = 60  # [assumption] a dialog's title is one line; nothing published limits it
PIXELS = range(100, 1001)  # [assumption] the named sizes are within it


def _names(words: str, *more: Names) -> Names:
    return frozenset(words.split()).union(*more)


# The properties of 1.5 [schema], and of Teams itself where the facts page names them (charts).
ELEMENT = _names("type id isVisible separator spacing height fallback requires")
INPUT = _names("label isRequired errorMessage", ELEMENT)
CONTAINER = _names("items selectAction style verticalContentAlignment bleed backgroundImage minHeight rtl", ELEMENT)
ACTION = _names("type id title iconUrl style mode tooltip isEnabled fallback requires")
CELLS = "horizontalCellContentAlignment verticalCellContentAlignment"
CHART = _names("title data color colorSet xAxisTitle yAxisTitle", ELEMENT)
ELEMENTS: dict[str, Names] = {
    "TextBlock": _names("text color fontType horizontalAlignment isSubtle maxLines size weight wrap style", ELEMENT),
    "RichTextBlock": _names("inlines horizontalAlignment", ELEMENT),
    "Image": _names("url altText backgroundColor horizontalAlignment selectAction size style width msteams", ELEMENT),
    "ImageSet": _names("images imageSize", ELEMENT),
    "Container": CONTAINER,
    "ColumnSet": _names("columns selectAction style bleed minHeight horizontalAlignment", ELEMENT),
    "FactSet": _names("facts", ELEMENT),
    "Table": _names(f"columns rows firstRowAsHeaders showGridLines gridStyle {CELLS}", ELEMENT),
    "ActionSet": _names("actions", ELEMENT),
    "Input.Text": _names("value placeholder maxLength isMultiline style inlineAction regex", INPUT),
    "Input.ChoiceSet": _names("value placeholder choices choices.data isMultiSelect style wrap", INPUT),
    "Input.Toggle": _names("value title valueOn valueOff wrap", INPUT),
    "Input.Time": _names("value placeholder min max", INPUT),
    "Input.Date": _names("value placeholder min max", INPUT),
    "Input.Number": _names("value placeholder min max", INPUT),
    "Chart.Line": CHART,
    "Chart.VerticalBar": CHART | {"showBarValues"},
}
PEOPLE_PICKERS = [
    {"type": "Data.Query", "dataset": f"graph.microsoft.com/users{scope}"} for scope in ("", "?scope=currentContext")
]
ACTIONS: dict[str, Names] = {
    "Action.Submit": _names("data associatedInputs", ACTION),
    "Action.Execute": _names("data associatedInputs verb", ACTION),
    "Action.OpenUrl": _names("url", ACTION),
    "Action.ShowCard": _names("card", ACTION),
    "Action.ToggleVisibility": _names("targetElements", ACTION),
}
CARD: dict[str, Names] = {
    "AdaptiveCard": _names(
        "type version $schema body actions selectAction fallbackText backgroundImage minHeight rtl speak lang"
        " verticalContentAlignment refresh msteams"
    )
}
COLUMN: dict[str, Names] = {"Column": CONTAINER | {"width"}}
ROW: dict[str, Names] = {"TableRow": _names(f"cells style {CELLS}", ELEMENT)}
CELL: dict[str, Names] = {"TableCell": CONTAINER}
RUN: dict[str, Names] = {
    "TextRun": _names(
        "type text color fontType highlight isSubtle italic selectAction size strikethrough underline weight"
    )
}
PICTURE = {"Image": ELEMENTS["Image"]}
# Which kinds a property's children are of.
SLOTS = {
    "body": ELEMENTS, "items": ELEMENTS, "columns": COLUMN, "rows": ROW, "cells": CELL, "inlines": RUN,
    "images": PICTURE, "actions": ACTIONS, "selectAction": ACTIONS, "inlineAction": ACTIONS, "card": CARD,
}  # fmt: skip
# Objects without a type of their own: the property that lists them, and their properties.
PLAIN = {"facts": _names("title value"), "choices": _names("title value")}
MODELS: dict[str, type[BaseModel]] = {
    model.model_fields["type"].default: model
    for model in vars(sdk).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and "type" in model.model_fields
}


def size_of(thing: Any) -> int:
    """Bytes of its JSON."""
    return len(json.dumps(thing, ensure_ascii=False, separators=(",", ":")).encode())


def wrong_with_card(card: Any, *, dialog: bool = False) -> list[str]:
    """What Teams would not take in this card, one line each; an empty list is fine."""
    check = _Check(dialog)
    check.part(card, "card", CARD)
    if size_of(card) > CARD_BYTES:
        check.wrong("card", f"{size_of(card)} bytes, more than {CARD_BYTES}")
    if not check.faults:
        check.ids(card)
    return check.faults


def wrong_with_dialog(info: Any) -> list[str]:
    """What Teams would not take in the `value` of a task of type `continue`."""
    faults = [f"dialog.{name}: unknown" for name in set(info) - {"title", "height", "width", "card"}]
    title = info.get("title")
    if not isinstance(title, str) or not 0 < len(title) <= TITLE_MOST:
        faults.append(f"dialog.title: must have 1 to {TITLE_MOST} characters, not {title!r}")
    for name in ("height", "width"):
        size = info.get(name, "medium")
        if size not in ("small", "medium", "large") and size not in PIXELS:
            faults.append(f"dialog.{name}: {size!r}")
    attachment = info.get("card") or {}
    if attachment.get("contentType") != CARD_TYPE:
        return [*faults, "dialog.card: must be an attachment with an Adaptive Card"]
    return faults + wrong_with_card(attachment.get("content"), dialog=True)


def wrong_with_message(activity: Any) -> list[str]:
    """What Teams would not take in this message."""
    faults = []
    attachments = activity.get("attachments") or []
    if not activity.get("text") and not attachments:
        faults.append("message: needs a text or an attachment")
    if size_of(activity) > MESSAGE_BYTES:
        faults.append(f"message: {size_of(activity)} bytes, more than {MESSAGE_BYTES}")
    for attachment in attachments:
        if attachment.get("contentType") == CARD_TYPE:
            faults += wrong_with_card(attachment.get("content"))
        else:
            faults.append(f"message: the stand-in knows no attachment of type {attachment.get('contentType')!r}")
    return faults


class _Check:
    def __init__(self, dialog: bool) -> None:
        self.dialog = dialog
        self.faults: list[str] = []

    def wrong(self, at: str, words: str) -> None:
        self.faults.append(f"{at}: {words}")

    def part(self, part: Any, at: str, kinds: dict[str, Names]) -> None:
        """An element, an action, or the card itself."""
        if not isinstance(part, dict):
            self.wrong(at, "must be an object")
            return
        kind = part.get("type")
        if kind not in kinds:
            self.wrong(at, f"unknown type {kind!r}")
            return
        for name in sorted(set(part) - kinds[kind]):
            self.wrong(at, f"{kind} has no property {name!r}")
        rules: Callable[[Part, str], None] | None = getattr(self, kind.replace(".", "_"), None)
        if rules:
            rules(part, at)
        if kind.startswith("Input."):
            self.any_input(part, at)
        if kinds is ACTIONS:
            self.words(part, "title", at)
        for name in sorted(set(part) & set(SLOTS)):
            self.children(part, name, at)
        for name in sorted(set(part) & set(PLAIN)):
            for n, one in enumerate(part[name]):
                if set(one) != PLAIN[name] or not all(isinstance(value, str) for value in one.values()):
                    self.wrong(f"{at}.{name}[{n}]", f"must have a {' and a '.join(sorted(PLAIN[name]))}")
        self.second_opinion(part, at)

    def children(self, part: Part, name: str, at: str) -> None:
        if name == "columns" and part["type"] == "Table":
            return  # widths, no elements
        children = part[name] if isinstance(part[name], list) else [part[name]]
        for n, child in enumerate(children):
            self.part(child, f"{at}.{name}[{n}]" if isinstance(part[name], list) else f"{at}.{name}", SLOTS[name])
        if name == "actions" and len(children) > ACTIONS_MOST:
            self.wrong(at, f"more than {ACTIONS_MOST} actions")

    def second_opinion(self, part: Part, at: str) -> None:
        """What the SDK's own model says of this object (it does not look into children by itself)."""
        try:
            MODELS[part["type"]].model_validate(part)
        except ValidationError as error:
            for fault in error.errors():
                self.wrong(at, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}")

    def ids(self, card: Part) -> None:
        """No id twice, however deep [schema]."""
        every = list(parts(_unhidden(card)))
        every += [inner for part in every if part["type"] == "Action.ShowCard" for inner in parts(part["card"])]
        for name, times in Counter(part["id"] for part in every if "id" in part).items():
            if times > 1:
                self.wrong("card", f"{times} parts have the id {name!r}")

    # rules of single kinds

    def AdaptiveCard(self, card: Part, at: str) -> None:
        whole = at == "card"  # a ShowCard's inner card may leave it out
        if (whole or "version" in card) and card.get("version") != "1.5":
            self.wrong(at, f"version must be '1.5', not {card.get('version')!r}")

    def TextBlock(self, block: Part, at: str) -> None:
        self.words(block, "text", at)
        if block.get("style", "default") not in ("default", "heading", "columnHeader"):
            self.wrong(at, f"style {block['style']!r}")

    TextRun = TextBlock

    def RichTextBlock(self, block: Part, at: str) -> None:
        if not block.get("inlines"):
            self.wrong(at, "needs inlines")

    def Image(self, image: Part, at: str) -> None:
        self.words(image, "altText", at)
        url = urlparse(str(image.get("url", "")))
        on_loopback = url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost")
        if url.scheme != "https" and not on_loopback:
            self.wrong(at, f"url must be https (or http on loopback), not {image.get('url')!r}")

    def Action_Submit(self, action: Part, at: str) -> None:
        data = action.get("data")
        fetches = isinstance(data, dict) and (data.get("msteams") or {}).get("type") == "task/fetch"
        if not self.dialog and not fetches:
            self.wrong(at, "an Action.Submit outside a dialog must be one that opens a dialog")

    def Action_Execute(self, action: Part, at: str) -> None:
        if self.dialog:  # [assumption] a dialog's card is sent by Action.Submit only
            self.wrong(at, "no Action.Execute in a dialog")

    def Action_OpenUrl(self, action: Part, at: str) -> None:
        self.words(action, "url", at)

    def any_input(self, field: Part, at: str) -> None:
        self.words(field, "id", at)
        self.words(field, "label", at)
        if field.get("isRequired"):
            self.words(field, "errorMessage", at)

    def Input_Toggle(self, field: Part, at: str) -> None:
        self.words(field, "title", at)  # [schema]
        if field.get("value", "false") not in (field.get("valueOn", "true"), field.get("valueOff", "false")):
            self.wrong(at, f"value {field['value']!r} is neither on nor off")

    def Input_Time(self, field: Part, at: str) -> None:
        if "value" in field and not CLOCK.fullmatch(str(field["value"])):
            self.wrong(at, f"value must be HH:MM, not {field['value']!r}")

    def Input_ChoiceSet(self, field: Part, at: str) -> None:
        values = [str(choice.get("value")) for choice in field.get("choices") or []]
        if query := field.get("choices.data"):
            if query not in PEOPLE_PICKERS:
                self.wrong(at, f"choices.data must be a people picker's, not {query!r}")
            return
        if not values:
            self.wrong(at, "needs choices")
        if len(set(values)) < len(values):
            self.wrong(at, "two choices have the same value")
        many = field.get("isMultiSelect")
        if many and any("," in value for value in values):
            self.wrong(at, "a value with a comma, where several may be chosen")
        value = str(field.get("value", ""))
        unknown = set(value.split(",") if many else [value]) - {*values, ""}
        if unknown:
            self.wrong(at, f"value {value!r} is not among the choices")

    def words(self, part: Part, name: str, at: str) -> None:
        value = part.get(name)
        if not isinstance(value, str) or not value.strip():
            self.wrong(at, f"needs a {name}")


def _unhidden(thing: Any) -> Any:
    """A copy in which nothing is hidden."""
    if isinstance(thing, list):
        return [_unhidden(one) for one in thing]
    if isinstance(thing, dict):
        return {name: _unhidden(value) for name, value in thing.items() if name != "isVisible"}
    return thing
