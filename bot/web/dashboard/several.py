"""Somebody's wards on one page: together, and each, those with a real change first; never a league table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.handlers.desk import Desk
from bot.measures import weekly
from bot.measures.signals import reading_of
from bot.store import marks
from bot.store.tables import Mark, Ward
from bot.trends.reading import Reading
from bot.trends.series import Series
from bot.web.dashboard.choice import Choice, last_day
from bot.web.dashboard.kept import Kept
from bot.web.dashboard.shown import Shown, shown

MOST = 60
"""Wards that are read for one page; whoever has more chooses one."""
LIFE = timedelta(minutes=10)
"""For how long it is kept: the weeks are over, and what still changes in them can wait so long."""
KEPT_PAGES = 64
TOGETHER = "Your wards together"
Summed = tuple[str, Series]
"""A measure, and its weeks of several wards together."""


@dataclass(frozen=True)
class Said:
    """What is said of one ward: a sentence for each real change, and in how many measures of how many one could be."""

    changes: tuple[str, ...]
    told: int
    measures: int

    @property
    def words(self) -> str:
        """What is said where nothing changed for real."""
        if not self.told:
            return "Not enough data yet to tell a real change from chance."
        return f"No real change in the {self.told} of {self.measures} measures with enough data to tell."


@dataclass(frozen=True)
class Several:
    """Wards and what is said of them, and the last day that is counted; `left_out` are those that were too many.

    `together`: the chosen measure, or else the first that has any, of those that are read; None of one ward alone.
    """

    wards: tuple[tuple[Ward, Said], ...]
    last: date
    together: Shown | None = None
    left_out: tuple[Ward, ...] = ()


class SeveralPage:
    """Works the page out, and keeps what it says for ten minutes; where limits start anew counts at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: Kept[tuple[Mapping[int, Said], Summed | None]] = Kept(desk.clock, LIFE, KEPT_PAGES)

    async def view(self, wards: Sequence[Ward], choice: Choice) -> Several:
        """What is said of these wards, which are in order of their names."""
        last = last_day(self._desk, wards)
        read = wards[:MOST]
        keys = tuple(ward.key for ward in read)
        async with self._desk.store() as session:
            noted = [mark for mark in await marks.of_wards(session, keys) if mark.rebases]
        anew = tuple((mark.ward_id, mark.day, *mark.rebases) for mark in noted)
        asked = replace(choice, weeks=weekly.LONGEST)  # what is said is the same for every period
        said, summed = await self._kept.get((keys, last, asked, anew), lambda: self._said(keys, last, asked, noted))
        found = sorted(((ward, said[ward.key]) for ward in read), key=lambda one: not one[1].changes)
        together = shown(TOGETHER, *summed, (), choice.first(last), last) if summed else None
        return Several(tuple(found), last, together, tuple(wards[MOST:]))

    async def _said(
        self, keys: Sequence[int], last: date, choice: Choice, noted: Iterable[Mark]
    ) -> tuple[dict[int, Said], Summed | None]:
        anew = marks.by_ward(noted)
        async with self._desk.store() as session:
            loaded = await weekly.load(session, keys, last, weekly.LONGEST, choice.measures, choice.shift or None)
        said = {
            ward_id: _said(
                [reading_of(key, one, anew.get(ward_id, ()), last=last) for key, one in loaded[ward_id].items()]
            )
            for ward_id in keys
        }
        sums = ((key, weekly.together(loaded[ward_id][key] for ward_id in keys)) for key in choice.measures)
        return said, next(((key, series) for key, series in sums if series and len(keys) > 1), None)


def _said(readings: Sequence[Reading]) -> Said:
    changes = tuple(reading.sentence for reading in readings if reading.changed)
    return Said(changes, sum(reading.enough for reading in readings), len(readings))
