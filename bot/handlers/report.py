"""Near misses and successes: saved first, and something useful back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from bot.chat.front import Person
from bot.chat.message import Answers, Form, Message, Part, Text
from bot.chat.router import Command, Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers import kept, receipt, restrictive
from bot.handlers.desk import Desk, DeskRouter, ward_from
from bot.handlers.report_form import NAMELESS, correction, questions, ward_asked, ward_at_a_glance
from bot.privacy.codes import kept_receipt, new_receipt, read_receipt
from bot.prompts.receipt import told
from bot.prompts.words import commonest, count, listed
from bot.store import reports
from bot.store.tables import Report

OTHER = "other"
"""The option of a pick list that says nothing by itself."""
WORTH_A_WORD = "Worth a word at the next huddle: what would help early?"
LOOK_BACK = timedelta(days=28)
READ_BY_OTHERS = ("teams",)
"""Fronts whose commands stand in the channel for all to read."""
CODE_WAS_READ = (
    "Everybody in that channel can read what is typed there, so your code was not used. "
    "Please delete your message there, and type the code here instead, in your own chat with me."
)


def register(router: DeskRouter) -> None:
    """What people can report, and do with what they reported."""
    router.on_command("report", command)
    router.on_command("success", partial(open_form, "success"))
    for kind in ("near_miss", "success"):
        router.on_tap(f"open_{kind}", partial(open_form, kind))
        router.on_form(kind, partial(form, kind), submit)
    restrictive.register(router)
    receipt.register(router)


async def command(event: Command, desk: Desk) -> Outcomes:
    """`/report`: a near miss; with `restrictive`, a tally; with `code` or a code itself, what became of a report."""
    asked = WORDS.get(event.text.strip().lower())
    if asked:
        return await asked(event, desk)
    code = read_receipt(event.text)
    if code and event.place and event.person.front in READ_BY_OTHERS:
        raise Problem(CODE_WAS_READ)
    return await receipt.show(event, desk, code) if code else await open_form("near_miss", event, desk)


WORDS = {"restrictive": restrictive.open_form, "code": receipt.ask}


async def open_form(kind: str, event: Command | Tap, desk: Desk) -> Outcomes:
    """Open the form: in a ward's channel after a glance at the database, elsewhere with a choice of wards."""
    ward = await ward_at_a_glance(event, desk)
    if ward is None:
        return (Open(await form(kind, desk, event.person, {"ward": ""})),)
    return (Open(questions(kind, desk, event.person, ward)),)


async def form(kind: str, desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The form of a kind. `context`: `ward`, empty where it was not opened in a ward's channel and must be asked; and
    `receipt`, where a report is corrected."""
    if context.get("receipt"):
        async with desk.store() as session:
            report, _ = await kept.correctable(session, desk, context["receipt"])
        return correction(desk, report, context)
    return questions(kind, desk, person, *await ward_asked(desk, person, context))


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """Save the report; the channel's line, where wanted, goes through the ledger; then say thank you."""
    answers = event.answers
    if event.context.get("receipt"):
        return await kept.correct(desk, event.context["receipt"], _answered(answers))
    code = new_receipt()
    anonymous = event.person.front == NAMELESS or answers["anonymous"]
    async with desk.store() as session:
        ward = await ward_from(session, {"ward": str(answers.get("ward") or event.context["ward"])})
        if not await desk.first_time(session, "form", event.once):
            return (kept.ALREADY,)
        report = Report(
            **_answered(answers),
            id=str(uuid4()),
            ward_id=ward.key,
            day=desk.now_at(ward).date(),
            reporter=None if anonymous else f"{event.person.front}:{event.person.id}",
            receipt=kept_receipt(desk.secret, code),
        )
        yesterday = report.day - timedelta(days=1)
        before = await reports.reports_between(session, [ward.key], report.day - LOOK_BACK, yesterday)
        await kept.save(session, desk, ward, report)
        if answers["share"]:
            await kept.show(session, ward, kept.some_time(desk), "report_line", report.id)
    return (Reply(_thanks(desk, report, code, list(before), shared=bool(answers["share"]))),)


def _answered(answers: Answers) -> dict[str, Any]:
    """What was answered, as a report keeps it."""
    kind = str(answers["kind"])
    return {
        "kind": kind,
        "shift_band": str(answers["shift_band"]),
        "area": str(answers["area"]),
        "building": list(answers["building"]),  # type: ignore[arg-type]
        "helped": list(answers["helped"]),  # type: ignore[arg-type]
        "level": str(answers["level"]),
        "recorded": str(answers["recorded"]) if kind == "near_miss" and "recorded" in answers else None,
        "line": str(answers["line"]),
    }


def _thanks(desk: Desk, report: Report, code: str, before: list[Report], *, shared: bool) -> Message:
    """Thank you, with something useful back: what helped here before with the same, or one thing to try."""
    first = "Thank you. It is saved" + (", with no trace of who you are." if report.reporter is None else ".")
    words = [first, _useful(desk, report, before)]
    if shared:
        words.append("A line without your name will appear in the channel some time in the next hour.")
    if report.kind == "near_miss" and report.recorded != "yes":
        words.append("Please record it in your incident system too, if it needs to be there: this does not do that.")
    parts: tuple[Part, ...] = (*(Text(one) for one in words), *told(report, code))
    return Message("report_thanks", first, parts)


def _useful(desk: Desk, report: Report, before: list[Report]) -> str:
    """What helped before today: a count of today's would tell whoever asks twice that one came in between."""
    building = [value for value in report.building if value != OTHER]
    if not building:
        return WORTH_A_WORD
    labels = [desk.library.label("building", value).lower() for value in building]
    same = [one for one in before if set(one.building) & set(building)]
    if not same:
        return f"None here in the 4 weeks before today with {listed(labels)}. {WORTH_A_WORD}"
    which = "any of these" if len(labels) > 1 else labels[0]
    words = f"In the 4 weeks before today your ward had {count(len(same), 'report', 'reports')} with {which}."
    helped = commonest([what for one in same for what in one.helped if what != OTHER])
    if not helped:
        return f"{words} {WORTH_A_WORD}"
    return (
        f"{words} What helped most then: {listed([desk.library.label('helped', what).lower() for what, _ in helped])}."
    )
