"""performances, seats, marks, outcomes and appeals of rated work

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-22 10:08:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "performance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("resubmission_of_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("form_version", sa.String(length=12), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("is_gate", sa.Boolean(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("happens_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("voided_by_id", sa.Integer(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "(state = 'void') = (void_reason <> '')", name=op.f("ck_performance_void")
        ),
        sa.CheckConstraint(
            "kind IN ('test', 'roleplay', 'work', 'observation', 'peer', 'direct_report')",
            name=op.f("ck_performance_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'released' OR released_at IS NOT NULL", name=op.f("ck_performance_released")
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'marking', 'settled', 'released', 'void')",
            name=op.f("ck_performance_state"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_performance_number")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_performance_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_performance_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_performance_person_id")),
        sa.ForeignKeyConstraint(
            ["resubmission_of_id"],
            ["performance.id"],
            name=op.f("fk_performance_resubmission_of_id"),
        ),
        sa.ForeignKeyConstraint(
            ["voided_by_id"], ["user.id"], name=op.f("fk_performance_voided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance")),
        sa.UniqueConstraint(
            "enrolment_id",
            "activity_id",
            "kind",
            "occasion",
            "number",
            name=op.f("uq_performance_enrolment_id_activity_id_kind_occasion_number"),
        ),
    )
    op.create_index("ix_performance_form_id", "performance", ["form_id"], unique=False)
    op.create_index(
        "ix_performance_person_id_state", "performance", ["person_id", "state"], unique=False
    )
    op.create_index(
        "uq_performance_running",
        "performance",
        ["enrolment_id", "activity_id", "kind", "occasion"],
        unique=True,
        sqlite_where=sa.text("state IN ('planned', 'open', 'marking')"),
        postgresql_where=sa.text("state IN ('planned', 'open', 'marking')"),
    )

    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("performance_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("total", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("has_passed", sa.Boolean(), nullable=False),
        sa.Column("independent", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "how IN ('single', 'lead_saw', 'mean', 'lead_decided', 'with_lead', 'panel_mean', 'panel_part', 'arbiter', 'peers', 'appeal')",
            name=op.f("ck_outcome_how"),
        ),
        sa.CheckConstraint("number = 1 OR reason <> ''", name=op.f("ck_outcome_reason")),
        sa.CheckConstraint(
            "(number = 1) = (supersedes_id IS NULL)", name=op.f("ck_outcome_supersedes")
        ),
        sa.CheckConstraint("independent > 0", name=op.f("ck_outcome_independent")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_outcome_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["performance_id"], ["performance.id"], name=op.f("fk_outcome_performance_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["outcome.id"], name=op.f("fk_outcome_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint(
            "performance_id", "number", name=op.f("uq_outcome_performance_id_number")
        ),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_outcome_supersedes_id")),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("performance_id", sa.Integer(), nullable=False),
        sa.Column("assessor_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("invited_at", sa.DateTime(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("(state = 'declined') = (because <> '')", name=op.f("ck_seat_because")),
        sa.CheckConstraint(
            "(state = 'invited') = (answered_at IS NULL)", name=op.f("ck_seat_answered")
        ),
        sa.CheckConstraint(
            "party IN ('learner', 'mentor', 'trainer', 'manager', 'hr', 'peer')",
            name=op.f("ck_seat_party"),
        ),
        sa.CheckConstraint("party IS NULL OR role = 'panel'", name=op.f("ck_seat_party_panel")),
        sa.CheckConstraint(
            "role IN ('marker', 'lead', 'arbiter', 'panel', 'peer', 'appeal')",
            name=op.f("ck_seat_role"),
        ),
        sa.CheckConstraint(
            "state IN ('invited', 'declined', 'submitted')", name=op.f("ck_seat_state")
        ),
        sa.ForeignKeyConstraint(["assessor_id"], ["user.id"], name=op.f("fk_seat_assessor_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["user.id"], name=op.f("fk_seat_invited_by_id")),
        sa.ForeignKeyConstraint(
            ["performance_id"], ["performance.id"], name=op.f("fk_seat_performance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint(
            "performance_id", "assessor_id", name=op.f("uq_seat_performance_id_assessor_id")
        ),
    )
    op.create_index("ix_seat_assessor_id_state", "seat", ["assessor_id", "state"], unique=False)
    op.create_index(
        "uq_seat_party",
        "seat",
        ["performance_id", "party"],
        unique=True,
        sqlite_where=sa.text("state <> 'declined' AND party IS NOT NULL"),
        postgresql_where=sa.text("state <> 'declined' AND party IS NOT NULL"),
    )
    op.create_index(
        "uq_seat_role",
        "seat",
        ["performance_id", "role"],
        unique=True,
        sqlite_where=sa.text("state <> 'declined' AND role IN ('lead', 'arbiter')"),
        postgresql_where=sa.text("state <> 'declined' AND role IN ('lead', 'arbiter')"),
    )

    op.create_table(
        "rated_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("performance_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(length=400), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('kept', 'changed')) = (decided_at IS NOT NULL)",
            name=op.f("ck_rated_appeal_decided"),
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR decision <> ''", name=op.f("ck_rated_appeal_decision")
        ),
        sa.CheckConstraint(
            "state = 'open' OR seat_id IS NOT NULL", name=op.f("ck_rated_appeal_seat")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'marking', 'kept', 'changed')", name=op.f("ck_rated_appeal_state")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_rated_appeal_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["performance_id"], ["performance.id"], name=op.f("fk_rated_appeal_performance_id")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_rated_appeal_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rated_appeal")),
        sa.UniqueConstraint("performance_id", name=op.f("uq_rated_appeal_performance_id")),
    )
    op.create_table(
        "rated_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("total", sa.String(length=64), nullable=False),
        sa.Column("keep", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(number = 1) = (supersedes_id IS NULL)", name=op.f("ck_rated_mark_supersedes")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_rated_mark_seat_id")),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["rated_mark.id"], name=op.f("fk_rated_mark_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rated_mark")),
        sa.UniqueConstraint("seat_id", "key", name=op.f("uq_rated_mark_seat_id_key")),
        sa.UniqueConstraint("seat_id", "number", name=op.f("uq_rated_mark_seat_id_number")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_rated_mark_supersedes_id")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("rated_mark")
    op.drop_table("rated_appeal")
    op.drop_index("uq_seat_role", table_name="seat")
    op.drop_index("uq_seat_party", table_name="seat")
    op.drop_index("ix_seat_assessor_id_state", table_name="seat")

    op.drop_table("seat")
    op.drop_table("outcome")
    op.drop_index("uq_performance_running", table_name="performance")
    op.drop_index("ix_performance_person_id_state", table_name="performance")
    op.drop_index("ix_performance_form_id", table_name="performance")

    op.drop_table("performance")
