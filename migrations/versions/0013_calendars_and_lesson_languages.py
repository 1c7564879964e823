"""lessons in several languages, a person's calendar address, the start a cohort was moved from

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-22 10:12:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LESSON = ["track_version_id", "activity_id"]


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("lesson_text") as batch_op:
        batch_op.add_column(
            sa.Column("lang", sa.String(length=10), nullable=False, server_default="zh-CN")
        )
        batch_op.drop_constraint(
            op.f("uq_lesson_text_track_version_id_activity_id"), type_="unique"
        )
        batch_op.create_unique_constraint(
            op.f("uq_lesson_text_track_version_id_activity_id_lang"), [*LESSON, "lang"]
        )
    with op.batch_alter_table("track_version") as batch_op:
        batch_op.add_column(
            sa.Column("reason", sa.String(length=400), nullable=False, server_default="")
        )
    with op.batch_alter_table("cohort") as batch_op:
        batch_op.add_column(sa.Column("moved_from", sa.Date(), nullable=True))
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_calendar_feed_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_feed_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )


def downgrade() -> None:
    """Back, with the lessons in Chinese alone."""
    op.drop_table("calendar_feed")
    with op.batch_alter_table("cohort") as batch_op:
        batch_op.drop_column("moved_from")
    with op.batch_alter_table("track_version") as batch_op:
        batch_op.drop_column("reason")
    op.execute("DELETE FROM lesson_text WHERE lang <> 'zh-CN'")
    with op.batch_alter_table("lesson_text") as batch_op:
        batch_op.drop_constraint(
            op.f("uq_lesson_text_track_version_id_activity_id_lang"), type_="unique"
        )
        batch_op.drop_column("lang")
        batch_op.create_unique_constraint(
            op.f("uq_lesson_text_track_version_id_activity_id"), LESSON
        )
