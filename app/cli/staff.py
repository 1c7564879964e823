"""`flask --app run staff …`: import the company's list of people."""

import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import force_locale

from app.accounts import passwords
from app.banks.importing.errors import ImportRefusedError
from app.domain.staff import StaffTable
from app.domain.staffplan import Kind, Wishes
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import DomainError
from app.staff import foresight, pages, queries, reading, services, words
from app.staff.queries import OpenImport

cli = AppGroup("staff", help="Import the company's list of people; take an import back.")


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "is_made", is_flag=True, help="Make it; without this only the preview.")
@click.option("--complete", is_flag=True, help="Who is missing from the file has left.")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="Day of undated changes.")
@click.option("--lang", type=click.Choice(["zh-CN", "en"]), default="zh-CN")
def import_(file: Path, is_made: bool, complete: bool, since: datetime | None, lang: str) -> None:
    """Print what FILE (xlsx, xls, csv) changes; rows with errors are left out."""
    moment = clock.now()
    data = file.read_bytes()
    with force_locale("en" if lang == "en" else "zh_Hans_CN"):
        table = _read(file.name, data)
        wishes = queries.wishes_of("{}", since.date() if since else clock.organisation_day(moment))
        import_id, digest = _preview(file.name, data, table, wishes, complete=complete, lang=lang)
    if is_made:
        _apply(import_id, digest, moment)


def _read(name: str, data: bytes) -> StaffTable:
    try:
        table = reading.read_staff(name, data)
    except ImportRefusedError as error:
        raise click.ClickException(f"{error.code}: {error.message % error.params}") from error
    if table.findings:
        raise click.ClickException(words.said(table.findings[0]))
    return table


def _preview(
    name: str, data: bytes, table: StaffTable, wishes: Wishes, *, complete: bool, lang: str
) -> tuple[int, str]:
    moment = clock.now()
    day = clock.organisation_day(moment)
    wishes = replace(wishes, is_complete=complete)
    with transaction():
        import_id, _was_there = services.begin(
            person_id=None, name=name, data=data, table=table, now=moment
        )
        services.choose(import_id=import_id, wishes=wishes)
    kept = OpenImport(import_id, name, table, wishes, moment)
    plan = services.planned(kept, today=day, actor_id=None)
    leavers = [one.person_id for one in plan.chosen if one.kind is Kind.LEAVE and one.person_id]
    joiners = [
        (one.job_role, one.row.hire_on)
        for one in plan.chosen
        if one.kind is Kind.JOIN and one.row.hire_on is not None
    ]
    page = pages.preview(
        kept,
        plan,
        names={one.id: one.name for one in queries.company(wishes.on).units},
        foreseen=foresight.together(
            foresee(joiners, leavers, day=day, lang=lang)
            for foresee in current_app.extensions["staff_foresee"].values()
        ),
        lost=queries.losses(leavers, wishes.on),
        sessions=queries.open_sessions(leavers, now=moment),
    )
    _print(page)
    return import_id, page.digest if not page.is_empty else ""


def _print(page: pages.Preview) -> None:
    click.echo(page.headline)
    for unit in page.units:
        click.echo(f"  + {unit}")
    for line in page.leaders:
        _print_line(line)
    for group in page.groups:
        click.echo(f"{group.title} ({group.chosen}/{len(group.lines)})")
        for line in group.lines:
            _print_line(line)
    for said in (*page.notes, *page.skipped, *page.follows):
        click.echo(f"- {said}")


def _print_line(line: pages.Line) -> None:
    sign = "✓" if line.is_chosen else " "
    facts = "; ".join(line.facts)
    click.echo(f"  {sign} {line.place}  {line.name} {line.login}  {facts}".rstrip())
    for found in line.findings:
        click.echo(f"      {'E' if found.is_error else 'W'} {found.text}")


def _apply(import_id: int, digest: str, moment: datetime) -> None:
    if not digest:
        return
    nobodys = passwords.hash_password(secrets.token_urlsafe(32))
    day = clock.organisation_day(moment)
    try:
        with transaction():
            concerned = services.apply(
                import_id=import_id,
                seen=digest,
                password_hash=nobodys,
                actor_id=None,
                now=moment,
                today=day,
            )
            for follow in current_app.extensions["staff_follow"].values():
                follow(concerned, day)
    except DomainError as error:
        raise click.ClickException(f"{error.code}: {error.message % error.params}") from error
    click.echo(f"#{import_id}: done")


@cli.command("undo")
@click.argument("import_id", type=int)
def undo(import_id: int) -> None:
    """Take the import with this number back."""
    moment = clock.now()
    day = clock.organisation_day(moment)
    try:
        with transaction():
            made = services.made_people(import_id)
            for forget in current_app.extensions["staff_forget"].values():
                forget(made)
            concerned = services.undo(import_id=import_id, actor_id=None, now=moment, today=day)
            for follow in current_app.extensions["staff_follow"].values():
                follow(concerned, day)
    except DomainError as error:
        raise click.ClickException(f"{error.code}: {error.message % error.params}") from error
    click.echo(f"#{import_id}: taken back")
