"""Charts are drawn elsewhere, as pictures that anyone can read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool
import io
import os
import subprocess
import sys
from xml.etree import ElementTree

from PIL import Image
import pytest
import pytest_asyncio

from bot.chat.message import Chart, Limits, Point
from bot.trends import chart as drawing
from bot.trends.chart import HEIGHT, WIDTH, close, draw
from bot.trends.xmr import xmr

COUNTS = [6, 8, 5, 7, 9, 6, 4, 7, 8, 6, 5, 9, 7, 6, 8, 5, 7, 6, 9, 10, 11, 10, 9, 12, 11, 19]
SVG = "{http://www.w3.org/2000/svg}"


@pytest_asyncio.fixture(autouse=True, scope="module", loop_scope="module")
async def worker() -> AsyncIterator[None]:
    """One worker for the tests of this file, stopped after them."""
    yield
    close()


def chart_of(counts: list[int], title: str = "Near misses, Juniper") -> Chart:
    chart = xmr(counts)
    points = tuple(Point(f"Week {at}", one.value, one.meaning) for at, one in enumerate(chart.points, 1))
    return Chart(
        title, points, "26 weeks <of> near misses & a rise", (Limits(0, chart.mean, chart.lower, chart.upper),)
    )


async def test_a_png_decodes_to_a_picture_of_the_size_promised() -> None:
    with Image.open(io.BytesIO(await draw(chart_of(COUNTS), "png"))) as picture:
        assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT)) == ("PNG", (800, 560))
        found = picture.convert("RGB").getcolors(WIDTH * HEIGHT) or []
    colours = {colour for _, colour in found}
    assert {(0xA6, 0xA6, 0xA6), (0x49, 0x00, 0x92), (255, 255, 255)} <= colours
    assert (0xE4, 0x6C, 0x0A) not in colours


async def test_an_svg_is_one_image_with_its_title_and_description() -> None:
    title = "Near misses & $x^2$ <b>, Juniper"
    root = ElementTree.fromstring(await draw(chart_of(COUNTS, title), "svg"))
    named, described = root.findall(f"{SVG}title"), root.findall(f"{SVG}desc")
    assert [one.text for one in named] == [title]
    assert [one.text for one in described] == ["26 weeks <of> near misses & a rise"]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == named[0].get("id")
    assert root.get("aria-describedby") == described[0].get("id")
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert title in words  # as it is: a dollar starts no formula
    assert {"Usual variation", "Real change: higher"} <= set(words)


async def test_what_xml_cannot_hold_is_left_out() -> None:
    root = ElementTree.fromstring(await draw(Chart("Jun\x00iper\x1b", (Point("1\x07", 2.0),), "a\x0bb"), "svg"))
    assert root.findtext(f"{SVG}title") == "Juniper"
    assert root.findtext(f"{SVG}desc") == "ab"


async def test_one_chart_draws_the_same_each_time_and_two_share_no_name() -> None:
    first, again, other = await asyncio.gather(
        draw(chart_of(COUNTS), "svg"), draw(chart_of(COUNTS), "svg"), draw(chart_of(COUNTS[:9]), "svg")
    )
    assert first == again
    names = [ElementTree.fromstring(one).get("aria-labelledby") for one in (first, other)]
    assert names[0] != names[1]


@pytest.mark.parametrize(
    "chart",
    [
        chart_of([6]),
        chart_of([6, 7]),
        chart_of([0] * 20),
        chart_of([6] * 20),
        chart_of([-5, -900, 14]),
        chart_of([value * 10**9 for value in COUNTS]),
        Chart("No limits", tuple(Point(str(at), 1.5 * at) for at in range(5)), "alt"),
        Chart("Only a mean", (Point("1", 1.0), Point("2", 3.0)), "alt", (Limits(0, 2.0, 0.0, 5.0),)),
        Chart("No points", (), "alt"),
        Chart("", (Point("", 0.0),), ""),
        Chart("A title " * 30, (Point("a long label of a week", 0.0), Point("another of them", 3e-9)), "alt"),
    ],
    ids=lambda chart: chart.title[:20] + str(len(chart.points)),
)
async def test_odd_charts_are_drawn(chart: Chart) -> None:
    assert (await draw(chart, "png")).startswith(b"\x89PNG")
    ElementTree.fromstring(await draw(chart, "svg"))


async def test_every_meaning_has_a_shape_of_its_own() -> None:
    meanings = ("common_cause", "improvement", "concern", "neutral_high", "neutral_low")
    shapes = set()
    for meaning in meanings:
        svg = ElementTree.fromstring(await draw(Chart("t", (Point("1", 1.0, meaning),), "alt"), "svg"))
        marks = [path.get("d") for defs in svg.iter(f"{SVG}defs") for path in defs.iter(f"{SVG}path")]
        shapes.add(marks[-1])
    assert len(shapes) == len(meanings)


async def test_an_unknown_kind_or_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="png or svg"):
        await draw(chart_of(COUNTS), "pdf")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot mean 'bad'"):
        await draw(Chart("t", (Point("1", 1.0, "bad"),), "alt"), "png")


async def test_a_crashed_worker_is_replaced() -> None:
    await draw(chart_of([6]), "svg")
    with pytest.raises(BrokenProcessPool):
        await asyncio.get_running_loop().run_in_executor(drawing._worker(), os._exit, 1)
    drawn = await asyncio.gather(*(draw(chart_of([6]), "svg") for _ in range(3)))
    assert len(set(drawn)) == 1


async def test_a_worn_worker_is_replaced_and_loses_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "DRAWINGS_PER_WORKER", 2)
    worker = drawing._worker()
    drawn = await asyncio.wait_for(asyncio.gather(*(draw(chart_of([6]), "svg") for _ in range(5))), 60)
    assert len(set(drawn)) == 1
    assert drawing._worker() is not worker


async def test_drawing_goes_on_after_close() -> None:
    await draw(chart_of([6]), "svg")
    close()
    close()
    assert await draw(chart_of([6]), "svg")


PARENT = """
import asyncio, sys
from bot.chat.message import Chart, Limits, Point
from bot.trends import chart, reading
assert "matplotlib" not in sys.modules and "numpy" not in sys.modules
async def main():
    return await chart.draw(Chart("t", (Point("1", 1.0),), "alt"), "png")
assert asyncio.run(main()).startswith(b"\\x89PNG")
assert "matplotlib" not in sys.modules and "numpy" not in sys.modules
chart.close()
print("drawn")
"""


def test_the_parent_never_imports_matplotlib() -> None:
    done = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.returncode) == ("drawn\n", 0), done.stderr
