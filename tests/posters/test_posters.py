"""Every poster, on paper and for a phone: it is one page, nothing is lost or cut, and a screen reader can read it."""

from __future__ import annotations

from datetime import date
from functools import cache
import io
from itertools import pairwise
import re
import subprocess
import sys
from typing import get_args

from PIL import Image
import pypdfium2
import pytest
import segno

from bot.posters import draw as drawing
from bot.posters.draw import SCALES, draw, draw_narrow, small_print
from bot.posters.icons import ICONS
from bot.posters.pen import DoesNotFit, Pen
from bot.posters.picture import WIDTH, picture
from bot.posters.pieces import Column, Space
from bot.posters.qr import QUIET_ZONE, Link, modules
from bot.posters.themes import INK, PAPER, QUIET, THEMES
from bot.prompts.library import Library
from bot.prompts.library.posters import LONGEST_ALT, Cards, Icon, Poster, Theme
from tests.pdf import tags, text_of

LIBRARY = Library.load()
POSTERS = {one.name: one for one in LIBRARY.posters.values()}
NAMES = sorted(POSTERS)
WANTED = {
    "choices-and-redirection",
    "active-listening",
    "early-signs",
    "low-arousal-checklist",
    "visual-timetable",
    "support-sheet",
    "behaviour-support-plan",
    "debrief",
    "after-an-incident",
    "who-to-call",
    "soft-words",
    "bad-news",
    "calm-down-box",
    "huddle-in-five-minutes",
}
ADDRESS = "https://wardhuddle.example.nhs.uk/report/k3Jd8vQx2LwPz7RtYbN4mAq5Wc0sHfGu"
LINK = Link("Rowan", ADDRESS)


@cache
def drawn(name: str, size: drawing.Size = "a4", *, code: bool = True) -> bytes:
    """The PDF of one of our posters, with a ward's code or without."""
    return draw(POSTERS[name], size, LINK if code else None)


def poster(**changes: object) -> Poster:
    """A poster that is no file's."""
    base = POSTERS["active-listening"]
    return base.model_copy(update=changes)


def with_text(words: str) -> Poster:
    """A poster whose first card says that."""
    base = POSTERS["active-listening"]
    cards = base.blocks[0]
    assert isinstance(cards, Cards)
    first = cards.cards[0].model_copy(update={"text": words})
    return poster(blocks=(cards.model_copy(update={"cards": (first, *cards.cards[1:])}), *base.blocks[1:]))


def test_the_posters_that_were_asked_for_are_there_and_nothing_is_wrong_with_any() -> None:
    assert set(NAMES) >= WANTED
    assert LIBRARY.faults == ()


def test_a_service_reads_and_checks_them_without_what_draws_them() -> None:
    subprocess.run([sys.executable, "-c", START], check=True)


START = """
import sys
from bot import app
from bot.prompts.library import Library
from bot.prompts.library.check import check
assert check(Library.load()) == []
drawers = {name for name in sys.modules if name.split(".")[0] in ("reportlab", "pypdfium2") or "bot.posters" in name}
assert not drawers, drawers
"""


@pytest.mark.parametrize("size", SCALES)
@pytest.mark.parametrize("code", [False, True], ids=["plain", "with a code"])
@pytest.mark.parametrize("name", NAMES)
def test_a_poster_is_one_page_of_its_size_and_holds_every_word(name: str, size: drawing.Size, code: bool) -> None:
    one = POSTERS[name]
    document = pypdfium2.PdfDocument(drawn(name, size, code=code))
    assert len(document) == 1
    wanted = {"a4": (210, 297), "a3": (297, 420)}[size]
    assert [round(points / 72 * 25.4) for points in document[0].get_size()] == list(wanted)
    said = text_of(drawn(name, size, code=code))
    for words in (*one.words(), *small_print(one), *([ADDRESS] if code else [])):
        assert " ".join(words.split()) in said, words


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_into_a_printers_margin(name: str) -> None:
    page = pypdfium2.PdfDocument(drawn(name))[0]
    image = page.render(scale=1).to_pil().convert("L").point(lambda shade: 255 - shade)
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    edge = drawing.MARGIN - 3
    assert left >= edge and top >= edge and right <= image.width - edge and bottom <= image.height - edge


