"""Weekly figures: whole weeks, zeros where nothing happened, nothing where nothing is known; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.handlers.wards_csv import import_wards
from bot.measures.catalogue import MEASURES
from bot.measures.weekly import load, together
from bot.store import incidents
from bot.store.database import Store
from bot.store.tables import Action, Debrief, Huddle, Occurrence, Report
from bot.store.wards import every_ward
from bot.trends.series import Series
from tests.stage import settings_for
from tests.stories.conftest import COLUMNS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LAST = date(2026, 11, 22)
MONDAY = date(2026, 11, 16)
WEEK = timedelta(days=7)
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,"
number = count()


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    rows = (f"{name},acute,browser,,,,{TIMES}" for name in ("Hazel", "Rowan"))
    async with store() as session:
        await import_wards(session, "\n".join((COLUMNS, *rows)), "secret", NOW)
    yield store
    await store.close()


def report(ward_id: int, day: date, kind: str = "near_miss", **changes: Any) -> Report:
    values: dict[str, Any] = {
        "shift_band": "evening",
        "area": "lounge",
        "building": [],
        "helped": [],
        "level": "prevention",
    }
    return Report(id=f"report-{next(number)}", ward_id=ward_id, day=day, kind=kind, **values | changes)


def huddle_due(ward_id: int, day: date, slot: str = "07:45") -> Occurrence:
    at = datetime(day.year, day.month, day.day, 7, 45, tzinfo=UTC)
    return Occurrence(
        ward_id=ward_id, kind="huddle", local_date=day, slot=slot, due_at=at, expires_at=at, not_before=at, state="sent"
    )


def never_sent(ward_id: int, debrief_id: str) -> Occurrence:
    """The offer of a debrief for which the ward's channel was away too long."""
    offer = huddle_due(ward_id, MONDAY, debrief_id)
    offer.kind, offer.state = "debrief", "expired"
    return offer


async def keep(store: Store, *rows: Any) -> None:
    async with store() as session:
        for row in rows:
            session.add(row)
            await session.flush()


async def of(store: Store, name: str = "Hazel", **more: Any) -> dict[str, Series]:
    async with store() as session:
        [ward] = [one for one in await every_ward(session) if one.name == name]
        return (await load(session, [ward.key], LAST, **more))[ward.key]


async def id_of(store: Store, name: str = "Hazel") -> int:
    async with store() as session:
        return next(one.key for one in await every_ward(session) if one.name == name)


async def test_a_ward_without_anything_has_no_weeks(store: Store) -> None:
    found = await of(store)
    assert list(found) == list(MEASURES)
    assert {series.starts for series in found.values()} == {()}


async def test_weeks_are_whole_and_begin_with_the_first_thing_that_happened(store: Store) -> None:
    ward = await id_of(store)
    began = MONDAY - 3 * WEEK - timedelta(days=2)  # a Saturday: its own week is not whole
    await keep(store, report(ward, began), report(ward, MONDAY), report(ward, MONDAY), report(ward, LAST))
    await keep(store, report(ward, LAST + timedelta(days=1)))  # today
    near_misses = (await of(store))["near_misses"]
    assert near_misses.starts == tuple(MONDAY - back * WEEK for back in (3, 2, 1, 0))
    assert near_misses.counts == (0, 0, 0, 3)


async def test_days_are_read_where_a_chart_may_need_them(store: Store) -> None:
    ward = await id_of(store)
    rows = [report(ward, LAST - timedelta(days=day)) for day in range(12 * 7)]
    twice = [report(ward, MONDAY - 11 * WEEK, "success"), *[report(ward, MONDAY, "success") for _ in range(2)]]
    await keep(store, *rows, *twice)
    found = await of(store)
    assert (found["near_misses"].counts, found["near_misses"].days) == ((7,) * 12, None)
    assert found["successes"].days == (MONDAY - 11 * WEEK, MONDAY, MONDAY)
    assert (await of(store, shift_band="night"))["successes"].days == ()


