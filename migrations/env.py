"""How migrations run: one transaction; on SQLite in batch mode with foreign keys held back."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.sql.type_api import TypeEngine

from app.kernel.db import Base, Points, UtcDateTime, writing


def _render(kind: str, item: object, _autogen: object) -> str | bool:
    """Our column types as plain ones: a migration must not change when the code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, Points):
        return "sa.String(length=64)"
    return False


def _same_type(
    _context: object,
    _inspected: object,
    _column: object,
    inspected_type: TypeEngine[Any],
    metadata_type: TypeEngine[Any],
) -> bool | None:
    """Compare what our types are in the database."""
    if isinstance(metadata_type, UtcDateTime | Points):
        return not isinstance(inspected_type, type(metadata_type.impl_instance))
    return None


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_render,
        compare_type=_same_type,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _online() -> None:
    engine: Engine = current_app.extensions["migrate"].db.engine
    with writing(), engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            _run(connection)
            return
        # A batch copies a table and drops the old one: held back, else rows below would go too.
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            _run(connection)
            broken = raw.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"foreign keys broken by the migration: {broken[:5]}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database: flask db upgrade")
_online()
