"""`flask --app run worker`."""

import click
from flask import current_app
from flask.cli import with_appcontext


@click.command("worker")
@with_appcontext
def cli() -> None:
    """Run jobs, sweep every 30 s, refresh every night; until stopped."""
    from app.jobs.worker import work  # noqa: PLC0415  heavy, only here

    work(current_app._get_current_object())  # type: ignore[attr-defined]
