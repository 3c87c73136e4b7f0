"""wards.csv: all or nothing, every fault by line and column, and nothing lost on the way out and back in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import csv
from datetime import UTC, datetime, timedelta
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import pytest
from sqlmodel import select

from bot.chat.front import Destination
from bot.handlers.csv_file import CsvError
from bot.handlers.ward_row import DAY_NAMES, MOST_TIMES, WardRow, leaders_cell
from bot.handlers.wards_csv import COLUMNS, import_wards, read_rows, write_rows
from bot.settings import WORKFLOW_NAME, Settings
from bot.store.database import Session, Store
from bot.store.shifts import PATTERNS
from bot.store.tables import Occurrence, Schedule, Ward
from bot.store.wards import every_ward

SECRET = "a-secret-for-tests"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # a Monday, before the first huddle
EXAMPLE = Path(__file__).parents[2] / "examples" / "wards.csv"
HEADING = ",".join(COLUMNS)
GOOD: dict[str, str] = {
    "name": "Rowan",
    "specialty": "mental_health",
    "front": "slack",
    "workspace": "T0WARDS",
    "channel": "C0ROWAN",
    "leaders_channel": "C0LEADERS",
    "timezone": "Europe/London",
    "nation": "ENG",
    "huddle_times": "07:45;19:45",
    "reminder_time": "11:00",
    "digest_day": "monday",
    "digest_time": "09:00",
    "managers": "U0MANAGER",
    "workflow": "",
    "shifts": "",
    "nudge_after": "45",
    "most_posts": "",
    "leaders": "",
}
LATER = ("managers", "workflow", "shifts", "nudge_after", "most_posts", "leaders")
NEEDED = [name for name in COLUMNS if name not in LATER]
TENANT = "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"
OTHER_TENANT = "ffffffff-0a1b-2c3d-4e5f-0a1b2c3d4e5f"
IN_TEAMS = {"front": "teams", "workspace": TENANT, "channel": "19:rowan@thread.tacv2", "leaders_channel": ""}
"""The cells of a ward in Teams that are not those of one in Slack."""
SIGNED = "https://flows.example/run?sp=%2Frun&sig=very-secret"
"""A workflow's address."""
HAZEL = {"name": "Hazel", "channel": "C0HAZEL"}
BIRCH = {"name": "Birch", "channel": "C0BIRCH"}


def row(**changes: str) -> dict[str, str]:
    """A good row, but for these cells."""
    return GOOD | changes


def file(*rows: dict[str, str]) -> str:
    """A file of these rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def file_without(columns: tuple[str, ...], *rows: dict[str, str]) -> str:
    """A file that does not speak of these columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [name for name in COLUMNS if name not in columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell for name, cell in one.items() if name not in columns} for one in rows)
    return out.getvalue()


def faults(text: str) -> list[tuple[int, str]]:
    """Where a file is wrong: lines and columns."""
    with pytest.raises(CsvError) as caught:
        read_rows(text, SECRET)
    return [(fault.line, fault.column) for fault in caught.value.faults]


def words(text: str) -> str:
    """What is said about a file that is wrong."""
    with pytest.raises(CsvError) as caught:
        read_rows(text, SECRET)
    return str(caught.value)