async def test_huddles_begin_before_the_first_report(store: Store) -> None:
    ward = await id_of(store)
    await keep(store, huddle_due(ward, MONDAY - WEEK), huddle_due(ward, MONDAY), report(ward, MONDAY))
    await keep(store, huddle_due(ward, MONDAY - 2 * WEEK, "extra 10:00"))  # beside the plan
    found = await of(store)
    assert found["near_misses"].counts == (1,)
    assert (found["huddles"].counts, found["huddles"].of) == ((0, 0), (1, 1))


async def test_shares_leave_out_the_weeks_that_have_nothing_to_share(store: Store) -> None:
    ward = await id_of(store)
    first, then = huddle_due(ward, MONDAY - 2 * WEEK), huddle_due(ward, MONDAY)
    answered = report(ward, MONDAY, "success", answered_on=LAST)
    await keep(store, first, then, answered, report(ward, MONDAY), report(ward, MONDAY - 2 * WEEK))
    said: dict[str, Any] = {"huddle_set": "start_of_day", "answers": {}, "ward_id": ward}
    await keep(
        store,
        Huddle(occurrence_id=first.key, local_date=first.local_date, **said),
        Huddle(occurrence_id=then.key, local_date=then.local_date, skip_reason="too_busy", **said),
        Debrief(id="a", ward_id=ward, event="restraint", offered_on=MONDAY, state="held", answers={}),
        Debrief(id="b", ward_id=ward, event="restraint", offered_on=MONDAY, state="declined", answers={}),
        Debrief(id="c", ward_id=ward, event="restraint", offered_on=MONDAY, state="offered", answers={}),
        never_sent(ward, "c"),
    )
    found = await of(store)
    ends = (MONDAY - 2 * WEEK, MONDAY)
    for name, counts, total in (
        ("huddles", (1, 0), (1, 1)),
        ("success_share", (0, 1), (1, 2)),
        ("answered", (0, 1), (1, 2)),
    ):
        assert (found[name].starts, found[name].counts, found[name].of) == (ends, counts, total), name
    assert (found["debriefs"].starts, found["debriefs"].counts, found["debriefs"].of) == ((MONDAY,), (1,), (2,))


async def test_actions_count_on_the_day_they_were_done(store: Store) -> None:
    ward = await id_of(store)
    due = huddle_due(ward, MONDAY)
    await keep(store, due)
    huddle = Huddle(occurrence_id=due.key, local_date=MONDAY, huddle_set="start_of_day", answers={}, ward_id=ward)
    await keep(store, huddle)
    assert huddle.id
    common: dict[str, Any] = {"ward_id": ward, "huddle_id": huddle.id, "text": "x", "owner_role": "nurse_in_charge"}
    for outcome in ("done", "done", "dropped"):
        await keep(store, Action(opened_on=MONDAY, closed_on=LAST, outcome=outcome, **common))
    assert (await of(store))["actions"].counts == (2,)


async def test_one_part_of_the_day_is_told_where_it_can_be(store: Store) -> None:
    ward = await id_of(store)
    await keep(store, report(ward, MONDAY), report(ward, MONDAY, shift_band="night"))
    found = await of(store, shift_band="night")
    assert found["near_misses"].counts == (1,)
    assert list(found) == [name for name, measure in MEASURES.items() if measure.by_shift]


async def test_a_tally_counts_once_however_many_kinds_it_names(store: Store) -> None:
    ward = await id_of(store)
    await keep(store, report(ward, MONDAY, "restrictive", used=["prone", "supine", "rapid_tranquillisation"]))
    await keep(store, report(ward, MONDAY, "restrictive", used=["segregation"]))
    found = await of(store)
    assert [found[name].counts for name in ("restraint", "seclusion", "rapid_tranquillisation")] == [(1,), (1,), (1,)]
    assert found["near_misses"].counts == ()


