"""What a digest is written from: everything of any number of wards, in a dozen questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.measures import weekly
from bot.prompts.checks import WEEKS_READ
from bot.prompts.digest.change import SIGNALS
from bot.prompts.digest.week import Counts, Week
from bot.prompts.receipt import WITHDRAW
from bot.store import checks, figures, huddles, marks, reports, targets
from bot.store.database import Session
from bot.store.tables import Mark, Report, Target, WardCheck
from bot.trends.series import WEEK, Series


@dataclass
class Known:
    """Of one ward: its figures by measure, what it noted on them, its targets, what it counted in the digest's week and
    in the one before, the reports of the digest's week, how many debriefs were held of those that were offered in it,
    its weekly checks, oldest first, and the lines of successes that may be told again."""

    figures: Mapping[str, Series]
    marks: Sequence[Mark]
    targets: list[Target] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    told: list[Report] = field(default_factory=list)
    debriefs: Counter[str] = field(default_factory=Counter)
    checks: list[WardCheck] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)


async def known_of(session: Session, ward_ids: Sequence[int], on: date) -> dict[int, Known]:
    """What is known of each ward for a digest of that day: nothing of the day itself."""
    week = Week.before(on)
    read = await weekly.load(session, ward_ids, week.last, measures=SIGNALS)
    noted = marks.by_ward(await marks.of_wards(session, ward_ids))
    known = {ward_id: Known(read[ward_id], noted[ward_id]) for ward_id in ward_ids}
    for target in await targets.of_wards(session, ward_ids):
        known[target.ward_id].targets.append(target)
    counts: defaultdict[tuple[int, bool], Counter[str]] = defaultdict(Counter)

    span = (week.earlier.first, week.last)
    for report in await reports.reports_between(session, ward_ids, *span):
        counted = counts[report.ward_id, report.day < week.first]
        counted[report.kind] += 1
        if report.kind in reports.ANSWERED:
            counted.update(to_answer=1, answered=report.answered_on is not None, unanswered=report.answered_on is None)
        if report.day >= week.first:
            known[report.ward_id].told.append(report)
    for ward_id, day, planned, held, reason in await huddles.prompted_between(session, ward_ids, *span):
        counts[ward_id, day < week.first].update(
            planned=planned, held=planned and held, extra=held and not planned, skipped=reason is not None
        )
        if reason is not None and day >= week.first:
            known[ward_id].counts.reasons.append(reason)
    for ward_id, day, number in await figures.actions_done(session, ward_ids, *span):
        counts[ward_id, day < week.first]["closed"] += number
    for ward_id, one in known.items():
        for back in (False, True):
            one.counts.weeks[back].update(counts[ward_id, back])

    for share in await figures.debriefs_held(session, ward_ids, week.first, week.last):
        known[share.ward_id].debriefs.update(held=share.done, offered=share.total)
    for check in await checks.between(session, ward_ids, week.last - WEEKS_READ * WEEK, week.last):
        known[check.ward_id].checks.append(check)
    told = on - WITHDRAW - timedelta(days=1)  # until then they can be taken back
    for ward_id, line in await reports.shared_successes(session, ward_ids, told - WEEK + timedelta(days=1), told):
        known[ward_id].stories.append(line)
    return known
