"""The connection: sessions that commit or roll back, and migrations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
import logging
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
import structlog

from bot.chat.router import Problem

Session = AsyncSession
log = structlog.get_logger()
logging.getLogger("aiosqlite").setLevel(logging.WARNING)  # its debug lines hold every value that is stored

NEVER_SILENT = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
"""For libpq: a server that says nothing any more is given up within seconds."""
WAIT = 2
"""Seconds for reaching the database: a person waits no longer, and Slack only three."""

AWAY = "Our database can't be reached just now, so nothing was kept. Please try again in a minute."


class StoreAway(Problem):
    """The database can't be reached; nothing was kept."""


class Store:
    """A database, by its SQLAlchemy address (`Settings.sqlalchemy_url`)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = self._connect()
        self._reader = self._connect(
            isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True, pool_reset_on_return=None
        )

    def _connect(self, **more: Any) -> AsyncEngine:
        engine = create_async_engine(
            self.url,
            pool_pre_ping=not self.is_sqlite,
            pool_timeout=WAIT,
            hide_parameters=True,  # an error must not carry free text into a log
            connect_args={} if self.is_sqlite else NEVER_SILENT,
            **more,
        )
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        return engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, which a single process may use."""
        return self.url.startswith("sqlite")

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Session]:
        """A session in one transaction: committed at the end, rolled back on any error.

        Raises `StoreAway` where the database can't be reached.
        """
        with _reached():
            async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                yield session

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one quick look outside any transaction: a form may wait for no more than that.

        Raises `StoreAway` where the database can't be reached.
        """
        with _reached():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[Session]:
        """A session whose work is thrown away at the end: for looking at what would happen."""
        async with self() as session:
            yield session
            session.expunge_all()  # what was read stays readable; a rollback would expire it
            await session.rollback()

    async def ping(self) -> None:
        """Raises `StoreAway` where the database can't be reached."""
        async with self() as session:
            await session.exec(select(1))

    async def close(self) -> None:
        """Give the connections back."""
        await self._engine.dispose()
        await self._reader.dispose()


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.warning("store_away", reason=str(getattr(error, "orig", error)).partition("\n")[0])
        raise StoreAway(AWAY) from error


PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=2000", "secure_delete=ON")
"""The last: what is deleted is overwritten, so that a report taken back is gone from the file too."""


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def migration_config(url: str) -> Any:
    """Alembic's configuration for the database at this address."""
    from alembic.config import Config  # half of a start's import time, and needed by migrations alone

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url.replace("+aiosqlite", "")
    return config


def migrate(url: str) -> None:
    """Bring the database up to date. Blocking; safe to run from several processes at once."""
    from alembic import command

    command.upgrade(migration_config(url), "head")


def is_current(url: str) -> bool:
    """Whether every migration has been applied. Blocking."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine

    config = migration_config(url)
    engine = create_engine(config.attributes["url"])
    try:
        with engine.connect() as connection:
            heads = set(ScriptDirectory.from_config(config).get_heads())
            return set(MigrationContext.configure(connection).get_current_heads()) == heads
    finally:
        engine.dispose()
