"""The digests of a thousand wards with a million reports stored, without their charts; and of a longer history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from statistics import median
from time import perf_counter

import psycopg

from benchmarks.figures import Figure
from benchmarks.near_miss import NOW, REPORTS, WARDS, fill, wards
from bot.handlers.desk import Desk
from bot.measures.weekly import LONGEST
from bot.prompts import digest
from bot.schedule.planner import occurrence
from bot.schedule.sender import BATCH
from bot.store.tables import Ward
from bot.store.wards import every_ward

ALL_MOST = 60
"""Seconds of bot time for a thousand digests."""
FLOOR_MOST = 1.5
"""Times the bare aggregate."""
FLAT_MOST = 1.2
"""Times a digest over a tenth of the history."""
HUDDLES = f"""
insert into occurrence (ward_id, kind, local_date, slot, due_at, expires_at, not_before, state, attempts, token)
select ward.id, 'huddle', day, '07:45', day + time '07:45', day + time '09:45', day + time '07:45', 'sent', 1,
       md5(random()::text)
from ward, generate_series(date '{NOW.date()}' - {LONGEST * 7}, date '{NOW.date()}' - 1, '1 day') as day
"""
"""One planned a day on each ward, as far back as a digest looks."""
HELD = """
insert into huddle (ward_id, occurrence_id, local_date, huddle_set, answers, version)
select ward_id, id, local_date, 'start_of_day', '{"environment": ["noise"]}', 1 from occurrence where id % 10 > 0
"""
BARE = {
    "reports": "select kind, day, count(*), count(answered_on) from report where ward_id = %(ward)s"
    " and day between %(first)s and %(last)s group by kind, day",
    "tallies": "select day, used from report where ward_id = %(ward)s and kind = 'restrictive'"
    " and day between %(first)s and %(last)s",
    "huddles": "select o.local_date, count(*), count(h.id)"
    " from occurrence o left join huddle h on h.occurrence_id = o.id"
    " where o.ward_id = %(ward)s and kind = 'huddle' and o.local_date between %(first)s and %(last)s group by 1",
    "week": "select building, helped, level, line from report where ward_id = %(ward)s"
    " and day between %(week)s and %(last)s",
}
"""The least that a digest must know of its ward, in plain SQL."""
OLDER = f"""
insert into report (id, kind, ward_id, day, shift_band, area, building, helped, level, recorded, line, added, receipt,
                    used)
select gen_random_uuid(), kind, ward_id, day - {REPORTS // WARDS} * n, shift_band, area, building, helped, level,
       recorded, line, added, md5(random()::text) || md5(random()::text), used
from report, generate_series(1, 9) as n where ward_id <= (select min(id) + 99 from ward)
"""
"""For a hundred wards ten times the history, at the same rate."""


async def measure(*, quick: bool) -> AsyncIterator[Figure]:
    """All digests beside the bare aggregates; one digest with ten times the history beside one without."""
    async with wards() as (desk, url):
        await asyncio.to_thread(fill, url)
        await asyncio.to_thread(run, url, HUDDLES, HELD, "vacuum analyze")
        async with desk.store() as session:
            every = list(await every_ward(session))[: 100 if quick else WARDS]
        await all_of(desk, every[:20])
        took = sum(await all_of(desk, every)) * WARDS / len(every)
        floor = await asyncio.to_thread(bare, url, every) * WARDS / len(every)
        what = f"{WARDS:,} digests, {REPORTS:,} reports stored"
        yield Figure(what, took, floor, "s", ALL_MOST, "value")
        yield Figure(f"{what}, beside the bare SQL", took, floor, "s", FLOOR_MOST, "ratio")
        some = every[:100]
        before = median(await all_of(desk, some)) * 1000
        await asyncio.to_thread(run, url, OLDER, "vacuum analyze")
        after = median(await all_of(desk, some)) * 1000
        yield Figure("a digest, ten times the history", after, before, "ms", FLAT_MOST, "ratio")


def run(url: str, *statements: str) -> None:
    """Run these statements, one after the other."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


async def all_of(desk: Desk, every: list[Ward]) -> list[float]:
    """The seconds of each ward's digest, as many built together as the sender does."""
    took = []
    for at in range(0, len(every), BATCH):
        due = [(ward, occurrence(ward, "digest", "09:00", NOW, on=NOW.date())) for ward in every[at : at + BATCH]]
        began = perf_counter()
        async with desk.store() as session:
            messages = await digest.build_together(session, desk.supplies, due)
        took += [(perf_counter() - began) / len(due)] * len(due)
        assert {message.kind for message in messages} == {"digest"}
    return took


def bare(url: str, every: list[Ward]) -> float:
    """The seconds of the same figures in plain SQL, ward by ward over one connection."""
    last: date = NOW.date() - timedelta(days=1)
    days = {"last": last, "first": last - timedelta(weeks=LONGEST), "week": last - timedelta(days=6)}
    with psycopg.connect(url) as connection:
        began = perf_counter()
        for ward in every:
            for statement in BARE.values():
                connection.execute(statement, {"ward": ward.key, **days}).fetchall()
        return perf_counter() - began
