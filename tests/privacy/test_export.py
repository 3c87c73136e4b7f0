"""What leaves the house about reports: small counts not shown, no trace of a person, no formula."""

from __future__ import annotations

from collections.abc import AsyncIterator
import csv
from datetime import UTC, date, datetime
import io
from pathlib import Path
from typing import Any

import pytest

from bot.handlers.wards_csv import import_wards
from bot.privacy.export import KINDS, write_counts, write_reports
from bot.privacy.small import Small
from bot.store.database import Store
from bot.store.reports import save_report
from bot.store.tables import Report
from bot.store.wards import every_ward
from tests.stage import settings_for
from tests.stories.conftest import COLUMNS

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 16)
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,"
WARDS = ("Rowan", "Hazel", "Birch", "=Odd")
"""The first three have their leaders' digest in common."""


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    leaders = ("leaders", "leaders", "leaders", "")
    rows = (f"{name},acute,browser,,,{to},{TIMES}" for name, to in zip(WARDS, leaders, strict=True))
    async with store() as session:
        await import_wards(session, "\n".join((COLUMNS, *rows)), "secret", NOW)
    yield store
    await store.close()


async def tell(store: Store, ward: str, number: int = 1, **changes: Any) -> None:
    """Save as many reports of a ward, alike but for their ids."""
    async with store() as session:
        [home] = [one for one in await every_ward(session) if one.name == ward]
        for _ in range(number):
            tell.count += 1  # type: ignore[attr-defined]
            values: dict[str, Any] = {
                "id": f"report-{tell.count}",  # type: ignore[attr-defined]
                "kind": "near_miss",
                "day": MONDAY,
                "shift_band": "evening",
                "area": "lounge",
                "building": ["noise", "waiting"],
                "helped": ["listening"],
                "level": "prevention",
                "recorded": "not_yet",
                "line": "",
            }
            await save_report(session, Report(ward_id=home.key, **values | changes))


tell.count = 0  # type: ignore[attr-defined]


async def counted(
    store: Store, first: date = MONDAY, last: date = MONDAY, kinds: tuple[str, ...] = KINDS, fewest: int = 5
) -> list[list[str]]:
    """The rows of the counts, without their heading."""
    out = io.StringIO()
    async with store() as session:
        await write_counts(session, out, kinds, first, last, Small(fewest))
    heading, *rows = csv.reader(io.StringIO(out.getvalue()))
    assert heading == ["ward", "week", "kind", "count"]
    return rows


async def near_misses(store: Store, fewest: int = 5, **counts: int) -> dict[str, str]:
    """What the file says of near misses on these wards in a week that had so many."""
    for ward, number in counts.items():
        await tell(store, ward, number)
    rows = await counted(store, kinds=("near_miss",), fewest=fewest)
    return {ward: count for ward, _, _, count in rows if ward in counts}


async def test_counts_below_the_threshold_are_not_shown_and_nought_and_the_threshold_are(store: Store) -> None:
    """Two small ones keep each other's secret."""
    assert await near_misses(store, Rowan=4, Hazel=1, Birch=5) == {"Rowan": "under 5", "Hazel": "under 5", "Birch": "5"}
    assert ["Rowan", "2026-11-16", "success", "0"] in await counted(store)


async def test_a_single_small_count_is_not_told_by_the_total_of_the_leaders_digest(store: Store) -> None:
    """The next larger one is not shown either."""
    assert await near_misses(store, Rowan=6, Hazel=3, Birch=9) == {"Rowan": "hidden", "Hazel": "under 5", "Birch": "9"}


async def test_what_is_small_is_for_a_deployment_to_say(store: Store) -> None:
    """With 3 a 4 is shown; with 10 a 9 is not, and a 12 alone among small ones needs no hiding."""
    assert await near_misses(store, 3, Rowan=4, Hazel=9, Birch=12) == {"Rowan": "4", "Hazel": "9", "Birch": "12"}
    few = "under 10"
    assert await near_misses(store, 10, Rowan=0, Hazel=0, Birch=0) == {"Rowan": few, "Hazel": few, "Birch": "12"}