# A file alone


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("name", "", "at least 1 character"),
        ("name", "W" * 81, "at most 80 characters"),
        ("name", "Rowan\nWard", "must be one line"),
        (
            "specialty",
            "psychiatry",
            "'mental_health', 'dementia', 'learning_disability' or 'acute' (it says “psychiatry”)",
        ),
        ("front", "whatsapp", "'slack', 'teams' or 'browser' (it says “whatsapp”)"),
        ("timezone", "Europe/Lndon", "there is no time zone “Europe/Lndon”; for a ward in the UK write Europe/London"),
        ("nation", "England", "'ENG', 'WLS', 'SCT' or 'NIR' (it says “England”)"),
        ("huddle_times", "7.45", "“7.45” is not a time; write it like 07:45"),
        ("huddle_times", "07:45;24:00", "“24:00” is not a time"),
        ("huddle_times", "07:45;07:45", "the same time is there twice: 07:45"),
        ("huddle_times", "07:45;07:45 weekends", "the same time is there twice: 07:45"),
        (
            "huddle_times",
            "07:45 on weekdays",
            "“07:45 on weekdays” is not a time; write it like 07:45, or 07:45 weekdays",
        ),
        ("huddle_times", "", "write one to 6 times, like 07:45;19:45"),
        ("huddle_times", ";".join(f"{hour:02}:00" for hour in range(MOST_TIMES + 1)), "one to 6 times"),
        ("reminder_time", "11", "“11” is not a time"),
        ("reminder_time", "", "write one to 6 times"),
        ("digest_day", "someday", "“someday” is not a day; write monday to sunday"),
        ("digest_day", "", "“” is not a day"),
        ("digest_time", "09:00:00", "“09:00:00” is not a time"),
        ("digest_time", "noon", "“noon” is not a time"),
        ("shifts", "Night", "“Night” is not a shift; write it like Night 19:30-08:00"),
        ("shifts", "Night 19:30-24:00", "“Night 19:30-24:00” is not a shift"),
        ("shifts", "07:30-20:00", "“07:30-20:00” is not a shift"),
        ("shifts", f"{'N' * 31} 19:30-08:00", "is not a shift"),
        ("shifts", "Night 20:00-20:00", "“Night 20:00-20:00” is 24 hours long: a shift is at most 16"),
        ("shifts", "Night 20:00-19:30", "is 23.5 hours long"),
        ("shifts", "Day 07:00-19:00;Late 13:00-21:00", "overlap for longer than a handover of 2 hours"),
        ("shifts", "Late 13:00-22:00;Night 19:30-08:00", "overlap for longer than a handover of 2 hours"),
        ("shifts", "Day 07:00-15:00;day 14:00-20:00", "two shifts on the same days are called “day”"),
        (
            "shifts",
            ";".join(f"S{n} {2 * n:02}:00-{2 * n + 2:02}:00" for n in range(9)),
            "up to 8 shifts, and here are 9",
        ),
        ("nudge_after", "soon", "write a whole number from 0 to 240"),
        ("nudge_after", "-1", "write a whole number from 0 to 240"),
        ("most_posts", "1", "write a whole number from 2 to 8"),
        ("most_posts", "all", "write a whole number from 2 to 8"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(column: str, cell: str, said: str) -> None:
    """Each sort of cell, below a good row; the words say what would be right."""
    text = file(row(), row(**HAZEL | {column: cell}))

    assert faults(text) == [(3, column)]
    assert words(text).startswith(f"line 3, {column}: ")
    assert said in words(text)


@pytest.mark.parametrize("cell", ["", "#rowan", "My Trust", "c0rowan"])
@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("workspace", "a Slack channel needs its workspace's ID (T...)"),
        ("channel", "a Slack channel's ID begins with C and is at the bottom of its details"),
    ],
)
def test_a_slack_ward_needs_the_ids_of_its_workspace_and_channel(column: str, said: str, cell: str) -> None:
    """Not their names, which is the commonest mistake; in words that show what an id looks like."""
    text = file(row(**{column: cell}))

    assert faults(text) == [(2, column)]
    assert words(text).startswith(f"line 2, {column}: {said}")


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("workspace", "", "a Teams channel needs its tenant's ID, as TEAMS_TENANT_ID has it"),
        ("workspace", "my-trust.onmicrosoft.com", "a Teams channel needs its tenant's ID"),
        ("workspace", "T0WARDS", "a Teams channel needs its tenant's ID"),
        ("channel", "", "a Teams channel's ID begins with 19: and is in its link"),
        ("channel", "Rowan", "a Teams channel's ID begins with 19:"),
        ("channel", "19%3Arowan%40thread.tacv2", "without the %-signs"),
        ("channel", "19:rowan@thread.tacv2;messageid=1", "a Teams channel's ID begins with 19:"),
        ("leaders_channel", "C0LEADERS", "a Teams channel's ID begins with 19:"),
    ],
)
def test_a_teams_ward_needs_the_ids_of_its_tenant_and_channel(column: str, cell: str, said: str) -> None:
    """And a good row has them."""
    assert read_rows(file(row(**IN_TEAMS)), SECRET)[0][1].place(SECRET) == {
        "workspace": TENANT,
        "channel": "19:rowan@thread.tacv2",
    }
    text = file(row(**IN_TEAMS), row(**IN_TEAMS | HAZEL | {"channel": "19:hazel@thread.tacv2", column: cell}))

    assert faults(text) == [(3, column)]
    assert said in words(text)


@pytest.mark.parametrize("front", ["slack", "teams", "browser"])
@pytest.mark.parametrize(
    ("cell", "to"),
    [
        ("", None),
        (
            f"teams:{OTHER_TENANT}/19:lead@thread.tacv2",
            Destination("teams", {"workspace": OTHER_TENANT, "channel": "19:lead@thread.tacv2"}),
        ),
        ("slack:T1OTHER/C1LEAD", Destination("slack", {"workspace": "T1OTHER", "channel": "C1LEAD"})),
        ("page:0123abcd", Destination("browser", {"page": "0123abcd"})),
        ("workflow:Matrons north", Destination("workflow", {"name": "Matrons north"})),
    ],
)
def test_leaders_may_read_on_any_front(front: str, cell: str, to: Destination | None) -> None:
    """Whichever the ward's own is; and the cell comes out again as it went in."""
    own = {"slack": {}, "teams": IN_TEAMS, "browser": {"front": "browser", "workspace": "", "channel": ""}}[front]
    [(_, read)] = read_rows(file(row(**own | {"leaders_channel": cell})), SECRET)

    assert read.leaders_at(SECRET) == to
    assert leaders_cell(ward_of(read)) == cell


