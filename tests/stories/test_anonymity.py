"""Anonymous is anonymous: after such a report the whole database, every log and every message is searched."""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from bot.store import ledger
from tests.stories.conftest import Ward
from tests.stories.receipts import SHARE, all_reports, choose, come_back, sent
from tests.stories.test_stories import REPORT

ONE_LINE = "Anything else, in one line"
LINE = "Calmer once the radio was off"
ADDED = "The lamp by the door was off too"
GONE = "A walk before supper helped"


def everything_in(database_url: str) -> str:
    """The whole database as text: a SQLite file with its journal byte by byte, or every row of every table."""
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite:///"))
        return "".join(part.read_bytes().decode("latin-1") for part in file.parent.glob(f"{file.name}*"))
    found: list[str] = []
    with psycopg.connect(database_url) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            found += [str(row) for row in connection.execute(f'select * from "{table}"').fetchall()]
    return "\n".join(found)


async def test_nothing_anywhere_leads_back_to_an_anonymous_reporter(
    ward: Ward, database_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nor to whoever counts an intervention, or does with a code all that can be done with one."""
    caplog.set_level(logging.DEBUG)
    nurse = await ward.somebody()
    with capture_logs() as logged:
        kept = await sent(nurse, {ONE_LINE: LINE} | SHARE)
        gone = await sent(nurse, {ONE_LINE: GONE} | SHARE, "/success")
        tally = await sent(nurse, command="/report restrictive")
        await ward.stage.at("2026-11-22 22:01")
        channel = await nurse.channel()
        assert LINE in channel
        assert GONE in channel
        await come_back(nurse, kept)
        await nurse.fill({"Add a line": ADDED})
        await nurse.submit()
        for code in (kept, tally):
            await choose(nurse, code, "correct", "Mon 23 Nov")
            await nurse.fill({"Roughly when?": "Night (about 9pm to 7am)"})
            await nurse.submit()
        await choose(nurse, gone, "withdraw", "Sun 29 Nov")
        await come_back(nurse, "BCDF-2345")
        await ward.stage.at("2026-11-22 23:02")
    assert GONE not in await nurse.channel()
    assert {(one.kind, one.shift_band, one.added) for one in await all_reports(ward)} == {
        ("near_miss", "night", ADDED),
        ("restrictive", "night", ""),
    }

    assert len(nurse.name) > 6
    database = everything_in(database_url)
    assert LINE in database, "the search sees what is stored"
    assert nurse.name not in database
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpcore", "httpx"))]
    out, err = capfd.readouterr()
    logs = "\n".join((*map(str, logged), *ours, out, err))
    assert logged, "the search sees what is logged"
    assert nurse.name not in logs
    for words in (LINE, ADDED, GONE):
        assert words not in logs
    for code in (kept, gone, tally):
        for written in (code, code.replace("-", "")):
            assert written not in database + logs
    if ward.stage.workspace and ward.slack_channel:
        for message in ward.stage.workspace.posts(ward.slack_channel):
            assert nurse.name not in str(vars(message).get("metadata")) + str(message.blocks) + message.text


@pytest.mark.parametrize("way", ["slack over http", "slack by socket mode", "teams"])
async def test_a_named_report_is_the_only_one_that_names(ward: Ward, database_url: str) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")
    await nurse.fill(REPORT | {"Keep me anonymous": False})
    await nurse.submit()
    assert nurse.name in everything_in(database_url), "so the search above would have found it"


async def test_a_report_has_no_hour_and_its_line_is_held_back(ward: Ward, database_url: str) -> None:
    nurse = await ward.somebody()
    dues = set()
    for _ in range(4):
        await nurse.command("/report")
        await nurse.fill(REPORT | {"Share with the ward's channel": True})
        await nurse.submit()
    async with ward.stage.house.store() as session:
        for one, _ in await ledger.occurrences(session):
            dues.add(one.due_at)
            assert 0 <= (one.due_at - ward.stage.clock()).total_seconds() < 3600
    assert len(dues) == 4, "at random, so not all at once"
