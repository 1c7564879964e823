"""working copies of banks, their pictures, and approval by a second person

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-22 06:44:25
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WAITING = "submitted_at IS NOT NULL AND published_at IS NULL AND closed_at IS NULL"
# Both databases add a column with its own checks in place: no table is copied.
COLUMNS = {
    "reason": "TEXT DEFAULT '' NOT NULL",
    "edited_by_id": ('INTEGER CONSTRAINT fk_bank_version_edited_by_id REFERENCES "user" (id)'),
    "submitted_at": "TIMESTAMP",
    "closed_at": (
        "TIMESTAMP CONSTRAINT ck_bank_version_one_end"
        " CHECK (published_at IS NULL OR closed_at IS NULL)"
    ),
    "closed_by_id": ('INTEGER CONSTRAINT fk_bank_version_closed_by_id REFERENCES "user" (id)'),
    "closed_as": (
        "VARCHAR(10)"
        " CONSTRAINT ck_bank_version_closed_as"
        " CHECK (closed_as IN ('withdrawn', 'sent_back', 'replaced'))"
        " CONSTRAINT ck_bank_version_closed"
        " CHECK ((closed_at IS NULL) = (closed_as IS NULL))"
    ),
    "closed_reason": "TEXT DEFAULT '' NOT NULL",
}


def upgrade() -> None:
    """Forward."""
    for name, kind in COLUMNS.items():
        stored = kind
        if op.get_bind().dialect.name == "sqlite":
            stored = kind.replace("TIMESTAMP", "DATETIME", 1)
        op.execute(f"ALTER TABLE bank_version ADD COLUMN {name} {stored}")
    op.create_index(op.f("ix_bank_version_edited_by_id"), "bank_version", ["edited_by_id"])
    op.create_index(op.f("ix_bank_version_closed_by_id"), "bank_version", ["closed_by_id"])
    op.create_index(
        "uq_bank_version_waiting",
        "bank_version",
        ["bank_id"],
        unique=True,
        sqlite_where=sa.text(WAITING),
        postgresql_where=sa.text(WAITING),
    )
    op.create_table(
        "bank_draft",
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_bank_draft_bank_id")),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["user.id"], name=op.f("fk_bank_draft_saved_by_id")
        ),
        sa.PrimaryKeyConstraint("bank_id", name=op.f("pk_bank_draft")),
    )
    op.create_index(op.f("ix_bank_draft_saved_by_id"), "bank_draft", ["saved_by_id"])
    op.create_table(
        "bank_image",
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_bank_image_bank_id")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["item_image.sha256"], name=op.f("fk_bank_image_sha256")
        ),
        sa.PrimaryKeyConstraint("bank_id", "name", name=op.f("pk_bank_image")),
    )
    op.create_index(op.f("ix_bank_image_sha256"), "bank_image", ["sha256"])


def downgrade() -> None:
    """Back, without the data of what is new."""
    op.drop_table("bank_image")
    op.drop_table("bank_draft")
    for index in (
        "uq_bank_version_waiting",
        "ix_bank_version_closed_by_id",
        "ix_bank_version_edited_by_id",
    ):
        op.drop_index(index, "bank_version")
    for name in reversed(COLUMNS):
        op.execute(f"ALTER TABLE bank_version DROP COLUMN {name}")
