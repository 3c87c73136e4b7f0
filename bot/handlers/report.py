"""Near misses and successes: a short form, saved first, and something useful back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
import secrets
from uuid import uuid4

from bot.chat.front import Person, typed
from bot.chat.message import Answers, Form, FormField, Line, Message, Note, OneOf, Option, Part, SomeOf, Text, YesNo
from bot.chat.router import Command, Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers.desk import Desk, DeskRouter, reply, ward_from
from bot.prompts.words import commonest, count, listed
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import ledger, reports, wards
from bot.store.database import Session
from bot.store.tables import Report, Ward

KINDS = {"near_miss": "Near miss", "success": "Success"}
OTHER = "other"
"""The option of a pick list that says nothing by itself."""
HELP_NOW = "Need help now? Use your alarm or call as your ward does: nobody watches this."
NOT_THE_RECORD = (
    "Not the formal record: if harm came or could have come, record it in your incident system too. "
    "For urgent help use your alarm or call as your ward does: nobody watches this."
)
ANONYMOUS = "No trace of who sent this is kept. If you untick it, who you are is kept with the report."
LINE_LENGTH = 280
HELD_BACK = timedelta(hours=1)
"""The channel line waits a random time up to this, so that nobody can tell by the hour who sent it."""
WORTH_A_WORD = "Worth a word at the next huddle: what would help early?"
LOOK_BACK = timedelta(days=28)
TYPE_IN_CHANNEL = "There are too many wards to list here: please type {report} in your ward's own channel."
NO_WARD_YET = "No ward is set up here yet. In a ward's channel, type {setup}."
WARDS_LISTED = 100
"""A pick list takes no more."""
SHIFT_ENDS = (("night", 7), ("morning", 13), ("afternoon", 17), ("evening", 21), ("night", 24))
"""Shift bands and the local hour that each ends at, as their labels say."""


def register(router: DeskRouter) -> None:
    """What people can do with reports."""
    for command, kind in (("report", "near_miss"), ("success", "success")):
        router.on_command(command, partial(open_form, kind))
        router.on_tap(f"open_{kind}", partial(open_form, kind))
        router.on_form(kind, partial(form, kind), submit)


async def open_form(kind: str, event: Command | Tap, desk: Desk) -> Outcomes:
    """Open the form: in a ward's channel after a glance at the database, elsewhere with a choice of wards."""
    async with desk.store.glance() as connection:
        ward = await wards.glance_at(connection, event.place)
    if ward is None:
        return (Open(await form(kind, desk, event.person, {"ward": ""})),)
    return (Open(_questions(kind, desk, ward)),)


