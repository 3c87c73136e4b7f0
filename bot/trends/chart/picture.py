"""The picture of a `Chart` in the Making Data Count look: one figure, saved as PNG (chat, paper) or SVG (web).

Only the drawing worker imports this, for matplotlib comes with it. All lengths are pixels of the PNG, y from the top;
it is meant to be read on a phone that shows it 360 pixels wide. Every meaning has a shape as well as a colour, and
every line its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import hashlib
import io
from itertools import pairwise
import math
import re
import textwrap
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.chat.message import Chart, Limits
from bot.trends.chart import DAYS_BETWEEN, EARLY, MOST_NOTES, WIDTH, Kind
from bot.trends.xmr import ASSURANCE_SIGNS, ASSURANCE_WORDS, MEANING_WORDS, Assurance, Meaning

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 190
"""Pixels an inch; a text of 10 points is 12 pixels high where the picture is shown 360 wide."""
PRINT_DPI = 300

_PLOT = 330
_TITLE_LINE, _ROW, _NOTE_LINE, _LABELS = 41, 36, 30, 54
_EDGE_ROOM = 18
_LETTER = 16.7
"""The width of a letter at the size of the labels, on the wide side."""
_FLAG = 38
"""From one flag to the next."""

_COMMON = "#a6a6a6"
_NEUTRAL = "#490092"
_IMPROVEMENT = "#00b0f0"
_CONCERN = "#e46c0a"
_INK = "#212b32"
_EDGE = "#595959"
_TARGET = "#005eb8"
_ANEW = (4, 1.5, 1, 1.5)
# Making Data Count's colours; the shapes are ours.
_STYLES: Mapping[Meaning, tuple[str, str]] = {
    "common_cause": ("o", _COMMON),
    "improvement": ("D", _IMPROVEMENT),
    "concern": ("s", _CONCERN),
    "neutral_high": ("^", _NEUTRAL),
    "neutral_low": ("v", _NEUTRAL),
}
_SIGNS: Mapping[Assurance, tuple[str, str]] = {
    "consistent_pass": (ASSURANCE_SIGNS["consistent_pass"], _IMPROVEMENT),
    "consistent_fail": (ASSURANCE_SIGNS["consistent_fail"], _CONCERN),
    "inconsistent": (ASSURANCE_SIGNS["inconsistent"], _COMMON),
}
_OPTIONS: Any = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "wardhuddle",
}
_SVG = "http://www.w3.org/2000/svg"
_UNPRINTABLE = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def picture(chart: Chart, kind: Kind) -> bytes:
    """The PNG or SVG of `chart`; an SVG carries its title and `alt`."""
    title = _clean(chart.title)
    out = io.BytesIO()
    with matplotlib.rc_context(_OPTIONS):
        figure = _Drawing(chart).figure
        if kind != "svg":
            dpi = PRINT_DPI if kind == "print" else DPI
            figure.savefig(out, format="png", dpi=dpi, metadata={"Title": title, "Software": None})
            return out.getvalue()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return _accessible(out.getvalue(), title, _clean(chart.alt))


@dataclass(frozen=True)
class _Flag:
    """A numbered note at a point, and the lines of its words in the key."""

    number: int
    place: int
    words: tuple[str, ...]


class _Drawing:
    """The figure of a chart: title and verdict above, the plot with its lines named at the right, the key below."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.title = textwrap.wrap(_clean(chart.title), 38, max_lines=2, placeholder="...") or [""]
        self.unit = "" if chart.unit == "%" else _cut(chart.unit, 46)
        self.flags, self.unsaid = _flags(chart)
        self.lines = _lines(chart)
        meanings = [meaning for meaning in _STYLES if any(point.meaning == meaning for point in chart.points)]
        self.key: list[Meaning] = meanings if meanings[1:] or "common_cause" not in meanings else []
        ends = [limits.end for limits in chart.limits if limits.end is not None]
        self.rebased = sorted({*ends, *(limits.start for limits in chart.limits[1:])})
        self.notes = sum(len(flag.words) for flag in self.flags) + bool(self.unsaid)

        top = _EDGE_ROOM + _TITLE_LINE * len(self.title) + 6
        verdicts = list(self._verdicts()) if chart.points else []
        self.plot_top = top + _ROW * (len(verdicts) + bool(self.unit) + bool(self.flags)) + 20
        self.plot_bottom = self.plot_top + _PLOT
        self.key_top = self.plot_bottom + _LABELS
        self.notes_top = self.key_top + _ROW * math.ceil((len(self.key) + bool(self.rebased)) / 2)
        self.height = self.notes_top + _NOTE_LINE * self.notes + _EDGE_ROOM

        self.figure = Figure(figsize=(WIDTH / DPI, self.height / DPI), dpi=DPI, facecolor="white")
        self._write(_EDGE_ROOM, _EDGE_ROOM, "\n".join(self.title), va="top", fontsize=12, fontweight="bold")
        if not chart.points:
            self._write(WIDTH / 2, self.height / 2, "No data yet", ha="center", fontsize=14)
            return
        for row, (icon, words) in enumerate(verdicts):
            self._say(top + _ROW * (row + 0.5), icon, words)
        if self.unit:
            self._write(_EDGE_ROOM, top + _ROW * (len(verdicts) + 0.5), self.unit)
        self._plot()
        self._draw_key()
        self._draw_notes()

    def _verdicts(self) -> Iterator[tuple[tuple[str, str] | None, str]]:
        """What the end of the chart says, and what is said of its target: an icon and words."""
        if not self.chart.limits or self.chart.limits[-1].end is not None:
            yield None, "Too little data for a usual range"
        variation: Any = self.chart.variation
        if variation == EARLY:
            yield None, "Now: an early sign, and no sure change"
        elif variation is not None:
            yield _STYLES[variation], "Now: " + MEANING_WORDS[variation].replace(": ", ", ").lower()
        assurance: Any = self.chart.assurance
        if assurance is not None:
            yield _SIGNS[assurance], f"Target: {ASSURANCE_WORDS[assurance].lower()}"

    def _say(self, y: float, icon: tuple[str, str] | None, words: str) -> None:
        if icon is None:
            self._write(_EDGE_ROOM, y, words)
            return
        sign, colour = icon
        if icon in _SIGNS.values():
            self._badge(_EDGE_ROOM + 15, y, sign, colour)
        else:
            self._mark(_EDGE_ROOM + 15, y, sign, colour)
        self._write(_EDGE_ROOM + 40, y, words)

    def _plot(self) -> None:
        """The limits and the mean of each segment, the values over them, a mark at each for what it means."""
        chart, values = self.chart, [point.value for point in self.chart.points]
        axes = self.figure.add_axes((0, 0, 1, 1))
        self._scale(axes, values)
        self._label(axes)
        ticks = axes.yaxis.get_major_formatter().format_ticks(list(axes.get_yticks()))
        left = _EDGE_ROOM + 14 + _LETTER * max(len(tick) for tick in ticks)
        last = len(_cut(chart.points[-1].label, 14)) / 2  # which stands under the last point, half of it beyond
        right = WIDTH - _EDGE_ROOM - _LETTER * max([last, *(len(words) for _, words in self.lines)])
        box = (left / WIDTH, 1 - self.plot_bottom / self.height, (right - left) / WIDTH, _PLOT / self.height)
        axes.set_position(box)
        for limits, ends in _spans(chart, (right - left) / len(values)):
            for limit in (limits.lower, limits.upper):
                axes.plot(ends, (limit, limit), color=_EDGE, linewidth=1.3, dashes=(5, 3))
            axes.plot(ends, (limits.mean, limits.mean), color="black", linewidth=1.3)
        for start in self.rebased:
            axes.axvline(start - 0.5, color=_EDGE, linewidth=1.2, dashes=_ANEW, zorder=1)
        if chart.target is not None:
            axes.axhline(chart.target, color=_TARGET, linewidth=2, linestyle=(0, (1, 1.2)))
        axes.plot(values, color=_COMMON, linewidth=1.6 if len(values) <= 60 else 1.1, zorder=3)
        self._marks(axes)
        self._name_lines(axes)
        self._raise_flags(axes)

    def _scale(self, axes: Axes, values: Sequence[float]) -> None:
        """A y axis with few marks, at whole numbers for counts, and from zero unless that would flatten the values."""
        shown = [*values, *(value for value, _ in self.lines)]
        for limits in self.chart.limits:
            shown += [limits.lower, limits.upper]
        low, high = min(shown), max(shown)
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        axes.set_ylim(0 if 0 <= low <= high - low or low == high >= 0 else low - room, high + room)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=all(value == int(value) for value in values)))
        sign = "%" if self.chart.unit == "%" else ""
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(f"{value:,.10g}") + sign))
        axes.grid(axis="y", color="#e8edee", linewidth=0.9)
        axes.set_axisbelow(True)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(_EDGE)
        axes.tick_params(length=0, colors=_INK, labelsize=10, pad=5)
        axes.tick_params(axis="x", length=4, color=_EDGE)

    def _label(self, axes: Axes) -> None:
        """As many evenly spread labels as fit, always with the last."""
        labels = [_cut(point.label, 14) for point in self.chart.points]
        axes.set_xlim(-0.6, len(labels) - 0.4)
        fit = max(2, min(6, 34 // (max(len(label) for label in labels) + 2)))
        step = max(1, math.ceil((len(labels) - 1) / (fit - 1)))
        places = range(len(labels) - 1, -1, -step)
        axes.set_xticks(list(places), [labels[place] for place in places])

    def _marks(self, axes: Axes) -> None:
        points = self.chart.points
        size = 46 if len(points) <= 30 else 22 if len(points) <= 60 else 12
        for meaning, (shape, colour) in _STYLES.items():
            usual = meaning == "common_cause"
            marked = [(at, point.value) for at, point in enumerate(points) if point.meaning == meaning]
            if marked:
                axes.scatter(
                    [at for at, _ in marked],
                    [value for _, value in marked],
                    s=size if usual else size * 1.5,
                    marker=shape,
                    color=colour,
                    edgecolors=_EDGE if usual else _INK,
                    linewidths=0.8 if len(points) <= 60 else 0.5,
                    zorder=4 if usual else 5,
                    clip_on=False,
                )

    def _name_lines(self, axes: Axes) -> None:
        """Names the lines at their right end, moved apart where they would touch."""
        if not self.lines:
            return
        low, high = axes.get_ylim()
        heights = [(value - low) / (high - low) * _PLOT for value, _ in self.lines]
        right = axes.get_position().x1 * WIDTH + 8
        for (_, words), height in zip(self.lines, _apart(heights, 32, 0, _PLOT), strict=True):
            weight = "bold" if words.startswith(("average", "middle")) else "normal"
            self._write(right, self.plot_bottom - height, words, fontweight=weight)

    def _raise_flags(self, axes: Axes) -> None:
        """A numbered flag above the plot for each note, with a stem to its point."""
        if not self.flags:
            return
        box, (first, last), (low, high) = axes.get_position(), axes.get_xlim(), axes.get_ylim()
        left, width = box.x0 * WIDTH, box.width * WIDTH
        places = [left + (flag.place - first) / (last - first) * width for flag in self.flags]
        y = self.plot_top - 20 - _ROW / 2
        for flag, place, x in zip(self.flags, places, _apart(places, _FLAG, left, left + width), strict=True):
            value = self.chart.points[flag.place].value
            end = self.plot_bottom - (value - low) / (high - low) * _PLOT
            self._line((x, place, place), (y, self.plot_top, end), color=_EDGE, linewidth=0.8)
            self._badge(x, y, str(flag.number), "white")

    def _draw_key(self) -> None:
        """What each shape means where there is more than one, and how a rebase is drawn; in two columns."""
        for at, meaning in enumerate(self.key):
            x, y = self._cell(at)
            self._mark(x + 15, y, *_STYLES[meaning])
            self._write(x + 40, y, MEANING_WORDS[meaning], fontsize=9.5)
        if self.rebased:
            x, y = self._cell(len(self.key))
            self._line((x + 15, x + 15), (y - 15, y + 15), color=_EDGE, linewidth=1.2, dashes=_ANEW)
            self._write(x + 40, y, "Limits start anew", fontsize=9.5)

    def _cell(self, at: int) -> tuple[float, float]:
        return _EDGE_ROOM + (at % 2) * 350, self.key_top + _ROW * (at // 2 + 0.5)

    def _draw_notes(self) -> None:
        y = self.notes_top + _NOTE_LINE / 2
        for flag in self.flags:
            self._badge(_EDGE_ROOM + 15, y, str(flag.number), "white")
            for words in flag.words:
                self._write(_EDGE_ROOM + 40, y, words, fontsize=9)
                y += _NOTE_LINE
        if self.unsaid:
            self._write(_EDGE_ROOM + 40, y, f"and {self.unsaid} earlier", fontsize=9)

    def _write(self, x: float, y: float, words: str, **look: Any) -> None:
        look = {"va": "center_baseline", "linespacing": 1.15, **look}
        self.figure.text(x / WIDTH, 1 - y / self.height, words, **look)

    def _badge(self, x: float, y: float, sign: str, colour: str) -> None:
        """A letter or number in a circle."""
        self._line((x,), (y,), marker="o", markersize=11, color=colour, markeredgecolor=_INK, markeredgewidth=0.8)
        self._write(x, y, sign, ha="center", fontsize=8, fontweight="bold", zorder=11)

    def _mark(self, x: float, y: float, shape: str, colour: str) -> None:
        edge = _EDGE if colour == _COMMON else _INK
        self._line((x,), (y,), marker=shape, markersize=8, color=colour, markeredgecolor=edge, markeredgewidth=0.8)

    def _line(self, across: Sequence[float], down: Sequence[float], **look: Any) -> None:
        """A line or mark anywhere on the page."""
        self.figure.add_artist(
            Line2D(
                [x / WIDTH for x in across],
                [1 - y / self.height for y in down],
                transform=self.figure.transFigure,
                **{"zorder": 2 if len(across) > 1 else 10} | look,
            )
        )


def _flags(chart: Chart) -> tuple[list[_Flag], int]:
    """The latest notes in the order of their points, those of one point together; and how many are not drawn."""
    at: dict[int, list[str]] = {}
    for place, words in sorted(chart.marks, key=lambda mark: mark[0]):
        if 0 <= place < len(chart.points):
            at.setdefault(place, []).append(_clean(words))
    shown = list(at.items())[-MOST_NOTES:]
    flags = []
    for number, (place, notes) in enumerate(shown, 1):
        words = f"{_clean(chart.points[place].label)}: {'; '.join(notes)}"
        lines = textwrap.wrap(words, 48, max_lines=2, placeholder="...")
        flags.append(_Flag(number, place, tuple(lines)))
    return flags, sum(len(notes) for notes in at.values()) - sum(len(notes) for _, notes in shown)


def _lines(chart: Chart) -> list[tuple[float, str]]:
    """The lines that reach the end of the chart, each with its name."""
    named = []
    if chart.limits and chart.limits[-1].end is None:
        last = chart.limits[-1]
        middle = "middle" if chart.unit.startswith(DAYS_BETWEEN) else "average"
        named = [(last.mean, middle), (last.upper, "upper"), (last.lower, "lower")]
    if chart.target is not None:
        named.append((chart.target, "target"))
    return [(value, f"{words} {_short(value, chart.unit)}") for value, words in named]


def _spans(chart: Chart, step: float) -> Iterator[tuple[Limits, tuple[float, float]]]:
    """Each segment's limits and where its lines begin and end, with a gap between two; `step` is pixels a point."""
    gap = min(0.4, 5 / step)
    ends = [*(limits.start for limits in chart.limits), len(chart.points)]
    for limits, (start, following) in zip(chart.limits, pairwise(ends), strict=True):
        end = following if limits.end is None else limits.end
        yield limits, (start - 0.5 + gap, end - 0.5 - gap)


def _apart(places: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """The places moved as little as keeps them `room` apart and, where they fit, between `low` and `high`."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = [max(low, places[at]) for at in order]
    for at in range(1, len(moved)):
        moved[at] = max(moved[at], moved[at - 1] + room)
    moved[-1] = min(moved[-1], high)
    for at in range(len(moved) - 2, -1, -1):
        moved[at] = min(moved[at], moved[at + 1] - room)
    found = list(places)
    for at, place in zip(order, moved, strict=True):
        found[at] = place
    return found


def _short(value: float, unit: str) -> str:
    if abs(value) >= 100:
        number = f"{value:,.0f}"
    else:
        number = f"{value:.1f}" if abs(value) >= 1 or value == 0 else f"{value:.2g}"
    return _signed(number) + ("%" if unit == "%" else "")


def _signed(number: str) -> str:
    return number.replace("-", "\N{MINUS SIGN}")


def _cut(words: str, most: int) -> str:
    """The words without what does not fit into so many letters."""
    words = _clean(words)
    return words if len(words) <= most else f"{words[: most - 3]}..."


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
