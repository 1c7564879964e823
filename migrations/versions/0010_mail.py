"""mails, the notices they hold, and when a person wants them

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-22 09:40:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'unsure', 'failed')",
            name=op.f("ck_mail_state"),
        ),
        sa.CheckConstraint("kind IN ('notice', 'digest')", name=op.f("ck_mail_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_mail_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_mail_person_id_key")),
    )
    op.create_index("ix_mail_state_next_at", "mail", ["state", "next_at"])
    op.create_table(
        "mail_notice",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_mail_notice_notice_id")
        ),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_mail_notice_mail_id")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_mail_notice")),
    )
    op.create_index(op.f("ix_mail_notice_mail_id"), "mail_notice", ["mail_id"])
    op.create_table(
        "mail_wish",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("digest_at", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("no_weekends", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "digest_at >= 0 AND digest_at < 1440", name=op.f("ck_mail_wish_digest_at")
        ),
        sa.CheckConstraint(
            "quiet_from >= 0 AND quiet_from < 1440", name=op.f("ck_mail_wish_quiet_from")
        ),
        sa.CheckConstraint("quiet_to >= 0 AND quiet_to < 1440", name=op.f("ck_mail_wish_quiet_to")),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_mail_wish_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_wish")),
    )
    op.create_index("ix_notice_created_at", "notice", ["created_at"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_notice_created_at", table_name="notice")
    op.drop_table("mail_wish")
    op.drop_table("mail_notice")
    op.drop_table("mail")
