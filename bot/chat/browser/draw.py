"""Draws pages: messages as cards, forms as forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment

from bot.chat.html import frame
from bot.chat.message import Button, Chart, Heading, Message
from bot.prompts.words import day_words
from bot.trends.xmr import MEANING_WORDS

TEMPLATES = Path(__file__).parent / "templates"
RADIOS_AT_MOST = 10
"""Options that are all shown at once; more are folded into a list."""
LINE_AT_MOST = 100
"""Characters for which one row is room enough."""


@dataclass(frozen=True)
class Card:
    """A message as a page shows it: what its buttons send, where its pictures are, when it came (ward-local)."""

    id: str
    message: Message
    sends: Mapping[Button, str]
    pictures: Mapping[Chart, str]
    at: datetime | None = None

    @property
    def first_heading(self) -> Heading | None:
        """What the card is called, if it says."""
        return next((part for part in self.message.parts if isinstance(part, Heading)), None)


@dataclass(frozen=True)
class View:
    """A page as it stands. `commands` are what can be done there, `board` has the open actions.

    `forward_from` is a sample ward's local time.
    """

    page: str
    title: str = "Ward page"
    sample: bool = False
    commands: tuple[tuple[str, str], ...] = ()
    board: Card | None = None
    cards: tuple[Card, ...] = ()
    more: bool = False
    forward_from: datetime | None = None
    away: bool = False

    @property
    def newest(self) -> str:
        """The newest card's id, if there is any."""
        return self.cards[0].id if self.cards else ""


def moment(at: datetime) -> str:
    """`Mon 23 Nov, 07:45`."""
    return f"{day_words(at.date())}, {at:%H:%M}"


def figure(value: float) -> str:
    """A value as people write it, with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def environment(base: str) -> Environment:
    """The templates, with every address under `base`."""
    templates = frame.environment(base, TEMPLATES)
    templates.globals.update(meanings=MEANING_WORDS, radios_at_most=RADIOS_AT_MOST, line_at_most=LINE_AT_MOST)
    templates.filters.update(moment=moment, figure=figure)
    return templates
