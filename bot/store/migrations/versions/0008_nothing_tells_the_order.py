"""what follows a report is held back beside the ledger; on SQLite, no hidden numbers of rows; an index for trends"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IN_KEY_ORDER = {"sqlite_with_rowid": False}


def upgrade() -> None:
    op.create_table(
        "held",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"]),
        sa.PrimaryKeyConstraint("kind", "slot"),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_held_ward_id"), "held", ["ward_id"])
    op.create_index(op.f("ix_held_due_at"), "held", ["due_at"])
    # What earlier versions had written into the ledger to be shown later.
    op.execute(
        "insert into held (kind, slot, ward_id, item, due_at) select kind, slot, ward_id, item, due_at from occurrence"
        " where state = 'due' and attempts = 0 and kind in ('report_line', 'report_line_again', 'debrief')"
    )
    op.execute(
        "delete from occurrence"
        " where state = 'due' and attempts = 0 and kind in ('report_line', 'report_line_again', 'debrief')"
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("pragma secure_delete = on")  # what is copied must not stay behind in its old order
        for table in ("report", "debrief", "outgoing", "seen", "membership"):
            with op.batch_alter_table(table, recreate="always", table_kwargs=IN_KEY_ORDER):
                pass
    op.drop_index("ix_report_ward_id", "report")
    op.create_index(op.f("ix_report_ward_id_day"), "report", ["ward_id", "day"])
