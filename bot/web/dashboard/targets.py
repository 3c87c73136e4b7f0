"""A ward's target for a measure: who may set it, and what may be set."""

from __future__ import annotations

from dataclasses import dataclass
import re

from bot.chat.router import Problem
from bot.handlers.desk import Desk
from bot.handlers.mark import author
from bot.handlers.roles import Viewer
from bot.measures.catalogue import MEASURES
from bot.store import targets, wards
from bot.store.database import Session
from bot.store.tables import Target, Ward

WHOLE = 100
"""Percent."""
NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9])?")
NO_NUMBER = "Please give a number, like 4 or 2.5: figures alone, with one decimal at most."
TOO_MUCH = "Please give a percentage from 0 to 100."
NOT_OFFERED = "These figures are not counted so. Please load the page again."


@dataclass(frozen=True)
class Aim:
    """A target as somebody typed it: of which measure, in which figure."""

    measure: str = ""
    figure: str = ""
    value: str = ""


NO_AIM = Aim()


async def keep(session: Session, desk: Desk, viewer: Viewer, ward: Ward, aim: Aim) -> None:
    """Set the target that was typed, in place of the one before. Raises `Problem` where it can't be one."""
    measure = MEASURES[aim.measure]
    if measure.no_target:
        raise Problem(measure.no_target)
    if not measure.may_be_told_as(aim.figure):
        raise Problem(NOT_OFFERED)
    value = _number(aim)
    await wards.lock_ward(session, ward.key)
    today = desk.now_at(ward).date()
    by = author(viewer.person)
    set_now = Target(ward_id=ward.key, measure=aim.measure, value=value, figure=aim.figure, set_on=today, by=by)
    await targets.put(session, set_now)


def _number(aim: Aim) -> float:
    typed = aim.value.strip()
    if aim.figure == "share":
        typed = typed.removesuffix("%").rstrip()
    if not NUMBER.fullmatch(typed):
        raise Problem(NO_NUMBER)
    if aim.figure == "share" and float(typed) > WHOLE:
        raise Problem(TOO_MUCH)
    return float(typed)