async def test_imported_counts_take_the_tallys_place_and_are_rates_where_bed_days_are_known(store: Store) -> None:
    ward = await id_of(store)
    await keep(store, report(ward, MONDAY, "restrictive", used=["prone"]))
    counts = {(ward, MONDAY - back * WEEK, "prone"): back for back in (4, 2, 1)}
    async with store() as session:
        await incidents.set_counts(session, {**counts, (ward, MONDAY, "seclusion"): 1})
    found = await of(store)
    weeks = tuple(MONDAY - back * WEEK for back in (4, 2, 1))
    assert (found["restraint"].starts, found["restraint"].counts) == (weeks, (4, 2, 1))
    assert (found["restraint"].figure, found["restraint"].days) == ("count", None)
    async with store() as session:
        await incidents.set_counts(session, {(ward, MONDAY - back * WEEK, incidents.BED_DAYS): 126 for back in (2, 1)})
    found = await of(store)
    assert found["restraint"].figure == "rate"
    assert (found["restraint"].starts, found["restraint"].counts) == (weeks[1:], (2, 1))
    assert found["restraint"].of == (126, 126)


async def test_what_was_not_counted_yet_is_no_0(store: Store) -> None:
    """A ward had huddles before it reported, and reported before it tallied."""
    ward = await id_of(store)
    await keep(store, *(huddle_due(ward, MONDAY - back * WEEK) for back in range(6)))
    await keep(store, report(ward, MONDAY - 3 * WEEK), report(ward, MONDAY - 2 * WEEK, "restrictive", used=["prone"]))
    found = await of(store)
    assert found["near_misses"].counts == (1, 0, 0, 0)
    assert (found["restraint"].counts, found["seclusion"].counts) == ((1, 0, 0), (0, 0, 0))
    assert len(found["huddles"].counts) == 6
    nothing = await of(store, "Rowan")
    assert (nothing["restraint"].counts, nothing["near_misses"].counts) == ((), ())


async def test_counts_of_one_kind_say_nothing_of_another(store: Store) -> None:
    """Imported beds alone, or seclusions, are no restraints: those stay the tally's."""
    ward = await id_of(store)
    await keep(store, *(report(ward, MONDAY - back * WEEK, "restrictive", used=["prone"]) for back in range(4)))
    weeks = [MONDAY - back * WEEK for back in (3, 2, 1, 0)]
    async with store() as session:
        await incidents.set_counts(session, {(ward, week, incidents.BED_DAYS): 119 for week in weeks})
        await incidents.set_counts(session, {(ward, weeks[1], "seclusion"): 2})
    found = await of(store)
    assert (found["restraint"].figure, found["restraint"].counts) == ("count", (1,) * 4)
    assert (found["seclusion"].figure, found["seclusion"].starts, found["seclusion"].counts) == (
        "rate",
        (weeks[1],),
        (2,),
    )
    assert (found["rapid_tranquillisation"].figure, found["rapid_tranquillisation"].counts) == ("count", (0,) * 4)


async def test_imported_weeks_that_are_not_over_wait(store: Store) -> None:
    ward = await id_of(store)
    async with store() as session:
        await incidents.set_counts(session, {(ward, MONDAY, "prone"): 1, (ward, MONDAY - WEEK, "prone"): 2})
        found = (await load(session, [ward], LAST - timedelta(days=1)))[ward]
    assert found["restraint"].counts == (2,)


def weekly(began: int, *counts: int, of: tuple[int, ...] | None = None) -> Series:
    starts = tuple(MONDAY + (began + week) * WEEK for week in range(len(counts)))
    return Series("near misses", "neutral", starts, counts, "share" if of else "count", of)


def test_wards_together_are_those_with_enough_weeks_over_the_weeks_that_they_share() -> None:
    assert together([]) is None
    assert together([weekly(0, *[1] * 11)]) is None
    whole = together([weekly(0, *[1] * 14), weekly(2, *[2] * 12), weekly(10, *[50] * 4)])
    assert whole is not None
    assert whole.counts == (3,) * 12
    assert whole.starts[0] == MONDAY + 2 * WEEK


def test_wards_together_share_what_there_is_to_share() -> None:
    whole = together([weekly(0, *[1] * 12, of=(2,) * 12), weekly(1, *[1] * 12, of=(4,) * 12)])
    assert whole is not None and whole.of is not None
    assert (whole.counts[0], whole.of[0], whole.counts[-1], whole.of[-1]) == (2, 6, 1, 4)
    assert len(whole.starts) == 12
