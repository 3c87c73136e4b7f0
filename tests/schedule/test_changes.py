"""Changes of a ward's plan in the real ledger: nothing twice, nothing left out, whatever else looks at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.schedule.planner import coming, plan, pull_back, sync_schedules
from bot.store import ledger, wards
from bot.store.database import Session, Store
from bot.store.tables import Ward
from tests.schedule.patterns import ward
from tests.stage import settings_for

THREE = ["Early 07:00-14:30", "Late 13:30-21:00", "Night 20:30-07:30"]


def at(text: str) -> datetime:
    """A moment in November 2026, when London's clocks show UTC: `24 07:45`."""
    day, _, clock = text.partition(" ")
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=UTC)


@pytest.fixture
async def session(database_url: str, tmp_path: Path) -> AsyncIterator[Session]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    async with store() as session:
        yield session
    await store.close()


async def rowan(session: Session, now: str = "22 21:00") -> Ward:
    """A ward with a huddle at 07:45 and a reminder at 11:00, set up then."""
    told = {"name": "Rowan", "specialty": "acute", "front": "browser", "place": {"page": "1"}, "nation": "ENG"}
    made = ward(**told, place_key="", managers=[])
    await changed(session, made, now)
    return made


async def changed(session: Session, one: Ward, now: str, **changes: object) -> None:
    for name, value in changes.items():
        setattr(one, name, value)
    await plan(session, at(now))
    await wards.save_ward(session, one)
    await sync_schedules(session, [one], at(now))


async def huddles(session: Session, until: str) -> list[str]:
    """The huddles in the ledger by then: the date, and when."""
    await plan(session, at(until))
    found = await ledger.occurrences(session, until=at(until))
    return [f"{one.local_date:%d}: {one.due_at:%d %H:%M}" for one, _ in found if one.kind == "huddle"]


async def test_a_time_moved_after_it_came_waits_for_the_next_date_whatever_looks_at_it(session: Session) -> None:
    """A start of the service and its probe, too, which mend what a wrong clock did."""
    one = await rowan(session)
    await changed(session, one, "23 08:00", huddle_times=["09:00"])
    await pull_back(session, at("23 08:15"))
    await sync_schedules(session, await wards.every_ward(session), at("23 08:20"))
    assert await huddles(session, "24 12:00") == ["23: 23 07:45", "24: 24 09:00"]


async def test_what_a_clock_moved_far_ahead_is_pulled_back(session: Session) -> None:
    one = await rowan(session)
    await plan(session, at("23 06:00") + timedelta(days=40))
    await pull_back(session, at("23 06:00"))
    following = (await coming(session, one, at("23 06:00"), at("25 06:00")))[:2]
    assert [f"{each.at:%d %H:%M}" for each in following] == ["23 07:45", "23 09:00"]


async def test_a_time_that_has_passed_leaves_the_old_one_due_and_a_second_change_lets_it_be(session: Session) -> None:
    one = await rowan(session)
    await changed(session, one, "23 07:30", huddle_times=["07:15"])
    assert [f"{each.at:%d %H:%M}" for each in (await coming(session, one, at("23 07:30"), at("24 07:30")))[:1]] == [
        "23 07:45"
    ]
    await changed(session, one, "23 07:35", huddle_times=["08:30"])
    assert await huddles(session, "24 12:00") == ["23: 23 07:45", "24: 24 08:30"]


async def test_two_changes_in_a_day_drop_no_huddle(session: Session) -> None:
    one = await rowan(session)
    await changed(session, one, "23 07:50", huddle_times=["08:15", "19:45"])
    await changed(session, one, "23 08:00", huddle_times=["08:15", "13:00"])
    assert await huddles(session, "24 12:00") == ["23: 23 07:45", "23: 23 13:00", "24: 24 08:15"]


async def test_shifts_come_and_go_without_a_second_huddle_or_a_gap(session: Session) -> None:
    one = await rowan(session)
    await changed(session, one, "23 12:00", shifts=THREE, huddle_times=["02:00", "07:15", "14:00"])
    await changed(session, one, "25 07:20", shifts=[], huddle_times=["07:45"])
    assert await huddles(session, "26 12:00") == [
        "23: 23 07:45",
        "23: 23 14:00",
        "23: 24 02:00",
        "24: 24 07:15",
        "24: 24 14:00",
        "24: 25 02:00",
        "25: 25 07:15",
        "26: 26 07:45",
    ]


async def test_a_ward_moved_to_another_time_zone_has_each_date_once(session: Session) -> None:
    one = await rowan(session)
    await changed(session, one, "23 12:00", timezone="Asia/Kolkata")
    await changed(session, one, "25 12:00", timezone="Europe/London")
    assert [line[:2] for line in await huddles(session, "27 12:00")] == ["23", "24", "25", "26", "27"]
