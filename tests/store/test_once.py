"""Counting once, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.store import once
from bot.store.database import Store
from tests.stage import settings_for

TODAY = date(2026, 11, 23)


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    yield store
    await store.close()


async def test_a_key_is_new_once(store: Store) -> None:
    for expected in (True, False, False):
        async with store() as session:
            assert await once.first_time(session, "a", TODAY) is expected


async def test_a_key_is_new_again_where_the_work_was_rolled_back(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store() as session:
            assert await once.first_time(session, "a", TODAY)
            raise RuntimeError
    async with store() as session:
        assert await once.first_time(session, "a", TODAY)


async def test_old_keys_are_forgotten(store: Store) -> None:
    async with store() as session:
        await once.first_time(session, "a", date(2026, 11, 1))
        await once.first_time(session, "b", TODAY)
        await once.forget_seen(session, date(2026, 11, 9))
        assert await once.first_time(session, "a", TODAY)
        assert not await once.first_time(session, "b", TODAY)