def test_leaders_beside_the_ward_need_only_their_channel() -> None:
    """On its own front and in its own workspace; another workspace is named, also on export."""
    beside, other = (row(leaders_channel=cell) for cell in ("slack:T0WARDS/C0LEADERS", "slack:T1OTHER/C0LEADERS"))

    [first, second] = [WardRow.model_validate(one) for one in (beside, other)]
    assert leaders_cell(ward_of(first)) == "C0LEADERS"
    assert leaders_cell(ward_of(second)) == "slack:T1OTHER/C0LEADERS"


@pytest.mark.parametrize("front", ["slack", "browser"])
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("teams:19:lead@thread.tacv2", "a Teams channel needs its tenant's ID"),
        ("teams:my-trust/19:lead@thread.tacv2", "a Teams channel needs its tenant's ID"),
        (f"teams:{TENANT}/lead", "a Teams channel's ID begins with 19:"),
        (f"teams:{TENANT}/", "a Teams channel's ID begins with 19:"),
        ("slack:C0LEADERS", "a Slack channel needs its workspace's ID (T...)"),
        ("slack:T0WARDS/#leaders", "a Slack channel's ID begins with C"),
        ("page:", "the page's own key is missing after page:"),
        ("workflow:", "write the channel's name in TEAMS_WORKFLOWS"),
        ("workflow:a/b", "write the channel's name in TEAMS_WORKFLOWS"),
    ],
)
def test_leaders_that_can_not_be_there_are_named(front: str, cell: str, said: str) -> None:
    """A browser ward may call its leaders' page as it likes, but not as another front's channel."""
    own = {} if front == "slack" else {"front": "browser", "workspace": "", "channel": ""}
    text = file(row(), row(**HAZEL | own | {"leaders_channel": cell}))

    assert faults(text) == [(3, "leaders_channel")]
    assert said in words(text)


def test_leaders_of_a_slack_ward_have_an_id_too() -> None:
    """Or nothing at all."""
    assert faults(file(row(leaders_channel="#leaders"))) == [(2, "leaders_channel")]
    assert read_rows(file(row(leaders_channel="")), SECRET)


def test_a_page_needs_its_key() -> None:
    """Without, it would have no address."""
    text = file(row(front="browser", workspace="", channel="page:", leaders_channel=""))
    assert words(text).startswith("line 2, channel: the page's own key is missing after page:")


def test_a_cell_over_two_lines_is_refused_with_words_or_names_a_page() -> None:
    """A page's word is hidden in its address, whatever it is."""
    assert "begins with C" in words(file(row(channel="C0\nROWAN")))
    assert read_rows(file(row(front="browser", workspace="", channel="elm\nash", leaders_channel="")), SECRET)


@pytest.mark.parametrize("cell", ["rowan", "Rowan Ward 2", "rowan.leaders_2-b", "Ołów", "7"])
def test_a_one_way_channel_is_named(cell: str) -> None:
    """As TEAMS_WORKFLOWS names it; spaces around it are none of it."""
    [(_, read)] = read_rows(file(row(workflow=f" {cell} ")), SECRET)
    assert read.workflow == cell


@pytest.mark.parametrize("cell", ["rowan/hazel", "rowan:1", "rowan\nhazel", "w" * 81, "-rowan", '{"rowan"}'])
def test_a_one_way_channel_that_is_no_name_is_refused(cell: str) -> None:
    """By line and column, with what would be right."""
    text = file(row(), row(**HAZEL | {"workflow": cell}))

    assert faults(text) == [(3, "workflow")]
    assert "write the channel's name in TEAMS_WORKFLOWS" in words(text)


@pytest.mark.parametrize("front", ["slack", "teams", "browser"])
@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("workflow", SIGNED),
        ("workflow", SIGNED.removeprefix("https://")),
        ("leaders_channel", SIGNED),
        ("leaders_channel", f"workflow:{SIGNED}"),
    ],
)
def test_a_workflows_address_in_a_cell_is_refused_and_not_shown(front: str, column: str, cell: str) -> None:
    """It is a secret: it must not come into the database, an export or a log."""
    own = {"slack": {}, "teams": IN_TEAMS, "browser": {"front": "browser", "workspace": "", "channel": ""}}[front]
    text = file(row(**own | {column: cell}))

    assert faults(text) == [(2, column)]
    assert "flows.example" not in words(text) and "very-secret" not in words(text)


def test_a_time_zone_left_empty_is_the_uks() -> None:
    """Which nearly every ward is in."""
    assert read_rows(file(row(timezone="")), SECRET)[0][1].timezone == "Europe/London"


def test_a_browser_ward_needs_neither() -> None:
    """Its page's address is made."""
    assert [line for line, _ in read_rows(file(row(front="browser", workspace="", channel="")), SECRET)] == [2]


