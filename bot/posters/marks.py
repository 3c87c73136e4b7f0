"""Small things that are drawn: icons in discs, arrows, tick boxes, blanks and the like. Each is a piece of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.posters.pen import Pen, Style
from bot.posters.pieces import NEARLY, Text, room
from bot.posters.themes import PAPER, QUIET


@dataclass(frozen=True)
class Disc:
    """A dark circle with an icon, or with a short word, in it."""

    size: float
    colour: str
    icon: str | None = None
    word: str | None = None
    on: str = PAPER
    stretch: float = 0

    @property
    def height(self) -> float:
        """Its diameter."""
        return self.size

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it, in the middle of its height."""
        top = y + (height - self.size) / 2
        pen.circle(x + self.size / 2, top + self.size / 2, self.size / 2, fill=self.colour)
        if self.icon:
            inside = self.size * 0.62
            pen.icon(self.icon, x + (self.size - inside) / 2, top + (self.size - inside) / 2, inside, self.on)
        if self.word:
            style = Style(self.size * (0.56 if len(self.word) < 3 else 0.36), bold=True, colour=self.on, leading=1)
            with pen.tag("P"):
                pen.line_of_words(
                    x + (self.size - style.width(self.word)) / 2, top + (self.size - style.size) / 2, self.word, style
                )


@dataclass(frozen=True)
class Arrows:
    """Arrows down, each at a part of the width."""

    width: float
    height: float
    colour: str
    at: tuple[float, ...] = (0.5,)
    stretch: float = 0.35

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw a shaft and a head for each."""
        head = self.height * 0.55
        for part in self.at:
            middle, end = x + self.width * part, y + height - 1.5
            pen.stroke(middle, y + 2, middle, end - head * 0.7, line=self.colour, weight=self.height * 0.17)
            pen.shape(
                [(middle - head * 0.72, end - head), (middle + head * 0.72, end - head), (middle, end)],
                fill=self.colour,
            )


@dataclass(frozen=True)
class TickBox:
    """A square big enough to tick with a pen."""

    size: float
    colour: str
    stretch: float = 0

    @property
    def height(self) -> float:
        """Its edge."""
        return self.size

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it, in the middle of its height."""
        top = y + (height - self.size) / 2
        pen.panel(x, top, self.size, self.size, radius=self.size * 0.16, fill=PAPER, line=self.colour, weight=1.8)


@dataclass(frozen=True)
class Blank:
    """Room to write in, with lines if `every` says how far apart."""

    width: float
    height: float
    colour: str
    every: float = 0
    stretch: float = 1

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw as many lines as there is room for."""
        count = int((height + NEARLY) // self.every) if self.every else 0
        for number in range(count):
            level = y + height * (number + 1) / count - 1
            pen.stroke(x, level, x + self.width, level, line=self.colour, weight=0.9, dashes=(0.1, 3.2))


@dataclass(frozen=True)
class Bar:
    """Parts of a whole, beside each other and drawn to scale; each has its own pattern as well as its shade."""

    width: float
    height: float
    parts: Sequence[tuple[int, str, str]]
    edge: str
    size: float
    stretch: float = 0.5

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the parts with their per cent."""
        slim = min(self.width * percent / 100 - 6 for percent, _, _ in self.parts)
        size = min(self.size, self.size * slim / Style(self.size, bold=True).width("88%"))
        for percent, fill, ink in self.parts:
            width = self.width * percent / 100
            pen.panel(x, y, width, height, fill=fill, line=self.edge, weight=1.6)
            style = Style(size, bold=True, colour=ink, leading=1)
            words = f"{percent}%"
            with pen.tag("P"):
                pen.line_of_words(x + (width - style.width(words)) / 2, y + (height - style.line) / 2, words, style)
            x += width


