"""The poster as a picture for chat: laid out anew for a phone, 800 pixels wide, with its alt text inside."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
import io
import multiprocessing

from PIL import Image
from PIL.PngImagePlugin import PngInfo
import pypdfium2

from bot.posters.draw import draw_narrow
from bot.prompts.library.posters import Poster

WIDTH = 800
"""Pixels: twice to three times a phone's own, so that letters are sharp there."""
COLOURS = 128


def picture(poster: Poster) -> bytes:
    """The PNG. It takes a moment of the processor: a service calls `picture_from_worker`."""
    return rendered(draw_narrow(poster), WIDTH, poster.title, poster.described)


async def picture_from_worker(poster: Poster) -> bytes:
    """The PNG, drawn in a process of its own that ends with it: neither library is for threads, nor for a loop."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, picture, poster)


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
