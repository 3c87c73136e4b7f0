"""Somebody's wards on one page: those with a real change first, then by name; never a league table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.handlers.desk import Desk
from bot.measures import weekly
from bot.store import marks
from bot.store.database import Session
from bot.store.tables import Mark, Ward
from bot.trends.reading import Reading
from bot.web.dashboard.choice import Choice, last_day
from bot.web.dashboard.shown import changed, reading_of

MOST = 60
"""Wards that are read for one page; whoever has more chooses one."""


@dataclass(frozen=True)
class Standing:
    """What is said of one ward: its real changes by measure, or that there is none."""

    ward: Ward
    readings: Mapping[str, Reading]

    @property
    def changes(self) -> tuple[str, ...]:
        """What changed for real, a sentence each."""
        return tuple(reading.sentence for reading in self.readings.values() if changed(reading))

    @property
    def words(self) -> str:
        """What is said where nothing changed for real."""
        told = sum(reading.enough for reading in self.readings.values())
        if not told:
            return "Not enough data yet to tell a real change from chance."
        return f"No real change in the {told} of {len(self.readings)} measures with enough data to tell."


@dataclass(frozen=True)
class Several:
    """The wards of a page, and the last day that is counted; `left_out` those that were too many."""

    standings: tuple[Standing, ...]
    last: date
    left_out: tuple[Ward, ...] = ()


async def several(session: Session, desk: Desk, wards: Sequence[Ward], choice: Choice) -> Several:
    """What is said of these wards, which are in order of their names."""
    last = last_day(desk, wards)
    read, left_out = wards[:MOST], wards[MOST:]
    keys = [ward.key for ward in read]
    loaded = await weekly.load(session, keys, last, choice.weeks, choice.measures, choice.shift or None)
    noted = by_ward(await marks.of_wards(session, keys, choice.first(last)))
    standings = [
        Standing(
            ward, {key: reading_of(key, series, noted.get(ward.key, ())) for key, series in loaded[ward.key].items()}
        )
        for ward in read
    ]
    return Several(tuple(sorted(standings, key=lambda one: not one.changes)), last, tuple(left_out))


def by_ward(noted: Iterable[Mark]) -> dict[int, list[Mark]]:
    """Notes by the id of their ward."""
    found: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in noted:
        found[mark.ward_id].append(mark)
    return found
