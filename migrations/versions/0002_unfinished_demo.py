"""the demo's mark says whether the load was finished

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22 06:22:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("demo_load", schema=None) as batch_op:
        batch_op.add_column(sa.Column("finished_at", sa.DateTime(), nullable=True))
    # A company that is in use must never be taken for half of one and thrown away.
    op.execute("UPDATE demo_load SET finished_at = loaded_at")


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("demo_load", schema=None) as batch_op:
        batch_op.drop_column("finished_at")
