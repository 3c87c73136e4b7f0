"""A near miss with a million reports stored: from opening the form until it is saved; and the check of its line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
import re
from secrets import token_hex
from statistics import median, quantiles
from time import perf_counter

import psycopg

from benchmarks.figures import Figure
from benchmarks.processes import SECRET_KEY, database
from bot.chat.front import Destination, Person
from bot.chat.message import Form, OneOf, SomeOf
from bot.chat.router import Command, Open, Reply, Router, Submit
from bot.handlers import build_router
from bot.handlers.desk import Desk
from bot.handlers.wards_csv import import_wards
from bot.privacy.identifiers import find, refusal
from bot.privacy.small import Small
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.store.database import Store, migrate
from tests.privacy.corpus import CLEAN, HELD_OUT, HELD_OUT_CLEAN, IDENTIFIERS

WARDS = 1_000
REPORTS = 1_000_000
NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)
WARM_UP = 10
SAVED_MOST = 300
"""Milliseconds of bot time, at the median."""
CHECKED_MOST = 1
TRIES = 20
"""Of how many the quickest counts: the rest is what else the machine did."""
LENGTH = 280
"""Characters: the most that the form's line takes."""
COLUMNS = (
    "name,specialty,front,workspace,channel,leaders_channel,timezone,nation,"
    "huddle_times,reminder_time,digest_day,digest_time"
)
TIMES = "Europe/London,ENG,07:45;19:45,11:00,monday,09:00"
FILL = f"""
insert into report (id, kind, ward_id, day, shift_band, area, building, helped, level, recorded, line, added, receipt,
                    used)
select gen_random_uuid(), case when n % 4 = 0 then 'success' else 'near_miss' end, wards.id,
       date '{NOW.date()}' - n / {WARDS}, 'afternoon', 'dining', '["noise"]', '["quiet"]', 'prevention', 'not_yet',
       'Calmer once the radio was off', '', md5(n::text) || md5('receipt' || n), '[]'
from generate_series(0, {REPORTS} - 1) as n
join (select id, row_number() over (order by id) - 1 as number from ward) as wards on wards.number = n % {WARDS}
"""
"""Each ward has one report a day, back from today."""

PLAIN = [
    re.compile(pattern)
    for pattern in (
        r"\b\d{3} ?\d{3} ?\d{4}\b",
        r"\b0\d{4} ?\d{6}\b",
        r"\b[\w.]+@[\w.]+\b",
        r"\b[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}\b",
        r"\b\d{1,2}/\d{1,2}/\d{2,4}\b",
        r"\b[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]\b",
        r"\b(?:MRN|RiO|Hosp no) \d+\b",
        r"\b(?:bed|room) \d+\b",
        r"\b(?:Mr|Mrs|Miss|Ms|Dr) [A-Z]\w*\b",
        r"\b[A-Z]\.[A-Z]\.",
        r"\bsection \d+ on \d+/\d+\b",
        r"\b9\d year old\b",
    )
]


@asynccontextmanager
async def wards() -> AsyncIterator[tuple[Desk, str]]:
    """All a handler works with, over PostgreSQL with a thousand wards and no report; and the database's address."""
    with database("PostgreSQL") as url:
        store = Store(url.replace("postgresql://", "postgresql+psycopg://"))
        await asyncio.to_thread(migrate, store.url)
        rows = [f"Ward {n},mental_health,slack,T0WARDS,C{n:06},,{TIMES}" for n in range(WARDS)]
        async with store() as session:
            await import_wards(session, "\n".join((COLUMNS, *rows, "")), SECRET_KEY, NOW)
        yield Desk(store, Supplies(Library.load(), Small(5)), lambda: NOW, SECRET_KEY), url
        await store.close()


def fill(url: str) -> None:
    """Store a million reports."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL)
        connection.execute("vacuum analyze")


def answered(form: Form) -> Mapping[str, object]:
    """The form as somebody sends it who says as much as it takes, and shares it."""
    raw: dict[str, object] = {"line": stretched(" ".join(CLEAN[2:12])), "anonymous": True, "share": True}
    for asked in form.fields:
        if isinstance(asked, OneOf):
            raw[asked.name] = asked.initial or asked.options[0].value
        elif isinstance(asked, SomeOf):
            raw[asked.name] = [option.value for option in asked.options[:3]]
    return raw


async def report(router: Router[Desk], ward: int) -> float:
    """The seconds that the bot works from the command until the report is saved and it has said thank you."""
    person = Person("slack", "U0NURSE", "T0WARDS")
    place = Destination("slack", {"workspace": "T0WARDS", "channel": f"C{ward:06}"})
    began = perf_counter()
    [opened] = await router.answer(Command("report", "", person, place))
    took = perf_counter() - began
    assert isinstance(opened, Open)
    sent = Submit("near_miss", opened.form.context, answered(opened.form), person, token_hex())
    began = perf_counter()
    [told] = await router.answer(sent)
    took += perf_counter() - began
    assert isinstance(told, Reply)
    assert told.message.kind == "report_thanks"
    return took


async def times(desk: Desk, rounds: int) -> list[float]:
    """Milliseconds of each report, on wards as they come."""
    random, router = Random(7), build_router(desk, refusal)
    took = [await report(router, random.randrange(WARDS)) for _ in range(WARM_UP + rounds)]
    return [1000 * one for one in took[WARM_UP:]]


def stretched(line: str) -> str:
    """The line again and again, as long as a line may be."""
    return ((line + " ") * LENGTH)[:LENGTH]


def checks() -> tuple[list[float], float]:
    """Milliseconds of the check for each line of the corpus, stretched; and, at the median, of a plain one."""
    lines = [*(one.line for one in (*IDENTIFIERS, *HELD_OUT)), *CLEAN, *HELD_OUT_CLEAN]
    texts = [stretched(line) for line in lines if line.strip()]
    find("+44 7700 900123")  # the first phone number loads the library that knows them
    ours = [min(_milliseconds(find, text) for _ in range(TRIES)) for text in texts]
    return ours, median(min(_milliseconds(plainly, text) for _ in range(TRIES)) for text in texts)


def plainly(text: str) -> None:
    """What any check must do at least: look for each kind in its plainest shape."""
    for pattern in PLAIN:
        pattern.findall(text)


def _milliseconds(what: Callable[[str], object], text: str) -> float:
    began = perf_counter()
    what(text)
    return (perf_counter() - began) * 1000


async def measure(*, quick: bool) -> AsyncIterator[Figure]:
    """The report over a million others beside the same with none; the check beside a plain one."""
    rounds = 50 if quick else 300
    async with wards() as (desk, url):
        floor = await times(desk, rounds)
        await asyncio.to_thread(fill, url)
        ours = await times(desk, rounds)
    what = f"near miss, opening to saved, {REPORTS:,} stored"
    yield Figure(what, median(ours), median(floor), "ms", SAVED_MOST, "value")
    yield Figure(f"{what}, p95", quantiles(ours, n=20)[-1], quantiles(floor, n=20)[-1], "ms", SAVED_MOST, "value")
    took, one = checks()
    yield Figure(f"checking {LENGTH} characters", median(took), one, "ms", CHECKED_MOST, "value")
    yield Figure(f"checking {LENGTH} characters, worst of the corpus", max(took), one, "ms", CHECKED_MOST, "value")
