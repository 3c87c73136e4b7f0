"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "pagemessage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("posted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_pagemessage_channel"), "pagemessage", ["channel"], unique=False)
    op.create_table(
        "seen",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_seen_day"), "seen", ["day"], unique=False)
    op.create_table(
        "ward",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("front", sa.String(), nullable=False),
        sa.Column("place", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("place_key", sa.String(), nullable=False),
        sa.Column("leaders_place", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("nation", sa.String(), nullable=False),
        sa.Column("huddle_times", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reminder_time", sa.String(), nullable=False),
        sa.Column("digest_day", sa.Integer(), nullable=False),
        sa.Column("digest_time", sa.String(), nullable=False),
        sa.Column("managers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("paused_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("place_key"),
    )
    op.create_table(
        "membership",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["ward.id"],
        ),
        sa.PrimaryKeyConstraint("person", "ward_id"),
    )
    op.create_table(
        "occurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("posted", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["ward.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ward_id", "kind", "local_date", "slot"),
    )
    op.create_index(op.f("ix_occurrence_due_at"), "occurrence", ["due_at"], unique=False)
    op.create_index(op.f("ix_occurrence_state"), "occurrence", ["state"], unique=False)
    op.create_index(op.f("ix_occurrence_ward_id"), "occurrence", ["ward_id"], unique=False)
    op.create_table(
        "reminderanswer",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["ward.id"],
        ),
        sa.PrimaryKeyConstraint("ward_id", "item", "answer"),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shift_band", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("building", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("helped", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("recorded", sa.String(), nullable=True),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("reporter", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["ward.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_report_day"), "report", ["day"], unique=False)
    op.create_index(op.f("ix_report_ward_id"), "report", ["ward_id"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("next_due_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["ward.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ward_id", "kind", "slot"),
    )
    op.create_index(op.f("ix_schedule_next_due_at"), "schedule", ["next_due_at"], unique=False)
    op.create_index(op.f("ix_schedule_ward_id"), "schedule", ["ward_id"], unique=False)
    op.create_table(
        "huddle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("huddle_set", sa.String(), nullable=False),
        sa.Column("skip_reason", sa.String(), nullable=True),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrence.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["ward.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("occurrence_id"),
    )
    op.create_index(op.f("ix_huddle_local_date"), "huddle", ["local_date"], unique=False)
    op.create_index(op.f("ix_huddle_ward_id"), "huddle", ["ward_id"], unique=False)
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("huddle_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["huddle_id"],
            ["huddle.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["ward.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_action_huddle_id"), "action", ["huddle_id"], unique=False)
    op.create_index(op.f("ix_action_ward_id"), "action", ["ward_id"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_action_ward_id"), table_name="action")
    op.drop_index(op.f("ix_action_huddle_id"), table_name="action")
    op.drop_table("action")
    op.drop_index(op.f("ix_huddle_ward_id"), table_name="huddle")
    op.drop_index(op.f("ix_huddle_local_date"), table_name="huddle")
    op.drop_table("huddle")
    op.drop_index(op.f("ix_schedule_ward_id"), table_name="schedule")
    op.drop_index(op.f("ix_schedule_next_due_at"), table_name="schedule")
    op.drop_table("schedule")
    op.drop_index(op.f("ix_report_ward_id"), table_name="report")
    op.drop_index(op.f("ix_report_day"), table_name="report")
    op.drop_table("report")
    op.drop_table("reminderanswer")
    op.drop_index(op.f("ix_occurrence_ward_id"), table_name="occurrence")
    op.drop_index(op.f("ix_occurrence_state"), table_name="occurrence")
    op.drop_index(op.f("ix_occurrence_due_at"), table_name="occurrence")
    op.drop_table("occurrence")
    op.drop_table("membership")
    op.drop_table("ward")
    op.drop_index(op.f("ix_seen_day"), table_name="seen")
    op.drop_table("seen")
    op.drop_index(op.f("ix_pagemessage_channel"), table_name="pagemessage")
    op.drop_table("pagemessage")
