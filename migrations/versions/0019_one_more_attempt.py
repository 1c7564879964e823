"""one more attempt for one person

Revision ID: 0019
Revises: 0018
Create Date: 2026-11-22 13:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

EVENTS = (
    "'enrol', 'begin', 'reach_gate', 'leave_gate', 'open_gate', 'miss', 'finish', 'certify',"
    " 'soon', 'expire', 'renew', 'extend', 'pause', 'resume', 'withdraw', 'exempt', 'recertify',"
    " 'void', 'restore', 'readmit', 'move', 'waive'{}"
)


def _events(more: str) -> None:
    with op.batch_alter_table("enrolment_event") as batch_op:
        batch_op.drop_constraint(op.f("ck_enrolment_event_event"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_enrolment_event_event"), f"event IN ({EVENTS.format(more)})"
        )


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("assignment") as batch_op:
        batch_op.add_column(
            sa.Column("extra_attempts", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.create_check_constraint(
            op.f("ck_assignment_extra_attempts"), "extra_attempts >= 0"
        )
    _events(", 'retry'")


def downgrade() -> None:
    """Back: attempts that were given stay sat, those not used are lost."""
    op.execute("DELETE FROM enrolment_event WHERE event = 'retry'")
    _events("")
    with op.batch_alter_table("assignment") as batch_op:
        batch_op.drop_constraint(op.f("ck_assignment_extra_attempts"), type_="check")
        batch_op.drop_column("extra_attempts")
