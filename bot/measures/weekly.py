"""Brings weekly figures from the store to the trends: for any number of wards, in a few questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.measures.catalogue import MEASURES, Measure, Source
from bot.store import figures, incidents
from bot.store.database import Session
from bot.store.reports import ANSWERED
from bot.trends.plot import may_be_rare
from bot.trends.series import WEEK, Figure, Series

LONGEST = 104
"""Weeks that are ever read, so that a long history costs no more than a short one."""
FEWEST_WEEKS = 12
"""Weeks that a ward needs to count among several, so that one that is new does not look like a change."""
CHUNK = 10
"""Wards that are read at a time where all are."""
DAY = timedelta(days=1)
_KINDS = {"near_misses": "near_miss", "successes": "success"}


async def load(
    session: Session,
    ward_ids: Collection[int],
    last: date,
    weeks: int = LONGEST,
    measures: Collection[str] = tuple(MEASURES),
    shift_band: str | None = None,
) -> dict[int, dict[str, Series]]:
    """The figures of each ward by measure, in whole weeks of which the latest ends on `last`, at most 104 of them.

    Weeks begin with the first that is counted in them: of reports the ward's first report, of interventions its first
    tally, of what else there is its first huddle or report; what was not asked for yet is unknown, and no 0. Those of
    one part of the day (`shift_band`) are there for the measures that can be told so. `last` must be a day that is
    over: what was reported today would tell the hour of a report to whoever looks twice.
    """
    weeks = min(weeks, LONGEST)
    first = last - weeks * WEEK + DAY
    wanted = {name: MEASURES[name] for name in measures if MEASURES[name].by_shift or not shift_band}
    sources = {measure.source for measure in wanted.values()}
    began = await figures.began(session, ward_ids, first)
    found: dict[int, dict[str, Series]] = {ward_id: {} for ward_id in ward_ids}
    for source in sources:
        chosen = {name: measure for name, measure in wanted.items() if measure.source == source}
        first_days = {ward_id: _FIRST[source](began[ward_id]) for ward_id in ward_ids if ward_id in began}
        starts = {
            ward_id: _starts(max(day, first), last) if (day := first_days.get(ward_id)) else () for ward_id in ward_ids
        }
        for name, ward_id, series in await _LOADERS[source](session, starts, first, last, chosen, shift_band):
            found[ward_id][name] = series
    return {ward_id: {name: of_ward[name] for name in wanted if name in of_ward} for ward_id, of_ward in found.items()}


async def load_all(
    session: Session, ward_ids: Sequence[int], last: date, measures: Collection[str] = tuple(MEASURES)
) -> dict[str, dict[int, Series]]:
    """The same of very many wards, by measure and ward: a few at a time, so that nobody else waits long."""
    figures: dict[str, dict[int, Series]] = {key: {} for key in measures}
    for at in range(0, len(ward_ids), CHUNK):
        for ward_id, found in (await load(session, ward_ids[at : at + CHUNK], last, measures=measures)).items():
            for key, series in found.items():
                figures[key][ward_id] = series
    return figures


def last_sunday(today: date) -> date:
    """The last Sunday before `today`: a day that is over."""
    return today - timedelta(days=today.weekday() + 1)


def together(every: Iterable[Series]) -> Series | None:
    """The figures of several wards as one: of those with 12 weeks or more, the weeks that all of them have.

    None where no ward has so many. A ward that is new would else look like a change, and so would one that left a week
    out; only in a share it counts for nothing in a week that has nothing to be a share of. Of wards that count in
    different ways (rates where bed days are imported, or counts) only those with rates are taken. The days of single
    events are left out: a chart of the days between them would date them.
    """
    long = [series for series in every if len(series.starts) >= FEWEST_WEEKS]
    if any(series.figure == "rate" for series in long):
        long = [series for series in long if series.figure == "rate"]
    if not long:
        return None
    begun = max(series.starts[0] for series in long)
    weeks = [{start for start in series.starts if start >= begun} for series in long]
    shared = sorted(set.union(*weeks) if long[0].figure == "share" else set.intersection(*weeks))
    if not shared:
        return None
    counts: Counter[date] = Counter()
    of: Counter[date] = Counter()
    for one in long:
        counts.update(dict(zip(one.starts, one.counts, strict=True)))
        of.update(dict(zip(one.starts, one.of or (), strict=False)))
    return replace(
        long[0],
        starts=tuple(shared),
        counts=tuple(counts[start] for start in shared),
        of=None if long[0].of is None else tuple(of[start] for start in shared),
        days=None,
    )


def _starts(began: date, last: date) -> tuple[date, ...]:
    """The first days of the whole weeks from `began` on, the latest ending on `last`."""
    number = max(0, (last - began + DAY) // WEEK)
    return tuple(last - back * WEEK + DAY for back in range(number, 0, -1))


_Starts = Mapping[int, tuple[date, ...]]
_Found = list[tuple[str, int, Series]]
_Measures = Mapping[str, Measure]
_ByWeek = Mapping[int, int]
"""By how many weeks lie between and the last one."""


def _counted(measure: Measure, starts: Sequence[date], counts: Sequence[int], days: Iterable[date] | None) -> Series:
    """What happened so often each week; on which `days`, where that is needed."""
    events = None if days is None else tuple(day for day in days if starts and day >= starts[0])
    return Series(measure.what, measure.direction, tuple(starts), tuple(counts), days=events)


def _on_days(measure: Measure, starts: Sequence[date], days: Counter[date]) -> Series:
    """What happened on known days."""
    by_week = Counter[int]()
    for day, number in days.items():
        by_week[(starts[-1] + WEEK - DAY - day) // WEEK if starts else 0] += number
    return _counted(measure, starts, _by_week(starts, by_week), sorted(days.elements()))


def _shared(measure: Measure, starts: Sequence[date], done: _ByWeek, total: _ByWeek) -> Series:
    """A share: the weeks that have anything to be a share of."""
    rows = zip(starts, _by_week(starts, done), _by_week(starts, total), strict=True)
    return _of(measure, "share", [row for row in rows if row[2]])


def _of(measure: Measure, figure: Figure, rows: Sequence[tuple[date, int, int]]) -> Series:
    """Weeks with their counts and what those are of."""
    starts, counts, of = ((row[0] for row in rows), (row[1] for row in rows), (row[2] for row in rows))
    return Series(measure.what, measure.direction, tuple(starts), tuple(counts), figure, tuple(of))


def _by_week(starts: Sequence[date], found: _ByWeek) -> tuple[int, ...]:
    """The number of each of the weeks, the oldest first."""
    return tuple(found.get(back, 0) for back in range(len(starts) - 1, -1, -1))


async def _reports(
    session: Session, starts: _Starts, first: date, last: date, wanted: _Measures, shift_band: str | None
) -> _Found:
    counted: defaultdict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    both: defaultdict[int, Counter[int]] = defaultdict(Counter)
    answered: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for ward_id, kind, back, number, of_them in await figures.reported(session, list(starts), first, last, shift_band):
        if kind in ANSWERED:
            counted[ward_id, kind][back] = number
            both[ward_id][back] += number
            answered[ward_id][back] += of_them
    found: _Found = []
    for name, measure in wanted.items():
        if name in _KINDS:
            kind = _KINDS[name]
            counts = {ward_id: _by_week(weeks, counted[ward_id, kind]) for ward_id, weeks in starts.items()}
            rare = [ward_id for ward_id, numbers in counts.items() if may_be_rare(numbers)]
            days: dict[int, list[date]] = {ward_id: [] for ward_id in rare}
            if rare:
                for ward_id, day, number in await figures.reported_on(session, kind, rare, first, last, shift_band):
                    days[ward_id] += [day] * number
            found += [
                (name, ward_id, _counted(measure, starts[ward_id], numbers, days.get(ward_id)))
                for ward_id, numbers in counts.items()
            ]
        else:
            for ward_id, weeks in starts.items():
                done = counted[ward_id, "success"] if name == "success_share" else answered[ward_id]
                found.append((name, ward_id, _shared(measure, weeks, done, both[ward_id])))
    return found


async def _interventions(
    session: Session, starts: _Starts, first: date, last: date, wanted: _Measures, shift_band: str | None
) -> _Found:
    """The trust's own counts of a measure where it imports any of its kinds, else the tally.

    A week without a row of any of them is unknown, as its trust was told (docs/integrations.md).
    """
    imported = {} if shift_band else await incidents.counts_of(session, list(starts), first, last - WEEK + DAY)
    weeks: defaultdict[tuple[int, str], set[date]] = defaultdict(set)
    for ward_id, week, kind in imported:
        weeks[ward_id, kind].add(week)
    tallies: defaultdict[int, list[figures.Tallied]] = defaultdict(list)
    for one in await figures.tallied(session, list(starts), first, last, shift_band):
        tallies[one.ward_id].append(one)
    found: _Found = []
    for ward_id, own in starts.items():
        for name, measure in wanted.items():
            if known := set[date]().union(*(weeks[ward_id, kind] for kind in measure.kinds)):
                series = _imported(measure, ward_id, sorted(known), imported)
            else:
                used = Counter(one.day for one in tallies[ward_id] if not set(measure.kinds).isdisjoint(one.used))
                series = _on_days(measure, own, used)
            found.append((name, ward_id, series))
    return found


def _imported(
    measure: Measure, ward_id: int, weeks: Sequence[date], imported: Mapping[incidents.Counted, int]
) -> Series:
    """Per 1,000 occupied bed days where the trust imported those: they are never guessed."""
    counts = [sum(imported.get((ward_id, week, kind), 0) for kind in measure.kinds) for week in weeks]
    beds = [imported.get((ward_id, week, incidents.BED_DAYS), 0) for week in weeks]
    if not any(beds):
        return Series(measure.what, measure.direction, tuple(weeks), tuple(counts))
    return _of(measure, "rate", [row for row in zip(weeks, counts, beds, strict=True) if row[2]])


async def _shares(rows: Sequence[figures.Share], starts: _Starts, wanted: _Measures) -> _Found:
    done: defaultdict[int, dict[int, int]] = defaultdict(dict)
    total: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for ward_id, back, so_many, of in rows:
        done[ward_id][back], total[ward_id][back] = so_many, of
    return [
        (name, ward_id, _shared(measure, weeks, done[ward_id], total[ward_id]))
        for name, measure in wanted.items()
        for ward_id, weeks in starts.items()
    ]


async def _huddles(
    session: Session, starts: _Starts, first: date, last: date, wanted: _Measures, shift_band: str | None
) -> _Found:
    return await _shares(await figures.huddles_held(session, list(starts), first, last), starts, wanted)


async def _debriefs(
    session: Session, starts: _Starts, first: date, last: date, wanted: _Measures, shift_band: str | None
) -> _Found:
    return await _shares(await figures.debriefs_held(session, list(starts), first, last), starts, wanted)


async def _actions(
    session: Session, starts: _Starts, first: date, last: date, wanted: _Measures, shift_band: str | None
) -> _Found:
    days: defaultdict[int, Counter[date]] = defaultdict(Counter)
    for ward_id, day, number in await figures.actions_done(session, list(starts), first, last):
        days[ward_id][day] = number
    return [
        (name, ward_id, _on_days(measure, weeks, days[ward_id]))
        for name, measure in wanted.items()
        for ward_id, weeks in starts.items()
    ]


_FIRST: Mapping[Source, Callable[[figures.Began], date | None]] = {
    "reports": lambda began: began.reports,
    "interventions": lambda began: began.tallies,
    "huddles": lambda began: began.first,
    "debriefs": lambda began: began.first,
    "actions": lambda began: began.first,
}
"""The day from which something is counted."""
_Load = Callable[[Session, _Starts, date, date, _Measures, str | None], Awaitable[_Found]]
_LOADERS: Mapping[Source, _Load] = {
    "reports": _reports,
    "interventions": _interventions,
    "huddles": _huddles,
    "debriefs": _debriefs,
    "actions": _actions,
}