def test_many_faults_are_named_at_once_in_the_order_of_lines() -> None:
    """A trust mends its file once, not fault by fault."""
    text = file(
        row(specialty="psychiatry", huddle_times="7.45;25:00", digest_day="mo"),
        row(**HAZEL),
        row(name="Birch", channel="C0HAZEL", nation="FR"),
        row(name="Hazel", channel="C0HAZEL"),
    )

    assert faults(text) == [
        (2, "specialty"),
        (2, "huddle_times"),
        (2, "digest_day"),
        (4, "nation"),
        (5, "name"),
        (5, "channel"),
    ]
    assert "“7.45” is not a time" in words(text)
    assert "“25:00” is not a time" in words(text)


def test_the_same_ward_twice_is_named_with_the_line_of_the_first() -> None:
    """Spaces around a name make no other ward."""
    text = file(row(), row(**HAZEL), row(name=" Rowan ", channel="C0OTHER"))

    assert words(text) == "line 4, name: the same ward is on line 2 already"


def test_the_same_channel_twice_is_named_with_the_line_of_the_first() -> None:
    """Two wards can't share a channel; in another workspace the same id is another channel."""
    text = file(row(), row(name="Hazel", workspace="T0OTHER"), row(name="Birch"))

    assert words(text) == "line 4, channel: the ward on line 2 has this channel already"


def test_the_same_page_twice_is_found_however_it_is_written() -> None:
    """A page may be named by the ward, by a word or by its key; a workspace means nothing to it."""
    plain = {"front": "browser", "workspace": "", "leaders_channel": ""}
    key = WardRow.model_validate({**row(**plain, channel=""), "name": "Rowan"}).place(SECRET)["page"]
    text = file(
        row(**plain | {"channel": ""}),
        row(**plain | {"name": "Hazel", "channel": "Rowan"}),
        row(**plain | {"name": "Birch", "channel": f"page:{key}"}),
        row(**plain | {"name": "Alder", "channel": "Rowan", "workspace": "T0WARDS"}),
    )

    assert faults(text) == [(3, "channel"), (4, "channel"), (5, "channel")]


def test_a_missing_a_doubled_and_an_unknown_column_are_named_on_line_one() -> None:
    """Before any row is looked at."""
    heading = HEADING.replace("nation,", "country,").replace("digest_day,", "").replace("managers", "name")

    assert faults(f"{heading}\nRowan\n") == [(1, "nation"), (1, "digest_day"), (1, "country"), (1, "name")]
    said = words(f"{heading}\n")
    assert "line 1, nation: this column is missing" in said
    assert "line 1, country: this column is not known" in said
    assert "line 1, name: this column is there twice" in said


def test_a_column_without_a_name_is_not_known() -> None:
    """As a spreadsheet leaves one behind."""
    assert words(f"{HEADING},\n") == "line 1, (empty): this column is not known"


def test_the_columns_that_came_later_may_be_left_out() -> None:
    """A file of an earlier version is still good."""
    optional = tuple(name for name in COLUMNS if name not in NEEDED)

    [(_, read)] = read_rows(file_without(optional, row()), SECRET)
    assert (read.managers, read.workflow, read.shifts, read.nudge_after, read.most_posts) == ((), "", (), 45, None)
    assert read.leaders == ()


def test_shifts_and_times_with_days_are_read() -> None:
    """As people write them; a range may have a longer dash."""
    cells = {
        "shifts": "Long  day 7:30\u201320:00 ; Night 19:30 - 08:00 weekends",
        "huddle_times": "9:00 Weekends;7:45 weekdays",
    }

    [(_, read)] = read_rows(file(row(**cells, nudge_after="0", most_posts="3")), SECRET)
    assert read.shifts == ("Long day 07:30-20:00", "Night 19:30-08:00 weekends")
    assert read.huddle_times == ("07:45 weekdays", "09:00 weekends")
    assert (read.nudge_after, read.most_posts) == (0, 3)


@pytest.mark.parametrize("cell", ["europe/london", "Europe/London", "america/st johns", "utc"])
def test_a_time_zone_is_known_however_it_is_written(cell: str) -> None:
    """Large or small letters, and a space for the low line."""
    [(_, read)] = read_rows(file(row(timezone=cell)), SECRET)
    assert read.timezone.lower() == cell.lower().replace(" ", "_")


def test_columns_may_come_in_any_order_with_spaces() -> None:
    """Only their names matter."""
    names = list(reversed(COLUMNS))
    text = " , ".join(names) + "\n" + ",".join(GOOD[name] for name in names) + "\n"

    assert read_rows(text, SECRET) == read_rows(file(row()), SECRET)


@pytest.mark.parametrize(("cells", "number"), [("Hazel,acute", 2), (",".join(["x"] * 19), 19)])
def test_a_short_or_long_row_is_named(cells: str, number: int) -> None:
    """And the rows around it are still looked at."""
    text = file(row()) + cells + "\n" + file(row(**BIRCH | {"nation": "FR"})).splitlines()[1] + "\n"

    assert faults(text) == [(3, "row"), (4, "nation")]
    assert f"line 3, row: it has {number} cells, and the heading has {len(COLUMNS)}" in words(text)


