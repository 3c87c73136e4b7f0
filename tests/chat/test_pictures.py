"""A chart's picture is drawn once, however many look at it and whoever of them goes away."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat.message import Chart, Point
from bot.chat.pictures import Pictures

CHART = Chart("Near misses", (Point("Week 1", 3),), "One week: 3.")


class Drawer:
    """Draws when it is told to, and fails as often as it is told to."""

    def __init__(self, fails: int = 0) -> None:
        self.may = asyncio.Event()
        self.fails = fails
        self.drawn = 0

    async def __call__(self, chart: Chart) -> bytes:
        self.drawn += 1
        await self.may.wait()
        if self.drawn <= self.fails:
            raise RuntimeError("out of ink")
        return chart.title.encode()


async def test_twenty_at_once_are_one_drawing() -> None:
    drawer = Drawer()
    pictures = Pictures(drawer)
    asked = [asyncio.create_task(pictures.picture(CHART)) for _ in range(20)]
    await asyncio.sleep(0)
    drawer.may.set()
    assert {one.content for one in await asyncio.gather(*asked)} == {b"Near misses"}
    await pictures.picture(CHART)
    assert drawer.drawn == 1


async def test_who_goes_away_takes_it_from_nobody() -> None:
    drawer = Drawer()
    pictures = Pictures(drawer)
    gone, waits = (asyncio.create_task(pictures.picture(CHART)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    drawer.may.set()
    assert (await waits).content == b"Near misses" and drawer.drawn == 1


async def test_what_could_not_be_drawn_is_drawn_anew() -> None:
    drawer = Drawer(fails=1)
    drawer.may.set()
    pictures = Pictures(drawer)
    both = await asyncio.gather(*(pictures.picture(CHART) for _ in range(2)), return_exceptions=True)
    assert [str(one) for one in both] == ["out of ink"] * 2 and drawer.drawn == 1
    assert (await pictures.picture(CHART)).content == b"Near misses" and drawer.drawn == 2
