"""a report page for every ward"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ward", sa.Column("report_key", sa.String(), nullable=False, server_default=""))
    ward = sa.table("ward", sa.column("id", sa.Integer()), sa.column("report_key", sa.String()))
    connection = op.get_bind()
    for (key,) in connection.execute(sa.select(ward.c.id)).all():
        connection.execute(ward.update().where(ward.c.id == key).values(report_key=secrets.token_urlsafe(24)))
    op.create_index(op.f("ix_ward_report_key"), "ward", ["report_key"], unique=True)