@pytest.mark.parametrize("name", NAMES)
def test_words_never_overlap(name: str) -> None:
    """Boxes of lines of words, as another program finds them, keep apart."""
    page = pypdfium2.PdfDocument(drawn(name))[0].get_textpage()
    boxes = [page.get_rect(number) for number in range(page.count_rects())]
    for place, (left, bottom, right, top) in enumerate(boxes):
        for other_left, other_bottom, other_right, other_top in boxes[place + 1 :]:
            wide = min(right, other_right) - max(left, other_left)
            high = min(top, other_top) - max(bottom, other_bottom)
            assert wide <= 1 or high <= 1


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_for_chat_is_as_wide_as_a_phone_wants_and_says_what_it_shows(name: str) -> None:
    one = POSTERS[name]
    png = picture(one)
    image = Image.open(io.BytesIO(png))
    image.load()
    assert image.width == WIDTH
    assert image.height < 3.5 * WIDTH
    assert image.info["Description"] == one.described
    assert len(one.described) <= LONGEST_ALT
    assert len(png) < 200_000
    said = text_of(draw_narrow(one))
    assert all(" ".join(words.split()) in said for words in one.words())


def test_the_alt_text_holds_every_word() -> None:
    for one in POSTERS.values():
        assert one.described.startswith(one.alt)
        assert all(words in one.described for words in one.words())


def test_the_same_source_gives_the_same_file() -> None:
    one = POSTERS["debrief"]
    assert draw(one, "a3", LINK) == draw(one, "a3", LINK)


# What a screen reader finds


@pytest.mark.parametrize("name", NAMES)
def test_a_pdf_has_a_title_a_language_headings_and_an_outline(name: str) -> None:
    one = POSTERS[name]
    pdf = drawn(name)
    document = pypdfium2.PdfDocument(pdf)
    assert document.get_metadata_value("Title") == one.title
    assert document.get_metadata_value("Subject") == one.described
    assert document.is_tagged()
    assert b"/Lang (en-GB)" in pdf
    found = tags(pdf)
    headings = [block.heading for block in one.blocks if block.heading]
    assert [kind for kind, _ in found if kind != "P"] == ["H1", *["H2"] * len(headings), "Figure"]
    assert dict(found)["Figure"] == f"QR code: {ADDRESS}, the report page of Rowan"
    assert [entry.get_title() for entry in document.get_toc()] == [one.title, *headings]


