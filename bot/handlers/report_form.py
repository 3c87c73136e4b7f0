"""The form of a near miss or a success, new or to be corrected; and which ward a report is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.chat.front import Person, typed
from bot.chat.message import Form, FormField, Line, Note, OneOf, Option, SomeOf, Text, YesNo
from bot.chat.router import Command, Problem, Tap
from bot.handlers.desk import Desk, ward_from
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Report, Ward

KINDS = {"near_miss": "Near miss", "success": "Success"}
HELP_NOW = "Need help now? Use your alarm or call as your ward does: nobody watches this."
NOT_THE_RECORD = (
    "Not the formal record: if harm came or could have come, record it in your incident system too. "
    "For urgent help use your alarm or call as your ward does: nobody watches this."
)
ANONYMOUS = "No trace of who sent this is kept. If you untick it, who you are is kept with the report."
ALWAYS_ANONYMOUS = "No trace of who sent this is kept: a browser page knows nobody."
NAMELESS = "browser"
"""The front that knows nobody whom a manager could answer: a report from there is always anonymous."""
AS_IT_WAS = "What you send takes the place of what was there. Who sent it stays as it was, and so does who reads it."
LINE_LENGTH = 280
TYPE_IN_CHANNEL = "There are too many wards to list here: please type {report} in your ward's own channel."
NO_WARD_YET = "No ward is set up here yet. In a ward's channel, type {setup}."
WARDS_LISTED = 100
"""A pick list takes no more."""
SHIFT_ENDS = (("night", 7), ("morning", 13), ("afternoon", 17), ("evening", 21), ("night", 24))
"""Shift bands and the local hour that each ends at, as their labels say."""


async def ward_at_a_glance(event: Command | Tap, desk: Desk) -> Ward | None:
    """The ward in whose channel somebody asks for a form, looked up as quickly as can be."""
    async with desk.store.glance() as connection:
        return await wards.glance_at(connection, event.place)


async def ward_asked(desk: Desk, person: Person, context: Mapping[str, str]) -> tuple[Ward, OneOf | None]:
    """The ward in `context`; where that is empty, the likeliest, and the field that asks which it is.

    Raises `Problem` where there is none to choose.
    """
    async with desk.store() as session:
        if context["ward"]:
            return await ward_from(session, context), None
        own = await wards.wards_of(session, desk.person_key(person))
        here = await _wards_here(session, person)
    choice = here if len(here) <= WARDS_LISTED else own
    if not choice:
        words = TYPE_IN_CHANNEL if here else NO_WARD_YET
        setup, report = typed("huddle setup", person.front), typed("report", person.front)
        raise Problem(words.format(setup=setup, report=report))
    first = next((one for one in own if one in choice), choice[0])
    ask = OneOf(
        "ward",
        "Ward",
        tuple(Option(str(one.key), one.name) for one in choice),
        initial=str(first.key) if own or len(choice) == 1 else None,
    )
    return first, ask


async def _wards_here(session: Session, person: Person) -> list[Ward]:
    return [
        ward
        for ward in await wards.every_ward(session)
        if ward.front == person.front and ward.place.get("workspace", "") == person.workspace
    ]


def questions(kind: str, desk: Desk, person: Person, ward: Ward, ask_ward: OneOf | None = None) -> Form:
    """At most six taps: only what differs from report to report is left to choose."""
    blank = {"shift_band": shift_band(desk.now_at(ward)), "recorded": "not_yet"}
    fields: list[FormField | Text | Note] = [
        Text(HELP_NOW),
        *([ask_ward] if ask_ward else []),
        *_asked(kind, desk, blank),
        Text(ALWAYS_ANONYMOUS)
        if person.front == NAMELESS
        else YesNo("anonymous", "Keep me anonymous", ANONYMOUS, initial=True),
        YesNo("share", "Share with the ward's channel", "Without your name, at a random time in the next hour."),
        Note(NOT_THE_RECORD),
    ]
    return Form(kind, KINDS[kind], "Send", tuple(fields), {"ward": "" if ask_ward else str(ward.key)})


def correction(desk: Desk, report: Report, context: Mapping[str, str]) -> Form:
    """The form again, with what was reported filled in.

    `context`: `ward`, and `receipt`: what is kept of the code that allows it.
    """
    parts = (Text(AS_IT_WAS), *_asked(report.kind, desk, report.model_dump()), Note(NOT_THE_RECORD))
    return Form(report.kind, KINDS[report.kind], "Correct", parts, context)


def _asked(kind: str, desk: Desk, before: Mapping[str, object]) -> list[FormField]:
    """What is asked about what happened, with what was answered `before`, where it can still be chosen."""
    lists = desk.library.pick_lists
    near_miss = kind == "near_miss"
    fields: list[FormField] = [
        OneOf("kind", "This was a", tuple(Option(*one) for one in KINDS.items()), initial=kind),
        one_of("shift_band", "Roughly when?", lists.shift_band, before),
        one_of("area", "Roughly where?", lists.area, before),
        some_of("building", "What was building?", lists.building, before, required=near_miss),
        some_of("helped", "What helped?", lists.helped, before, required=not near_miss),
        one_of("level", "How did it settle?", lists.level, before),
    ]
    if near_miss:
        fields.append(one_of("recorded", "Is it in the formal record?", lists.recorded, before))
    line = str(before.get("line", ""))
    hint = "No names, no details of a person."
    fields.append(Line("line", "Anything else, in one line", hint, max_length=LINE_LENGTH, initial=line))
    return fields


def one_of(name: str, label: str, options: tuple[Option, ...], before: Mapping[str, object]) -> OneOf:
    """Choose one, with what was chosen before where it is still offered."""
    return OneOf(
        name, label, options, initial=next((one.value for one in options if one.value == before.get(name)), None)
    )


def some_of(
    name: str, label: str, options: tuple[Option, ...], before: Mapping[str, object], *, required: bool
) -> SomeOf:
    """Choose some, with what was chosen before where it is still offered."""
    chosen = before.get(name, [])
    assert isinstance(chosen, list)
    initial = tuple(one.value for one in options if one.value in chosen)
    return SomeOf(name, label, options, required=required, initial=initial)


def shift_band(now: datetime) -> str:
    """The shift band of an hour ago by these local clocks: people report what has just been."""
    hour = (now - timedelta(hours=1)).hour
    return next(band for band, end in SHIFT_ENDS if hour < end)
