"""The learner's home, tracks, lessons, and who is on a track."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.banks.markdown import render_lesson
from app.kernel.auth import actor, may, requires, scopes
from app.kernel.clock import local_day, now
from app.kernel.errors import NotFoundError
from app.kernel.i18n import lang
from app.tracks import home as homes
from app.tracks import queries, services
from app.tracks.forms import EnrolForm, ReadForm, WithdrawForm

bp = Blueprint("tracks", __name__)


@bp.get("/")
@requires("home.read")
def home() -> ResponseReturnValue:
    """What now, how am I doing, what is missing."""
    view = homes.home(actor(), now=now(), lang=lang())
    return render_template("tracks/home.html", home=view)


@bp.get("/tracks")
@requires("track.read")
def index() -> ResponseReturnValue:
    """All tracks for those who run them; a learner's own otherwise."""
    if scopes("track.read") <= {"enrolled"}:
        mine = homes.paths(actor(), now=now(), lang=lang())
        return render_template("tracks/mine.html", paths=mine)
    return render_template("tracks/index.html", tracks=homes.track_rows(lang()))


@bp.get("/tracks/<slug>")
@requires("track.read")
def show(slug: str) -> ResponseReturnValue:
    """One track: its stages, and for those who run it, its people."""
    version = queries.newest_version(slug)
    if version is None or not _may_see(slug):
        raise NotFoundError
    today = local_day(now(), actor().timezone)
    page = homes.track_page(version, lang=lang())
    on_it = (
        homes.people_rows(slug, _reach(), today=today, lang=lang()) if may("enrolment.edit") else []
    )
    form = _enrol_form(slug) if may("enrolment.edit") else None
    return render_template(
        "tracks/show.html", track=page, people=on_it, form=form, withdraw=WithdrawForm()
    )


@bp.post("/tracks/<slug>/enrolments")
@requires("enrolment.edit")
def enrol(slug: str) -> ResponseReturnValue:
    """Put people on a track."""
    if queries.newest_version(slug) is None:
        raise NotFoundError
    form = _enrol_form(slug)
    if not form.validate_on_submit():
        version = queries.newest_version(slug)
        if version is None:
            raise NotFoundError
        today = local_day(now(), actor().timezone)
        page = homes.track_page(version, lang=lang())
        on_it = homes.people_rows(slug, _reach(), today=today, lang=lang())
        return (
            render_template(
                "tracks/show.html", track=page, people=on_it, form=form, withdraw=WithdrawForm()
            ),
            422,
        )
    made = services.enrol(
        person_ids=form.people.data or [],
        slug=slug,
        anchor_on=form.anchor_on.data,
        timezone=actor().timezone,
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已安排 %(n)s 人，考试按日期自动布置。", n=len(made)))
    return redirect(url_for(".show", slug=slug))


@bp.post("/enrolments/<int:enrolment_id>/withdraw")
@requires("enrolment.edit")
def withdraw(enrolment_id: int) -> ResponseReturnValue:
    """Take someone off a track, with a reason."""
    row = queries.enrolment_of(enrolment_id)
    if row is None:
        raise NotFoundError
    people.require_person(actor(), "enrolment.edit", row.person_id, now=now())
    form = WithdrawForm()
    if not form.validate_on_submit():
        flash(_("写一句原因，再移出路径。"), "error")
        return redirect(url_for(".show", slug=row.track_slug))
    services.withdraw(
        enrolment_id=enrolment_id, reason=form.reason.data or "", actor_id=actor().id, now=now()
    )
    flash(_("已移出路径，做过的内容仍作为证据保留。"))
    return redirect(url_for(".show", slug=row.track_slug))


@bp.get("/tracks/<slug>/lessons/<activity_id>")
@requires("track.read")
def lesson(slug: str, activity_id: str) -> ResponseReturnValue:
    """Read a lesson: the version of one's own enrolment, else the newest."""
    if not _may_see(slug):
        raise NotFoundError
    page = homes.lesson_page(slug, activity_id, actor(), now=now(), lang=lang())
    if page is None:
        raise NotFoundError
    return render_template(
        "tracks/lesson.html", lesson=page, html=render_lesson(page.markdown), form=ReadForm()
    )


@bp.post("/enrolments/<int:enrolment_id>/lessons/<activity_id>/read")
@requires("home.read")
def confirm_lesson(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """The learner has read it."""
    services.confirm_lesson(
        enrolment_id=enrolment_id, activity_id=activity_id, person_id=actor().id, now=now()
    )
    flash(_("已记下，这一课读完了。"))
    return redirect(url_for(".home"))


def _may_see(slug: str) -> bool:
    words = scopes("track.read")
    return bool(words - {"enrolled"}) or queries.is_enrolled(actor().id, slug)


def _reach() -> list[int] | None:
    """Ids of the people whose enrolment this actor may see; None = everybody."""
    return people.reach(actor(), "enrolment.edit", now=now())


def _enrol_form(slug: str) -> EnrolForm:
    form = EnrolForm()
    there = queries.enrolled_ids(slug)
    choices = people.choices(actor(), "enrolment.edit", now=now())
    form.people.choices = [(row.id, row.label) for row in choices if row.id not in there]
    if form.anchor_on.data is None:
        form.anchor_on.data = local_day(now(), actor().timezone)
    return form
