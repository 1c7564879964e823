"""The learner's home, tracks, lessons, and who is on a track."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.queries import PersonIds
from app.banks.markdown import render_lesson
from app.domain.items import text_in
from app.kernel.auth import actor, may, requires, scopes
from app.kernel.clock import local_day, now, organisation_day
from app.kernel.errors import NotFoundError
from app.kernel.i18n import lang
from app.tracks import home as homes
from app.tracks import lessons, queries, services
from app.tracks.forms import EnrolForm, WithdrawForm
from app.tracks.queries.cohorts import reach_of
from app.tracks.views.blueprint import bp


@bp.get("/")
@requires("home.read")
def home() -> ResponseReturnValue:
    """What now, how am I doing, what is missing."""
    view = homes.home(actor(), now=now(), lang=lang())
    return render_template("tracks/home.html", home=view)


@bp.get("/path")
@requires("home.read")
def mine() -> ResponseReturnValue:
    """One's own tracks, whole."""
    found = homes.paths(actor(), now=now(), lang=lang())
    return render_template("tracks/mine.html", paths=found)


@bp.app_template_global("track_titles")
def titles() -> dict[str, str]:
    """What each track is called, by slug, for pages of rooms below."""
    return {slug: text_in(title, lang()) for slug, title in queries.titles().items()}


@bp.get("/tracks")
@requires("track.read")
def index() -> ResponseReturnValue:
    """All tracks, for those who run them; a learner is sent to her own."""
    if scopes("track.read") <= {"enrolled"}:
        return redirect(url_for(".mine"))
    return render_template(
        "tracks/index.html", tracks=homes.track_rows(lang()), may_plan=may("cohort.read")
    )


@bp.get("/tracks/<slug>")
@requires("track.read")
def show(slug: str) -> ResponseReturnValue:
    """One track: its stages, and for those who run it, its people."""
    if not _may_see(slug):
        raise NotFoundError
    return _track_page(slug, _enrol_form(slug) if may("enrolment.edit") else None)


def _track_page(slug: str, form: EnrolForm | None) -> str:
    version = queries.newest_version(slug)
    if version is None:
        raise NotFoundError
    on_it = []
    if form is not None:
        today = local_day(now(), actor().timezone)
        on_it = homes.people_rows(slug, _reach(), today=today, lang=lang())
    return render_template(
        "tracks/show.html",
        may_edit=may("track.edit"),
        may_plan=may("cohort.read") and _has_cohorts(slug),
        track=homes.track_page(version, lang=lang()),
        people=on_it,
        form=form,
        may_recall=may("credential.recall") and queries.track_of(version).credential is not None,
        q=_searched(),
        most=queries.MOST_CANDIDATES,
    )


def _has_cohorts(slug: str) -> bool:
    """Whether there is anything in the cohorts of a track for this reader."""
    reach = reach_of(actor(), day=organisation_day(now()))
    return reach is None or queries.is_any_enrolled(reach, slug)


@bp.post("/tracks/<slug>/enrolments")
@requires("enrolment.edit")
def enrol(slug: str) -> ResponseReturnValue:
    """Put people on a track."""
    if queries.newest_version(slug) is None:
        raise NotFoundError
    form = _enrol_form(slug)
    anchor_on = form.anchor_on.data
    if not form.validate_on_submit() or anchor_on is None:
        return _track_page(slug, form), 422
    made = services.enrol(
        person_ids=form.people.data or [],
        slug=slug,
        anchor_on=anchor_on,
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已安排 %(n)s 人，测验按日期自动布置。", n=len(made)))
    return redirect(url_for(".show", slug=slug))


@bp.post("/enrolments/<int:enrolment_id>/withdraw")
@requires("enrolment.edit")
def withdraw(enrolment_id: int) -> ResponseReturnValue:
    """Take someone off a track, with a reason."""
    slug = queries.enrolment_within(enrolment_id, _reach())
    form = WithdrawForm()
    if not form.validate_on_submit():
        flash(_("写一句原因，再移出路径。"), "error")
        return redirect(url_for(".show", slug=slug))
    services.withdraw(
        enrolment_id=enrolment_id, reason=form.reason.data or "", actor_id=actor().id, now=now()
    )
    flash(_("已移出路径，做过的内容仍作为证据保留。"))
    return redirect(url_for(".show", slug=slug))


@bp.get("/tracks/<slug>/lessons/<activity_id>")
@requires("track.read")
def lesson(slug: str, activity_id: str) -> ResponseReturnValue:
    """Read a lesson: the version of one's own enrolment, else the newest."""
    if not _may_see(slug):
        raise NotFoundError
    page = lessons.lesson_page(slug, activity_id, actor(), now=now(), lang=lang())
    if page is None:
        raise NotFoundError
    return render_template("tracks/lesson.html", lesson=page, html=render_lesson(page.markdown))


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


def _reach() -> PersonIds:
    """The people whose enrolment this actor may see and change."""
    return queries.enrollable_select(actor(), day=organisation_day(now()))


def _searched() -> str:
    return request.args.get("q", "").strip()[:40]


def _enrol_form(slug: str) -> EnrolForm:
    """The form with the people on offer: those found by name, or after posting those chosen."""
    form = EnrolForm()
    chosen = form.people.data if form.is_submitted() else None
    found = queries.candidates(
        slug, _reach(), day=organisation_day(now()), text=_searched(), ids=chosen or None
    )
    form.people.choices = [(one.id, homes.candidate_label(one)) for one in found]
    if form.anchor_on.data is None and not form.is_submitted():
        form.anchor_on.data = local_day(now(), actor().timezone)
    return form