async def form(kind: str, desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The form of a kind. `context`: `ward`, empty where it was not opened in a ward's channel and must be asked."""
    async with desk.store() as session:
        if context["ward"]:
            return _questions(kind, desk, await ward_from(session, context))
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
    return _questions(kind, desk, first, ask)


async def _wards_here(session: Session, person: Person) -> list[Ward]:
    return [
        ward
        for ward in await wards.every_ward(session)
        if ward.front == person.front and ward.place.get("workspace", "") == person.workspace
    ]


def _questions(kind: str, desk: Desk, ward: Ward, ask_ward: OneOf | None = None) -> Form:
    """At most six taps: only what differs from report to report is left to choose."""
    lists = desk.library.pick_lists
    near_miss = kind == "near_miss"
    fields: list[FormField | Text | Note] = [Text(HELP_NOW)]
    if ask_ward:
        fields.append(ask_ward)
    fields += [
        OneOf("kind", "This was a", tuple(Option(*one) for one in KINDS.items()), initial=kind),
        OneOf("shift_band", "Roughly when?", lists.shift_band, initial=shift_band(desk.now_at(ward))),
        OneOf("area", "Roughly where?", lists.area),
        SomeOf("building", "What was building?", lists.building, required=near_miss),
        SomeOf("helped", "What helped?", lists.helped, required=not near_miss),
        OneOf("level", "How did it settle?", lists.level),
    ]
    if near_miss:
        fields.append(OneOf("recorded", "Is it in the formal record?", lists.recorded, initial="not_yet"))
    fields += [
        Line("line", "Anything else, in one line", "No names, no details of a person.", max_length=LINE_LENGTH),
        YesNo("anonymous", "Keep me anonymous", ANONYMOUS, initial=True),
        YesNo("share", "Share with the ward's channel", "Without your name, at a random time in the next hour."),
        Note(NOT_THE_RECORD),
    ]
    return Form(kind, KINDS[kind], "Send", tuple(fields), {"ward": "" if ask_ward else str(ward.key)})


def shift_band(now: datetime) -> str:
    """The shift band of an hour ago by these local clocks: people report what has just been."""
    hour = (now - timedelta(hours=1)).hour
    return next(band for band, end in SHIFT_ENDS if hour < end)


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """Save the report; the channel's line, where wanted, goes through the ledger; then say thank you."""
    answers = event.answers
    async with desk.store() as session:
        ward = await ward_from(session, {"ward": str(answers.get("ward") or event.context["ward"])})
        if not await desk.first_time(session, "form", event.once):
            return (reply("already", "This report was saved already. Thank you."),)
        report = _report(desk, event, ward)
        before = await reports.reports_between(session, [ward.key], report.day - LOOK_BACK, report.day)
        await reports.save_report(session, report)
        if answers["share"]:
            due = desk.clock() + timedelta(seconds=secrets.randbelow(int(HELD_BACK.total_seconds())))
            await ledger.write_occurrence(session, new_occurrence(ward, "report_line", report.id, due))
    return (Reply(_thanks(desk, report, list(before), shared=bool(answers["share"]))),)


def _report(desk: Desk, event: Submit, ward: Ward) -> Report:
    answers: Answers = event.answers
    kind = str(answers["kind"])
    return Report(
        id=str(uuid4()),
        kind=kind,
        ward_id=ward.key,
        day=desk.now_at(ward).date(),
        shift_band=str(answers["shift_band"]),
        area=str(answers["area"]),
        building=list(answers["building"]),  # type: ignore[arg-type]
        helped=list(answers["helped"]),  # type: ignore[arg-type]
        level=str(answers["level"]),
        recorded=str(answers["recorded"]) if kind == "near_miss" and "recorded" in answers else None,
        line=str(answers["line"]),
        reporter=None if answers["anonymous"] else f"{event.person.front}:{event.person.id}",
    )


def _thanks(desk: Desk, report: Report, before: list[Report], *, shared: bool) -> Message:
    """Thank you, with something useful back: what helped here before with the same, or one thing to try."""
    first = "Thank you. It is saved" + (", with no trace of who you are." if report.reporter is None else ".")
    words = [first, _useful(desk, report, before)]
    if shared:
        words.append("A line without your name will appear in the channel some time in the next hour.")
    if report.kind == "near_miss" and report.recorded != "yes":
        words.append("Please record it in your incident system too, if it needs to be there: this does not do that.")
    parts: tuple[Part, ...] = tuple(Text(one) for one in words)
    return Message("report_thanks", first, parts)


def _useful(desk: Desk, report: Report, before: list[Report]) -> str:
    building = [value for value in report.building if value != OTHER]
    if not building:
        return WORTH_A_WORD
    labels = [desk.library.label("building", value).lower() for value in building]
    same = [one for one in before if set(one.building) & set(building)]
    if not same:
        return f"The first in 4 weeks here with {listed(labels)}. {WORTH_A_WORD}"
    which = "any of these" if len(labels) > 1 else labels[0]
    words = f"In 4 weeks your ward had {count(len(same), 'other report', 'other reports')} with {which}."
    helped = commonest([what for one in same for what in one.helped if what != OTHER])
    if not helped:
        return f"{words} {WORTH_A_WORD}"
    return (
        f"{words} What helped most then: {listed([desk.library.label('helped', what).lower() for what, _ in helped])}."
    )
