"""`python -m benchmarks.false_alarms`: how often a stable ward is told of a change, and when a halving is seen.

Simulated wards are read by the code that the digests use, as sure as a digest must be. Each ward has one stable mean;
events are independent, or come in clusters, or a share varies from week to week. The table is in docs/trends.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.random import Generator

from bot.trends.reading import Reading, read
from bot.trends.sentence import Method
from bot.trends.series import WEEK, Series

FLOOR = 0.02
"""The share of stable wards that may be told of a change in a week."""
LENGTHS = (12, 26, 52, 104)
"""Weeks of data that a ward may have."""
WARDS = 2000
HALVED = 100
"""Wards for each figure: of the stable, and of those where everything is halved."""
BEFORE, AFTER = 78, 26
"""Weeks before a halving, and after it."""
MEASURES = 10
"""In a digest."""
WORKERS = 2
SEED = 20261125
FIRST = date(2024, 1, 1)
BED_DAYS = 126
"""A week on a ward of 18 beds."""


@dataclass(frozen=True)
class Kind:
    """Wards of one kind: `mean` events a week; or the share `mean` of `of` a week, of just so many where `planned`.

    Events come in clusters of `cluster` on average, two days from one to the next. A share is that of each week for
    itself: what one of a week is, another is too, with the correlation `alike`.
    """

    name: str
    mean: float
    of: float = 0
    planned: bool = False
    days_known: bool = True
    cluster: float = 1
    alike: float = 0

    def draw(self, rng: Generator, weeks: int, halved: int = 0) -> Series:
        """A ward of so many weeks, of which the last `halved` at half the mean."""
        starts = tuple(FIRST + at * WEEK for at in range(weeks))
        means = np.where(np.arange(weeks) < weeks - halved, self.mean, self.mean / 2)
        if self.of and self.mean < 1:
            asked = np.full(weeks, int(self.of)) if self.planned else rng.poisson(self.of, weeks)
            kept = asked > 0
            if self.alike:
                means = rng.beta(means * (1 / self.alike - 1), (1 - means) * (1 / self.alike - 1))
            done = rng.binomial(asked, means)[kept]
            whole = tuple(start for start, is_kept in zip(starts, kept, strict=True) if is_kept)
            return Series("successes", "neutral", whole, _ints(done), "share", _ints(asked[kept]))
        if self.of:
            beds = rng.integers(int(self.of * 0.85), int(self.of) + 1, weeks)
            counts = rng.poisson(means * beds / self.of)
            return Series("restraints", "neutral", starts, _ints(counts), "rate", _ints(beds))
        by_day = self._by_day(rng, np.repeat(means / 7, 7))
        counts = by_day.reshape(weeks, 7).sum(1)
        days = tuple(FIRST + timedelta(days=int(day)) for day in np.repeat(np.arange(7 * weeks), by_day))
        return Series("near misses", "neutral", starts, _ints(counts), days=days if self.days_known else None)

    def _by_day(self, rng: Generator, means: np.ndarray) -> np.ndarray:
        """Events on each day. What a cluster that began before the first day would add is left out."""
        by_day = rng.poisson(means / self.cluster)
        if self.cluster > 1:
            at = np.repeat(np.arange(len(by_day)), by_day).astype(float)
            left = rng.geometric(1 / self.cluster, len(at)) - 1
            while len(at := at[left > 0]):
                left = left[left > 0] - 1
                at = at + rng.exponential(2.0, len(at))
                by_day += np.bincount(at[at < len(by_day)].astype(int), minlength=len(by_day))
        return by_day


COUNTS = tuple(Kind(f"{mean:g} a week", mean) for mean in (0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7, 10))
WEEKS_ONLY = tuple(Kind(f"{mean:g} a week, days unknown", mean, days_known=False) for mean in (0.3, 0.5, 1, 2, 4))
RATES = tuple(Kind(f"{mean:g} a week, by bed days", mean, BED_DAYS) for mean in (1, 3, 5, 10))
SHARES = tuple(Kind(f"{share:.0%} of about {of}", share, of) for of in (2, 5, 10, 20) for share in (0.3, 0.5, 0.7))
PLANNED = (Kind("90% of 14 planned", 0.9, 14, planned=True), Kind("80% of 14 planned", 0.8, 14, planned=True))
CLUSTERED = tuple(
    Kind(f"{mean:g} a week, in clusters of {cluster:g}", mean, cluster=cluster)
    for cluster in (1.5, 2, 3)
    for mean in (0.5, 1, 2, 4, 7)
)
VARYING = tuple(
    Kind(f"{share:.0%} of {of} planned, alike by {alike:g}", share, of, planned=True, alike=alike)
    for share, of in ((0.9, 14), (0.4, 10))
    for alike in (0.05, 0.1, 0.2)
)
KINDS = (*COUNTS, *WEEKS_ONLY, *RATES, *SHARES, *PLANNED, *CLUSTERED, *VARYING)


CLUSTER_OF_TWO = Kind("1 a week, in clusters of 2", 1, cluster=2)
DIGEST = (*COUNTS[1:9:2], *COUNTS[2:8:3], *SHARES[4:12:3], *PLANNED)[:MEASURES]
"""Ten measures of a ward whose events are independent."""
SIGNALS = (
    CLUSTER_OF_TWO,
    replace(CLUSTER_OF_TWO, mean=0.5),
    replace(CLUSTER_OF_TWO, mean=0.5),
    Kind("near misses", 4),
    Kind("success share", 0.5, 8),
    Kind("huddles", 0.9, 14, planned=True, alike=0.1),
)
"""What a digest reads of a ward, its restraints and such in clusters, its huddles varying by the week."""
CLUSTERS = (*CLUSTERED[6:9], *CLUSTERED[11:14])
"""Six measures that all come in clusters, of two or three."""
LOST = 30
"""Wards whose claims are followed for a year."""


@dataclass(frozen=True)
class Alarms:
    """Of stable wards: the share that can be read, whose last point the chart marks, and that are told of a change."""

    method: Method
    enough: float
    marked: float
    told: float


def stable(kind: Kind, weeks: int, wards: int, rng: Generator, among: int = MEASURES) -> Alarms:
    """What so many stable wards with so many weeks of data are told in one week."""
    readings = [read(kind.draw(rng, weeks), among=among) for _ in range(wards)]
    return Alarms(
        method=Counter(reading.method for reading in readings).most_common(1)[0][0],
        enough=_share([reading.enough for reading in readings]),
        marked=_share([is_marked(reading) for reading in readings]),
        told=_share([reading.changed for reading in readings]),
    )


def digests(mixed: Sequence[Kind], weeks: int, wards: int, rng: Generator, among: int = MEASURES) -> float:
    """The share of stable wards whose digest claims any change."""
    return _share([any(read(kind.draw(rng, weeks), among=among).changed for kind in mixed) for _ in range(wards)])


def weeks_to_see(kind: Kind, wards: int, rng: Generator) -> list[int | None]:
    """For each ward the weeks until its digest tells of a halving; None where that takes over 26."""
    return [_first_told(kind.draw(rng, BEFORE + AFTER, halved=AFTER)) for _ in range(wards)]


def lost(kind: Kind, wards: int, rng: Generator) -> float:
    """How often a ward is told of a halving and no longer the week after, in the year that follows the halving."""
    times = 0
    for _ in range(wards):
        series = kind.draw(rng, BEFORE + 52, halved=52)
        told = [_read_at(series, week).changed for week in range(1, 53)]
        times += sum(before and not now for before, now in pairwise(told))
    return times / wards


def is_marked(reading: Reading) -> bool:
    """Whether the chart itself marks the last point."""
    return bool(reading.points) and reading.points[-1].rule is not None


def _first_told(series: Series) -> int | None:
    for week in range(1, AFTER + 1):
        if _read_at(series, week).meaning == "neutral_low":
            return week
    return None


def _read_at(series: Series, week: int) -> Reading:
    """What a digest says so many weeks after a halving."""
    return read(_until(series, FIRST + (BEFORE + week) * WEEK), among=MEASURES)


def _until(series: Series, over: date) -> Series:
    """What was known at the start of that day."""
    weeks = sum(start < over for start in series.starts)
    days = None if series.days is None else tuple(day for day in series.days if day < over)
    of = None if series.of is None else series.of[:weeks]
    return Series(series.what, series.direction, series.starts[:weeks], series.counts[:weeks], series.figure, of, days)


def _share(of: Sequence[bool]) -> float:
    return sum(of) / len(of)


def _ints(numbers: Sequence[int] | np.ndarray) -> tuple[int, ...]:
    return tuple(int(one) for one in numbers)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _middle(weeks: Sequence[int | None]) -> str:
    middle = median(AFTER + 1 if one is None else one for one in weeks)
    return f"{middle:.0f}" if middle <= AFTER else f"over {AFTER}"


def row(kind: Kind, wards: int = WARDS, halved: int = HALVED) -> list[str]:
    """A line of the table; its numbers come from a seed of its own."""
    rng = np.random.default_rng([SEED, *kind.name.encode()])
    told = [stable(kind, weeks, wards, rng) for weeks in LENGTHS]
    seen = weeks_to_see(kind, halved, rng)
    return [
        kind.name,
        told[-1].method,
        _percent(told[-1].marked),
        *(f"{_percent(one.told)} ({one.enough:.0%})" if one.enough else "-" for one in told),
        "met" if max(one.told for one in told) < FLOOR else "MISSED",
        _middle(seen),
        f"{_share([week is not None for week in seen]):.0%}",
    ]


def whole(name: str, mixed: Sequence[Kind], weeks: int, led: int = 1, among: int = MEASURES) -> list[str]:
    """A line of the digests: of a ward's own, or of leaders', which tell of each of so many wards `led`."""
    wards = WARDS if led == 1 else 3 * WARDS
    share = 1 - (1 - digests(mixed, weeks, wards, np.random.default_rng([SEED, weeks]), among)) ** led
    met = "met" if share < FLOOR else "MISSED" if among == MEASURES * led else "above"
    return [name, str(weeks), _percent(share), met]


def main() -> None:
    """Prints the tables, as Markdown; each figure beside the floor."""
    heads = [*(f"told: {weeks} weeks" for weeks in LENGTHS), f"floor {_percent(FLOOR)}"]
    digests_read: list[tuple[str, Sequence[Kind], int, int, int]] = [
        (f"a ward's, {name}", mixed, weeks, 1, MEASURES)
        for weeks in LENGTHS[1:]
        for name, mixed in (
            (f"{MEASURES} measures, independent events", DIGEST),
            ("six measures, restraints in clusters of 2", SIGNALS),
            ("six measures, all in clusters of 2 or 3", CLUSTERS),
        )
    ]
    for led in (10, 30):
        digests_read += [
            (f"leaders', {led} wards, each as sure as in its own digest", SIGNALS, 52, led, MEASURES),
            (f"leaders', {led} wards, each {led} times as sure", SIGNALS, 52, led, MEASURES * led),
        ]
    print(f"| {' | '.join(['stable wards', 'chart', 'marked', *heads, 'halving seen, weeks', f'within {AFTER}'])} |")
    print(f"|---|---|{'---:|' * 5}---|{'---:|' * 2}")
    with ProcessPoolExecutor(WORKERS) as pool:
        for line in pool.map(row, KINDS):
            print(f"| {' | '.join(line)} |", flush=True)
        print("\n| a whole digest | weeks | tells of a change | floor |\n|---|---:|---:|---|")
        for line in pool.map(whole, *zip(*digests_read, strict=True)):
            print(f"| {' | '.join(line)} |", flush=True)
    print("\n| a halving | claims lost in the year after, a ward |\n|---|---:|")
    for kind in COUNTS[6:10]:
        print(f"| {kind.name} | {lost(kind, LOST, np.random.default_rng(SEED)):.1f} |", flush=True)


if __name__ == "__main__":
    main()
