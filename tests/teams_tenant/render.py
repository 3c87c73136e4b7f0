"""What a person reads: an Adaptive Card as plain text, and what Teams would take for Markdown in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
import re
from typing import Any

from . import forms

Part = dict[str, Any]

CHILDREN = ("body", "items", "columns", "rows", "cells", "images", "actions")
ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
MARKDOWN = re.compile(
    r"\*\S.*?\*|(?<!\w)_\S.*?_(?!\w)"  # emphasis
    r"|\[[^\]]*\]\([^)]*\)"  # a link, or a picture
    r"|^\s*(?:[-+*]|\d+[.)])\s|^\s*#"  # a list, a heading
    r"|\{\{(?:DATE|TIME)\(",  # not Markdown, but replaced all the same
    re.MULTILINE,
)


def interpreted(text: str) -> bool:
    """Whether Teams would read markup in this text of a TextBlock or a Fact (it never does in a TextRun)."""
    return MARKDOWN.search(ESCAPE.sub("x", text)) is not None


def plain(text: str) -> str:
    """A TextBlock's text as it is read, the backslashes before punctuation gone."""
    return ESCAPE.sub(r"\1", text)


def parts(card: Part | None, opened: Collection[str] = ()) -> Iterator[Part]:
    """Every element and action to be seen, in reading order; `opened` are the ShowCards that were pressed."""
    if card is None or card.get("isVisible") is False:
        return
    yield card
    for name in CHILDREN:
        for child in card.get(name, []):
            if isinstance(child, dict) and "type" in child:
                yield from parts(child, opened)
    if card["type"] == "Action.ShowCard" and card["title"] in opened:
        yield from parts(card["card"], opened)


def visible(card: Part | None, opened: Collection[str] = (), values: Mapping[str, str] | None = None) -> str:
    """The words a person reads in this card; `values` is what they have put into its inputs."""
    return "\n".join(line for line in _lines(card, opened, values or {}) if line) if card else ""


def words_of(part: Part) -> str:
    """The words of one TextBlock or RichTextBlock."""
    if part["type"] == "RichTextBlock":
        return "".join(run["text"] for run in part["inlines"])
    return plain(part["text"])


def _lines(part: Part, opened: Collection[str], values: Mapping[str, str]) -> Iterator[str]:
    if part.get("isVisible") is False:
        return
    kind = part["type"]
    if kind in ("TextBlock", "RichTextBlock"):
        yield words_of(part)
    elif kind == "Image":
        yield f"[image: {part['altText']}]"
    elif kind == "FactSet":
        yield from (f"{plain(fact['title'])} {plain(fact['value'])}" for fact in part["facts"])
    elif kind == "TableRow":
        yield " | ".join(" ".join(_lines(cell, opened, values)) for cell in part["cells"])
    elif kind.startswith("Chart."):
        yield from _chart(part)
    elif kind.startswith("Input."):
        yield from forms.lines(part, values)
    else:
        for name in CHILDREN:
            children = [child for child in part.get(name, []) if "type" in child]
            if name != "actions":
                for child in children:
                    yield from _lines(child, opened, values)
                continue
            if children:
                yield "  ".join(f"[{action['title']}]" for action in children)
            for action in children:
                if action["type"] == "Action.ShowCard" and action["title"] in opened:
                    yield from _lines(action["card"], opened, values)


def _chart(chart: Part) -> Iterator[str]:
    """A chart's points; its title is left out, for the client did not show it."""
    for series in chart["data"]:
        points = series.get("values", [series])
        yield f"{series.get('legend', '')}: ".lstrip(": ") + ", ".join(f"{p.get('x')} {p.get('y')}" for p in points)
