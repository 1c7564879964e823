"""forms of an assessment, printed sheets, and who typed in their answers

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-22 06:27:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    # Both databases add a column with its own check in place: no table is copied.
    op.execute(
        "ALTER TABLE assessment ADD COLUMN forms INTEGER DEFAULT '0' NOT NULL "
        "CONSTRAINT ck_assessment_forms CHECK (forms BETWEEN 0 AND 8)"
    )
    op.execute(
        "ALTER TABLE attempt ADD COLUMN medium VARCHAR(10) DEFAULT 'online' NOT NULL "
        "CONSTRAINT ck_attempt_medium CHECK (medium IN ('online', 'paper'))"
    )
    op.create_table(
        "paper_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.Float(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_paper_form_assessment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_form")),
        sa.UniqueConstraint(
            "assessment_id", "number", name=op.f("uq_paper_form_assessment_id_number")
        ),
        sa.UniqueConstraint("code", name=op.f("uq_paper_form_code")),
    )
    op.create_table(
        "form_seat",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_form_seat_assignment_id")
        ),
        sa.ForeignKeyConstraint(["form_id"], ["paper_form.id"], name=op.f("fk_form_seat_form_id")),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_form_seat")),
    )
    op.create_index(op.f("ix_form_seat_form_id"), "form_seat", ["form_id"])
    op.create_table(
        "paper_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_paper_sheet_assignment_id")
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["paper_form.id"], name=op.f("fk_paper_sheet_form_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_sheet")),
        sa.UniqueConstraint(
            "assignment_id", "number", name=op.f("uq_paper_sheet_assignment_id_number")
        ),
        sa.UniqueConstraint("code", name=op.f("uq_paper_sheet_code")),
    )
    op.create_index(op.f("ix_paper_sheet_form_id"), "paper_sheet", ["form_id"])
    op.create_table(
        "paper_entry",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("corrected_by_id", sa.Integer(), nullable=True),
        sa.Column("corrected_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_paper_entry_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["paper_sheet.id"], name=op.f("fk_paper_entry_sheet_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["user.id"], name=op.f("fk_paper_entry_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["user.id"], name=op.f("fk_paper_entry_corrected_by_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_paper_entry")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_paper_entry_sheet_id")),
    )
    op.create_index(op.f("ix_paper_entry_entered_by_id"), "paper_entry", ["entered_by_id"])
    op.create_index(op.f("ix_paper_entry_corrected_by_id"), "paper_entry", ["corrected_by_id"])


def downgrade() -> None:
    """Back."""
    for table in ("paper_entry", "paper_sheet", "form_seat", "paper_form"):
        op.drop_table(table)
    op.execute("ALTER TABLE attempt DROP COLUMN medium")
    op.execute("ALTER TABLE assessment DROP COLUMN forms")
