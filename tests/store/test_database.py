"""The tables are what the migrations make; the database may be away."""

from __future__ import annotations

from pathlib import Path

from alembic import command
import pytest
from sqlalchemy import create_engine, text

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
            columns, values = ", ".join(named), ", ".join(f":{column}" for column in named)
            connection.execute(text(f"insert into ward ({columns}) values ({values})"), named)
    engine.dispose()
    migrate(url)
    store = Store(url)
    async with store() as session:
        keys = {ward.report_key for ward in await every_ward(session)}
    await store.close()
    assert len(keys) == 2 and all(len(key) == 32 for key in keys)


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
