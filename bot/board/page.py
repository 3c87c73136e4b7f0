"""The board report on A4 pages, tagged so that a screen reader can read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
import struct

from bot.board.method import method
from bot.board.period import Period
from bot.board.report import Report, Together, WardLine
from bot.chat.message import Chart
from bot.posters.draw import A4_HEIGHT, A4_WIDTH, MARGIN
from bot.posters.pen import Pen, Style
from bot.posters.pieces import Column, Panel, Piece, Row, Space, Text
from bot.posters.themes import PAPER, QUIET, THEMES
from bot.privacy.small import Small
from bot.prompts.words import count, listed

COLOURS = THEMES["blue"]
INSIDE = A4_WIDTH - 2 * MARGIN
FOOT = 22.0
CHART_WIDTH = 303.0
"""Points: the letters of a chart are then as large as the words beside it."""
GAP = 14.0
PLAIN = Style(10.5, leading=1.3)
QUIETER = Style(9.5, colour=QUIET)
NAME_WIDTH = 150.0
"""Points, of a ward's name."""
STRONG = Style(11.5, bold=True, colour=COLOURS.dark)
HEADING = Style(14.5, bold=True, colour=COLOURS.dark)

Drawn = Mapping[str, tuple[Chart, bytes]]
"""The charts and their PNGs, by the title of the measure."""


def draw(report: Report, period: Period, charts: Drawn) -> bytes:
    """The PDF. It takes a moment of the processor."""
    pen = Pen(A4_WIDTH, A4_HEIGHT)
    title = f"Board report: {period.title}"
    pen.name(title, f"What changed for real on {count(len(report.lines), 'ward', 'wards')}, and how that was told")
    blocks = [_head(report, period, title), *_minute(report), *_wards(report.lines), *_charts(report, charts)]
    pages = [*_pages(blocks), *_pages(list(_method(report.small)))]
    for number, page in enumerate(pages, 1):
        if number > 1:
            pen.next_page()
        page.draw(pen, MARGIN, MARGIN, page.height)
        with pen.aside():
            words = f"Wardhuddle. {title}. Page {number} of {len(pages)}."
            pen.line_of_words(MARGIN, A4_HEIGHT - MARGIN - QUIETER.line, words, QUIETER)
    return pen.done()


def _pages(blocks: Sequence[Piece]) -> Iterator[Column]:
    """The blocks on as many pages as they need; none is parted."""
    room = A4_HEIGHT - 2 * MARGIN - FOOT
    page: list[Piece] = []
    for block in blocks:
        if page and Column([*page, block], GAP / 2).height > room:
            yield Column(page, GAP / 2)
            page = []
        page.append(block)
    yield Column(page, GAP / 2)


