"""Posting and replacing what a handler wants seen in a channel, and what to tell the person where that fails."""

from __future__ import annotations

from typing import Any, Protocol

import structlog

from bot.chat.front import Destination, Front, SendError, Unclear
from bot.chat.message import Message
from bot.chat.router import Moved, Post, Problem, Replace, Router

log = structlog.get_logger(__name__)

NOT_CHANGED = "This was saved, but the message in the channel could not be changed ({reason})."
NOT_POSTED = "This was saved, but it could not be posted to the channel ({reason})."
PERHAPS_POSTED = "This was saved, but it is not known whether it was posted; please look in the channel."


class PostsNow(Front, Protocol):
    """A front that also posts what nobody will look for later."""

    async def post_now(self, to: Destination, message: Message) -> Destination:
        """Post; once more only if the first surely did not arrive."""


async def put(router: Router[Any], front: PostsNow, outcome: Post | Replace, at: Destination) -> str:
    """Carry out what goes to a channel; what the person should be told, or nothing where all went well."""
    message = outcome.message
    if at.front != front.name:
        log.warning("outcome_for_another_front", front=front.name, message=message.kind, other=at.front)
        return ""
    try:
        if isinstance(outcome, Post):
            await front.post_now(at, message)
            return ""
        now_at = await front.update(at, message)
    except SendError as error:
        log.warning("outcome_not_put", front=front.name, message=message.kind, reason=error.reason)
        if isinstance(error, Unclear):
            return PERHAPS_POSTED
        return (NOT_POSTED if isinstance(outcome, Post) else NOT_CHANGED).format(reason=error.reason)
    if outcome.about and now_at != at:
        try:
            await router.answer(Moved(outcome.about, now_at))
        except Problem:  # what the person did is done
            log.warning("move_not_noted", front=front.name, about=outcome.about)
    return ""
