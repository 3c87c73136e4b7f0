"""Draws a `Chart` as a picture in the Making Data Count look, in a worker process.

matplotlib is imported in the worker only: the bot itself stays small and quick to start, and a drawing never
holds up its event loop. Every meaning has a shape as well as a colour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
import hashlib
import io
import math
import multiprocessing
import os
import re
import signal
import textwrap
import threading
from typing import TYPE_CHECKING, Any, Literal, get_args
from xml.etree import ElementTree

from bot.chat.message import Chart
from bot.trends.xmr import MEANING_WORDS, Meaning

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Kind = Literal["png", "svg"]

WIDTH, HEIGHT, DPI = 800, 560, 190
"""Pixels of a PNG, and its pixels an inch."""
DRAWINGS_PER_WORKER = 100
"""A worker is replaced after so many drawings, since matplotlib's memory creeps up."""

_COMMON = "#a6a6a6"
_NEUTRAL = "#490092"
_INK = "#212b32"
_EDGE = "#595959"
_LETTER = 0.0209  # of the width of the picture, at the size of the labels
# Making Data Count's colours; the shapes are ours.
_STYLES: Mapping[Meaning, tuple[str, str]] = {
    "common_cause": ("o", _COMMON),
    "improvement": ("D", "#00b0f0"),
    "concern": ("s", "#e46c0a"),
    "neutral_high": ("^", _NEUTRAL),
    "neutral_low": ("v", _NEUTRAL),
}
_SVG = "http://www.w3.org/2000/svg"
_UNPRINTABLE = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_pool: ProcessPoolExecutor | None = None
_drawings = 0


async def draw(chart: Chart, kind: Kind) -> bytes:
    """The picture of `chart`: a PNG of 800 by 560 pixels, or an SVG that carries its title and `alt`.

    Raises ValueError on an unknown kind or meaning. A worker that crashed is replaced and the chart drawn
    once more; a second crash raises BrokenProcessPool.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"A chart is drawn as png or svg, not as {kind!r}.")
    for point in chart.points:
        if point.meaning not in _STYLES:
            raise ValueError(f"A point of a chart cannot mean {point.meaning!r}.")
    loop = asyncio.get_running_loop()
    pool = _worker()
    try:
        return await loop.run_in_executor(pool, _draw, chart, kind)
    except BrokenProcessPool:
        _drop(pool)
        return await loop.run_in_executor(_worker(), _draw, chart, kind)


def close() -> None:
    """Stops the worker; what waits to be drawn is cancelled. A later `draw` starts another."""
    if _pool is not None:
        _drop(_pool, cancel=True)


def _worker() -> ProcessPoolExecutor:
    """The pool of one worker, made when first needed and replaced when worn.

    `max_tasks_per_child` would do the latter, but it hangs the pool in Python 3.11 (python/cpython#115634).
    """
    global _pool, _drawings
    if _pool is not None and _drawings >= DRAWINGS_PER_WORKER:
        _drop(_pool)
    if _pool is None:
        _drawings = 0
        _pool = ProcessPoolExecutor(
            max_workers=1, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker
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
    """In the worker: leaves Ctrl-C to the parent, and ends with the parent however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(0)


def _draw(chart: Chart, kind: Kind) -> bytes:
    """In the worker: draws, by matplotlib's object API."""
    import matplotlib
    from matplotlib.figure import Figure

    options: Any = {
        "font.family": "sans-serif",
        "font.size": 10,
        "text.color": _INK,
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "wardhuddle",
    }
    with matplotlib.rc_context(options):
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white")
        _compose(figure, chart)
        out = io.BytesIO()
        if kind == "png":
            named = {"Title": _clean(chart.title), "Software": None}
            figure.savefig(out, format="png", dpi=DPI, metadata=named)
            return out.getvalue()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return _accessible(out.getvalue(), _clean(chart.title), _clean(chart.alt))


def _compose(figure: Figure, chart: Chart) -> None:
    """Title above, plot with its lines named at the right, key below."""
    title = textwrap.wrap(_clean(chart.title), 38, max_lines=2, placeholder="...") or [""]
    figure.text(0.025, 0.965, "\n".join(title), fontsize=12, fontweight="bold", va="top", linespacing=1.15)
    if not chart.points:
        figure.text(0.5, 0.5, "No data yet", fontsize=14, ha="center", va="center")
        return

    lines = _lines(chart)
    signals = any(point.meaning != "common_cause" for point in chart.points)
    top = 0.85 - 0.085 * (len(title) - 1)
    bottom = 0.285 if signals else 0.125
    left = 0.052 + _LETTER * len(_short(max(abs(point.value) for point in chart.points)).split(".")[0])
    right = 0.98 - _LETTER * max((len(words) for _, words in lines), default=0)
    axes = figure.add_axes((left, bottom, right - left, top - bottom))
    _scale(axes, chart, [value for value, _ in lines])
    _label(axes, [_clean(point.label) for point in chart.points])
    _plot(axes, chart)
    _name_lines(axes, lines)
    if signals:
        figure.legend(
            loc="lower left",
            bbox_to_anchor=(0.01, 0.0),
            ncols=2,
            frameon=False,
            fontsize=9.5,
            handletextpad=0.15,
            columnspacing=1.1,
            borderaxespad=0.35,
        )


def _lines(chart: Chart) -> list[tuple[float, str]]:
    """The mean and the limits that there are, each with its name."""
    if not chart.limits:
        return []
    last = chart.limits[-1]
    named = ((last.mean, "average"), (last.upper, "upper"), (last.lower, "lower"))
    return [(value, f"{words} {_short(value)}") for value, words in named]


def _scale(axes: Axes, chart: Chart, lines: Sequence[float]) -> None:
    """A y axis from zero where nothing is below it, with few marks, at whole numbers for counts."""
    from matplotlib.ticker import MaxNLocator

    values = [point.value for point in chart.points]
    low, high = min([*values, *lines]), max([*values, *lines])
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    axes.set_ylim(0 if low >= 0 else low - room, high + room)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=all(value == int(value) for value in values)))
    axes.grid(axis="y", color="#e8edee", linewidth=0.9)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_EDGE)
    axes.tick_params(length=0, colors=_INK, labelsize=10, pad=5)
    axes.tick_params(axis="x", length=4, color=_EDGE)


