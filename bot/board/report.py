"""What a board report says: all wards together by measure, and each ward without its small numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.measures import weekly
from bot.measures.catalogue import MEASURES, Measure
from bot.measures.signals import reading_of
from bot.measures.small import Figures, KnownSets, counted_in, kept_back, known_by_anybody
from bot.privacy.small import Small
from bot.store import marks, wards
from bot.store.database import Session
from bot.store.tables import Mark
from bot.trends.reading import Reading


@dataclass(frozen=True)
class Gathered:
    """All wards by name, their weeks by measure, what they noted, and of which wards somebody knows what they count.

    `last` ends the last week.
    """

    wards: tuple[tuple[int, str], ...]
    figures: Figures
    noted: Mapping[int, Sequence[Mark]]
    known: KnownSets
    last: date


@dataclass(frozen=True)
class Together:
    """A measure of all wards; `wards` is how many have their weeks in it, `imported` how many of these import counts.

    `reading` is None where no ward has weeks enough and, if `small`, where the total would tell small numbers.
    """

    measure: Measure
    wards: int
    reading: Reading | None
    imported: int = 0
    small: bool = False

    @property
    def changed(self) -> bool:
        """Whether its end shows a real change."""
        return self.reading is not None and self.reading.changed

    @property
    def steady(self) -> bool:
        """Whether there is data enough to tell, and no sign of a change."""
        return self.reading is not None and self.reading.enough and not (self.changed or self.early)

    @property
    def early(self) -> bool:
        """Whether its chart marks the end, and it is no sure change yet."""
        one = self.reading
        return one is not None and one.enough and not self.changed and one.points[-1].meaning != "common_cause"


@dataclass(frozen=True)
class WardLine:
    """What may be said of one ward: a sentence for each real change, and the number of measures of each other kind."""

    name: str
    changes: tuple[str, ...]
    steady: int
    too_few: int
    small: int


@dataclass(frozen=True)
class Report:
    """`lines` has the wards with a real change first, and then by name. `small`: the numbers that were kept back."""

    together: tuple[Together, ...]
    lines: tuple[WardLine, ...]
    small: Small


async def gather(session: Session, last: date) -> Gathered:
    """The weeks of all wards that end on `last`, a Sunday that is over."""
    every = await wards.every_ward(session)
    keys = [ward.key for ward in every]
    figures = await weekly.load_all(session, keys, last)
    noted = marks.by_ward(await marks.of_wards(session, keys))
    return Gathered(tuple((ward.key, ward.name) for ward in every), figures, noted, known_by_anybody(every), last)


def report(gathered: Gathered, small: Small) -> Report:
    """What may be said to a board, which sees no ward's small numbers. It takes a moment of the processor."""
    together = []
    readings: defaultdict[int, list[Reading | None]] = defaultdict(list)
    for key, measure in MEASURES.items():
        every = gathered.figures[key]
        by_source = {other: gathered.figures[other] for other in MEASURES if MEASURES[other].source == measure.source}
        hidden, told = kept_back(key, by_source, small, gathered.known)
        whole = weekly.together(every.values())
        shown = None if told or whole is None else reading_of(key, whole, last=gathered.last)
        counted = counted_in(every, whole)
        # Of tallies the days are known, of imported counts only the weeks.
        imported = sum(every[ward_id].days is None for ward_id in counted) if measure.source == "interventions" else 0
        together.append(Together(measure, len(counted), shown, imported, told))
        for ward_id, series in every.items():
            noted = gathered.noted.get(ward_id, ())
            readings[ward_id].append(None if ward_id in hidden else reading_of(key, series, noted, last=gathered.last))
    lines = [_line(name, readings[ward_id]) for ward_id, name in gathered.wards]
    return Report(tuple(together), tuple(sorted(lines, key=lambda line: not line.changes)), small)


def _line(name: str, readings: Iterable[Reading | None]) -> WardLine:
    shown = list(readings)
    told = [reading for reading in shown if reading is not None]
    changes = tuple(reading.sentence for reading in told if reading.changed)
    too_few = sum(not reading.enough for reading in told)
    return WardLine(name, changes, len(told) - too_few - len(changes), too_few, len(shown) - len(told))
