"""The line in the ward's channel about a report whose reporter wanted it shared; and as it is once that was changed."""

from __future__ import annotations

from bot.chat.message import Facts, Heading, Message, Note, Part, Text
from bot.privacy.codes import reference
from bot.prompts.library import Library
from bot.prompts.not_wanted import NotWanted
from bot.prompts.supplies import Supplies
from bot.prompts.words import listed
from bot.store import reports
from bot.store.database import Session
from bot.store.tables import Occurrence, Report, Ward

SHARED = "Shared so that all of us can learn from it. Nobody is to blame, and nobody is named."
GONE = "A report that was shared here was taken back by whoever sent it."
TITLES = {"near_miss": "A near miss was shared", "success": "A success was shared"}


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """What was building and what helped. It names nobody, and no time."""
    report = await reports.report_by_id(session, occurrence.slot)
    if report is None:  # taken back at the very moment when the line was due
        raise NotWanted
    return _line(supplies.library, report)


async def build_again(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The line as it should now be in the channel: as the report was corrected, or that it was taken back."""
    report = await reports.report_by_id(session, occurrence.item or "")
    return _line(supplies.library, report) if report else Message("report_gone", GONE, (Text(GONE),))


def _line(library: Library, report: Report) -> Message:
    title = TITLES[report.kind]
    rows = report_rows(library, report)
    parts: list[Part] = [Heading(title), Facts(rows)]
    if report.line:
        parts.append(Text(f"“{report.line}”"))
    parts.append(Note(f"{reference(report.id)}. {SHARED}"))
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
