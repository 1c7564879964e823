"""`flask --app run doctor`."""

import click
from flask.cli import with_appcontext

from app.kernel.health import checks


@click.command("doctor")
@with_appcontext
def cli() -> None:
    """Check this machine; say the cure for what is wrong."""
    sick = 0
    for check in checks():
        mark = "ok  " if check.is_ok else "CURE"
        click.echo(f"{mark} {check.name}: {check.found}")
        if not check.is_ok:
            sick += 1
            click.echo(f"     -> {check.cure}")
    if sick:
        raise click.ClickException(f"{sick} to cure")
    click.echo("All is well.")
