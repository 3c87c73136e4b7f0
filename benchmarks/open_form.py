"""Opening a form: from sending `/report` until Slack is told to open it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from benchmarks.figures import Figure
from benchmarks.pair import CASES, WARM_UP, Side, medians, pair

MOST = 1.5


async def report(side: Side, number: int) -> float:
    """Somebody of the ward, who has reported before, begins a report."""
    await side.person(number % WARM_UP).command("/report", "", side.channel)
    opened = await side.called("views.open")
    return opened.time - side.deliveries.began


async def measure(*, quick: bool) -> AsyncIterator[Figure]:
    """By each way in and on each database."""
    for way, kind in CASES:
        async with pair(way, kind) as sides:
            ours, floor = await medians(sides, report, 30 if quick else 200)
        yield Figure(f"opening a form, {way}, {kind}", ours, floor, "ms", MOST, "ratio")