@dataclass(frozen=True)
class Picture:
    """A chart, and its alt text."""

    chart: Chart
    png: bytes
    width: float = CHART_WIDTH
    stretch: float = 0

    @property
    def height(self) -> float:
        """In the shape of the PNG, whose header has its size."""
        wide, high = struct.unpack(">II", self.png[16:24])
        return float(self.width * high / wide)

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it at that point."""
        with pen.tag("Figure", alt=self.chart.alt):
            pen.image(x, y, self.width, self.height, self.png)


def _words(words: str, style: Style = PLAIN, width: float = INSIDE, tag: str = "P") -> Text:
    return Text(words, style, width, tag=tag, tidy=False, anywhere=True)


def _headed(heading: str, *pieces: Piece, before: float = 6) -> Column:
    """A heading that stays with what it is over."""
    return Column([Space(before), _words(heading, HEADING, tag="H2"), Space(3), *pieces])


def _head(report: Report, period: Period, title: str) -> Piece:
    width = INSIDE - 40
    about = (
        f"{count(len(report.lines), 'ward', 'wards').capitalize()}. Whole weeks only, Monday to Sunday: those that end"
        f" within it, from {_day(period.monday)} to {_day(period.sunday)}. The charts look further back."
    )
    white = Style(11, colour=PAPER)
    words: list[Piece] = [
        _words(title, Style(25, bold=True, colour=PAPER), width, tag="H1"),
        Space(4),
        _words(about, white, width),
    ]
    return Panel(Column(words), INSIDE, (20, 14), fill=COLOURS.dark)


def _minute(report: Report) -> Iterator[Piece]:
    """What a board member needs in a minute."""
    if not any(one.reading or one.small for one in report.together):
        nobody = "No ward has 12 whole weeks of figures yet." if report.lines else "There is no ward yet."
        yield _headed("Nothing to tell yet", _words(f"{nobody} So there is no chart, and no change can be told."))
        return
    yield _words(
        "A real change is one that chance alone would seldom bring, as NHS England's Making Data Count tells it from"
        " the whole course of the figures, not from two months side by side. The last page says how.",
        QUIETER,
    )
    changes = [one.reading.sentence for one in report.together if one.reading and one.changed]
    yield _headed("All wards together: what changed for real", *_list(changes or ["Nothing."]))
    steady = [one.measure.what for one in report.together if one.steady]
    yield _headed("What did not change", _words(_sentence(steady) if steady else "Nothing, as far as can be told."))
    small = [one.measure.what for one in report.together if one.small]
    few = [one.measure.what for one in report.together if not (one.small or one.steady or one.changed or one.early)]
    untold = [one.reading.sentence for one in report.together if one.reading and one.early]
    untold += [f"Too little data: {listed(few)}."] if few else []
    untold += [f"Not shown, for small numbers could point at a person: {listed(small)}."] if small else []
    yield _headed("What can't be told yet", *_list(untold or ["There is enough data of every measure."]))


def _wards(lines: Sequence[WardLine]) -> Iterator[Piece]:
    if not lines:
        return
    number = sum(bool(line.changes) for line in lines)
    every = count(len(lines), "ward", "wards")
    first = f"A real change on {number} of {every}: first, by name; then the others, by name. It is no ranking."
    none = f"No real change that can be shown on {every}, by name."
    yield _headed("Ward by ward", _words(first if number else none, QUIETER))
    beside = INSIDE - NAME_WIDTH - GAP
    for line in lines:
        said = Column([*_list(line.changes, beside), _words(_others(line), QUIETER, beside)])
        yield Row([_words(line.name, STRONG, NAME_WIDTH), said], [NAME_WIDTH, beside], GAP)


def _others(line: WardLine) -> str:
    """Of how many measures nothing else is said, and why."""
    kinds = {
        "no real change in": line.steady,
        "too little data in": line.too_few,
        "small numbers (not shown) in": line.small,
    }
    other = "the other" if line.changes else "the"
    said = [f"{words} {number}" for words, number in kinds.items() if number]
    return f"Of {other} {count(sum(kinds.values()), 'measure', 'measures')}: {', '.join(said)}." if said else ""


def _charts(report: Report, charts: Drawn) -> Iterator[Piece]:
    beside = INSIDE - CHART_WIDTH - GAP
    heading = "All wards together: the charts"
    for one in report.together:
        if one.reading is None or one.measure.title not in charts:
            continue
        chart, png = charts[one.measure.title]
        words: list[Piece] = [
            _words(one.measure.title, STRONG, beside, tag="H3"),
            Space(3),
            _words(one.reading.sentence, PLAIN, beside),
            Space(5),
            _words(f"{one.reading.why} {_counted(one, len(report.lines))}", QUIETER, beside),
        ]
        row = Row([Picture(chart, png), Column(words)], [CHART_WIDTH, beside], GAP)
        yield _headed(heading, row) if heading else row
        heading = ""


def _counted(one: Together, wards: int) -> str:
    """Of how many wards the chart is, and where their counts of interventions come from."""
    words = f"From {one.wards} of {count(wards, 'ward', 'wards')}."
    if one.measure.source != "interventions":
        return words
    if one.imported in (0, one.wards):
        return f"{words} {'Imported counts' if one.imported else 'Tallies of the wards'}."
    return f"{words} Imported counts of {one.imported}, tallies of the others."


def _method(small: Small) -> Iterator[Piece]:
    heading = "How this was worked out"
    for title, words in method(small):
        said = Column([_words(title, STRONG, tag="H3"), _words(words)])
        yield _headed(heading, said) if heading else said
        heading = ""


def _list(sentences: Sequence[str], width: float = INSIDE) -> list[Piece]:
    return [_words(words, PLAIN, width) for words in sentences]


def _sentence(names: Sequence[str]) -> str:
    words = listed(names)
    return f"{words[:1].upper()}{words[1:]}."


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