@pytest.mark.parametrize("text", ["", "\ufeff", "\n \n,,\n"])
def test_an_empty_file_is_said_to_be_empty_and_what_it_needs(text: str) -> None:
    """Nothing at all, or only a mark at its beginning, or empty cells."""
    named = f"{', '.join(NEEDED[:-1])} and {NEEDED[-1]}"

    assert words(text) == f"line 1, row: the file is empty; its first line must name the columns {named}"


def test_a_heading_may_be_in_capitals_and_parted_by_semicolons() -> None:
    """As Excel saves it where a comma parts decimals; a cell with a semicolon is then in quotation marks."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=";", lineterminator="\r\n")
    writer.writerow({name: name.title() for name in COLUMNS})
    writer.writerow(row())

    assert read_rows("\ufeff" + out.getvalue(), SECRET) == read_rows(file(row()), SECRET)


def test_a_heading_alone_has_no_ward() -> None:
    """An import of nothing is a mistake, and says so."""
    assert words(HEADING + "\n\n\n") == "line 1, row: there is no ward below the heading"


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    """Excel writes one."""
    assert read_rows("\ufeff" + file(row()), SECRET) == read_rows(file(row()), SECRET)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_number_is_the_one_that_an_editor_shows(end: str) -> None:
    """Below empty lines and quoted line breaks; a row that goes over several lines is named by its first."""
    text = file(
        row(huddle_times="07:45;\n19:45"),
        row(**HAZEL | {"nation": "FR"}),
        row(**BIRCH | {"name": "Birch\nWard"}),
        row(name="Linden", channel="C0LINDEN", digest_day="x"),
    )
    lines = text.splitlines()
    text = end.join([*lines[:3], "", "", *lines[3:]]) + end

    assert lines[1].startswith("Rowan") and lines[3].startswith("Hazel")
    assert faults(text) == [(6, "nation"), (7, "name"), (9, "digest_day")]


def test_a_quoted_line_break_within_a_list_is_no_fault() -> None:
    """A spreadsheet's cell may have been typed on two lines."""
    [(line, read)] = read_rows(file(row(huddle_times="07:45;\n19:45")), SECRET)

    assert (line, read.huddle_times) == (2, ("07:45", "19:45"))


def test_a_quote_that_is_never_closed_is_named_where_it_begins() -> None:
    """It swallows the rest of the file, so the last line would tell nothing."""
    text = file(row(), row(**HAZEL), row(**BIRCH)).replace("Hazel", '"Hazel')

    assert faults(text) == [(3, "row")]


def test_what_is_no_csv_at_all_is_said_and_not_raised() -> None:
    """A cell beyond any bound, as in a file that is no table."""
    text = f"{HEADING}\n{'x' * 200_000}\n"

    assert faults(text) == [(2, "row")]
    assert "it can't be read" in words(text)


def test_times_and_days_are_understood_as_people_write_them() -> None:
    """Short days, single digits, spaces, times out of order."""
    [(_, read)] = read_rows(file(row(huddle_times=" 19:45 ; 7:45;", digest_day="Wed", digest_time="9:05")), SECRET)

    assert (read.huddle_times, read.digest_day, read.digest_time) == (("07:45", "19:45"), 2, "09:05")


# A file and a database


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Store]:
    """The database's store."""
    store = Store(Settings(_env_file=None, database_url=database_url).sqlalchemy_url)
    yield store
    await store.close()


async def take(store: Store, text: str, now: datetime = NOW) -> tuple[list[str], int]:
    """Import a file as the command does; the wards' names, and how many were new."""
    async with store() as session:
        wards, new = await import_wards(session, text, SECRET, now)
        return [ward.name for ward in wards], new


async def everything(store: Store) -> list[list[dict[str, object]]]:
    """Every row that an import could touch."""
    async with store() as session:
        return [await _rows(session, table) for table in (Ward, Schedule, Occurrence)]


async def _rows(session: Session, table: type[Ward] | type[Schedule] | type[Occurrence]) -> list[dict[str, object]]:
    return [one.model_dump() for one in (await session.exec(select(table).order_by("id"))).all()]


async def exported(store: Store) -> str:
    """What `bot wards export` writes."""
    async with store() as session:
        return write_rows(await every_ward(session))


async def test_a_wrong_file_changes_nothing(database_url: str) -> None:
    """One fault in the last row keeps the good rows and changes out too."""
    async with opened(database_url) as store:
        await take(store, file(row(), row(**HAZEL)))
        before = await everything(store)

        with pytest.raises(CsvError):
            await take(store, file(row(reminder_time="12:00"), row(**BIRCH), row(name="Linden", nation="FR")))

        assert await everything(store) == before


