"""A sample ward's pages, and somebody who visits them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.chat.browser.trial import Trial, make_trial


@pytest.fixture
async def trial(tmp_path: Path) -> AsyncIterator[Trial]:
    made = await make_trial(tmp_path)
    yield made
    await made.store.close()


@pytest.fixture
async def visitor(trial: Trial) -> AsyncIterator[httpx.AsyncClient]:
    async with trial.client() as client:
        yield client
