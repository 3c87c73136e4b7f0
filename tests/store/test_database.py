"""The tables are what the migrations make; the database may be away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic import command
import psycopg
import pytest
from sqlalchemy import Connection, create_engine, text

from bot.store.database import Store, StoreAway, is_current, migrate, migration_config
from bot.store.wards import every_ward
from tests.stage import settings_for


def test_the_migrations_make_the_tables(database_url: str, tmp_path: Path) -> None:
    command.check(migration_config(settings_for(database_url, tmp_path).sqlalchemy_url))


async def test_wards_that_are_there_already_get_a_report_page_each(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'before.db'}"
    command.upgrade(migration_config(url), "0003")
    row = dict.fromkeys(("specialty", "front", "timezone", "nation", "reminder_time", "digest_time"), "x")
    row |= {"place": "{}", "huddle_times": "[]", "managers": "[]", "digest_day": "0", "sample": "0"}
    engine = create_engine(url.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        for name in ("Rowan", "Alder"):
            named = row | {"name": name, "place_key": name}
            insert(connection, "ward", named)
    engine.dispose()
    migrate(url)
    store = Store(url)
    async with store() as session:
        keys = {ward.report_key for ward in await every_ward(session)}
    await store.close()
    assert len(keys) == 2 and all(len(key) == 32 for key in keys)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which there is nothing yet."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'before.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute('create database "before"')
        yield server.format("before").replace("postgresql://", "postgresql+psycopg://")
        connection.execute('drop database "before"')


@pytest.mark.parametrize("kind", ["report_line", "debrief"])
def test_what_an_earlier_version_held_back_in_the_ledger_is_held_back_still(kind: str, new_database: str) -> None:
    command.upgrade(migration_config(new_database), "0006")
    engine = create_engine(new_database.replace("+aiosqlite", ""))
    text_ = dict.fromkeys(("specialty", "front", "place_key", "timezone", "nation", "digest_time", "report_key"), "x")
    lists = dict.fromkeys(("huddle_times", "reminder_times", "managers"), "[]")
    ward = {"id": 1, "name": "Rowan", "place": "{}", "digest_day": 0, "sample": False} | text_ | lists
    report = {"kind": "near_miss", "ward_id": 1, "day": "2026-11-23", "shift_band": "night", "area": "", "level": ""}
    report |= {"building": "[]", "helped": "[]", "line": ""}
    at = dict.fromkeys(("due_at", "expires_at", "not_before"), "2026-11-23 22:10:00")
    prompt = {"ward_id": 1, "kind": kind, "local_date": "2026-11-23", "attempts": 0} | at
    with engine.begin() as connection:
        insert(connection, "ward", ward)
        for name in ("b", "a"):
            insert(connection, "report", report | {"id": name})
            insert(connection, "seen", {"key": name, "day": "2026-11-23"})
        insert(connection, "occurrence", prompt | {"slot": "b", "state": "due", "token": "1", "item": "it"})
        insert(connection, "occurrence", prompt | {"slot": "a", "state": "sent", "token": "2"})
    migrate(new_database)
    with engine.begin() as connection:
        assert connection.execute(text("select kind, slot, ward_id, item from held")).all() == [(kind, "b", 1, "it")]
        assert connection.execute(text("select slot from occurrence")).all() == [("a",)]
        for table, key in (("report", "id"), ("seen", "key")):
            assert {one for (one,) in connection.execute(text(f"select {key} from {table}"))} == {"a", "b"}
    engine.dispose()


def insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    """Put a row in, as it was written then."""
    columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
    connection.execute(text(f"insert into {table} ({columns}) values ({values})"), row)


def test_a_database_without_migrations_is_not_current(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    assert not is_current(url)
    migrate(url)
    assert is_current(url)


@pytest.mark.parametrize("url", ["postgresql+psycopg://nobody@127.0.0.1:1/none", "sqlite+aiosqlite:////no/such/a.db"])
async def test_a_database_that_is_away_is_said_to_be(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreAway, match="can't be reached"):
        async with store():
            pass
        await store.ping()
    with pytest.raises(StoreAway, match="nothing was kept"):
        async with store.glance() as connection:
            await connection.close()
    await store.close()
