"""Notes on a ward's charts, and where limits start anew: who may write them, and what may be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.chat.message import seen_of
from bot.chat.router import Problem
from bot.handlers.desk import Desk
from bot.handlers.mark import LONGEST, add, must_be_theirs
from bot.handlers.roles import Viewer
from bot.measures import weekly
from bot.measures.catalogue import MEASURES
from bot.store.database import Session
from bot.store.tables import Mark, Ward
from bot.web.dashboard.choice import last_day

NO_TEXT = "Please say what changed."
TOO_LONG = f"Please keep it to {LONGEST} characters; this is {{length}}."
NO_DAY = "Please give the day."
NOT_YET = "That day has not come yet. A note stands at a day when something changed."
TOO_EARLY = "Please choose a day from {first} on: this ward's charts begin there."
NOT_OFFERED = "Please choose from the list."
NOT_YOURS = "Only a manager of this ward can have limits start anew. Nothing was kept."
ALREADY = "The charts say so at that day already."


@dataclass(frozen=True)
class Draft:
    """A note as somebody typed it."""

    day: str = ""
    text: str = ""
    rebases: tuple[str, ...] = ()


async def keep(session: Session, desk: Desk, viewer: Viewer, ward: Ward, draft: Draft) -> dict[str, str]:
    """Keep a note that may be kept; else what is wrong with it, by field."""
    text = seen_of(draft.text)
    day, errors = await _checked(session, desk, ward, draft.day, text)
    if not set(draft.rebases) <= set(MEASURES):
        errors["rebases"] = NOT_OFFERED
    elif draft.rebases and not viewer.may_manage(ward):
        errors["rebases"] = NOT_YOURS
    if errors or day is None:
        return errors
    try:
        kept = await add(
            session, ward, desk.now_at(ward).date(), day, text, viewer.person, dict.fromkeys(draft.rebases)
        )
    except Problem as full:
        return {"day": full.words}
    return {} if kept else {"text": ALREADY}


async def _checked(
    session: Session, desk: Desk, ward: Ward, typed: str, text: str
) -> tuple[date | None, dict[str, str]]:
    from bot.privacy.identifiers import refusal  # its tables are needed by free text, not by every page

    errors: dict[str, str] = {}
    if not text:
        errors["text"] = NO_TEXT
    elif len(text) > LONGEST:
        errors["text"] = TOO_LONG.format(length=len(text))
    elif found := refusal(text):
        errors["text"] = found
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None, errors | {"day": NO_DAY}
    today = desk.now_at(ward).date()
    if day > today:
        errors["day"] = NOT_YET
    elif day < (first := await first_day(session, desk, ward)):
        errors["day"] = TOO_EARLY.format(first=f"{first.day} {first:%B} {first.year}")
    return day, errors


async def first_day(session: Session, desk: Desk, ward: Ward) -> date:
    """The first day of a ward's charts; today where they have not begun."""
    loaded = await weekly.load(session, [ward.key], last_day(desk, [ward]))
    starts = (series.starts[0] for series in loaded[ward.key].values() if series.starts)
    return min(starts, default=desk.now_at(ward).date())


def may_remove(viewer: Viewer, ward: Ward, mark: Mark) -> bool:
    """Whether somebody may take a note back."""
    try:
        must_be_theirs(ward, mark, viewer.person)
    except Problem:
        return False
    return True
