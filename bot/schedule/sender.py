"""Delivering once: each due occurrence is claimed, built, posted and recorded; an unclear one is healed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
import random

import structlog

from bot.chat.front import Destination, Front, Passing, Person, Refused, SendError, Unclear
from bot.chat.message import Message
from bot.chat.router import Problem
from bot.faults import log_fault
from bot.prompts.kinds import PROMPTS, Prompt
from bot.prompts.library import NothingFits
from bot.prompts.not_wanted import NotWanted
from bot.prompts.notice import about
from bot.prompts.supplies import Supplies
from bot.schedule import follow_up, quiet
from bot.schedule.calendar import local
from bot.schedule.planner import occurrence as new_occurrence
from bot.schedule.planner import plan, pull_back, release
from bot.settings import Clock
from bot.store import ledger, reports, wards
from bot.store.database import Store
from bot.store.tables import Occurrence, Ward

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
"""How long a process may take over a claimed post before others take it for lost."""
BATCH = 10
"""Posts under way at once: fewer than the database gives connections."""
SLOWEST_RETRY = timedelta(minutes=5)
LONGEST_POST = 40
"""Seconds after which a post is given up as unclear: well within the lease, and within what a tick may take."""
NEVER_PAUSED = [kind for kind, prompt in PROMPTS.items() if not prompt.stops_with_its_ward]
SETTLE = timedelta(seconds=30)
"""How long an unclear post is left alone, so that the platform's own history has caught up."""


