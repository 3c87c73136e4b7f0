"""What a person reads: blocks as plain text, and the mentions and links that Slack would make of them."""

from __future__ import annotations

from dataclasses import dataclass, field
import re
from typing import Any

SPECIAL = re.compile(r"<([@#!][^<>\s|]+|(?:https?|mailto|tel):[^<>|]+)(?:\|([^<>]*))?>")
BARE_LINK = re.compile(r"https?://[^\s<>|]+")
MARKS = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^\n]+?)(?<=\S)\1(?![\w*_~`])")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass
class Seen:
    """A text as it is read, what it mentions (`<!channel>`, `<@U..>`, `<http..>`) and its bare links."""

    lines: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(line for line in self.lines if line)

    def mrkdwn(self, text: str, verbatim: bool = False) -> str:
        """mrkdwn as Slack shows it; entities are decoded last, so an escaped mention stays words."""

        def special(found: re.Match[str]) -> str:
            self.mentions.append(found.group(0))
            target, label = found.group(1), found.group(2)
            return label or (f"@{target[1:]}" if target[0] == "!" else target)

        text = SPECIAL.sub(special, text)
        if not verbatim:
            self.links += [link for link in BARE_LINK.findall(text) if link not in str(self.mentions)]
        while True:
            plainer = MARKS.sub(r"\2", text)
            if plainer == text:
                break
            text = plainer
        for entity, sign in ENTITIES:
            text = text.replace(entity, sign)
        return text

    def words(self, text: Any) -> str:
        """A text object as it is read."""
        if not isinstance(text, dict):
            return ""
        if text.get("type") == "mrkdwn":
            return self.mrkdwn(str(text.get("text", "")), bool(text.get("verbatim")))
        return str(text.get("text", ""))

    def option(self, option: dict[str, Any]) -> str:
        words = self.words(option.get("text"))
        return f"{words} - {self.words(option['description'])}" if option.get("description") else words

    def element(self, element: dict[str, Any]) -> str:
        kind = element.get("type", "")
        if kind in ("plain_text", "mrkdwn"):
            return self.words(element)
        if kind == "image":
            return f"[image: {element.get('alt_text', '')}]"
        if kind in ("button", "workflow_button"):
            return f"[{self.words(element.get('text'))}]"
        groups = element.get("option_groups") or [{"options": element.get("options", [])}]
        options = [self.option(option) for group in groups for option in group.get("options", [])]
        words = self.words(element.get("placeholder"))
        firsts = [str(element.get(f"initial_{name}", "")) for name in ("value", "time", "date")]
        listed = f"[{' | '.join(options)}]" if options else ""
        return " ".join(part for part in (words, listed, *firsts) if part)

    def rich(self, element: Any) -> str:
        if isinstance(element, list):
            return "".join(self.rich(each) for each in element)
        if not isinstance(element, dict):
            return ""
        kind = element.get("type", "")
        if kind in ("user", "usergroup", "channel", "broadcast"):
            target = next(
                (str(element[k]) for k in ("user_id", "usergroup_id", "channel_id", "range") if k in element),
                "",
            )
            self.mentions.append(f"<{kind}:{target}>")
            return f"@{target}"
        if kind == "link":
            self.mentions.append(f"<{element.get('url')}>")
            return str(element.get("text") or element.get("url"))
        if kind == "emoji":
            return f":{element.get('name')}:"
        if "text" in element:
            return str(element["text"])
        inside = self.rich(element.get("elements", []))
        return inside + "\n" if kind.startswith("rich_text_") else inside

    def cell(self, cell: Any) -> str:
        if not isinstance(cell, dict):
            return str(cell)
        return str(cell.get("text", cell.get("value", ""))) or self.rich(cell).strip()

    def block(self, block: dict[str, Any]) -> None:
        kind = block.get("type")
        if kind == "rich_text":
            self.lines.append(self.rich(block.get("elements", [])).strip())
        elif kind == "markdown":
            self.lines.append(str(block.get("text", "")))
        elif kind in ("table", "data_table"):
            self.lines += [" | ".join(self.cell(cell) for cell in row) for row in block.get("rows", [])]
        elif kind == "data_visualization":
            chart = block.get("chart", {})
            self.lines.append(str(block.get("title", "")))
            for line in chart.get("series", [{"name": "", "data": chart.get("segments", [])}]):
                points = ", ".join(f"{p.get('label')} {p.get('value')}" for p in line.get("data", []))
                self.lines.append(f"{line.get('name', '')}: {points}".lstrip(": "))
        elif kind == "image":
            self.lines += [self.words(block.get("title")), f"[image: {block.get('alt_text', '')}]"]
        elif kind == "input":
            self.lines.append(self.words(block.get("label")))
            self.lines.append(self.element(block.get("element", {})))
            self.lines.append(self.words(block.get("hint")))
        else:
            for name in ("title", "text", "subtitle", "body"):
                self.lines.append(self.words(block.get(name)))
            self.lines += [self.words(text) for text in block.get("fields", [])]
            if block.get("accessory"):
                self.lines.append(self.element(block["accessory"]))
            elements = block.get("elements", []) + block.get("actions", [])
            self.lines.append("  ".join(self.element(each) for each in elements))
            for child in block.get("child_blocks", []):
                self.block(child)


def look(blocks: list[dict[str, Any]], text: str = "") -> Seen:
    """Blocks as a person sees them; without blocks, the text."""
    seen = Seen()
    for block in blocks:
        seen.block(block)
    if not blocks:
        seen.lines.append(seen.mrkdwn(text))
    return seen


def visible_text(blocks: list[dict[str, Any]], text: str = "") -> str:
    """The words a person reads in these blocks."""
    return look(blocks, text).text
