"""appeals on written answers

Revision ID: 0018
Revises: 0017
Create Date: 2026-11-22 10:50:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "answer_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("decision", sa.String(length=400), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'marking', 'kept', 'changed')", name=op.f("ck_answer_appeal_state")
        ),
        sa.CheckConstraint("state <> 'marking'", name=op.f("ck_answer_appeal_no_desk")),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_answer_appeal_decided")
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR decision <> ''", name=op.f("ck_answer_appeal_decision")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_answer_appeal_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_answer_appeal_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_appeal")),
        sa.UniqueConstraint(
            "attempt_id", "position", name=op.f("uq_answer_appeal_attempt_id_position")
        ),
    )
    op.create_index("ix_answer_appeal_state", "answer_appeal", ["state"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_answer_appeal_state", table_name="answer_appeal")
    op.drop_table("answer_appeal")
