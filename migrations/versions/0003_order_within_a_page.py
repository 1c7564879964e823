"""an answer says which save of its page it is

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22 06:26:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_column("sequence")
