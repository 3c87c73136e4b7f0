"""A pen on PDF pages, from the top down, that tags what it writes so that a screen reader can read the pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
import io
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bot.posters.icons import ICONS
from bot.posters.themes import INK

FONTS = Path(__file__).parent / "fonts"
CAPITALS = 0.668
"""Height of a capital letter, of the size of the letters."""
ICON_GRID = 24


class DoesNotFit(Exception):
    """Words that don't fit where they should stand. What catches it says on which poster and in which block."""


@dataclass(frozen=True)
class Style:
    """How words are set: size in points, weight, colour, and the height of a line in sizes."""

    size: float
    bold: bool = False
    colour: str = INK
    leading: float = 1.24

    @property
    def font(self) -> str:
        """The name of the font, which is registered with reportlab."""
        return _fonts()["Bold" if self.bold else "Regular"]

    @property
    def line(self) -> float:
        """The height of a line."""
        return self.size * self.leading

    def width(self, words: str) -> float:
        """How wide the words are on one line."""
        return _width(words, self.font) * self.size

    def lines(self, words: str, width: float, *, anywhere: bool = False) -> list[str]:
        """The words in lines of that width; `anywhere` breaks within a word too, as an address needs."""
        lines: list[str] = []
        for word in words.split():
            for part in self._parts(word, width) if anywhere else [word]:
                if self.width(part) > width:
                    raise DoesNotFit(f"“{part}” is wider than its {width:.0f} points at size {self.size:g}")
                if lines and self.width(f"{lines[-1]} {part}") <= width and not (anywhere and part != word):
                    lines[-1] += f" {part}"
                else:
                    lines.append(part)
        return lines

    def _parts(self, word: str, width: float) -> Iterator[str]:
        start = 0
        for end in range(1, len(word) + 1):
            if self.width(word[start:end]) > width:
                yield word[start : end - 1]
                start = end - 1
        yield word[start:]


@lru_cache(maxsize=50_000)
def _width(words: str, font: str) -> float:
    """The width at size 1: kept, for the same words are measured at many sizes until they fit."""
    return float(pdfmetrics.stringWidth(words, font, 1))


@cache
def _fonts() -> dict[str, str]:
    """Registers Atkinson Hyperlegible, which the Braille Institute made for readers with low vision."""
    names = {weight: f"AtkinsonHyperlegible-{weight}" for weight in ("Regular", "Bold")}
    for name in names.values():
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    return names


