"""Calling Teams over HTTP, and what its errors mean."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
import logging
import random
from typing import TypeVar

import httpx
from pydantic import ValidationError

from bot.chat.front import Passing, Refused, SendError, Unclear

# Below that they log the addresses that they call: a workflow's is a secret, and a person's own chat names the person.
# A filter, since the Teams SDK sets the level of `httpx` anew.
logging.getLogger("httpx").addFilter(lambda record: record.levelno >= logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

T = TypeVar("T")

TIMEOUT = 10.0
"""Seconds for a call."""
RETRIED = frozenset({412, 429, 502, 503, 504})
"""Statuses after which Microsoft wants a call repeated, with a pause that grows and varies
(https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit), and that a service is busy."""
MENDABLE = frozenset({
    "BotDisabledByAdmin", "BotNotInConversationRoster", "ConversationBlockedByUser", "ConversationNotFound",
    "ForbiddenOperationException", "InvalidBotApiHost", "MessageWritesBlocked", "NotEnoughPermissions", "User blocked",
})  # fmt: skip
"""Errors that last until somebody changes the team, the channel or the app."""
GONE = frozenset({"ActivityNotFoundInConversation", "MessageNotFound"})
WAIT_MOST = 86_400.0
"""Seconds of a pause asked for, and no more, that are believed: a number can be too large for any clock."""
PATIENCE = 3.0
"""Seconds for which a call that somebody waits for is put off, and no longer."""


class Gone(SendError):
    """The message that was to be updated has been deleted."""


@contextmanager
def told(*, repeatable: bool) -> Iterator[None]:
    """Turn whatever a call raises into a `SendError`.

    What may or may not have been done is `Unclear`, or for a call that is safe to repeat, `Passing`.
    """
    try:
        yield
    except httpx.HTTPStatusError as error:
        raise _as_send_error(error.response, repeatable) from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Passing("unreachable") from error
    except (httpx.RequestError, OSError, TimeoutError) as error:
        raise _unclear("connection_lost", repeatable) from error
    except (AttributeError, KeyError, TypeError, ValidationError) as error:  # the SDK can't read what came back
        raise _unclear("answer_not_understood", repeatable) from error


async def again(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call that may be repeated, a second time if the first met something that passes within seconds."""
    try:
        with told(repeatable=True):
            return await call()
    except Passing as error:
        pause = error.retry_after if error.retry_after is not None else random.uniform(0.3, 0.9)
        if pause > PATIENCE:
            raise
        await asyncio.sleep(pause)
    with told(repeatable=True):
        return await call()


def _as_send_error(response: httpx.Response, repeatable: bool) -> SendError:
    word, status = _word(response), response.status_code
    reason = word or f"http_{status}"
    if status in RETRIED:
        return Passing(reason, _retry_after(response))
    if word in GONE:
        return Gone(reason)
    if status >= 500:
        return _unclear(reason, repeatable)
    return Refused(reason) if word in MENDABLE or status in (401, 403, 404, 410) else SendError(reason)


def _word(response: httpx.Response) -> str:
    """Microsoft's own word for what was wrong: `{"error": {"code", "message"}}`."""
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, TypeError, KeyError):
        return ""


def _unclear(reason: str, repeatable: bool) -> SendError:
    return Passing(reason) if repeatable else Unclear(reason)


def _retry_after(response: httpx.Response) -> float | None:
    given = response.headers.get("retry-after", "")
    return min(float(given), WAIT_MOST) if given.isdecimal() else None