class Sender:
    """Sends what is due through the fronts it is handed. Any number of processes may run one."""

    def __init__(self, store: Store, supplies: Supplies, fronts: Mapping[str, Front], clock: Clock) -> None:
        self._store = store
        self._supplies = supplies
        self._fronts = fronts
        self._clock = clock

    async def tick(self) -> int:
        """Plan what has come due, send what can be sent, heal what is unclear; how many were sent."""
        now = self._clock()
        async with self._store() as session:
            await release(session, now)
            await plan(session, now)
            await ledger.settle_late(session, now, SETTLE)
        sent = await self._send_claimed()
        if await self._heal(now):
            sent += await self._send_claimed()
        return sent

    async def _send_claimed(self) -> int:
        sent = 0
        while True:
            async with self._store() as session:
                known = await ledger.newest(session)  # what is written after the day was looked at waits for the next
                await quiet.hold_back(session, self._clock())
                claimed = await ledger.claim(session, self._clock(), LEASE, BATCH, NEVER_PAUSED, known)
                homes = {one.id: await wards.ward_by_id(session, one.ward_id) for one in claimed}
            built = await self._build_together(claimed, homes)
            sent += sum(await asyncio.gather(*(self._send(one, homes[one.id], built.get(one.id)) for one in claimed)))
            if len(claimed) < BATCH:
                return sent

    async def probe(self) -> None:
        """Let paused wards go on whose channel can be reached again, and mend what a wrong clock did to schedules."""
        async with self._store() as session:
            await pull_back(session, self._clock())
            paused = await wards.paused_wards(session)
        for ward in paused:
            front = self._fronts.get(ward.front)
            if front and await front.reachable(ward.channel):
                async with self._store() as session:
                    await wards.resume_ward(session, ward.key)
                log.info("ward_resumed", ward=ward.key)

    async def _build_together(
        self, claimed: Sequence[Occurrence], homes: Mapping[int | None, Ward | None]
    ) -> dict[int | None, Message]:
        """The messages that are built several at once. Where that fails none is there, and each is built by itself."""
        built: dict[int | None, Message] = {}
        for kind in {one.kind for one in claimed}:
            together = PROMPTS[kind].together
            due = [(ward, one) for one in claimed if one.kind == kind and (ward := homes[one.id])]
            if together is None or len(due) < 2:
                continue
            try:
                async with self._store() as session:
                    messages = await together(session, self._supplies, due)
            except Exception as error:
                log_fault(error, "prompts_together", kind=kind)
                continue
            built |= {one.id: message for (_, one), message in zip(due, messages, strict=True)}
        return built

    async def _send(self, claimed: Occurrence, ward: Ward | None, built: Message | None) -> bool:
        """Send one claimed occurrence and record how it went; whether it was sent. No error leaves here:
        what could not be recorded is healed once its lease has run out."""
        try:
            return await self._send_and_record(claimed, ward, built)
        except Problem as problem:
            log.warning("occurrence_not_recorded", id=claimed.id, kind=claimed.kind, words=problem.words)
            return False

    async def _send_and_record(self, claimed: Occurrence, ward: Ward | None, built: Message | None) -> bool:
        prompt = PROMPTS[claimed.kind]
        try:
            if ward is None:
                raise Passing("ward_gone")
            message = built or await self._build(prompt, ward, claimed)
            async with asyncio.timeout(LONGEST_POST):
                posted = await self._deliver(prompt, ward, claimed, message)
        except NotWanted:
            await self._record(claimed, state="dropped", problem=quiet.NOT_WANTED)
        except TimeoutError:
            await self._record(claimed, state="unclear", not_before=self._clock() + SETTLE, problem="timed_out")
        except Passing as error:
            wait = timedelta(seconds=error.retry_after) if error.retry_after is not None else _backoff(claimed)
            await self._record(claimed, state="due", not_before=self._clock() + wait, problem=error.reason)
        except Unclear as error:
            until = self._clock() + SETTLE
            await self._record(claimed, state="unclear", not_before=until, problem=error.reason)
        except SendError as error:
            waits = isinstance(error, Refused) and ward and await self._stopped(prompt, ward, error.reason)
            await self._record(claimed, state="due" if waits else "refused", problem=error.reason)
        except NothingFits as nothing:
            await self._record(claimed, state="refused", problem="nothing_in_review")
            log.error("nothing_to_send", id=claimed.id, kind=claimed.kind, words=str(nothing))
        except Problem as problem:
            await self._record(claimed, state="due", not_before=self._clock() + _backoff(claimed), problem="away")
            log.warning("prompt_put_off", id=claimed.id, kind=claimed.kind, words=problem.words)
        except Exception as error:  # one poison occurrence must not stop the rest
            log_fault(error, "prompt", occurrence=claimed.id, kind=claimed.kind)
            await self._record(claimed, state="due", not_before=self._clock() + _backoff(claimed), problem="failed")
        else:
            await self._record(claimed, state="sent", sent_at=self._clock(), posted=posted, problem=None)
            return True
        return False

    async def _build(self, prompt: Prompt, ward: Ward, claimed: Occurrence) -> Message:
        async with self._store() as session:
            return await prompt.build(session, self._supplies, ward, claimed)

    async def _deliver(
        self, prompt: Prompt, ward: Ward, claimed: Occurrence, message: Message
    ) -> dict[str, str] | None:
        if prompt.to == "managers":
            await self._tell_managers(prompt, ward, claimed, message)
            return None
        if prompt.to == "reporter":
            await self._tell_reporter(ward, claimed, message)
            return None
        if prompt.replaces:
            await self._replace(prompt.replaces, ward, claimed, message)
            return None
        to = await self._destination(prompt, ward, claimed)
        return dict((await self._front(to.front).post(to, message, claimed.post_key)).address)

    def _front(self, name: str) -> Front:
        if name not in self._fronts:
            raise Passing("front_not_set_up")  # ours to mend, and no fault of the channel
        return self._fronts[name]

    async def _destination(self, prompt: Prompt, ward: Ward, claimed: Occurrence) -> Destination:
        if prompt.to == "thread":
            return await self._thread(ward, claimed)
        places = {"ward": ward.channel, "one_way": ward.one_way_channel, "leaders": ward.leaders_channel}
        to = places[prompt.to]
        if to is None:
            raise Refused(f"no_{prompt.to}_channel")
        return to

    async def _thread(self, ward: Ward, claimed: Occurrence) -> Destination:
        """Under the message that an occurrence follows."""
        async with self._store() as session:
            before = await follow_up.huddle_before(session, claimed)
        if before is None or before.posted is None:
            raise SendError("nothing_to_follow")
        return self._front(ward.front).thread(Destination(ward.front, before.posted))

    async def _tell_managers(self, prompt: Prompt, ward: Ward, claimed: Occurrence, message: Message) -> None:
        """Tell each manager; where none can be told, in another channel of theirs. Raises where nobody heard."""
        front = self._front(ward.front)
        heard = False
        problem: SendError = Refused("nobody_to_tell")
        for manager in ward.managers:
            try:
                await front.say_privately(Person(front.name, manager, ward.place.get("workspace", "")), message)
                heard = True
            except SendError as error:
                problem = error
        if heard:
            return
        for place in prompt.elsewhere(ward, claimed):
            try:
                await self._front(place.front).post(place, message, claimed.post_key)
                return
            except SendError as error:
                problem = error
        raise problem

    async def _tell_reporter(self, ward: Ward, claimed: Occurrence, message: Message) -> None:
        """Tell whoever gave a name with a report."""
        async with self._store() as session:
            report = await reports.report_by_id(session, claimed.item or "")
        if report is None or report.reporter is None:
            raise NotWanted
        front, _, reporter = report.reporter.partition(":")
        await self._front(front).say_privately(Person(front, reporter, ward.place.get("workspace", "")), message)

    async def _replace(self, kind: str, ward: Ward, claimed: Occurrence, message: Message) -> None:
        """Put the message in the place of the one that was posted; it may be done twice without harm."""
        async with self._store() as session:
            before = await ledger.occurrence_with_slot(session, ward.key, kind, claimed.item or "")
        if before and before.state in ("due", "claimed", "unclear"):
            raise Passing("not_posted_yet", SETTLE.total_seconds())
        if before is None or before.posted is None:
            raise NotWanted
        try:
            now_at = await self._front(ward.front).update(Destination(ward.front, before.posted), message)
        except Unclear as error:
            raise Passing(error.reason) from error
        async with self._store() as session:
            await ledger.set_posted(session, before.key, now_at.address)

    async def _stopped(self, prompt: Prompt, ward: Ward, reason: str) -> bool:
        """Pause a ward whose channel refuses its prompts, and tell its managers; whether the prompt waits with it.

        They are told once a day for a reason, and again where something has arrived there since: a channel that can
        be reached but refuses every post must not send them a notice with each.
        """
        if prompt.to in ("managers", "reporter") or prompt.replaces:
            return False
        told = about(prompt.to, reason)
        there = [kind for kind, other in PROMPTS.items() if _place(other) == _place(prompt)]
        async with self._store() as session:
            if prompt.is_in_its_ward:
                await wards.pause_ward(session, ward.key, reason)
            arrived = await ledger.last_sent_at(session, ward.key, there)
            slot = f"{told} after {local(arrived, ward.timezone):%d %H:%M}" if arrived else told
            notice = new_occurrence(ward, "pause_notice", slot, self._clock(), item=told)
            await ledger.write_occurrence(session, notice)
        log.warning("channel_refuses", ward=ward.key, to=prompt.to, reason=reason)
        return prompt.is_in_its_ward

    async def _heal(self, now: datetime) -> int:
        """Ask the platform whether unclear posts arrived: sent if so, due again if surely not, else left unclear.

        Returns how many are due again.
        """
        async with self._store() as session:
            doubtful = (await ledger.unclear(session, now))[:BATCH]
            homes = {one.id: await wards.ward_by_id(session, one.ward_id) for one in doubtful}
        return sum(await asyncio.gather(*(self._heal_one(one, homes[one.id], now) for one in doubtful)))

    async def _heal_one(self, one: Occurrence, ward: Ward | None, now: datetime) -> bool:
        prompt = PROMPTS[one.kind]
        if ward is None or prompt.to in ("managers", "reporter"):
            return False
        if prompt.replaces:
            await self._record(one, was="unclear", state="due", not_before=now)
            return True
        try:
            async with asyncio.timeout(LONGEST_POST):
                to = await self._destination(prompt, ward, one)
                found = await self._front(to.front).find(to, one.post_key, one.due_at - LEASE)
        except Exception as error:  # one that can't be told of must not stop the rest
            if not isinstance(error, SendError | TimeoutError):
                log_fault(error, "heal", occurrence=one.id)
            reason = error.reason if isinstance(error, SendError) else "failed"
            await self._record(one, was="unclear", not_before=now + _patience(one, now), problem=reason)
            return False
        if found:
            await self._record(one, was="unclear", state="sent", sent_at=now, posted=dict(found.address))
        else:
            await self._record(one, was="unclear", state="due", not_before=now)
        return found is None

    async def _record(self, one: Occurrence, was: str = "claimed", **changes: object) -> None:
        async with self._store() as session:
            if not await ledger.record(session, one, was, **changes):
                log.warning("occurrence_taken_over", id=one.id, ward=one.ward_id, kind=one.kind)
                return
            if isinstance(sent_at := changes.get("sent_at"), datetime):
                await follow_up.after(session, one, sent_at)
        now = {"state": changes.get("state", was), "problem": changes.get("problem")}
        log.info("occurrence", id=one.id, ward=one.ward_id, kind=one.kind, attempt=one.attempts, **now)


def _place(prompt: Prompt) -> str:
    """Where a prompt goes: a thread is in its ward's channel."""
    return "ward" if prompt.is_in_its_ward else prompt.to


def _patience(one: Occurrence, now: datetime) -> timedelta:
    """Longer the longer an unclear post has been looked for: some places can never tell."""
    return min(max(_backoff(one), (now - one.due_at) / 4), SLOWEST_RETRY)


def _backoff(one: Occurrence) -> timedelta:
    """About 5 s, 10 s, 20 s ... and at the most 5 minutes; never quite the same, so that not all come back at once."""
    return min(timedelta(seconds=5 * 2 ** min(one.attempts, 10)) / 2, SLOWEST_RETRY) * random.uniform(0.7, 1)
