"""incidents.csv: all or nothing, every fault by line and column, and repeatable without doubling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.handlers.csv_file import CsvError
from bot.handlers.incidents_csv import KINDS, Imported, import_incidents, read_counts
from bot.handlers.wards_csv import import_wards
from bot.privacy.cells import plain, safe
from bot.store.database import Store
from bot.store.incidents import BED_DAYS, INTERVENTIONS, counts_of
from bot.store.tables import Ward
from tests.stage import settings_for
from tests.stories.conftest import COLUMNS

NOW = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)  # a Wednesday; in Kolkata it is Thursday already
HEADING = "ward,week,kind,count"
ROW = "Rowan,2026-11-16,prone,2"
MONDAY, NEXT = date(2026, 11, 16), date(2026, 11, 23)
EARLY, LATE = date(2000, 1, 1), date(2030, 1, 1)


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """Two wards, one of them far east, and one whose name a spreadsheet would take for a formula."""
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    rows = (f"{name},acute,browser,,,,{zone},ENG,07:45,11:00,monday,09:00," for name, zone in WARDS.items())
    async with store() as session:
        await import_wards(session, "\n".join((COLUMNS, *rows)), "secret", NOW)
    yield store
    await store.close()


WARDS = {"Rowan": "Europe/London", "Kochi": "Asia/Kolkata", "'=Odd": "Europe/London"}


async def take(store: Store, *rows: str, heading: str = HEADING, end: str = "\n", mark: str = "") -> Imported:
    """Import a file of these rows."""
    async with store() as session:
        return await import_incidents(session, mark + end.join((heading, *rows)) + end, NOW)


def faults(*rows: str, heading: str = HEADING) -> CsvError:
    """What is wrong with a file of these rows."""
    homes = {
        name.removeprefix("'"): Ward(id=at, name=name, timezone=zone) for at, (name, zone) in enumerate(WARDS.items())
    }
    with pytest.raises(CsvError) as caught:
        read_counts("\n".join((heading, *rows)), homes, NOW)
    return caught.value


def places(error: CsvError) -> list[tuple[int, str]]:
    """Lines and columns."""
    return [(fault.line, fault.column) for fault in error.faults]


async def held(store: Store) -> dict[tuple[date, str], int]:
    """Everything that is kept, of all wards."""
    async with store() as session:
        found = await counts_of(session, range(1, 9), EARLY, LATE)
    return {(week, kind): count for (_, week, kind), count in found.items()}


async def test_a_file_may_come_again_and_a_row_sets_its_count(store: Store) -> None:
    """By the day of the week that each file happens to name; what a file does not speak of stays."""
    first = await take(store, ROW, "Rowan,2026-11-18,bed_days,120", "Kochi,2026-11-23,07,0")
    again = await take(store, ROW, "Rowan,2026-11-18,bed_days,120", "Kochi,2026-11-23,07,0")
    later = await take(store, "Rowan,2026-11-22,prone,3", "Rowan,2026-11-23,prone,1")

    assert (first.new, first.changed, first.same) == (3, 0, 0)
    assert (first.wards, first.weeks) == (("Kochi", "Rowan"), (MONDAY, NEXT))
    assert (again.new, again.changed, again.same) == (0, 0, 3)
    assert (later.new, later.changed, later.same, later.wards) == (1, 1, 0, ("Rowan",))
    assert await held(store) == {
        (MONDAY, "prone"): 3,
        (MONDAY, "bed_days"): 120,
        (NEXT, "standing"): 0,
        (NEXT, "prone"): 1,
    }


@pytest.mark.parametrize(("mark", "end"), [("", "\r\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n")])
async def test_a_file_is_taken_as_a_spreadsheet_saves_it(mark: str, end: str, store: Store) -> None:
    """With a mark at its beginning, Windows' line ends, empty lines, columns in another order, spaces around."""
    await take(
        store,
        " 3 ,Prone ,Rowan,2026-11-16",
        "",
        "2,8,Rowan,2026-11-16",
        heading="count,kind,ward,week",
        mark=mark,
        end=end,
    )

    assert await held(store) == {(MONDAY, "prone"): 3, (MONDAY, "escort"): 2}


