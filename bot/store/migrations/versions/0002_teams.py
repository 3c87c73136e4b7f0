"""leaders on another front, one-way channels, and where Teams' conversations are reached"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ward", sa.Column("leaders_front", sa.String(), nullable=True))
    op.add_column("ward", sa.Column("workflow", sa.String(), nullable=True))
    op.execute("update ward set leaders_front = front where leaders_place is not null")
    op.create_table(
        "contact",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("service_url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("conversation"),
    )
