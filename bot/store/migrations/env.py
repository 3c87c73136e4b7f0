"""How Alembic reaches the database: one process at a time, and plain column types in what it writes."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from bot.store.tables import Instant

LOCK = 7_346_011
"""Any number that nothing else in the database uses as an advisory lock."""


def plain_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """So that a migration needs nothing of this program's own, which may change under it."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime()"
    return False


def run() -> None:
    """Apply migrations in one transaction."""
    engine = create_engine(context.config.attributes["url"])
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"select pg_advisory_xact_lock({LOCK})"))
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_item=plain_type,
            transactional_ddl=True,
        )
        context.run_migrations()
    engine.dispose()


run()
