"""What a ward's managers answer to its reports, without knowing who sent them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from bot.chat.front import Person, typed
from bot.chat.message import Form, Line, Note
from bot.chat.router import Command, Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers.desk import Desk, DeskRouter, reply, ward_from, ward_here
from bot.handlers.report_form import LINE_LENGTH
from bot.privacy.codes import reference
from bot.prompts import answer as prompt
from bot.prompts.receipt import form_parts
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import ledger, reports, wards
from bot.store.database import Session
from bot.store.tables import Report, Ward

LOOK_BACK = timedelta(days=28)
NOT_YOURS = "Only this ward's managers can read its reports and answer them."
GONE = "This report is no longer here: it may have been taken back by whoever sent it. Nothing was kept."
NO_SUCH = "No report of the 4 weeks before today has this reference here. {all} shows them all. " + prompt.FROM_TOMORROW
THANKS = (
    "Thank you, it was answered. Whoever sent it is told privately if they gave a name, and else sees it by their code."
)


def register(router: DeskRouter) -> None:
    """What managers can do with reports (`/huddle reports` shows them)."""
    router.on_tap("answer_report", open_form)
    router.on_form("answer", form, submit)


async def show(event: Command, desk: Desk) -> Outcomes:
    """`/huddle reports`: the reports of the four weeks before today, or with a reference that one alone."""
    _, *wanted = event.text.upper().split()
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        _must_manage(ward, event.person)
        today = desk.now_at(ward).date()
        told = await reports.to_answer(session, ward.key, today - LOOK_BACK, today)
        if wanted:
            told = [one for one in told if reference(one.id) in wanted]
            if not told:
                raise Problem(NO_SUCH.format(all=typed("huddle reports", event.person.front)))
        answers = await reports.answers_to(session, [one.id for one in told])
    return (Reply(prompt.listing(desk.library, ward, told, answers)),)


async def open_form(event: Tap, desk: Desk) -> Outcomes:
    """The form, for one report."""
    return (Open(await form(desk, event.person, {"report": event.value})),)


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """What was reported and answered so far, and the answer. `context`: `report`, its id."""
    async with desk.store() as session:
        report, _ = await _report_of(session, person, context)
        answers = await reports.answers_to(session, [report.id])
    hint = "In one line, for whoever sent it: thank them, say what was done. No names, no details of a person."
    parts = (
        *form_parts(desk.library, report, answers),
        Line("text", "What happened next?", hint, required=True, max_length=LINE_LENGTH),
        Note(prompt.NOBODY_NAMED),
    )
    return Form("answer", "Answer a report", "Answer", parts, context)


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """Keep the answer; a reporter who gave a name is told through the ledger."""
    async with desk.store() as session:
        report, ward = await _report_of(session, event.person, event.context)
        if await desk.first_time(session, "form", event.once):
            await reports.save_answer(session, report, str(event.answers["text"]), desk.now_at(ward).date())
            if report.reporter:
                notice = new_occurrence(ward, "answer_notice", uuid4().hex, desk.clock(), item=report.id)
                await ledger.write_occurrence(session, notice)
    return (reply("answer_thanks", THANKS),)


async def _report_of(session: Session, person: Person, context: Mapping[str, str]) -> tuple[Report, Ward]:
    """The report that somebody answers, and its ward. Raises `Problem` where it is gone or not theirs to answer."""
    report = await reports.report_by_id(session, context["report"])
    if report is None:
        raise Problem(GONE)
    ward = await ward_from(session, {"ward": str(report.ward_id)})
    _must_manage(ward, person)
    return report, ward


def _must_manage(ward: Ward, person: Person) -> None:
    if not wards.manages(ward, person):
        raise Problem(NOT_YOURS)
