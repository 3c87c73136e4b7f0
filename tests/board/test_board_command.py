"""`bot board` from outside: the PDF of a month or quarter that is over, and what it never shows; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from typer.testing import CliRunner

from bot.board.period import month
from bot.cli import app
from bot.handlers.wards_csv import import_wards
from bot.settings import Settings
from bot.store.database import Store
from bot.store.tables import Report
from bot.store.wards import every_ward
from tests.stage import settings_for
from tests.stories.conftest import COLUMNS as HEADING

TODAY = datetime.now(ZoneInfo("Europe/London")).date()
PERIOD = month(f"{TODAY.replace(day=1) - timedelta(days=1):%Y-%m}")
"""The last month that is over."""
WEEKS = 20
FIRST = PERIOD.sunday - timedelta(days=WEEKS * 7 - 1)
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,"
NAMES = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Rowan")


def near_misses(ward: str, week: int) -> int:
    """Elm changed at the end; Hazel and Rowan have small numbers; Birch has none at all."""
    return {"Birch": 0, "Hazel": 3, "Rowan": 2, "Elm": 97 if week >= WEEKS - 4 else 12 + week % 2}.get(
        ward, 20 + week % 2
    )


Run = Callable[..., Any]


@pytest.fixture
def board(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        monkeypatch.delenv(name)
    environment = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": database_url, "SECRET_KEY": "for-tests"}
    return lambda *words: CliRunner().invoke(app, ["board", *words], env=environment, catch_exceptions=False)


@pytest.fixture
def filled(database_url: str, tmp_path: Path) -> None:
    """Six wards with twenty weeks of near misses, and one more reported after the period's last week."""

    async def fill() -> None:
        store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
        async with store() as session:
            rows = (f"{name},acute,browser,,,,{TIMES}" for name in NAMES)
            await import_wards(session, "\n".join((HEADING, *rows)), "secret", datetime.now(ZoneInfo("UTC")))
            for ward in await every_ward(session):
                for week in range(WEEKS):
                    for number in range(near_misses(ward.name, week)):
                        day = FIRST + timedelta(weeks=week, days=number % 7)
                        session.add(_report(ward.key, f"{ward.key}-{week}-{number}", day))
            session.add(_report(ward.key, "after", PERIOD.sunday + timedelta(days=1)))
        await store.close()

    asyncio.run(fill())


def _report(ward_id: int, key: str, day: date) -> Report:
    return Report(
        id=key,
        ward_id=ward_id,
        day=day,
        kind="near_miss",
        shift_band="evening",
        area="lounge",
        building=[],
        helped=[],
        level="prevention",
    )


def said(file: str) -> str:
    """All words of a PDF, with single spaces."""
    document = pypdfium2.PdfDocument(file)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def test_the_report_says_what_changed_and_where(board: Run, filled: None) -> None:
    """All wards together, the ward with a real change first, then by name, and the method."""
    ran = board("--month", PERIOD.name)
    assert (ran.exit_code, ran.stderr, ran.stdout) == (0, "", f"Written to board-{PERIOD.name}.pdf\n")
    words = said(f"board-{PERIOD.name}.pdf")
    assert f"Board report: {PERIOD.title}" in words
    assert "All wards together: what changed for real Near misses: a real change" in words
    assert "A real change on 1 of 6 wards" in words
    by_ward = words[words.index("Ward by ward") :]
    places = [by_ward.index(f"{name} ") for name in ("Elm", "Alder", "Birch", "Cedar", "Hazel", "Rowan")]
    assert places == sorted(places)
    assert "2.66 times the mean moving range" in words
    assert f"those that end in {PERIOD.title}" in words
    assert "97" in words[words.index("Ward by ward") :]
