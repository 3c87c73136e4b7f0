"""The actions that huddles decided, while they are open; and what is said when one is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.chat.message import Button, Buttons, Heading, Message, Option, Part, Text
from bot.prompts.words import day_words
from bot.store import huddles
from bot.store.database import Session
from bot.store.tables import Action, Occurrence, Ward

REASONS = (
    Option("not_needed", "It is not needed any more"),
    Option("other_way", "It was done another way"),
    Option("cannot_here", "It cannot be done here"),
    Option("passed_on", "It was passed on elsewhere"),
)
"""Why an action is dropped: the value is stored."""
SHOWN = 3
SHOWN_ON_BOARD = 10
_CLOSED: Mapping[str | None, str] = {one.value: one.label[0].lower() + one.label[1:] for one in REASONS}


def line(action: Action) -> str:
    """What, who and since when."""
    return f"{action.text} ({action.owner_role}, {day_words(action.opened_on)})"


def done_by(action: Action) -> str:
    """Who did it, where they wanted it known."""
    return f", done by {action.reason}" if action.outcome == "done" and action.reason else ""


def open_parts(occurrence: str, still_open: Sequence[Action], lead: str, most: int = SHOWN) -> Iterator[Part]:
    """The actions still open, oldest first, each with its buttons.

    `occurrence`: the id of the one whose message shows them, empty in a message of its own.
    """
    if still_open:
        yield Text(lead)
    for action in still_open[:most]:
        about = f"{occurrence}:{action.id}"
        yield Text(f"• {line(action)}")
        yield Buttons(
            (
                Button("Done", "action_done", about, about=action.text),
                Button("Not needed", "action_dropped", about, opens=True, about=action.text),
            )
        )
    if len(still_open) > most:
        yield Text(f"And {len(still_open) - most} more, shown as these are closed.")


async def board(session: Session, ward: Ward, today: date) -> Message | None:
    """The ward's open actions, for a place where they are always in sight; None where there are none."""
    still_open = await huddles.open_actions(session, ward.key, today)
    if not still_open:
        return None
    lead = "From the huddles of the last week:"
    summary = f"Open actions: {'; '.join(map(line, still_open))}"
    parts = (Heading("Open actions"), *open_parts("", still_open, lead, SHOWN_ON_BOARD))
    return Message("open_actions", summary, parts)


def why_not_needed(occurrence: Occurrence | None, action: Action) -> Message:
    """The reasons for which an action may be dropped, one tap each."""
    words = f"Why is it not needed? {action.text}"
    buttons = [
        Button(reason.label, "action_drop", f"{_about(occurrence, action)}:{reason.value}", about=action.text)
        for reason in REASONS
    ]
    return Message("action_drop", words, (Text(words), Buttons(tuple(buttons))))


def closed(occurrence: Occurrence | None, action: Action, *, already: bool = False) -> Message:
    """What the person is told who closed an action, or found it closed `already`; with the way back."""
    how = f": {_CLOSED.get(action.reason, 'no longer needed')}" if action.outcome == "dropped" else ""
    if already and action.closed_on:
        done = "done" if action.outcome == "done" else "closed"
        words = f"Somebody had seen to this already: {done} on {day_words(action.closed_on)}{how}{done_by(action)}"
    else:
        words = "Done, thank you" if action.outcome == "done" else f"Closed, thank you{how}"
    words = f"{words}. {action.text}"
    buttons = [Button("Undo", "action_reopen", _about(occurrence, action), about=action.text)]
    if action.outcome == "done" and not already:
        about = _about(occurrence, action)
        buttons.append(Button("Say who did it", "action_done_by", about, opens=True, about=action.text))
    return Message("action_closed", words, (Text(words), Buttons(tuple(buttons))))


def _about(occurrence: Occurrence | None, action: Action) -> str:
    return f"{occurrence.key if occurrence else ''}:{action.id}"
