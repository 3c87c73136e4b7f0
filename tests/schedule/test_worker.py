"""What the service does when it starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.handlers.wards_csv import import_wards
from bot.privacy.small import Small
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.schedule.sender import Sender
from bot.schedule.worker import Worker
from bot.store import ledger, wards
from bot.store.database import Store
from bot.store.tables import Schedule
from tests.stage import LONDON, MovableClock, settings_for
from tests.stories.conftest import COLUMNS, TIMES

NOW = MovableClock(datetime(2026, 11, 25, 21, 0, tzinfo=LONDON))


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    async with store() as session:
        await import_wards(session, f"{COLUMNS}\nRowan,acute,browser,,,,{TIMES},\n", "secret", NOW())
    yield store
    await store.close()


async def schedules(store: Store) -> dict[tuple[str, str], Schedule]:
    """Rowan's, by kind and slot."""
    async with store() as session:
        ward = await wards.ward_named(session, "Rowan")
        assert ward
        return {(one.kind, one.slot): one for one in await ledger.schedules_of(session, ward.key)}


async def test_wards_of_an_earlier_version_get_what_is_new_when_the_service_starts_and_keep_the_rest(
    store: Store,
) -> None:
    """Two processes at once."""
    before = await schedules(store)
    scene = before.pop(("scenario", "13:00"))
    async with store() as session:
        await ledger.drop_schedules(session, [scene.id])
    assert ("scenario", "13:00") not in await schedules(store)

    workers = [Worker(Sender(store, Supplies(Library.load(), Small(5)), {}, NOW), store, NOW) for _ in range(2)]
    for worker in workers:
        worker.start()
    async with asyncio.timeout(10):
        while ("scenario", "13:00") not in await schedules(store):  # noqa: ASYNC110 - the worker offers no event
            await asyncio.sleep(0.05)
    for worker in workers:
        await worker.stop()

    after = await schedules(store)
    new = after.pop(("scenario", "13:00"))
    assert (new.days, new.next_due_at) == ("14", datetime(2026, 11, 27, 13, 0, tzinfo=LONDON))
    assert {key: (one.id, one.next_due_at) for key, one in after.items()} == {
        key: (one.id, one.next_due_at) for key, one in before.items()
    }
