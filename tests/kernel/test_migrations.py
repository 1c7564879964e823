"""Tables come from migrations alone: up, down, up, with data, and equal to the models."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from app import create_app
from app.kernel.config import ROOT, Settings
from app.kernel.db import Base, db
from app.kernel.health import database_problem
from tests import builders, servers


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request, tmp_path_factory):
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite+pysqlite:///{tmp_path_factory.mktemp('up') / 'up.sqlite3'}"
    return servers.new_database(request.getfixturevalue("postgres"), "up")


@contextmanager
def application(url, folder):
    app = create_app(
        Settings(env="test", secret_key="x" * 40, database_url=url, instance_dir=folder)
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_up_down_up_with_data(url, tmp_path):
    with application(url, tmp_path):
        upgrade()
        assert database_problem() == ""
        builders.cast()
        db.session.commit()
        people = db.session.scalar(text('SELECT count(*) FROM "user"'))
        assert people > 5
        db.session.rollback()
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        assert database_problem().startswith("tables at nothing")
        db.session.rollback()
        upgrade()
        assert db.session.scalar(text('SELECT count(*) FROM "user"')) == 0


def test_the_migrated_tables_are_those_of_the_models(url, tmp_path):
    with application(url, tmp_path):
        upgrade()
        migrated = _columns(inspect(db.engine))
        db.session.rollback()
        for table in Base.metadata.sorted_tables:
            assert set(migrated[table.name]) == {column.name for column in table.columns}
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection)
            found = compare_metadata(context, Base.metadata)
        assert found == []


def _columns(inspector):
    return {
        name: [column["name"] for column in inspector.get_columns(name)]
        for name in inspector.get_table_names()
    }


def test_the_checks_of_the_models_are_in_the_migrations(tmp_path):
    url = f"sqlite+pysqlite:///{tmp_path / 'checks.sqlite3'}"
    with application(url, tmp_path):
        upgrade()
        statements = dict(
            db.session.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            ).all()
        )
        for table in Base.metadata.sorted_tables:
            for constraint in table.constraints:
                if constraint.name:
                    assert str(constraint.name) in statements[table.name], table.name


def test_the_command_works_as_flask_users_expect(tmp_path):
    environment = {"INSTANCE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "APP_ENV": "demo"}
    for command in (["db", "upgrade"], ["db", "current"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "run", *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "All is well." in done.stdout


def test_the_doctor_names_missing_tables_and_the_cure(tmp_path):
    from app.kernel.health import checks

    with application(f"sqlite+pysqlite:///{tmp_path / 'empty.sqlite3'}", tmp_path):
        sick = {check.name: check.cure for check in checks() if not check.is_ok}
        assert sick == {"database": "flask --app run db upgrade"}


@pytest.mark.parametrize("table", ["user", "audit_event", "job_run"])
def test_rows_survive_a_later_batch_change(tmp_path, table):
    """The guard of env.py: a batch copies a table, and rows that point to it must stay."""
    url = f"sqlite+pysqlite:///{tmp_path / 'batch.sqlite3'}"
    with application(url, tmp_path):
        upgrade()
        builders.cast()
        db.session.commit()
        before = {
            name: len(db.session.execute(select(found)).all())
            for name, found in Base.metadata.tables.items()
        }
        db.session.rollback()
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        with db.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")
            operations = Operations(MigrationContext.configure(connection))
            with operations.batch_alter_table(table, recreate="always"):
                pass
            connection.commit()
            assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
            raw.execute("PRAGMA foreign_keys=ON")
        after = {
            name: len(db.session.execute(select(found)).all())
            for name, found in Base.metadata.tables.items()
        }
        assert after == before
