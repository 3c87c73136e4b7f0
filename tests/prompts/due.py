"""A ward in the store, and its prompts that are due."""

from __future__ import annotations

from datetime import date, datetime

from bot.handlers.ward_row import WardRow, save_row
from bot.schedule.planner import occurrence
from bot.store import ledger
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward
from tests.stage import LONDON


async def a_ward(session: Session, name: str = "Rowan") -> Ward:
    """A mental health ward with a page, whose leaders have one too."""
    values = {
        "name": name,
        "specialty": "mental_health",
        "front": "browser",
        "leaders_channel": "leaders",
        "nation": "ENG",
        "huddle_times": ("07:45",),
        "reminder_time": "11:00",
        "digest_day": "monday",
        "digest_time": "09:00",
    }
    return await save_row(session, WardRow.model_validate(values), None, "secret")


async def planned(session: Session, ward: Ward, kind: str, on: date, slot: str = "09:00") -> Occurrence:
    """A prompt of that ward, in the ledger."""
    due = datetime.combine(on, datetime.strptime(slot, "%H:%M").time(), LONDON)
    await ledger.write_occurrence(session, occurrence(ward, kind, slot, due))
    written = await ledger.occurrence_at(session, ward.key, kind, on, slot)
    assert written
    return written