class Pen:
    """Draws on pages of `width` by `height` points, which `scale` enlarges. Points are measured from the top left."""

    def __init__(self, width: float, height: float, scale: float = 1) -> None:
        self._out = io.BytesIO()
        self._height, self._scale = height, scale
        self._canvas = Canvas(self._out, (width * scale, height * scale), pageCompression=1, invariant=1, lang="en-GB")
        self._tags: list[list[tuple[str, str]]] = []
        self._open = False
        self._begin()

    def _begin(self) -> None:
        self._canvas.scale(self._scale, self._scale)
        self._canvas.setLineCap(1)
        self._canvas.setLineJoin(1)
        self._tags.append([])

    def next_page(self) -> None:
        """Go on at the top of another page."""
        self._canvas.showPage()
        self._begin()

    def name(self, title: str, subject: str) -> None:
        """What the document is called and what it shows."""
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setAuthor("Wardhuddle")
        self._canvas.setCreator("Wardhuddle")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")

    def bookmark(self, words: str, y: float, level: int) -> None:
        """An entry of the outline that leads to that height."""
        key = f"at-{sum(map(len, self._tags))}"
        self._canvas.bookmarkHorizontal(key, 0, self._height - y)
        self._canvas.addOutlineEntry(words, key, level)

    def line_of_words(self, x: float, y: float, words: str, style: Style) -> None:
        """Words on one line whose box begins at that height."""
        self._canvas.setFont(style.font, style.size)
        self._canvas.setFillColor(HexColor(style.colour))
        baseline = y + (style.line + CAPITALS * style.size) / 2
        self._canvas.drawString(x, self._height - baseline, words)

    @contextmanager
    def tag(self, kind: str, alt: str = "") -> Iterator[None]:
        """What is drawn inside is one element of the document: H1, H2, P, or a Figure that has an alt text."""
        with self._marked(f"/{kind} <</MCID {len(self._tags[-1])}>> BDC"):
            self._tags[-1].append((kind, alt))
            yield

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is drawn inside is no part of the document: a page's number."""
        with self._marked("/Artifact BMC"):
            yield

    @contextmanager
    def _marked(self, begin: str) -> Iterator[None]:
        assert not self._open, "one element inside another"
        self._canvas.addLiteral(begin)
        self._open = True
        yield
        self._open = False
        self._canvas.addLiteral("EMC")

    @contextmanager
    def _shape(self, fill: str | None, line: str | None, weight: float, dashes: Sequence[float] = ()) -> Iterator[None]:
        """Colours for a shape; one that is in no element is decoration, and marked as such."""
        if not self._open:
            self._canvas.addLiteral("/Artifact BMC")
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        if line:
            self._canvas.setStrokeColor(HexColor(line))
        self._canvas.setLineWidth(weight)
        self._canvas.setDash(list(dashes))
        yield
        if not self._open:
            self._canvas.addLiteral("EMC")

    def panel(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        radius: float = 0,
        fill: str | None = None,
        line: str | None = None,
        weight: float = 1.2,
        dashes: Sequence[float] = (),
    ) -> None:
        """A rectangle, with round corners if it has a radius."""
        with self._shape(fill, line, weight, dashes):
            self._canvas.roundRect(
                x, self._height - y - height, width, height, radius, stroke=int(line is not None), fill=int(bool(fill))
            )

    def circle(self, x: float, y: float, radius: float, *, fill: str | None = None, line: str | None = None) -> None:
        """A circle about that point."""
        with self._shape(fill, line, 1.4):
            self._canvas.circle(x, self._height - y, radius, stroke=int(line is not None), fill=int(bool(fill)))

    def shape(
        self,
        points: Sequence[tuple[float, float]],
        *,
        fill: str | None = None,
        line: str | None = None,
        weight: float = 1.4,
    ) -> None:
        """A closed shape of straight edges."""
        with self._shape(fill, line, weight):
            path = self._canvas.beginPath()
            path.moveTo(points[0][0], self._height - points[0][1])
            for x, y in points[1:]:
                path.lineTo(x, self._height - y)
            path.close()
            self._canvas.drawPath(path, stroke=int(line is not None), fill=int(bool(fill)))

    def stroke(
        self, x1: float, y1: float, x2: float, y2: float, *, line: str, weight: float = 1, dashes: Sequence[float] = ()
    ) -> None:
        """A straight line."""
        with self._shape(None, line, weight, dashes):
            self._canvas.line(x1, self._height - y1, x2, self._height - y2)

    def squares(self, squares: Sequence[tuple[float, float, float, float]], fill: str) -> None:
        """Many rectangles (x, y, width, height) as one shape."""
        with self._shape(fill, None, 0):
            path = self._canvas.beginPath()
            for x, y, width, height in squares:
                path.rect(x, self._height - y - height, width, height)
            self._canvas.drawPath(path, stroke=0, fill=1)

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float, radius: float) -> Iterator[None]:
        """Decoration that is drawn inside ends at this panel's edge."""
        self._canvas.saveState()
        path = self._canvas.beginPath()
        path.roundRect(x, self._height - y - height, width, height, radius)
        self._canvas.clipPath(path, stroke=0, fill=0)
        yield
        self._canvas.restoreState()

    def icon(self, name: str, x: float, y: float, size: float, colour: str, weight: float = 2) -> None:
        """An icon whose box begins at that point; `weight` of its strokes is in its own grid."""
        unit = size / ICON_GRID
        with self._shape(colour, colour, weight * unit):
            path = self._canvas.beginPath()
            dots = self._canvas.beginPath()
            words = iter(ICONS[name].split())

            def numbers(count: int) -> list[float]:
                found = [float(next(words)) for _ in range(count)]
                return [
                    x + one * unit if place % 2 == 0 else self._height - y - one * unit
                    for place, one in enumerate(found)
                ]

            for command in words:
                if command == "M":
                    path.moveTo(*numbers(2))
                elif command == "L":
                    path.lineTo(*numbers(2))
                elif command == "C":
                    path.curveTo(*numbers(6))
                elif command == "Z":
                    path.close()
                else:
                    centre, radius = numbers(2), float(next(words)) * unit
                    (path if command == "O" else dots).circle(*centre, radius)
            self._canvas.drawPath(path, stroke=1, fill=0)
            self._canvas.drawPath(dots, stroke=0, fill=1)

    def image(self, x: float, y: float, width: float, height: float, png: bytes) -> None:
        """A picture whose box begins at that point."""
        self._canvas.drawImage(ImageReader(io.BytesIO(png)), x, self._height - y - height, width, height)

    def done(self) -> bytes:
        """The PDF, with its tree of elements."""
        self._canvas.showPage()
        self._add_tree()
        self._canvas.save()
        return self._out.getvalue()

    def _add_tree(self) -> None:
        """The document's elements in reading order. reportlab knows no tags: these are PDF 32000-1, 14.7."""
        document = self._canvas._doc
        name, refer = pdfdoc.PDFName, document.Reference
        root = pdfdoc.PDFDictionary({"Type": name("StructTreeRoot")})
        whole = pdfdoc.PDFDictionary({"Type": name("StructElem"), "S": name("Document"), "P": refer(root)})
        elements: list[object] = []
        of_pages: list[object] = []
        for at, (page, tags) in enumerate(zip(document.Pages.pages, self._tags, strict=True)):
            shown, own = refer(page), []
            for number, (kind, alt) in enumerate(tags):
                element = {"Type": name("StructElem"), "S": name(kind), "P": refer(whole), "Pg": shown, "K": number}
                if alt:
                    element["Alt"] = pdfdoc.PDFString(alt)
                own.append(refer(pdfdoc.PDFDictionary(element)))
            elements += own
            of_pages += [at, refer(pdfdoc.PDFArray(own))]
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = at, name("S")
        whole["K"] = pdfdoc.PDFArray(elements)
        root["K"] = refer(whole)
        parents = pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(of_pages)})
        root["ParentTree"] = refer(parents)
        root["ParentTreeNextKey"] = len(self._tags)
        self._canvas.setCatalogEntry("StructTreeRoot", root)
        self._canvas.setCatalogEntry("MarkInfo", pdfdoc.PDFDictionary({"Marked": pdfdoc.PDFtrue}))