async def test_the_channel_of_another_ward_is_named_with_that_ward(database_url: str) -> None:
    """Two lines at once; nothing is changed, not even the good row."""
    async with opened(database_url) as store:
        await take(store, file(row(), row(**HAZEL)))
        before = await everything(store)

        with pytest.raises(CsvError) as caught:
            await take(
                store, file(row(**BIRCH), row(name="Linden"), row(name="Alder", channel="C0HAZEL", front="slack"))
            )

        assert str(caught.value).splitlines() == [
            "line 3, channel: this is the channel of the ward “Rowan”",
            "line 4, channel: this is the channel of the ward “Hazel”",
        ]
        assert await everything(store) == before


async def test_the_same_file_again_changes_and_repeats_nothing(database_url: str) -> None:
    """Hours later, too: no schedule moves, nothing becomes due twice."""
    async with opened(database_url) as store:
        assert await take(store, EXAMPLE.read_text()) == (["Rowan", "Hazel", "Birch", "Linden", "Alder"], 5)
        before = await everything(store)

        assert (await take(store, EXAMPLE.read_text(), NOW + timedelta(minutes=50)))[1] == 0

        assert await everything(store) == before


async def test_a_changed_row_changes_that_ward_alone_from_its_next_time(database_url: str) -> None:
    """The other ward's schedules, and this one's that stay, keep their next instant."""
    async with opened(database_url) as store:
        await take(store, file(row(), row(**HAZEL)))
        wards_before, schedules_before, _ = await everything(store)

        await take(store, file(row(reminder_time="12:30")), NOW + timedelta(hours=1))

        wards, schedules, _ = await everything(store)
        assert wards == [wards_before[0] | {"reminder_times": ["12:30"]}, wards_before[1]]
        gone = [one for one in schedules_before if one not in schedules]
        came = [one for one in schedules if one not in schedules_before]
        assert {(one["kind"], one["slot"]) for one in gone} == {("reminder", "11:00"), ("scenario", "13:00")}
        assert {(one["kind"], one["slot"], one["next_due_at"]) for one in came} == {
            ("reminder", "12:30", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
            ("scenario", "14:30", datetime(2026, 11, 24, 14, 30, tzinfo=UTC)),
        }


async def test_managers_left_empty_stay_and_a_leaders_channel_left_empty_is_taken_away(database_url: str) -> None:
    """Managers are set in chat, which a file may not know; who reads a ward's figures can be ended by file."""
    async with opened(database_url) as store:
        await take(store, file(row()))
        async with store() as session:
            [before] = await every_ward(session)
        assert before.managers
        assert before.leaders_place

        await take(store, file(row(managers="", leaders_channel="")))
        async with store() as session:
            [after] = await every_ward(session)
        assert after.managers == before.managers
        assert after.leaders_place is None


async def test_a_one_way_channel_left_empty_is_taken_away_and_left_out_stays(database_url: str) -> None:
    """A file of the columns that were published before Teams does not speak of it."""
    older = file_without(("workflow",), row())
    async with opened(database_url) as store:
        found = []
        for text in (older, file(row(workflow="rowan")), older, file(row(workflow="")), older):
            await take(store, text)
            [[ward], schedules, _] = await everything(store)
            found.append(
                (ward["workflow"], sorted(str(one["kind"]) for one in schedules if "copy" in str(one["kind"])))
            )

    copies = ["digest_copy", "reminder_copy"]
    assert found == [(None, []), ("rowan", copies), ("rowan", copies), (None, []), (None, [])]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("U0LEAD; jane@trust.example", "a Slack member's ID begins with U"),
        ("C0ROWAN", "Copy member ID"),
        (";".join(f"U0LEAD{n}" for n in range(11)), "write at most 10"),
    ],
)
def test_a_leader_is_named_by_a_members_id(cell: str, said: str) -> None:
    """Else nobody would be the leader, and nobody would be told."""
    assert faults(file(row(leaders=cell))) == [(2, "leaders")]
    assert said in words(file(row(leaders=cell)))


def test_a_leader_in_teams_is_named_by_their_object_id() -> None:
    """And is not the manager of another front."""
    [(_, read)] = read_rows(file(row(**IN_TEAMS, leaders=f"{TENANT};{OTHER_TENANT}")), SECRET)
    assert read.leaders == (TENANT, OTHER_TENANT)
    assert faults(file(row(**IN_TEAMS, leaders="U0LEAD"))) == [(2, "leaders")]


async def test_leaders_left_out_stay_and_left_empty_are_taken_away(database_url: str) -> None:
    """A file of an earlier version does not speak of them."""
    async with opened(database_url) as store:
        found = []
        for text in (file(row(leaders="U0LEAD;U0MATRON")), file_without(("leaders",), row()), file(row())):
            await take(store, text)
            [[ward], *_] = await everything(store)
            found.append(ward["leaders"])

    assert found == [["U0LEAD", "U0MATRON"], ["U0LEAD", "U0MATRON"], []]


