"""Keeping a report, new or changed, and all that follows from it: the channel's line, the trust's own system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
import secrets
from typing import Any
from uuid import uuid4

from bot.chat.router import Outcomes, Problem
from bot.handlers.desk import Desk, reply, ward_from
from bot.prompts.receipt import may_correct
from bot.schedule import debriefs
from bot.store import held, outgoing, reports
from bot.store.database import Session
from bot.store.tables import Held, Report, Ward

HELD_BACK = timedelta(hours=1)
"""What shows in the channel waits a random time up to this, so that nobody can tell by the hour who sent it."""
UNKNOWN = (
    "No report has this code. It may be mistyped (it is four letters or numbers, a dash, and four more), or the report "
    "was taken back."
)
TOO_LATE = "It can be corrected until the end of the day after it was sent, and that has passed. Nothing was changed."
ALREADY = reply("already", "This report was saved already. Thank you. Its code was shown with the first answer.")
"""What is said to a report that is sent again: nobody can tell its code any more, and neither can we."""
DEBRIEF_COMES = "A debrief will be offered in the ward's channel, without a word of who counted this."
CHANGES_LATER = " What the channel shows of it changes at a random time in the next hour."


async def save(session: Session, desk: Desk, ward: Ward, report: Report) -> None:
    """Keep a report that is new or changed, and have the trust's own system told of it where there is one."""
    await reports.save_report(session, report)
    if desk.webhook:
        await outgoing.queue(session, report, ward, desk.clock())


def some_time(desk: Desk) -> datetime:
    """A random time in the next hour."""
    return desk.clock() + timedelta(seconds=secrets.randbelow(int(HELD_BACK.total_seconds())))


async def show(session: Session, ward: Ward, due: datetime, kind: str, slot: str, item: str | None = None) -> None:
    """Plan what the channel shows of a report, beside the ledger until then."""
    await held.hold(session, Held(kind=kind, slot=slot, ward_id=ward.key, item=item, due_at=due))


async def change_line(session: Session, ward: Ward, report_id: str, due: datetime) -> bool:
    """Have the channel's line, where there is one, follow the report at that time; whether there is."""
    if not await reports.has_line(session, report_id):
        return False
    await show(session, ward, due, "report_line_again", uuid4().hex, report_id)
    return True


async def found(session: Session, receipt: str) -> tuple[Report, Ward]:
    """The report with this receipt, as it is kept, and its ward. Raises `Problem` where there is none."""
    report = await reports.report_with_receipt(session, receipt)
    if report is None:
        raise Problem(UNKNOWN)
    return report, await ward_from(session, {"ward": str(report.ward_id)})


async def correctable(session: Session, desk: Desk, receipt: str) -> tuple[Report, Ward]:
    """The report with this receipt, and its ward. Raises `Problem` where it is gone, or can't be corrected any more."""
    report, ward = await found(session, receipt)
    if not may_correct(report, desk.now_at(ward).date()):
        raise Problem(TOO_LATE)
    return report, ward


async def correct(desk: Desk, receipt: str, answered: Mapping[str, Any]) -> Outcomes:
    """Put what was answered in the place of what was there."""
    async with desk.store() as session:
        report, ward = await correctable(session, desk, receipt)
        before = report.debrief, debriefs.event_of(report.used)
        for name, value in answered.items():
            setattr(report, name, value)
        await save(session, desk, ward, report)
        shown = await change_line(session, ward, report.id, some_time(desk))
        offered = False
        if before != (report.debrief, debriefs.event_of(report.used)):
            await debriefs.forget(session, report)
            offered = await debriefs.follow(session, desk.library, ward, report, desk.clock())
    words = "Thank you, it was corrected." + (CHANGES_LATER if shown else "")
    return (reply("report_corrected", words, *([DEBRIEF_COMES] if offered else [])),)
