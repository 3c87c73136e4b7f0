"""Charts are drawn elsewhere, as pictures that anyone can read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
import io
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

from PIL import Image
import pytest
import pytest_asyncio

from bot.chat.message import Chart, Limits, Point
from bot.trends import chart as drawing
from bot.trends.chart import WIDTH, close, draw
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
    limits = (Limits(0, chart.mean, chart.lower, chart.upper),)
    return Chart(title, points, "26 weeks <of> near misses & a rise", limits, variation=chart.variation)


def words_of(root: ElementTree.Element) -> list[str]:
    """The words of a picture, in the order they are drawn."""
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def rebased(marks: tuple[tuple[int, str], ...] = (), target: float | None = None, weeks: int = 26) -> Chart:
    """A chart whose limits start anew halfway."""
    counts = [COUNTS[at % len(COUNTS)] for at in range(weeks)]
    chart = xmr(counts, direction="decrease", rebase_at=[weeks // 2], target=target)
    points = tuple(Point(f"Week {at}", one.value, one.meaning) for at, one in enumerate(chart.points, 1))
    limits = tuple(Limits(at, one.mean, one.lower, one.upper) for at in (0, weeks // 2) if (one := chart.points[at]))
    return Chart("Restraint", points, "alt", limits, "uses a week", target, marks, chart.variation, chart.assurance)


async def drawn_words(chart: Chart) -> list[str]:
    """The words of a chart's SVG."""
    return words_of(ElementTree.fromstring(await draw(chart, "svg")))


async def test_a_png_decodes_to_a_picture_of_the_width_promised() -> None:
    with Image.open(io.BytesIO(await draw(chart_of(COUNTS), "png"))) as picture:
        assert (picture.format, picture.width) == ("PNG", WIDTH) == ("PNG", 800)
        assert 400 < picture.height < 800
        found = picture.convert("RGB").getcolors(picture.width * picture.height) or []
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
    words = words_of(root)
    assert title in words  # as it is: a dollar starts no formula
    assert {"Usual variation", "Special cause: higher", "Now: special cause, higher", "average 8.1"} <= set(words)


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


async def test_an_early_sign_is_drawn_as_neither_usual_nor_a_change() -> None:
    words = await drawn_words(replace(chart_of(COUNTS), variation="early_sign"))
    assert "Now: an early sign, and no sure change" in words


async def test_no_line_is_named_where_the_last_points_have_no_limits() -> None:
    chart = rebased()
    words = await drawn_words(replace(chart, limits=(replace(chart.limits[0], end=13),), variation=None))
    assert {"Limits start anew", "Too little data for a usual range"} <= set(words)
    assert not any(one.startswith(("average", "upper", "lower")) for one in words)


async def test_the_middle_of_days_between_is_called_no_average() -> None:
    words = await drawn_words(replace(chart_of(COUNTS), unit="days between near misses"))
    assert "middle 8.1" in words and "average 8.1" not in words


async def test_unit_target_and_rebase_are_said_in_words() -> None:
    """No line and no colour stands for itself alone."""
    words = await drawn_words(rebased(target=5))

    assert {"uses a week", "target 5.0", "Target: met or missed by chance", "Limits start anew"} <= set(words)
    assert "Limits start anew" not in await drawn_words(chart_of(COUNTS))


@pytest.mark.parametrize(
    ("target", "letter", "said"),
    [(0.0, "F", "missed consistently"), (40.0, "P", "met consistently"), (9.0, "?", "met or missed by chance")],
)
async def test_assurance_has_a_letter_and_words(target: float, letter: str, said: str) -> None:
    """As Making Data Count has them: passing, failing, hit and miss."""
    words = await drawn_words(rebased(target=target))

    assert letter in words
    assert f"Target: {said}" in words


async def test_nothing_is_said_of_the_end_that_the_reading_did_not() -> None:
    """A point may be marked, and the reading not yet sure of a real change."""
    words = await drawn_words(replace(chart_of(COUNTS), variation=None))

    assert not any(one.startswith("Now: ") for one in words)
    assert "Now: usual variation" in await drawn_words(replace(chart_of(COUNTS), variation="common_cause"))


async def test_limits_are_drawn_over_their_own_points_only() -> None:
    """Of two segments each mean is a line of its own, and there is a gap between them."""
    svg = ElementTree.fromstring(await draw(rebased(), "svg"))
    solid = [path.get("d", "") for path in svg.iter(f"{SVG}path") if "stroke: #000000" in path.get("style", "")]
    ends = [[float(x) for x in re.findall(r"[ML] ([\d.]+)", path)] for path in solid]

    assert len(ends) == 2
    assert ends[0][0] < ends[0][-1] < ends[1][0] < ends[1][-1]


