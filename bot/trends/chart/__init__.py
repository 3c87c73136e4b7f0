"""Draws a `Chart` as a picture, in worker processes.

matplotlib is imported in the workers only: the bot itself stays small and quick to start, and a drawing never
holds up its event loop. `picture` says what is drawn.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
import multiprocessing
import os
import signal
import threading
from typing import Literal, get_args
import warnings
from weakref import WeakKeyDictionary

from bot.chat.message import Chart
from bot.trends.xmr import Assurance, Meaning

Kind = Literal["png", "svg", "print"]
"""A PNG for a screen, an SVG, or a PNG for paper."""

EARLY = "early_sign"
"""What a chart's end shows that is marked, and that chance alone can still bring: in place of its meaning."""
DAYS_BETWEEN = "days between"
"""How the unit of such a chart begins."""
MOST_NOTES = 8
"""Notes that are drawn; the earlier ones are counted."""
WIDTH = 800
"""Pixels of a PNG; its height is as much as its key needs."""
WORKERS = min(4, os.cpu_count() or 1)
"""Processes that draw, each of about 120 MB; none starts before it has something to draw."""
DRAWINGS_PER_WORKER = 500
"""Workers are replaced after so many drawings each, for matplotlib's memory may creep up."""

_pool: ProcessPoolExecutor | None = None
_drawings = 0
# A pool is replaced by the drawings it was given: were all of a thousand given at once, all its successors would start.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def draw(chart: Chart, kind: Kind) -> bytes:
    """The picture of `chart`: a PNG of 800 pixels' width (for paper of more), or an SVG with its title and `alt`.

    Raises ValueError on an unknown kind, meaning or assurance. A worker that crashed is replaced and the chart drawn
    once more; a second crash raises BrokenProcessPool.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"A chart is drawn as png, svg or print, not as {kind!r}.")
    for meaning in (*(point.meaning for point in chart.points), chart.variation or "common_cause"):
        if meaning not in get_args(Meaning) and not meaning == chart.variation == EARLY:
            raise ValueError(f"A point of a chart cannot mean {meaning!r}.")
    if chart.assurance not in (None, *get_args(Assurance)):
        raise ValueError(f"A target cannot be met {chart.assurance!r}.")
    loop = asyncio.get_running_loop()
    async with _turns.setdefault(loop, asyncio.Semaphore(2 * WORKERS)):
        pool = _workers()
        try:
            return await loop.run_in_executor(pool, _draw, chart, kind)
        except BrokenProcessPool:
            _drop(pool)
            return await loop.run_in_executor(_workers(), _draw, chart, kind)


def close() -> None:
    """Stops the workers; what waits to be drawn is cancelled. A later `draw` starts others."""
    if _pool is not None:
        _drop(_pool, cancel=True)


def _workers() -> ProcessPoolExecutor:
    """The pool, made when first needed and replaced when worn.

    `max_tasks_per_child` would do the latter, but it hangs the pool in Python 3.11 (python/cpython#115634).
    """
    global _pool, _drawings
    if _pool is not None and _drawings >= DRAWINGS_PER_WORKER * WORKERS:
        _drop(_pool)
    if _pool is None:
        _drawings = 0
        _pool = ProcessPoolExecutor(
            max_workers=WORKERS, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker
        )
    _drawings += 1
    return _pool


def _drop(pool: ProcessPoolExecutor, *, cancel: bool = False) -> None:
    """Retires `pool`: it ends when it has drawn what it was given or, if told to cancel, before."""
    global _pool
    if _pool is pool:
        _pool = None
    pool.shutdown(wait=cancel, cancel_futures=cancel)


def _start_worker() -> None:
    """In the worker: leaves Ctrl-C to the parent, ends with the parent however that ends, and tells nobody what a note
    says (matplotlib warns of each letter that it has no picture of)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.filterwarnings("ignore", r"(?s)Glyph .* missing from")
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(0)


def _draw(chart: Chart, kind: Kind) -> bytes:
    from bot.trends.chart.picture import picture

    return picture(chart, kind)
