"""reports of items by learners

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-22 07:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "item_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_version_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('key', 'unclear', 'typo', 'outdated', 'other')",
            name=op.f("ck_item_report_reason"),
        ),
        sa.CheckConstraint("verdict IN ('changed', 'kept')", name=op.f("ck_item_report_verdict")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (verdict IS NULL)", name=op.f("ck_item_report_answered")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_item_report_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_item_report_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_version_id"],
            ["item_version.id"],
            name=op.f("fk_item_report_item_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_report")),
        sa.UniqueConstraint(
            "attempt_id", "position", name=op.f("uq_item_report_attempt_id_position")
        ),
    )
    for column in ("answered_by_id", "item_id", "item_version_id"):
        op.create_index(op.f(f"ix_item_report_{column}"), "item_report", [column])


def downgrade() -> None:
    """Back."""
    op.drop_table("item_report")
