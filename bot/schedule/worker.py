"""The clock that drives the sender: APScheduler runs the tick, the probe and the nightly tidying."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
import structlog

from bot.chat.router import Problem
from bot.faults import log_fault
from bot.schedule.outgoing import Courier
from bot.schedule.planner import plan, sync_schedules
from bot.schedule.sender import Sender
from bot.settings import Clock
from bot.store import once, wards
from bot.store.database import Store

log = structlog.get_logger()

TICK = 2
"""Seconds between looks at the ledger."""
OUTGOING = 10
"""Seconds between looks at the calls to the trust's own system."""
PROBE = 15
"""Minutes between looks at whether paused wards can be reached again."""
STALE = 60
"""Seconds without a finished tick after which the worker is not ready."""
GRACE = 5
"""Seconds for what is under way when the service is told to stop."""


class Worker:
    """Runs in the service's event loop. All its state is in the database, so any number may run."""

    def __init__(self, sender: Sender, store: Store, clock: Clock, courier: Courier | None = None) -> None:
        self._sender = sender
        self._store = store
        self._clock = clock
        self._courier = courier
        self._last_tick: float | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        # A job that is late still runs, once: what is due is read from the database, not from the job.
        self._scheduler = AsyncIOScheduler(job_defaults={"coalesce": True, "misfire_grace_time": None})

    def start(self) -> None:
        """Start ticking, at once."""
        self._scheduler.add_job(self._safely, args=[self._catch_up])
        self._scheduler.add_job(self._safely, IntervalTrigger(seconds=TICK), [self._tick], next_run_time=self._clock())
        self._scheduler.add_job(
            self._safely, IntervalTrigger(minutes=PROBE), [self._sender.probe], next_run_time=self._clock()
        )
        if self._courier:
            self._scheduler.add_job(
                self._safely, IntervalTrigger(seconds=OUTGOING), [self._courier.deliver], next_run_time=self._clock()
            )
        self._scheduler.add_job(self._safely, CronTrigger(hour=3, minute=30), [self._tidy])
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking, and let what is under way finish; what does not is healed by the ledger."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=GRACE)
        self._scheduler.shutdown(wait=False)  # cancels what is left

    async def is_ready(self) -> bool:
        """Whether the latest tick finished lately."""
        return self._last_tick is not None and monotonic() - self._last_tick < STALE

    async def _catch_up(self) -> None:
        """Give every ward the prompts that it was set up without, by an earlier version; first what is overdue."""
        async with self._store() as session:
            await plan(session, self._clock())
            await sync_schedules(session, await wards.every_ward(session), self._clock())

    async def _tick(self) -> None:
        async with asyncio.timeout(STALE):  # a database that says nothing must not stop the clock
            await self._sender.tick()
        self._last_tick = monotonic()

    async def _tidy(self) -> None:
        async with self._store() as session:
            await once.forget_seen(session, (self._clock() - once.KEPT).date())
        if self._courier:
            await self._courier.tidy()

    async def _safely(self, job: Callable[[], Awaitable[object]]) -> None:
        """Run a job; its failure is logged and the next run comes as planned."""
        task = asyncio.current_task()
        assert task, "APScheduler runs a job as a task"
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            await job()
        except Problem as problem:
            log.warning("job_put_off", job=job.__name__, words=problem.words)
        except Exception as error:
            log_fault(error, "job", job=job.__name__)
