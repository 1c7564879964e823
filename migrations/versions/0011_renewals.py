"""renewals that start from nothing, credentials taken back, indexes for what changed since

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-22 10:05:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Table -> what was unique in it, to which the round is added.
ROUNDS = {
    "track_exam": ("track_version_id", "activity_id"),
    "step_result": ("enrolment_id", "activity_id"),
    "gate_passage": ("enrolment_id", "gate_id"),
    "gate_extension": ("enrolment_id", "gate_id"),
    "lesson_read": ("enrolment_id", "activity_id"),
}
EVENTS = (
    "{}'begin', 'reach_gate', 'leave_gate', 'open_gate', 'miss', 'finish', 'certify', 'soon',"
    " 'expire', 'renew', 'extend', 'pause', 'resume', 'withdraw', 'exempt', 'recertify', 'void',"
    " {}'readmit', 'move', 'waive'"
)


def _events(first: str, more: str) -> None:
    with op.batch_alter_table("enrolment_event") as batch_op:
        batch_op.drop_constraint(op.f("ck_enrolment_event_event"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_enrolment_event_event"), f"event IN ({EVENTS.format(first, more)})"
        )


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("track_slug", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by_id IS NULL)", name=op.f("ck_recall_undone")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_recall_actor_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"], name=op.f("fk_recall_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    op.create_index(op.f("ix_recall_track_slug"), "recall", ["track_slug"])
    one = {"nullable": False, "server_default": "1"}
    for table, keys in ROUNDS.items():
        name = f"uq_{table}_{'_'.join(keys)}"
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("round", sa.Integer(), **one))
            batch_op.drop_constraint(op.f(name), type_="unique")
            batch_op.create_unique_constraint(op.f(f"{name}_round"), [*keys, "round"])
            if table == "track_exam":
                batch_op.create_check_constraint(op.f("ck_track_exam_round"), "round >= 1")
    with op.batch_alter_table("gate_signature") as batch_op:
        batch_op.add_column(sa.Column("round", sa.Integer(), **one))
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.add_column(sa.Column("renewals", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("credential") as batch_op:
        batch_op.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("recall_id", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("uq_credential_enrolment_id_issued_on"), type_="unique")
    # Credentials before this had no number of their own: they count up by their day.
    op.execute(
        "UPDATE credential SET round = (SELECT COUNT(*) FROM credential AS older"
        " WHERE older.enrolment_id = credential.enrolment_id AND older.id < credential.id)"
    )
    with op.batch_alter_table("credential") as batch_op:
        batch_op.create_unique_constraint(
            op.f("uq_credential_enrolment_id_round"), ["enrolment_id", "round"]
        )
        batch_op.create_foreign_key(
            op.f("fk_credential_recall_id"), "recall", ["recall_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_credential_recall_id"), ["recall_id"])
    _events("'enrol', ", "'restore', ")
    op.create_index("ix_attempt_released_at", "attempt", ["released_at"])
    op.create_index("ix_evidence_created_at", "evidence", ["created_at"])


def downgrade() -> None:
    """Back, without what further rounds brought."""
    op.drop_index("ix_evidence_created_at", table_name="evidence")
    op.drop_index("ix_attempt_released_at", table_name="attempt")
    op.execute("DELETE FROM enrolment_event WHERE event IN ('enrol', 'restore')")
    _events("", "")
    op.execute("DELETE FROM credential WHERE round > 0")
    with op.batch_alter_table("credential") as batch_op:
        batch_op.drop_index(op.f("ix_credential_recall_id"))
        batch_op.drop_constraint(op.f("fk_credential_recall_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_credential_enrolment_id_round"), type_="unique")
        batch_op.drop_column("recall_id")
        batch_op.drop_column("round")
        batch_op.create_unique_constraint(
            op.f("uq_credential_enrolment_id_issued_on"), ["enrolment_id", "issued_on"]
        )
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.drop_column("renewals")
    op.execute("DELETE FROM gate_signature WHERE round > 1")
    with op.batch_alter_table("gate_signature") as batch_op:
        batch_op.drop_column("round")
    for table, keys in ROUNDS.items():
        name = f"uq_{table}_{'_'.join(keys)}"
        op.execute(f"DELETE FROM {table} WHERE round > 1")  # noqa: S608  names from above
        with op.batch_alter_table(table) as batch_op:
            if table == "track_exam":
                batch_op.drop_constraint(op.f("ck_track_exam_round"), type_="check")
            batch_op.drop_constraint(op.f(f"{name}_round"), type_="unique")
            batch_op.drop_column("round")
            batch_op.create_unique_constraint(op.f(name), list(keys))
    op.drop_index(op.f("ix_recall_track_slug"), table_name="recall")
    op.drop_table("recall")
