"""The pieces a page is put together from: each knows its least height, and how much of what is left over it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol

from bot.posters.pen import DoesNotFit, Pen, Style

NEARLY = 0.01
HEADINGS = ("H1", "H2")
SHORT = 0.3
"""A last line shorter than this part of the width stands too much alone: the lines are then made of like length."""


class Piece(Protocol):
    """What can be laid out: it needs `height` points, and takes `stretch` parts of what is left over."""

    @property
    def height(self) -> float:
        """The least height, in points."""

    @property
    def stretch(self) -> float:
        """Parts of the height that is left over; 0: it keeps its least height."""

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it at that point, that high."""


def room(piece: Piece, height: float) -> float:
    """The height, where it is enough for the piece."""
    if height + NEARLY < piece.height:
        raise DoesNotFit(f"needs {piece.height:.0f} points and has {height:.0f}")
    return height


class Text:
    """Words in lines of that width."""

    stretch = 0.0

    def __init__(
        self,
        words: str,
        style: Style,
        width: float,
        *,
        tag: str = "P",
        align: Literal["left", "centre"] = "left",
        balanced: bool = False,
        tidy: bool = True,
        anywhere: bool = False,
        most_lines: int | None = None,
    ) -> None:
        self.words, self.style, self.width, self.tag, self.align = words, style, width, tag, align
        self.lines = style.lines(words, width, anywhere=anywhere)
        if most_lines and len(self.lines) > most_lines:
            raise DoesNotFit(f"“{words}” takes {len(self.lines)} lines, more than {most_lines}")
        if balanced or (tidy and len(self.lines) > 1 and style.width(self.lines[-1]) < SHORT * width):
            self.lines = self._balanced()

    def _balanced(self) -> list[str]:
        """As many lines, but of like length: no last word alone."""
        best, width = self.lines, self.width
        while len(best) > 1:
            width -= self.style.size / 4
            try:
                lines = self.style.lines(self.words, width)
            except DoesNotFit:
                break
            if len(lines) > len(best):
                break
            best = lines
        return best

    @property
    def height(self) -> float:
        """All its lines."""
        return len(self.lines) * self.style.line

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it at that point."""
        room(self, height)
        if self.tag in HEADINGS:
            pen.bookmark(self.words, y, HEADINGS.index(self.tag))
        with pen.tag(self.tag):
            for number, line in enumerate(self.lines):
                spare = self.width - self.style.width(line) if self.align == "centre" else 0
                pen.line_of_words(x + spare / 2, y + number * self.style.line, line, self.style)


@dataclass(frozen=True)
class Space:
    """Nothing, so high."""

    height: float
    stretch: float = 0

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """There is nothing to draw."""


@dataclass(frozen=True)
class Column:
    """Pieces under each other."""

    pieces: Sequence[Piece]
    gap: float = 0

    @property
    def height(self) -> float:
        """All pieces and the gaps between them."""
        return sum(piece.height for piece in self.pieces) + self.gap * max(0, len(self.pieces) - 1)

    @property
    def stretch(self) -> float:
        """What its pieces take."""
        return sum(piece.stretch for piece in self.pieces)

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the pieces; what is left over goes to those that stretch."""
        spare, whole = room(self, height) - self.height, self.stretch
        for piece in self.pieces:
            own = piece.height + (spare * piece.stretch / whole if whole else 0)
            piece.draw(pen, x, y, own)
            y += own + self.gap


@dataclass(frozen=True)
class Row:
    """Pieces beside each other, each as high as the row, or in the middle of its height."""

    pieces: Sequence[Piece]
    widths: Sequence[float]
    gap: float = 0
    middle: bool = False

    @property
    def height(self) -> float:
        """The highest piece."""
        return max(piece.height for piece in self.pieces)

    @property
    def stretch(self) -> float:
        """What the greediest piece takes."""
        return max(piece.stretch for piece in self.pieces)

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the pieces from left to right."""
        room(self, height)
        for piece, width in zip(self.pieces, self.widths, strict=True):
            own = piece.height if self.middle and not piece.stretch else height
            piece.draw(pen, x, y + (height - own) / 2, own)
            x += width + self.gap


@dataclass(frozen=True)
class Panel:
    """A rounded box around a piece, which stands in its middle unless it stretches."""

    piece: Piece
    width: float
    pad: tuple[float, float]
    fill: str | None = None
    line: str | None = None
    weight: float = 1.2
    radius: float = 8
    stretch: float = 1

    @property
    def height(self) -> float:
        """The piece and the padding."""
        return self.piece.height + 2 * self.pad[1]

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the box, then what is in it."""
        room(self, height)
        pen.panel(x, y, self.width, height, radius=self.radius, fill=self.fill, line=self.line, weight=self.weight)
        spare = height - self.height
        if self.piece.stretch:
            self.piece.draw(pen, x + self.pad[0], y + self.pad[1], self.piece.height + spare)
        else:
            self.piece.draw(pen, x + self.pad[0], y + self.pad[1] + spare / 2, self.piece.height)


@dataclass(frozen=True)
class Middle:
    """A piece in the middle of a height that may grow."""

    piece: Piece
    height: float
    stretch: float = 0.5

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it in the middle."""
        self.piece.draw(pen, x, y + (room(self, height) - self.piece.height) / 2, self.piece.height)


def rows(pieces: Sequence[Piece], columns: int, width: float, gap: float) -> list[Piece]:
    """The pieces in rows of so many columns of like width; the last row is filled up with nothing."""
    each = column_width(columns, width, gap)
    starts = [*range(0, len(pieces), columns), len(pieces)]
    found: list[Piece] = []
    for start, end in pairwise(starts):
        row = [*pieces[start:end], *[Space(0)] * (columns - (end - start))]
        found.append(Row(row, [each] * columns, gap) if columns > 1 else row[0])
    return found


def column_width(columns: int, width: float, gap: float) -> float:
    """How wide each of so many columns is."""
    return (width - gap * (columns - 1)) / columns
