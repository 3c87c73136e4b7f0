"""receipts, tallies, answers, debriefs, imported counts, outgoing calls"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("report") as report:
        report.add_column(sa.Column("added", sa.String(), nullable=False, server_default=""))
        report.add_column(sa.Column("receipt", sa.String(), nullable=True))
        report.add_column(sa.Column("used", sa.JSON(none_as_null=True), nullable=False, server_default="[]"))
        report.add_column(sa.Column("duration", sa.String(), nullable=True))
        report.add_column(sa.Column("debrief", sa.String(), nullable=True))
        report.add_column(sa.Column("answered_on", sa.Date(), nullable=True))
        report.create_unique_constraint("uq_report_receipt", ["receipt"])
    op.create_table(
        "reportanswer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_reportanswer_report_id"), "reportanswer", ["report_id"])
    op.create_table(
        "debrief",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("offered_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_debrief_ward_id"), "debrief", ["ward_id"])
    op.create_index(op.f("ix_debrief_offered_on"), "debrief", ["offered_on"])
    op.create_table(
        "incidentcount",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"]),
        sa.PrimaryKeyConstraint("ward_id", "week", "kind"),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_outgoing_state"), "outgoing", ["state"])
