"""Work of the job worker. The caller opens and ends the transaction; a job opens its own."""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts.queries import PersonIds
from app.jobs.registry import JobContext, job
from app.kernel.auth import Actor, allowed_scopes
from app.kernel.clock import organisation_day
from app.kernel.config import Settings
from app.kernel.downloads import safe_name
from app.kernel.errors import DomainError, NotFoundError
from app.kernel.xlsx import workbook
from app.tracks import moves
from app.tracks.services.following import (
    enrol_by_rule,
    follow_days,
    follow_facts,
    withdraw_leavers,
)
from app.tracks.services.reminders import remind


def sweep(now: datetime) -> int:
    """Every 30 s: enrol by rule who has come, and let new results count; gives what happened."""
    return enrol_by_rule(now=now) + follow_facts(now=now)


def nightly(now: datetime) -> None:
    """A new day for everybody on a track: who left is off it, dates pass, credentials end."""
    withdraw_leavers(now=now)
    enrol_by_rule(now=now)
    follow_days(now=now)


def hourly(now: datetime) -> None:
    """Tell learners which steps fall due: somewhere it is midnight every hour."""
    remind(now=now)


# ---------------------------------------------------------------- many people to another version


@job("tracks.move", again=True)
def move_many(context: JobContext, slug: str, to: int, reason: str, chosen: dict[str, str]) -> str:
    """Move each of those chosen in a transaction of its own; returns the name of the report.

    Begun again it moves nobody twice. What the owner may do is asked again here.
    """
    mover = _mover(context)
    reach = _reach(mover, context.now())
    order = moves.Order(slug, to, reason, mover.id, reach, mover.locale)
    lines: list[moves.Moved] = []
    with force_locale("en" if mover.locale == "en" else "zh_Hans_CN"):
        for number, seen in chosen.items():
            try:
                with context.transaction():
                    line = moves.moved(order, int(number), seen, now=context.now())
            except DomainError as refused:
                line = moves.not_moved(order, int(number), refused)
            lines.append(line)
            context.progress(len(lines), total=len(chosen), message=line.name)
        sheet, title = moves.report(lines), _("换版本")
    name = f"{safe_name(slug)} {title} {organisation_day(context.now())}.xlsx"
    (context.folder / name).write_bytes(workbook([sheet], title=title))
    return name


def _mover(context: JobContext) -> Actor:
    """The person who asked, with the roles she has now."""
    if context.owner_id is None:
        raise NotFoundError
    settings: Settings = current_app.extensions["settings"]
    who = accounts.person(context.owner_id, day=organisation_day(context.now()))
    return Actor(who.id, who.name, who.roles, accounts.locale_of(who.id), settings.timezone)


def _reach(mover: Actor, now: datetime) -> PersonIds:
    """Whom she may move now. Raises NotFoundError when the right is gone."""
    allowed = allowed_scopes(mover, "enrolment.edit")
    if not allowed:
        raise NotFoundError
    if "tracks" in allowed:
        return accounts.everybody_select()
    return accounts.people_in_scope(mover, "enrolment.edit", day=organisation_day(now))