@pytest.mark.parametrize("separator", [";", "\t"])
async def test_cells_may_be_parted_as_the_heading_shows(separator: str, store: Store) -> None:
    """By semicolons where Excel has a comma in decimals, by tabs where a table was copied; the heading in any case."""
    rows = (line.replace(",", separator) for line in (ROW, "Rowan,2026-11-16,bed_days,120", ",,,"))

    await take(store, *rows, heading="Ward,Week,KIND,Count".replace(",", separator))

    assert await held(store) == {(MONDAY, "prone"): 2, (MONDAY, "bed_days"): 120}


async def test_dates_are_read_as_uk_spreadsheets_write_them(store: Store) -> None:
    """The day comes first: 1 September is no 9 January."""
    await take(store, "Rowan,17/11/2026,prone,3", "Rowan,1/9/2026,prone,2", "Rowan,16-Nov-26,seated,1")

    assert await held(store) == {(MONDAY, "prone"): 3, (date(2026, 8, 31), "prone"): 2, (MONDAY, "seated"): 1}


@pytest.mark.parametrize("cell", ["\uff1d1+1", " =1+1", "\u3000\uff20SUM", "'\u00a0=1"])
def test_formulas_in_disguise_are_made_safe_and_come_back(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert plain(safe(cell)) == cell


async def test_a_ward_may_be_named_as_its_export_writes_it(store: Store) -> None:
    """With the apostrophe that keeps a spreadsheet from running it."""
    assert (await take(store, "'=Odd,2026-11-16,prone,1")).wards == ("=Odd",)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("Rowen,2026-11-16,prone,2", "ward", "there is no ward “Rowen”; bot wards list shows them"),
        (",2026-11-16,prone,2", "ward", "it is empty"),
        ("=Odd,2026-11-16,prone,2", "ward", "“=Odd” begins like a spreadsheet's formula"),
        ("Rowan,11/16/2026,prone,2", "week", "“11/16/2026” is not a date; write it like 2026-12-31"),
        ("Rowan,16/11/26,prone,2", "week", "is not a date"),
        ("Rowan,20261116,prone,2", "week", "is not a date"),
        ("Rowan,2026-W47,prone,2", "week", "is not a date"),
        ("Rowan,,prone,2", "week", "it is empty"),
        ("Rowan,2026-11-31,prone,2", "week", "is not a date"),
        ("Rowan,0206-11-16,prone,2", "week", "is too long ago: is the year right?"),
        ("Rowan,2026-11-26,prone,2", "week", "2026-11-26 is still to come"),
        ("Kochi,2026-11-27,prone,2", "week", "2026-11-27 is still to come"),
        ("Rowan,2026-11-16,02,2", "kind", "“02” is none of prone (01), standing (07)"),
        ("Rowan,2026-11-16,restraint,2", "kind", "“restraint” is none of"),
        ("Rowan,2026-11-16,prone,two", "count", "“two” is not a whole number like 0 or 12"),
        ("Rowan,2026-11-16,prone,", "count", "it is empty: write 0 for none"),
        ("Rowan,2026-11-16,prone,2.0", "count", "is not a whole number"),
        ("Rowan,2026-11-16,prone,٣", "count", "is not a whole number"),
        ("Rowan,2026-11-16,prone,-1", "count", "“-1” is not a whole number"),
        ("Rowan,2026-11-16,prone,-1+1", "count", "begins like a spreadsheet's formula"),
        ("Rowan,2026-11-16,prone,nan", "count", "“nan” is not a whole number"),
        ("Rowan,2026-11-16,prone,inf", "count", "“inf” is not a whole number"),
        ("Rowan,2026-11-16,prone,\uff1d1+1", "count", "begins like a spreadsheet's formula"),
        ("Rowan,2026-11-16,prone,=1+1", "count", "“=1+1” begins like a spreadsheet's formula"),
        ("Rowan,2026-11-16,prone,'=1+1", "count", "“=1+1” is not a whole number"),
        ("Rowan,2026-11-16,prone,99999999999", "count", "is not a whole number"),
        ("Rowan,2026-11-16,prone,1001", "count", "1001 is more than a ward can have in a week"),
        ("Rowan,2026-11-16,bed_days,421", "count", "421 bed days in a week are more than 60 beds have"),
        ("Rowan,2026-11-16,prone", "row", "it has 3 cells, and the heading has 4"),
        ("Rowan,2026-11-10,01,2", "row", "the same ward, week and kind are on line 2 already"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(row: str, column: str, said: str) -> None:
    """Between good ones."""
    error = faults("Rowan,2026-11-09,prone,1", row, "Kochi,2026-11-09,prone,1")

    assert places(error) == [(3, column)]
    assert said in str(error)


async def test_a_file_with_a_bad_row_is_refused_as_a_whole(store: Store) -> None:
    """The good rows around it are not kept either."""
    with pytest.raises(CsvError):
        await take(store, ROW, "Rowan,2026-11-09,prone,two", "Rowan,2026-11-02,prone,1")

    assert await held(store) == {}


async def test_a_day_is_still_to_come_by_the_wards_own_clocks(store: Store) -> None:
    """Thursday has begun in Kolkata and not in London."""
    await take(store, "Kochi,2026-11-26,prone,1", "Rowan,2026-11-25,prone,1", "Rowan,2026-11-16,bed_days,420")

    assert await held(store) == {(NEXT, "prone"): 1, (MONDAY, "bed_days"): 420}


def test_all_faults_are_named_at_once_in_the_order_of_lines() -> None:
    """A trust mends its file once; a row that is wrong and doubled is named for both."""
    error = faults(ROW, "Rowan,2026-11-17,prone,x", "Rowen,2026-13-01,prome,-2", "Rowan,2026-11-16")

    assert places(error) == [
        (3, "count"),
        (3, "row"),
        (4, "ward"),
        (4, "week"),
        (4, "kind"),
        (4, "count"),
        (5, "row"),
    ]


@pytest.mark.parametrize(
    ("heading", "wrong"),
    [
        ("ward,week,kind", [(1, "count")]),
        ("ward,week,kind,count,nhs_number", [(1, "nhs_number")]),
        ("ward,week,kind,count,count", [(1, "count")]),
        ("week,name", [(1, "ward"), (1, "kind"), (1, "count"), (1, "name")]),
    ],
)
def test_a_heading_is_the_four_columns(heading: str, wrong: list[tuple[int, str]]) -> None:
    """A fifth may hold somebody's details."""
    assert places(faults(ROW, heading=heading)) == wrong


def test_a_heading_alone_is_refused() -> None:
    assert str(faults()) == "line 1, row: there is no count below the heading"


async def test_years_of_every_kind_are_taken_at_once(store: Store) -> None:
    """More rows than a database takes parameters in one statement."""
    kinds = (*INTERVENTIONS, BED_DAYS)
    weeks = [date.fromordinal(MONDAY.toordinal() - 7 * number) for number in range(100)]
    rows = [f"{ward},{week},{kind},4" for ward in ("Rowan", "Kochi") for week in weeks for kind in kinds]

    assert (await take(store, *rows)).new == len(rows) == 2800
    assert (await take(store, *rows)).same == len(rows)


def test_every_kind_may_be_written_by_name_or_by_code() -> None:
    """As in the facts of the data set: two digits, of which a spreadsheet eats the nought."""
    assert {KINDS[code] for code in ("01", "1", "prone")} == {"prone"}
    assert set(KINDS.values()) == {*INTERVENTIONS, BED_DAYS}
    codes = [code for code in INTERVENTIONS.values() if code]
    assert codes == ["01", "07", "08", "09", "10", "11", "12", "13", "14", "15"]
    assert KINDS["restrictive_escort"] == "escort"
    assert len(KINDS) == 14 + 10 + 4 + 1


@given(st.text(st.sampled_from("'=+-@\ta"), max_size=5))
def test_a_cell_that_was_made_safe_is_no_formula_and_comes_back(cell: str) -> None:
    assert plain(safe(cell)) == cell
    assert safe(cell)[:1] not in tuple("=+-@\t\r")
