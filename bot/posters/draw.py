"""Draws a poster: A4 and A3 for the wall, and a narrow page that becomes a picture for a phone.

The letters are as large as the words leave room for; what room is left after that goes to the blanks and panels.
A3 is A4 enlarged. Where the words don't fit even at the smallest size, `DoesNotFit` names the poster and the block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count, takewhile
from math import hypot
from typing import Literal

from bot.posters import qr
from bot.posters.blocks import Look, lay
from bot.posters.pen import DoesNotFit, Pen, Style
from bot.posters.pieces import Column, Piece, Space, Text
from bot.posters.qr import Link
from bot.posters.themes import PAPER, QUIET, THEMES
from bot.prompts.library.posters import Block, Boxes, Contacts, Poster, Timetable

Size = Literal["a4", "a3"]
SCALES: Mapping[Size, float] = {"a4": 1.0, "a3": 2**0.5}
A4_WIDTH, A4_HEIGHT = 595.28, 841.89
MARGIN = 28.0
"""What a ward's printer leaves white (10 mm)."""
LARGEST, SMALLEST, STEP = 20.0, 11.5, 0.25
"""Sizes of plain words on A4, in points."""
LARGEST_ON_FORMS = 13.5
"""On a sheet to write on, the room is for the writing."""
BELOW_HEAD, ABOVE_FOOT = 14.0, 11.0
PHONE_WIDTH, PHONE_MARGIN, PHONE_SIZE = 372.0, 14.0, 15.0


def draw(poster: Poster, size: Size = "a4", link: Link | None = None) -> bytes:
    """The PDF, one page. Raises DoesNotFit."""
    page = _Page(poster, A4_WIDTH, MARGIN, link)
    with _named(poster):
        head, foot = page.head(_sizes(44, 28)), page.foot()
        return page.drawn(head, page.largest(A4_HEIGHT - page.around(head, foot)), foot, A4_HEIGHT, SCALES[size])


def draw_narrow(poster: Poster) -> bytes:
    """The PDF that becomes the picture for chat: one narrow page, as high as it needs to be."""
    page = _Page(poster, PHONE_WIDTH, PHONE_MARGIN)
    with _named(poster):
        head, body, foot = page.head(_sizes(30, 22)), page.body(PHONE_SIZE), page.foot()
        return page.drawn(head, body, foot, page.around(head, foot) + body.height)


@contextmanager
def _named(poster: Poster) -> Iterator[None]:
    """Says on which poster something doesn't fit."""
    try:
        yield
    except DoesNotFit as error:
        raise DoesNotFit(f"{poster.id}: {error}") from error


def _sizes(largest: int, smallest: int) -> range:
    return range(largest, smallest - 1, -1)


