"""`bot board` from outside: the PDF of a month or quarter that is over, and what it never shows; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
import os
from pathlib import Path
import re
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from typer.testing import CliRunner

from bot.board.period import Period, month, quarter
from bot.cli import app
from bot.handlers.wards_csv import import_wards
from bot.settings import Settings
from bot.store.database import Store
from bot.store.wards import every_ward
from tests.pdf import tags, whole_text_of
from tests.stage import near_miss, settings_for
from tests.stories.conftest import COLUMNS as HEADING

TODAY = datetime.now(ZoneInfo("Europe/London")).date()
PERIOD = month(f"{TODAY.replace(day=1) - timedelta(days=1):%Y-%m}")
"""The last month that is over."""
WEEKS = 20
FIRST = PERIOD.sunday - timedelta(days=WEEKS * 7 - 1)
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,"
TRUST = {"Alder": 20, "Birch": 0, "Cedar": 20, "Elm": 30, "Hazel": 3, "Rowan": 2}
"""Near misses a week of each ward; every other week one more, where there are five or more."""
CHANGED = 97
"""What they were on Elm in the last four weeks."""

Run = Callable[..., Any]
Fill = Callable[[Mapping[str, int]], None]


@pytest.fixture
def board(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        monkeypatch.delenv(name)
    environment = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": database_url, "SECRET_KEY": "for-tests"}
    return lambda *words, **more: CliRunner().invoke(
        app, ["board", *words], env=environment | more, catch_exceptions=False
    )


@pytest.fixture
def fill(database_url: str, tmp_path: Path) -> Fill:
    """Gives wards twenty weeks of near misses up to the period's last whole week, and one more the day after."""

    async def keep(wards: Mapping[str, int]) -> None:
        store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
        async with store() as session:
            rows = (f"{name},acute,browser,,,,{TIMES}" for name in wards)
            await import_wards(session, "\n".join((HEADING, *rows)), "secret", datetime.now(ZoneInfo("UTC")))
            for ward in await every_ward(session):
                for week in range(WEEKS if wards[ward.name] else 0):
                    usual = wards[ward.name] + (week % 2 if wards[ward.name] >= 5 else 0)
                    for number in range(CHANGED if ward.name == "Elm" and week >= WEEKS - 4 else usual):
                        day = FIRST + timedelta(weeks=week, days=number % 7)
                        session.add(near_miss(ward.key, f"{ward.key}-{week}-{number}", day))
            session.add(near_miss(ward.key, "after", PERIOD.sunday + timedelta(days=1)))
        await store.close()

    return lambda wards: asyncio.run(keep(wards))


def made(file: str = f"board-{PERIOD.name}.pdf") -> bytes:
    """The PDF that was written."""
    return Path(file).read_bytes()


def test_the_report_says_what_changed_and_where(board: Run, fill: Fill) -> None:
    """All wards together, the ward with a real change first, then by name, and the method."""
    fill(TRUST)
    ran = board("--month", PERIOD.name)
    assert (ran.exit_code, ran.stderr, ran.stdout) == (0, "", f"Written to board-{PERIOD.name}.pdf\n")
    text = whole_text_of(made())
    assert f"Board report: {PERIOD.title} 6 wards. Whole weeks only, Monday to Sunday" in text
    assert "All wards together: what changed for real Near misses: a real change - the week's 144 is above" in text
    assert "A real change on 1 of 6 wards: first, by name" in text
    assert "2.66 times the mean moving range" in text
    assert "From 5 of 6 wards." in text, "one has no figures"
    by_ward = text[text.index("Ward by ward") : text.index("All wards together: the charts")]
    places = [by_ward.index(f"{name} ") for name in ("Elm", "Alder", "Birch", "Cedar", "Hazel", "Rowan")]
    assert places == sorted(places)
    assert f"Elm Near misses: a real change - the week's {CHANGED} is above" in by_ward
    for name in ("Hazel", "Rowan"):
        assert f"{name} Of the 10 measures: too little data in 6, small numbers (not shown) in 4." in by_ward


def test_a_total_that_would_tell_a_small_number_is_not_shown(board: Run, fill: Fill) -> None:
    """Neither in words nor in a chart: one ward's small number is all there is."""
    fill({"Birch": 0, "Rowan": 3})
    assert board("--month", PERIOD.name).exit_code == 0
    text = whole_text_of(made())
    assert "Not shown, for small numbers could point at a person: near misses" in text
    assert "the charts" not in text[: text.index("How this was worked out")]
    assert "Figure" not in [kind for page in range(pages()) for kind, _ in tags(made(), page)]


def test_no_other_number_tells_a_small_one(board: Run, fill: Fill) -> None:
    """Who knows the total could work it out from the next larger ward, and who knows that one from the other."""
    fill({"Alder": 53, "Rowan": 3, "Cedar": 71})
    assert board("--month", PERIOD.name).exit_code == 0
    text = whole_text_of(made())
    assert "Near misses: no real change. The week's 129 is" in text
    for name in ("Alder", "Cedar", "Rowan"):
        assert f"{name} Of the 10 measures: too little data in 6, small numbers (not shown) in 4." in text


