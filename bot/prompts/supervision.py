"""The week's supervision prompt: something to think about together, with questions to ask."""

from __future__ import annotations

from datetime import date

from bot.chat.message import Button, Buttons, Heading, Message, Note, Text
from bot.prompts.library import Library
from bot.prompts.turn import of_the_week

NOT_A_RECORD = "Talk of work, never of one person by name. Notes of supervision belong where your trust keeps them."


def build(library: Library, on: date, later: int = 0) -> Message:
    """The prompt of that day's week, or one so many turns later. Raises `NothingFits` where none is in review."""
    item = of_the_week(library.supervision.values(), on, later)
    questions = "\n".join(f"• {question}" for question in item.ask)
    parts = (
        Heading(f"For supervision: {item.title}"),
        Text(item.text),
        Text(f"To ask:\n{questions}"),
        Buttons((Button("Another one", "supervision_other", str(later + 1), opens=True),)),
        Note(f"Consistent with: {item.source_names}. {NOT_A_RECORD}"),
    )
    return Message("supervision", f"For supervision: {item.title}. {item.text}", parts)
