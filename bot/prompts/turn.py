"""Whose turn it is among items that come one after the other: none comes twice before all have come."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TypeVar

from bot.prompts.library import NothingFits, Reviewed

_Item = TypeVar("_Item", bound=Reviewed)


def of_the_week(items: Collection[_Item], on: date, later: int = 0) -> _Item:
    """The item of the week of that day, in order of id, or one so many turns `later`; the same for all wards.

    One that is past its review gives its week to the next. Raises `NothingFits` where all are.
    """
    return in_turn(items, (on.toordinal() - 1) // 7 + later, on)  # a week begins on Monday


def in_turn(items: Collection[_Item], turn: int, on: date) -> _Item:
    """The item whose turn it is after so many turns, in order of id.

    One that is past its review on that day gives its turn to the next. Raises `NothingFits` where all are.
    """
    ordered = sorted(items, key=lambda one: one.id)
    for later in range(len(ordered)):
        item = ordered[(turn + later) % len(ordered)]
        if not item.expired(on):
            return item
    raise NothingFits(f"Nothing of this kind is in review on {on}.")
