"""What may leave the house about reports, as CSV: counts without the small ones, or single reports without a trace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
import csv
from datetime import date, timedelta
from typing import TextIO

from bot.privacy.cells import safe
from bot.privacy.small import Small
from bot.store import exports, wards
from bot.store.database import Session
from bot.store.tables import Report, Ward

KINDS = ("near_miss", "success", "restrictive")
COUNTED = ("ward", "week", "kind", "count")
ROW = (
    "ward",
    "day",
    "kind",
    "shift_band",
    "area",
    "building",
    "helped",
    "level",
    "used",
    "duration",
    "debrief",
    "recorded",
    "answered",
)
TEXT = ("line", "added")
HIDDEN = "hidden"
"""A count that is no small one, and would tell a small one to whoever knows the total."""
WEEK = timedelta(days=7)


async def write_counts(
    session: Session, out: TextIO, kinds: Sequence[str], first: date, last: date, small: Small
) -> None:
    """Reports by ward, week (its Monday) and kind: the whole weeks in which these local dates lie, all wards.

    Weeks are whole because two files that differ by a day would tell what was reported on that day.
    """
    first, last = _monday(first), _monday(last) + WEEK - timedelta(days=1)
    homes = await wards.every_ward(session)
    counts: Counter[tuple[int, date, str]] = Counter()
    for ward_id, kind, day, number in await exports.daily_counts(session, kinds, first, last):
        counts[ward_id, _monday(day), kind] += number
    shown: dict[tuple[int, date, str], str] = {}
    mondays = [first + number * WEEK for number in range((last - first) // WEEK + 1)]
    for group in _read_together(homes):
        for week in mondays:
            for kind in kinds:
                shown |= _shown([(ward.key, week, kind) for ward in group], counts, small)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COUNTED)
    for week in mondays:
        for ward in homes:
            writer.writerows([safe(ward.name), week, kind, shown[ward.key, week, kind]] for kind in kinds)


async def write_reports(
    session: Session, out: TextIO, kinds: Sequence[str], first: date, last: date, *, with_text: bool
) -> None:
    """The single reports of these local dates: no id, no name, a day and no hour; free text if it is asked for."""
    writer = csv.writer(out, lineterminator="\n")
    columns = (*ROW, *TEXT) if with_text else ROW
    writer.writerow(columns)
    async for report, ward in exports.every_report(session, kinds, first, last):
        writer.writerow([safe(_cell(report, ward, column)) for column in columns])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _read_together(homes: Sequence[Ward]) -> Iterable[list[Ward]]:
    """The wards whose totals are shown together: in their leaders' digest."""
    groups: defaultdict[str, list[Ward]] = defaultdict(list)
    for ward in homes:
        at = ward.leaders_channel
        groups[wards.place_key(at.front, at.address) if at else ""].append(ward)
    return groups.values()


def _shown(
    cells: Sequence[tuple[int, date, str]], counts: Counter[tuple[int, date, str]], small: Small
) -> dict[tuple[int, date, str], str]:
    """What the file says of these cells, whose total may be known."""
    numbers = [counts[cell] for cell in cells]
    away = small.withheld(numbers)
    words = (
        small.under if small.is_small(number) else HIDDEN if at in away else str(number)
        for at, number in enumerate(numbers)
    )
    return dict(zip(cells, words, strict=True))


def _cell(report: Report, ward: str, column: str) -> str:
    if column == "ward":
        return ward
    if column == "answered":
        return "yes" if report.answered_on else "no"
    value = getattr(report, column)
    return ";".join(value) if isinstance(value, list) else str(value if value is not None else "")
