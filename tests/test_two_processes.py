"""Two `bot run` processes on one PostgreSQL, against one Slack: no prompt is posted twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import os
from pathlib import Path
import socket
import sys

import psycopg

from bot.store.database import is_current
from tests.conftest import sqlalchemy
from tests.slack_workspace import Workspace
from tests.stories.conftest import COLUMNS

WARDS = 24
TIMES = "Europe/London,ENG,07:45,11:00,monday,09:00,"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def bot(*words: str, folder: Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the bot; stopped at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[1]), **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def new_database(server: str, name: str, template: str) -> str:
    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')
    return server.format(name)


async def test_two_processes_may_migrate_one_database_at_once(postgres_server: str, tmp_path: Path) -> None:
    database = new_database(postgres_server, "migrated_twice", "template0")
    async with (
        bot("migrate", folder=tmp_path, DATABASE_URL=database) as one,
        bot("migrate", folder=tmp_path, DATABASE_URL=database) as other,
    ):
        assert (await one.wait(), await other.wait()) == (0, 0)
    assert await asyncio.to_thread(is_current, sqlalchemy(database))


async def test_two_processes_on_one_database_post_each_prompt_once(postgres: str, tmp_path: Path) -> None:
    database = new_database(postgres, "two_processes", "template")
    async with Workspace() as workspace:
        rows = []
        for number in range(WARDS):
            channel = workspace.channel(f"ward-{number}", id=f"C0WARD{number}", members=["U0NURSE"])
            rows.append(f"Ward {number},acute,slack,{workspace.team_id},{channel.id},,{TIMES}")
        (tmp_path / "wards.csv").write_text("\n".join((COLUMNS, *rows)))
        environment = {
            "DATABASE_URL": database,
            "SECRET_KEY": "the same for both",
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_API_URL": workspace.api_url,
            "SLACK_SIGNING_SECRET": "unused by a worker",
        }
        async with bot("wards", "import", "wards.csv", folder=tmp_path, **environment) as importing:
            assert await importing.wait() == 0
        with psycopg.connect(database, autocommit=True) as connection:
            now = datetime.now(UTC).replace(tzinfo=None)
            connection.execute("update schedule set next_due_at = %s where kind = 'huddle'", [now])
        first = environment | {"PORT": str(free_port())}
        second = environment | {"PORT": str(free_port())}
        async with (
            bot("run", "--only", "worker", folder=tmp_path, **first) as one,
            bot("run", "--only", "worker", folder=tmp_path, **second) as other,
        ):

            def all_sent() -> bool:
                with psycopg.connect(database) as connection:
                    found = connection.execute("select state from occurrence where kind = 'huddle'").fetchall()
                return len(found) == WARDS and {state for (state,) in found} == {"sent"}

            await workspace.until(all_sent, within=60, what="every prompt")
            assert one.returncode is None, "both are still running"
            assert other.returncode is None
        posted = Counter(message.channel for message in workspace.messages)
        assert posted == {f"C0WARD{number}": 1 for number in range(WARDS)}
