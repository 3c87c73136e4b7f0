"""The scenes to think through: which one a ward gets, how it reads, and what each choice may lead to.

Scenes come back after about 1, 3, 8 and 16 weeks, sooner where the answers were mostly not safe: spaced learning lasts
longer than massed (SMD 0.32, 95% CI 0.13 to 0.51; JMIR 2024, e57760).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from bot.chat.message import Button, Buttons, Facts, Heading, Message, Note, Text
from bot.prompts.library import Choice, Library, NothingFits, Scenario
from bot.prompts.supplies import Supplies
from bot.store import reminders, scenarios
from bot.store.database import Session
from bot.store.scenarios import Showing
from bot.store.tables import Occurrence, Ward

RETURNS = (timedelta(weeks=1), timedelta(weeks=3), timedelta(weeks=8), timedelta(weeks=16))
"""After how long a scene comes back: the first time, the second ... and then always the last."""
IN_A_ROW = 6
"""Scenes that come back before a new one comes in any case: else one that is always missed would take every week."""
LETTERS = "ABCD"
TITLE = "A scene to think through"
IN_BRACKETS = "In brackets: what it is consistent with. Only how many chose what is kept. Not accredited training."
PRIVATE = "Your choice is yours alone: only how many chose what is kept. A made-up scene, and not accredited training."


@dataclass(frozen=True)
class Chosen:
    """A scene, and why it was this one's turn."""

    item: Scenario
    why: tuple[str, ...]


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The scene of an occurrence: the one it has, or the next for this ward, which it then keeps."""
    item = supplies.library.scenarios.get(occurrence.item or "")
    if item is None:
        item = (await chosen(session, supplies.library, ward, occurrence)).item
        occurrence.item = item.id
        await reminders.set_item(session, occurrence.key, item.id)
    return message(item, str(occurrence.key))


async def chosen(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Chosen:
    """The next scene for this ward, and why it is that one. Raises `NothingFits` where nothing does."""
    fitting = library.scenarios_for(ward.specialty, occurrence.local_date)
    return choose(fitting, await scenarios.showings(session, ward.key), ward.name, occurrence.local_date)


def choose(fitting: Sequence[Scenario], had: Sequence[Showing], ward: str, on: date) -> Chosen:
    """The scene that is most overdue to come back; else one that the ward has not had; else the next to come back.

    One that has come back all four times waits while there are new ones, and after `IN_A_ROW` that came back a new one
    comes in any case: so in the end all come. None comes twice in a week while another fits. `had` is oldest first.
    Raises `NothingFits` where nothing does.
    """
    if not fitting:
        raise NothingFits("No scene in the library fits this ward.")
    showings = {item.id: [one for one in had if one.item == item.id] for item in fitting}
    due = {item: next_return(shown) for item, shown in showings.items()}
    back = sorted((day, item) for item, day in due.items() if day)
    new = sorted((item for item, day in due.items() if day is None), key=lambda item: _own_order(ward, item))
    overdue = [(day, item) for day, item in back if day <= on and not (new and _all_the_way(showings[item]))]
    by_id = {item.id: item for item in fitting}
    if new and (not overdue or _only_returns(had)):
        return Chosen(by_id[new[0]], ("The ward has not had it yet.",))
    if overdue:
        return Chosen(by_id[overdue[0][1]], (f"It was due to come back on {overdue[0][0]}.",))
    day, item = next((one for one in back if showings[one[1]][-1].on + RETURNS[0] <= on), back[0])
    return Chosen(by_id[item], (f"All have been had; it is the next to come back, on {day}.",))


def _all_the_way(had: Sequence[Showing]) -> bool:
    """Whether a scene that was shown then has come back after each of the spacings since it was last missed."""
    if len(had) < 2 or had[-1].unsafe > had[-1].safe:
        return False
    return next_return(had[:-1]) == had[-2].on + RETURNS[-1]


def _only_returns(had: Sequence[Showing]) -> bool:
    """Whether none of the ward's latest scenes was new to it."""
    return {one.item for one in had[-IN_A_ROW:]} <= {one.item for one in had[:-IN_A_ROW]}


def next_return(had: Sequence[Showing]) -> date | None:
    """When a scene comes back that was shown then (oldest first); None where it was never shown.

    Each showing moves it a step on; one whose answers were mostly not safe, back to the first.
    """
    if not had:
        return None
    step = 0
    for number, showing in enumerate(had):
        if showing.unsafe > showing.safe:
            step = 0
        elif number:
            step = min(step + 1, len(RETURNS) - 1)
    return had[-1].on + RETURNS[step]


def _own_order(ward: str, item: str) -> str:
    return sha256(f"{ward}/{item}".encode()).hexdigest()


def message(item: Scenario, about: str) -> Message:
    """A scene with its choices; `about` is the occurrence it came with."""
    lettered = list(zip(LETTERS, item.choices, strict=False))
    buttons = (
        Button(f"Choose {letter}", "scenario_choice", f"{about}:{choice_key(choice)}", opens=True, about=choice.text)
        for letter, choice in lettered
    )
    return Message(
        "scenario",
        f"{TITLE}: {item.scene}",
        (
            Heading(TITLE),
            Text(item.scene),
            Text("What would you do first?"),
            Facts(tuple((letter, choice.text) for letter, choice in lettered)),
            Buttons(tuple(buttons)),
            Note(PRIVATE),
        ),
    )


def choice_key(choice: Choice) -> str:
    """What a button says of a choice: of its words, so that it means no other once the scene has been rewritten."""
    return sha256(choice.text.encode()).hexdigest()[:12]


def feedback(item: Scenario, choice: int) -> Message:
    """What may follow from a choice, and from the others: said to the person alone."""
    mine = item.choices[choice]
    others = tuple(
        (one.text, f"{one.feedback} ({one.source_names})") for n, one in enumerate(item.choices) if n != choice
    )
    return Message(
        "scenario_feedback",
        f"You chose: {mine.text}. {mine.feedback}",
        (
            Heading(f"You chose: {mine.text}"),
            Text(mine.feedback),
            Note(f"Consistent with: {mine.source_names}."),
            Text("And the others:"),
            Facts(others),
            Note(IN_BRACKETS),
        ),
    )