def _label(axes: Axes, labels: Sequence[str]) -> None:
    """As many evenly spread labels as fit, always with the last."""
    axes.set_xlim(-0.6, len(labels) - 0.4)
    fit = max(2, min(6, 34 // (max(len(label) for label in labels) + 2)))
    step = max(1, math.ceil((len(labels) - 1) / (fit - 1)))
    places = range(len(labels) - 1, -1, -step)
    axes.set_xticks(list(places), [labels[place] for place in places])


def _plot(axes: Axes, chart: Chart) -> None:
    """The limits, the mean over them, the values over both, and a mark at each value for what it means."""
    for limits in chart.limits:
        for limit in (limits.lower, limits.upper):
            axes.axhline(limit, color=_EDGE, linewidth=1.3, dashes=(5, 3))
        axes.axhline(limits.mean, color="black", linewidth=1.3)
    axes.plot([point.value for point in chart.points], color=_COMMON, linewidth=1.6, zorder=3)
    size = 46 if len(chart.points) <= 30 else 22
    for meaning, (shape, colour) in _STYLES.items():
        usual = meaning == "common_cause"
        marked = [(at, point.value) for at, point in enumerate(chart.points) if point.meaning == meaning]
        if marked:
            axes.scatter(
                [at for at, _ in marked],
                [value for _, value in marked],
                s=size if usual else size * 1.5,
                marker=shape,
                color=colour,
                edgecolors=_EDGE if usual else "white",
                linewidths=0.8,
                label=MEANING_WORDS[meaning],
                zorder=4 if usual else 5,
                clip_on=False,
            )


def _name_lines(axes: Axes, lines: Sequence[tuple[float, str]]) -> None:
    """Names the lines at their right end, the mean first; a name that would touch another is left out."""
    low, high = axes.get_ylim()
    named: list[float] = []
    for value, words in lines:
        if all(abs(value - other) > (high - low) * 0.1 for other in named):
            named.append(value)
            axes.annotate(
                words,
                (1, value),
                xycoords=axes.get_yaxis_transform(),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontweight="bold" if len(named) == 1 else "normal",
                annotation_clip=False,
            )


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 or value == 0 else f"{value:.2g}"


def _clean(words: str) -> str:
    """The words without what a font cannot draw and XML cannot hold."""
    return _UNPRINTABLE.sub("", words)


def _accessible(svg: bytes, title: str, alt: str) -> bytes:
    """The SVG as one image with a title and a description, safe to set into a page beside others."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(svg)
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    for group in root.iter(f"{{{_SVG}}}g"):
        group.attrib.pop("id", None)
    name = "chart-" + hashlib.sha256(svg + title.encode() + alt.encode()).hexdigest()[:12]
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title")
    root.set("aria-describedby", f"{name}-desc")
    for tag, words in (("desc", alt), ("title", title)):
        element = ElementTree.Element(f"{{{_SVG}}}{tag}", id=f"{name}-{tag}")
        element.text = words
        root.insert(0, element)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
