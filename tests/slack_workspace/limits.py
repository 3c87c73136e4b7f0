"""Slack's published limits: what is wrong with a list of blocks or with a view, in Slack's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
import json
import re
from typing import Any
from urllib.parse import urlparse

MESSAGE, MODAL, HOME = "message", "modal", "home"

Usable = Callable[[str], bool]
Kinds = tuple[str, ...]

BLOCKS_MOST = {MESSAGE: 50, MODAL: 100, HOME: 100}
MESSAGE_TEXT_MOST = 10_000
VIEW_BYTES_MOST = 250_000
PLAIN: Kinds = ("plain_text",)
ANY_TEXT: Kinds = ("plain_text", "mrkdwn")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

# Blocks that only some surfaces show; every other known block is shown on all three.
ONLY_ON = {
    "file": {MESSAGE},
    "markdown": {MESSAGE},
    "table": {MESSAGE},
    "data_table": {MESSAGE},
    "context_actions": {MESSAGE},
    "task_card": {MESSAGE},
    "plan": {MESSAGE},
    "carousel": {MESSAGE},
    "data_visualization": {MESSAGE, HOME},
}

# Blocks whose inside is not checked further than its properties: required ones, optional ones.
SHALLOW: dict[str, tuple[set[str], set[str]]] = {
    "call": ({"call_id"}, {"api_decoration_available", "call"}),
    "context_actions": ({"elements"}, set()),
    "task_card": ({"task_id", "title"}, {"details", "output", "sources", "status"}),
    "plan": ({"title"}, {"tasks"}),
    "card": (set(), {"hero_image", "icon", "title", "subtitle", "body", "actions", "slack_icon", "subtext"}),
    "carousel": ({"elements"}, set()),
    "container": (
        {"child_blocks"},
        {"title", "rich_text_title", "subtitle", "width", "icon", "is_collapsible", "default_collapsed",
         "has_header_divider"},
    ),
    "file": ({"external_id", "source"}, set()),
    "video": (
        {"alt_text", "title", "thumbnail_url", "video_url"},
        {"author_name", "description", "provider_icon_url", "provider_name", "title_url"},
    ),
    "data_table": ({"rows"}, {"caption", "page_size", "row_header_column_index"}),
}  # fmt: skip

SELECTS = {
    "static_select": {"options", "option_groups", "initial_option"},
    "external_select": {"min_query_length", "initial_option"},
    "users_select": {"initial_user"},
    "conversations_select": {
        "initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter"
    },
    "channels_select": {"initial_channel", "response_url_enabled"},
    "multi_static_select": {"options", "option_groups", "initial_options", "max_selected_items"},
    "multi_external_select": {"min_query_length", "initial_options", "max_selected_items"},
    "multi_users_select": {"initial_users", "max_selected_items"},
    "multi_conversations_select": {
        "initial_conversations", "default_to_current_conversation", "filter", "max_selected_items"
    },
    "multi_channels_select": {"initial_channels", "max_selected_items"},
}  # fmt: skip
PICKERS = {
    "datepicker": {"initial_date"},
    "timepicker": {"initial_time", "timezone"},
    "datetimepicker": {"initial_date_time"},
}
TYPED = {
    "plain_text_input": {"initial_value", "multiline", "min_length", "max_length", "dispatch_action_config"},
    "email_text_input": {"initial_value", "dispatch_action_config"},
    "url_text_input": {"initial_value", "dispatch_action_config"},
    "number_input": {
        "initial_value",
        "is_decimal_allowed",
        "min_value",
        "max_value",
        "dispatch_action_config",
    },
    "rich_text_input": {"initial_value", "dispatch_action_config", "min_lines", "max_lines"},
}
CHOICES = {"checkboxes": {"initial_options"}, "radio_buttons": {"initial_option"}}
COMMON = {"confirm", "focus_on_load"}
NO_PLACEHOLDER = {"datetimepicker"}
IN_BOTH = set(SELECTS) | set(PICKERS) | set(CHOICES)
IN_ACTIONS = IN_BOTH | {"button", "overflow", "workflow_button"}
IN_SECTION = (IN_ACTIONS | {"image"}) - {"datetimepicker"}
IN_INPUT = IN_BOTH | set(TYPED) | {"file_input"}


def wrong_with_blocks(blocks: Any, surface: str, usable: Usable, at: str = "/blocks") -> list[str]:
    """What Slack would refuse in these blocks, one line each; an empty list is fine."""
    check = _Check(surface, usable)
    check.blocks(blocks, at)
    return check.faults


def wrong_with_view(view: Any, usable: Usable) -> list[str]:
    """What Slack would refuse in this view; `view_too_large` stands alone, as it is an error of its own."""
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES_MOST:
        return ["view_too_large"]
    kind = view.get("type")
    if kind not in (MODAL, HOME):
        return [f"unsupported type: {kind} [json-pointer:/view/type]"]
    check = _Check(kind, usable)
    check.view(view)
    return check.faults


def text_of_blocks(thing: Any) -> int:
    """How many characters of words the blocks of one message hold together."""
    if isinstance(thing, list):
        return sum(text_of_blocks(each) for each in thing)
    if not isinstance(thing, dict):
        return 0
    words = ("text", "alt_text", "title", "label", "name")
    return sum(len(v) if k in words and isinstance(v, str) else text_of_blocks(v) for k, v in thing.items())


class _Check:
    def __init__(self, surface: str, usable: Usable) -> None:
        self.surface = surface
        self.usable = usable
        self.faults: list[str] = []
        self.seen_ids: set[str] = set()
        self.focused = 0

    def wrong(self, at: str, words: str) -> None:
        self.faults.append(f"{words} [json-pointer:{at}]")

    # parts that many share

    def shape(self, thing: Any, at: str, required: set[str], optional: set[str]) -> bool:
        if not isinstance(thing, dict):
            self.wrong(at, "must provide an object")
            return False
        for name in sorted(required - set(thing)):
            self.wrong(at, f"missing required field: {name}")
        for name in sorted(set(thing) - required - optional):
            self.wrong(at, f"invalid additional property: {name}")
        return required <= set(thing)

    def string(self, thing: dict[str, Any], name: str, at: str, most: int, least: int = 1) -> None:
        if name not in thing:
            return
        value = thing[name]
        if not isinstance(value, str):
            self.wrong(f"{at}/{name}", "must provide a string")
        elif len(value) > most:
            self.wrong(f"{at}/{name}", f"must be less than {most + 1} characters")
        elif len(value) < least:
            self.wrong(f"{at}/{name}", f"must be more than {least - 1} characters")

    def flag(self, thing: dict[str, Any], name: str, at: str) -> None:
        if name in thing and not isinstance(thing[name], bool):
            self.wrong(f"{at}/{name}", "must provide a boolean")

    def whole(self, thing: dict[str, Any], name: str, at: str, least: int, most: int) -> None:
        value = thing.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(f"{at}/{name}", "must provide an integer")
        elif not least <= value <= most:
            self.wrong(f"{at}/{name}", f"must be between {least} and {most}")

    def text(self, thing: dict[str, Any], name: str, at: str, most: int, kinds: Kinds = PLAIN) -> None:
        if name in thing:
            self.text_object(thing[name], f"{at}/{name}", most, kinds)

    def text_object(self, text: Any, at: str, most: int, kinds: Kinds = PLAIN) -> None:
        if not isinstance(text, dict):
            self.wrong(at, "must provide an object")
            return
        kind = text.get("type")
        if kind not in kinds:
            self.wrong(f"{at}/type", f"unsupported type: {kind}")
            return
        self.shape(text, at, {"type", "text"}, {"emoji"} if kind == "plain_text" else {"verbatim"})
        self.string(text, "text", at, most)

    def items(self, things: Any, at: str, most: int, least: int = 1) -> list[Any]:
        if not isinstance(things, list):
            self.wrong(at, "must provide an array")
            return []
        if len(things) > most:
            self.wrong(at, f"no more than {most} items allowed")
        if len(things) < least:
            self.wrong(at, f"must provide at least {least} items")
        return things

    def one_of(self, thing: dict[str, Any], name: str, at: str, allowed: tuple[str, ...]) -> None:
        if name in thing and thing[name] not in allowed:
            self.wrong(f"{at}/{name}", f"must be a valid enum value: {', '.join(allowed)}")

    # views

    def view(self, view: dict[str, Any]) -> None:
        shared = {"private_metadata", "callback_id", "external_id"}
        if self.surface == HOME:
            self.shape(view, "/view", {"type", "blocks"}, shared)
        else:
            own = {"submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}
            self.shape(view, "/view", {"type", "title", "blocks"}, shared | own)
            for name in ("title", "submit", "close"):
                self.text(view, name, "/view", 24)
            for name in ("clear_on_close", "notify_on_close"):
                self.flag(view, name, "/view")
        self.string(view, "private_metadata", "/view", 3000, least=0)
        self.string(view, "callback_id", "/view", 255)
        self.string(view, "external_id", "/view", 255)
        blocks = view.get("blocks", [])
        self.blocks(blocks, "/view/blocks")
        if self.surface == MODAL and "submit" not in view and isinstance(blocks, list):
            for n, block in enumerate(blocks):
                if isinstance(block, dict) and block.get("type") == "input":
                    words = "must define `submit` to use an `input` block in modals"
                    self.wrong(f"/view/blocks/{n}/input", words)

    # blocks

    def blocks(self, blocks: Any, at: str) -> None:
        blocks = self.items(blocks, at, BLOCKS_MOST[self.surface], least=1 if self.surface == MODAL else 0)
        for n, block in enumerate(blocks):
            self.block(block, f"{at}/{n}")
        if self.surface == MESSAGE:
            charts = [b for b in blocks if isinstance(b, dict) and b.get("type") == "data_visualization"]
            if len(charts) > 2:
                self.wrong(at, "too many data_visualization blocks")
            if len([b for b in blocks if isinstance(b, dict) and b.get("type") == "table"]) > 1:
                self.wrong(at, "only one table allowed")  # Slack's own name for it: only_one_table_allowed

    def block(self, block: Any, at: str) -> None:
        if not isinstance(block, dict):
            self.wrong(at, "must provide an object")
            return
        kind = block.get("type")
        if not isinstance(kind, str):
            self.wrong(at, "missing required field: type")
            return
        deep = getattr(self, f"block_{kind}", None)
        known = deep is not None or kind in SHALLOW
        if not known or self.surface not in ONLY_ON.get(kind, {self.surface}):
            self.wrong(f"{at}/type", f"unsupported type: {kind}")
            return
        block_id = block.get("block_id")
        self.string(block, "block_id", at, 255)
        if isinstance(block_id, str):
            if block_id in self.seen_ids:
                self.wrong(f"{at}/block_id", f'`block_id` "{block_id}" already exists')
            self.seen_ids.add(block_id)
        if deep:
            deep(block, at)
        else:
            required, optional = SHALLOW[kind]
            self.of(block, at, required, optional)

    def of(self, block: dict[str, Any], at: str, required: set[str], optional: set[str]) -> None:
        self.shape(block, at, {"type"} | required, {"block_id"} | optional)

    def block_divider(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, set(), set())

    def block_header(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"text"}, {"level"})
        self.text(block, "text", at, 150)

    def block_section(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, set(), {"text", "fields", "accessory", "expand"})
        if "text" not in block and "fields" not in block:
            self.wrong(at, "missing required field: text")
        self.text(block, "text", at, 3000, ANY_TEXT)
        self.flag(block, "expand", at)
        if "fields" in block:
            for n, field in enumerate(self.items(block["fields"], f"{at}/fields", 10)):
                self.text_object(field, f"{at}/fields/{n}", 2000, ANY_TEXT)
        if "accessory" in block:
            self.elements([block["accessory"]], [f"{at}/accessory"], IN_SECTION)

    def block_actions(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"elements"}, set())
        elements = self.items(block.get("elements", []), f"{at}/elements", 25)
        self.elements(elements, [f"{at}/elements/{n}" for n in range(len(elements))], IN_ACTIONS)

    def block_context(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"elements"}, set())
        for n, element in enumerate(self.items(block.get("elements", []), f"{at}/elements", 10)):
            if isinstance(element, dict) and element.get("type") == "image":
                self.elements([element], [f"{at}/elements/{n}"], {"image"})
            else:
                self.text_object(element, f"{at}/elements/{n}", 3000, ANY_TEXT)

    def block_image(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"alt_text"}, {"image_url", "slack_file", "title"})
        self.text(block, "title", at, 2000)
        self.picture(block, at)

    def block_input(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"label", "element"}, {"hint", "optional", "dispatch_action"})
        self.text(block, "label", at, 2000)
        self.text(block, "hint", at, 2000)
        self.flag(block, "optional", at)
        self.flag(block, "dispatch_action", at)
        if "element" in block:
            allowed = IN_INPUT if self.surface == MODAL else IN_INPUT - {"file_input"}
            self.elements([block["element"]], [f"{at}/element"], allowed)

    def block_markdown(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"text"}, set())
        self.string(block, "text", at, 12_000)

    def block_rich_text(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"elements"}, set())
        parts = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
        for n, element in enumerate(self.items(block.get("elements", []), f"{at}/elements", 3000)):
            if not isinstance(element, dict) or element.get("type") not in parts:
                kind = element.get("type") if isinstance(element, dict) else element
                self.wrong(f"{at}/elements/{n}/type", f"unsupported type: {kind}")

    def block_table(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"rows"}, {"column_settings"})
        for r, row in enumerate(self.items(block.get("rows", []), f"{at}/rows", 100)):
            for c, cell in enumerate(self.items(row, f"{at}/rows/{r}", 20)):
                here = f"{at}/rows/{r}/{c}"
                if not isinstance(cell, dict) or cell.get("type") not in (
                    "raw_text",
                    "raw_number",
                    "rich_text",
                ):
                    kind = cell.get("type") if isinstance(cell, dict) else cell
                    self.wrong(f"{here}/type", f"unsupported type: {kind}")
                elif cell["type"] == "raw_text":
                    self.shape(cell, here, {"type", "text"}, set())
                    self.string(cell, "text", here, 3000)
        if "column_settings" in block:
            self.items(block["column_settings"], f"{at}/column_settings", 20, least=0)

    def block_alert(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"text"}, {"level"})
        self.text(block, "text", at, 3000, ANY_TEXT)
        self.one_of(block, "level", at, ("default", "info", "warning", "error", "success"))

    def block_data_visualization(self, block: dict[str, Any], at: str) -> None:
        self.of(block, at, {"title", "chart"}, set())
        self.string(block, "title", at, 50)
        chart = block.get("chart")
        kind = chart.get("type") if isinstance(chart, dict) else chart
        if not isinstance(chart, dict) or kind not in ("pie", "bar", "line", "area"):
            self.wrong(f"{at}/chart/type", f"unsupported type: {kind}")
        elif kind == "pie":
            if self.shape(chart, f"{at}/chart", {"type", "segments"}, set()):
                for n, part in enumerate(self.items(chart["segments"], f"{at}/chart/segments", 6)):
                    self.point(part, f"{at}/chart/segments/{n}")
                    if isinstance(part, dict) and _number(part.get("value")) and part["value"] <= 0:
                        self.wrong(f"{at}/chart/segments/{n}/value", "must be greater than 0")
        elif self.shape(chart, f"{at}/chart", {"type", "series", "axis_config"}, set()):
            self.series(chart, f"{at}/chart")

    def series(self, chart: dict[str, Any], at: str) -> None:
        axis = chart["axis_config"]
        categories: list[Any] = []
        if self.shape(axis, f"{at}/axis_config", {"categories"}, {"x_label", "y_label"}):
            categories = self.items(axis["categories"], f"{at}/axis_config/categories", 20)
            self.string(axis, "x_label", f"{at}/axis_config", 50)
            self.string(axis, "y_label", f"{at}/axis_config", 50)
        names = []
        for s, line in enumerate(self.items(chart["series"], f"{at}/series", 6)):
            here = f"{at}/series/{s}"
            if not self.shape(line, here, {"name", "data"}, set()):
                continue
            self.string(line, "name", here, 20)
            names.append(line["name"])
            points = self.items(line["data"], f"{here}/data", 20)
            for n, point in enumerate(points):
                self.point(point, f"{here}/data/{n}")
            if [p.get("label") for p in points if isinstance(p, dict)] != categories:
                self.wrong(f"{here}/data", "labels must match `axis_config.categories`")
        if len(set(map(str, names))) != len(names):
            self.wrong(f"{at}/series", "series names must be unique")

    def point(self, point: Any, at: str) -> None:
        if self.shape(point, at, {"label", "value"}, set()):
            self.string(point, "label", at, 20)
            if not _number(point["value"]):
                self.wrong(f"{at}/value", "must provide a number")

    # elements

    def elements(self, elements: list[Any], where: list[str], allowed: set[str]) -> None:
        seen: set[str] = set()
        for element, at in zip(elements, where, strict=True):
            kind = element.get("type") if isinstance(element, dict) else None
            if kind not in allowed:
                self.wrong(f"{at}/type" if kind else at, f"unsupported type: {kind}")
                continue
            if kind == "image":
                self.shape(element, at, {"type", "alt_text"}, {"image_url", "slack_file"})
                self.picture(element, at)
                continue
            self.string(element, "action_id", at, 255)
            action_id = element.get("action_id")
            if isinstance(action_id, str):
                if action_id in seen:
                    self.wrong(f"{at}/action_id", f'`action_id` "{action_id}" already exists')
                seen.add(action_id)
            self.element(element, kind, at)

    def element(self, element: dict[str, Any], kind: str, at: str) -> None:
        shared = {"type", "action_id"}
        if kind == "button":
            self.button(element, at)
        elif kind == "workflow_button":
            self.shape(element, at, shared | {"text", "workflow"}, {"style", "accessibility_label"})
        elif kind == "overflow":
            if self.shape(element, at, {"type", "options"}, shared | {"confirm"}):
                self.options(element["options"], f"{at}/options", 5, PLAIN, {"url"})
        elif kind == "file_input":
            self.shape(element, at, {"type"}, shared | {"filetypes", "max_files"})
            self.whole(element, "max_files", at, 1, 10)
        elif kind in CHOICES:
            if self.shape(element, at, {"type", "options"}, shared | CHOICES[kind] | COMMON):
                self.options(element["options"], f"{at}/options", 10, ANY_TEXT)
            self.initial(element, at, element.get("options"))
        elif kind in SELECTS:
            self.select(element, kind, at)
        elif kind in PICKERS:
            self.picker(element, kind, at)
        else:
            self.typed(element, kind, at)
        self.text(element, "placeholder", at, 150)
        self.confirm(element, at)
        if element.get("focus_on_load"):
            self.focused += 1
            if self.focused > 1:
                self.wrong(f"{at}/focus_on_load", "only one element may be focused on load")

    def button(self, element: dict[str, Any], at: str) -> None:
        extra = {"action_id", "url", "value", "style", "confirm", "accessibility_label"}
        self.shape(element, at, {"type", "text"}, extra)
        self.text(element, "text", at, 75)
        self.string(element, "value", at, 2000, least=0)
        self.string(element, "url", at, 3000)
        self.string(element, "accessibility_label", at, 75)
        self.one_of(element, "style", at, ("primary", "danger"))

    def select(self, element: dict[str, Any], kind: str, at: str) -> None:
        self.shape(element, at, {"type"}, {"action_id", "placeholder"} | COMMON | SELECTS[kind])
        self.whole(element, "max_selected_items", at, 1, 100)
        if not kind.endswith("static_select"):
            return
        if ("options" in element) == ("option_groups" in element):
            self.wrong(at, "must provide exactly one of `options` or `option_groups`")
            return
        if "options" in element:
            self.options(element["options"], f"{at}/options", 100, PLAIN)
            self.initial(element, at, element["options"])
            return
        every: list[Any] = []
        for n, group in enumerate(self.items(element["option_groups"], f"{at}/option_groups", 100)):
            here = f"{at}/option_groups/{n}"
            if self.shape(group, here, {"label", "options"}, set()):
                self.text(group, "label", here, 75)
                self.options(group["options"], f"{here}/options", 100, PLAIN)
                every += group["options"] if isinstance(group["options"], list) else []
        self.initial(element, at, every)

    def picker(self, element: dict[str, Any], kind: str, at: str) -> None:
        words = set() if kind in NO_PLACEHOLDER else {"placeholder"}
        self.shape(element, at, {"type"}, {"action_id"} | COMMON | words | PICKERS[kind])
        clock = element.get("initial_time")
        if "initial_time" in element and not (isinstance(clock, str) and CLOCK.fullmatch(clock)):
            self.wrong(f"{at}/initial_time", "must be a valid time in the format HH:mm")
        day = element.get("initial_date")
        if "initial_date" in element and not (isinstance(day, str) and DAY.fullmatch(day)):
            self.wrong(f"{at}/initial_date", "must be a valid date in the format YYYY-MM-DD")
        if "initial_date_time" in element:
            self.whole(element, "initial_date_time", at, 1_000_000_000, 9_999_999_999)

    def typed(self, element: dict[str, Any], kind: str, at: str) -> None:
        required = {"type", "is_decimal_allowed"} if kind == "number_input" else {"type"}
        self.shape(element, at, required, {"action_id", "placeholder", "focus_on_load"} | TYPED[kind])
        if kind == "rich_text_input":
            return
        self.string(element, "initial_value", at, 3000, least=0)
        if kind == "number_input":
            for name in ("min_value", "max_value"):
                self.string(element, name, at, 100)
        if kind == "plain_text_input":
            self.flag(element, "multiline", at)
            self.whole(element, "min_length", at, 0, 3000)
            self.whole(element, "max_length", at, 1, 3000)
            first, most = element.get("initial_value"), element.get("max_length")
            if isinstance(first, str) and isinstance(most, int) and len(first) > most:
                self.wrong(f"{at}/initial_value", f"must be less than {most + 1} characters")

    def options(self, options: Any, at: str, most: int, kinds: Kinds, extra: Iterable[str] = ()) -> None:
        for n, option in enumerate(self.items(options, at, most)):
            here = f"{at}/{n}"
            if self.shape(option, here, {"text", "value"}, {"description", *extra}):
                self.text(option, "text", here, 75, kinds)
                self.string(option, "value", here, 150)
                self.text(option, "description", here, 75, kinds)
                self.string(option, "url", here, 3000)

    def initial(self, element: dict[str, Any], at: str, options: Any) -> None:
        options = [_bare(o) for o in options] if isinstance(options, list) else []
        if "initial_option" in element and _bare(element["initial_option"]) not in options:
            self.wrong(f"{at}/initial_option", "must be one of the provided options")
        if "initial_options" in element:
            for n, option in enumerate(self.items(element["initial_options"], f"{at}/initial_options", 100)):
                if _bare(option) not in options:
                    self.wrong(f"{at}/initial_options/{n}", "must be one of the provided options")

    def confirm(self, element: dict[str, Any], at: str) -> None:
        if "confirm" not in element:
            return
        at = f"{at}/confirm"
        confirm = element["confirm"]
        if self.shape(confirm, at, {"title", "text", "confirm", "deny"}, {"style"}):
            self.text(confirm, "title", at, 100)
            self.text(confirm, "text", at, 300, ANY_TEXT)
            self.text(confirm, "confirm", at, 30)
            self.text(confirm, "deny", at, 30)
            self.one_of(confirm, "style", at, ("primary", "danger"))

    def picture(self, thing: dict[str, Any], at: str) -> None:
        self.string(thing, "alt_text", at, 2000)
        if ("image_url" in thing) == ("slack_file" in thing):
            self.wrong(at, "must provide exactly one of `image_url` or `slack_file`")
        elif "image_url" in thing:
            self.string(thing, "image_url", at, 3000)
            address = urlparse(thing["image_url"] if isinstance(thing["image_url"], str) else "")
            if address.scheme not in ("http", "https"):
                self.wrong(f"{at}/image_url", "invalid url")
            elif address.hostname in ("localhost", "127.0.0.1", "::1"):  # Slack fetches it, from outside
                self.wrong(f"{at}/image_url", "downloading image failed")
        else:
            file = thing["slack_file"]
            if self.shape(file, f"{at}/slack_file", set(), {"id", "url"}):
                named = ("id" in file) != ("url" in file)
                if not named or ("id" in file and not self.usable(str(file["id"]))):
                    self.wrong(f"{at}/slack_file", "invalid slack file")


def _bare(thing: Any) -> Any:
    """An option without the defaults Slack fills in, to compare two of them."""
    if isinstance(thing, dict):
        return {k: _bare(v) for k, v in thing.items() if k not in ("emoji", "verbatim")}
    return thing


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
