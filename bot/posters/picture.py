"""The poster as a picture for chat: laid out anew for a phone, 800 pixels wide, with its alt text inside."""

from __future__ import annotations

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo
import pypdfium2

from bot.posters.draw import draw_narrow
from bot.prompts.library.posters import Poster

WIDTH = 800
"""Pixels: twice to three times a phone's own, so that letters are sharp there."""
COLOURS = 128


def picture(poster: Poster) -> bytes:
    """The PNG. It takes a moment of the processor, and neither library is for threads or for a loop."""
    return rendered(draw_narrow(poster), WIDTH, poster.title, poster.described)


def rendered(pdf: bytes, width: int, title: str, alt: str) -> bytes:
    """The first page of a PDF as a PNG of that width, with a title and a description."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        image = page.render(scale=width / page.get_width()).to_pil().convert("RGB")
    finally:
        document.close()
    if image.width != width:  # the page's width is rounded up to whole pixels
        image = image.resize((width, round(image.height * width / image.width)))
    described = PngInfo()
    described.add_itxt("Title", title)
    described.add_itxt("Description", alt)
    out = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, format="PNG", optimize=True, pnginfo=described)
    return out.getvalue()
