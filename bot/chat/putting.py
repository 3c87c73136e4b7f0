"""Posting and replacing what a handler wants seen in a channel, and what to tell the person where that fails."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import structlog

from bot.chat.front import Destination, Front, SendError, Unclear
from bot.chat.message import Message
from bot.chat.router import Post, Problem, Replace, Router, Shown

log = structlog.get_logger(__name__)

NOT_CHANGED = "This was saved, but the message in the channel could not be changed ({reason})."
NOT_POSTED = "This was saved, but it could not be posted to the channel ({reason})."
PERHAPS_POSTED = "This was saved, but it is not known whether it was posted; please look in the channel."
MOST_AT_ONCE = 5
"""How often a message is replaced again because somebody else changed it at the same moment."""


class PostsNow(Front, Protocol):
    """A front that also posts what nobody will look for later."""

    async def post_now(self, to: Destination, message: Message) -> Destination:
        """Post; once more only if the first surely did not arrive."""


class Put(NamedTuple):
    """Where a message now is, None if it could not be put there; what the person should be told of that; and what is
    shown there, if that is newer than what was to be put."""

    at: Destination | None
    words: str = ""
    newer: Message | None = None


async def put(router: Router[Any], front: PostsNow, outcome: Post | Replace, at: Destination) -> Put:
    """Carry out what goes to a channel."""
    if at.front != front.name:
        log.warning("outcome_for_another_front", front=front.name, message=outcome.message.kind, other=at.front)
        return Put(None)
    try:
        if isinstance(outcome, Post):
            return Put(await front.post_now(at, outcome.message))
        now_at = await front.update(at, outcome.message)
    except SendError as error:
        log.warning("outcome_not_put", front=front.name, message=outcome.message.kind, reason=error.reason)
        if isinstance(error, Unclear):
            return Put(None, PERHAPS_POSTED)
        return Put(None, (NOT_POSTED if isinstance(outcome, Post) else NOT_CHANGED).format(reason=error.reason))
    return await _kept_up_to_date(router, front, outcome, now_at) if outcome.about else Put(now_at)


async def _kept_up_to_date(router: Router[Any], front: PostsNow, outcome: Replace, at: Destination) -> Put:
    """Say what is shown now, and replace it again for as long as that is out of date; what is there in the end.

    What the person did is done: where this fails they are told nothing.
    """
    message = outcome.message
    try:
        for _ in range(MOST_AT_ONCE):
            newer = await router.answer(Shown(outcome.about, at, message))
            if not newer or not isinstance(newer[0], Replace):
                break
            at = await front.update(at, newer[0].message)
            message = newer[0].message
    except (Problem, SendError) as error:
        log.warning("shown_not_noted", front=front.name, about=outcome.about, error=type(error).__name__)
    return Put(at, newer=None if message is outcome.message else message)