@dataclass(frozen=True)
class Glyph:
    """An icon without a disc."""

    icon: str
    size: float
    colour: str
    stretch: float = 0

    @property
    def height(self) -> float:
        """Its box."""
        return self.size

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it, in the middle of its height."""
        pen.icon(self.icon, x, y + (height - self.size) / 2, self.size, self.colour, 1.7)


@dataclass(frozen=True)
class Hexagon:
    """A question's shape: pointed at both sides."""

    words: Text
    width: float
    size: float
    colour: str
    stretch: float = 0.6

    @property
    def height(self) -> float:
        """The words and the room about them."""
        return self.words.height + self.size * 1.3

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the shape, then the question."""
        room(self, height)
        point, end, middle = self.size * 1.5, x + self.width, y + height / 2
        corners = [(x + point, y), (end - point, y), (end, middle), (end - point, y + height), (x + point, y + height)]
        pen.shape([*corners, (x, middle)], fill=PAPER, line=self.colour, weight=2.4)
        inset = (self.width - self.words.width) / 2
        self.words.draw(pen, x + inset, middle - self.words.height / 2, self.words.height)


@dataclass(frozen=True)
class Pill:
    """A word on a dark ground, in the middle of its width."""

    word: str
    width: float
    size: float
    colour: str
    stretch: float = 0

    @property
    def style(self) -> Style:
        """White and bold."""
        return Style(self.size, bold=True, colour=PAPER, leading=1)

    @property
    def height(self) -> float:
        """The word and its ground."""
        return self.size * 1.55

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the ground, then the word."""
        words = self.style.width(self.word)
        width = words + self.size * 1.5
        left = x + (self.width - width) / 2
        pen.panel(left, y, width, self.height, radius=self.height / 2, fill=self.colour)
        with pen.tag("P"):
            pen.line_of_words(x + (self.width - words) / 2, y + (self.height - self.size) / 2, self.word, self.style)


@dataclass(frozen=True)
class PictureSquare:
    """A dashed square to stick a picture on; it grows with its row."""

    width: float
    height: float
    colour: str
    stretch: float = 1

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it as high as the row, but no wider than its column."""
        size = min(self.width, height)
        top = y + (height - size) / 2
        pen.panel(x, top, size, size, radius=4, fill=PAPER, line=self.colour, weight=1.3, dashes=(4, 3))


@dataclass(frozen=True)
class Ring:
    """An empty circle to tick."""

    size: float
    colour: str
    stretch: float = 0

    @property
    def height(self) -> float:
        """Its diameter."""
        return self.size

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it, in the middle of its height."""
        pen.circle(x + self.size / 2, y + height / 2, self.size / 2, fill=PAPER, line=self.colour)


@dataclass(frozen=True)
class WriteOn:
    """A white field with a small word for what to write there."""

    word: str
    width: float
    size: float
    colour: str
    stretch: float = 0

    @property
    def height(self) -> float:
        """Room for a hand."""
        return self.size * 2.4

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw the field, then the word in its corner."""
        pen.panel(x, y, self.width, self.height, radius=5, fill=PAPER, line=self.colour, weight=1.2)
        style = Style(self.size * 0.68, colour=QUIET)
        with pen.tag("P"):
            pen.line_of_words(x + 5, y + 2, self.word, style)


@dataclass(frozen=True)
class Across:
    """An arrow to the right."""

    width: float
    colour: str
    stretch: float = 0

    @property
    def height(self) -> float:
        """Its head."""
        return self.width * 0.6

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it in the middle of its height."""
        middle, half = y + height / 2, self.width * 0.26
        pen.stroke(x + 2, middle, x + self.width - half, middle, line=self.colour, weight=self.width * 0.11)
        end = x + self.width - 1
        pen.shape(
            [(end - half * 1.3, middle - half), (end - half * 1.3, middle + half), (end, middle)], fill=self.colour
        )


@dataclass(frozen=True)
class Swatch:
    """The shade of a part of the bar, with its per cent: a key that needs no colour."""

    word: str
    size: float
    fill: str
    ink: str
    edge: str
    stretch: float = 0

    @property
    def height(self) -> float:
        """Its edge."""
        return self.size * 0.72

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draw it in the middle of its height."""
        top = y + (height - self.height) / 2
        pen.panel(x, top, self.size, self.height, radius=4, fill=self.fill, line=self.edge, weight=1.6)
        style = Style(self.size * 0.36, bold=True, colour=self.ink, leading=1)
        with pen.tag("P"):
            pen.line_of_words(
                x + (self.size - style.width(self.word)) / 2, top + (self.height - style.size) / 2, self.word, style
            )
