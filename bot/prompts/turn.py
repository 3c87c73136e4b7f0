"""Whose turn it is among items that come week by week: none comes twice before all have come."""

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
    ordered = sorted(items, key=lambda one: one.id)
    week = on.toordinal() // 7 + later
    for turn in range(len(ordered)):
        item = ordered[(week + turn) % len(ordered)]
        if not item.expired(on):
            return item
    raise NothingFits(f"Nothing of this kind is in review on {on}.")
