"""Telling the trust's own system of reports: signed calls, tried again for about a day, then kept as dead."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
import hmac
import random

import httpx
from pydantic import SecretStr
import structlog

from bot.faults import log_fault
from bot.settings import Clock
from bot.store import outgoing
from bot.store.database import Store, StoreAway
from bot.store.tables import Outgoing

log = structlog.get_logger()

TIMEOUT = 10
"""Seconds until a call that was not answered is given up, to be tried again."""
LEASE = timedelta(minutes=2)
"""How long a process may take over a claimed call before others take it for lost."""
BATCH = 5
"""Calls under way at once: few, for the system at the other end may be small."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
MOST_ATTEMPTS = 32
"""The waits between them double from half a minute to an hour, and come to about a day."""
PASSING = frozenset({408, 429, *range(500, 600)})
"""Statuses that may be otherwise next time; any other that is no success is the last word (RFC 9110)."""
KEEP_SENT = timedelta(days=7)
"""How long a call that was taken can still be replayed: as long as its report can be withdrawn."""


def signed(secret: str, body: bytes, call_id: str, now: datetime) -> dict[str, str]:
    """The headers of a call: when it is made (Unix seconds), HMAC-SHA256 of `timestamp.body`, and what it is about."""
    timestamp = str(int(now.timestamp()))
    signature = hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Wardhuddle",
        "X-Wardhuddle-Id": call_id,
        "X-Wardhuddle-Timestamp": timestamp,
        "X-Wardhuddle-Signature": f"sha256={signature}",
    }


class Courier:
    """Takes the calls that are due to the webhook. Any number of processes may run one."""

    def __init__(self, store: Store, url: str, secret: SecretStr, clock: Clock) -> None:
        self._store = store
        self._url = url
        self._secret = secret
        self._clock = clock

    async def deliver(self) -> int:
        """Make the calls that are due; how many were taken. Where none of a batch was, the rest wait for the next."""
        taken = 0
        while True:
            async with self._store() as session:
                claimed = await outgoing.claim(session, self._clock(), LEASE, BATCH)
            if not claimed:
                return taken
            async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
                now_taken = sum(await asyncio.gather(*(self._make(client, call) for call in claimed)))
            taken += now_taken
            if not now_taken:
                return taken

    async def tidy(self) -> None:
        """Drop what was taken long enough ago."""
        async with self._store() as session:
            await outgoing.forget_sent(session, self._clock() - KEEP_SENT)

    async def _make(self, client: httpx.AsyncClient, call: Outgoing) -> bool:
        """Make one claimed call and note how it went; whether it was taken. No error leaves here: a call whose end
        could not be noted is due again once its lease has run out."""
        wait: timedelta | None = None
        try:
            async with asyncio.timeout(TIMEOUT):
                status, headers = await self._post(client, call)
        except (TimeoutError, httpx.TimeoutException):
            problem, passing = "timed_out", True
        except httpx.HTTPError:  # its words may hold the address
            problem, passing = "not_reached", True
        except Exception as error:  # one poison call must not stop the rest
            log_fault(error, "outgoing", call=call.id)
            problem, passing = "failed", True
        else:
            if 200 <= status < 300:
                return await self._note(call, state="sent", not_before=self._clock(), problem=None)
            problem, passing = f"http_{status}", status in PASSING
            wait = retry_after(headers.get("Retry-After", ""), self._clock())
        if not passing or call.attempts >= MOST_ATTEMPTS:
            await self._note(call, state="dead", problem=problem)
        else:
            again = self._clock() + min(max(backoff(call.attempts), wait or timedelta()), LONGEST_WAIT)
            await self._note(call, not_before=again, problem=problem)
        return False

    async def _post(self, client: httpx.AsyncClient, call: Outgoing) -> tuple[int, Mapping[str, str]]:
        body = call.body.encode()
        headers = signed(self._secret.get_secret_value(), body, call.id, self._clock())
        # What is answered is nobody's business here, however long it is: only its status is read.
        async with client.stream("POST", self._url, content=body, headers=headers) as response:
            return response.status_code, response.headers

    async def _note(self, call: Outgoing, **changes: object) -> bool:
        state, problem = changes.get("state", "due"), changes.get("problem")
        try:
            async with self._store() as session:
                noted = await outgoing.record(session, call, **changes)
        except StoreAway:
            noted = False
        write = log.warning if problem or not noted else log.info
        write("outgoing", call=call.id, state=state, attempt=call.attempts, problem=problem, noted=noted)
        return noted and state == "sent"


def backoff(attempts: int) -> timedelta:
    """About 30 s, 1 min, 2 min ... and at the most an hour; never quite the same, so that not all come back at once."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT) * random.uniform(0.8, 1)


def retry_after(given: str, now: datetime) -> timedelta | None:
    """How long a receiver asks to be left alone: seconds, or an HTTP date (RFC 9110, 10.2.3)."""
    if given.isascii() and given.isdigit():
        return timedelta(seconds=min(int(given[:9]), 10**6))
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    return max((until if until.tzinfo else until.replace(tzinfo=UTC)) - now, timedelta())
