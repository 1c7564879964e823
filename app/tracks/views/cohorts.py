"""Cohorts: the list of a track, one with its people, another start."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.queries import PersonIds
from app.kernel.auth import actor, may, requires
from app.kernel.clock import now, organisation_day
from app.kernel.errors import DomainError
from app.kernel.i18n import lang
from app.tracks import cohorts as pages
from app.tracks import home as homes
from app.tracks import queries
from app.tracks.forms import CohortForm, CohortPeopleForm, NewCohortForm, StartForm
from app.tracks.queries import cohorts as found
from app.tracks.services import cohorts as services
from app.tracks.services.cohorts import CohortData
from app.tracks.views.blueprint import bp


@bp.get("/tracks/<slug>/cohorts")
@requires("cohort.read")
def cohorts(slug: str) -> ResponseReturnValue:
    """The cohorts of a track, and a form for the next one."""
    return _list(slug, NewCohortForm())


def _list(slug: str, form: NewCohortForm) -> str:
    today = organisation_day(now())
    page = pages.cohort_list(slug, found.reach_of(actor(), day=today), today=today, lang=lang())
    return render_template("tracks/cohorts.html", page=page, form=form, may_edit=may("cohort.edit"))


@bp.post("/tracks/<slug>/cohorts")
@requires("cohort.edit")
def make_cohort(slug: str) -> ResponseReturnValue:
    """A new cohort."""
    form = NewCohortForm()
    starts_on = form.starts_on.data
    if not form.validate_on_submit() or starts_on is None:
        return _list(slug, form), 422
    try:
        cohort_id = services.make_cohort(
            slug, _data(form), starts_on=starts_on, actor_id=actor().id, now=now()
        )
    except services.TitleTakenError as taken:
        form.title.errors = [*form.title.errors, taken.message % taken.params]
        return _list(slug, form), 422
    flash(_("已新建这一期。下一步把人加进来。"))
    return redirect(url_for(".cohort", cohort_id=cohort_id))


def _data(form: CohortForm) -> CohortData:
    return CohortData(
        (form.title.data or "").strip(), (form.place.data or "").strip(), form.seats.data
    )


@bp.get("/cohorts/<int:cohort_id>")
@requires("cohort.read")
def cohort(cohort_id: int) -> ResponseReturnValue:
    """Who is in a cohort and how far; whom to put in."""
    return _page(cohort_id)


def _page(
    cohort_id: int,
    *,
    form: CohortForm | None = None,
    chosen: CohortPeopleForm | None = None,
    start: StartForm | None = None,
) -> str:
    today = organisation_day(now())
    reach = found.reach_of(actor(), day=today)
    page = pages.cohort_page(cohort_id, reach, today=today, lang=lang())
    row = page.row
    if not may("cohort.edit"):
        return render_template("tracks/cohort.html", page=page, may_edit=False)
    form = form or CohortForm(
        formdata=None, data={"title": row.title, "place": row.place, "seats": row.seats}
    )
    return render_template(
        "tracks/cohort.html",
        page=page,
        may_edit=True,
        form=form,
        chosen=chosen or _people_form(row),
        start=start or StartForm(formdata=None, data={"starts_on": row.starts_on}),
        q=_searched(),
        most=found.MOST_FOUND,
    )


def _searched() -> str:
    return request.args.get("q", "").strip()[:40]


def _people_form(row: found.CohortRow) -> CohortPeopleForm:
    """The form with those found by name, or after posting those chosen."""
    form = CohortPeopleForm()
    ids = [int(one) for one in request.form.getlist("people") if one.isascii() and one.isdigit()]
    people = found.candidates(
        row,
        _reach(),
        day=organisation_day(now()),
        text=_searched(),
        ids=ids if request.method == "POST" else None,
    )
    form.people.choices = [(one.id, homes.candidate_label(one)) for one in people]
    return form


def _reach() -> PersonIds:
    return queries.enrollable_select(actor(), day=organisation_day(now()))


@bp.post("/cohorts/<int:cohort_id>")
@requires("cohort.edit")
def edit_cohort(cohort_id: int) -> ResponseReturnValue:
    """Another name, place or number of seats."""
    found.cohort(cohort_id)
    form = CohortForm()
    if not form.validate_on_submit():
        return _page(cohort_id, form=form), 422
    try:
        services.edit_cohort(cohort_id, _data(form), actor_id=actor().id, now=now())
    except services.TitleTakenError as taken:
        form.title.errors = [*form.title.errors, taken.message % taken.params]
        return _page(cohort_id, form=form), 422
    flash(_("已保存。"))
    return redirect(url_for(".cohort", cohort_id=cohort_id))


@bp.post("/cohorts/<int:cohort_id>/people")
@requires("cohort.edit")
def put_in(cohort_id: int) -> ResponseReturnValue:
    """Put people in, several at once."""
    form = _people_form(found.cohort(cohort_id))
    if not form.validate_on_submit():
        return _page(cohort_id, chosen=form), 422
    try:
        made = services.put_in(cohort_id, form.people.data or [], actor_id=actor().id, now=now())
    except (services.CohortFullError, services.CohortClosedError) as refused:
        form.people.errors = [*form.people.errors, _said(refused)]
        return _page(cohort_id, chosen=form), refused.status
    flash(_("已加入 %(n)s 人，测验按日期自动布置。", n=len(made)))
    return redirect(url_for(".cohort", cohort_id=cohort_id))


def _said(refused: DomainError) -> str:
    return str(_(refused.message) % refused.params)


@bp.post("/cohorts/<int:cohort_id>/start")
@requires("cohort.edit")
def move_start(cohort_id: int) -> ResponseReturnValue:
    """Show what another start would change, then do it."""
    row = found.cohort(cohort_id)
    form = StartForm()
    new_on = form.starts_on.data
    if not form.validate_on_submit() or new_on is None:
        return _page(cohort_id, start=form), 422
    if new_on == row.starts_on:
        flash(_("日期没有变。"))
        return redirect(url_for(".cohort", cohort_id=cohort_id))
    if "sure" not in request.form:
        plan = services.plan_start(cohort_id, new_on, now=now())
        page = pages.start_page(plan, lang=lang())
        return render_template("tracks/cohort_start.html", page=page, form=form)
    done = services.move_start(
        cohort_id, new_on, reason=form.reason.data or "", actor_id=actor().id, now=now()
    )
    flash(_("开始日期改了，%(n)s 人的日期跟着改，也都通知了。", n=len(done.people)))
    return redirect(url_for(".cohort", cohort_id=cohort_id))


@bp.post("/cohorts/<int:cohort_id>/start/undo")
@requires("cohort.edit")
def undo_start(cohort_id: int) -> ResponseReturnValue:
    """Back to the start before."""
    row = found.cohort(cohort_id)
    if row.moved_from is None:
        flash(_("没有可以撤销的改期。"), "error")
        return redirect(url_for(".cohort", cohort_id=cohort_id))
    done = services.move_start(
        cohort_id, row.moved_from, reason=_("撤销改期"), actor_id=actor().id, now=now()
    )
    flash(_("改回来了，%(n)s 人的日期也回到原来。", n=len(done.people)))
    return redirect(url_for(".cohort", cohort_id=cohort_id))


@bp.post("/cohorts/<int:cohort_id>/close")
@requires("cohort.edit")
def close_cohort(cohort_id: int) -> ResponseReturnValue:
    """Close a cohort, or open it again."""
    is_closed = request.form.get("closed") == "1"
    services.close_cohort(cohort_id, is_closed=is_closed, actor_id=actor().id, now=now())
    flash(_("这一期关闭了，里面的人照常学完。") if is_closed else _("这一期重新打开了。"))
    return redirect(url_for(".cohort", cohort_id=cohort_id))
