"""`bot trends` from outside: a ward's figures as text, JSON and CSV, up to the last Sunday, on both databases."""

from __future__ import annotations

import asyncio
import csv
from datetime import datetime, timedelta
import io
import json
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.figures import COLUMNS
from bot.handlers.wards_csv import import_wards
from bot.measures.catalogue import MEASURES
from bot.privacy.cells import FORMULA
from bot.settings import Settings
from bot.store import marks, targets
from bot.store.database import Store
from bot.store.tables import Target
from bot.store.wards import every_ward
from tests.stage import near_miss, settings_for
from tests.stories.conftest import COLUMNS as HEADING

TODAY = datetime.now(ZoneInfo("Europe/London")).date()
SUNDAY = TODAY - timedelta(days=TODAY.weekday() + 1)
FIRST = SUNDAY - timedelta(days=20 * 7 - 1)
"""The Monday that begins twenty whole weeks."""
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,"


@pytest.fixture
def trends(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, over twenty weeks of six near misses, four weeks of fifteen at their end, and one reported today."""
    asyncio.run(_fill(settings_for(database_url, tmp_path).sqlalchemy_url))
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        monkeypatch.delenv(name)
    environment = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": database_url, "SECRET_KEY": "for-tests"}
    return lambda *words: CliRunner().invoke(app, ["trends", *words], env=environment)


async def _fill(url: str) -> None:
    store = Store(url)
    async with store() as session:
        rows = (f"{name},acute,browser,,,,{TIMES}" for name in ("Hazel", "Rowan"))
        await import_wards(session, "\n".join((HEADING, *rows)), "secret", datetime.now(ZoneInfo("UTC")))
        hazel = (await every_ward(session))[0].key
        for week in range(20):
            for number in range(25 if week >= 16 else 6 + week % 2):
                session.add(near_miss(hazel, f"{week}-{number}", FIRST + timedelta(weeks=week, days=number % 7)))
        session.add(near_miss(hazel, "today", TODAY))
    await store.close()


def test_text_json_and_csv_say_the_same(trends: Any) -> None:
    """Each measure, each whole week, the sentence and the method; never what was reported since Sunday."""
    told = json.loads(trends("--ward", "Hazel", "--json").stdout)
    assert told["ward"] == "Hazel"
    assert list(told["measures"]) == list(MEASURES)
    near = told["measures"]["near_misses"]
    assert (near["title"], near["method"], near["unit"]) == ("Near misses", "xmr", "near misses a week")
    assert "a real change" in near["sentence"]
    assert [point["value"] for point in near["points"]] == [6, 7] * 8 + [25] * 4
    assert near["points"][0]["start"] == FIRST.isoformat()
    assert near["points"][-1]["rule"] == "outside"

    rows = list(csv.DictReader(io.StringIO(trends("--ward", "Hazel", "--csv").stdout)))
    assert tuple(rows[0]) == COLUMNS
    own = [row for row in rows if row["measure"] == "near_misses"]
    assert [float(row["value"]) for row in own] == [point["value"] for point in near["points"]]
    assert [row["rule"] or None for row in own] == [point["rule"] for point in near["points"]]

    text = trends("--ward", "Hazel").stdout
    assert all(measure["sentence"] in text and measure["why"] in text for measure in told["measures"].values())


def test_a_file_holds_no_formula(trends: Any, database_url: str, tmp_path: Path) -> None:
    """Not in the ward's name, nor in anything that its wards' staff could choose; figures stay figures."""

    async def rename() -> None:
        store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
        async with store() as session:
            (await every_ward(session))[0].name = "=Hazel()"
        await store.close()

    asyncio.run(rename())
    rows = list(csv.DictReader(io.StringIO(trends("--ward", "=Hazel()", "--csv").stdout)))
    assert {row["ward"] for row in rows} == {"'=Hazel()"}
    words = [cell for row in rows for name, cell in row.items() if name not in ("value", "mean", "lower", "upper")]
    assert not [cell for cell in words if FORMULA.match(cell) and not cell.startswith("'")]


def test_limits_start_anew_where_the_ward_decided_so(trends: Any, database_url: str, tmp_path: Path) -> None:
    """Four weeks after a new start are too few to tell anything."""

    async def mark() -> None:
        store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
        async with store() as session:
            hazel = (await every_ward(session))[0].key
            await marks.add(session, hazel, FIRST + timedelta(weeks=16), "sensory room opened", "hash", ["near_misses"])
        await store.close()

    asyncio.run(mark())
    assert "4 of the 12 weeks needed" in trends("--ward", "Hazel").stdout


def test_a_target_and_whether_it_is_met_are_told(trends: Any, database_url: str, tmp_path: Path) -> None:
    """In the text, and as figures in the JSON; of a measure without one there is nothing."""

    async def aim() -> None:
        store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
        async with store() as session:
            hazel = (await every_ward(session))[0].key
            own = Target(ward_id=hazel, measure="answered", value=90, figure="share", set_on=FIRST, by="hash")
            await targets.put(session, own)
        await store.close()

    asyncio.run(aim())
    assert "Target: at least 90%. Missed consistently (F): " in trends("--ward", "Hazel").stdout
    told = json.loads(trends("--ward", "Hazel", "--json").stdout)["measures"]
    assert (told["answered"]["target"], told["answered"]["assurance"]) == (90, "consistent_fail")
    assert (told["near_misses"]["target"], told["near_misses"]["assurance"]) == (None, None)


def test_a_ward_without_data_says_so(trends: Any) -> None:
    """No points, and no made-up figure."""
    ran = trends("--ward", "Rowan")
    assert ran.exit_code == 0
    assert "Not enough data yet: 0 of the 12 weeks needed" in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--ward", "Hazle"), "Did you mean Hazel?"), (("--ward", "Hazel", "--json", "--csv"), "choose one")],
)
def test_what_is_typed_wrong_is_said_on_stderr(trends: Any, words: tuple[str, ...], said: str) -> None:
    """With exit code 2, and nothing on stdout."""
    ran = trends(*words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
