"""A note on a ward's charts (“sensory room opened”): anybody of the ward's channel may write it, for it is the team's.

Only a manager may have limits start anew there (on the dashboard), since that changes what counts as a real change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
import re

from bot.chat.front import Person
from bot.chat.message import Button, Buttons, Form, Line, Message, Note, Text, read
from bot.chat.router import Command, Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers.desk import Desk, DeskRouter, reply, ward_from, ward_here
from bot.measures import weekly
from bot.prompts.words import day_words
from bot.store import marks, wards
from bot.store.database import Session
from bot.store.tables import Mark, Ward

LONGEST = 80
"""Characters of a note: more would cover the chart."""
MOST_A_DAY = 5
"""Notes that a ward may make at one day."""
MOST = 60
"""Notes of a ward in the weeks of its charts: with more, nobody could read its page, and a chart not be sent."""
ID = re.compile("[0-9]{1,9}")
"""A note's id, as its button holds it: no longer than a database can look for."""
QUOTES = '"“”'
EXAMPLE = "Like: sensory room opened. It stands at today's date on the ward's charts. No names, no details of a person."
REFUSED = "Nothing was kept. Please take out {found}, which could point to a patient, and send it again without."
ENOUGH = f"There are {MOST_A_DAY} notes at that day already, so this one was not kept."
FULL = (
    f"This ward's charts have {MOST} notes already, as many as can still be read, so this one was not kept. "
    "If one of them no longer helps, whoever wrote it, or a manager, can remove it on the ward's page of the dashboard."
)
KEPT = "From {day} on, this ward's charts say: {text}."
ALREADY = "This ward's charts say so at {day} already: {text}."
READERS = "Whoever sees the ward's dashboard reads it. It says when something changed, and changes no figure."
NOT_OF_IT = "Only people of this ward's own organisation write on its charts, so this note was not kept."
GONE = "This note was taken back already."
NOT_YOURS = "Only whoever wrote this note, or a manager of its ward, can take it back."
DECIDED = "Limits start anew at this note, so only a manager of its ward can take it back."


def register(router: DeskRouter) -> None:
    """The form of `/huddle mark`, and taking a note back."""
    router.on_form("mark", form, keep)
    router.on_tap("mark_undo", undo)


async def mark(event: Command, desk: Desk) -> Outcomes:
    """Keep the note that was typed; without one, ask for it."""
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        await desk.remember(session, event.person, ward)
    asked = await form(desk, event.person, {"ward": str(ward.key)})
    _, _, words = event.text.strip().partition(" ")
    words = words.strip().strip(QUOTES).strip()
    if not words:
        return (Open(asked),)
    from bot.privacy.identifiers import pointed_out  # its tables are needed by free text, not by every command

    answers, errors = read(asked, {"text": words})
    if errors:
        raise Problem(f"{errors['text']} Nothing was kept.")
    text = str(answers["text"])
    if found := pointed_out(text):
        raise Problem(REFUSED.format(found=found))
    return await _keep(desk, ward, event.person, text)


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """One line. `context`: `ward`."""
    return Form(
        "mark", "A note on the charts", "Note it", (Line("text", "What changed?", EXAMPLE, True, LONGEST),), context
    )


async def keep(event: Submit, desk: Desk) -> Outcomes:
    """Keep what was written into the form, which has checked it."""
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
    return await _keep(desk, ward, event.person, str(event.answers["text"]))


async def _keep(desk: Desk, ward: Ward, person: Person, text: str) -> Outcomes:
    if not wards.is_of(ward, person):
        raise Problem(NOT_OF_IT)
    today = desk.now_at(ward).date()
    day = day_words(today)
    async with desk.store() as session:
        kept = await add(session, ward, today, today, text, person)
    if kept is None:
        return (reply("mark_already", ALREADY.format(day=day, text=text)),)
    words = KEPT.format(day=day, text=text)
    undo = Buttons((Button("Take it back", "mark_undo", str(kept.id), about=text),))
    return (Reply(Message("mark_kept", words, (Text(words), undo, Note(READERS)))),)


async def add(
    session: Session, ward: Ward, today: date, day: date, text: str, person: Person, rebases: Iterable[str] = ()
) -> Mark | None:
    """Keep a note as long as there is room for it; None if it is there already. Raises `Problem`."""
    await wards.lock_ward(session, ward.key)
    first = weekly.last_sunday(today) - timedelta(weeks=weekly.LONGEST)
    noted = await marks.of_wards(session, [ward.key], first)
    there = {one.text for one in noted if one.day == day}
    if text not in there:
        if len(there) >= MOST_A_DAY:
            raise Problem(ENOUGH)
        if len(noted) >= MOST:
            raise Problem(FULL)
    return await marks.add(session, ward.key, day, text, author(person), rebases)


async def undo(tap: Tap, desk: Desk) -> Outcomes:
    """Take a note back: whoever wrote it may, and a manager."""
    async with desk.store() as session:
        found = await marks.mark_by_id(session, int(tap.value)) if ID.fullmatch(tap.value) else None
        if found is None:
            raise Problem(GONE)
        ward = await ward_from(session, {"ward": str(found.ward_id)})
        must_be_theirs(ward, found, tap.person)
        await marks.remove(session, found)
    return (reply("mark_undone", f"Taken back: {found.text}. The ward's charts do not say it any more."),)


def must_be_theirs(ward: Ward, found: Mark, person: Person) -> None:
    """Raises `Problem` unless this person may take the note back."""
    if wards.manages(ward, person):
        return
    if found.rebases:
        raise Problem(DECIDED)
    if not (wards.is_of(ward, person) and found.by == author(person)):
        raise Problem(NOT_YOURS)


def author(person: Person) -> str:
    """Who wrote a note, as it is kept with it."""
    return f"{person.front}:{person.id}"
