"""`flask --app run user …`: people from the command line."""

import getpass
from collections.abc import Callable
from datetime import date
from typing import Any

import click
from flask.cli import AppGroup

from app.accounts import passwords, queries, services
from app.accounts.models import Role
from app.competency.services import renew_levels
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import DomainError

cli = AppGroup("user", help="Create, list, disable people; reset passwords; grant roles.")
ROLES = click.Choice([role.value for role in Role if role is not Role.LEARNER])


@cli.command("create")
@click.argument("name")
@click.option("--email", help="Sign-in by e-mail.")
@click.option("--staff-no", help="Sign-in by staff number.")
@click.option("--role", "roles", multiple=True, type=ROLES, help="May be given several times.")
@click.option("--unit", type=int, help="Id of the unit she belongs to from today.")
@click.option("--locale", type=click.Choice(["zh-CN", "en"]), default="zh-CN")
def create(
    name: str,
    email: str | None,
    staff_no: str | None,
    roles: tuple[str, ...],
    unit: int | None,
    locale: str,
) -> None:
    """Create a person; prints the one-time first password."""
    password = passwords.one_time_password()
    hashed = passwords.hash_password(password)
    moment = clock.now()
    data = services.PersonData(name=name, email=email, staff_no=staff_no, locale=locale)

    def change() -> None:
        user_id = services.create_person(
            data, password_hash=hashed, roles=roles, actor_id=None, now=moment
        )
        if unit is not None:
            services.move_person(
                user_id=user_id, unit_id=unit, on=moment.date(), actor_id=None, now=moment
            )
        renew_levels([user_id], clock.organisation_day(moment))

    _change(change)
    click.echo(f"{email or staff_no}  one-time password: {password}")


@cli.command("list")
@click.option("--all", "everybody", is_flag=True, help="Disabled people too.")
def list_people(everybody: bool) -> None:
    """One line a person: id, name, staff number, e-mail, roles."""
    day: date = clock.now().date()
    status = "all" if everybody else "active"
    page, pages = 1, 1
    while page <= pages:
        found = queries.people_list(
            queries.everybody_select(), queries.PeopleFilter(status=status), page=page, day=day
        )
        for person in found.rows:
            roles = ",".join(sorted(person.roles - {"learner"})) or "-"
            off = "  disabled" if person.is_disabled else ""
            click.echo(
                f"{person.id}\t{person.name}\t{person.staff_no or '-'}\t{person.email or '-'}"
                f"\t{roles}{off}"
            )
        page, pages = page + 1, found.pages


@cli.command("reset-password")
@click.argument("login")
@click.option("--ask", is_flag=True, help="Type the new password instead of a one-time one.")
def reset_password(login: str, ask: bool) -> None:
    """Give LOGIN (e-mail or staff number) a new one-time password; all her sessions end."""
    password = getpass.getpass("New password: ") if ask else passwords.one_time_password()
    if len(password) < passwords.MIN_LENGTH:
        raise click.ClickException(f"Too short: at least {passwords.MIN_LENGTH} characters.")
    hashed = passwords.hash_password(password)
    _for_login(
        login,
        lambda user_id: services.reset_password(
            user_id=user_id, password_hash=hashed, actor_id=None, now=clock.now()
        ),
    )
    click.echo("The password was set." if ask else f"{login}  one-time password: {password}")


@cli.command("disable")
@click.argument("login")
@click.option("--reason", required=True)
def disable(login: str, reason: str) -> None:
    """LOGIN may no longer sign in; her sessions end at once."""
    _for_login(
        login,
        lambda user_id: services.disable_person(
            user_id=user_id, actor_id=None, reason=reason, now=clock.now()
        ),
    )
    click.echo(f"{login} is disabled.")


@cli.command("enable")
@click.argument("login")
def enable(login: str) -> None:
    """LOGIN may sign in again."""
    _for_login(
        login,
        lambda user_id: services.enable_person(user_id=user_id, actor_id=None, now=clock.now()),
    )
    click.echo(f"{login} may sign in again.")


@cli.command("grant")
@click.argument("login")
@click.argument("role", type=ROLES)
def grant(login: str, role: str) -> None:
    """Give LOGIN a role."""
    _for_login(
        login,
        lambda user_id: services.grant_role(
            user_id=user_id, role=role, actor_id=None, now=clock.now()
        ),
    )
    click.echo(f"{login} holds {role}.")


@cli.command("revoke")
@click.argument("login")
@click.argument("role", type=ROLES)
def revoke(login: str, role: str) -> None:
    """Take a role from LOGIN."""
    _for_login(
        login,
        lambda user_id: services.revoke_role(
            user_id=user_id, role=role, actor_id=None, now=clock.now()
        ),
    )
    click.echo(f"{login} no longer holds {role}.")


def _for_login(login: str, change: Callable[[int], Any]) -> None:
    user_id = queries.find_id(login)
    if user_id is None:
        raise click.ClickException(f"Nobody signs in as {login}. See: flask --app run user list")
    _change(lambda: change(user_id))


def _change(change: Callable[[], Any]) -> None:
    try:
        with transaction():
            change()
    except DomainError as error:
        raise click.ClickException(f"{error.code}: {error.message}") from error