async def test_what_an_older_file_does_not_speak_of_stays(database_url: str) -> None:
    """Shifts and the like; an empty cell sets them back."""
    chosen = {"shifts": "Long day 07:30-20:00;Night 19:30-08:00", "nudge_after": "0", "most_posts": "3"}
    async with opened(database_url) as store:
        found = []
        for text in (file(row(**chosen)), file_without(tuple(chosen), row()), file(row(nudge_after=""))):
            await take(store, text)
            [[ward], *_] = await everything(store)
            found.append([ward[name] for name in chosen])

    assert found[0] == found[1] == [["Long day 07:30-20:00", "Night 19:30-08:00"], 0, 3]
    assert found[2] == [[], 45, None]


async def test_wards_may_swap_their_channels(database_url: str) -> None:
    """And move in a ring; no file that leaves each with one channel is refused."""
    async with opened(database_url) as store:
        await take(store, file(row(), row(**HAZEL), row(**BIRCH)))

        await take(
            store,
            file(row(channel="C0HAZEL"), row(**HAZEL | {"channel": "C0BIRCH"}), row(**BIRCH | {"channel": "C0ROWAN"})),
        )

        async with store() as session:
            channels = {ward.name: ward.place["channel"] for ward in await every_ward(session)}
        assert channels == {"Rowan": "C0HAZEL", "Hazel": "C0BIRCH", "Birch": "C0ROWAN"}
        assert (await take(store, await exported(store)))[1] == 0


async def test_a_channel_is_free_once_its_ward_moves_away_in_the_same_file(database_url: str) -> None:
    """The new ward may even stand above the one that leaves."""
    async with opened(database_url) as store:
        await take(store, file(row()))

        assert await take(store, file(row(name="Hazel"), row(channel="C0NEW"))) == (["Hazel", "Rowan"], 1)


async def test_a_new_channel_lets_a_paused_ward_go_on(database_url: str) -> None:
    """The old channel can't be posted to; in the same channel the ward stays paused."""
    async with opened(database_url) as store:
        await take(store, file(row()))
        async with store() as session:
            [ward] = await every_ward(session)
            ward.paused_reason = "is_archived"
        await take(store, file(row(reminder_time="12:00")))
        [[same], *_] = await everything(store)
        await take(store, file(row(channel="C0NEW")))
        [[moved], *_] = await everything(store)

        assert (same["paused_reason"], moved["paused_reason"]) == ("is_archived", None)


PAGE = {"front": "browser", "workspace": "", "leaders_channel": "", "managers": ""}
AWKWARD = ("=1+1", "+44", "-", "@here", "'=1", "''=1", "'Tis", "O'Neill", 'The "Oak", East', "Żółw 木", "- ; -", "0012")


def ward_of(one: WardRow) -> Ward:
    """The ward that a row makes, without a database."""
    values = {name: getattr(one, name) for name in Ward.model_fields if name in WardRow.model_fields}
    values |= {name: list(values[name]) for name in ("shifts", "huddle_times", "managers", "leaders")}
    made = Ward(**values, reminder_times=list(one.reminder_time), place=one.place(SECRET), place_key="")
    made.leaders_channel = one.leaders_at(SECRET)
    return made


async def test_what_is_exported_can_be_imported_elsewhere_and_comes_out_the_same(database_url: str) -> None:
    """Names that a spreadsheet, a CSV reader or a careless escape would spoil; and again into the same database."""
    cells = [row(name=name, channel=f"C{place}", managers="=U1;@U2") for place, name in enumerate(AWKWARD)]
    cells += [row(name="Alder", channel="", **PAGE), row(name="Elm", channel="elm", **PAGE | {"leaders_channel": "m"})]
    cells += [row(name="Ash", workflow="Ash 1", **IN_TEAMS), row(name="Yew", channel="CYEW", workflow="Ash 1")]
    elsewhere = (f"teams:{TENANT}/19:lead@thread.tacv2", "slack:T1OTHER/C1LEAD", "page:0123", "workflow:Ash 1")
    cells += [row(name=f"Oak {n}", channel=f"COAK{n}", leaders_channel=to) for n, to in enumerate(elsewhere)]
    text = write_rows([ward_of(WardRow.model_validate(one)) for one in cells])
    async with opened(database_url) as store:
        assert await take(store, text) == ([one["name"] for one in cells], len(cells))
        before = await everything(store)
        out = await exported(store)

        assert sorted(out.splitlines()) == sorted(text.splitlines())
        assert (await take(store, out))[1] == 0
        assert await everything(store) == before


# A file on its way out


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "'=1"])
def test_no_cell_of_an_export_is_a_formula(name: str) -> None:
    """A spreadsheet shows it with an apostrophe, and runs nothing (OWASP, CSV Injection)."""
    cells = row(name=name, front="browser", channel="=C", leaders_channel="+C", managers="@U;=U")
    out = write_rows([ward_of(WardRow.model_validate(cells))])

    assert f"\n'{name}," in out
    assert not [cell for line in csv.reader(io.StringIO(out)) for cell in line if cell[:1] in ("=", "+", "-", "@")]