async def test_a_ward_of_other_leaders_hides_nothing_of_theirs(store: Store) -> None:
    """Its count is in no total with theirs; and its name is no formula."""
    await tell(store, "=Odd", 2)
    await tell(store, "Rowan", 7)

    assert await counted(store, kinds=("near_miss",)) == [
        ["Birch", "2026-11-16", "near_miss", "0"],
        ["Hazel", "2026-11-16", "near_miss", "0"],
        ["Rowan", "2026-11-16", "near_miss", "7"],
        ["'=Odd", "2026-11-16", "near_miss", "under 5"],
    ] or await counted(store, kinds=("near_miss",)) == [
        ["'=Odd", "2026-11-16", "near_miss", "under 5"],
        ["Birch", "2026-11-16", "near_miss", "0"],
        ["Hazel", "2026-11-16", "near_miss", "0"],
        ["Rowan", "2026-11-16", "near_miss", "7"],
    ]  # databases sort a sign as they like


async def test_weeks_are_whole_so_that_two_files_do_not_tell_a_day(store: Store) -> None:
    """From a Wednesday to the next Monday: two whole weeks; the kind that is asked for alone."""
    await tell(store, "Rowan", 6, kind="success", day=date(2026, 11, 16))
    await tell(store, "Rowan", 1, kind="success", day=date(2026, 11, 22))
    await tell(store, "Rowan", 8, kind="success", day=date(2026, 11, 29))
    await tell(store, "Rowan", 9, kind="success", day=date(2026, 11, 30))
    await tell(store, "Rowan", 5, kind="success", day=date(2026, 11, 15))

    rows = await counted(store, date(2026, 11, 18), date(2026, 11, 23), ("success",))
    assert [row[1:] for row in rows if row[0] == "Rowan"] == [
        ["2026-11-16", "success", "7"],
        ["2026-11-23", "success", "8"],
    ]
    assert len(rows) == 8


async def exported(store: Store, *, with_text: bool, last: date = MONDAY) -> tuple[str, list[dict[str, str]]]:
    """The single reports of the week, and the file itself."""
    out = io.StringIO()
    async with store() as session:
        await write_reports(session, out, KINDS, MONDAY, last, with_text=with_text)
    return out.getvalue(), list(csv.DictReader(io.StringIO(out.getvalue())))


async def test_a_single_report_has_its_pick_lists_and_no_trace_of_a_person(store: Store) -> None:
    """Neither an id nor who sent it, nor what was typed."""
    await tell(
        store, "Rowan", id="0f3c", reporter="slack:U0NURSE", line="Tea helped", receipt="a-hash", answered_on=MONDAY
    )

    text, rows = await exported(store, with_text=False)

    assert rows == [
        {
            "ward": "Rowan",
            "day": "2026-11-16",
            "kind": "near_miss",
            "shift_band": "evening",
            "area": "lounge",
            "building": "noise;waiting",
            "helped": "listening",
            "level": "prevention",
            "used": "",
            "duration": "",
            "debrief": "",
            "recorded": "not_yet",
            "answered": "yes",
        }
    ]
    assert not [trace for trace in ("0f3c", "U0NURSE", "slack", "a-hash", "Tea") if trace in text]


async def test_free_text_comes_where_it_is_asked_for_and_is_no_formula(store: Store) -> None:
    """And still nobody's name."""
    await tell(store, "Rowan", reporter="slack:U0NURSE", line='=HYPERLINK("x")', added="Tea, later")

    text, [row] = await exported(store, with_text=True)

    assert (row["line"], row["added"]) == ('\'=HYPERLINK("x")', "Tea, later")
    assert "U0NURSE" not in text


async def test_reports_of_other_days_are_left_out_and_those_of_a_day_are_in_no_order_of_time(store: Store) -> None:
    """By ward and kind, then by an id that is random."""
    for ident, ward, day in (("b", "Rowan", 17), ("c", "Birch", 17), ("a", "Rowan", 17), ("d", "Rowan", 18)):
        await tell(store, ward, id=ident, day=date(2026, 11, day), line=ident)

    _, rows = await exported(store, with_text=True, last=date(2026, 11, 17))
    assert [row["line"] for row in rows] == ["c", "a", "b"]
