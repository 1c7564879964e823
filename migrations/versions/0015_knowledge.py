"""the knowledge base: entries, versions, texts, uses

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-22 10:20:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "knowledge_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=True),
        sa.Column("competency", sa.String(length=64), nullable=False),
        sa.Column("tags", sa.String(length=200), nullable=False),
        sa.Column("published_id", sa.Integer(), nullable=True),
        sa.Column("source_type", sa.String(length=40), nullable=True),
        sa.Column("source_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.Column("retired_by_id", sa.Integer(), nullable=True),
        sa.Column("retire_reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "retired_at IS NULL OR retire_reason <> ''", name=op.f("ck_knowledge_entry_retired")
        ),
        sa.CheckConstraint(
            "kind IN ('objection', 'method', 'case')", name=op.f("ck_knowledge_entry_kind")
        ),
        sa.CheckConstraint(
            "(source_type IS NULL) = (source_id IS NULL)", name=op.f("ck_knowledge_entry_source")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_knowledge_entry_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["retired_by_id"], ["user.id"], name=op.f("fk_knowledge_entry_retired_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_entry")),
        sa.UniqueConstraint("slug", name=op.f("uq_knowledge_entry_slug")),
        sa.UniqueConstraint(
            "source_type", "source_id", name=op.f("uq_knowledge_entry_source_type_source_id")
        ),
    )

    op.create_table(
        "knowledge_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "state <> 'sent_back' OR reason <> ''", name=op.f("ck_knowledge_version_reason")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'published', 'sent_back', 'replaced')",
            name=op.f("ck_knowledge_version_state"),
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR author_id IS NULL OR decided_by_id <> author_id",
            name=op.f("ck_knowledge_version_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_knowledge_version_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_knowledge_version_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["knowledge_entry.id"], name=op.f("fk_knowledge_version_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_version")),
        sa.UniqueConstraint(
            "entry_id", "number", name=op.f("uq_knowledge_version_entry_id_number")
        ),
    )

    op.create_index(
        "uq_knowledge_version_waiting",
        "knowledge_version",
        ["entry_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    with op.batch_alter_table("knowledge_entry") as batch_op:
        batch_op.create_foreign_key(
            op.f("fk_knowledge_entry_published_id"), "knowledge_version", ["published_id"], ["id"]
        )

    op.create_table(
        "knowledge_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["knowledge_version.id"], name=op.f("fk_knowledge_text_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_text")),
        sa.UniqueConstraint("version_id", "lang", name=op.f("uq_knowledge_text_version_id_lang")),
    )

    op.create_table(
        "knowledge_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("customer", sa.String(length=20), nullable=False),
        sa.Column("has_worked", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "customer IN ('new', 'existing', 'key_account', 'renewal')",
            name=op.f("ck_knowledge_use_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["knowledge_entry.id"], name=op.f("fk_knowledge_use_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_knowledge_use_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["knowledge_version.id"], name=op.f("fk_knowledge_use_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_use")),
        sa.UniqueConstraint(
            "entry_id",
            "person_id",
            "used_on",
            "customer",
            name=op.f("uq_knowledge_use_entry_id_person_id_used_on_customer"),
        ),
    )

    op.create_index(
        op.f("ix_knowledge_use_person_id"), "knowledge_use", ["person_id"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("knowledge_use")
    op.drop_table("knowledge_text")
    with op.batch_alter_table("knowledge_entry") as batch_op:
        batch_op.drop_constraint(op.f("fk_knowledge_entry_published_id"), type_="foreignkey")
    op.drop_table("knowledge_version")
    op.drop_table("knowledge_entry")
