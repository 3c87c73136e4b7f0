"""Wards with weeks of figures, for whoever looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from bot.store.tables import IncidentCount, Mark, Report, Ward
from tests.web.conftest import House

LAST = date(2026, 11, 15)
"""The last day that is counted: the house's clock stands at Sunday 22 November, which is not over."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)
NEAR_MISSES = (9, 11, 10, 8, 12, 10, 9, 11, 10, 12, 9, 10, 11, 8, 10, 9, 12, 11, 10, 9)
number = count()


def report(ward: Ward, day: date, kind: str = "near_miss", **changes: Any) -> Report:
    values: dict[str, Any] = {
        "shift_band": "evening",
        "area": "lounge",
        "building": ["noise"],
        "helped": ["listening"],
        "level": "prevention",
    }
    return Report(id=f"report-{next(number)}", ward_id=ward.key, day=day, kind=kind, **values | changes)


def weeks_of(ward: Ward, counts: Sequence[int], kind: str = "near_miss", **changes: Any) -> list[Report]:
    """So many reports a week, the last week ending on `LAST`."""
    first = LAST - len(counts) * WEEK + DAY
    return [
        report(ward, first + week * WEEK + nth % 7 * DAY, kind, **changes)
        for week, number in enumerate(counts)
        for nth in range(number)
    ]


def imported(ward: Ward, counts: Sequence[int], kind: str = "seclusion", bed_days: int = 140) -> list[IncidentCount]:
    """The trust's own counts of so many weeks, the last ending on `LAST`."""
    first = LAST - len(counts) * WEEK + DAY
    return [
        IncidentCount(ward_id=ward.key, week=first + week * WEEK, kind=name, count=number)
        for week, number in enumerate(counts)
        for name, number in ((kind, number), ("bed_days", bed_days))
    ]


async def keep(house: House, *rows: Any) -> None:
    async with house.stage.house.store() as session:
        session.add_all(rows)


async def filled(house: House) -> House:
    """Rowan with twenty weeks, a note, and a change for real; Hazel with few; Birch with none."""
    await keep(
        house,
        *weeks_of(house.rowan, (*NEAR_MISSES[:-1], 30)),
        *weeks_of(house.rowan, [6] * 20, "success", helped=["choice", "space"]),
        *weeks_of(house.rowan, [5, 6] * 10, "restrictive", used=["standing"]),
        *weeks_of(house.hazel, [1, 2] * 8),
        Mark(ward_id=house.rowan.key, day=LAST - 4 * WEEK, text="sensory room opened", by="slack:U0MANAGER"),
    )
    return house
