"""A ward's page, for whoever sees its small numbers: its charts, its notes, what was building and what helped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from bot.handlers.desk import Desk
from bot.measures import weekly
from bot.prompts.library import Library
from bot.prompts.words import commonest
from bot.store import marks, reports, targets
from bot.store.database import Session
from bot.store.tables import Mark, Report, Target, Ward
from bot.web.dashboard.choice import Choice, last_day
from bot.web.dashboard.shown import Shown, shown

OTHER = "other"
MOST_TRIGGERS = 5

Counted = list[tuple[str, int]]


@dataclass(frozen=True)
class WardView:
    """A ward's page: `last` ends the last week that is counted. `began`: the first day of its figures, if any."""

    ward: Ward
    last: date
    charts: tuple[Shown, ...]
    building: Counted
    helped: Counted
    notes: tuple[Mark, ...]
    has_targets: bool

    @property
    def began(self) -> date | None:
        """The first day that is shown."""
        return min((one.points[0].start for one in self.charts if one.points), default=None)


async def ward_view(session: Session, desk: Desk, ward: Ward, choice: Choice) -> WardView:
    """What the page of a ward shows."""
    last = last_day(desk, [ward])
    first = choice.first(last)
    noted = await marks.of_wards(session, [ward.key])
    aims = await targets.of_wards(session, [ward.key])
    charts = await ward_charts(session, desk.library, ward, choice, last, noted, aims)
    told = await reports.reports_between(session, [ward.key], first, last)
    told = [one for one in told if one.kind in reports.ANSWERED and choice.shift in ("", one.shift_band)]
    building, helped = (_triggers(desk.library, name, told) for name in ("building", "helped"))
    seen = tuple(mark for mark in noted if mark.day >= first)
    return WardView(ward, last, charts, building, helped, seen, has_targets=bool(aims))


async def ward_charts(
    session: Session,
    library: Library,
    ward: Ward,
    choice: Choice,
    last: date,
    noted: Sequence[Mark],
    aims: Sequence[Target],
) -> tuple[Shown, ...]:
    """A ward's charts, in the order of the measures; of a part of the day they say so, and have no target."""
    aims = () if choice.shift else aims
    name = f"{ward.name}, {library.label('shift_band', choice.shift)}" if choice.shift else ward.name
    loaded = await weekly.load(session, [ward.key], last, weekly.LONGEST, choice.measures, choice.shift or None)
    first = choice.first(last)
    return tuple(shown(name, key, series, noted, first, last, aims) for key, series in loaded[ward.key].items())


def _triggers(library: Library, name: str, told: Collection[Report]) -> Counted:
    values = (value for report in told for value in getattr(report, name) if value != OTHER)
    return [(library.label(name, value), number) for value, number in commonest(values, MOST_TRIGGERS)]
