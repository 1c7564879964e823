"""The marking desk."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.assessments.errors import MarkTakenError
from app.grading import desk as desks
from app.grading import queries, services
from app.grading.errors import MarkRangeError
from app.grading.forms import MarkForm
from app.kernel.auth import actor, requires
from app.kernel.clock import now
from app.kernel.i18n import lang

bp = Blueprint("grading", __name__, url_prefix="/marking")


@bp.get("")
@requires("mark.give")
def queue() -> ResponseReturnValue:
    """Questions with written answers, most waiting first."""
    rows = desks.question_lines(queries.questions(actor()), lang())
    return render_template("grading/index.html", questions=rows)


@bp.post("/<int:assessment_id>/<int:item_version_id>/next")
@requires("mark.give")
def claim(assessment_id: int, item_version_id: int) -> ResponseReturnValue:
    """Put the next answer on the desk; with `again` the first that is marked, to look it over."""
    if "again" in request.form:
        return _to_first_marked(assessment_id, item_version_id)
    return _to_next(assessment_id, item_version_id)


def _to_first_marked(assessment_id: int, item_version_id: int) -> ResponseReturnValue:
    place = queries.first_marked(actor(), assessment_id, item_version_id)
    return redirect(url_for(".desk", attempt_id=place.attempt_id, position=place.position))


def _to_next(assessment_id: int, item_version_id: int) -> ResponseReturnValue:
    found = services.claim_next(
        actor=actor(), assessment_id=assessment_id, item_version_id=item_version_id, now=now()
    )
    if found is None:
        flash(_("这一题没有在等的作答了。"))
        return redirect(url_for(".queue"))
    return redirect(url_for(".desk", attempt_id=found[0], position=found[1]))


@bp.get("/answers/<int:attempt_id>/<int:position>")
@requires("mark.give")
def desk(attempt_id: int, position: int) -> ResponseReturnValue:
    """One answer with its question and rubric, without a name."""
    view = desks.desk(queries.sheet(actor(), attempt_id, position), actor(), lang())
    form = MarkForm(data={"seen": view.seen})
    return render_template("grading/desk.html", d=view, form=form)


@bp.post("/answers/<int:attempt_id>/<int:position>")
@requires("mark.give")
def mark(attempt_id: int, position: int) -> ResponseReturnValue:
    """Give the mark and go on; a conflict keeps what was typed."""
    form = MarkForm()
    sheet = queries.sheet(actor(), attempt_id, position)
    if not form.validate_on_submit():
        return _again(sheet, form, status=422)
    new = services.NewMark(
        criteria=frozenset(form.criteria.data or ()),
        points=form.free_mark(),
        comment=(form.comment.data or "").strip(),
        seen=form.seen.data or 0,
    )
    try:
        services.mark(attempt_id=attempt_id, position=position, new=new, actor=actor(), now=now())
    except MarkTakenError:  # the page must keep what she typed
        return _again(sheet, form, status=409)
    except MarkRangeError as error:
        form.points.errors = [_(error.message, **error.params)]
        return _again(sheet, form, status=422)
    return _to_next(sheet.assessment_id, sheet.item_version_id)


def _again(sheet: queries.Sheet, form: MarkForm, *, status: int) -> ResponseReturnValue:
    typed = desks.Typed(
        criteria=frozenset(form.criteria.data or ()),
        points=(form.points.data or "")[:12],
        comment=form.comment.data or "",
    )
    view = desks.desk(sheet, actor(), lang(), typed)
    last = sheet.last if status == 409 else None
    page = render_template("grading/desk.html", d=view, form=form, taken=last)
    return page, status


@bp.post("/release")
@requires("mark.give")
def release() -> ResponseReturnValue:
    """Have a rest: give back what is on the desk."""
    services.release_claims(actor=actor())
    return redirect(url_for(".queue"))
