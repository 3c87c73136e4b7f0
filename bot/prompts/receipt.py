"""What a report is told back as, to whoever has its code: what it says, what happened next, what can still be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.chat.message import Button, Buttons, Facts, Heading, Message, Note, Part, Text
from bot.privacy.codes import receipt_words, reference
from bot.prompts.library import Library
from bot.prompts.report_line import report_rows
from bot.prompts.words import day_words, listed
from bot.store.tables import Report, ReportAnswer

KINDS = {"near_miss": "Near miss", "success": "Success", "restrictive": "Restrictive intervention (tally)"}
CORRECT = timedelta(days=1)
"""A report holds a day and no hour, so "24 hours" is until the end of the next day."""
WITHDRAW = timedelta(days=7)
MOST_ADDED = 5
"""Lines that may be added to a report."""
NOBODY_KNOWS_IT = (
    "Nobody else knows your code, and it can't be looked up: what is kept of it can't be turned back into it."
)
NO_ANSWER_YET = "Nothing has been answered yet. Please look again in a few days."


def may_correct(report: Report, today: date) -> bool:
    """Whether a report can still be corrected on this local date."""
    return today <= report.day + CORRECT


def may_withdraw(report: Report, today: date) -> bool:
    """Whether a report can still be taken back on this local date."""
    return today <= report.day + WITHDRAW


def can_add(report: Report) -> bool:
    """Whether a line may be added to a report: a tally has none, and what has five has enough."""
    return report.kind != "restrictive" and len(report.added.splitlines()) < MOST_ADDED


def told(report: Report, code: str) -> tuple[Part, ...]:
    """The code, told this once, and what it is good for."""
    able = ["see it again"]
    if report.kind != "restrictive":
        able = ["see what happened next", "add to it"]
    able += [
        f"correct it (until the end of {day_words(report.day + CORRECT)})",
        f"take it back (until {day_words(report.day + WITHDRAW)})",
    ]
    keep = f"Keep this code, it is shown this once: {receipt_words(code)}"
    return (Text(keep), Note(f"With it you can {listed(able)}, without giving a name. {NOBODY_KNOWS_IT}"))


def title(report: Report) -> str:
    """`Near miss R-3FA2B1, Mon 23 Nov`."""
    return f"{KINDS.get(report.kind, report.kind)} {reference(report.id)}, {day_words(report.day)}"


def rows(library: Library, report: Report) -> tuple[tuple[str, str], ...]:
    """All that a report says, in words."""
    found = (
        ("When", library.label("shift_band", report.shift_band)),
        ("Where", library.label("area", report.area) if report.area else ""),
        *report_rows(library, report),
        ("What was used", listed([library.label("used", value) for value in report.used])),
        ("For how long", library.label("duration", report.duration) if report.duration else ""),
        ("Formal record", library.label("recorded", report.recorded) if report.recorded else ""),
        ("Debrief offered", library.label("debrief", report.debrief) if report.debrief else ""),
        ("In one line", report.line),
        *(("Added", line) for line in report.added.splitlines()),
    )
    return tuple((label, value) for label, value in found if value)


def next_rows(answers: Sequence[ReportAnswer]) -> tuple[tuple[str, str], ...]:
    """What happened next, by day."""
    return tuple((f"What happened next ({day_words(one.day)})", one.text) for one in answers)


def form_parts(library: Library, report: Report, answers: Sequence[ReportAnswer]) -> tuple[Text | Note, ...]:
    """The same, as a form can show it."""
    said = (Text("\n".join((title(report), *(f"{label}: {value}" for label, value in rows(library, report))))),)
    return said + _next(report, answers)


def _next(report: Report, answers: Sequence[ReportAnswer]) -> tuple[Text | Note, ...]:
    if answers:
        return tuple(Text(f"{label}: {value}") for label, value in next_rows(answers))
    return () if report.kind == "restrictive" else (Note(NO_ANSWER_YET),)


def message(library: Library, report: Report, answers: Sequence[ReportAnswer], receipt: str, today: date) -> Message:
    """What whoever typed the code reads, with a button to do more, if anything more can be done: it brings back what is
    kept of the code."""
    parts: list[Part] = [Heading(title(report)), Facts(rows(library, report)), *_next(report, answers)]
    if can_add(report) or may_withdraw(report, today):
        parts.append(Buttons((Button("Add, correct or take back", "open_my_report", receipt, opens=True),)))
    said = next_rows(answers)[-1:]
    summary = f"{said[0][0]}: {said[0][1]}" if said else title(report)
    return Message("my_report", summary, tuple(parts))
