"""Near misses and successes: a short form, saved first, and something useful back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
import secrets
from uuid import uuid4

from bot.chat.front import Person
from bot.chat.message import Answers, Form, FormField, Line, Message, Note, OneOf, Option, Part, SomeOf, Text, YesNo
from bot.chat.router import Command, Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers.desk import Desk, DeskRouter, reply, ward_from
from bot.prompts.words import commonest, count, listed
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import ledger, reports, wards
from bot.store.database import Session
from bot.store.tables import Report, Ward

KINDS = {"near_miss": "Near miss", "success": "Success"}
SUBMIT = {"near_miss": "Send near miss", "success": "Send success"}
NOT_THE_RECORD = (
    "Not the formal record: if harm came or could have come, record it in your incident system too. "
    "Nobody watches this for emergencies: for urgent help use your alarm or call as your ward does."
)
LINE_LENGTH = 280
HELD_BACK = timedelta(hours=1)
"""The channel line waits a random time up to this, so that nobody can tell by the hour who sent it."""
LOOK_BACK = timedelta(days=28)
WARDS_LISTED = 100
"""A pick list takes no more."""
FIRST_SHIFT_HOURS = (("night", 7), ("morning", 13), ("afternoon", 17), ("evening", 21), ("night", 24))
"""Shift bands and the local hour that each ends at, as their labels say."""


def register(router: DeskRouter) -> None:
    """What people can do with reports."""
    for name, kind in (("report", "near_miss"), ("success", "success")):
        router.on_command(name, open_form)
        router.on_tap(f"open_{kind}", open_form)
        router.on_form(kind, FORMS[kind], submit)


async def open_form(event: Command | Tap, desk: Desk) -> Outcomes:
    """Open the form for the ward of this channel, after a glance at the database and no more; else for the person's
    own wards."""
    name = event.name if isinstance(event, Command) else event.action.removeprefix("open_")
    kind = "success" if name == "success" else "near_miss"
    async with desk.store.glance() as connection:
        ward = await wards.glance_at(connection, event.place)
    if ward is None:
        return (Open(await FORMS[kind](desk, event.person, {"ward": ""})),)
    if not desk.knows(event.person, ward):
        async with desk.store() as session:
            await desk.remember(session, event.person, ward)
    return (Open(_questions(kind, desk, [ward])),)


async def _form(kind: str, desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    async with desk.store() as session:
        known = await ward_from(session, context) if context["ward"] else None
        to_choose = [known] if known else await _wards_to_choose(session, desk, person)
    if not to_choose:
        raise Problem("No ward is set up here yet. In a ward's channel, type /huddle setup.")
    return _questions(kind, desk, to_choose)


def _questions(kind: str, desk: Desk, to_choose: Sequence[Ward]) -> Form:
    """At most six taps: only what differs from report to report is left to choose."""
    lists = desk.library.pick_lists
    ward = to_choose[0]
    fields: list[FormField | Text | Note] = []
    if len(to_choose) > 1:
        fields.append(OneOf("ward", "Ward", tuple(Option(str(one.key), one.name) for one in to_choose)))
    fields += [
        OneOf("kind", "This was a", tuple(Option(*one) for one in KINDS.items()), initial=kind),
        OneOf("shift_band", "When, about", lists.shift_band, initial=shift_band(desk.now_at(ward).hour)),
        OneOf("area", "Where, about", lists.area),
        SomeOf("building", "What was building", lists.building, required=True),
        SomeOf("helped", "What helped", lists.helped),
        OneOf("level", "It was settled by", lists.level),
    ]
    if kind == "near_miss":
        fields.append(OneOf("recorded", "Is it in the formal record?", lists.recorded, initial="not_yet"))
    fields += [
        Line("line", "Anything else, in one line", "No names, no details of a person.", max_length=LINE_LENGTH),
        YesNo("anonymous", "Keep me anonymous", "No trace of who sent this is kept.", initial=True),
        YesNo("share", "Share with the ward's channel", "Without your name, at a random time in the next hour."),
        Note(NOT_THE_RECORD),
    ]
    context = {"ward": str(ward.key) if len(to_choose) == 1 else ""}
    return Form(kind, KINDS[kind], SUBMIT[kind], tuple(fields), context)


async def near_miss_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The near-miss form."""
    return await _form("near_miss", desk, person, context)


async def success_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The success form."""
    return await _form("success", desk, person, context)


FORMS = {"near_miss": near_miss_form, "success": success_form}


async def _wards_to_choose(session: Session, desk: Desk, person: Person) -> list[Ward]:
    """The person's own wards, or all wards of their workspace where none is known yet."""
    own = await wards.wards_of(session, desk.person_key(person))
    if own:
        return list(own)
    here = [
        ward
        for ward in await wards.every_ward(session)
        if ward.front == person.front and ward.place.get("workspace", "") == person.workspace
    ]
    if len(here) > WARDS_LISTED:
        raise Problem("Please type /report in your ward's channel this once; after that your ward is known here.")
    return here


def shift_band(hour: int) -> str:
    """The shift band of a local hour."""
    return next(band for band, end in FIRST_SHIFT_HOURS if hour < end)


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """Save the report; the channel's line, where wanted, goes through the ledger; then say thank you."""
    answers = event.answers
    async with desk.store() as session:
        ward = await ward_from(session, {"ward": str(answers.get("ward") or event.context["ward"])})
        if not await desk.first_time(session, "form", event.once):
            return (reply("already", "This report was saved already. Thank you."),)
        report = _report(desk, event, ward)
        before = await reports.reported_by(session, ward.key, report.day - LOOK_BACK)
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
    same = [one for one in before if set(one.building) & set(report.building)]
    helped = commonest([what for one in same for what in one.helped])
    labels = [desk.library.label("helped", what).lower() for what, _ in helped]
    building = [desk.library.label("building", what).lower() for what in report.building]
    if labels:
        times = count(len(same), "other report", "other reports")
        return f"In 4 weeks your ward had {times} with {listed(building)}. What helped most then: {listed(labels)}."
    return f"The first in 4 weeks here with {listed(building)}. Worth a word at the next huddle: what would help early?"
