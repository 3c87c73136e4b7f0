"""shifts, several reminders a day, nudges, the day's most, a ward's own questions, what a ward counts"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True)
SCHEDULE = (
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("ward_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("slot", sa.String(), nullable=False),
    sa.Column("days", sa.String(), nullable=False),
    sa.Column("days_before", sa.Integer(), nullable=False),
    sa.Column("next_due_at", sa.DateTime(), nullable=False),
)


def upgrade() -> None:
    with op.batch_alter_table("ward") as ward:
        for name in ("shifts", "reminder_times", "questions_off", "own_questions"):
            ward.add_column(sa.Column(name, JSON, nullable=False, server_default="[]"))
        ward.add_column(sa.Column("nudge_after", sa.Integer(), nullable=False, server_default="45"))
        ward.add_column(sa.Column("most_posts", sa.Integer(), nullable=True))
    array = "json_build_array" if op.get_bind().dialect.name == "postgresql" else "json_array"
    op.execute(f"update ward set reminder_times = {array}(reminder_time)")
    with op.batch_alter_table("ward") as ward:
        ward.drop_column("reminder_time")
    _schedules()
    op.add_column("action", sa.Column("reason", sa.String(), nullable=True))
    op.create_table(
        "wardcheck",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"]),
        sa.PrimaryKeyConstraint("ward_id", "measure", "day"),
    )


def _schedules() -> None:
    """Several days of the week in the place of one or all, which also tell schedules at one time apart."""
    held = (
        op.get_bind()
        .execute(
            sa.text("select ward_id, kind, slot, weekday, next_due_at from schedule").columns(next_due_at=sa.DateTime())
        )
        .mappings()
    )
    rows = [dict(row) for row in held]
    op.drop_table("schedule")
    schedule = op.create_table(
        "schedule",
        *SCHEDULE,
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ward_id", "kind", "slot", "days"),
    )
    op.create_index(op.f("ix_schedule_next_due_at"), "schedule", ["next_due_at"])
    op.create_index(op.f("ix_schedule_ward_id"), "schedule", ["ward_id"])
    for row in rows:
        weekday = row.pop("weekday")
        row |= {"days": "0123456" if weekday is None else str(weekday), "days_before": 0}
    op.bulk_insert(schedule, rows)
