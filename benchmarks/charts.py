"""Drawing charts: what one takes when warm, and the memory of the workers over a thousand drawn in parallel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
import os
from random import Random
from statistics import median
from time import perf_counter

import psutil

from benchmarks.figures import HEADING, Figure, line
from bot.chat.message import Chart, Limits, Point
from bot.trends import chart as drawing
from bot.trends.xmr import xmr

MILLISECONDS_MOST = 400
GROWTH_MOST = 1.1
"""Of the memory after so many drawings to that after the first hundred."""
STEPS = (100, 500, 1_000)


def sample(seed: int, weeks: int = 26) -> Chart:
    """A chart with everything: limits that start anew, a target, two notes. Each seed has its own."""
    random = Random(seed)
    half = weeks // 2
    found = xmr([random.randint(2, 20) for _ in range(weeks)], direction="decrease", rebase_at=[half], target=5)
    points = tuple(Point(f"{at} Nov", one.value, one.meaning) for at, one in enumerate(found.points))
    starts = ((at, found.points[at]) for at in (0, half))
    return Chart(
        f"Near misses on ward {seed}",
        points,
        "An alternative text of some length. " * 8,
        tuple(Limits(at, one.mean, one.lower, one.upper) for at, one in starts),
        "near misses a week",
        5.0,
        ((half, "sensory room opened"), (weeks - 3, "quiet hour after lunch")),
        found.variation,
        found.assurance,
    )


def workers() -> Iterator[float]:
    """The resident megabytes of each process that draws."""
    for child in psutil.Process(os.getpid()).children(recursive=True):
        if "spawn_main" in " ".join(child.cmdline()):
            yield child.memory_info().rss / 2**20


async def timed(kind: drawing.Kind, weeks: int, rounds: int) -> float:
    """The milliseconds of a drawing, in the middle: asked for by the bot, drawn by a warm worker, taken back."""
    await asyncio.gather(*(drawing.draw(sample(number, weeks), kind) for number in range(2 * drawing.WORKERS)))
    taken = []
    for number in range(rounds):
        began = perf_counter()
        await drawing.draw(sample(number, weeks), kind)
        taken.append((perf_counter() - began) * 1_000)
    return median(taken)


async def measure(*, quick: bool) -> AsyncIterator[Figure]:
    """One at a time; then a thousand at once by two processes or more, which are not replaced in between."""
    rounds = 15 if quick else 60
    for kind, weeks in (("png", 26), ("svg", 26), ("png", 104), ("svg", 104)):
        taken = await timed(kind, weeks, rounds)  # type: ignore[arg-type]
        yield Figure(f"chart of {weeks} weeks, {kind}, warm", taken, 0, "ms", MILLISECONDS_MOST, "value")

    drawing.close()
    drawing.WORKERS, usual = max(2, drawing.WORKERS), (drawing.WORKERS, drawing.DRAWINGS_PER_WORKER)
    drawing.DRAWINGS_PER_WORKER = 10 * STEPS[-1]
    drawn, first, began = 0, 0.0, perf_counter()
    for upto in STEPS[:1] if quick else STEPS:
        await asyncio.gather(*(drawing.draw(sample(number), "png") for number in range(drawn, upto)))
        drawn = upto
        held = list(workers())
        first = first or sum(held)
        yield Figure(f"{len(held)} workers after {upto} charts", sum(held), first, "MB", GROWTH_MOST, "ratio")
    yield Figure(f"each of {drawn} charts at once", (perf_counter() - began) * 1_000 / drawn, 0, "ms", 400, "value")
    drawing.close()
    drawing.WORKERS, drawing.DRAWINGS_PER_WORKER = usual


async def show() -> None:
    """Print the figures."""
    print(line(*HEADING))
    async for figure in measure(quick=False):
        print(figure.row(), flush=True)


if __name__ == "__main__":
    asyncio.run(show())
