"""The tally of a restrictive intervention: pick lists, nobody's name, and never the record that the law asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from bot.chat.front import Person
from bot.chat.message import Answers, Form, FormField, Message, Note, OneOf, Part, Text
from bot.chat.router import Command, Open, Outcomes, Reply, Submit, Tap
from bot.handlers import kept
from bot.handlers.desk import Desk, DeskRouter, ward_from
from bot.handlers.report_form import HELP_NOW, one_of, shift_band, some_of, ward_asked, ward_at_a_glance
from bot.privacy.codes import kept_receipt, new_receipt
from bot.prompts.receipt import told
from bot.schedule import debriefs
from bot.store.tables import Report

TITLE = "Restrictive intervention"
A_TALLY = (
    "This is a tally: it counts, names nobody, is never shown in the channel, and is not the record. "
    "Make the formal record first, in your incident system or wherever your ward makes it: "
    "the details belong there, here only a band and a kind."
)
RECORD_ASKS = (
    "the reason for the use of force",
    "its place, date and duration",
    "the type or types of force",
    "whether that was part of the patient's care plan",
    "the patient's name",
    "how the force was used",
    "the patient's consistent identifier",
    "name and job title of each member of staff who used force",
    "why anybody who is not staff was involved",
    "the patient's mental disorder",
    "the patient's relevant characteristics",
    "whether the patient has a learning disability or is autistic",
    "what came of it",
    "whether the patient died or was seriously injured",
    "the efforts made to avoid force",
    "whether those whom the care plan names were notified",
)
"""What a record must hold: Mental Health Units (Use of Force) Act 2018, section 6(5)(a) to (p).

https://www.legislation.gov.uk/ukpga/2018/27/section/6
"""
BELONGS_THERE = (
    "The Use of Force Act asks for sixteen things. They belong in the formal record, and never here: "
    + "; ".join(f"({number}) {asked}" for number, asked in enumerate(RECORD_ASKS, 1))
    + "."
)
NOT_YET_RECORDED = "Please make the formal record now: this tally does not stand for it."


def register(router: DeskRouter) -> None:
    """What people can tally."""
    router.on_tap("open_restrictive", open_form)
    router.on_form("restrictive", form, submit)


async def open_form(event: Command | Tap, desk: Desk) -> Outcomes:
    """Open the form: in a ward's channel of that ward, elsewhere with a choice of wards."""
    ward = await ward_at_a_glance(event, desk)
    if ward is None:
        return (Open(await form(desk, event.person, {"ward": ""})),)
    return (Open(_questions(desk, {"shift_band": shift_band(desk.now_at(ward))}, {"ward": str(ward.key)})),)


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The tally's form; `context` as that of a report has it."""
    if context.get("receipt"):
        async with desk.store() as session:
            report, _ = await kept.correctable(session, desk, context["receipt"])
        return correction(desk, report, context)
    ward, ask_ward = await ward_asked(desk, person, context)
    return _questions(desk, {"shift_band": shift_band(desk.now_at(ward))}, context, ask_ward)


def correction(desk: Desk, report: Report, context: Mapping[str, str]) -> Form:
    """The form again, with what was counted filled in.

    `context`: `ward`, and `receipt`: what is kept of the code that allows it.
    """
    return _questions(desk, report.model_dump(), context)


def _questions(
    desk: Desk, before: Mapping[str, object], context: Mapping[str, str], ask_ward: OneOf | None = None
) -> Form:
    lists = desk.library.pick_lists
    recorded = tuple(option for option in lists.recorded if option.value in ("yes", "not_yet"))
    fields: list[FormField | Text | Note] = [
        Text(A_TALLY),
        Text(HELP_NOW),
        *([ask_ward] if ask_ward else []),
        one_of("shift_band", "Roughly when?", lists.shift_band, before),
        some_of("used", "What was used?", lists.used, before, required=True),
        one_of("duration", "For how long, all together?", lists.duration, before),
        one_of("recorded", "Is the formal record made?", recorded, before),
        one_of("debrief", "Was a debrief offered?", lists.debrief, before),
        Note(BELONGS_THERE),
    ]
    return Form("restrictive", TITLE, "Correct" if context.get("receipt") else "Count it", tuple(fields), context)


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """Count it; whoever sends it is never kept."""
    answers = event.answers
    if event.context.get("receipt"):
        return await kept.correct(desk, event.context["receipt"], _answered(answers))
    code = new_receipt()
    async with desk.store() as session:
        ward = await ward_from(session, {"ward": str(answers.get("ward") or event.context["ward"])})
        if not await desk.first_time(session, "form", event.once):
            return (kept.ALREADY,)
        report = Report(
            **_answered(answers),
            id=str(uuid4()),
            kind="restrictive",
            ward_id=ward.key,
            day=desk.now_at(ward).date(),
            area="",
            building=[],
            helped=[],
            level="",
            receipt=kept_receipt(desk.secret, code),
        )
        await kept.save(session, desk, ward, report)
        offered = await debriefs.follow(session, desk.library, ward, report, desk.clock())
    return (Reply(_thanks(report, code, offered=offered)),)


def _answered(answers: Answers) -> dict[str, Any]:
    """What was answered, as a report keeps it."""
    return {
        "shift_band": str(answers["shift_band"]),
        "used": list(answers["used"]),  # type: ignore[arg-type]
        "duration": str(answers["duration"]),
        "recorded": str(answers["recorded"]),
        "debrief": str(answers["debrief"]),
    }


def _thanks(report: Report, code: str, *, offered: bool) -> Message:
    first = "Thank you. It is counted, with no trace of who you are."
    parts: list[Part] = [Text(first)]
    if offered:
        parts.append(Text(kept.DEBRIEF_COMES))
    if report.recorded != "yes":
        parts += [Text(NOT_YET_RECORDED), Note(BELONGS_THERE)]
    return Message("tally_thanks", first, (*parts, *told(report, code)))