@pytest.mark.parametrize(
    ("fewest", "told", "span"),
    [("3", ["Alder", "Cedar", "Hazel", "Rowan"], "1 to 2"), ("5", ["Cedar"], "1 to 4"), ("10", ["Cedar"], "1 to 9")],
)
def test_which_numbers_are_small_is_for_a_deployment_to_say(
    fewest: str, told: list[str], span: str, board: Run, fill: Fill
) -> None:
    """And the last page says which they are. Two wards with few keep each other's secret."""
    fill({"Alder": 8, "Cedar": 20, "Hazel": 4, "Rowan": 3})
    assert board("--month", PERIOD.name, FEWEST_SHOWN=fewest).exit_code == 0
    text = whole_text_of(made())
    by_ward = text[text.index("Ward by ward") : text.index("How this was worked out")]
    assert re.findall(r"(\w+) Of the 10 measures: no real change", by_ward) == told
    assert f"Numbers from {span} could point at a person." in text


def pages() -> int:
    """How many there are."""
    return len(pypdfium2.PdfDocument(made()))


def test_a_screen_reader_finds_its_way(board: Run, fill: Fill) -> None:
    """Title, language, headings, an outline, and what each chart shows, on every page."""
    fill(TRUST)
    board("--month", PERIOD.name)
    document = pypdfium2.PdfDocument(made())
    title = f"Board report: {PERIOD.title}"
    assert document.is_tagged()
    assert document.get_metadata_value("Title") == title
    assert b"/Lang (en-GB)" in made()
    assert [round(points / 72 * 25.4) for points in document[0].get_size()] == [210, 297]
    found = [tag for page in range(len(document)) for tag in tags(made(), page)]
    assert [kind for kind, _ in found].count("H1") == 1
    outline = [entry.get_title() for entry in document.get_toc()]
    assert (outline[0], outline[-1]) == (title, "How this was worked out")
    assert len(outline) == 1 + [kind for kind, _ in found].count("H2")
    alts = [alt for kind, alt in found if kind == "Figure"]
    assert any(alt.startswith("Line chart of near misses a week, 20 points") for alt in alts)
    assert all(tags(made(), page) for page in range(len(document)))


@pytest.mark.parametrize(("wards", "said"), [({}, "There is no ward yet."), ({"Birch": 0}, "Nothing to tell yet")])
def test_without_figures_it_says_so(board: Run, fill: Fill, wards: dict[str, int], said: str) -> None:
    """No made-up figure, no chart; the method is there all the same."""
    if wards:
        fill(wards)
    ran = board("--month", PERIOD.name, "--out", "empty.pdf")
    assert (ran.exit_code, ran.stdout) == (0, "Written to empty.pdf\n")
    text = whole_text_of(made("empty.pdf"))
    assert said in text and "How this was worked out" in text
    assert "real change on" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of them"),
        (("--month", "2026-01", "--quarter", "2026-Q1"), "give one of them"),
        (("--month", "2026-13"), "--month: “2026-13” is not a month; write it like 2026-10"),
        (("--month", "0001-01"), "is not a month"),
        (("--month", "october"), "is not a month"),
        (("--quarter", "2026-Q5"), "--quarter: “2026-Q5” is not a quarter"),
        (("--month", f"{TODAY:%Y-%m}"), "is not over yet"),
        (("--quarter", "2099-Q4"), "October to December 2099 is not over yet"),
        (("--month", PERIOD.name, "--out", "report.doc"), "does not end in .pdf"),
        (("--month", PERIOD.name, "--out", "nowhere/report.pdf"), "No such file or directory"),
    ],
)
def test_what_is_typed_wrong_is_said_on_stderr(board: Run, words: tuple[str, ...], said: str) -> None:
    """With exit code 2, nothing on stdout and no file."""
    ran = board(*words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert not list(Path().glob("*.pdf"))


@pytest.mark.parametrize(
    ("period", "title", "monday", "sunday"),
    [
        (month("2026-10"), "October 2026", date(2026, 9, 28), date(2026, 10, 25)),
        (month("2026-05"), "May 2026", date(2026, 4, 27), date(2026, 5, 31)),
        (month("2027-02"), "February 2027", date(2027, 2, 1), date(2027, 2, 28)),
        (quarter("2026-q3"), "July to September 2026", date(2026, 6, 29), date(2026, 9, 27)),
        (quarter("2026-Q4"), "October to December 2026", date(2026, 9, 28), date(2026, 12, 27)),
    ],
)
def test_the_weeks_of_a_period_end_within_it(period: Period, title: str, monday: date, sunday: date) -> None:
    """Whole weeks, Monday to Sunday: each is in one month and in one quarter."""
    assert (period.title, period.monday, period.sunday) == (title, monday, sunday)
