"""Saving a form while its person waits: what came of it, or why it was not saved, within the platform's time."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from bot.chat.router import FieldErrors, Outcomes, Problem, Router, Submit

log = structlog.get_logger(__name__)

NOT_SAVED = "This was not saved. {words} What you typed is still here."
TOO_LONG = "It took too long. Please send it again."


async def saved(router: Router[Any], form: Submit, within: float) -> Outcomes:
    """The outcomes of a form; a problem, or no answer within so many seconds, becomes a `FieldErrors` of no field."""
    saving = asyncio.ensure_future(router.answer(form))
    await asyncio.wait({saving}, timeout=within)  # not `timeout`: a silent database holds up its cancelling
    if not saving.done():
        saving.add_done_callback(lambda late: late.cancelled() or late.exception())
        saving.cancel()
        log.warning("form_too_slow", front=form.person.front, form=form.kind)
        words = TOO_LONG
    else:
        try:
            return saving.result()
        except Problem as problem:
            words = problem.words
    return (FieldErrors({"": NOT_SAVED.format(words=words)}),)


def field_errors(outcomes: Outcomes) -> dict[str, str]:
    """What is wrong with a form, by field; under an empty name what belongs to none."""
    return {
        name: words
        for outcome in outcomes
        if isinstance(outcome, FieldErrors)
        for name, words in outcome.errors.items()
    }
