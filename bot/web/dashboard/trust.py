"""The trust's page: all wards together, and what may be said of each without its small numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from bot.handlers.desk import Desk
from bot.handlers.roles import Viewer
from bot.measures import weekly
from bot.measures.catalogue import MEASURES, Source
from bot.measures.signals import reading_of
from bot.measures.small import Figures, KnownSets, kept_back, known_together
from bot.privacy.small import Small
from bot.store import marks, wards
from bot.store.tables import Mark, Ward
from bot.trends.series import Series
from bot.web.dashboard.choice import Choice, last_day
from bot.web.dashboard.kept import Kept
from bot.web.dashboard.several import LIFE
from bot.web.dashboard.shown import Shown, shown

ALL = "All wards"
KEPT_PAGES = 32
SMALL = "Small numbers: not shown"


@dataclass(frozen=True, eq=False)
class Trust:
    """All wards by name, their weeks by measure, of those that come from one source, and which share a channel."""

    wards: tuple[tuple[int, str], ...]
    last: date
    figures: Figures
    noted: Mapping[int, Sequence[Mark]]
    channels: KnownSets


@dataclass(frozen=True)
class Line:
    """What may be said of one ward; `changed`: that there is a real change."""

    ward_id: int
    name: str
    words: str
    changed: bool = False
    own: bool = False


@dataclass(frozen=True)
class Said:
    """What may be said in one measure, of whichever period: of all wards together, if anything, and of each."""

    together: Series | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class TrustView:
    """The page. `together` is None where the numbers of all wards would tell `small` ones."""

    together: Shown | None
    lines: tuple[Line, ...]
    last: date
    small: Small


class TrustPage:
    """Works the page out, and keeps it for ten minutes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._figures: Kept[Trust] = Kept(desk.clock, LIFE, len(get_args(Source)))
        self._said: Kept[Said] = Kept(desk.clock, LIFE, KEPT_PAGES)

    async def view(self, viewer: Viewer, choice: Choice) -> TrustView:
        """What a leader may see of all wards. `choice` names one measure, and the whole day."""
        source, small = MEASURES[choice.measure].source, self._desk.supplies.small
        trust = await self._figures.get(source, lambda: self._load(source))
        to_say = (trust, frozenset(ward.key for ward in viewer.wards), viewer.could_see, choice.measure)
        said = await self._said.get(to_say, lambda: asyncio.to_thread(said_of, *to_say, small))
        return await asyncio.to_thread(trust_view, trust, said, choice, small)

    async def _load(self, source: Source) -> Trust:
        async with self._desk.store() as session:
            every: Sequence[Ward] = await wards.every_ward(session)
            last = last_day(self._desk, every)
            keys = [ward.key for ward in every]
            measures = [key for key, one in MEASURES.items() if one.source == source]
            figures = await weekly.load_all(session, keys, last, measures)
            noted = marks.by_ward(await marks.of_wards(session, keys))
        return Trust(tuple((ward.key, ward.name) for ward in every), last, figures, noted, known_together(every))


def said_of(trust: Trust, own: frozenset[int], could_see: frozenset[int], measure: str, small: Small) -> Said:
    """What may be seen by who sees the `small` numbers of their `own` wards alone, and `could_see` those of more."""
    every = trust.figures[measure]
    known = {could_see | channel for channel in trust.channels}
    hidden, told = kept_back(measure, trust.figures, small, known)
    lines = []
    for ward_id, name in trust.wards:
        if ward_id in hidden and ward_id not in own:
            lines.append(Line(ward_id, name, SMALL))
        else:
            reading = reading_of(measure, every[ward_id], trust.noted.get(ward_id, ()), last=trust.last)
            lines.append(Line(ward_id, name, reading.sentence, reading.changed, ward_id in own))
    lines.sort(key=lambda line: not line.changed)
    return Said(None if told else weekly.together(every.values()), tuple(lines))


def trust_view(trust: Trust, said: Said, choice: Choice, small: Small) -> TrustView:
    """The page of the chosen period."""
    whole = None
    if said.together:
        whole = shown(ALL, choice.measure, said.together, (), choice.first(trust.last), trust.last)
    return TrustView(whole, said.lines, trust.last, small)
