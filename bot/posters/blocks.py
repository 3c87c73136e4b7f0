"""How each kind of block looks: it becomes pieces of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.posters.marks import (
    Across,
    Arrows,
    Bar,
    Blank,
    Disc,
    Glyph,
    Hexagon,
    PictureSquare,
    Pill,
    Ring,
    Swatch,
    TickBox,
    WriteOn,
)
from bot.posters.pen import Style
from bot.posters.pieces import Column, Middle, Panel, Piece, Row, Space, Text, column_width, rows
from bot.posters.themes import INK, PAPER, QUIET, Colours
from bot.prompts.library.posters import (
    Ask,
    Block,
    Box,
    Boxes,
    Card,
    Cards,
    Checklist,
    Contact,
    Contacts,
    Quote,
    Shares,
    Step,
    Steps,
    Swaps,
    Timetable,
)


@dataclass(frozen=True)
class Look:
    """What a page's blocks share: the room they have, the size of their letters, their colours.

    `narrow` is a phone's picture: one column where paper has more.
    """

    width: float
    size: float
    colours: Colours
    narrow: bool = False

    @property
    def gap(self) -> float:
        """Between neighbours."""
        return self.size * 0.75

    @property
    def text(self) -> Style:
        """Plain words."""
        return Style(self.size)

    @property
    def strong(self) -> Style:
        """What is read first."""
        return Style(self.size * 1.14, bold=True, colour=self.colours.dark, leading=1.16)

    @property
    def small(self) -> Style:
        """A hint beside something."""
        return Style(self.size * 0.86, colour=QUIET)

    @property
    def heading(self) -> Style:
        """The heading of a block."""
        return Style(self.size * 1.3, bold=True, colour=self.colours.dark, leading=1.15)

    def columns(self, wanted: int) -> int:
        """As many columns as there is room for."""
        return 1 if self.narrow else wanted


def lay(block: Block, look: Look) -> Piece:
    """The block as a piece of the page."""
    pieces = _KINDS[type(block)](block, look)
    if block.heading:
        heading = Text(block.heading, look.heading, look.width, tag="H2", balanced=True)
        return Column([heading, Space(look.size * 0.35), *pieces])
    return Column(pieces)


def _spaced(pieces: list[Piece], gap: float) -> list[Piece]:
    return [Column(pieces, gap)]


def _title_and_text(title: str, text: str | None, look: Look, width: float) -> Piece:
    words: list[Piece] = [Text(title, look.strong, width)]
    if text:
        words += [Space(look.size * 0.18), Text(text, look.text, width)]
    return Column(words)


def _steps(block: Steps, look: Look) -> list[Piece]:
    pieces: list[Piece] = []
    arrow = look.size * 1.35
    number = 0
    after: tuple[float, ...] = (0.5,)
    for place, step in enumerate(block.steps):
        if place:
            pieces.append(Arrows(look.width, arrow, look.colours.line, after))
        if isinstance(step, Ask):
            pieces += _ask(step, look)
            after = {"yes": (0.25,), "no": (0.75,), "both": (0.25, 0.75)}[step.goes_on]
        else:
            number += 1
            pieces.append(_step(step, step.mark or str(number), look))
            after = (0.5,)
    return pieces


def _step(step: Step, mark: str, look: Look) -> Piece:
    disc, icon, gap = look.size * 2.5, look.size * 2.1, look.size * 0.8
    pad = (look.size * 0.8, look.size * 0.6)
    words = look.width - 2 * pad[0] - disc - gap - (icon + gap if step.icon else 0)
    row: list[Piece] = [Disc(disc, look.colours.dark, word=mark), _title_and_text(step.say, step.detail, look, words)]
    widths = [disc, words]
    if step.icon:
        row.append(Glyph(step.icon, icon, look.colours.dark))
        widths.append(icon)
    return Panel(Row(row, widths, gap, middle=True), look.width, pad, fill=look.colours.tint, line=look.colours.line)


def _ask(step: Ask, look: Look) -> list[Piece]:
    question = Hexagon(
        Text(step.ask, look.strong, look.width - look.size * 6, align="centre", balanced=True),
        look.width,
        look.size,
        look.colours.dark,
    )
    each = column_width(2, look.width, look.gap)
    branches: list[Piece] = []
    for word, words in (("Yes", step.yes), ("No", step.no)):
        pad = (look.size * 0.8, look.size * 0.65)
        inside = Column(
            [
                Pill(word, each - 2 * pad[0], look.size, look.colours.dark),
                Space(look.size * 0.4),
                Text(words, look.text, each - 2 * pad[0]),
                Space(0, stretch=1),
            ]
        )
        branches.append(Panel(inside, each, pad, fill=PAPER, line=look.colours.dark, weight=1.6))
    return [
        question,
        Arrows(look.width, look.size * 1.2, look.colours.line, (0.25, 0.75), stretch=0.2),
        Row(branches, [each, each], look.gap),
    ]


def _cards(block: Cards, look: Look) -> list[Piece]:
    columns = look.columns(block.columns)
    each = column_width(columns, look.width, look.gap)
    cards = [_card(card, look, each, upright=columns == 3) for card in block.cards]
    return _spaced(rows(cards, columns, look.width, look.gap), look.gap)


def _card(card: Card, look: Look, width: float, *, upright: bool) -> Piece:
    """An icon, a title and a few words: the icon beside them, or above where the card is slim."""
    pad, disc, gap = (look.size * 0.8, look.size * 0.75), look.size * 2.6, look.size * 0.7
    inside = width - 2 * pad[0]
    icon = Disc(disc, look.colours.dark, icon=card.icon)
    if upright:
        piece: Piece = Column([_icon_middle(icon, inside), Space(look.size * 0.4), _centred(card, look, inside)])
    else:
        beside = inside - disc - gap
        piece = Row([icon, _title_and_text(card.title, card.text, look, beside)], [disc, beside], gap, middle=True)
    return Panel(piece, width, pad, fill=look.colours.tint, line=look.colours.line)


def _icon_middle(icon: Disc, width: float) -> Piece:
    """An icon in the middle of that width."""
    side = (width - icon.size) / 2
    return Row([Space(0), icon, Space(0)], [side, icon.size, side])


def _centred(card: Card, look: Look, width: float) -> Piece:
    words: list[Piece] = [Text(card.title, look.strong, width, align="centre", balanced=True)]
    if card.text:
        words += [Space(look.size * 0.18), Text(card.text, look.text, width, align="centre", balanced=True)]
    return Column(words)


def _checklist(block: Checklist, look: Look) -> list[Piece]:
    columns = look.columns(block.columns)
    pad, gap = (look.size * 0.8, look.size * 0.6), look.gap * 1.4
    width = look.width - 2 * pad[0]
    each = column_width(columns, width, gap)
    items = [_item(words, number, block, look, each) for number, words in enumerate(block.items, 1)]
    down = -(-len(items) // columns)
    # Read down the first column, then down the second; what stands beside each other is of one height.
    highest = [max(item.height for item in items[place::down]) for place in range(down)]
    stacks: list[Piece] = [
        Column([Middle(item, height) for item, height in zip(items[start:], highest, strict=False)], look.size * 0.35)
        for start in range(0, len(items), down)
    ]
    inside = Row(stacks, [each] * columns, gap) if columns > 1 else stacks[0]
    return [Panel(inside, look.width, pad, fill=look.colours.tint, line=look.colours.line)]


def _item(words: str, number: int, block: Checklist, look: Look, width: float) -> Piece:
    size, gap = look.size * 1.75, look.size * 0.7
    mark: Piece = (
        TickBox(size, look.colours.dark) if block.mark == "box" else Disc(size, look.colours.dark, word=str(number))
    )
    inside = width - size - gap
    return Row([mark, Text(words, look.text, inside)], [size, inside], gap, middle=True)


def _boxes(block: Boxes, look: Look) -> list[Piece]:
    columns = block.columns
    each = column_width(columns, look.width, look.gap)
    pieces: list[Piece] = []
    waiting: list[Piece] = []
    for box in block.boxes:
        if box.wide:
            pieces += rows(waiting, columns, look.width, look.gap)
            waiting = []
            pieces.append(_box(box, block, look, look.width))
        else:
            waiting.append(_box(box, block, look, each))
    return _spaced([*pieces, *rows(waiting, columns, look.width, look.gap)], look.gap)


def _box(box: Box, block: Boxes, look: Look, width: float) -> Piece:
    pad, icon = (look.size * 0.75, look.size * 0.6), look.size * 1.9
    inside = width - 2 * pad[0]
    gap = look.size * 0.55
    words = inside - (icon + gap if box.icon else 0)
    label: list[Piece] = [Text(box.label, look.strong, words)]
    if box.hint:
        label.append(Text(box.hint, look.small, words))
    head: Piece = Column(label)
    if box.icon:
        head = Row([Disc(icon, look.colours.dark, icon=box.icon), head], [icon, words], gap, middle=True)
    every = look.size * 1.75 if block.ruled else 0
    blank = Blank(inside, look.size * 2 * min(box.share, 1.5), look.colours.line, every)
    return Panel(
        Column([head, Space(look.size * 0.2), blank]),
        width,
        pad,
        fill=PAPER,
        line=look.colours.dark,
        weight=1.5,
        stretch=box.share * block.share,
    )


def _timetable(block: Timetable, look: Look) -> list[Piece]:
    gap = look.size * 0.7
    square = max(look.size * 4.8, look.strong.width(block.columns[1]))
    when, done = (max(map(look.strong.width, words)) for words in ((block.columns[0], *block.rows), block.columns[3:]))
    what = look.width - when - square - done - 3 * gap - 2 * look.size * 0.7
    widths = [when, square, what, done]
    heads = [Text(words, look.strong, width) for words, width in zip(block.columns, widths, strict=True)]
    pieces: list[Piece] = [Row([Space(0), Row(heads, widths, gap)], [look.size * 0.7, look.width], 0)]
    for row in block.rows:
        cells: list[Piece] = [
            Text(row, look.strong, when),
            PictureSquare(square, look.size * 3, look.colours.dark),
            Blank(what, look.size * 2, look.colours.line, look.size * 2, stretch=0),
            Ring(look.size * 2, look.colours.dark),
        ]
        pieces.append(
            Panel(
                Row(cells, widths, gap, middle=True),
                look.width,
                (look.size * 0.7, look.size * 0.3),
                fill=look.colours.tint,
                line=look.colours.line,
            )
        )
    return _spaced(pieces, look.size * 0.45)


def _quote(block: Quote, look: Look) -> list[Piece]:
    pad = (look.size * 1.4, look.size * 0.95)
    inside = look.width - 2 * pad[0]
    style = Style(look.size * 1.5, bold=True, colour=PAPER, leading=1.2)
    words: list[Piece] = [Text(block.text, style, inside, align="centre", balanced=True)]
    if block.by:
        words += [
            Space(look.size * 0.3),
            Text(block.by, Style(look.size * 0.9, colour=PAPER), inside, align="centre", balanced=True),
        ]
    return [Panel(Column(words), look.width, pad, fill=look.colours.dark, radius=10, stretch=0.6)]


def _contacts(block: Contacts, look: Look) -> list[Piece]:
    return _spaced([_contact(one, block.blank, look) for one in block.contacts], look.gap)


def _contact(contact: Contact, blank: str, look: Look) -> Piece:
    if first := contact.first:
        look = replace(look, size=look.size * 1.2)
    pad, disc, gap = (look.size * 0.85, look.size * 0.4), look.size * 2.4, look.size * 0.8
    inside = look.width - 2 * pad[0] - disc - gap
    ink = PAPER if first else INK
    title = Style(look.strong.size, bold=True, colour=PAPER if first else look.colours.dark, leading=1.16)
    icon = Disc(disc, PAPER if first else look.colours.dark, contact.icon, on=look.colours.dark if first else PAPER)
    line = WriteOn(blank, inside * 0.46, look.size, look.colours.dark)
    said_width = inside * 0.54 - gap
    said: list[Piece] = [Text(contact.label, title, said_width)]
    if contact.hint:
        said.append(Text(contact.hint, Style(look.small.size, colour=ink), said_width))
    piece = Row([icon, Column(said), line], [disc, said_width, line.width], gap, middle=True)
    fill = look.colours.dark if first else look.colours.tint
    return Panel(piece, look.width, pad, fill=fill, line=look.colours.dark if first else look.colours.line)


def _swaps(block: Swaps, look: Look) -> list[Piece]:
    arrow = look.size * 1.8
    gap = look.size * 0.5
    left = (look.width - arrow - 2 * gap) * 0.43
    right = look.width - arrow - 2 * gap - left
    pad = (look.size * 0.8, look.size * 0.6)
    head = Row(
        [
            Text(block.rather_than, Style(look.size * 1.14, bold=True, colour=QUIET), left),
            Space(0),
            Text(block.say, look.strong, right),
        ],
        [left, arrow, right],
        gap,
    )
    pieces: list[Piece] = [head]
    for swap in block.swaps:
        leave = Panel(
            Text(swap.rather_than, Style(look.size, colour=QUIET), left - 2 * pad[0]), left, pad, PAPER, QUIET, 0.9
        )
        use = Panel(
            Text(swap.say, Style(look.size, bold=True), right - 2 * pad[0]),
            right,
            pad,
            look.colours.tint,
            look.colours.dark,
            1.6,
        )
        pieces.append(Row([leave, Across(arrow, look.colours.dark), use], [left, arrow, right], gap))
    return _spaced(pieces, look.size * 0.55)


def _shares(block: Shares, look: Look) -> list[Piece]:
    shades = [(look.colours.dark, PAPER), (look.colours.tint, look.colours.dark), (PAPER, INK)]
    parts = [(share.percent, *shades[min(place, 2)]) for place, share in enumerate(block.shares)]
    bar = Bar(look.width, look.size * 4.6, parts, look.colours.dark, look.size * 1.6)
    disc, gap, pad = look.size * 3.1, look.size * 0.8, (look.size * 0.8, look.size * 0.7)
    inside = look.width - 2 * pad[0] - disc - gap
    cards: list[Piece] = []
    for share, (_, fill, ink) in zip(block.shares, parts, strict=True):
        swatch = Swatch(f"{share.percent}%", disc, fill, ink, look.colours.dark)
        words = _title_and_text(share.title, share.text, look, inside)
        row = Row([swatch, words], [disc, inside], gap, middle=True)
        cards.append(Panel(row, look.width, pad, fill=PAPER, line=look.colours.line))
    return _spaced([bar, *cards, Text(block.by, look.small, look.width)], look.gap)


_KINDS: Mapping[type, Callable[[Any, Look], list[Piece]]] = {
    Steps: _steps,
    Cards: _cards,
    Checklist: _checklist,
    Boxes: _boxes,
    Timetable: _timetable,
    Quote: _quote,
    Contacts: _contacts,
    Swaps: _swaps,
    Shares: _shares,
}