@dataclass(frozen=True)
class _Page:
    """What a page of that width is made of."""

    poster: Poster
    width: float
    margin: float
    link: Link | None = None

    @property
    def inside(self) -> float:
        return self.width - 2 * self.margin

    @property
    def narrow(self) -> bool:
        return self.width < A4_WIDTH

    def where(self, number: int) -> str:
        """A block, as its writer finds it."""
        return f"block {number + 1} ({self.poster.blocks[number].kind})"

    def around(self, head: Head, foot: Column) -> float:
        """The height that is not the body's."""
        return head.height + foot.height + 2 * self.margin + BELOW_HEAD + ABOVE_FOOT

    def drawn(self, head: Head, body: Column, foot: Column, height: float, scale: float = 1) -> bytes:
        """The page, so high, with its parts."""
        pen = Pen(self.width, height, scale)
        pen.name(self.poster.title, self.poster.described)
        head.draw(pen, self.margin, self.margin, head.height)
        top = self.margin + head.height + BELOW_HEAD
        body.draw(pen, self.margin, top, height - self.around(head, foot))
        foot.draw(pen, self.margin, height - self.margin - foot.height, foot.height)
        return pen.done()

    def largest(self, room: float) -> Column:
        """The blocks, their letters as large as that height allows."""
        forms = any(isinstance(block, Boxes | Timetable | Contacts) for block in self.poster.blocks)
        largest = LARGEST_ON_FORMS if forms else LARGEST
        for size in takewhile(lambda size: size > SMALLEST, count(largest, -STEP)):
            with suppress(DoesNotFit):
                if (body := self.body(size)).height <= room:
                    return body
        if (body := self.body(SMALLEST)).height > room:
            highest = max(body.pieces, key=lambda piece: piece.height)
            where = self.where(body.pieces.index(highest) // 2)
            raise DoesNotFit(
                f"{where}: the page is {body.height - room:.0f} points too short; this is its highest block"
            )
        return body

    def head(self, sizes: range) -> Head:
        """The title, as large as it can be."""
        colours = THEMES[self.poster.theme]
        pad, icon = (12.0, 54.0) if self.narrow else (20.0, 92.0)
        words = self.inside - 2 * pad - icon - pad * 0.7
        subtitle = Text(
            self.poster.subtitle,
            Style(15 if self.narrow else 16.5, colour=PAPER, leading=1.2),
            words,
            balanced=True,
            most_lines=4 if self.narrow else 3,
        )
        for size in sizes:
            style = Style(size, bold=True, colour=PAPER, leading=1.06)
            try:
                title = Text(
                    self.poster.title, style, words, tag="H1", balanced=True, most_lines=3 if self.narrow else 2
                )
            except DoesNotFit as error:
                if size == sizes[-1]:
                    raise DoesNotFit(f"title: {error}") from error
                continue
            break
        return Head(
            Column([title, Space(5), subtitle]), self.inside, pad, icon, self.poster, colours.dark, colours.glow
        )

    def body(self, size: float) -> Column:
        """The blocks in letters of that size."""
        look = Look(self.inside, size, THEMES[self.poster.theme], self.narrow)
        pieces: list[Piece] = []
        for number, block in enumerate(self.poster.blocks):
            if number:
                pieces.append(Space(look.size * (1.1 if block.heading else 0.8)))
            pieces.append(self._block(number, block, look))
        return Column(pieces)

    def _block(self, number: int, block: Block, look: Look) -> Piece:
        try:
            return lay(block, look)
        except DoesNotFit as error:
            raise DoesNotFit(f"{self.where(number)}: {error}") from error

    def foot(self) -> Column:
        """The way to the ward's page, and the small print."""
        size = 10.0 if self.narrow else 7.8
        pieces: list[Piece] = []
        if self.link:
            pieces += [Way(self.link, self.inside, THEMES[self.poster.theme].dark), Space(7)]
        if self.poster.note:
            pieces += [Text(self.poster.note, Style(size * 1.32, bold=True), self.inside), Space(3)]
        quiet = Style(size, colour=QUIET)
        return Column([*pieces, *(Text(words, quiet, self.inside, tidy=False) for words in small_print(self.poster))])


def small_print(poster: Poster) -> tuple[str, str]:
    """What the poster rests on, and how far it has been reviewed."""
    who = ", ".join(poster.reviewers) or "none yet"
    written, due = (f"{day.day} {day:%B %Y}" for day in (poster.written_on, poster.review_by))
    return (
        f"Consistent with: {poster.source_names.removesuffix('.')}.",
        f"Wardhuddle: {poster.name}, version {poster.version}. Written {written}, to be reviewed by {due}."
        f" Reviewers: {who}.",
    )


@dataclass(frozen=True)
class Head:
    """The title on its dark panel, with an icon in a pale disc."""

    words: Column
    width: float
    pad: float
    icon: float
    poster: Poster
    dark: str
    glow: str

    @property
    def height(self) -> float:
        """The words or the icon, whatever is higher."""
        return max(self.words.height, self.icon) + 2 * self.pad * 0.85

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the panel, the icon, then the words."""
        centre = (x + self.width - self.pad - self.icon / 2, y + height / 2)
        pen.panel(x, y, self.width, height, radius=14, fill=self.dark)
        with pen.clipped(x, y, self.width, height, 14):
            pen.circle(*centre, hypot(x + self.width - centre[0], height / 2), fill=self.glow)
        pen.circle(*centre, self.icon / 2, fill=PAPER)
        size = self.icon * 0.64
        pen.icon(self.poster.icon, centre[0] - size / 2, centre[1] - size / 2, size, self.dark, 1.7)
        self.words.draw(pen, x + self.pad, y + (height - self.words.height) / 2, self.words.height)


@dataclass(frozen=True)
class Way:
    """The QR code across the page, what it is for, and its address in words."""

    link: Link
    width: float
    dark: str
    code: float = 78.0
    stretch: float = 0

    @property
    def words(self) -> Column:
        """What stands beside the code."""
        width = self.width - self.code - 14
        return Column(
            [
                Text(
                    f"Tell us, on the page of {self.link.ward}",
                    Style(16, bold=True, colour=self.dark, leading=1.15),
                    width,
                ),
                Space(2),
                Text(
                    "A near miss, or something that went well: in a minute, with no name. Not for urgent help.",
                    Style(10.5),
                    width,
                ),
                Space(3),
                Text(self.link.address, Style(8), width, anywhere=True, tidy=False),
            ]
        )

    @property
    def height(self) -> float:
        """The code or the words, whatever is higher."""
        return max(self.code, self.words.height + 10)

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the frame, the code, then the words."""
        pen.panel(x, y, self.width, height, radius=8, fill=PAPER, line=self.dark, weight=1.5)
        top = y + (height - self.code) / 2
        with pen.tag("Figure", alt=f"QR code: {self.link.address}, the report page of {self.link.ward}"):
            squares = qr.squares(self.link.address, self.code)
            pen.squares([(x + 2 + left, top + down, wide, high) for left, down, wide, high in squares], "#000000")
        words = self.words
        words.draw(pen, x + self.code + 6, y + (height - words.height) / 2, words.height)
