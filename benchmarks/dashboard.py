"""The dashboard with a million reports stored: each page, through the whole application but the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from statistics import median
from time import perf_counter

import httpx
from starlette.applications import Starlette

from benchmarks.figures import Figure
from benchmarks.near_miss import REPORTS, fill, wards
from bot.chat.front import Person
from bot.handlers.desk import Desk
from bot.privacy.passes import Passes
from bot.store.wards import every_ward
from bot.trends import chart
from bot.web import sign_in
from bot.web.dashboard import pages
from bot.web.session import SESSION, Door

MOST = 200
"""Milliseconds of a page, at the median."""
FIRST_MOST = 10_000
"""Of one that nobody has looked at for ten minutes."""
CHART_MOST = 400
LED = 60
"""Wards that the leader leads: as many as the first page reads at most."""
LEADER = Person("slack", "U0LEAD", "T0WARDS")
PAGES = {
    "a ward, 26 weeks": "wards/{ward}",
    "a ward, 104 weeks": "wards/{ward}?weeks=104",
    f"a leader's {LED} wards": "",
    "all wards together": "trust?measure=near_misses&weeks=104",
    "all wards, another period": "trust?measure=near_misses&weeks=52",
}


async def measure(*, quick: bool) -> AsyncIterator[Figure]:
    """Each page at the median, and when nobody has looked at it for a while; beside the style sheet of every page."""
    rounds = 10 if quick else 50
    async with wards() as (desk, url):
        await asyncio.to_thread(fill, url)
        async with desk.store() as session:
            every = (await every_ward(session))[:LED]
            for ward in every:
                ward.leaders = [LEADER.id]
            keys = [ward.key for ward in every]
        async with browser(desk) as client:
            floor = await once(client, "static/style.css")
            for what, address in PAGES.items():
                first = await once(client, address.format(ward=keys[0]))
                yield Figure(f"page: {what}, the first in 10 minutes", first, floor, "ms", FIRST_MOST, "value")
                took = [await once(client, address.format(ward=keys[nth % LED])) for nth in range(rounds)]
                yield Figure(f"page: {what}", median(took), floor, "ms", MOST, "value")
            drawn = [await once(client, f"wards/{keys[0]}/charts/{key}.svg") for key in ("near_misses", "successes")]
            yield Figure(f"a chart, {REPORTS:,} reports stored", drawn[-1], floor, "ms", CHART_MOST, "value")
    chart.close()


def browser(desk: Desk) -> httpx.AsyncClient:
    """Signed in as the leader, and of the whole application but the network."""
    door = Door(desk)
    app = Starlette(routes=sign_in.mount(door, pages.routes(door)))
    session = Passes(desk.secret, "session", desk.clock).new(LEADER, None)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://ward.test/dashboard/", cookies={SESSION: session}
    )


async def once(client: httpx.AsyncClient, address: str) -> float:
    """The milliseconds of a request that succeeds."""
    began = perf_counter()
    answer = await client.get(address, timeout=120)
    took = (perf_counter() - began) * 1000
    assert answer.status_code == 200, (address, answer.text[:200])
    return took
