"""The line in the ward's channel about a report whose reporter wanted it shared."""

from __future__ import annotations

from bot.chat.message import Facts, Heading, Message, Note, Part, Text
from bot.prompts.library import Library
from bot.prompts.words import listed
from bot.store import reports
from bot.store.database import Session
from bot.store.tables import Occurrence, Report, Ward

TITLES = {"near_miss": "A near miss was shared", "success": "A success was shared"}


async def build(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Message:
    """What was building and what helped. It names nobody, and no time."""
    report = await reports.report_by_id(session, occurrence.slot)
    assert report is not None, "a report is saved before its line is planned"
    title = TITLES[report.kind]
    rows = report_rows(library, report)
    parts: list[Part] = [Heading(title), Facts(rows)]
    if report.line:
        parts.append(Text(f"“{report.line}”"))
    parts.append(Note("Shared so that all of us can learn from it. Nobody is to blame, and nobody is named."))
    return Message("report_line", f"{title}. " + " ".join(f"{label}: {value}." for label, value in rows), tuple(parts))


def report_rows(library: Library, report: Report) -> tuple[tuple[str, str], ...]:
    """A report's pick-list answers, in words."""

    def words(name: str, values: list[str]) -> str:
        return listed([library.label(name, value) for value in values])

    rows = (
        ("What was building", words("building", report.building)),
        ("What helped", words("helped", report.helped)),
        ("How it settled", library.label("level", report.level)),
    )
    return tuple((label, value) for label, value in rows if value)
