"""The kinds of prompt: who builds each, whom it is for, and until when it is worth sending."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.chat.front import Destination
from bot.chat.message import Message
from bot.prompts import (
    answer,
    debrief,
    digest,
    huddle,
    missed,
    notice,
    nudge,
    one_way,
    reminder,
    report_line,
    scenario,
)
from bot.prompts.supplies import Supplies
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

Builder = Callable[[Session, Supplies, Ward, Occurrence], Awaitable[Message]]
BuilderOfMany = Callable[[Session, Supplies, Sequence[tuple[Ward, Occurrence]]], Awaitable[Sequence[Message]]]


@dataclass(frozen=True)
class Prompt:
    """One kind. `good_for`: after this long since it was due it helps nobody, and expires instead.

    `to`: where it goes, `thread` being under the message that it follows, and `reporter` whoever gave a name with the
    report that is the occurrence's `item`. `elsewhere`: where managers may read it who can't be told one by one.
    `replaces`: the kind of prompt whose posted message, with the slot that is the `item`, it takes the place of.
    `together`: builds several at once, where that asks the database less than one after the other.
    """

    build: Builder
    good_for: timedelta
    to: Literal["ward", "thread", "one_way", "leaders", "managers", "reporter"] = "ward"
    elsewhere: Callable[[Ward, Occurrence], Sequence[Destination]] = lambda ward, occurrence: ()
    replaces: str = ""
    together: BuilderOfMany | None = None

    @property
    def is_in_its_ward(self) -> bool:
        """Whether it goes to the ward's own channel."""
        return self.to in ("ward", "thread")

    @property
    def stops_with_its_ward(self) -> bool:
        """Whether it waits, and may expire, while its ward is paused: as the ward's own do, and so their copies."""
        return self.is_in_its_ward or self.to == "one_way"


PROMPTS: Mapping[str, Prompt] = {
    "huddle": Prompt(huddle.build, timedelta(hours=2)),
    "reminder": Prompt(reminder.build, timedelta(hours=8)),
    "scenario": Prompt(scenario.build, timedelta(hours=8)),
    "digest": Prompt(digest.build, timedelta(days=2), together=digest.build_together),
    "reminder_copy": Prompt(one_way.build_reminder, timedelta(hours=8), to="one_way"),
    "digest_copy": Prompt(one_way.build_digest, timedelta(days=2), to="one_way"),
    "leaders_digest": Prompt(digest.build_for_leaders, timedelta(days=2), to="leaders"),
    "report_line": Prompt(report_line.build, timedelta(days=2)),
    "report_line_again": Prompt(report_line.build_again, timedelta(days=14), replaces="report_line"),
    "answer_notice": Prompt(answer.build, timedelta(days=14), to="reporter"),
    debrief.KIND: Prompt(debrief.build, timedelta(days=2)),
    debrief.AGAIN: Prompt(debrief.build_again, timedelta(days=2)),
    "nudge": Prompt(nudge.build, timedelta(hours=1), to="thread"),
    "snooze": Prompt(nudge.build_again, timedelta(hours=2), to="thread"),
    "missed": Prompt(missed.build, timedelta(days=1), to="managers", elsewhere=missed.elsewhere),
    "pause_notice": Prompt(notice.build, timedelta(days=1), to="managers", elsewhere=notice.elsewhere),
}
