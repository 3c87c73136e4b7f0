"""Delivering once: each due occurrence is claimed, built, posted and recorded; an unclear one is healed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bot.chat.front import Destination, Front, Passing, Person, Refused, SendError, Unclear
from bot.chat.message import Message
from bot.faults import log_fault
from bot.prompts.kinds import PROMPTS, Prompt
from bot.prompts.library import Library
from bot.schedule.calendar import local
from bot.schedule.planner import occurrence as new_occurrence
from bot.schedule.planner import plan
from bot.settings import Clock
from bot.store import ledger, wards
from bot.store.database import Store
from bot.store.tables import Occurrence, Ward

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
"""How long a process may take over a claimed post before others take it for lost."""
BATCH = 40
"""Posts under way at once."""
SLOWEST_RETRY = timedelta(minutes=5)
SETTLE = timedelta(seconds=30)
"""How long an unclear post is left alone, so that the platform's own history has caught up."""


class Sender:
    """Sends what is due through the fronts it is handed. Any number of processes may run one."""

    def __init__(self, store: Store, library: Library, fronts: Mapping[str, Front], clock: Clock) -> None:
        self._store = store
        self._library = library
        self._fronts = fronts
        self._clock = clock

    async def tick(self) -> int:
        """Plan what has come due, heal what is unclear, send what can be sent; how many were sent."""
        now = self._clock()
        async with self._store() as session:
            await plan(session, now)
            await ledger.settle_late(session, now)
        await self._heal(now)
        sent = 0
        while True:
            async with self._store() as session:
                claimed = await ledger.claim(session, now, LEASE, BATCH)
                homes = {one.id: await wards.ward_by_id(session, one.ward_id) for one in claimed}
            results = await asyncio.gather(*(self._send(one, homes[one.id]) for one in claimed))
            sent += sum(results)
            if len(claimed) < BATCH:
                return sent

    async def probe(self) -> None:
        """Let paused wards go on whose channel can be reached again."""
        async with self._store() as session:
            paused = await wards.paused_wards(session)
        for ward in paused:
            front = self._fronts.get(ward.front)
            if front and await front.reachable(ward.channel):
                async with self._store() as session:
                    await wards.resume_ward(session, ward.key)
                log.info("ward_resumed", ward=ward.key)

    async def _send(self, claimed: Occurrence, ward: Ward | None) -> bool:
        """Send one claimed occurrence and record how it went; whether it was sent. No error leaves here."""
        prompt = PROMPTS[claimed.kind]
        try:
            if ward is None or ward.front not in self._fronts:
                raise Passing("front_not_set_up")  # ours to mend, and no fault of the ward's channel
            async with self._store() as session:
                message = await prompt.build(session, self._library, ward, claimed)
            posted = await self._deliver(prompt, ward, claimed, message)
        except Passing as error:
            wait = timedelta(seconds=error.retry_after) if error.retry_after is not None else _backoff(claimed)
            await self._record(claimed, state="due", not_before=self._clock() + wait, problem=error.reason)
        except Unclear as error:
            until = self._clock() + SETTLE
            await self._record(claimed, state="unclear", not_before=until, problem=error.reason)
        except SendError as error:
            await self._record(claimed, state="refused", problem=error.reason)
            if isinstance(error, Refused) and ward and prompt.to == "ward":
                await self._pause(ward, error.reason)
        except Exception as error:  # one poison occurrence must not stop the rest
            log_fault(error, "prompt", occurrence=claimed.id, kind=claimed.kind)
            await self._record(claimed, state="due", not_before=self._clock() + _backoff(claimed), problem="failed")
        else:
            await self._record(claimed, state="sent", sent_at=self._clock(), posted=posted, problem=None)
            return True
        return False

    async def _deliver(
        self, prompt: Prompt, ward: Ward, claimed: Occurrence, message: Message
    ) -> dict[str, str] | None:
        front = self._fronts[ward.front]
        if prompt.to == "managers":
            await self._tell_managers(front, ward, claimed, message)
            return None
        to = self._destination(prompt, ward)
        return dict((await front.post(to, message, claimed.post_key)).address)

    @staticmethod
    def _destination(prompt: Prompt, ward: Ward) -> Destination:
        to = ward.leaders_channel if prompt.to == "leaders" else ward.channel
        if to is None:
            raise Refused("no_leaders_channel")
        return to

    async def _tell_managers(self, front: Front, ward: Ward, claimed: Occurrence, message: Message) -> None:
        """Tell each manager; where none can be told, the leaders' channel. Raises where nobody heard."""
        heard = False
        problem: SendError = Refused("nobody_to_tell")
        for manager in ward.managers:
            try:
                await front.say_privately(Person(front.name, manager, ward.place.get("workspace", "")), message)
                heard = True
            except SendError as error:
                problem = error
        if not heard and ward.leaders_channel:
            await front.post(ward.leaders_channel, message, claimed.post_key)
        elif not heard:
            raise problem

    async def _pause(self, ward: Ward, reason: str) -> None:
        """Stop the ward's prompts and put one notice for its managers into the ledger."""
        now = self._clock()
        async with self._store() as session:
            if await wards.pause_ward(session, ward.key, reason):
                slot = local(now, ward.timezone).strftime("%H:%M:%S")
                await ledger.write_occurrence(session, new_occurrence(ward, "pause_notice", slot, now, item=reason))
        log.warning("ward_paused", ward=ward.key, reason=reason)

    async def _heal(self, now: datetime) -> None:
        """Ask the platform whether unclear posts arrived: sent if so, due again if surely not, else left unclear."""
        async with self._store() as session:
            doubtful = [one for one in await ledger.unclear(session, now) if one.not_before <= now]
            homes = {one.id: await wards.ward_by_id(session, one.ward_id) for one in doubtful}
        for one in doubtful:
            ward, prompt = homes[one.id], PROMPTS[one.kind]
            if ward is None or ward.front not in self._fronts or prompt.to == "managers":
                continue
            try:
                found = await self._fronts[ward.front].find(
                    self._destination(prompt, ward), one.post_key, one.due_at - LEASE
                )
            except SendError as error:
                await self._record(one, was="unclear", not_before=now + _backoff(one), problem=error.reason)
                continue
            if found:
                await self._record(one, was="unclear", state="sent", sent_at=now, posted=dict(found.address))
            else:
                await self._record(one, was="unclear", state="due", not_before=now)

    async def _record(self, one: Occurrence, was: str = "claimed", **changes: object) -> None:
        async with self._store() as session:
            await ledger.record(session, one, was, **changes)
        now = {"state": changes.get("state", was), "problem": changes.get("problem")}
        log.info("occurrence", id=one.id, ward=one.ward_id, kind=one.kind, attempt=one.attempts, **now)


def _backoff(one: Occurrence) -> timedelta:
    """5 s, 10 s, 20 s ... and at the most 5 minutes."""
    return min(timedelta(seconds=5 * 2 ** min(one.attempts, 10)) / 2, SLOWEST_RETRY)
