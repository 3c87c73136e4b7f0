"""Acknowledging a tap: from sending it to the answer that takes Slack's spinner away."""

from __future__ import annotations

from collections.abc import AsyncIterator

from benchmarks.figures import Figure
from benchmarks.pair import CASES, Side, medians, pair

MOST = 1.25


async def tap(side: Side, number: int) -> float:
    """Somebody new finds the reminder useful; wait until they were thanked, so that nothing runs on."""
    await side.person(number).tap("Useful", side.channel)
    if side.answers_taps:
        await side.called("chat.postEphemeral")
    return side.deliveries.took


async def measure(*, quick: bool) -> AsyncIterator[Figure]:
    """By each way in and on each database."""
    for way, kind in CASES:
        async with pair(way, kind) as sides:
            ours, floor = await medians(sides, tap, 30 if quick else 200)
        yield Figure(f"acknowledging a tap, {way}, {kind}", ours, floor, "ms", MOST, "ratio")
