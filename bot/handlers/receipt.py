"""What whoever sent a report may do with its code: see what happened next, add to it, correct it, take it back."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.front import Person
from bot.chat.message import Form, FormField, Line, Note, OneOf, Option, Text
from bot.chat.router import Command, FieldErrors, Open, Outcomes, Problem, Reply, Submit, Tap
from bot.handlers import report_form, restrictive
from bot.handlers.desk import Desk, DeskRouter, reply
from bot.handlers.kept import CHANGES_LATER, UNKNOWN, change_line, correctable, found, some_time
from bot.handlers.report_form import LINE_LENGTH
from bot.privacy.codes import kept_receipt, read_receipt
from bot.prompts import receipt as prompt
from bot.prompts.receipt import CORRECT, WITHDRAW, can_add, may_correct, may_withdraw
from bot.prompts.words import day_words
from bot.schedule import debriefs
from bot.store import outgoing, reports

ASK: Mapping[str, str] = {"receipt": ""}
ONE_THING = "Please either write a line to add or choose below, one at a time: else one of them would be lost."
TOO_LATE = "A report can be taken back for seven days after the day it was sent, and these have passed."
AT_ONCE = "Take it back, and its line at once (others may guess whose it was)"
"""For what should not stand there a minute longer; else the line goes at a random time, which nobody can read."""
MANY_WRONG = (
    "Several codes that no report has were given in the last hour, so none is looked up just now. Your report is safe: "
    "please find the code where you kept it, and try again in a few minutes."
)


class WrongCode(Problem):
    """A code that is not looked up, or that no report has."""


def register(router: DeskRouter) -> None:
    """What people can do with a code."""
    router.on_tap("open_my_report", open_form)
    router.on_form("my_report", form, submit)


async def ask(event: Command | Tap, desk: Desk) -> Outcomes:
    """`/report code`: the form that asks for it."""
    return (Open(await form(desk, event.person, ASK)),)


async def show(event: Command | Tap, desk: Desk, code: str) -> Outcomes:
    """`/report` with a code: what the report says and what happened next."""
    receipt = await _receipt(desk, event.person, code)
    async with desk.store() as session:
        report, ward = await found(session, receipt)
        answers = await reports.answers_to(session, [report.id])
    return (Reply(prompt.message(desk.library, report, answers, receipt, desk.now_at(ward).date())),)


async def open_form(event: Tap, desk: Desk) -> Outcomes:
    """The form: of the report whose receipt the button knows, or to ask for a code."""
    return (Open(await form(desk, event.person, {"receipt": event.value})),)


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """What a report says and what can be done with it. `context`: `receipt`, empty where the code has to be asked.

    It is what is kept of the code: the code itself would stay in the platform's payloads, and a person who reads it
    there could use it.
    """
    if not context["receipt"]:
        hint = "Such as K7QM-29XT. You were shown it when you sent the report."
        code = Line("code", "Your code", hint, required=True, max_length=20)
        return Form("my_report", "Your report", "Look", (code, Note(prompt.NOBODY_KNOWS_IT)), ASK)
    async with desk.store() as session:
        report, ward = await found(session, context["receipt"])
        answers = await reports.answers_to(session, [report.id])
        shown = await reports.has_line(session, report.id)
    today, choices = desk.now_at(ward).date(), []
    if may_correct(report, today):
        choices.append(Option("correct", f"Correct it (until the end of {day_words(report.day + CORRECT)})"))
    if may_withdraw(report, today):
        choices.append(Option("withdraw", f"Take it back: it is deleted (until {day_words(report.day + WITHDRAW)})"))
        if shown:
            choices.append(Option("withdraw_now", AT_ONCE))
    parts: list[FormField | Text | Note] = list(prompt.form_parts(desk.library, report, answers))
    if can_add(report):
        hint = "Your ward's managers read it; it is not shown in the channel. No names, no details of a person."
        parts.append(Line("added", "Add a line", hint, max_length=LINE_LENGTH))
    if choices:
        parts.append(OneOf("what", "Or do something else", tuple(choices), required=False))
    return Form("my_report", "Your report", "Go on", tuple(parts), context)


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """A code was given, or what to do with the report was chosen."""
    receipt = event.context["receipt"]
    if not receipt:
        return await _look(event, desk)
    what, added = event.answers.get("what"), str(event.answers.get("added") or "")
    if what and added:
        return (FieldErrors({"added": ONE_THING}),)
    if what == "correct":
        return await _open_correction(desk, receipt)
    if what in ("withdraw", "withdraw_now"):
        return await _withdraw(desk, receipt, at_once=what == "withdraw_now")
    if added:
        return await _add(event, desk, receipt, added)
    return (reply("report_unchanged", "Nothing was changed. Your code goes on working."),)


async def _look(event: Submit, desk: Desk) -> Outcomes:
    try:
        receipt = await _receipt(desk, event.person, str(event.answers["code"]))
    except WrongCode as wrong:
        return (FieldErrors({"code": wrong.words}),)
    return (Open(await form(desk, event.person, {"receipt": receipt})),)


async def _receipt(desk: Desk, person: Person, written: str) -> str:
    """What is kept of a code that somebody wrote. Raises `WrongCode` where no report has it, and after many of those
    before it looks, lest somebody finds one."""
    who = desk.person_key(person)
    if not desk.wrong_codes.has_more(who):
        raise WrongCode(MANY_WRONG)
    receipt = kept_receipt(desk.secret, read_receipt(written) or "")
    async with desk.store() as session:
        known = await reports.report_with_receipt(session, receipt)
    if known is None:
        desk.wrong_codes.take(who)
        raise WrongCode(UNKNOWN)
    return receipt


async def _open_correction(desk: Desk, receipt: str) -> Outcomes:
    """The form that was sent, filled in with what it said."""
    async with desk.store() as session:
        report, ward = await correctable(session, desk, receipt)
    fill = restrictive.correction if report.kind == "restrictive" else report_form.correction
    return (Open(fill(desk, report, {"ward": str(ward.key), "receipt": receipt})),)


async def _add(event: Submit, desk: Desk, receipt: str, added: str) -> Outcomes:
    async with desk.store() as session:
        report, _ = await found(session, receipt)
        if await desk.first_time(session, "form", event.once):
            report.added = "\n".join((*report.added.splitlines(), added))
            await reports.save_report(session, report)
    return (reply("report_added", "Thank you, your line was added. Your ward's managers can read it."),)


async def _withdraw(desk: Desk, receipt: str, *, at_once: bool) -> Outcomes:
    """Delete the report, with all that was still to be told of it, and have the channel's line follow."""
    async with desk.store() as session:
        report, ward = await found(session, receipt)
        if not may_withdraw(report, desk.now_at(ward).date()):
            raise Problem(TOO_LATE)
        await debriefs.forget(session, report)
        await reports.withdraw(session, report.id)
        await outgoing.forget(session, report.id)
        due = desk.clock() if at_once else some_time(desk)
        shown = await change_line(session, ward, report.id, due)
    words = "It was taken back: the report, and what was answered to it, are deleted."
    later = " Its line in the channel is taken out as soon as the channel lets us." if at_once else CHANGES_LATER
    return (reply("report_withdrawn", words + (later if shown else "")),)