@pytest.mark.parametrize("name", NAMES)
def test_every_mark_on_a_page_is_an_element_or_decoration(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn is between a BDC or BMC and its EMC, and these don't nest."""
    marks: list[str] = []
    finish = Pen.done

    def done(pen: Pen) -> bytes:
        marks.extend(pen._canvas._code)
        return finish(pen)

    monkeypatch.setattr(Pen, "done", done)
    draw(POSTERS[name], "a4", LINK)
    depth = 0
    for line in "\n".join(marks).splitlines():
        depth += len(re.findall(r"\b(?:BDC|BMC)\b", line)) - len(re.findall(r"\bEMC\b", line))
        assert depth in (0, 1)
        if re.search(r"\bTj\b|(?:^| )(?:f|S|B|f\*)$", line):
            assert depth == 1, line
    assert depth == 0
    assert len(marks) > 100


def test_fonts_travel_with_the_file() -> None:
    """Embedded, so that a ward's printer needs nothing; in part only, so that the file stays small."""
    pdf = drawn("soft-words")
    assert pdf.count(b"/FontFile2") >= 2
    assert re.search(rb"/BaseFont /[A-Z0-9+]*AtkinsonHyperlegible-Bold", pdf)
    assert len(pdf) < 100_000


# Colours


def luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_can_be_read_by_everyone(name: str) -> None:
    """WCAG 2.2: 4.5 for words (AA; 7 where they are small), 3 for edges that mean something."""
    theme = THEMES[name]
    assert contrast(PAPER, theme.dark) >= 7
    assert contrast(PAPER, theme.glow) >= 4.5
    assert contrast(theme.dark, theme.tint) >= 4.5
    assert contrast(INK, theme.tint) >= 7
    assert contrast(QUIET, PAPER) >= 7
    assert contrast(theme.line, PAPER) >= 3


def test_every_theme_and_icon_that_a_poster_may_name_can_be_drawn_and_no_other() -> None:
    assert set(THEMES) == set(get_args(Theme))
    assert set(ICONS) == set(get_args(Icon))


def test_every_icon_can_be_drawn_and_stays_on_its_grid() -> None:
    for name, path in ICONS.items():
        numbers = [float(word) for word in path.split() if not word.isalpha()]
        assert all(0 <= number <= 24 for number in numbers), name
        pen = Pen(100, 100)
        pen.icon(name, 10, 10, 24, INK)
        assert pen.done().startswith(b"%PDF")


# What doesn't fit


def test_words_that_do_not_fit_the_page_are_named_with_their_poster_and_block() -> None:
    with pytest.raises(
        DoesNotFit, match=r"poster-active-listening: block 1 \(cards\): the page is \d+ points too short"
    ):
        draw(with_text("many words " * 400), "a4")


def test_a_word_wider_than_its_column_is_named() -> None:
    with pytest.raises(DoesNotFit, match=r"poster-active-listening: block 1 \(cards\): “w+” is wider than"):
        draw(with_text("w" * 60), "a4")


def test_a_title_that_does_not_fit_is_named() -> None:
    with pytest.raises(DoesNotFit, match=r"poster-active-listening: title: “.*” takes 3 lines"):
        draw(poster(title="A title of sixty letters, which is far too much to hang up, no?"), "a4")


def test_a_piece_is_never_drawn_lower_than_it_is() -> None:
    column = Column([Space(10), Space(20)], gap=5)
    column.draw(Pen(100, 100), 0, 0, 35)
    with pytest.raises(DoesNotFit, match="needs 35 points and has 34"):
        column.draw(Pen(100, 100), 0, 0, 34)


def test_letters_get_smaller_for_more_words_and_never_too_small() -> None:
    def size(words: str) -> float:
        page = drawing._Page(with_text(words), drawing.A4_WIDTH, drawing.MARGIN)
        body = page.largest(500)
        sizes = [number / 4 for number in range(46, 81) if page.body(number / 4).height == body.height]
        return sizes[0]

    found = [size("word " * count) for count in (5, 20, 40, 60)]
    assert all(before >= after for before, after in pairwise(found))
    assert found[0] > found[-1] >= drawing.SMALLEST


# The QR code


def test_the_code_leads_to_the_address() -> None:
    """Every module of the printed code is what segno makes of the address, and there is white about it."""
    code = segno.make(ADDRESS, error="m", micro=False)
    expected = [[bool(dark) for dark in row] for row in code.matrix]
    assert [list(row) for row in modules(ADDRESS)] == expected
    page = pypdfium2.PdfDocument(drawn("soft-words", "a3"))[0]
    scale = 4
    image = page.render(scale=scale).to_pil().convert("L")
    way = drawing.Way(LINK, drawing.A4_WIDTH - 2 * drawing.MARGIN, INK)
    foot = drawing._Page(POSTERS["soft-words"], drawing.A4_WIDTH, drawing.MARGIN, LINK).foot()
    left = drawing.MARGIN + 2
    top = drawing.A4_HEIGHT - drawing.MARGIN - foot.height + (way.height - way.code) / 2
    unit = way.code / (len(expected) + 2 * QUIET_ZONE)
    whole = scale * SCALES["a3"]

    def dark(down: float, across: float) -> bool:
        x, y = left + (across + 0.5) * unit, top + (down + 0.5) * unit
        return bool(image.getpixel((round(x * whole), round(y * whole))) < 128)

    printed = [
        [dark(down + QUIET_ZONE, across + QUIET_ZONE) for across in range(len(expected))]
        for down in range(len(expected))
    ]
    assert printed == expected
    assert not any(dark(1.5, across) or dark(across, 1.5) for across in range(2, len(expected)))


def test_the_code_is_big_enough_to_be_read_from_arms_length() -> None:
    """Modules of half a millimetre or more, for an address that is longer than any of ours."""
    way = drawing.Way(LINK, 500, INK)
    unit = way.code / (len(modules(ADDRESS + "x" * 40)) + 2 * QUIET_ZONE)
    assert unit / 72 * 25.4 >= 0.5


# What the words must keep


def test_the_record_is_pointed_to_whole() -> None:
    """Section 6(5) of the Act names sixteen things."""
    record = next(block for block in POSTERS["after-an-incident"].blocks if block.kind == "checklist")
    assert len(record.items) == 16
    assert "None of them belongs in chat" in POSTERS["after-an-incident"].subtitle


def test_shares_are_respect_trainings() -> None:
    for one in POSTERS.values():
        if any(block.kind == "shares" for block in one.blocks):
            said = " ".join((*one.words(), *small_print(one)))
            assert said.count("Respect Training") >= 2


def test_small_print_says_what_it_rests_on_and_that_nobody_has_reviewed_it_yet() -> None:
    poster = POSTERS["soft-words"]
    rests, reviewed = small_print(poster.model_copy(update={"review_by": date(2027, 11, 25)}))
    assert rests == "Consistent with: Safewards; Richmond and others (2012)."
    assert reviewed.endswith("to be reviewed by 25 November 2027. Reviewers: none yet.")
