"""The kinds of prompt: who builds each, whom it is for, and until when it is worth sending."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.chat.message import Message
from bot.prompts import digest, huddle, notice, reminder, report_line
from bot.prompts.library import Library
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

Builder = Callable[[Session, Library, Ward, Occurrence], Awaitable[Message]]


@dataclass(frozen=True)
class Prompt:
    """One kind. `good_for`: after this long since it was due it helps nobody, and expires instead."""

    build: Builder
    good_for: timedelta
    to: Literal["ward", "leaders", "managers"] = "ward"


PROMPTS: Mapping[str, Prompt] = {
    "huddle": Prompt(huddle.build, timedelta(hours=2)),
    "reminder": Prompt(reminder.build, timedelta(hours=8)),
    "digest": Prompt(digest.build, timedelta(days=2)),
    "leaders_digest": Prompt(digest.build_for_leaders, timedelta(days=2), to="leaders"),
    "report_line": Prompt(report_line.build, timedelta(days=2)),
    "pause_notice": Prompt(notice.build, timedelta(days=1), to="managers"),
}
