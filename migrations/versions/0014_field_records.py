"""filled forms, signatures on checklists, check-ins

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-22 10:20:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PARTIES = "party IN ('learner', 'mentor', 'trainer', 'manager', 'hr', 'peer')"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "field_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("observer_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("again_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "kind IN ('lesson', 'exam', 'checklist', 'observation', 'roleplay', 'battle',"
            " 'deliverable', 'seminar', 'survey', 'kpi_milestone')",
            name=op.f("ck_field_record_kind"),
        ),
        sa.CheckConstraint(PARTIES, name=op.f("ck_field_record_party")),
        sa.CheckConstraint("verdict IN ('yes', 'not_yet')", name=op.f("ck_field_record_verdict")),
        sa.CheckConstraint(
            "number >= 1 AND version >= 1 AND round >= 1", name=op.f("ck_field_record_numbers")
        ),
        sa.CheckConstraint(
            "(version = 1) = (supersedes_id IS NULL)", name=op.f("ck_field_record_supersedes")
        ),
        sa.CheckConstraint("version = 1 OR reason <> ''", name=op.f("ck_field_record_reason")),
        sa.CheckConstraint(
            "(verdict = 'not_yet') = (again_on IS NOT NULL) AND (verdict = 'not_yet') ="
            " (because <> '')",
            name=op.f("ck_field_record_not_yet"),
        ),
        sa.CheckConstraint(
            "again_on IS NULL OR again_on > happened_on", name=op.f("ck_field_record_again_on")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_field_record_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["field_record.id"], name=op.f("fk_field_record_supersedes_id")
        ),
        sa.ForeignKeyConstraint(
            ["observer_id"], ["user.id"], name=op.f("fk_field_record_observer_id")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["user.id"], name=op.f("fk_field_record_signed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_record")),
        sa.UniqueConstraint("observer_id", "key", name=op.f("uq_field_record_observer_id_key")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_field_record_supersedes_id")),
        sa.UniqueConstraint(
            "enrolment_id",
            "activity_id",
            "round",
            "number",
            "version",
            name=op.f("uq_field_record_enrolment_id_activity_id_round_number_version"),
        ),
    )
    op.create_index("ix_field_record_again_on", "field_record", ["again_on"])
    op.create_index(op.f("ix_field_record_observer_id"), "field_record", ["observer_id"])
    op.create_table(
        "check_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.CheckConstraint(PARTIES, name=op.f("ck_check_signature_party")),
        sa.CheckConstraint("is_signed OR reason <> ''", name=op.f("ck_check_signature_reason")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_check_signature_round")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_check_signature_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_check_signature_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_signature")),
        sa.UniqueConstraint(
            "person_id", "key", "row_id", name=op.f("uq_check_signature_person_id_key_row_id")
        ),
    )
    op.create_index(
        "ix_check_signature_enrolment_id_activity_id",
        "check_signature",
        ["enrolment_id", "activity_id"],
    )
    op.create_index(op.f("ix_check_signature_person_id"), "check_signature", ["person_id"])
    op.create_table(
        "check_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("track_slug", sa.String(length=64), nullable=False),
        sa.Column("activity_id", sa.String(length=64), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("late_after", sa.DateTime(), nullable=True),
        sa.Column("closes_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("closes_at > opened_at", name=op.f("ck_check_in_order")),
        sa.CheckConstraint(
            "late_after IS NULL OR late_after >= opened_at", name=op.f("ck_check_in_late")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user.id"], name=op.f("fk_check_in_opened_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
    )
    op.create_index("ix_check_in_code", "check_in", ["code"])
    op.create_index("ix_check_in_track_slug_activity_id", "check_in", ["track_slug", "activity_id"])


def downgrade() -> None:
    """Back."""
    op.drop_table("check_in")
    op.drop_table("check_signature")
    op.drop_table("field_record")
