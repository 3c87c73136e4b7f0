"""Anonymous is anonymous: after such a report the whole database, every log and every message is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
import logging
from pathlib import Path
import sqlite3
from typing import Any

import httpx
import psycopg
import pytest
from sqlmodel import SQLModel, select
from structlog.testing import capture_logs

from bot.handlers import kept
from bot.handlers.desk import Desk
from bot.store import ledger
from bot.store.database import Session
from bot.store.tables import Debrief, Held, Membership, Occurrence, Outgoing, Report, Seen
from tests.stage import LONDON
from tests.stories.conftest import Ward
from tests.stories.receipts import SHARE, all_reports, choose, come_back, sent
from tests.stories.test_stories import REPORT

ONE_LINE = "Anything else, in one line"
LINE = "Calmer once the radio was off"
ADDED = "The lamp by the door was off too"
GONE = "A walk before supper helped"
REFUSED = "Mrs Achterberg"


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


def logs_of(
    logged: Sequence[Mapping[str, Any]], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> str:
    """All that was logged or printed, by whatever library: words, values beside them, and errors."""
    ours = [record for record in caplog.records if not record.name.startswith(("httpcore", "httpx"))]
    errors = [logging.Formatter().formatException(one.exc_info) for one in ours if one.exc_info]
    words = (text for one in ours for text in (one.getMessage(), str(vars(one))))
    return "\n".join((*map(str, logged), *words, *errors, *capfd.readouterr()))


def sent_to_all(ward: Ward) -> str:
    """Every message that the ward's channel shows, as the platform was sent it, with what people do not see of it."""
    if ward.stage.workspace and ward.slack_channel:
        return "\n".join(str(vars(message)) for message in ward.stage.workspace.posts(ward.slack_channel))
    if ward.stage.tenant and ward.teams_channel:
        return "\n".join(str(message.activity) for message in ward.stage.tenant.posts(ward.teams_channel))
    return ""  # the page shows what the database holds


async def metrics(ward: Ward) -> str:
    """What the service counts, as it is read off it."""
    async with httpx.AsyncClient(base_url=ward.stage.url) as http:
        return (await http.get("/metrics")).text


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
    logs = logs_of(logged, caplog, capfd)
    assert logged, "the search sees what is logged"
    assert nurse.name not in logs
    for words in (LINE, ADDED, GONE):
        assert words not in logs
    for code in (kept, gone, tally):
        for written in (code, code.replace("-", "")):
            assert written not in database + logs
    shown = sent_to_all(ward)
    assert ward.way == "browser" or LINE in shown, "the search sees what was posted"
    counted = await metrics(ward)
    assert "wardhuddle_prompts" in counted
    assert nurse.name not in shown + counted
    async with ward.stage.house.store() as session:
        assert not (await session.exec(select(Membership))).all(), "no row's place tells who reported before whom"


async def test_an_error_on_the_way_names_nobody_and_repeats_nothing(
    ward: Ward,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was refused is said to its writer alone; a fault of ours is logged without its words."""
    caplog.set_level(logging.DEBUG)
    nurse = await ward.somebody()
    save = kept.save

    async def broken(session: Session, desk: Desk, ward: Any, report: Report) -> None:
        await save(session, desk, ward, report)
        await session.flush()
        raise RuntimeError(f"{nurse.name} could not save {report.line}")

    with capture_logs() as logged:
        await nurse.command("/report")
        await nurse.fill(REPORT | {ONE_LINE: f"{LINE}, said {REFUSED}"})
        await nurse.submit()
        assert REFUSED in nurse.errors[ONE_LINE]
        await nurse.fill({ONE_LINE: LINE})
        with monkeypatch.context() as patched:
            patched.setattr(kept, "save", broken)
            await nurse.submit()
        faults = [one for one in logged if one["event"] == "fault"]
        assert [(one["during"], one["error"]) for one in faults] == [("submit", "RuntimeError")]
        assert await all_reports(ward) == []
        database = everything_in(database_url)
    logs = logs_of(logged, caplog, capfd)
    for trace in (nurse.name, REFUSED, LINE):
        assert trace not in database + logs + sent_to_all(ward) + await metrics(ward)


@pytest.mark.parametrize("way", ["slack over http", "slack by socket mode", "teams"])
async def test_a_named_report_is_the_only_one_that_names(ward: Ward, database_url: str) -> None:
    nurse = await ward.somebody()
    await nurse.command("/report")
    await nurse.fill(REPORT | {"Keep me anonymous": False})
    await nurse.submit()
    assert nurse.name in everything_in(database_url), "so the search above would have found it"


async def test_a_report_has_no_hour_and_its_line_is_held_back(ward: Ward, database_url: str) -> None:
    nurse = await ward.somebody()
    for _ in range(4):
        await nurse.command("/report")
        await nurse.fill(REPORT | {"Share with the ward's channel": True})
        await nurse.submit()
    sent_at = ward.stage.clock()
    assert await in_the_ledger(ward) == [], "which numbers what it holds, and so would tell when it was sent"
    async with ward.stage.house.store() as session:
        dues = {one.slot: one.due_at for one in (await session.exec(select(Held))).all()}
    assert len(set(dues.values())) == 4, "at random, so not all at once"
    assert all(0 <= (due - sent_at).total_seconds() < 3600 for due in dues.values())
    ward.stage.clock.at += timedelta(hours=1)
    await ward.stage.tick()
    shown = await in_the_ledger(ward)
    assert [one.slot for one in shown] == sorted(dues, key=dues.__getitem__), "numbered as they are shown, not as sent"
    assert {one.state for one in shown} == {"sent"}


async def in_the_ledger(ward: Ward) -> list[Occurrence]:
    """The lines of reports that the ledger holds, in the order of their numbers."""
    async with ward.stage.house.store() as session:
        found = [one for one, _ in await ledger.occurrences(session) if one.kind == "report_line"]
    return sorted(found, key=lambda one: one.key)


async def test_a_tally_leaves_no_trace_of_its_hour_before_its_debrief_is_offered(ward: Ward) -> None:
    nurse = await ward.somebody()
    await sent(nurse, {"Was a debrief offered?": "Not yet"}, "/report restrictive")
    async with ward.stage.house.store() as session:
        assert not [one for one, _ in await ledger.occurrences(session) if one.kind == "debrief"]
        [held] = (await session.exec(select(Held))).all()
    ward.stage.clock.at = held.due_at
    await ward.stage.tick()
    async with ward.stage.house.store() as session:
        [offer] = [one for one, _ in await ledger.occurrences(session) if one.kind == "debrief"]
        assert (await session.exec(select(Held))).all() == []
    assert (offer.state, offer.due_at) == ("sent", held.due_at)
    until = offer.expires_at.astimezone(LONDON)
    assert (until.hour, until.minute) == (0, 0), "a day's end, which tells no hour either"


@pytest.mark.parametrize("table", [Report, Debrief, Outgoing, Seen, Membership, Held])
def test_sqlite_numbers_no_row_of_what_may_lead_back(table: type[SQLModel], sqlite_template: Path) -> None:
    with sqlite3.connect(sqlite_template) as database, pytest.raises(sqlite3.OperationalError, match="rowid"):
        database.execute(f"select rowid from {table.__tablename__}")
    with sqlite3.connect(sqlite_template) as database:
        database.execute("select rowid from occurrence")
