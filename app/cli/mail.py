"""`flask --app run mail …`: see whether mail works."""

import secrets

import click
from flask import current_app
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.config import Settings
from app.kernel.mail import NotSentError, UnsureError, send, sender_of, server_of
from app.mailing.letters import trial_of

cli = AppGroup("mail", help="Try the mail server.")


@cli.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send one mail to ADDRESS and print what the server says."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.mail_url:
        raise click.ClickException(
            "No e-mail is set up. Set MAIL_URL=smtp://user:password@host:587?tls=starttls and "
            "MAIL_FROM='Lianbing <notices@example.com>'"
        )
    server, sender = server_of(settings.mail_url), sender_of(settings.mail_from)
    click.echo(f"Handing over to {server.host}:{server.port} (tls={server.tls})")
    try:
        message = trial_of(address, settings, mark=secrets.token_hex(8), now=clock.now())
        words = send(server, message, sender=sender.addr_spec, to=address)
    except ValueError as error:
        raise click.ClickException(f"{address}: not an address") from error
    except NotSentError as error:
        raise click.ClickException(f"Not sent. {error.words}") from error
    except UnsureError as error:
        raise click.ClickException(f"Handed over, but no reply came: {error.words}") from error
    click.echo(f"Sent. {words}")
