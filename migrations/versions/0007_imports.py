"""imports that are not a bank yet

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-22 07:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "bank_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.Column("found", sa.LargeBinary(), nullable=True),
        sa.Column("pictures", sa.LargeBinary(), nullable=True),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=True),
        sa.Column("bank_id", sa.Integer(), nullable=True),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(saved_at IS NULL) = (bank_id IS NULL)", name=op.f("ck_bank_import_saved")
        ),
        sa.CheckConstraint(
            "saved_at IS NOT NULL OR found IS NOT NULL", name=op.f("ck_bank_import_kept")
        ),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_bank_import_bank_id")),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_bank_import_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_import")),
    )
    for column in ("person_id", "sha256", "made_at", "bank_id"):
        op.create_index(op.f(f"ix_bank_import_{column}"), "bank_import", [column])


def downgrade() -> None:
    """Back."""
    op.drop_table("bank_import")
