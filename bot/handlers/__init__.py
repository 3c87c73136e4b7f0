"""What people do, a file for each."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat.router import Router
from bot.handlers import (
    actions,
    answer,
    dashboard,
    debrief,
    home,
    huddle,
    huddle_form,
    leaders,
    mark,
    missed,
    plain_words,
    questions,
    reminder,
    report,
    scenario,
    setup,
    skip,
    snooze,
    supervision,
)
from bot.handlers.desk import Desk


def build_router(desk: Desk, refuse_text: Callable[[str], str | None]) -> Router[Desk]:
    """A router with everything that people can do; `refuse_text` checks each line of free text before it is kept."""
    router: Router[Desk] = Router(desk, refuse_text)
    every = (
        actions,
        answer,
        dashboard,
        debrief,
        home,
        huddle,
        huddle_form,
        leaders,
        mark,
        missed,
        plain_words,
        questions,
        reminder,
        report,
        scenario,
        setup,
        skip,
        snooze,
        supervision,
    )
    for handlers in every:
        handlers.register(router)
    return router