async def test_percentages_are_said_as_such() -> None:
    """On the lines and on the axis; a sign above the axis would say no more."""
    words = await drawn_words(replace(rebased(), unit="%"))

    assert any(re.fullmatch(r"average [\d.]+%", one) for one in words)
    assert "0%" in words and "%" not in words


async def test_large_numbers_are_whole_on_the_axis() -> None:
    """Nobody should have to multiply by a power of ten written above it."""
    words = await drawn_words(chart_of([count * 1_000_000 for count in COUNTS]))

    assert "15,000,000" in words
    assert not any("e" in one and one[0].isdigit() for one in words)


async def test_little_data_is_said() -> None:
    """A chart without limits says why it has none."""
    assert "Too little data for a usual range" in await drawn_words(replace(chart_of(COUNTS[:5]), limits=()))


async def test_notes_are_numbered_in_the_order_of_time_with_their_words_below() -> None:
    """Those of one day together."""
    words = await drawn_words(rebased(((20, "Quiet hour"), (13, "Sensory room opened"), (13, "New manager"))))

    assert words.count("1") == words.count("2") == 2
    assert "Week 14: Sensory room opened; New manager" in words
    assert "Week 21: Quiet hour" in words


async def test_many_and_long_notes_break_nothing() -> None:
    """The latest are shown, each in two lines; the others are counted. What is no point has no flag."""
    marks = tuple((at, f"note {at} " + "on and on " * 40) for at in range(80, 104))
    chart = rebased((*marks, (200, "after the end"), (-1, "before")), weeks=104)
    words = await drawn_words(chart)
    with Image.open(io.BytesIO(await draw(chart, "png"))) as picture:
        assert picture.height < 1_250

    assert next(one for one in words if one.startswith("Week ") and "note" in one).startswith("Week 97: note 96")
    assert "and 16 earlier" in words
    assert not any("before" in one or "after the end" in one for one in words)
    assert all(len(one) <= 48 for one in words)


async def test_an_unknown_kind_or_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="png, svg or print"):
        await draw(chart_of(COUNTS), "pdf")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot mean 'bad'"):
        await draw(Chart("t", (Point("1", 1.0, "bad"),), "alt"), "png")
    with pytest.raises(ValueError, match="cannot be met 'often'"):
        await draw(Chart("t", (Point("1", 1.0),), "alt", assurance="often"), "png")


async def test_a_crashed_worker_is_replaced() -> None:
    await draw(chart_of([6]), "svg")
    with pytest.raises(BrokenProcessPool):
        await asyncio.get_running_loop().run_in_executor(drawing._workers(), os._exit, 1)
    drawn = await asyncio.gather(*(draw(chart_of([6]), "svg") for _ in range(3)))
    assert len(set(drawn)) == 1


async def test_a_worn_worker_is_replaced_and_loses_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "DRAWINGS_PER_WORKER", 2)
    monkeypatch.setattr(drawing, "WORKERS", 1)
    close()
    worker = drawing._workers()
    drawn = await asyncio.wait_for(asyncio.gather(*(draw(chart_of([6]), "svg") for _ in range(5))), 60)
    assert len(set(drawn)) == 1
    assert drawing._workers() is not worker


async def test_no_worker_starts_before_it_has_something_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds memory: one chart needs one of them."""
    monkeypatch.setattr(drawing, "WORKERS", 4)
    close()
    assert drawing._workers()._processes == {}
    await draw(chart_of([6]), "svg")
    assert len(drawing._workers()._processes) == 1
    close()


async def test_a_thousand_charts_at_once_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each hundred of them would get workers of its own, all at the same time."""
    pools: list[object] = []
    waiting = asyncio.Event()

    async def later(pool: object, *_: object) -> bytes:
        pools.append(pool)
        await waiting.wait()
        return b""

    monkeypatch.setattr(drawing, "DRAWINGS_PER_WORKER", 3)
    close()
    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", later)
    drawings = [asyncio.ensure_future(draw(chart_of([6]), "svg")) for _ in range(1_000)]
    for _ in range(5):
        await asyncio.sleep(0)

    assert len(pools) == 2 * drawing.WORKERS
    assert len(set(map(id, pools))) == 1
    waiting.set()
    await asyncio.gather(*drawings)
    close()


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


async def test_nobody_reads_in_the_logs_what_a_note_says(capfd: pytest.CaptureFixture[str]) -> None:
    """matplotlib warns of letters that its font has no picture of."""
    close()  # for a worker that writes to what is captured here
    assert await draw(replace(chart_of(COUNTS), marks=((3, "王小明"),)), "png")
    assert capfd.readouterr() == ("", "")
