"""The week's supervision prompt, for whoever asks for it."""

from __future__ import annotations

from bot.chat.router import Command, Outcomes, Problem, Reply, Tap
from bot.handlers.desk import Desk, DeskRouter
from bot.prompts import supervision as prompt
from bot.prompts.library import NothingFits

NONE = "No supervision prompt is in review just now. Please ask your digital team: bot check says what is overdue."


def register(router: DeskRouter) -> None:
    """What people can do with supervision prompts (the first is opened by `/huddle`)."""
    router.on_tap("supervision_other", other)


async def show(event: Command, desk: Desk) -> Outcomes:
    """This week's."""
    return _shown(desk, 0)


async def other(tap: Tap, desk: Desk) -> Outcomes:
    """The one after that which was shown."""
    return _shown(desk, int(tap.value) if tap.value.isdecimal() else 0)


def _shown(desk: Desk, later: int) -> Outcomes:
    try:
        return (Reply(prompt.build(desk.library, desk.clock().date(), later)),)
    except NothingFits:
        raise Problem(NONE) from None
