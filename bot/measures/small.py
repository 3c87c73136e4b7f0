"""Which wards' figures are not shown to whoever may see no small numbers, and whether the total stays out of sight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from bot.measures import weekly
from bot.measures.catalogue import MEASURES
from bot.privacy.small import Small
from bot.store.tables import Ward
from bot.trends.series import Series

Figures = Mapping[str, Mapping[int, Series]]
"""All weeks that are ever read, by measure and ward."""


KnownSets = Collection[frozenset[int]]
"""Sets of wards, of each of which somebody may know every count, or only what they count together."""


def known_sets(wards: Iterable[Ward]) -> KnownSets:
    """No ward; each by itself, which its staff know; and those that one person is in charge of."""
    charge: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    found = {frozenset[int]()}
    for ward in wards:
        found.add(frozenset({ward.key}))
        for person in (*ward.managers, *ward.leaders):
            charge[ward.front, ward.place.get("workspace", ""), person].add(ward.key)
    return found.union(map(frozenset, charge.values()))


def known_together(wards: Iterable[Ward]) -> KnownSets:
    """The wards of each leaders' channel, which reads in its digest what they count together."""
    channels: defaultdict[str, set[int]] = defaultdict(set)
    for ward in wards:
        if ward.leaders_channel:
            channels[str(ward.leaders_channel)].add(ward.key)
    return {frozenset(), *map(frozenset, channels.values())}


def known_by_anybody(wards: Collection[Ward]) -> KnownSets:
    """What somebody may know who reads a page that everybody may read: their own wards, and those of their channels."""
    own, channels = known_sets(wards), known_together(wards)
    return {some | channel for some in own for channel in channels if not channel or not some or channel & some}


def kept_back(key: str, figures: Figures, small: Small, known: KnownSets) -> tuple[frozenset[int], bool]:
    """Which wards are not shown in this measure, and whether the total of all has to stay out of sight as well.

    Each of the `known` sets is taken away from the total in turn: what is left must tell no small number either. So
    must what is left without the wards that had begun before some other did, whose total somebody may have kept from
    the week before. `figures` has every measure of the source. What is hidden is decided on all weeks that are ever
    read, of whichever period, and on all measures of the reports, which make each other up: else the difference
    between two pages would tell it.
    """
    source = MEASURES[key].source
    hidden: set[int] = set()
    told = False
    if source != "huddles":  # whether a huddle was held points at nobody
        for every in figures.values() if source == "reports" else (figures[key],):
            away, tell = _kept_back(every, known, small)
            hidden |= away
            told |= tell
    return frozenset(hidden), told


def counted_in(every: Mapping[int, Series], together: Series | None) -> frozenset[int]:
    """The wards whose weeks are in those of several together (`weekly.together`)."""
    return frozenset(
        ward_id
        for ward_id, one in every.items()
        if together and len(one.starts) >= weekly.FEWEST_WEEKS and one.figure == together.figure
    )


def _kept_back(every: Mapping[int, Series], known: KnownSets, small: Small) -> tuple[set[int], bool]:
    together = weekly.together(every.values())
    shared = set(together.starts) if together else set()
    counted = counted_in(every, together)
    always = frozenset[int]().union(*known).intersection(*known)
    taken = {some & counted for some in (*known, *(always | before for before in _before(every, counted)))}
    hidden: set[int] = set()
    told = False
    for by_week in _weeks(every):
        for week, counts in by_week.items():
            few = {ward_id: count for ward_id, count in counts.items() if small.is_small(count)}
            hidden |= few.keys()
            if week not in shared or not (within := few.keys() & counted):
                continue
            number, total = len(within), sum(few[ward_id] for ward_id in within)
            for some in taken:
                of_them = within & some
                left, left_total = number - len(of_them), total - sum(few[ward_id] for ward_id in of_them)
                if small.is_told_by(left, left_total):
                    rest = [ward_id for ward_id in counts if ward_id in counted and ward_id not in some]
                    numbers = [counts[ward_id] for ward_id in rest]
                    hidden |= {rest[at] for at in small.withheld(numbers)}
                    told = told or small.tells(numbers)
    return hidden, told


def _before(every: Mapping[int, Series], counted: Collection[int]) -> Iterable[frozenset[int]]:
    """The wards counted that had begun before each of the later beginnings."""
    for began in {every[ward_id].starts[0] for ward_id in counted}:
        yield frozenset(ward_id for ward_id in counted if every[ward_id].starts[0] < began)


def _weeks(series: Mapping[int, Series]) -> Iterable[Mapping[date, Mapping[int, int]]]:
    """By week and ward what was counted; of a share also what it is of, and the rest of that."""
    counted: defaultdict[date, dict[int, int]] = defaultdict(dict)
    of: defaultdict[date, dict[int, int]] = defaultdict(dict)
    rest: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for ward_id, one in series.items():
        for at, (week, number) in enumerate(zip(one.starts, one.counts, strict=True)):
            counted[week][ward_id] = number
            if one.figure == "share" and one.of:
                of[week][ward_id], rest[week][ward_id] = one.of[at], one.of[at] - number
    return counted, of, rest
