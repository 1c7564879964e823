"""the life of an enrolment

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-22 09:31:10.537659
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "cohort",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("track_slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("seats IS NULL OR seats > 0", name=op.f("ck_cohort_seats")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_cohort_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
        sa.UniqueConstraint("track_slug", "title", name=op.f("uq_cohort_track_slug_title")),
    )
    op.create_table(
        "mentorship",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("named_because", sa.String(length=400), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("mentor_id <> trainee_id", name=op.f("ck_mentorship_no_self")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_mentorship_order")
        ),
        sa.ForeignKeyConstraint(["mentor_id"], ["user.id"], name=op.f("fk_mentorship_mentor_id")),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["user.id"], name=op.f("fk_mentorship_named_by_id")
        ),
        sa.ForeignKeyConstraint(["trainee_id"], ["user.id"], name=op.f("fk_mentorship_trainee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentorship")),
        sa.UniqueConstraint(
            "trainee_id", "valid_from", name=op.f("uq_mentorship_trainee_id_valid_from")
        ),
    )
    with op.batch_alter_table("mentorship") as batch_op:
        batch_op.create_index(
            "ix_mentorship_mentor_id_valid_to", ["mentor_id", "valid_to"], unique=False
        )

    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("voided_by_id", sa.Integer(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (void_reason = '')", name=op.f("ck_credential_void")
        ),
        sa.CheckConstraint("expires_on > issued_on", name=op.f("ck_credential_order")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_credential_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_credential_person_id")),
        sa.ForeignKeyConstraint(
            ["voided_by_id"], ["user.id"], name=op.f("fk_credential_voided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint(
            "enrolment_id", "issued_on", name=op.f("uq_credential_enrolment_id_issued_on")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_credential_number")),
    )
    with op.batch_alter_table("credential") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credential_enrolment_id"), ["enrolment_id"], unique=False
        )
        batch_op.create_index("ix_credential_person_id_slug", ["person_id", "slug"], unique=False)

    op.create_table(
        "enrolment_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "event IN ('begin', 'reach_gate', 'leave_gate', 'open_gate', 'miss', 'finish', 'certify', 'soon', 'expire', 'renew', 'extend', 'pause', 'resume', 'withdraw', 'exempt', 'recertify', 'void', 'readmit', 'move', 'waive')",
            name=op.f("ck_enrolment_event_event"),
        ),
        sa.CheckConstraint(
            "from_state IN ('assigned', 'active', 'at_gate', 'passed', 'certified', 'expiring', 'expired', 'recertifying', 'extended', 'not_yet', 'paused', 'withdrawn', 'exempt')",
            name=op.f("ck_enrolment_event_from_state"),
        ),
        sa.CheckConstraint(
            "to_state IN ('assigned', 'active', 'at_gate', 'passed', 'certified', 'expiring', 'expired', 'recertifying', 'extended', 'not_yet', 'paused', 'withdrawn', 'exempt')",
            name=op.f("ck_enrolment_event_to_state"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user.id"], name=op.f("fk_enrolment_event_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_event_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_event")),
    )
    with op.batch_alter_table("enrolment_event") as batch_op:
        batch_op.create_index(
            "ix_enrolment_event_enrolment_id_id", ["enrolment_id", "id"], unique=False
        )

    op.create_table(
        "enrolment_leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("back_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "back_on IS NULL OR back_on >= from_on", name=op.f("ck_enrolment_leave_order")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_leave_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_leave")),
        sa.UniqueConstraint(
            "enrolment_id", "from_on", name=op.f("uq_enrolment_leave_enrolment_id_from_on")
        ),
    )
    op.create_table(
        "gate_extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.String(length=64), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("ck_gate_extension_days")),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_gate_extension_actor_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_gate_extension_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_extension")),
        sa.UniqueConstraint(
            "enrolment_id", "gate_id", name=op.f("uq_gate_extension_enrolment_id_gate_id")
        ),
    )
    op.create_table(
        "gate_passage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.String(length=64), nullable=False),
        sa.Column("passed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_gate_passage_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_passage")),
        sa.UniqueConstraint(
            "enrolment_id", "gate_id", name=op.f("uq_gate_passage_enrolment_id_gate_id")
        ),
    )
    op.create_table(
        "gate_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_yes", sa.Boolean(), nullable=False),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("again_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("is_yes OR because <> ''", name=op.f("ck_gate_signature_because")),
        sa.CheckConstraint(
            "party IN ('learner', 'mentor', 'trainer', 'manager', 'hr', 'peer')",
            name=op.f("ck_gate_signature_party"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_gate_signature_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_gate_signature_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_signature")),
    )
    with op.batch_alter_table("gate_signature") as batch_op:
        batch_op.create_index(
            "ix_gate_signature_enrolment_id_gate_id", ["enrolment_id", "gate_id"], unique=False
        )

    op.create_table(
        "step_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.String(length=64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("is_waived", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("source_type", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("is_done = (done_at IS NOT NULL)", name=op.f("ck_step_result_done")),
        sa.CheckConstraint("times >= 0", name=op.f("ck_step_result_times")),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_step_result_actor_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_step_result_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_result")),
        sa.UniqueConstraint(
            "enrolment_id", "activity_id", name=op.f("uq_step_result_enrolment_id_activity_id")
        ),
    )
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.add_column(sa.Column("cohort_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("state", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("back_to", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("state_since", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("advanced_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("renewal_on", sa.Date(), nullable=True))
    # Who is on a track is in the middle of it; the first look afterwards finds out how far.
    op.execute(
        "UPDATE enrolment SET state = CASE WHEN withdrawn_at IS NULL THEN 'active'"
        " ELSE 'withdrawn' END, state_since = COALESCE(withdrawn_at, created_at),"
        " advanced_at = created_at"
    )
    states = (
        "'assigned', 'active', 'at_gate', 'passed', 'certified', 'expiring', 'expired',"
        " 'recertifying', 'extended', 'not_yet', 'paused', 'withdrawn', 'exempt'"
    )
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.alter_column("state", existing_type=sa.String(length=20), nullable=False)
        batch_op.alter_column("state_since", existing_type=sa.DateTime(), nullable=False)
        batch_op.alter_column("advanced_at", existing_type=sa.DateTime(), nullable=False)
        batch_op.create_check_constraint(op.f("ck_enrolment_state"), f"state IN ({states})")
        batch_op.create_check_constraint(op.f("ck_enrolment_back_to"), f"back_to IN ({states})")
        batch_op.create_check_constraint(
            op.f("ck_enrolment_paused"), "(state = 'paused') = (back_to IS NOT NULL)"
        )
        batch_op.create_index(op.f("ix_enrolment_cohort_id"), ["cohort_id"])
        batch_op.create_index("ix_enrolment_state_advanced_at", ["state", "advanced_at"])
        batch_op.create_foreign_key(op.f("fk_enrolment_cohort_id"), "cohort", ["cohort_id"], ["id"])


def downgrade() -> None:
    """Back, without the data of what is new."""
    with op.batch_alter_table("enrolment") as batch_op:
        for name in ("paused", "back_to", "state"):
            batch_op.drop_constraint(op.f(f"ck_enrolment_{name}"), type_="check")
        batch_op.drop_constraint(op.f("fk_enrolment_cohort_id"), type_="foreignkey")
        batch_op.drop_index("ix_enrolment_state_advanced_at")
        batch_op.drop_index(op.f("ix_enrolment_cohort_id"))
        for name in ("renewal_on", "advanced_at", "state_since", "back_to", "state", "cohort_id"):
            batch_op.drop_column(name)
    op.drop_table("step_result")
    with op.batch_alter_table("gate_signature") as batch_op:
        batch_op.drop_index("ix_gate_signature_enrolment_id_gate_id")

    op.drop_table("gate_signature")
    op.drop_table("gate_passage")
    op.drop_table("gate_extension")
    op.drop_table("enrolment_leave")
    with op.batch_alter_table("enrolment_event") as batch_op:
        batch_op.drop_index("ix_enrolment_event_enrolment_id_id")

    op.drop_table("enrolment_event")
    with op.batch_alter_table("credential") as batch_op:
        batch_op.drop_index("ix_credential_person_id_slug")
        batch_op.drop_index(batch_op.f("ix_credential_enrolment_id"))

    op.drop_table("credential")
    with op.batch_alter_table("mentorship") as batch_op:
        batch_op.drop_index("ix_mentorship_mentor_id_valid_to")

    op.drop_table("mentorship")
    op.drop_table("cohort")
