"""What managers read of their ward's reports, and what a reporter who gave a name is told of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Button, Buttons, Divider, Facts, Heading, Message, Note, Part, Text
from bot.privacy.codes import reference
from bot.prompts.library import Library
from bot.prompts.not_wanted import NotWanted
from bot.prompts.receipt import next_rows, rows, title
from bot.prompts.supplies import Supplies
from bot.prompts.words import count
from bot.store import reports
from bot.store.database import Session
from bot.store.tables import Occurrence, Report, ReportAnswer, Ward

SHOWN = 8
"""Reports in one message: Slack takes fifty parts."""
NOBODY_NAMED = (
    "Nobody is told who sent a report. Your answer reaches whoever it was: privately if they gave a name, and else by "
    "their code."
)
FROM_TOMORROW = "Today's reports are here from tomorrow, so that nobody can tell by the hour who sent one."
NONE = "No near miss or success was reported here in the 4 weeks before today."


def listing(library: Library, ward: Ward, told: Sequence[Report], answers: Sequence[ReportAnswer]) -> Message:
    """The ward's reports by reference, those without an answer first."""
    if not told:
        return Message("reports", NONE, (Text(NONE), Note(FROM_TOMORROW)))
    waiting = sum(one.answered_on is None for one in told)
    first = f"{ward.name}: {count(len(told), 'report', 'reports')} in 4 weeks, {waiting} without an answer"
    parts: list[Part] = [Heading(first), Note(NOBODY_NAMED), Note(FROM_TOMORROW)]
    for report in told[:SHOWN]:
        done = [one for one in answers if one.report_id == report.id]
        label = "Answer again" if done else "Answer"
        button = Button(label, "answer_report", report.id, opens=True, about=reference(report.id))
        parts += [
            Divider(),
            Text(title(report)),
            Facts((*rows(library, report), *next_rows(done))),
            Buttons((button,)),
        ]
    if len(told) > SHOWN:
        parts.append(
            Text(f"And {len(told) - SHOWN} more, shown as these are answered, or one by one by their reference.")
        )
    return Message("reports", first, tuple(parts))


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The private message to a reporter who gave a name: what happened next with their report."""
    report = await reports.report_by_id(session, occurrence.item or "")
    if report is None or report.reporter is None:
        raise NotWanted
    said = next_rows(await reports.answers_to(session, [report.id]))
    parts = (
        Heading(f"What happened next: {title(report)}"),
        Text("Thank you for reporting this. Your ward's manager has answered it:"),
        Facts(said),
        Note("The manager answered by the reference, and was not told that it was you."),
    )
    label, words = said[-1]
    return Message("answer_notice", f"{title(report)}. {label}: {words}", parts)