def printable(most: int, without: str = "") -> st.SearchStrategy[str]:
    """Text of one line that is still there when the spaces around it are gone."""
    letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=without)
    formulas = st.sampled_from(["=", "+", "-", "@", "'", "'=", "''@"])
    text = st.text(letters, min_size=1, max_size=most - 4) | st.builds(
        str.__add__, formulas, st.text(letters, max_size=9)
    )
    return text.map(str.strip).filter(bool)


CLOCKS = st.times().map(lambda at: f"{at:%H:%M}")
TIMES = st.lists(
    st.tuples(CLOCKS, st.sampled_from(["", " weekdays", " weekends"])).map("".join),
    min_size=1,
    max_size=MOST_TIMES,
    unique_by=lambda time: time[:5],
).map(";".join)
Rows = st.SearchStrategy[dict[str, str]]
ELSEWHERE = (f"teams:{TENANT}/19:lead@thread.tacv2", "slack:T1OTHER/C1LEAD", "page:0123", "workflow:Ash 1")
ANYWHERE = st.fixed_dictionaries(
    {
        "name": printable(80),
        "specialty": st.sampled_from(["mental_health", "dementia", "learning_disability", "acute"]),
        "leaders_channel": st.just("") | st.sampled_from(ELSEWHERE),
        "timezone": st.sampled_from(["Europe/London", "Europe/Belfast", "Asia/Kathmandu", "UTC"]),
        "nation": st.sampled_from(["ENG", "WLS", "SCT", "NIR"]),
        "huddle_times": TIMES,
        "reminder_time": TIMES,
        "digest_day": st.sampled_from(DAY_NAMES),
        "digest_time": CLOCKS,
        "managers": st.lists(printable(20, without=";"), max_size=3).map(";".join),
        "workflow": st.just("") | st.from_regex(WORKFLOW_NAME, fullmatch=True),
        "shifts": st.sampled_from(
            ["", *(";".join(pattern) for pattern in PATTERNS.values()), "=1 08:00-16:00 weekends"]
        ),
        "nudge_after": st.just("") | st.integers(0, 240).map(str),
        "most_posts": st.just("") | st.integers(2, 8).map(str),
    }
)
SLACK_CHANNELS = st.from_regex("[CG][A-Z0-9]{1,10}", fullmatch=True)
MEMBERS = st.from_regex("[UW][A-Z0-9]{1,10}", fullmatch=True)
TEAMS_CHANNELS = st.from_regex("19:[a-z0-9_-]{1,10}@thread[.](tacv2|v2|skype)", fullmatch=True)


def cells_at(
    front: str, workspaces: st.SearchStrategy[str], channels: st.SearchStrategy[str], people: st.SearchStrategy[str]
) -> Rows:
    """Rows of a front, and some with leaders beside their wards."""
    leaders = st.lists(people, max_size=3, unique=True).map(";".join)
    place = {"front": st.just(front), "workspace": workspaces, "channel": channels, "leaders": leaders}
    beside = st.fixed_dictionaries({}, optional={"leaders_channel": channels})
    return st.builds(lambda *cells: cells[0] | cells[1] | cells[2], ANYWHERE, st.fixed_dictionaries(place), beside)


ROWS = (
    cells_at("slack", st.from_regex("[TE][A-Z0-9]{1,10}", fullmatch=True), SLACK_CHANNELS, MEMBERS)
    | cells_at("teams", st.uuids().map(str), TEAMS_CHANNELS, st.uuids().map(str))
    | cells_at("browser", st.just(""), SLACK_CHANNELS, printable(20, without=";"))
)


def once_each(rows: list[WardRow]) -> bool:
    """Whether no two rows have the same ward or the same place."""
    places = {(one.front, *sorted(one.place(SECRET).items())) for one in rows}
    return len(places) == len({one.name for one in rows}) == len(rows)


@given(st.lists(ROWS.map(WardRow.model_validate), min_size=1, max_size=4).filter(once_each))
def test_any_wards_survive_export_and_import(rows: list[WardRow]) -> None:
    """Whatever their names, channels and managers are: every field, and where they talk."""
    wards = [ward_of(one) for one in rows]

    back = [one for _, one in read_rows(write_rows(wards), SECRET)]

    assert back == [WardRow.of(ward) for ward in wards]
    assert [(one.place(SECRET), one.leaders_at(SECRET)) for one in back] == [
        (ward.place, ward.leaders_channel) for ward in wards
    ]


@given(st.text())
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    """Whatever is below the heading, no fault of ours comes up."""
    for given_text in (text, f"{HEADING}\n{text}"):
        try:
            read_rows(given_text, SECRET)
        except CsvError as error:
            assert error.faults
