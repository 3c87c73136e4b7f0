"""Starting the service until it is ready, and what it holds in memory when nothing happens."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from statistics import median
import sys
from time import perf_counter

from benchmarks.figures import Figure
from benchmarks.processes import BARE, BOT, database, running
from tests.slack_workspace import Workspace

SECONDS_MOST = 3
MEGABYTES_MOST = 130
IDLE = 5
IMPORTS = "import slack_bolt.async_app, sqlmodel.ext.asyncio.session, starlette.applications, uvicorn"

Found = defaultdict[str, list[float]]


async def imports() -> float:
    """The seconds that a process takes for the imports alone."""
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", IMPORTS)
    await process.wait()
    return perf_counter() - began


async def start_bot(url: str, when: str, found: Found, *, idle: bool) -> None:
    """Start the service once."""
    async with Workspace() as workspace, running(BOT, "Socket Mode", workspace, DATABASE_URL=url) as bot:
        alive, ready = await asyncio.gather(bot.answers("/healthz"), bot.answers("/readyz"))
        found[f"alive, {when}"].append(alive)
        found[f"ready, {when}"].append(ready)
        if idle:
            await asyncio.sleep(IDLE)
            found["megabytes"].append(bot.megabytes)
            found["matplotlib"].append(bot.libraries("matplotlib"))


async def start_bare(found: Found) -> None:
    """Start the bare app once."""
    async with Workspace() as workspace, running(BARE, "Socket Mode", workspace) as bare:
        await bare.answers("/readyz")
        await asyncio.sleep(IDLE)
        found["bare megabytes"].append(bare.megabytes)


async def measure(*, quick: bool) -> AsyncIterator[Figure]:
    """From an empty database, and again with it up to date; all by turns."""
    found: Found = defaultdict(list)
    await imports()  # compiles what was never imported here
    for number in range(2 if quick else 5):
        found["imports"].append(await imports())
        with database("SQLite") as url:
            await start_bot(url, "empty database", found, idle=False)
            await start_bot(url, "database up to date", found, idle=number < 3)
        if number < 3:
            await start_bare(found)
    middle = {name: median(values) for name, values in found.items()}
    for when in ("empty database", "database up to date"):
        for state in ("alive", "ready"):
            seconds, floor = middle[f"{state}, {when}"], middle["imports"]
            yield Figure(f"{state} after start, {when}", seconds, floor, "s", SECONDS_MOST, "value")
    megabytes, floor = middle["megabytes"], middle["bare megabytes"]
    yield Figure("resident when idle", megabytes, floor, "MB", MEGABYTES_MOST, "value")
    yield Figure("files of matplotlib in memory when idle", max(found["matplotlib"]), 0, "", 0, "value")
