"""deliverables: documents, sections, revisions, comments, files, milestones

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-22 10:36:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("stage_since", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("panel_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("stage <> 'sent_back' OR reason <> ''", name=op.f("ck_document_reason")),
        sa.CheckConstraint(
            "stage IN ('writing', 'draft_in', 'final_in', 'sent_back', 'failed', 'accepted')",
            name=op.f("ck_document_stage"),
        ),
        sa.CheckConstraint("round >= 1", name=op.f("ck_document_round")),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["user.id"], name=op.f("fk_document_accepted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_document_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["knowledge_entry.id"], name=op.f("fk_document_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["performance.id"], name=op.f("fk_document_panel_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_document_person_id")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["performance.id"], name=op.f("fk_document_review_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint(
            "enrolment_id",
            "activity_id",
            "round",
            name=op.f("uq_document_enrolment_id_activity_id_round"),
        ),
    )

    op.create_index(op.f("ix_document_panel_id"), "document", ["panel_id"], unique=False)

    op.create_index(op.f("ix_document_person_id"), "document", ["person_id"], unique=False)

    op.create_index(op.f("ix_document_review_id"), "document", ["review_id"], unique=False)

    op.create_index(op.f("ix_document_stage"), "document", ["stage"], unique=False)

    op.create_table(
        "document_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("suffix", sa.String(length=8), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_file_size")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_file_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_file")),
    )

    op.create_index(
        op.f("ix_document_file_document_id"), "document_file", ["document_id"], unique=False
    )

    op.create_table(
        "document_milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("money", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("followed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('reached', 'partly', 'missed', 'dropped')",
            name=op.f("ck_document_milestone_state"),
        ),
        sa.CheckConstraint(
            "state IS NULL OR state = 'reached' OR reason <> ''",
            name=op.f("ck_document_milestone_reason"),
        ),
        sa.CheckConstraint(
            "(state IS NULL) = (followed_at IS NULL)", name=op.f("ck_document_milestone_followed")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_milestone_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_milestone")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_milestone_document_id_number")
        ),
    )

    op.create_table(
        "document_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("handed", sa.String(length=20), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "handed IN ('draft', 'final', 'resubmission')", name=op.f("ck_document_revision_handed")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_revision_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_revision")),
        sa.UniqueConstraint(
            "document_id", "key", name=op.f("uq_document_revision_document_id_key")
        ),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_revision_document_id_number")
        ),
    )

    op.create_table(
        "document_section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_section_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_section")),
        sa.UniqueConstraint(
            "document_id", "row_id", name=op.f("uq_document_section_document_id_row_id")
        ),
    )

    op.create_table(
        "document_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("quote", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "party IN ('learner', 'mentor', 'trainer', 'manager', 'hr', 'peer')",
            name=op.f("ck_document_comment_party"),
        ),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by_id IS NULL)",
            name=op.f("ck_document_comment_resolved"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_document_comment_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_comment_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["document_comment.id"], name=op.f("fk_document_comment_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"], ["user.id"], name=op.f("fk_document_comment_resolved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["document_revision.id"], name=op.f("fk_document_comment_revision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_comment")),
        sa.UniqueConstraint("document_id", "key", name=op.f("uq_document_comment_document_id_key")),
    )

    op.create_index(
        "ix_document_comment_revision_id", "document_comment", ["revision_id"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("document_comment")
    op.drop_table("document_section")
    op.drop_table("document_revision")
    op.drop_table("document_milestone")
    op.drop_table("document_file")
    op.drop_table("document")
